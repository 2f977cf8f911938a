import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { cli, folder, page, PROGRAM, sandboxed, server, spawned } from './support.ts'

const U = 'confluent.iam.users'
const I = 'confluent.iam.invitations'

describe.concurrent('exit status and streams', () => {
  it('0: rows on stdout, nothing on stderr', async () => {
    expect(await sandboxed([`SELECT id FROM ${U} ORDER BY id LIMIT 2`, '-o', 'csv'])).toEqual({
      status: 0,
      signal: null,
      stdout: 'id\nu-08mnyy\nu-0flj82\n',
      stderr: '',
    })
  })

  it('1: a statement fails; the error is on stderr with its place, stdout is empty', async () => {
    const { status, stdout, stderr } = await sandboxed([`SELECT id,\n  emial FROM ${I}`])
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr.split('\n')).toEqual([
      'error: 2:3: no column "emial" in confluent.iam.invitations; did you mean "email"?',
      '    emial FROM confluent.iam.invitations',
      '    ^^^^^',
      expect.stringMatching(/^hint: columns: id, accepted_at/),
      '',
    ])
  })

  it('0: --out - is standard output, as -f - is standard input', async () => {
    const dir = folder()
    expect(await sandboxed(['--out', '-', '-o', 'csv', 'SELECT 1 AS a'], { cwd: dir })).toMatchObject({
      status: 0,
      stdout: 'a\n1\n',
    })
    expect(readdirSync(dir)).toEqual([])
  })

  it('1: the API refuses a request', async () => {
    const { status, stdout, stderr } = await sandboxed([
      `INSERT INTO ${I} (email) VALUES ('minjun.choi@example.com')`,
    ])
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^error: .*409/)
  })

  it('2: credentials are missing; the error names what to set and the sandbox', async () => {
    const { status, stdout, stderr } = await cli([`SELECT id FROM ${U}`], {
      env: { CONFLUENT_CLOUD_API_KEY: '', CONFLUENT_CLOUD_API_SECRET: undefined },
    })
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^error: /)
    expect(stderr).toMatch(/CONFLUENT_CLOUD_API_KEY.*CONFLUENT_CLOUD_API_SECRET.*--sandbox/s)
  })

  it.each<readonly [args: readonly string[], message: RegExp]>([
    [['--nonsense'], /nonsense/],
    [['--no-sandbox', 'SELECT 1'], /no-sandbox/],
    [['-o', 'xml', 'SELECT 1'], /no output format "xml".*formats: table.*ndjson/s],
    [['-o', '', 'SELECT 1'], /no output format ""/],
    [['-o', 'csv', '-o', 'json', 'SELECT 1'], /--output is given twice/],
    [['--out', 'x.unknown', 'SELECT 1'], /\.unknown.*\.csv/s],
    [['--out', '', 'SELECT 1'], /--out needs a file/],
    [['-v', 'x', 'SELECT 1'], /NAME=VALUE/],
    [['-v', '=x', 'SELECT 1'], /NAME=VALUE/],
    [['-v'], /v/],
    [['-f'], /f/],
    [['-f', 'no-such-file.sql'], /cannot read no-such-file\.sql: there is no such file/],
    [['-f', '.'], /cannot read \.: it is a folder/],
    [['--timeout', '5s', 'SELECT 1'], /--timeout 5s: needs a number/],
    [['--timeout', '0', 'SELECT 1'], /--timeout 0/],
    [['--retries', '-1', 'SELECT 1'], /--retries -1/],
    [['--retries', '1.5', 'SELECT 1'], /--retries 1.5: needs a whole number/],
    [['--concurrency', 'NaN', 'SELECT 1'], /--concurrency NaN/],
    [['--delimiter', 'ab', 'SELECT 1'], /--delimiter "ab": needs one character/],
    [['--endpoint', 'nowhere', `SELECT id FROM ${U}`], /not a URL/],
    [['--endpoint', 'http://api.example.com', `SELECT id FROM ${U}`], /not encrypted/],
    [['--sandbox', '--endpoint', 'http://127.0.0.1:1', 'SELECT 1'], /cannot be combined/],
    [['sandbox', '--port', 'abc'], /--port abc/],
    [['sandbox', '--port', '99999'], /--port 99999/],
    [['sandbox', 'extra'], /extra/],
    [['SELECT 1', 'SELECT 2'], /SELECT 2/],
    [['SELECT :x'], /no value for :x.*-v x=/s],
    [['SELECT ?'], /no value for \?.*name it \(:name instead of \?\), and give -v name=/s],
    [[''], /there is no statement/],
    [[';;;;'], /there is no statement/],
    [['-- only a comment'], /there is no statement/],
    [['/* only */ -- comments\n;'], /there is no statement/],
    [['exec'], /there is no statement/],
  ])('2: %j', async (args, message) => {
    const { status, stdout, stderr } = await cli(args, { stdin: '' })
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^error: /)
    expect(stderr).toMatch(message)
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .filter(l => !/^ {2}/.test(l)).length,
    ).toBeLessThanOrEqual(2)
  })

  it('--version and --help print to stdout', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(await cli(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' })
    const help = await cli(['--help'])
    expect(help).toMatchObject({ status: 0, stderr: '' })
    for (const word of [
      '--file',
      '--output',
      '--out',
      '--var',
      '--sandbox',
      '--endpoint',
      '--dry-run',
      '--trace',
      '--timeout',
      '--retries',
      '--concurrency',
      '--no-header',
      '--null',
      '--delimiter',
      '--continue-on-error',
      '--quiet',
      '--no-progress',
      '--no-color',
      'exec',
      'shell',
    ])
      expect(help.stdout).toContain(word)
    expect((await cli(['sandbox', '--help'])).stdout).toContain('--port')
  })
})

describe('a closed standard error', () => {
  it('loses messages, also of Node itself, but no rows', async () => {
    const cwd = folder()
    writeFileSync(
      join(cwd, 'warn.cjs'),
      "process.emitWarning('of Node')\nsetTimeout(() => process.emitWarning('later'))\n",
    )
    const outcome = await cli(['-o', 'csv', 'SELECT 1 AS a'], {
      cwd,
      env: { NODE_OPTIONS: '--require ./warn.cjs' },
      started: child => {
        child.stderr!.destroy()
      },
    })
    expect(outcome).toMatchObject({ status: 0, stdout: 'a\n1\n' })
  })

  it('a long plan is written completely to a slow reader', async () => {
    const cwd = folder()
    const [first, second] = ['y', 'z'].map(c => c.repeat(300_000))
    writeFileSync(
      join(cwd, 'long.sql'),
      `.explain on\nSELECT count(*) FROM ${U} a CROSS JOIN ${U} b WHERE a.email <> '${first}' AND b.email <> '${second}';\n`,
    )
    const { stdout } = await spawned(
      'sh',
      ['-c', `"$0" "$1" --sandbox -f long.sql 2>&1 >/dev/null | (sleep 1; cat)`, process.execPath, PROGRAM],
      { cwd },
    )
    const lines = stdout.trimEnd().split('\n')
    const local = lines.filter(line => line.startsWith('     local  '))
    expect(lines.filter(line => !line.startsWith('   '))).toEqual([
      '  1  confluent.iam.users',
      '  2  confluent.iam.users',
    ])
    expect([local[0]!.includes(first!), local[1]!.includes(second!)]).toEqual([true, true])
  })
})

describe.concurrent('sources of SQL', () => {
  it('runs the argument, with or without exec, also after --', async () => {
    for (const args of [
      ['SELECT 1 AS a'],
      ['exec', 'SELECT 1 AS a'],
      ['--', 'SELECT 1 AS a'],
      ['-- a comment first\nSELECT 1 AS a'],
      ['--', '--comment\nSELECT 1 AS a'],
    ]) {
      expect(
        await cli([
          ...args.slice(0, -1).filter(a => a !== '--'),
          '-ocsv',
          ...(args.includes('--') ? ['--'] : []),
          args.at(-1)!,
        ]),
      ).toMatchObject({ status: 0, stdout: 'a\n1\n' })
    }
  })

  it('runs standard input, by default or as -', async () => {
    for (const args of [[], ['-f', '-'], ['-i', '-'], ['exec']]) {
      expect(await cli(['-o', 'csv', ...args], { stdin: 'SELECT 2 AS b;\n' })).toMatchObject({
        status: 0,
        stdout: 'b\n2\n',
      })
    }
  })

  it('the shell reads a pipe without a prompt; the last statement needs no ;; the status is the highest', async () => {
    expect(await cli(['shell', '-o', 'csv', '--no-header'], { stdin: 'SELECT 1;\nSELECT\n2' })).toEqual({
      status: 0,
      signal: null,
      stdout: '1\n2\n',
      stderr: '',
    })
    expect(
      await cli(['shell', '-o', 'csv', '--no-header'], { stdin: 'SELECT nope;\nSELECT 2;\nquit\nSELECT 3;' }),
    ).toMatchObject({ status: 1, stdout: '2\n', stderr: expect.stringMatching(/^error: 1:8/) })
    for (const stdin of [
      "SELECT 'a;\nb' AS x;\n",
      '-- c;\nSELECT 1; -- d\n',
      'SELECT 1 /* ;\n*/ AS x;\n',
      'SELECT 1 AS "x;\ny"',
      '.mode csv\nSELECT 1\\gx\nSELECT 2 -- ;\n;\n.quit\nSELECT 3;',
    ]) {
      const { status, stderr, stdout } = await cli(['shell', '-o', 'csv', '--no-header'], { stdin })
      expect([stdin, status, stderr]).toEqual([stdin, 0, ''])
      expect(stdout).not.toBe('')
    }
    expect(await cli(['shell'], { stdin: '' })).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
  })

  it('runs the argument, then files in order', async () => {
    const dir = folder()
    writeFileSync(join(dir, 'a.sql'), "\ufeffSELECT 'ä' AS x;\r\nSELECT 2 AS x -- the end")
    writeFileSync(join(dir, 'b.sql'), '/* nothing but */ SELECT 3 AS x;;')
    const { stdout, status } = await cli(
      ['-o', 'ndjson', '-f', 'a.sql', '--file', 'b.sql', 'SELECT 0 AS x'],
      { cwd: dir },
    )
    expect({ stdout, status }).toEqual({ status: 0, stdout: '{"x":0}\n{"x":"ä"}\n{"x":2}\n{"x":3}\n' })
  })

  it('names the file, the line and the column of an error', async () => {
    const dir = folder()
    writeFileSync(join(dir, 'a.sql'), `SELECT 1;\r\n\r\nSELECT nme\r\nFROM ${U};\r\n`)
    const { stderr, stdout, status } = await cli(['-o', 'ndjson', '-f', 'a.sql'], { cwd: dir })
    expect({ stdout, status }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^error: a\.sql:3:8: no column "nme".*\n {2}SELECT nme\n {9}\^\^\^\n/)
  })

  it('refuses bytes that are no UTF-8', async () => {
    const dir = folder()
    writeFileSync(join(dir, 'a.sql'), Buffer.from("SELECT '\xff'", 'latin1'))
    writeFileSync(join(dir, 'b.sql'), Buffer.from('\ufeffSELECT 1', 'utf16le'))
    for (const file of ['a.sql', 'b.sql'])
      expect(await cli(['-f', file], { cwd: dir })).toMatchObject({
        status: 2,
        stdout: '',
        stderr: expect.stringContaining('not UTF-8'),
      })
  })

  it('a variable in canonical number form is a number, but text where it is compared with text', async () => {
    const types = await cli([
      '-o',
      'csv',
      '--no-header',
      '-v',
      'a=3',
      '-v',
      'b=-1.5',
      '-v',
      'c=007',
      '-v',
      'd=1e3',
      'SELECT typeof(:a), typeof(:b), typeof(:c), typeof(:d)',
    ])
    expect(types.stdout).toBe('integer,real,text,text\n')
    const counted = (where: string): string[] => [
      '-o',
      'csv',
      '--no-header',
      '-v',
      'n=3',
      `SELECT count(*) FROM confluent.flink_pools WHERE ${where}`,
    ]
    const [variable, constant] = [
      await sandboxed(counted('max_cfu > :n')),
      await sandboxed(counted('max_cfu > 3')),
    ]
    expect(variable.stdout).toBe(constant.stdout)
  })

  it('variables are values, never text of the statement', async () => {
    const { stdout } = await cli([
      '-o',
      'csv',
      '--no-header',
      '-v',
      "a=x'; SELECT 2 --",
      '--var',
      'b=c=d',
      '-v',
      'e=',
      'SELECT :a, :b, :e, typeof(:e)',
    ])
    expect(stdout).toBe('x\'; SELECT 2 --,c=d,"",text\n')
    expect(
      (
        await sandboxed([
          '-o',
          'csv',
          '--no-header',
          '-v',
          'n=2',
          `SELECT count(*) FROM (SELECT id FROM ${U} LIMIT :n)`,
        ])
      ).stdout,
    ).toBe('2\n')
  })
})

describe.concurrent('results', () => {
  const SQL = 'SELECT 1 AS a, \'x,"y"\' AS b, NULL AS c'

  it.each([
    ['table', ' a | b     | c\n---+-------+------\n 1 | x,"y" | NULL\n'],
    ['csv', 'a,b,c\n1,"x,""y""",\n'],
    ['tsv', 'a\tb\tc\n1\tx,"y"\t\\N\n'],
    ['json', '[\n{"a":1,"b":"x,\\"y\\"","c":null}\n]\n'],
    ['ndjson', '{"a":1,"b":"x,\\"y\\"","c":null}\n'],
    ['markdown', '| a | b | c |\n| --- | --- | --- |\n| 1 | x,"y" | NULL |\n'],
    ['vertical', '-[ 1 ]----------------------------------\na | 1\nb | x,"y"\nc | NULL\n'],
  ])('-o %s', async (format, expected) => {
    expect(await cli(['-o', format, SQL])).toEqual({ status: 0, signal: null, stdout: expected, stderr: '' })
  })

  it('--no-header, --null and --delimiter', async () => {
    expect((await cli(['-o', 'csv', '--no-header', '--null', 'nix', '--delimiter', ';', SQL])).stdout).toBe(
      '1;"x,""y""";nix\n',
    )
    expect((await cli(['-o', 'csv', '--no-header', '--delimiter', '\\t', 'SELECT 1, 2'])).stdout).toBe(
      '1\t2\n',
    )
  })

  it('--out takes its format from the extension and prints nothing', async () => {
    const dir = folder()
    for (const [name, start] of [
      ['r.csv', 'id\n'],
      ['r.json', '[\n{"id":"u-'],
      ['r.JSONL', '{"id":"u-'],
      ['r.md', '| id'],
    ]) {
      expect(await sandboxed(['--out', name!, `SELECT id FROM ${U}`], { cwd: dir })).toEqual({
        status: 0,
        signal: null,
        stdout: '',
        stderr: '',
      })
      const text = readFileSync(join(dir, name!), 'utf8')
      expect(text.startsWith(start!)).toBe(true)
      expect(text.match(/u-\w{6}/g)).toHaveLength(140)
    }
    await sandboxed(['--out', 'other.txt', '-o', 'json', 'SELECT 1 AS a'], { cwd: dir })
    expect(readFileSync(join(dir, 'other.txt'), 'utf8')).toBe('[\n{"a":1}\n]\n')
  })

  it('--out leaves what was there when a statement fails, before or in its rows', async () => {
    const dir = folder()
    const url = await server((request, response) => {
      if (request.url!.includes('page_token'))
        response.writeHead(400).end('{"errors":[{"detail":"no second page"}]}')
      else
        response.end(
          page(
            Array.from({ length: 100 }, (_, i) => `u-${i}`),
            'two',
          ),
        )
    })
    writeFileSync(join(dir, 'r.json'), 'before')
    for (const [args, message] of [
      [['SELECT nothing FROM nowhere'], /nowhere/],
      [['--endpoint', url, `SELECT id FROM ${U}`], /no second page/],
      [['--continue-on-error', '--endpoint', url, `SELECT id FROM ${U}`], /no second page/],
    ] as const) {
      const { status, stderr } = await cli(['--out', 'r.json', ...args], { cwd: dir })
      expect(status).toBe(1)
      expect(stderr).toMatch(message)
      expect(readFileSync(join(dir, 'r.json'), 'utf8')).toBe('before')
      expect(readdirSync(dir)).toEqual(['r.json'])
    }
    for (const extra of [[], ['--continue-on-error']]) {
      const shown = await cli(['-o', 'json', '--endpoint', url, ...extra, `SELECT id FROM ${U}`])
      expect(shown.status).toBe(1)
      expect(() => JSON.parse(shown.stdout) as unknown).toThrow()
    }
  })

  it('--out names what cannot be written', async () => {
    const dir = folder()
    mkdirSync(join(dir, 'sub.csv'))
    expect(await cli(['--out', 'sub.csv', 'SELECT 1'], { cwd: dir })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: cannot write sub\.csv: it is a folder/),
    })
    expect(await cli(['--out', 'none/x.csv', 'SELECT 1'], { cwd: dir })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: cannot write none\/x\.csv: there is no folder none/),
    })
  })

  it('several results are shown if the format can hold them, else refused before anything runs', async () => {
    expect((await cli(['-o', 'ndjson', 'SELECT 1 AS a; SELECT 2 AS b'])).stdout).toBe('{"a":1}\n{"b":2}\n')
    expect((await cli(['SELECT 1 AS a; SELECT 2 AS b'])).stdout).toMatch(/ a\n.*\n +1\n\n b\n/)
    for (const format of ['csv', 'json']) {
      for (const second of format === 'csv'
        ? ['SELECT 2']
        : [
            `INSERT INTO ${I} (email) VALUES ('z@example.net') RETURNING id`,
            `EXEC ${I}.create_iam_v2invitation @email = 'z@example.net'`,
          ]) {
        for (const sql of [`SELECT 1; ${second}`, `${second}; SELECT 1`]) {
          const { status, stdout, stderr } = await sandboxed(['-o', format, '--trace', sql])
          expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
          expect(stderr).toMatch(
            new RegExp(
              `^error: 1:\\d+: ${format} holds one result, and this run has more\n.*\nhint: .*\\.once FILE .*--out`,
              's',
            ),
          )
          expect(stderr).not.toContain('POST')
        }
      }
    }
  })
})

describe.concurrent('several statements', () => {
  it('stops at the first that fails; with --continue-on-error runs the rest, the status is still 1', async () => {
    const sql = "SELECT 1 AS a; SELECT json('{'); SELECT 3 AS c"
    const stopped = await cli(['-o', 'ndjson', sql])
    expect(stopped).toMatchObject({ status: 1, stdout: '{"a":1}\n' })
    expect(stopped.stderr).toMatch(/^error: SQLite: malformed JSON/)
    expect(await cli(['-o', 'ndjson', '--continue-on-error', sql])).toMatchObject({
      status: 1,
      stdout: '{"a":1}\n{"c":3}\n',
    })
  })

  it('prints the count of a change on stderr, unless --quiet', async () => {
    const sql = `INSERT INTO ${I} (email) VALUES ('c1@example.net'), ('c2@example.net')`
    expect(await sandboxed([sql])).toEqual({ status: 0, signal: null, stdout: '', stderr: 'INSERT 2\n' })
    expect(await sandboxed(['-q', sql])).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
    expect(await sandboxed(['-o', 'json', sql])).toMatchObject({ status: 0, stdout: '' })
  })

  it('the rows of completed changes reach stdout and --out even if a later statement fails', async () => {
    const dir = folder()
    const sql = `INSERT INTO ${I} (email) VALUES ('k1@example.net'), ('k2@example.net'), ('k1@example.net'), ('k4@example.net') RETURNING email`
    await sandboxed(['--out', 'kept.parquet', sql], { cwd: dir })
    expect(await parquetReadObjects({ file: await asyncBufferFromFile(join(dir, 'kept.parquet')) })).toEqual([
      { email: 'k1@example.net' },
      { email: 'k2@example.net' },
    ])
    for (const args of [[], ['--out', 'kept.json']]) {
      const { status, stdout, stderr } = await sandboxed(['-o', 'json', ...args, sql], { cwd: dir })
      expect(status).toBe(1)
      expect(stderr).toMatch(
        /^error: .*row 3 of 4 .*409.*\nhint: rows 1 to 2 succeeded .*the row after it was not sent/,
      )
      expect(JSON.parse(args.length > 0 ? readFileSync(join(dir, 'kept.json'), 'utf8') : stdout)).toEqual([
        { email: 'k1@example.net' },
        { email: 'k2@example.net' },
      ])
    }
  })

  it('a chart of a change is refused before the change is sent', async () => {
    const { status, stdout, stderr } = await sandboxed([
      '-o',
      'chart',
      '--trace',
      `INSERT INTO ${I} (email) VALUES ('k1@example.net') RETURNING email`,
    ])
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^error: 1:1: the rows of a change cannot be shown as a chart/)
    expect(stderr).not.toContain('POST')
  })

  it('--dry-run shows the requests and changes nothing', async () => {
    const { stdout, stderr, status } = await sandboxed([
      '--dry-run',
      '--trace',
      '-o',
      'ndjson',
      `INSERT INTO ${I} (email) VALUES ('d@example.net'); DELETE FROM ${I} WHERE id = 'i-021i0'; SELECT count(*) AS n FROM ${I}`,
    ])
    expect(status).toBe(0)
    const [insert, remove, ...more] = stdout
      .trim()
      .split('\n')
      .map(l => JSON.parse(l) as Record<string, unknown>)
    expect(insert).toMatchObject({ place: '1', method: 'POST', body: { email: 'd@example.net' } })
    expect(remove).toMatchObject({
      place: '1',
      method: 'DELETE',
      url: expect.stringMatching(/\/iam\/v2\/invitations\/i-021i0$/),
      body: null,
    })
    expect(more).toEqual([])
    expect(stderr).toBe(
      'notice: nothing was sent: each statement was planned without what those before it would have changed\n',
    )
  })

  it('--trace prints each request on stderr', async () => {
    const { stdout, stderr } = await sandboxed([
      '--trace',
      '-o',
      'csv',
      '--no-header',
      `SELECT count(*) FROM ${U}`,
    ])
    expect(stdout).toBe('140\n')
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(
        /^GET http:\/\/127\.0\.0\.1:\d+\/iam\/v2\/users\?page_size=100 200 \d+ ms \d+ B$/,
      ),
      expect.stringMatching(/page_token=.* 200 /),
    ])
  })
})

describe.concurrent('databases and outputs that cannot be opened or written', () => {
  it('a database that cannot be opened ends the program, its sandbox too', async () => {
    expect(await sandboxed(['--db', folder(), 'SELECT 1'])).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/^error: cannot open /),
    })
    expect(await cli(['--db', '', 'SELECT 1'])).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/^error: --db needs a file/),
    })
  })

  it('a truncated database is refused', async () => {
    const dir = folder()
    expect(await cli(['--db', 'a.db', 'CREATE TABLE a AS SELECT 1 AS x'], { cwd: dir })).toMatchObject({
      status: 0,
    })
    truncateSync(join(dir, 'a.db'), 5000)
    expect(await cli(['--db', 'a.db', 'SELECT * FROM a'], { cwd: dir })).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/^error: cannot open a\.db: it is cut off/),
    })
  })

  // Node's own way to make folders never returns there
  it
    .skipIf(!existsSync('/proc'))
    .each([
      ['export confluent.iam.users --sandbox --partition-by auth_type --out /proc/cq/a'],
      ['snapshot --sandbox --to /proc/cq/a'],
      ['provider docs kafka /proc/cq/a'],
    ])('folders where none can be made are an error: %s', async args => {
    const script = join(folder(), 'users.sql')
    writeFileSync(script, '-- title: Users\nSELECT id FROM confluent.iam.users;\n')
    const all = [...args.split(' '), ...(args.startsWith('snapshot') ? ['-f', script] : [])]
    const { status, stderr } = await cli(all)
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error: cannot write (?:to )?\/proc\/cq\/a: no folder can be made in \/proc\n/m)
  })

  it.skipIf(!existsSync('/dev/full'))('help and completions on a full disk are one error', async () => {
    for (const args of ['--help', '--version', 'completion bash']) {
      const { status, stderr } = await spawned(
        'sh',
        ['-c', `"$0" "$1" ${args} >/dev/full`, process.execPath, PROGRAM],
        {},
      )
      expect({ args, status, stderr }).toEqual({
        args,
        status: 1,
        stderr: expect.stringMatching(
          /^error: cannot write to standard output: (?:the disk is full|ENOSPC.*)\n$/,
        ),
      })
    }
  })

  it('the shell refuses -f', async () => {
    expect(await cli(['shell', '-f', 's.sql'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error: confluentql shell has no option --file\n/),
    })
  })

  it('-v refuses a name with a colon', async () => {
    expect(await cli(['-v', ':x=1', 'SELECT :x'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error: -v :x=1: write the name without :, -v x=1\n/),
    })
  })
})

it('the built program is executable by its shebang line', async () => {
  expect(await spawned(PROGRAM, ['--version'], {})).toMatchObject({ status: 0, stderr: '' })
})
