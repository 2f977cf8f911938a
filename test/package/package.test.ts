import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

const PROGRAM = `import { Session, compileProviders, ConfluentqlError, type Result, type SessionOptions } from 'confluentql'
const options: SessionOptions = { variables: { who: 'x' }, providers: ['a', 'b'], onTrace: t => console.error(t.url) }
const session = new Session(options)
export async function read(): Promise<string[]> {
  const names: string[] = []
  for await (const result of session.run('SELECT 1 AS one')) {
    const { columns, rows }: Result = result
    names.push(...columns.map(c => c.name))
    for await (const row of rows) names.push(String(row[0]))
  }
  return names
}
export const compile = (): void => compileProviders('providers', 'compiled')
export const isOurs = (e: unknown): boolean => e instanceof ConfluentqlError && e.code === 'API'
`

test.each([
  ['NodeNext', 'NodeNext'],
  ['Node16', 'Node16'],
  ['ESNext', 'Bundler'],
])(
  'a strict program of %s with resolution %s type-checks against the package alone',
  async (module, moduleResolution) => {
    const dir = mkdtempSync(join(tmpdir(), 'confluentql-user-'))
    try {
      // beside it are no declarations that only this repository has, such as those of SQLite
      const installed = join(dir, 'node_modules', 'confluentql')
      mkdirSync(installed, { recursive: true })
      cpSync(join(root, 'package.json'), join(installed, 'package.json'))
      cpSync(join(root, 'dist', 'types'), join(installed, 'dist', 'types'), { recursive: true })
      writeFileSync(join(dir, 'package.json'), '{"type":"module"}')
      writeFileSync(join(dir, 'program.ts'), PROGRAM)
      const compilerOptions = {
        target: 'ES2022',
        lib: ['ES2022', 'DOM'],
        module,
        moduleResolution,
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: [],
      }
      writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
      const result = await run(process.execPath, [
        join(root, 'node_modules/typescript/bin/tsc'),
        '-p',
        dir,
      ]).catch((e: { stdout: string }) => e)
      expect(result.stdout).toBe('')
    } finally {
      rmSync(dir, { recursive: true })
    }
  },
)

test('the package has the program, its types and its data, and depends on SQLite alone', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root })
  const files = (JSON.parse(stdout) as [{ files: { path: string }[] }])[0].files.map(f => f.path)
  expect(files).toEqual(
    expect.arrayContaining([
      'dist/cli.js',
      'dist/index.js',
      'dist/types/index.d.ts',
      'dist/compiler.js',
      'dist/providers/confluent/iam.jsonl',
      'dist/THIRD-PARTY-LICENSES',
      'LICENSE',
      'README.md',
      'scripts/code-cache.mjs',
    ]),
  )
  // only what index.d.ts imports
  expect(files).not.toContain('dist/types/plan/access/scan-planner.d.ts')
  expect(
    files.filter(
      f =>
        !/^(?:dist\/|scripts\/code-cache\.mjs$|LICENSE$|README\.md$|CHANGELOG\.md$|package\.json$)/.test(f),
    ),
  ).toEqual([])
  expect(
    Object.keys(
      (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object }).dependencies,
    ),
  ).toEqual(['better-sqlite3'])
})

test('the package has the licence of every library that is built into it', () => {
  const notices = readFileSync(join(root, 'dist/THIRD-PARTY-LICENSES'), 'utf8')
  const named = [...notices.matchAll(/^-+\n(\S+) (\S+) \((.+)\)\n\n(?=.)/gm)].map(([, name]) => name)
  expect(named).toEqual(
    expect.arrayContaining([
      'csv-parse',
      'fastest-levenshtein',
      'fflate',
      'hyparquet',
      'hyparquet-writer',
      'node-sql-parser',
      'string-width',
      'undici',
      'yaml',
      'yargs',
      'yargs-parser',
      'cliui',
    ]),
  )
  expect(named).not.toContain('vitest')
})

test('an uncaught error shows a line of code, not a file', async () => {
  const code = `const { Session } = require(${JSON.stringify(join(root, 'dist/index.js'))})
new Session({ env: {} }).all('SELECT emial FROM confluent.iam.users')`
  const { stderr } = await run(process.execPath, ['-e', code]).then(
    () => ({ stderr: '' }),
    (error: unknown) => error as { stderr: string },
  )
  expect(stderr).toContain('no column "emial" in confluent.iam.users; did you mean "email"?')
  expect(stderr.length).toBeLessThan(8000)
})
