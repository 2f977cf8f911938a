import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { aliasesOf, COMMANDS, EVERYWHERE, OPTIONS, signature } from '../../src/cli/args/grammar.ts'
import { GROUPS } from '../../src/cli/args/spec.ts'
import { EQUIVALENT_OPTIONS, instead } from '../../src/cli/args/habits.ts'
import { helpText } from '../../src/cli/args/help.ts'
import { readOptions } from '../../src/cli/args/command-line.ts'
import type { CliOptions } from '../../src/cli/args/options.ts'
import { readByYargs, readWords } from '../../src/cli/args/read.ts'
import { ConfluentqlError } from '../../src/errors.ts'

function read(...argv: string[]): CliOptions {
  const options = readOptions(
    argv,
    () => '1.2.3',
    () => {
      throw new Error('nothing is to be printed')
    },
  )
  if (!options) throw new Error('no options')
  return options
}

function printed(...argv: string[]): string {
  let text = ''
  expect(
    readOptions(
      argv,
      () => '1.2.3',
      t => {
        text += t
      },
    ),
  ).toBeUndefined()
  return text
}

function refused(...argv: string[]): string {
  try {
    read(...argv)
  } catch (error) {
    if (error instanceof ConfluentqlError && error.code === 'USAGE') return `${error.message} | ${error.hint}`
    throw error
  }
  return 'taken'
}

describe('the command line', () => {
  it('options can be before and after the SQL, in every spelling', () => {
    const expected = {
      command: 'run',
      sql: 'SELECT 1',
      format: 'json',
      quiet: true,
      files: ['a.sql', 'b.sql', '-'],
      variables: { x: '=1', y: 'a b' },
    }
    for (const argv of [
      ['-qojson', '-fa.sql', '--file=b.sql', '-i', '-', '-v', 'x==1', '--var=y=a b', 'SELECT 1'],
      ['SELECT 1', '--quiet', '-o=json', '--infile', 'a.sql', '-i', 'b.sql', '-f=-', '-vx==1', '-v=y=a b'],
      [
        'exec',
        '-f',
        'a.sql',
        '-qo',
        'JSON',
        '-fb.sql',
        '-f-',
        '--var',
        'x==1',
        '-v',
        'y=a b',
        '--',
        'SELECT 1',
      ],
    ])
      expect(read(...argv)).toMatchObject(expected)
  })

  it('SQL can begin with a comment, or with anything after --', () => {
    for (const sql of ['-- note\nSELECT 1', '--\tnote\nSELECT 1', '--\nSELECT 1'])
      expect(read(sql, '-o', 'csv')).toMatchObject({ sql, format: 'csv' })
    for (const sql of ['--note\nSELECT 1', '-q', '--sandbox', 'shell'])
      expect(read('-o', 'csv', '--', sql)).toMatchObject({
        command: 'run',
        sql,
        sandbox: false,
        quiet: false,
      })
    expect(read('--null', '-- none', '--delimiter', '-')).toMatchObject({
      nullText: '-- none',
      delimiter: '-',
      sql: undefined,
    })
    expect(read('--null=-', '--out=-- x.csv')).toMatchObject({ nullText: '-', out: '-- x.csv' })
  })

  it('the command is the first word that is not an option', () => {
    expect(read('--sandbox', 'shell', '-q')).toMatchObject({
      command: 'shell',
      sandbox: true,
      quiet: true,
      sql: undefined,
    })
    expect(read('sandbox', '--port=8080')).toMatchObject({ command: 'sandbox', port: 8080 })
    expect(read('diff', 'a.json', '--key', 'a, b', 'SELECT 1', '--key=c')).toMatchObject({
      command: 'diff',
      operands: ['a.json', 'SELECT 1'],
      key: ['a', 'b', 'c'],
      sql: undefined,
    })
    expect(read('exec')).toMatchObject({ command: 'run', sql: undefined })
  })

  it.each<readonly [argv: readonly string[], message: string]>([
    [
      ['--sandbx', 'SELECT 1'],
      'no option --sandbx; did you mean --sandbox? | confluentql --help lists the options',
    ],
    [['-x'], 'no option -x | confluentql --help lists the options'],
    [['-qx'], 'no option -x | confluentql --help lists the options'],
    [['--f', 'a.sql'], 'no option --f; did you mean --file? | confluentql --help lists the options'],
    [
      ['sandbox', '--prot', '1'],
      'no option --prot; did you mean --port? | confluentql sandbox --help lists the options',
    ],
    [
      ['sandbox', '--trace'],
      'confluentql sandbox has no option --trace | confluentql sandbox --help lists the options',
    ],
    [
      ['--port', '1', 'SELECT 1'],
      '--port is an option of confluentql sandbox, serve | confluentql --help lists commands and options',
    ],
    [
      ['--sandbox=huge', 'SELECT 1'],
      '--sandbox takes no value, or is written --sandbox=large | confluentql --help lists commands and options',
    ],
    [
      ['--trace=yes', 'SELECT 1'],
      '--trace takes no value, or is written --trace=bodies | confluentql --help lists commands and options',
    ],
    [
      ['SELECT 1', '--out'],
      '--out needs a value: --out FILE | confluentql --help lists commands and options',
    ],
    [
      ['-o', 'csv', '--output=json'],
      '--output is given twice | confluentql --help lists commands and options',
    ],
    [['-o', 'cvs', 'SELECT 1'], 'no output format "cvs"; did you mean "csv"? | formats: table, '],
    [['-o', 'line', 'SELECT 1'], 'no output format "line"; did you mean "vertical"? | formats: table, '],
    [
      ['-o', 'jsonlines', 'SELECT 1'],
      'no output format "jsonlines"; did you mean "ndjson"? | formats: table, ',
    ],
    [['exec', '-i', 'a.iql', '--outfile', 'x.json'], 'no option --outfile; did you mean --out? | '],
    [['--hideheaders', 'SELECT 1'], 'no option --hideheaders; did you mean --no-header? | '],
    [['-csv', 'SELECT 1'], 'no option -csv; did you mean -o csv? | '],
    [['--json', 'SELECT 1'], 'no option --json; did you mean -o json? | '],
    [['-c', 'SELECT 1'], 'no option -c | SQL is a word without an option: confluentql "SELECT …"'],
    [['sandbox', '--json'], 'no option --json | confluentql sandbox --help'],
    [['review.sql'], 'review.sql is not SQL | a script is run with -f review.sql'],
    [
      ['exec', 'audits/review.SQL'],
      'audits/review.SQL is not SQL | a script is run with -f audits/review.SQL',
    ],
    [['version'], 'no command version; did you mean --version? | '],
    [['drift'], 'no command drift; did you mean provider drift? | '],
    [
      ['shel'],
      'no command shel; did you mean shell? | commands: exec, shell, diff, check, export, snapshot, history, init, doctor, sandbox, serve, mcp, provider, completion, help',
    ],
    [
      ['SELECT', 'id', 'FROM', 'x'],
      'SELECT is not a command, and SQL must be one argument | put the SQL in quotes: confluentql "SELECT id FROM x"',
    ],
    [
      ['SELECT 1', 'SELECT 2'],
      '"SELECT 2" is one argument too many | pass all statements as one argument, in quotes',
    ],
    [['diff', 'a.json'], 'NEW is missing | usage: confluentql diff OLD NEW'],
    [['diff', 'a', 'b', 'c'], '"c" is one argument too many | usage: confluentql diff OLD NEW'],
    [
      ['diff', 'a', 'b', '--key', 'id,'],
      '--key needs names of columns, with commas between them | confluentql --help lists commands and options',
    ],
    [['--help', 'dif'], 'taken'],
    [['--__proto__', 'SELECT 1'], 'no option --___proto___ | '],
    [['--constructor', 'SELECT 1'], 'no option --constructor | '],
    [['--no-trace', 'SELECT 1'], 'no option --no-trace'],
    [['--dryRun', 'SELECT 1'], 'no option --dryRun; did you mean --dry-run? | '],
    [['SELECT 1', '-qo'], '-o needs a value: -o FORMAT | '],
    [['-q=1', 'SELECT 1'], '-q takes no value | '],
    [['-q', 'true', 'SELECT 1'], 'true is not a command, and SQL must be one argument | '],
    [['-1'], 'no command -1 | '],
    [['-'], 'no command - | '],
    [['--sandbox', '--profile', 'x', 'SELECT 1'], '--sandbox and --profile cannot be combined | '],
    [
      ['--sandbox=large', '--profile', 'x', 'SELECT 1'],
      '--sandbox=large and --profile cannot be combined | ',
    ],
    [['--config', 'x', '--sandbox', 'SELECT 1'], '--sandbox and --config cannot be combined | '],
    [['--config', '', 'SELECT 1'], '--config needs a file | '],
    [['init', 'x'], '"x" is one argument too many | usage: confluentql init'],
    [['init', '--sandbox'], 'confluentql init has no option --sandbox | '],
  ])('%j', (argv, message) => {
    if (message === 'taken') expect(printed(...argv)).toBe(helpText('run'))
    else expect(refused(...argv)).toContain(message)
  })
})

describe("StackQL's options", () => {
  it.each<readonly [argv: readonly string[], message: string]>([
    [
      ['exec', '-i', 'a.iql', '-q', 'data.jsonnet'],
      'data.jsonnet is not SQL | -q is --quiet here; values for :NAME',
    ],
    [
      ['exec', '-i', 'a.iql', '--iqldata', 'data.json'],
      'no option --iqldata | values for :NAME in the SQL are given',
    ],
    [['-d', ';', 'SELECT 1'], 'no option -d; did you mean --delimiter? | '],
    [
      ['SELECT 1', '-o', 'csv', '-f', 'out.csv'],
      '-f out.csv: -f runs a script, and out.csv is not one | --out out.csv writes the result there',
    ],
    [
      ['--auth', '{}', 'SELECT 1'],
      'no option --auth | keys come from environment variables or a profile: confluentql init',
    ],
    [
      ['--registry={}', 'SELECT 1'],
      'no option --registry | confluentql provider add PLACE adds a provider; SHOW PROVIDERS lists all',
    ],
    [['--http.proxy.host=x', 'SELECT 1'], 'no option --http.proxy.host | proxies are taken from HTTPS_PROXY'],
    [
      ['--http.response.pageLimit', '-1', 'SELECT 1'],
      'no option --http.response.pageLimit | every list is read to its last page',
    ],
    [['--http.log.enabled', 'SELECT 1'], 'no option --http.log.enabled; did you mean --trace? | '],
    [
      ['--execution.concurrency.limit', '8', 'SELECT 1'],
      'no option --execution.concurrency.limit; did you mean --concurrency? | ',
    ],
    [
      ['--approot', '.', 'SELECT 1'],
      'no option --approot | there is no such folder: profiles are in ~/.config',
    ],
    [['-o', 'list', 'SELECT 1'], 'no output format "list"; did you mean "tsv"? | '],
    [['--dryrun', 'SELECT 1'], 'no option --dryrun; did you mean --dry-run? | '],
    [['-H', 'SELECT 1'], 'no option -H; did you mean --no-header? | '],
    [['--configfile', 'x', 'SELECT 1'], 'no option --configfile; did you mean --config? | '],
    [['--env.file', '.env', 'SELECT 1'], 'no option --env.file | export the variables'],
    [['--tls.allowInsecure', 'SELECT 1'], 'no option --tls.allowInsecure | NODE_EXTRA_CA_CERTS='],
    [['--provider', 'confluent', 'SELECT 1'], 'no option --provider | write USE PROVIDER;'],
  ])('%j', (argv, message) => {
    expect(refused(...argv)).toContain(message)
  })

  it('get the hints listed in docs/stackql.md', () => {
    const page = readFileSync(new URL('../../docs/stackql.md', import.meta.url), 'utf8')
    const [, table = ''] = /## Options and their equivalents\n\n([^]*?)\n\n/.exec(page) ?? []
    const rows = table.split('\n').slice(2)
    expect(rows.length).toBeGreaterThan(15)
    for (const row of rows)
      for (const [, option = ''] of row.split(' | ')[0]!.matchAll(/`(--[\w.]+)/g))
        expect([option, refused(option, 'x', 'SELECT 1')]).toEqual([
          option,
          expect.stringMatching(/^no option .*(?:did you mean --|\| (?!confluentql --help))/),
        ])
  })

  it('no option here has a hint as an option of another program', () => {
    const ours = [...OPTIONS, ...EVERYWHERE].flatMap(o => [
      `--${o.name}`,
      ...aliasesOf(o).map(a => (a.length === 1 ? `-${a}` : `--${a}`)),
    ])
    expect(ours.filter(o => EQUIVALENT_OPTIONS[o] !== undefined || instead(o) !== undefined)).toEqual([])
    expect(Object.values(EQUIVALENT_OPTIONS).filter(o => !ours.includes(o))).toEqual([])
  })
})

describe('values', () => {
  it('are kept as written', () => {
    const values = [
      '',
      '-',
      '--',
      '-q',
      '-ojson',
      '-o=json',
      '-f=',
      '--help',
      '-- x',
      'a=b',
      '=',
      '"x"',
      "'x'",
      '1e3',
      '0x10',
      '007',
      'true',
      'a\nb',
      '=\n',
      '[1]',
    ]
    for (const value of values) {
      for (const argv of [['--null', value], [`--null=${value}`]])
        expect([argv, read(...argv, 'SELECT 1').nullText]).toEqual([argv, value])
      for (const argv of [
        ['-v', `x=${value}`],
        [`-vx=${value}`],
        [`-v=x=${value}`],
        ['-qv', `x=${value}`],
        [`--var=x=${value}`],
      ])
        expect([argv, read(...argv, 'SELECT 1').variables]).toEqual([argv, { x: value }])
      expect(read('--', value).sql).toBe(value)
      expect(read('diff', '--', value, value).operands).toEqual([value, value])
    }
  })
})

describe('help', () => {
  it('is shown for the program or a command, in every spelling', () => {
    for (const argv of [['--help'], ['-h'], ['help'], ['-qh'], ['help', '--help']])
      expect(printed(...argv)).toBe(helpText('run'))
    for (const { name } of COMMANDS.filter(c => c.name !== 'run' && c.name !== 'help')) {
      for (const argv of [
        [name, '--help'],
        ['-h', name],
        ['help', name],
      ])
        expect(printed(...argv)).toBe(helpText(name))
    }
    expect(refused('help', 'difff')).toBe(
      'no command difff; did you mean "diff"? | commands: exec, shell, diff, check, export, snapshot, history, init, doctor, sandbox, serve, mcp, provider, completion, help',
    )
    expect(printed('SELECT 1', '--version')).toBe('1.2.3\n')
  })

  it('fits a terminal, and names every command and option', () => {
    for (const { name, examples } of COMMANDS) {
      const text = helpText(name)
      expect(text.split('\n').filter(l => l.length > 80 && !examples.some(e => l.endsWith(e)))).toEqual([])
      expect(text.split('\n').length).toBeLessThan(76)
      for (const o of OPTIONS.filter(x => x.commands.includes(name)))
        expect(text).toContain(`--${o.name}${o.value === undefined ? '' : ` ${o.value}`}  `)
      for (const example of examples) expect(text).toContain(`\n  confluentql ${example}`)
    }
    for (const c of COMMANDS.filter(x => x.name !== 'run'))
      expect(helpText('run')).toContain(`\n  ${signature(c)} `)
    expect(OPTIONS.filter(o => !GROUPS.includes(o.group) || o.commands.length === 0)).toEqual([])
  })

  it('explains each option in one line, in the same column for all', () => {
    for (const { name } of COMMANDS) {
      const lines = helpText(name)
        .split('\n')
        .filter(l => /^ {2}(?:-\w, | {4})--|^ {28}\S/.test(l))
      expect(lines.length).toBeGreaterThan(1)
      expect(lines.filter(l => !/^.{27} \S/.test(l))).toEqual([])
      // the formats alone take two
      const rest = lines.filter(l => /^ {28}/.test(l)).map(l => l.trim())
      expect(rest.filter(l => !/^(?:\w+, )*\w+$/.test(l))).toEqual([])
    }
  })

  it('is shown even if other options are wrong', () => {
    for (const argv of [
      ['--help', '--nonsense'],
      ['--constructor', '--help'],
      ['diff', '--help'],
      ['-h', '-o', 'csv', '-o', 'json'],
      ['--trace=yes', '--help'],
      ['--help', '--port', '1', '--sandbox', '--profile', 'x'],
    ])
      expect(printed(...argv)).toBe(helpText(argv[0] === 'diff' ? 'diff' : 'run'))
    expect(printed('--nonsense', '--version')).toBe('1.2.3\n')
  })
})

describe('a command line of one statement', () => {
  const outcomeOf = (readThem: typeof readWords, argv: readonly string[]): unknown => {
    try {
      return readThem(argv)
    } catch (error) {
      return error
    }
  }
  const expectAsYargs = (...argv: string[]): void =>
    expect(outcomeOf(readWords, argv)).toEqual(outcomeOf(readByYargs, argv))

  it.each([
    'SELECT 1',
    'SHOW METHODS IN confluent.iam.invitations',
    ' SELECT 1',
    '\nSELECT 1',
    'SELECT\t1 -- --help',
    'SELECT \'=\' AS "--x=1" -o json',
    '/* --help */ SELECT 1',
    'shell now',
    'exec SELECT',
    'help me',
    'a=b c',
    'file.sql x',
    'SELECT',
    'shell',
    '',
    ' ',
    '-q x',
    '-- note\nSELECT 1',
    '--help x',
    'stackql exec',
    'é è',
    '1 2',
    '. .',
    '"quoted" text',
  ])('is read as yargs reads it: %j', word => {
    expectAsYargs(word)
  })

  it('is read as yargs reads it with any option, value and place of the statement', () => {
    for (const { name, short, value } of OPTIONS)
      for (const spelling of [`--${name}`, ...(short === undefined ? [] : [`-${short}`])])
        for (const given of value === undefined ? [[], ['true']] : [[], [''], ['-q'], ['a b']]) {
          expectAsYargs(spelling, ...given, 'SELECT 1', '-o', 'json')
          expectAsYargs('SELECT 1', '--quiet', spelling, ...given)
        }
  })

  it.each([
    [['-o', 'json']],
    [['-o', 'json', 'SELECT 1', 'SELECT 2']],
    [['-o', 'SELECT 1']],
    [['-o', 'json', '-o', 'csv', 'SELECT 1']],
    [['-f', 'x.sql', 'SELECT 1']],
    [['-f', 'out.csv', 'SELECT 1']],
    [['--sandbox', '--endpoint', 'x', 'SELECT 1']],
    [['--endpoint', 'x', '--sandbox', 'SELECT 1']],
    [['--profile', 'x', '--all-profiles', 'SELECT 1']],
    [['-qo', 'json', 'SELECT 1']],
    [['-ojson', 'SELECT 1']],
    [['exec', '-o', 'json', 'SELECT 1']],
    [['-undefined', 'SELECT 1']],
    [['--constructor', 'SELECT 1']],
    [['--help', 'SELECT 1']],
    [['SELECT 1', '--version']],
  ])('is read as yargs reads it: %j', argv => {
    expectAsYargs(...argv)
  })
})
