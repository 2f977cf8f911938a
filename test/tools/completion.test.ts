import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { COMMANDS, EVERYWHERE, OPTIONS } from '../../src/cli/args/grammar.ts'
import { manPage } from '../../src/cli/args/man.ts'
import { cli, folder, PROGRAM, spawned } from '../cli/support.ts'

const ROOT = join(dirname(PROGRAM), '..')

describe('completions', () => {
  let home = ''
  beforeAll(() => {
    home = folder()
    mkdirSync(join(home, 'confluentql'))
    writeFileSync(
      join(home, 'confluentql/config.yaml'),
      'profiles:\n  default: {}\n  production: {}\n  preview: {}\n',
      { mode: 0o600 },
    )
    mkdirSync(join(home, 'bin'))
    symlinkSync(PROGRAM, join(home, 'bin/confluentql'))
    writeFileSync(join(home, 'a report.json'), '[]')
    writeFileSync(join(home, 'a.sql'), '')
  })

  /** What bash offers for the last of these words. */
  async function offered(...words: string[]): Promise<string[]> {
    const script =
      'source <(confluentql completion bash); COMP_WORDS=(confluentql "$@"); COMP_CWORD=$#; _confluentql; printf \'%s\\n\' "${COMPREPLY[@]}"'
    const { stdout, stderr, status } = await spawned('bash', ['-c', script, 'bash', ...words], {
      cwd: home,
      env: { PATH: `${join(home, 'bin')}:${process.env['PATH']}`, XDG_CONFIG_HOME: home },
    })
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    return stdout.split('\n').filter(l => l !== '')
  }

  it.each<readonly [words: readonly string[], expected: readonly string[]]>([
    [
      [''],
      [
        'exec',
        'shell',
        'diff',
        'check',
        'export',
        'snapshot',
        'history',
        'init',
        'doctor',
        'sandbox',
        'serve',
        'mcp',
        'provider',
        'completion',
        'help',
      ],
    ],
    [['d'], ['diff', 'doctor']],
    [['--s'], ['--sandbox', '--sandbox=large', '--show-secrets', '--skip-unreachable']],
    [['--sandbox', '-o', 'js'], ['json']],
    [['--output', 'n'], ['ndjson']],
    [
      ['--profile', 'pr'],
      ['production', 'preview'],
    ],
    [
      ['doctor', '--profile', ''],
      ['default', 'production', 'preview'],
    ],
    [['diff', '--k'], ['--key']],
    [['--k'], []],
    [
      ['provider', ''],
      ['add', 'list', 'update', 'remove', 'check', 'docs', 'drift'],
    ],
    [
      ['provider', 'd'],
      ['docs', 'drift'],
    ],
    [['provider', 'add', 'a '], ['a report.json']],
    [['provider', 'remove', ''], []],
    [['provider', 'drift', 'a '], ['a report.json']],
    [['provider', 'drift', 'a.sql', 'a '], ['a report.json']],
    [['diff', 'a '], ['a report.json']],
    [['-f', 'a.'], ['a.sql']],
    [['--timeout', ''], []],
    [['-o', 'diff', '--ret'], ['--retries']],
    [['-o', 'diff', '--k'], []],
    [['-f', 'a.sql', '--fi'], ['--file']],
    [['-q', '-o', 'json', '--out'], ['--out']],
    [['shell', ''], []],
    [['init', '--f'], ['--force']],
    [['exec', '--quiet', '--qu'], []],
    [
      ['sandbox', '--'],
      ['--help', '--version', '--provider-path', '--sandbox=large', '--port'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['help', 'do'], ['doctor']],
    [['--output', '=', 'js'], ['json']],
    [
      ['--profile', '='],
      ['default', 'production', 'preview'],
    ],
    [['--out', '=', 'a '], ['a report.json']],
    [['--output', '=', 'json', '--qu'], ['--quiet']],
  ])('bash: %j', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected)
  })

  it('offer every command and option, in each shell', async () => {
    const asked = async (shell: string, ...words: string[]): Promise<string[]> =>
      (
        await cli(['--get-yargs-completions', 'confluentql', ...words], { env: { SHELL: shell } })
      ).stdout.split('\n')
    for (const { name } of COMMANDS) {
      const options = [...OPTIONS.filter(o => o.commands.includes(name)), ...EVERYWHERE]
      const words = name === 'run' ? ['-'] : [name, '-']
      expect(new Set(await asked('bash', ...words))).toEqual(
        new Set([...options.map(o => `--${o.name}`), '']),
      )
      expect(new Set(await asked('/bin/zsh', ...words))).toEqual(
        new Set([...options.map(o => `--${o.name}:${o.help}`), '']),
      )
    }
    expect(await asked('zsh', '')).toEqual([
      ...COMMANDS.filter(c => c.name !== 'run').map(c => `${c.name}:${c.help}`),
      '',
    ])
    const { stdout } = await cli(['completion', 'fish'])
    for (const { name } of [...OPTIONS, ...EVERYWHERE]) expect(stdout).toMatch(new RegExp(`-l ${name} `))
    for (const { name } of COMMANDS) expect(stdout).toMatch(new RegExp(`\\b${name}\\b`))
  })

  it('offer the value of an option that zsh passes as one word', async () => {
    const { stdout } = await cli(['--get-yargs-completions', 'confluentql', '--output=js'], {
      env: { SHELL: 'zsh' },
    })
    expect(stdout).toContain('json')
  })

  it('of bash and zsh call the program', async () => {
    for (const shell of ['bash', 'zsh'])
      expect(await cli(['completion', shell])).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(`SHELL=${shell} confluentql --get-yargs-completions `),
        stderr: '',
      })
  })

  it('do not offer names with characters that a shell expands', async () => {
    const dir = folder()
    mkdirSync(join(dir, 'confluentql'))
    writeFileSync(
      join(dir, 'confluentql/config.yaml'),
      `profiles:\n  plain: {}\n  '$(touch x)': {}\n  '\`touch x\`': {}\n  'a b': {}\n`,
    )
    const { stdout } = await cli(['--get-yargs-completions', 'confluentql', '--profile', ''], {
      env: { XDG_CONFIG_HOME: dir },
    })
    expect(stdout).toBe('plain\n')
  })

  it('are an error for an unknown shell, and empty for a broken or missing profile file', async () => {
    expect(await cli(['completion', 'bsh'])).toMatchObject({
      status: 2,
      stdout: '',
      stderr: 'error: no completions for "bsh"; did you mean "bash"?\nhint: shells: bash, zsh, fish\n',
    })
    expect(await cli(['completion'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('SHELL is missing'),
    })
    const empty = folder()
    expect(await cli(['completion', 'profiles'], { env: { XDG_CONFIG_HOME: empty } })).toEqual({
      status: 0,
      signal: null,
      stdout: '',
      stderr: '',
    })
    mkdirSync(join(empty, 'confluentql'))
    writeFileSync(join(empty, 'confluentql/config.yaml'), 'profiles: [')
    expect(await cli(['completion', 'profiles'], { env: { XDG_CONFIG_HOME: empty } })).toEqual({
      status: 0,
      signal: null,
      stdout: '',
      stderr: '',
    })
  })
})

describe('manual page', () => {
  const page = manPage('1.2.3', new Date('2026-02-03T00:00:00Z'))

  it('is built and named in package.json', () => {
    const { man, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      man: string
      version: string
    }
    expect(readFileSync(join(ROOT, man), 'utf8').replace(/^\.Dd .*/, '')).toBe(
      manPage(version, new Date()).replace(/^\.Dd .*/, ''),
    )
  })

  it('has every command, option and exit status', () => {
    expect(page).toMatch(/^\.Dd February 3, 2026\n\.Dt CONFLUENTQL 1\n\.Os confluentql 1\.2\.3\n/)
    for (const o of [...OPTIONS, ...EVERYWHERE]) expect(page).toContain(`Fl Fl ${o.name}`)
    for (const c of COMMANDS.filter(x => x.name !== 'run')) expect(page).toContain(`.It Cm ${c.name}`)
    for (const status of ['0', '1', '2', '3', '130']) expect(page).toContain(`\n.It ${status}\n`)
  })

  it('contains no unintended formatter request', () => {
    const requests = page
      .split('\n')
      .filter(l => /^[.']/.test(l))
      .map(l => l.slice(1, 3))
    expect([...new Set(requests)].sort()).toEqual([
      'Ar',
      'Bd',
      'Bl',
      'Cm',
      'Dd',
      'Dt',
      'Ed',
      'El',
      'Ev',
      'Fl',
      'It',
      'Nd',
      'Nm',
      'Op',
      'Os',
      'Pp',
      'Sh',
      'Ss',
      'Sy',
      'Xr',
    ])
    expect(page.split('\n').filter(l => l.length > 120 || l === '').length).toBe(1)
  })
})
