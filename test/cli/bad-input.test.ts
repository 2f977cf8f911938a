import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cli, folder, sandboxed, type Outcome } from './support.ts'

const U = 'confluent.iam.users'
const I = 'confluent.iam.invitations'
const many = (n: number, of: (i: number) => string, glue: string): string =>
  Array.from({ length: n }, (_, i) => of(i)).join(glue)
const nested = (n: number, before: string, inside: string, after: string): string =>
  before.repeat(n) + inside + after.repeat(n)

/** Runs a statement from standard input, in a folder that must stay empty. */
async function run(sql: string | Buffer, ...options: string[]): Promise<Outcome> {
  const dir = folder()
  const outcome = await sandboxed(['-o', 'csv', '--no-header', '--trace', ...options], {
    stdin: sql,
    cwd: dir,
  })
  expect(readdirSync(dir)).toEqual([])
  return outcome
}

describe.concurrent('unusual scripts', () => {
  it.each<readonly [name: string, sql: string, message: RegExp]>([
    ['a NUL byte', "SELECT 'a\0'", /^error: 1:10: the statement has a NUL byte\n {2}SELECT 'a\\x00'\n/],
    ['an unterminated comment', '/* SELECT 1', /^error: there is no statement/],
    [
      'files that SQLite could open',
      `ATTACH 'x.db' AS x; VACUUM INTO 'x.db'; SELECT writefile('x', 'y')`,
      /^error: 1:1: ATTACH is not supported/,
    ],
    ['VACUUM INTO', "VACUUM INTO 'x.db'", /VACUUM is not supported/],
    ['BEGIN alone', 'BEGIN', /^error: 1:1: BEGIN is not supported: there are no transactions/],
    ['a word of StackQL', 'purge', /^error: 1:1: PURGE is not supported: no answers are kept/],
    ['SELECT alone', 'SELECT', /^error: 1:6: the statement is not finished/],
    ['writefile', "SELECT writefile('x', 'y')", /no function "writefile"/],
    ['a word of 100,000 letters', `SELECT ${'x'.repeat(100_000)} FROM ${U}`, /^error: 1:8: no column "xxx/],
    ['5,000 columns', `SELECT ${many(5000, () => 'id', ', ')} FROM ${U}`, /^error: .*too many columns/],
    ['escapes of terminals', `SELECT "\u001b[2J" FROM ${U}`, /^error: .*\\x1b\[2J/],
    ['5,000 nested parentheses', `SELECT ${nested(5000, '(', '1', ')')}`, /^error: /],
  ])('%s', async (_name, sql, message) => {
    const { status, stdout, stderr } = await run(sql)
    expect(stderr).toMatch(message)
    expect({ stdout, isFailure: status === 1 || status === 2 }).toEqual({ stdout: '', isFailure: true })
    expect(stderr.length).toBeLessThan(6000)
  })

  it.each<readonly [name: string, sql: string, stdout: string]>([
    ['a byte order mark', '\ufeffSELECT 1', '1\n'],
    ['CRLF and empty statements', ';;\r\nSELECT\r\n1\r\n;\r\n;;', '1\n'],
    [
      '10,000 ids in IN',
      `SELECT id FROM ${U} WHERE id IN (${many(10_000, i => `'e${i}'`, ', ')}, 'u-08mnyy')`,
      'u-08mnyy\n',
    ],
    [
      '60 parentheses with OR',
      `SELECT id FROM ${U} WHERE ${nested(60, '(', "id = 'u-08mnyy' OR id = 'x'", ')')} OR NOT (id > 'b')`,
      'u-08mnyy\n',
    ],
    [
      'names and text of any script',
      `SELECT ünïcode."😀" AS 表 FROM (SELECT full_name AS "😀" FROM ${U} WHERE id = 'u-08mnyy') ünïcode`,
      '최민준\n',
    ],
    ['escapes of terminals', `SELECT '${'\u001b[31m'}red'`, '\u001b[31mred\n'],
  ])('%s', async (_name, sql, stdout) => {
    const outcome = await run(sql)
    expect(outcome.stderr).not.toMatch(/^error/m)
    expect(outcome).toMatchObject({ status: 0, stdout })
  })

  it('runs a statement of 10 MB', async () => {
    expect((await run(`SELECT length('${'x'.repeat(10_000_000)}')`)).stdout).toBe('10000000\n')
  })

  it('a value too long for a URL fails with a short message', async () => {
    const { status, stderr } = await sandboxed([], {
      stdin: `SELECT id FROM ${I} WHERE id = '${'x'.repeat(500_000)}'`,
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error: GET http/m)
    expect(stderr.length).toBeLessThan(6000)
  })

  it('runs 2,000 statements, and a change of 300 rows', async () => {
    expect(
      (await cli(['-o', 'ndjson'], { stdin: many(2000, i => `SELECT ${i} AS a`, ';') })).stdout.split('\n'),
    ).toHaveLength(2001)
    expect(
      await sandboxed([], {
        stdin: `INSERT INTO confluent.iam.ip_groups (group_name, cidr_blocks) VALUES ${many(300, i => `('g${i}', '["10.0.0.0/8"]')`, ', ')};`,
      }),
    ).toMatchObject({ status: 0, stderr: 'INSERT 300\n' })
  })
})
