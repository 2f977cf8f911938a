import { describe, expect, it } from 'vitest'
import { ConfluentqlError } from '../../src/index.ts'
import { harness, type Harness } from './support.ts'

const U = 'confluent.iam.users'
const I = 'confluent.iam.invitations'
const many = (n: number, of: (i: number) => string, glue: string): string =>
  Array.from({ length: n }, (_, i) => of(i)).join(glue)
const nested = (n: number, before: string, inside: string, after: string): string =>
  before.repeat(n) + inside + after.repeat(n)

/** The rows of a script's results, a line each, values between commas. */
async function text({ open }: Harness, script: string): Promise<string> {
  let lines = ''
  for await (const result of open().run(script)) {
    for await (const row of result.rows) lines += `${row.map(v => v ?? '').join(',')}\n`
    result.finish()
  }
  return lines
}

describe('refused with a clear error, before any request', () => {
  const place = harness()

  it.each<readonly [name: string, sql: string, message: RegExp]>([
    ['an unterminated string', "SELECT 'abc", /^unterminated string/],
    ['an unterminated name', 'SELECT "abc', /^unterminated quoted name/],
    ['a bracket left open', 'SELECT [abc', /unterminated quoted name/],
    ['an error after a good statement', "SELECT 1; SELECT 'abc", /^unterminated string/],
    ['a NUL byte', 'SELECT 1 \0', /NUL byte/],
    ['a NUL byte in a string', `SELECT id FROM ${U} WHERE id = 'u\0'`, /^the statement has a NUL byte/],
    ['a NUL byte in a name', 'SELECT "a\0b"', /NUL byte/],
    ['a character of no token', 'SELECT 1 \\ 2', /unexpected character/],
    ['open parentheses', 'SELECT ((1)', /./],
    ['too many closed', 'SELECT (1))', /syntax error near "\)"/],
    [
      'a syntax error deep in parentheses',
      `SELECT id FROM ${U} WHERE ${nested(60, '(', 'id = 1 OR id = 2 FOO', ')')} OR NOT id = 3`,
      /syntax error near "FOO"/,
    ],
    ['ATTACH', "ATTACH 'x.db' AS y", /ATTACH is not supported/],
    ['DETACH', 'DETACH main', /DETACH is not supported/],
    ['PRAGMA', 'PRAGMA user_version = 5', /PRAGMA is not supported/],
    ['EXPLAIN PRAGMA', 'EXPLAIN PRAGMA user_version', /PRAGMA is not supported/],
    ['VACUUM INTO', "VACUUM INTO 'x.db'", /VACUUM is not supported/],
    ['BEGIN', 'BEGIN', /BEGIN is not supported/],
    ['COMMIT', 'COMMIT', /COMMIT is not supported/],
    ['SAVEPOINT', 'SAVEPOINT x', /./],
    ['ALTER', `ALTER TABLE ${U} ADD x`, /ALTER is not supported/],
    ['CREATE TRIGGER', `CREATE TRIGGER t AFTER INSERT ON ${U} BEGIN SELECT 1; END`, /./],
    ['CREATE VIRTUAL TABLE', 'CREATE VIRTUAL TABLE t USING fts5(x)', /./],
    ['CREATE INDEX', `CREATE INDEX i ON ${U} (id)`, /./],
    ['load_extension', "SELECT load_extension('x.so')", /not authorized|load_extension/],
    ['readfile', "SELECT readfile('/etc/passwd')", /no function "readfile"/],
    ['writefile', "SELECT writefile('x', 'y')", /no function "writefile"/],
    ['edit', "SELECT edit('x')", /no function "edit"/],
    ['sqlite_master', 'SELECT * FROM sqlite_master', /no table "sqlite_master"/],
    ['sqlite_temp_master', 'SELECT * FROM sqlite_temp_master', /no table "sqlite_temp_master"/],
    ['temp.sqlite_schema', 'SELECT * FROM temp.sqlite_schema', /no table "temp\.sqlite_schema"/],
    ['a quoted sqlite_schema', 'SELECT * FROM "main"."sqlite_schema"', /no table/],
    ['sqlite_master in a CTE', 'WITH a AS (SELECT * FROM sqlite_master) SELECT * FROM a', /no table/],
    ['pragma_function_list', 'SELECT * FROM pragma_function_list', /no table "pragma_function_list"/],
    ['a table that is not there', 'SELECT * FROM nothing', /no table "nothing"/],
    ['a table of a provider that is not there', 'SELECT * FROM aws.ec2.instances', /no provider "aws"/],
    ['four parts', 'SELECT * FROM a.confluent.iam.users', /./],
    ['a statement in a subquery', `SELECT (SELECT 1; DELETE FROM ${U})`, /./],
    ['DELETE in FROM', `SELECT * FROM (DELETE FROM ${U} WHERE id = 'u-1')`, /./],
    ['WITH … DELETE', `WITH x AS (SELECT 1) DELETE FROM ${U} WHERE id = 'u-08mnyy'`, /can only read/],
    ['WITH … INSERT', `WITH x AS (SELECT 1) INSERT INTO ${I} (email) SELECT 'a@example.net'`, /./],
    [
      'INSERT in a CTE',
      `WITH x AS (INSERT INTO ${I} (email) VALUES ('a@example.net') RETURNING id) SELECT * FROM x`,
      /syntax error near "INSERT"/,
    ],
    [
      'DELETE with a second statement in its key',
      `DELETE FROM ${I} WHERE id = 'i-1; DELETE'' ; DELETE FROM ${U}`,
      /./,
    ],
    ['UPDATE of a table of SQLite', 'UPDATE sqlite_master SET sql = 1', /./],
    ['DELETE FROM a table of SQLite', 'DELETE FROM sqlite_master WHERE 1', /./],
    ['INSERT OR REPLACE', `INSERT OR REPLACE INTO ${I} (email) VALUES ('a@example.net')`, /./],
    ['INSERT without columns', `INSERT INTO ${I} VALUES ('a@example.net')`, /./],
    ['INSERT DEFAULT VALUES', `INSERT INTO ${I} DEFAULT VALUES`, /./],
    ['ON CONFLICT', `INSERT INTO ${I} (email) VALUES ('a@example.net') ON CONFLICT DO NOTHING`, /./],
    ['DELETE … LIMIT', `DELETE FROM ${I} WHERE id IN ('i-x', 'i-y') LIMIT 1`, /LIMIT/],
    ['DELETE … ORDER BY', `DELETE FROM ${I} WHERE id = 'i-x' ORDER BY id`, /ORDER/],
    ['DELETE … GROUP BY', `DELETE FROM ${I} WHERE id = 'i-x' GROUP BY id HAVING 0`, /GROUP/],
    ['DELETE … UNION', `DELETE FROM ${I} WHERE id = 'i-x' UNION SELECT 1`, /UNION/],
    ['UPDATE … LIMIT', `UPDATE ${U} SET full_name = 'x' WHERE id = 'u-x' LIMIT 0`, /LIMIT/],
    [
      'RETURNING with a subquery of a resource',
      `INSERT INTO ${I} (email) VALUES ('ret@example.net') RETURNING email, (SELECT count(*) FROM ${U})`,
      /RETURNING|subquery/,
    ],
    ['a column set twice', `UPDATE ${U} SET full_name = 'x', full_name = 'y' WHERE id = 'u-x'`, /full_name/],
    ['an argument given twice', `EXEC ${I}.delete_iam_v2invitation @id = 'i-x', @id = 'i-y'`, /id/],
    ['UPDATE … FROM', `UPDATE ${U} SET full_name = 'x' FROM ${I} WHERE id = 'u-08mnyy'`, /./],
    ['5,000 columns', `SELECT ${many(5000, () => 'id', ', ')} FROM ${U}`, /too many columns/],
    [
      'more ORs than SQLite takes',
      `SELECT id FROM ${U} WHERE ${many(1500, i => `email = 'e${i}'`, ' OR ')}`,
      /too large|maximum depth/,
    ],
    [
      'a join of 70 tables',
      `SELECT 1 FROM ${U} t0 ${many(70, i => `JOIN ${U} j${i} ON j${i}.id = t0.id`, ' ')}`,
      /at most 64 tables/,
    ],
    ['1,000 nested functions', `SELECT ${nested(1200, 'lower(', 'id', ')')} FROM ${U}`, /./],
    ['5,000 nested parentheses', `SELECT ${nested(5000, '(', '1', ')')}`, /./],
    ['5,000 nested subqueries', `SELECT * FROM ${nested(5000, '(SELECT * FROM ', U, ')')}`, /./],
    ['a word of 100,000 letters', `SELECT ${'x'.repeat(100_000)} FROM ${U}`, /^no column "xxx/],
    ['a word that begins no statement', '😀 SELECT 1', /^a statement cannot begin with "😀"/],
    ['full-width punctuation', 'SELECT 1；SELECT 2', /./],
    ['a query plan of nothing', 'EXPLAIN', /EXPLAIN needs a statement/],
    ['SHOW nonsense', 'SHOW NOTHING FROM x', /./],
    ['DESCRIBE nothing', 'DESCRIBE', /./],
    ['EXEC of nothing', 'EXEC', /./],
    ['EXEC of a method that is not there', `EXEC ${I}.drop_all`, /no method "drop_all"/],
  ])('%s', async (_name, sql, message) => {
    let failure: unknown
    const requests = await place.requestsOf(() =>
      text(place, sql).catch((error: unknown) => {
        failure = error
      }),
    )
    expect(failure).toBeInstanceOf(ConfluentqlError)
    expect((failure as Error).message).toMatch(message)
    expect(requests).toEqual([])
  })
})

describe('unusual but valid input', () => {
  const place = harness()

  it.each<readonly [name: string, sql: string, stdout: string]>([
    ['a literal of 1 MB', `SELECT length('${'x'.repeat(1_000_000)}')`, '1000000\n'],
    [
      'a literal of 1 MB that is compared',
      `SELECT count(*) FROM ${U} WHERE full_name = '${'x'.repeat(1_000_000)}'`,
      '0\n',
    ],
    [
      '10,000 values in IN',
      `SELECT id FROM ${U} WHERE email IN (${many(10_000, i => `'e${i}'`, ', ')}, 'minjun.choi@example.com')`,
      'u-08mnyy\n',
    ],
    [
      '10,000 ids in IN',
      `SELECT id FROM ${U} WHERE id IN (${many(10_000, i => `'e${i}'`, ', ')}, 'u-08mnyy')`,
      'u-08mnyy\n',
    ],
    [
      '10,000 values of a filter in IN',
      `SELECT id FROM ${I} WHERE email IN (${many(10_000, i => `'e${i}'`, ', ')}, 'jiri.kovacs@example.com') LIMIT 1`,
      'i-021i0\n',
    ],
    [
      '10,000 ids not in',
      `SELECT count(*) FROM ${U} WHERE id NOT IN (${many(10_000, i => `'e${i}'`, ', ')}, 'u-08mnyy')`,
      '139\n',
    ],
    ['60 parentheses', `SELECT id FROM ${U} WHERE ${nested(60, '(', "id = 'u-08mnyy'", ')')}`, 'u-08mnyy\n'],
    [
      '60 parentheses with OR',
      `SELECT id FROM ${U} WHERE ${nested(60, '(', "id = 'u-08mnyy' OR id = 'x'", ')')} OR NOT (id > 'b')`,
      'u-08mnyy\n',
    ],
    ['parenthesised constants', `SELECT count(*) FROM ${U} WHERE ((((1)))) = 1 OR id = 'x'`, '140\n'],
    ['200 nested functions', `SELECT ${nested(200, 'lower(', 'id', ')')} FROM ${U} LIMIT 1`, 'u-08mnyy\n'],
    [
      '200 nested functions in WHERE',
      `SELECT id FROM ${U} WHERE ${nested(200, 'lower(', 'id', ')')} = 'u-08mnyy' OR NOT id = id`,
      'u-08mnyy\n',
    ],
    [
      '900 ORs',
      `SELECT id FROM ${U} WHERE ${many(900, i => `id = 'e${i}'`, ' OR ')} OR id = 'u-08mnyy'`,
      'u-08mnyy\n',
    ],
    ['900 ANDs', `SELECT count(*) FROM ${U} WHERE ${many(900, i => `id <> 'e${i}'`, ' AND ')}`, '140\n'],
    [
      'a chain of 200 CTEs',
      `WITH c0 AS (SELECT id FROM ${U}), ${many(200, i => `c${i + 1} AS (SELECT id FROM c${i})`, ', ')} SELECT count(*) FROM c200`,
      '140\n',
    ],
    ['40 nested subqueries', `SELECT count(*) FROM ${nested(40, '(SELECT id FROM ', U, ')')}`, '140\n'],
    [
      'a recursion that LIMIT ends',
      'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n LIMIT 3',
      '1\n2\n3\n',
    ],
    [
      'a recursion that is long',
      'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100000) SELECT count(*) FROM n',
      '100000\n',
    ],
    [
      'names and text of any script',
      `SELECT ünïcode."😀" AS 表 FROM (SELECT full_name AS "😀" FROM ${U} WHERE id = 'u-08mnyy') ünïcode`,
      '최민준\n',
    ],
    ['a byte order mark', '\ufeffSELECT 1', '1\n'],
    ['CRLF', 'SELECT\r\n1\r\n;\r\n', '1\n'],
    ['lone CR and form feed', 'SELECT\r\f1', '1\n'],
    ['empty statements around one', ';;; ;SELECT 1;;;', '1\n'],
    [
      'semicolons and keywords in text',
      'SELECT \'; DROP TABLE x; --\' || "a;b" FROM (SELECT 1 AS "a;b")',
      '; DROP TABLE x; --1\n',
    ],
    ['quotes in text', 'SELECT \'it\'\'s\', "a""b" FROM (SELECT 2 AS "a""b")', "it's,2\n"],
    [
      'integers at the edge',
      'SELECT 9223372036854775807, -9223372036854775808, 9007199254740993',
      '9223372036854775807,-9223372036854775808,9007199254740993\n',
    ],
    ['numbers beyond', 'SELECT 1e400, -1e400, 0x10, 1_000', 'Infinity,-Infinity,16,1000\n'],
    ['a blob', "SELECT hex(x'00ff')", '00FF\n'],
    ['a comment at the end', 'SELECT 1 -- no newline', '1\n'],
    ['a hint in a comment', 'SELECT /*+ whatever */ 1', '1\n'],
    ['a NUL byte in a comment', `SELECT count(*) FROM ${U} /*a\0*/ WHERE email LIKE 'a%'`, '14\n'],
    ['a NUL byte in a comment of a line', `SELECT count(*) FROM ${U} --\0\n WHERE email LIKE 'a%'`, '14\n'],
    ['a NUL byte that begins a comment', 'SELECT 1 /*\0*/, 2', '1,2\n'],
  ])('%s', async (_name, sql, stdout) => {
    expect(await text(place, sql)).toBe(stdout)
  })
})
