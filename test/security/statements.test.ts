import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfluentqlError, Session } from '../../src/index.ts'
import { cli, folder, PROGRAM } from '../cli/support.ts'

const dir = folder()
const FILE = join(dir, 'written')

/** What would read or write a file, load code, or change SQLite's settings, if anything did. */
const HOSTILE = [
  `ATTACH '${FILE}' AS x`,
  `ATTACH DATABASE '${FILE}' AS x`,
  `/**/ATTACH '${FILE}' AS x`,
  `--\nATTACH '${FILE}' AS x`,
  `;;ATTACH '${FILE}' AS x`,
  `(ATTACH '${FILE}' AS x)`,
  `EXPLAIN ATTACH '${FILE}' AS x`,
  `EXPLAIN QUERY PLAN ATTACH '${FILE}' AS x`,
  `EXPLAIN ANALYZE ATTACH '${FILE}' AS x`,
  `SELECT * FROM (ATTACH '${FILE}' AS x)`,
  `WITH a AS (ATTACH '${FILE}' AS x) SELECT * FROM a`,
  'DETACH main',
  `VACUUM INTO '${FILE}'`,
  `VACUUM main INTO '${FILE}'`,
  `EXPLAIN VACUUM INTO '${FILE}'`,
  'VACUUM',
  'REINDEX',
  'ANALYZE',
  'BEGIN',
  'SAVEPOINT a',
  'COMMIT',
  'ROLLBACK',
  'END',
  'PRAGMA trusted_schema = ON',
  'PRAGMA query_only',
  'EXPLAIN PRAGMA user_version = 3',
  'CREATE TABLE p AS PRAGMA user_version',
  'CREATE VIEW p AS PRAGMA user_version',
  `SELECT * FROM (PRAGMA temp_store_directory = '${dir}')`,
  ...[
    'database_list',
    'table_list',
    'function_list',
    'module_list',
    'compile_options',
    'journal_mode',
    'wal_checkpoint',
    'optimize',
    'temp_store_directory',
    "table_info('t')",
    'writable_schema',
  ].flatMap(name => [
    `SELECT * FROM pragma_${name}`,
    `SELECT * FROM "pragma_${name.replace(/\(.*/, '')}"`,
    `SELECT * FROM main.pragma_${name}`,
    `SELECT * FROM json_each((SELECT 1 FROM pragma_${name}))`,
  ]),
  ...[
    'sqlite_schema',
    'sqlite_master',
    'sqlite_temp_master',
    'sqlite_sequence',
    'sqlite_dbpage',
    'dbstat',
    'sqlite_stmt',
    'fts5vocab',
    "bytecode('SELECT 1')",
    "tables_used('SELECT 1')",
    "fsdir('/')",
    "csv('/etc/passwd')",
    'generate_series(1, 2)',
    "zipfile('x.zip')",
    'confluentql_views',
    'confluentql_shapes',
  ].flatMap(name => [
    `SELECT * FROM ${name}`,
    `SELECT * FROM main.${name}`,
    `SELECT * FROM temp.${name}`,
    `WITH a AS (SELECT * FROM ${name}) SELECT * FROM a`,
  ]),
  ...[
    "load_extension('x')",
    "load_extension('x', 'y')",
    "fts3_tokenizer('simple')",
    "fts3_tokenizer('simple', x'0000000000000000')",
    'fts3_tokenizer(:name)',
    'fts3_tokenizer(:name, :pointer)',
    "readfile('/etc/passwd')",
    `writefile('${FILE}', 'x')`,
    "edit('x')",
    "shell('id')",
    "eval('SELECT 1')",
    "sqlar_compress(x'00')",
  ].flatMap(call => [
    `SELECT ${call}`,
    `SELECT 1 WHERE ${call}`,
    `VALUES (${call})`,
    `SELECT * FROM json_each(${call})`,
    `INSERT INTO t SELECT ${call}`,
    `UPDATE t SET a = ${call}`,
    `DELETE FROM t WHERE ${call}`,
    `CREATE TABLE f AS SELECT ${call} AS a`,
    `CREATE MATERIALIZED VIEW f AS SELECT ${call} AS a`,
    `CREATE VIEW f AS SELECT ${call} AS a; SELECT * FROM f`,
    `CREATE TABLE d (a, b DEFAULT (${call.replace(/:\w+/g, 'NULL')})); INSERT INTO d (a) VALUES (1)`,
    `SELECT 1 LIMIT ${call}`,
    `SELECT 1 FROM json_each('[1, 2]') ORDER BY ${call}`,
    `SELECT count(*) FROM json_each('[1, 2]') GROUP BY ${call}`,
    `SELECT id FROM confluent.iam.users WHERE id = ${call}`,
  ]),
  'INSERT INTO sqlite_schema VALUES (1, 2, 3, 4, 5)',
  'UPDATE sqlite_schema SET sql = NULL',
  'DELETE FROM sqlite_schema',
  'INSERT INTO temp.sqlite_schema VALUES (1)',
  'DELETE FROM confluentql_views',
  "INSERT INTO confluentql_views VALUES ('v', 'view', 'SELECT 1')",
  'WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a',
  'WITH a AS (SELECT 1) INSERT INTO sqlite_schema SELECT 1, 2, 3, 4, 5',
  'WITH a AS (SELECT 1) UPDATE t SET a = 2',
  'WITH a AS (SELECT 1) DELETE FROM t',
  'WITH a AS (SELECT 1) DELETE FROM t RETURNING *',
  'WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a',
  'SELECT * FROM (DELETE FROM t RETURNING *)',
  'INSERT INTO t SELECT 1 WHERE 1 ON CONFLICT DO UPDATE SET a = 3',
  'REPLACE INTO t VALUES (3)',
  'INSERT OR REPLACE INTO t VALUES (3)',
  'CREATE VIRTUAL TABLE v USING fts5(x)',
  'CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END',
  'CREATE TEMP TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END',
  'CREATE INDEX i ON t (a)',
  'DROP INDEX i',
  'DROP TABLE sqlite_schema',
  'DROP TABLE confluentql_views',
  'CREATE TABLE sqlite_x (a)',
  'CREATE TABLE confluentql_views (name, kind, sql)',
  'CREATE TABLE "scan~1" (a)',
  'CREATE TABLE main.x (a)',
  `CREATE TABLE "x"."y" (a)`,
  'ALTER TABLE t RENAME TO u',
  'CREATE TABLE u (a); CREATE TRIGGER',
  'CREATE VIEW v AS SELECT 1; BEGIN; DELETE FROM t; END',
  'CREATE VIEW v AS SELECT 1) ; DELETE FROM t',
  "CREATE TABLE u (a)); ATTACH 'x' AS y; --",
  'EXEC confluent.iam.users.delete_iam_v2user',
  "SELECT * FROM (EXEC confluent.iam.users.delete_iam_v2user @id = 'u-1')",
  '.shell id',
  '\\! id',
  '.system id',
  '.load x',
  `.backup ${FILE}`,
  `.save ${FILE}`,
  `.import /etc/passwd t`,
  `.log ${FILE}`,
  `.archive`,
]

describe('no statement has effects beyond the session', () => {
  it('none of hundreds writes a file, changes the table or a setting, or returns a row', async () => {
    const db = join(dir, 'kept.db')
    const session = new Session({
      builtIn: join(PROGRAM, '../providers'),
      env: {},
      db,
      variables: { name: 'simple', pointer: 'AAAAAAAA' },
    })
    const read = async (sql: string): Promise<unknown[]> => {
      const rows: unknown[] = []
      for await (const result of session.run(sql)) for await (const row of result.rows) rows.push(row)
      return rows
    }
    const seen: string[] = []
    await read('CREATE TABLE t (a); INSERT INTO t VALUES (1)')
    for (const sql of HOSTILE) {
      if (sql.startsWith('CREATE'))
        for (const what of ['TABLE f', 'TABLE d', 'TABLE u', 'VIEW v', 'VIEW f'])
          await read(`DROP ${what.replace(' ', ' IF EXISTS ')}`)
      const rows = await read(sql).catch((error: unknown) => error)
      if (!(rows instanceof ConfluentqlError)) seen.push(sql)
      expect(await read('SELECT * FROM t'), sql).toEqual([[1]])
    }
    expect(seen).toEqual([])
    await session.close()
    expect(readdirSync(dir)).toEqual(['kept.db'])
    expect(HOSTILE.length).toBeGreaterThan(300)
  })

  it('no statement of a script or of the shell does so', async () => {
    const script = join(dir, 'script.sql')
    writeFileSync(script, HOSTILE.map(sql => `${sql}\n;\n`).join(''))
    const { status, stdout } = await cli(
      ['--continue-on-error', '-o', 'ndjson', '-f', script, '-v', 'name=simple', '-v', 'pointer=AAAAAAAA'],
      { cwd: dir },
    )
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(existsSync(FILE)).toBe(false)
    const piped = await cli(['shell'], { cwd: dir, stdin: readFileSync(script) })
    expect(piped.stdout).not.toMatch(/uid=|root:|[0-9A-F]{16}/)
    expect(existsSync(FILE)).toBe(false)
  })
})
