import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, folder, page, PROGRAM, sandboxed, server, spawned, type Outcome } from '../cli/support.ts'

const PEOPLE = ['u-1', 'u-2', 'u-3']

/** Runs `check` in a folder with these files, against an API with three users. */
async function check(
  files: Readonly<Record<string, string>>,
  args: readonly string[],
  answer: (url: string) => [number, string] = () => [200, page(PEOPLE)],
): Promise<
  Outcome & {
    dir: string
    read: (file: string) => string
    again: (args: readonly string[]) => Promise<Outcome>
  }
> {
  const dir = folder()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  const url = await server((request, response) => {
    const [status, body] = answer(request.url!)
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(body)
  })
  const again = async (words: readonly string[]): Promise<Outcome> =>
    cli(['check', '--endpoint', url, '--retries', '0', ...words], { cwd: dir })
  return { ...(await again(args)), dir, read: file => readFileSync(join(dir, file), 'utf8'), again }
}

const USERS = `-- check: nobody is here
-- severity: high
-- owner: platform
-- Ask them.
SELECT id, email FROM confluent.iam.users;
-- check: nobody has a number above 3
SELECT id FROM confluent.iam.users WHERE id > 'u-3';
`

describe.concurrent('checks', () => {
  it('repeat no notice about a list that several of them read', async () => {
    const sql = (name: string): string =>
      `-- check: ${name}\nSELECT cluster_id FROM kafka.kafka.topics WHERE topic_name = '${name}';\n`
    const dir = folder()
    writeFileSync(join(dir, 'a.sql'), sql('one') + sql('two'))
    const { stderr } = await cli(['check', '--sandbox', '-f', 'a.sql'], { cwd: dir })
    const notices = stderr.split('\n').filter(line => line.startsWith('notice: '))
    expect(notices).toEqual([...new Set(notices)])
    expect(stderr).toMatch(
      /^notice: kafka\.kafka\.topics was not read for .*\n(notice: .*\n)?2 checks: 2 ok\n$/,
    )
  })

  it('have their rows as findings: a summary, the findings, status 3', async () => {
    const { status, stdout, stderr } = await check({ 'a.sql': USERS }, ['-f', 'a.sql'])
    expect({ status, stderr }).toEqual({ status: 3, stderr: '2 checks: 1 ok, 1 with 3 findings\n' })
    expect(stdout.split('\n')).toEqual([
      'Summary',
      ' result | severity | findings | check                       | owner',
      '--------+----------+----------+-----------------------------+----------',
      ' found  | high     |        3 | nobody is here              | platform',
      ' ok     | medium   |        0 | nobody has a number above 3 | ',
      '',
      'nobody is here (severity high, owner platform, a.sql:5)',
      ' id  | email',
      '-----+-----------------',
      ' u-1 | u-1@example.com',
      ' u-2 | u-2@example.com',
      ' u-3 | u-3@example.com',
      '',
    ])
  })

  it('without a finding end with 0', async () => {
    const text = "-- check: no\nSELECT id FROM confluent.iam.users WHERE email LIKE 'x%';\n"
    expect(await check({ 'a.sql': text }, ['a.sql', '-q'])).toMatchObject({ status: 0, stderr: '' })
  })

  it('that cannot be answered are not counted as ok, and do not stop the others', async () => {
    const text = `${USERS}
      -- check: the API answers
      SELECT id FROM confluent.iam.service_accounts;
      -- check: the name is known
      SELECT nosuch FROM confluent.iam.users;`
    const { status, stderr, stdout } = await check({ 'a.sql': text }, ['-f', 'a.sql', '-o', 'json'], url =>
      url.includes('service-accounts') ? [403, '{"errors":[{"detail":"not allowed"}]}'] : [200, page(PEOPLE)],
    )
    expect(status).toBe(1)
    expect(stderr).toContain('4 checks: 1 ok, 1 with 3 findings, 2 not answered\n')
    expect(stderr.match(/^error: a\.sql:\d+:\d+: .*(?:not allowed|nosuch)/gm)).toHaveLength(2)
    const rows = JSON.parse(stdout) as { result: string; findings: number | null; rows: unknown }[]
    expect(rows.map(r => [r.result, r.findings])).toEqual([
      ['found', 3],
      ['ok', 0],
      ['not answered', null],
      ['not answered', null],
    ])
    expect(rows[0]!.rows).toEqual(PEOPLE.map(id => ({ id, email: `${id}@example.com` })))
    expect(rows[2]!.rows).toBe(null)
  })

  it('that all lack the credentials have one error on standard error', async () => {
    const dir = folder()
    writeFileSync(join(dir, 'a.sql'), USERS)
    const { status, stdout, stderr } = await cli(['check', '-f', 'a.sql', '-o', 'ndjson'], {
      cwd: dir,
      env: { CONFLUENT_CLOUD_API_KEY: undefined, CONFLUENT_CLOUD_API_SECRET: undefined },
    })
    expect([status, stderr.match(/^error: .*$/gm), stderr.match(/^hint: .*$/gm)]).toEqual([
      2,
      [expect.stringContaining('no credentials for cloud')],
      [expect.stringContaining('Set CONFLUENT_CLOUD_API_KEY')],
    ])
    const rows = stdout.trimEnd().split('\n')
    expect(rows.map(row => (JSON.parse(row) as { reason: string }).reason)).toEqual([
      expect.stringContaining('no credentials for cloud'),
      expect.stringContaining('no credentials for cloud'),
    ])
  })

  it('end with status 1 if one of them fails for another reason than missing credentials', async () => {
    const dir = folder()
    writeFileSync(join(dir, 'a.sql'), `${USERS}\n-- check: c\nSELECT nope FROM confluent.iam.users;`)
    const { status } = await cli(['check', '-f', 'a.sql'], {
      cwd: dir,
      env: { CONFLUENT_CLOUD_API_KEY: undefined, CONFLUENT_CLOUD_API_SECRET: undefined },
    })
    expect(status).toBe(1)
  })

  it('whose baseline does not fit on the disk leave nothing in its folder', async () => {
    const dir = folder()
    writeFileSync(join(dir, 'a.sql'), USERS)
    const accepts = ['--baseline', 'b.yaml', '--accept-until', '2998-12-31']
    const args = [PROGRAM, 'check', '--sandbox', '-f', 'a.sql', ...accepts]
    // no file may have more than 1 kB
    const limited = ['-c', 'ulimit -f 1; exec "$0" "$@"', process.execPath, ...args]
    expect(await spawned('/bin/sh', limited, { cwd: dir })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('cannot write b.yaml') as string,
    })
    expect(readdirSync(dir)).toEqual(['a.sql'])
  })

  it('after a definition that failed are not answered, even if their table is there', async () => {
    const text = `CREATE OR REPLACE MATERIALIZED VIEW seen AS SELECT id FROM confluent.iam.users;
      -- check: nobody was seen
      SELECT id FROM seen WHERE id = 'u-9';`
    const dir = folder()
    const db = join(dir, 'seen.db')
    const first = await check({ 'a.sql': text }, ['-f', 'a.sql', '--db', db])
    expect(first).toMatchObject({ status: 0 })
    const second = await check({ 'a.sql': text }, ['-f', 'a.sql', '--db', db], () => [500, '{}'])
    expect([second.status, second.stderr]).toEqual([
      1,
      expect.stringContaining('the statement at a.sql:1 failed'),
    ])
  })

  it.each([
    [
      'a change',
      "-- check: x\nDELETE FROM confluent.iam.users WHERE id = 'u-1';",
      /check only reads, and this is DELETE/,
    ],
    [
      'a change beside it',
      "-- check: x\nSELECT 1;\nDELETE FROM confluent.iam.users WHERE id = 'u-1';",
      /check only reads/,
    ],
    ['a comment without a statement', '-- check: x\nSELECT 1;\n-- check: y\n', /a check has no statement/],
    ['a comment within a statement', '-- check: x\nSELECT 1\n-- check: y\n;', /a check has no statement/],
    ['two checks of one name', '-- check: x\nSELECT 1;\n-- check: x\nSELECT 2;', /two checks are called "x"/],
    ['an unknown severity', '-- check: x\n-- severity: hihg\nSELECT 1;', /did you mean "high"/],
    ['no check at all', 'SELECT 1;', /there is no check to run/],
    ['a file of its own', '.once x.csv\n-- check: x\nSELECT 1;', /\.once does not work in check/],
  ])('refuse %s, before any request', async (_, text, message) => {
    const asked: string[] = []
    const { status, stderr, stdout } = await check({ 'a.sql': text }, ['-f', 'a.sql'], url => {
      asked.push(url)
      return [200, page([])]
    })
    expect({ status, stdout, asked }).toEqual({ status: 2, stdout: '', asked: [] })
    expect(stderr).toMatch(message)
  })

  it('name a SELECT that is none, and do not run it', async () => {
    const { status, stderr } = await check(
      { 'a.sql': 'SELECT 1;\n-- chek: no\n-- check: x\nSELECT 1 WHERE 0;' },
      ['-f', 'a.sql'],
    )
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'notice: a.sql:1: the statement is not a check, so it was not run\n1 check: 1 ok\n',
    })
  })
})

describe.concurrent('a baseline', () => {
  const accept = (finding: string, until: string, name = 'nobody is here'): string =>
    `- check: ${name}\n  finding: ${finding}\n  until: ${until}\n  reason: known\n`

  it('accepts findings until a day, and says what has expired or matches nothing', async () => {
    const accepted = [
      accept('{ id: u-1 }', '2999-01-01'),
      accept('{ id: u-2, email: u-2@example.com }', '2020-01-01'),
      accept('{ id: u-9 }', '2999-01-01'),
      accept('{ nosuch: u-3 }', '2999-01-01'),
      accept('{ id: u-3 }', '2999-01-01', 'nobody is hre'),
    ].join('')
    const { status, stderr, stdout } = await check({ 'a.sql': USERS, 'b.yaml': accepted }, [
      '-f',
      'a.sql',
      '--baseline',
      'b.yaml',
      '-o',
      'csv',
    ])
    expect(status).toBe(3)
    expect(stdout.split(/\r?\n/)[1]).toMatch(/^nobody is here,found,high,platform,a\.sql:5,2,1,,/)
    expect(stderr.split('\n')).toEqual([
      'notice: b.yaml:5: accepted until 2020-01-01, which has passed: it is a finding again',
      'notice: b.yaml:9: matches no finding; remove it',
      expect.stringMatching(/^notice: b\.yaml:13: the check has no column nosuch/),
      expect.stringMatching(
        /^notice: b\.yaml:17: no check is called "nobody is hre"; did you mean "nobody is here"/,
      ),
      '2 checks: 1 ok, 1 with 2 findings, 1 finding accepted',
      '',
    ])
  })

  it('that accepts all gives status 0', async () => {
    const all = PEOPLE.map(id => accept(`{ id: ${id} }`, '2999-01-01')).join('')
    const { status, read } = await check({ 'a.sql': USERS, 'b.yaml': all }, [
      '-f',
      'a.sql',
      '--baseline',
      'b.yaml',
      '--report',
      'a.xml',
    ])
    expect(status).toBe(0)
    expect(read('a.xml')).toContain('<system-out>3 findings accepted')
  })

  it('is begun with one command, which adds all findings that are not accepted', async () => {
    const keyed = USERS.replace('-- severity', '-- finding: id\n-- severity')
    const known =
      '# reviewed by Ann\n- check: nobody is here\n  finding: { id: u-1 }\n  until: 2999-01-01\n  reason: "yes: known"'
    const accepts = [
      '-f',
      'a.sql',
      '--baseline',
      'b.yaml',
      '--accept-until',
      '2998-12-31',
      '--report',
      'a.html',
    ]
    const { status, stderr, read, again } = await check({ 'a.sql': keyed, 'b.yaml': known }, accepts)
    expect([status, stderr]).toEqual([
      0,
      'notice: 2 findings added to b.yaml until 2998-12-31; write the reasons there\n2 checks: 2 ok, 3 findings accepted\n',
    ])
    const text = read('b.yaml')
    expect(
      text.startsWith(`${known}\n- check: nobody is here\n  finding:\n    id: u-2\n  until: 2998-12-31\n`),
    ).toBe(true)
    expect(read('a.html')).toMatch(/Accepted: nobody is here[^]*yes: known[^]*found on/)
    expect(await again(['-f', 'a.sql', '--baseline', 'b.yaml'])).toMatchObject({
      status: 0,
      stderr: '2 checks: 2 ok, 3 findings accepted\n',
    })
  })

  it('has all columns of a finding without a key, and leaves a file alone that it cannot continue', async () => {
    const pairs = (last: string): string =>
      `-- check: none\nSELECT a.column1 AS id, b.column1 AS id, b.column2 AS part FROM (VALUES ('x')) a, (VALUES ('y', 1)${last}) b;`
    const accepts = ['-f', 'a.sql', '--baseline', 'b.yaml', '--accept-until', '2998-12-31']
    const { status, read, again } = await check(
      { 'a.sql': pairs(''), 'more.sql': pairs(", ('z', 1), ('y', 2)"), 'flow.yaml': '[]' },
      accepts,
    )
    expect([status, read('b.yaml').match(/^ {4}.*/gm)]).toEqual([
      0,
      ['    id: x', '    id_2: y', '    part: 1'],
    ])
    const more = await again(['-f', 'more.sql', '--baseline', 'b.yaml'])
    expect(more).toMatchObject({
      status: 3,
      stderr: '1 check: 0 ok, 1 with 2 findings, 1 finding accepted\n',
    })
    const flow = await again(accepts.map(word => (word === 'b.yaml' ? 'flow.yaml' : word)))
    expect([flow.status, flow.stderr, read('flow.yaml')]).toEqual([
      2,
      expect.stringContaining('cannot be added'),
      '[]',
    ])
  })

  it('tells NULL from the text null, and counts the entries that it adds', async () => {
    const nulls = (rows: string): string =>
      `-- check: none\nSELECT column1 AS a, column2 AS b FROM (VALUES ${rows});`
    const sql = {
      'null.sql': nulls('(NULL, 1), (NULL, 1)'),
      'text.sql': nulls("('null', 1)"),
      'both.sql': nulls("('null', 1), (NULL, 1), ('~', 1), ('', 1)"),
      'old.yaml': accept('{ a: null }', '2999-01-01', 'none'),
    }
    const accepting = (name: string, file: string): string[] => [
      '-f',
      name,
      '--baseline',
      file,
      '--accept-until',
      '2998-12-31',
    ]
    const added = await check(sql, accepting('null.sql', 'null.yaml'))
    expect(added.stderr).toMatch(/^notice: 2 findings added to null\.yaml as 1 entry until 2998-12-31;/)
    expect(added.read('null.yaml')).toContain('    a: null\n')
    const withBaseline = async (name: string, file: string): Promise<number | null> =>
      (await added.again(['-f', name, '--baseline', file])).status
    expect(await withBaseline('null.sql', 'null.yaml')).toBe(0)
    expect(await withBaseline('text.sql', 'null.yaml')).toBe(3)
    expect(await withBaseline('null.sql', 'old.yaml')).toBe(0)
    expect(await withBaseline('text.sql', 'old.yaml')).toBe(3)
    await added.again(accepting('both.sql', 'both.yaml'))
    expect(added.read('both.yaml').match(/^ {4}a:.*/gm)).toEqual([
      '    a: "null"',
      '    a: null',
      '    a: ~',
      '    a:',
    ])
    expect(await withBaseline('both.sql', 'both.yaml')).toBe(0)
    expect(await withBaseline('text.sql', 'both.yaml')).toBe(0)
  })

  it.each([
    ['no columns', accept('{}', '2999-01-01'), 'finding needs the columns'],
    ['no day', accept('{ id: u-1 }', 'soon'), 'until is not a day'],
    ['an unknown key', `${accept('{ id: u-1 }', '2999-01-01')}  untill: x\n`, 'no key "untill"'],
    ['no list', 'check: x', 'is not a list'],
    ['broken YAML', '- {', 'is not YAML'],
  ])('with %s is refused', async (_, text, message) => {
    const { status, stderr } = await check({ 'a.sql': USERS, 'b.yaml': text }, [
      '-f',
      'a.sql',
      '--baseline',
      'b.yaml',
    ])
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})

describe.concurrent('reports', () => {
  it('are written as JUnit XML and html beside the output', async () => {
    const text = `${USERS}-- check: a & b <c>\nSELECT nosuch FROM confluent.iam.users;`
    const { status, read } = await check({ 'a.sql': text }, [
      '-f',
      'a.sql',
      '--report',
      'a.xml',
      '--report',
      'a.html',
      '--out',
      'a.json',
    ])
    expect(status).toBe(1)
    const xml = read('a.xml')
    expect(xml).toMatch(
      /<testsuites name="Checks" tests="3" failures="1" errors="1" skipped="0" time="[\d.]+">/,
    )
    expect(xml).toMatch(
      /<testcase classname="a" name="nobody is here" time="[\d.]+">\n\s+<failure type="high" message="3 findings \(severity high, owner platform, a\.sql:5\)">Ask them\.\n\n id/,
    )
    expect(xml).toMatch(/<testcase classname="a" name="nobody has a number above 3" time="[\d.]+"\/>/)
    expect(xml).toMatch(
      /name="a &amp; b &lt;c&gt;" time="[\d.]+">\n\s+<error type="not answered" message="[^"]*nosuch/,
    )
    expect(read('a.html')).toContain('severity high, owner platform, a.sql:5')
    expect(read('a.html')).toContain('not answered')
    expect(JSON.parse(read('a.json'))).toHaveLength(3)
  })

  it('cannot be a chart, nor a format that is not known', async () => {
    expect((await check({ 'a.sql': USERS }, ['-f', 'a.sql', '-o', 'chart'])).status).toBe(2)
    expect(await check({ 'a.sql': USERS }, ['-f', 'a.sql', '--report', 'a.zip'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/\nhint: end the file's name in one of .*\.parquet \.xml\n/) as string,
    })
  })
})

describe('the audits that come with the program', () => {
  it('are all answered in the sandbox', async () => {
    const { status, stdout, stderr } = await sandboxed(['check', '-v', 'today=2026-11-01', '-o', 'json'])
    const rows = JSON.parse(stdout) as { result: string; findings: number }[]
    expect([status, rows.length]).toEqual([3, 33])
    expect(rows.filter(r => r.result !== 'found' && r.result !== 'ok')).toEqual([])
    expect(rows.filter(r => r.findings > 0).length).toBeGreaterThan(30)
    expect(stderr).toMatch(/33 checks: \d+ ok, \d+ with \d+ findings\n$/)
  })
})
