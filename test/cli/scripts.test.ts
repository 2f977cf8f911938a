import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, folder, page, sandboxed, server, type Outcome } from './support.ts'

const U = 'confluent.iam.users'
const I = 'confluent.iam.invitations'

/** Runs a script of a file in a folder of its own, and tells what is in the folder afterwards. */
async function script(
  text: string,
  args: readonly string[] = [],
  run = cli,
  files: Readonly<Record<string, string>> = {},
): Promise<Outcome & { files: Record<string, string> }> {
  const dir = folder()
  const given = { 's.sql': text, ...files }
  for (const [name, content] of Object.entries(given)) {
    mkdirSync(join(dir, name, '..'), { recursive: true })
    writeFileSync(join(dir, name), content)
  }
  const outcome = await run(['-f', 's.sql', ...args], { cwd: dir })
  const left = readdirSync(dir, { recursive: true, withFileTypes: true }).filter(
    e => e.isFile() && !e.name.endsWith('.sql'),
  )
  return {
    ...outcome,
    files: Object.fromEntries(left.map(e => [e.name, readFileSync(join(e.parentPath, e.name), 'utf8')])),
  }
}

describe.concurrent('one script, several files', () => {
  it('each result goes where .once and .output say, in the format of the extension or of .mode after it', async () => {
    const outcome = await script(`#!/usr/bin/env -S confluentql -f
.mode json
.once a.csv
SELECT 1 AS a;
.output b.md
SELECT 2 AS b; SELECT 3 AS c;
.once d.txt
.mode tsv
SELECT 4 AS d, 'x' AS e;
.output
SELECT 5 AS e;
`)
    expect(outcome).toMatchObject({
      status: 0,
      stderr: '',
      stdout: 'e\n5\n',
      files: {
        'a.csv': 'a\n1\n',
        'b.md': '| b |\n| --- |\n| 2 |\n\n| c |\n| --- |\n| 3 |\n',
        'd.txt': 'd\te\n4\tx\n',
      },
    })
  })

  it('files completed before a failure are kept; the failed one is not written', async () => {
    const text = `.once a.csv\nSELECT 1 AS a;\n.output b.json\nSELECT 2 AS b;\n.output c.md\nSELECT 3 AS c; SELECT json('{');\n.once d.csv\nSELECT 4 AS d;`
    const stopped = await script(text)
    expect(stopped).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: s\.sql:6:16: SQLite: malformed JSON/),
    })
    expect(stopped.files).toEqual({ 'a.csv': 'a\n1\n', 'b.json': '[\n{"b":2}\n]\n' })
    const all = await script(text, ['--continue-on-error'])
    expect(all.status).toBe(1)
    expect(all.files).toEqual({ ...stopped.files, 'c.md': '| c |\n| --- |\n| 3 |\n', 'd.csv': 'd\n4\n' })
  })

  it('says how many statements were not run after a failure, of all files', async () => {
    const failing = (after: string): string => `SELECT 1 AS a;\nSELECT json('{');\n.help\n${after}`
    const args = ['-f', 't.sql']
    const files = { 't.sql': '.tables\nSELECT 4 AS d;' }
    const stopped = await script(failing('SELECT 2 AS b;\nSELECT 3 AS c;'), args, cli, files)
    expect(stopped).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: [^]*\nnotice: 3 more statements were not run\n$/),
    })
    const one = await script(failing(''), args, cli, files)
    expect(one.stderr).toMatch(/\nnotice: 1 more statement was not run\n$/)
    for (const [after, more] of [
      ['SELECT 2 AS b;', ['-q']],
      ['SELECT 2 AS b;', ['--continue-on-error']],
      ['', []],
    ] as const)
      expect((await script(failing(after), more)).stderr).not.toContain('not run')
  })

  it('writes nothing if a statement is invalid', async () => {
    expect(await script('.once a.csv\nSELECT 1 AS a;\n.once b.csv\nSELECT nope;')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: s\.sql:4:8: no column "nope"/),
      files: {},
    })
  })

  it('a file whose only result failed is not written, and stays as it was', async () => {
    const text = '.output a.csv\nSELECT nope;\n.output b.csv\nSELECT 2 AS b;\n.output c.csv\nSELECT nope;'
    expect(await script(text, ['--continue-on-error'], cli, { 'c.csv': 'old\n' })).toMatchObject({
      status: 1,
      files: { 'b.csv': 'b\n2\n', 'c.csv': 'old\n' },
    })
    expect((await script(text, ['--continue-on-error'])).files).toEqual({ 'b.csv': 'b\n2\n' })
    expect(
      await script('SELECT nope;', ['--continue-on-error', '--out', 'c.csv'], cli, { 'c.csv': 'old\n' }),
    ).toMatchObject({ status: 1, files: { 'c.csv': 'old\n' } })
  })

  it('the result after a failed one does not go to its file', async () => {
    const outcome = await script(".once a.csv\nSELECT json('{') AS a;\nSELECT 2 AS b;", [
      '--continue-on-error',
      '-o',
      'csv',
    ])
    expect(outcome).toMatchObject({ status: 1, stdout: 'b\n2\n', files: {} })
  })

  it.each([
    ['.once a.csv\nSELECT 1;\n.once b.csv\n', 's.sql:3:1: .once b.csv: no result follows it'],
    ['SELECT 1;\n.once a.csv\n.once b.csv\nSELECT 2;', 's.sql:2:1: .once a.csv: no result follows'],
    ['SELECT 1;\n.once a.csv\nSELECT 1;\n.once a.csv\nSELECT 2;', 's.sql:4:1: a.csv is written twice'],
    ['SELECT 1;\n.once a.csv\nSELECT 1;\n.once ./a.csv\nSELECT 2;', 's.sql:4:1: ./a.csv is written twice'],
    ['.output a.csv\nSELECT 1;\nSELECT 2;', 's.sql:3:1: a.csv already has a result: csv holds only one'],
    ['SELECT 1;\n.once a.dat\nSELECT 2;', 's.sql:3:1: no format for "a.dat"'],
    [
      'SELECT 1;\n.output a.md\nSELECT 1;\n.mode csv\nSELECT 2;',
      's.sql:4:1: a.md has a result as markdown already',
    ],
    [
      'SELECT 1 AS a;\n.once none/a.csv\nSELECT 2;',
      's.sql:2:1: cannot write none/a.csv: there is no folder none',
    ],
    [
      'SELECT 1 AS a;\n.output s.sql/a.csv\nSELECT 2;',
      's.sql:2:1: cannot write s.sql/a.csv: s.sql is not a folder',
    ],
    ['SELECT 1 AS a;\n.mode csv\n.output .\nSELECT 2;', 's.sql:3:1: cannot write .: it is a folder'],
    ['SELECT 1;\n.mode xml\n', 's.sql:2:1: no output format "xml"'],
    ['SELECT 1;\n.moed csv\n', 's.sql:2:1: no command .moed; did you mean ".mode"?'],
    ['SELECT 1;\n.headers maybe\n', 's.sql:2:1: .headers takes on, off, not "maybe"'],
    ['SELECT 1;\n\\watch 2\n', 's.sql:2:1: \\watch works only at the prompt'],
    ['SELECT 1;\n.read none.sql\n', 's.sql:2:1: cannot read none.sql: there is no such file'],
    ['SELECT 1;\n-- var: x strng\n', 's.sql:2:1: no type "strng" for a variable; did you mean "string"?'],
    ['SELECT 1;\n-- var: x integer = many\n', 's.sql:2:1: the default of x, many, is not a whole number'],
  ])('found before anything runs: %j', async (text, message) => {
    const outcome = await script(text)
    expect(outcome).toMatchObject({ stdout: '', files: {} })
    expect(outcome.status).toBeGreaterThan(0)
    expect(outcome.stderr).toContain(`error: ${message}`)
  })
})

describe.concurrent('.read', () => {
  it('resolves the path relative to the script; errors name the included file', async () => {
    const files = {
      'lib/one.sql': '.read two.sql\nSELECT 2 AS b',
      'lib/two.sql': "SELECT 1 AS a;\n.quit\nnothing 'here",
      'lib/bad.sql': '\nSELECT nope;',
    }
    expect(await script('.mode ndjson\n.read lib/one.sql\nSELECT 3 AS c;', [], cli, files)).toMatchObject({
      status: 0,
      stdout: '{"a":1}\n{"b":2}\n{"c":3}\n',
      stderr: '',
    })
    expect(await script('.read lib/bad.sql', [], cli, files)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: lib\/bad\.sql:2:8: no column "nope"/),
    })
  })

  it('a cycle is an error', async () => {
    const outcome = await script('.read a.sql', [], cli, { 'a.sql': 'SELECT 1;\n.read ./s.sql' })
    expect(outcome).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: a\.sql:2:1: s\.sql is being read already/),
    })
  })
})

describe.concurrent('declared variables', () => {
  const HEAD = `-- var: since  timestamp = '2026-01-01'  -- first day
-- var: name   text                      -- whose
-- var: most   integer = 20
-- var: isAll  boolean = no
-- var: ratio  number = null
SELECT :since AS a, :name AS b, :most AS c, :isAll AS d, :ratio AS e, typeof(:name) AS f;
`

  it('have defaults and types', async () => {
    expect((await script(HEAD, ['-o', 'ndjson', '-v', 'name=007'])).stdout).toBe(
      '{"a":"2026-01-01","b":"007","c":20,"d":0,"e":null,"f":"text"}\n',
    )
    const given = [
      '-v',
      'name=12',
      '-v',
      'since=2026-02-03 04:05+02:00',
      '-v',
      'most=5',
      '-v',
      'isAll=TRUE',
      '-v',
      'ratio=1e3',
    ]
    expect((await script(HEAD, ['-o', 'ndjson', ...given])).stdout).toBe(
      '{"a":"2026-02-03T02:05:00Z","b":"12","c":5,"d":1,"e":1000,"f":"text"}\n',
    )
  })

  it('of a file apply to it and to files that it reads; -v takes precedence', async () => {
    const files = { 'lib.sql': '-- var: a integer = 1\n-- var: b integer = 1\nSELECT :a AS a, :b AS b;' }
    const text = '-- var: a integer = 2\n.read lib.sql\nSELECT :a AS a;'
    expect((await script(text, ['-o', 'ndjson'], cli, files)).stdout).toBe('{"a":2,"b":1}\n{"a":2}\n')
    expect((await script(text, ['-o', 'ndjson', '-v', 'b=3'], cli, files)).stdout).toBe(
      '{"a":2,"b":3}\n{"a":2}\n',
    )
  })

  it('.set sets values, .unset removes them', async () => {
    expect(
      await script('.set a 5\n.set b "x y"\n.set\nSELECT :a AS a, :b AS b;\n.unset a\n', ['-o', 'ndjson']),
    ).toMatchObject({ status: 0, stdout: '{"a":5,"b":"x y"}\n', stderr: 'a = 5\nb = x y\n' })
    expect(await script('.set a 5\nSELECT :a;\n.unset a\nSELECT :a;')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('s.sql:4:8: no value for :a'),
    })
  })

  it.each<readonly [string, readonly string[], string]>([
    [HEAD, [], 'error: s.sql:2:1: no value for :name (text: whose)\n'],
    [`${HEAD}SELECT :other, :more;`, [], 'no value for :name (text: whose), :other, :more\n'],
    [
      HEAD,
      ['-v', 'name=x', '-v', 'most=1.5'],
      'error: s.sql:3:1: :most cannot be "1.5": it is declared integer, a whole number',
    ],
    [
      HEAD,
      ['-v', 'name=x', '-v', 'since=2026-02-30'],
      'error: s.sql:1:1: :since cannot be "2026-02-30": it is declared timestamp, a day',
    ],
    [
      'SELECT :name',
      ['-v', 'name=x', '-v', 'other=y', '-v', 'name=z'],
      `error: -v name has two values\nhint: give a list as JSON, -v name='["a","b"]', and write IN (SELECT value FROM json_each(:name))\n`,
    ],
    [HEAD, ['-v', 'nmae=x', '-v', 'name=y'], 'error: -v nmae: no statement uses :nmae; did you mean "name"?'],
    ['SELECT 1; SELECT :a, :b;', [], 'error: s.sql:1:18: no value for :a, :b\n'],
  ])('%#', async (text, args, message) => {
    const outcome = await script(text, args)
    expect(outcome).toMatchObject({ status: 2, stdout: '' })
    expect(outcome.stderr).toContain(message)
  })
})

describe.concurrent('what a statement shows', () => {
  it('its title and note come from the comments above it', async () => {
    const text = `-- report: All of it\n-- a licence\n\n-- title: The first\n-- Something,\n-- at length.\n\nSELECT 1 AS a; -- of the first\n/* title: The second */\nSELECT 2 AS b;`
    const { stdout, status } = await script(text, ['-o', 'markdown'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/The first\n[\s\S]*\| a \|[\s\S]*The second\n[\s\S]*\| b \|/)
    expect(stdout).not.toMatch(/of the first|licence/)
  })

  it('\\x and \\gx show rows in vertical format', async () => {
    const rule = `-[ 1 ]${'-'.repeat(34)}\n`
    expect(
      (await script("SELECT 1 AS a\\gx\nSELECT 2 AS b\\g\n\\x\nSELECT '\\G;' AS c -- why\n\\G")).stdout,
    ).toBe(`${rule}a | 1\n\n b\n---\n 2\n\n${rule}c | \\G;\n`)
  })

  it('.timer, .headers, .nullvalue and .explain change what is shown', async () => {
    const { stdout, stderr } = await script(
      `.timer on\n.headers off\n.nullvalue nix\nSELECT id, NULL FROM ${U} ORDER BY id LIMIT 1;\n.timer\n.explain on\nSELECT count(*) FROM ${U};`,
      [],
      sandboxed,
    )
    expect(stdout).toBe(' u-08mnyy | nix\n\n 140\n')
    expect(stderr).toMatch(/^\(1 row, 2 requests, \d+\.\d\d s\)\ntimer: off\n +1 +confluent\.iam\.users\n/)
  })

  it('booleans of tables and views are true and false also through UNION, CASE and functions', async () => {
    const { stdout } = await script(
      `CREATE TABLE a AS SELECT 1 AS id, 1 = 1 AS is_x;
      CREATE VIEW b AS SELECT 2 AS id, id = 2 AS is_x FROM a;
      CREATE TABLE c (is_x BOOLEAN, n INTEGER); INSERT INTO c VALUES (0, 1), (7, 0), ('x', 1), (NULL, 0);
      .mode ndjson
      SELECT is_x FROM a UNION ALL SELECT is_x FROM b;
      WITH u AS (SELECT is_x FROM b UNION SELECT is_x FROM c) SELECT is_x FROM u ORDER BY 1;
      SELECT max(is_x) AS m, coalesce(NULL, is_x) AS c, CASE WHEN id = 1 THEN is_x ELSE FALSE END AS k, sum(is_x) AS s FROM a;
      SELECT is_x FROM a UNION ALL SELECT n FROM c WHERE n = 0 LIMIT 1;`,
      ['-q'],
    )
    expect(stdout.trim().split('\n')).toEqual([
      '{"is_x":true}',
      '{"is_x":false}',
      '{"is_x":null}',
      '{"is_x":false}',
      '{"is_x":7}',
      '{"is_x":"x"}',
      '{"m":true,"c":true,"k":true,"s":1}',
      '{"is_x":1}',
    ])
  })

  it('the formats of a file are for its own results, and those of files that it reads', async () => {
    const { stdout } = await script(
      '.read formats.sql\nSELECT 3 AS cost;',
      ['-f', 'b.sql', '--no-header'],
      cli,
      { 'formats.sql': '.format cost money', 'b.sql': 'SELECT 4 AS cost;' },
    )
    expect(stdout).toBe(' $3.00\n\n 4\n')
  })

  it('\\d with a pattern lists the tables of that name', async () => {
    const { stdout } = await script('.mode csv\n\\d *.billing.*', ['-q'])
    expect(stdout).toMatch(/^table,type,summary\r?\nconfluent\.billing\.costs,resource,[^\n]*\n$/)
  })

  it('a variable is never the name of a table', async () => {
    const { stderr, status } = await script('SELECT id FROM :t', ['-v', 't=confluent.iam.users'])
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(
        /syntax error near ":t"\n[^]*\nhint: a variable is a value, and never the name of a table: write the name itself\n$/,
      ),
    ])
  })

  it('\\dt lists tables of the API and of the session, as \\d does', async () => {
    const lists = async (pattern: string): Promise<string> =>
      (await script(`CREATE TABLE mine AS SELECT 1 AS a;\n.mode csv\n\\dt ${pattern}`, ['-q'])).stdout
    expect(await lists('min*')).toContain('\nmine,table,\n')
    expect(await lists('confluent.org')).toMatch(
      /^table,type,summary\nconfluent\.org\.environments,resource,/,
    )
  })

  it('.tables, .own and .describe return ordinary results', async () => {
    const { stdout, status, files } = await script(
      `CREATE TABLE mine AS SELECT 1 AS a;\n.mode ndjson\n.tables confluent.org\n.own\n\\d mine\n.once t.csv\n.tables invitat`,
      ['-q'],
      sandboxed,
    )
    expect(status).toBe(0)
    expect(stdout.split('\n')).toEqual([
      '{"table":"confluent.org.environments","type":"resource","summary":"Environments, which contain clusters and networks"}',
      '{"table":"confluent.org.organizations","type":"resource","summary":"The organization that the key belongs to"}',
      '{"table":"mine","type":"table"}',
      '{"name":"a","type":"integer","description":null}',
      '',
    ])
    expect(files['t.csv']).toMatch(
      /^table,type,summary\nconfluent\.iam\.invitations,resource,People invited to join the organization\n/,
    )
    expect(await script('SELECT 1;\n.tables nothing.here', [], sandboxed)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: s\.sql:2:1: no provider "nothing"/),
    })
  })

  it('a command inside a statement is an error with a hint', async () => {
    for (const text of ['SELECT 1\n.mode csv\n', 'SELECT 1; .mode csv']) {
      expect((await script(text)).stderr).toContain(
        'hint: .mode is a command only on a line of its own, after a statement that ends with ;',
      )
    }
  })
})

it('a query can be parenthesized', async () => {
  const sql = `CREATE VIEW v AS (SELECT 1 AS a); CREATE TABLE t AS ((SELECT a FROM v)); INSERT INTO t (a) (VALUES (2));
INSERT INTO t (SELECT 3); (SELECT group_concat(a) AS a FROM t)`
  expect(await cli(['-q', '-o', 'csv', '--no-header', sql])).toMatchObject({ status: 0, stdout: '"1,2,3"\n' })
})

describe.concurrent('several outputs', () => {
  it('.output without a file returns to the first output', async () => {
    const cwd = folder()
    const stdin = 'SELECT 1 AS a;\n.output b.html\nSELECT 2 AS b;\n.output\nSELECT 3 AS c;\n'
    expect(await cli(['--out', 'a.html', '-f', '-'], { cwd, stdin })).toMatchObject({ status: 0, stderr: '' })
    const [a, b] = ['a', 'b'].map(name => readFileSync(join(cwd, `${name}.html`), 'utf8').match(/<table/g))
    expect([a?.length, b?.length]).toEqual([2, 1])
  })

  it.each(['csv', 'table', 'json'])('%s of an insert that failed has no header', async format => {
    const url = await server((_request, response) =>
      response.writeHead(400).end('{"errors":[{"detail":"no"}]}'),
    )
    const sql = "INSERT INTO confluent.iam.invitations (email) VALUES ('a@example.com') RETURNING id"
    const { status, stdout } = await cli(['-o', format, '--endpoint', url, sql])
    expect([status, stdout]).toEqual([1, ''])
  })
})

describe.concurrent('the shell reading a pipe', () => {
  it('writes a document for each entry on standard output, but one for a file of .output', async () => {
    const dir = folder()
    const outcome = await cli(['shell'], {
      cwd: dir,
      stdin:
        '.mode csv\nSELECT 1 AS a;\nSELECT nope;\nSELECT 2 AS b;\n.output o.md\nSELECT 3 AS c;\nSELECT nope;\nSELECT 4 AS d;\n.once p.csv\n',
    })
    expect(outcome).toMatchObject({ status: 1, stdout: 'a\n1\nb\n2\n' })
    expect(readFileSync(join(dir, 'o.md'), 'utf8')).toBe('| c |\n| --- |\n| 3 |\n\n| d |\n| --- |\n| 4 |\n')
    expect(readdirSync(dir)).toEqual(['o.md'])
  })

  it('keeps the previous output if a new one cannot be opened', async () => {
    const dir = folder()
    const outcome = await cli(['shell', '-o', 'csv', '--no-header'], {
      cwd: dir,
      stdin:
        '.once no/such/x.csv\nSELECT 1;\n.output no/such/y.csv\nSELECT 2;\n.output o.csv\nSELECT 3;\n.output no/z.csv\n.once no/z.csv\n.output\nSELECT 4;\n',
    })
    expect(outcome).toMatchObject({ status: 1, stdout: '1\n2\n4\n' })
    expect(outcome.stderr.match(/^error: .*cannot write no\/.*$/gm)).toHaveLength(4)
    expect(outcome.stderr).not.toContain('still being read')
    expect(readFileSync(join(dir, 'o.csv'), 'utf8')).toBe('3\n')
  })

  it('a result that cannot be written is closed, and others follow', async () => {
    const { status, stdout, stderr } = await cli(['shell', '--no-header'], {
      stdin: ".mode chart\nSELECT 'a' AS a, 'b' AS b;\n.mode csv\nSELECT 2;\n",
    })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '2\n' })
    expect(stderr).toMatch(/^error: .*chart.*\n/)
    expect(stderr.match(/^error/gm)).toHaveLength(1)
  })

  it('names the line of an error in all of the input', async () => {
    const stdin = "SELECT 1 AS a;\n\n-- next\nSELECT 'x',\n  nope;\n.mode none\nSELECT nope;\n"
    const { stderr } = await cli(['shell'], { stdin })
    expect(stderr.match(/^error: \d+:\d+/gm)).toEqual(['error: 5:3', 'error: 6:1', 'error: 7:8'])
  })

  it('reports that a file was not written if a result failed in the middle of it', async () => {
    const dir = folder()
    let asked = 0
    const url = await server((_request, response) => {
      asked++
      if (asked > 1) response.writeHead(500).end('{}')
      else
        response.end(
          page(
            Array.from({ length: 100 }, (_, i) => `u-${i}`),
            'next',
          ),
        )
    })
    const { status, stderr } = await cli(['shell', '--retries', '0', '--endpoint', url], {
      cwd: dir,
      stdin: `.output o.ndjson\nSELECT 1 AS a;\nSELECT id FROM confluent.iam.users;\n.output\nSELECT 2 AS b;\n`,
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^notice: o\.ndjson is not written: this result failed in the middle of it, .*\nerror: GET /,
    )
    expect(readdirSync(dir)).toEqual([])
    const cut = `.output c.txt\nSELECT 1 AS a;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT CASE i WHEN 2000 THEN json('x') END FROM n;
SELECT 2 AS a;`
    const all = await cli(['--continue-on-error', '-f', '-'], { cwd: dir, stdin: cut })
    expect(all.status).toBe(1)
    expect(all.stderr).toMatch(
      /\nerror: c\.txt was not written: a result failed in the middle of it\nhint: .*\n$/,
    )
    expect(readdirSync(dir)).toEqual([])
  })

  it.each([['-f', '-'], ['--continue-on-error', '-f', '-'], ['shell']])(
    'keeps the rows of RETURNING in a file without those of a later result that fails midway: %s %s %s',
    async (...args) => {
      const dir = folder()
      const stdin = `.output o.ndjson\nUPDATE confluent.iam.service_accounts SET description = 'x' WHERE id = 'sa-0iivp4' RETURNING id;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i, CASE i WHEN 2000 THEN json('x') END FROM n;
SELECT 2 AS two;\n`
      const { status, stderr } = await sandboxed(args, { cwd: dir, stdin })
      expect(status).toBe(1)
      expect(stderr).toContain(
        'notice: o.ndjson is kept for its rows of RETURNING, without rows of this result, which failed in the middle\n',
      )
      const kept = '{"id":"sa-0iivp4"}\n'
      const text = readFileSync(join(dir, 'o.ndjson'), 'utf8')
      expect(text).toBe(args.length === 2 ? kept : `${kept}{"two":2}\n`)
    },
  )

  it('does not ask before a change of several rows', async () => {
    const sql = `DELETE FROM ${I} WHERE id IN ('i-021i0', 'i-02417');`
    for (const args of [['shell'], [], ['-f', '-']])
      expect(await sandboxed(args, { stdin: sql })).toMatchObject({ status: 0, stderr: 'DELETE 2\n' })
  })

  it('.dryrun applies to the following statements; alone it shows the setting, and changes nothing', async () => {
    const stdin = `.dryrun on\n.dryrun\nDELETE FROM ${I} WHERE id = 'i-021i0';\n.dryrun off\nSELECT count(*) FROM ${I};\n`
    const { status, stdout } = await sandboxed(['shell', '-o', 'csv', '--no-header'], { stdin })
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^(?:dryrun: on\n)?DELETE,http:.*\n230\n$/),
    })
  })

  it('with --dry-run shows the requests of each statement between the results', async () => {
    const { stdout, stderr } = await sandboxed(['shell', '--dry-run', '-o', 'csv', '--no-header'], {
      stdin: `SELECT 1;\nDELETE FROM ${I} WHERE id = 'i-021i0';\nSELECT count(*) FROM ${I};`,
    })
    expect({ stdout, stderr }).toEqual({
      stdout: expect.stringMatching(/^1\nDELETE,http:.*\n230\n$/),
      stderr: '',
    })
  })
})

it('an error of the API names the statement in the file', async () => {
  const { status, stderr } = await script(
    `SELECT 1;\n  INSERT INTO ${I} (email) VALUES ('minjun.choi@example.com');`,
    [],
    sandboxed,
  )
  expect(status).toBe(1)
  expect(stderr).toMatch(/^error: s\.sql:2:3: .*409.*\n {4}INSERT INTO .*\n {4}\^{6}\n/)
})

describe.concurrent('--dry-run', () => {
  it('lists the requests of the whole script in one table, sends none of them, and writes no file', async () => {
    const text = `.once a.csv\nSELECT 1 AS a;\nCREATE TABLE old AS SELECT id FROM ${I} WHERE id = 'i-021i0';\nDELETE FROM ${I}\nWHERE id IN (SELECT id FROM old);\nINSERT INTO ${I} (email) VALUES ('a@example.net');`
    const { status, stdout, stderr, files } = await script(
      text,
      ['--dry-run', '--trace', '-o', 'ndjson', '--db', 'x.db'],
      sandboxed,
    )
    expect(status).toBe(0)
    const rows = stdout
      .trim()
      .split('\n')
      .map(l => JSON.parse(l) as Record<string, string>)
    expect(rows.map(r => [r.place, r.method])).toEqual([
      ['s.sql:4', 'DELETE'],
      ['s.sql:6', 'POST'],
    ])
    expect(stderr.match(/^[A-Z]+ (?=http)/gm)).toEqual(['GET '])
    expect(Object.keys(files).filter(f => f !== 'x.db')).toEqual([])
  })

  it('leaves the file of --db as it was', async () => {
    const dir = folder()
    await cli(['--dry-run', '--db', 'x.db', 'CREATE TABLE t AS SELECT 1 AS a'], { cwd: dir })
    expect(await cli(['--db', 'x.db', 'SELECT * FROM t'], { cwd: dir })).toMatchObject({
      status: 1,
      stdout: '',
    })
    expect(existsSync(join(dir, 'x.db'))).toBe(true)
  })

  it('leaves the file of --db as it was after a conflict that ends its transaction', async () => {
    const dir = folder()
    await cli(
      ['--db', 'x.db', "CREATE TABLE t (a TEXT UNIQUE ON CONFLICT ROLLBACK); INSERT INTO t VALUES ('b')"],
      { cwd: dir },
    )
    const text = `SELECT id FROM ${I} LIMIT 1; INSERT INTO t VALUES ('b'); SELECT id FROM ${I} LIMIT 1; DELETE FROM t; INSERT INTO t VALUES ('c');`
    expect(
      await sandboxed(['--dry-run', '--continue-on-error', '--db', 'x.db', text], { cwd: dir }),
    ).toMatchObject({
      status: 1,
      stderr: 'error: SQLite: UNIQUE constraint failed: t.a\nnotice: no statement would change anything\n',
    })
    expect(await cli(['--db', 'x.db', '-o', 'csv', 'SELECT * FROM t'], { cwd: dir })).toMatchObject({
      status: 0,
      stdout: 'a\nb\n',
    })
  })

  it('says if nothing would change, and reports errors', async () => {
    expect(await cli(['--dry-run', '-o', 'csv', 'SELECT 1'])).toMatchObject({
      status: 0,
      stdout: 'method,url,body\n',
      stderr: 'notice: no statement would change anything\n',
    })
    expect(await cli(['--dry-run', 'SELECT nope'])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('no column "nope"'),
    })
  })
})
