import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, folder, PROGRAM, spawned } from '../cli/support.ts'

const DIST = dirname(PROGRAM)
const SQL = [
  '-o',
  'csv',
  '--no-header',
  '--sandbox',
  "SELECT count(*) FROM confluent.iam.users WHERE id = 'u-08mnyy' OR id = 'u-x'",
]

/** A copy of what is installed, in which a test may break things. */
function copy(): string {
  const root = folder()
  cpSync(DIST, join(root, 'dist'), { recursive: true })
  cpSync(join(DIST, '../package.json'), join(root, 'package.json'))
  symlinkSync(join(DIST, '../node_modules'), join(root, 'node_modules'))
  return root
}

/** The files of a short statement of which the code cache is missing or rejected. */
async function rejected(program: string): Promise<string[]> {
  const report =
    'for (const [file, s] of require(process.argv[1]).scripts) console.error(`${s.cachedDataRejected} ${file}`)'
  const hook = `process.on('exit', () => { ${report} })`
  const code = `require(process.argv[1]); ${hook}`
  const { stdout, stderr } = await spawned(process.execPath, ['-e', code, program, ...SQL], {})
  expect(stdout).toBe('1\n')
  const lines = stderr.trim().split('\n')
  expect(lines.length).toBeGreaterThan(8)
  return lines.filter(l => !l.startsWith('false '))
}

describe.concurrent('start', () => {
  it('uses the code cache of the build for every file that a statement needs', async () => {
    expect(await rejected(PROGRAM)).toEqual([])
  })

  it('loads no modules of Node for streams or the network unless a statement needs them', async () => {
    const hook = join(folder(), 'hook.cjs')
    writeFileSync(
      hook,
      `process.on('exit', () => require('node:fs').writeSync(2, process.moduleLoadList.join('\\n')))`,
    )
    const loaded = async (word: string): Promise<string[]> => {
      const { status, stderr } = await spawned(process.execPath, ['--require', hook, PROGRAM, word], {})
      expect(status).toBe(0)
      return stderr
        .split('\n')
        .filter(l => l.startsWith('NativeModule '))
        .map(l => l.slice('NativeModule '.length))
    }
    const slow =
      /^(?:stream|net|tty|os|module|crypto|tls|https?|http2|zlib|v8|dns|fs\/promises|child_process|assert|perf_hooks)$/
    for (const word of ['--version', 'DESCRIBE confluent.iam.users', 'SELECT 1'])
      expect((await loaded(word)).filter(name => slow.test(name))).toEqual([])
  })

  it('writes its whole output into a full pipe that another program has made non-blocking', async () => {
    const fill = "process.stdout.write('x'.repeat(65_536))"
    for (const word of ['--version', 'DESCRIBE confluent.iam.users']) {
      const alone = await spawned(process.execPath, [PROGRAM, word], {})
      const script = '{ "$0" -e "$1"; "$0" "$2" "$3"; } | { sleep 1; cat; }'
      const { stdout } = await spawned('sh', ['-c', script, process.execPath, fill, PROGRAM, word], {})
      expect(stdout).toBe('x'.repeat(65_536) + alone.stdout)
    }
  })

  it('ignores a code cache that is missing, of another V8 or of another source', async () => {
    const root = copy()
    const caches = readdirSync(join(root, 'dist')).filter(f => f.endsWith('.cache'))
    expect(caches.length).toBeGreaterThan(8)
    const run = (...flags: string[]): ReturnType<typeof spawned> =>
      spawned(process.execPath, [...flags, join(root, 'dist/cli.js'), ...SQL], {})
    const expected = { status: 0, stdout: '1\n', stderr: '' }
    expect(await run('--no-opt', '--stack-size=900')).toMatchObject(expected)
    for (const file of caches) {
      const bytes = readFileSync(join(root, 'dist', file))
      bytes.writeUInt32LE(bytes.readUInt32LE(4) ^ 1, 4)
      writeFileSync(join(root, 'dist', file), bytes)
    }
    expect(await run()).toMatchObject(expected)
    for (const file of caches) writeFileSync(join(root, 'dist', file), 'short')
    expect(await run()).toMatchObject(expected)
    for (const file of caches) rmSync(join(root, 'dist', file))
    expect(await run()).toMatchObject(expected)
  })

  it('has a code cache of the Node that installs it, whatever NODE_OPTIONS and profile are set there', async () => {
    const root = copy()
    for (const file of readdirSync(join(root, 'dist')).filter(f => f.endsWith('.cache')))
      rmSync(join(root, 'dist', file))
    cpSync(join(DIST, '../scripts/code-cache.mjs'), join(root, 'scripts/code-cache.mjs'))
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: { postinstall: string }
    }
    const env = { NODE_OPTIONS: '--max-old-space-size=512', CONFLUENTQL_PROFILE: 'none' }
    expect(await spawned('sh', ['-c', scripts.postinstall], { cwd: root, env })).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    })
    expect(await rejected(join(root, 'dist/cli.js'))).toEqual([])
  })

  it('is installed in a checkout that is not built, and where its code cannot be run', async () => {
    const root = folder()
    cpSync(join(DIST, '../scripts/code-cache.mjs'), join(root, 'scripts/code-cache.mjs'))
    const install = (): ReturnType<typeof spawned> =>
      spawned(process.execPath, [join(root, 'scripts/code-cache.mjs')], {})
    expect(await install()).toMatchObject({ status: 0, stdout: '', stderr: '' })
    mkdirSync(join(root, 'dist'))
    writeFileSync(join(root, 'dist/cli.js'), 'process.exit(1)')
    const { status, stderr } = await install()
    expect(status).toBe(0)
    expect(stderr).toMatch(/^confluentql starts more slowly, since V8's code cache was not written: /)
  })

  it('serves both import and require', async () => {
    const program =
      'new Session().run("SELECT 1 AS a").next().then(r => console.log(r.value.columns[0].name))'
    for (const [flags, load] of [
      [['--input-type=module'], 'import { Session } from'],
      [[], 'const { Session } = require'],
    ] as const) {
      const from = load.startsWith('import') ? `${load} "confluentql"` : `${load}("confluentql")`
      expect(
        await spawned(process.execPath, [...flags, '-e', `${from}; ${program}`], { cwd: join(DIST, '..') }),
      ).toMatchObject({ status: 0, stdout: 'a\n' })
    }
  })

  it('--version loads no other file, so that it works even if they are broken', async () => {
    const root = copy()
    rmSync(join(root, 'dist/main.js'))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect(await spawned(process.execPath, [join(root, 'dist/cli.js'), '--version'], {})).toMatchObject({
      status: 0,
      stdout: `${version}\n`,
    })
  })

  it('help needs no database', async () => {
    const root = copy()
    rmSync(join(root, 'node_modules'))
    const { stdout } = await spawned(process.execPath, [join(root, 'dist/cli.js'), '--help'], {})
    const whole = await cli(['--help'])
    expect(stdout).toBe(whole.stdout)
  })
})
