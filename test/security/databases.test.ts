import Database from 'better-sqlite3'
import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, folder, page, server } from '../cli/support.ts'

const dir = folder()

/** A file as somebody else may have made it. */
function database(name: string, ...statements: string[]): string {
  const file = join(dir, name)
  rmSync(file, { force: true })
  const db = new Database(file)
  db.unsafeMode()
  for (const sql of statements) db.prepare(sql).run()
  db.close()
  return file
}

const VIEWS = 'CREATE TABLE confluentql_views (name, kind, sql)'
const ENDLESS = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)'

describe.concurrent('a database file in which what is ours is not what we made', () => {
  it.each([
    [
      'a view that never ends',
      [`CREATE VIEW confluentql_views AS ${ENDLESS} SELECT 'a' AS name, 'view' AS kind, x AS sql FROM n`],
    ],
    ['a virtual table', ['CREATE VIRTUAL TABLE confluentql_views USING fts3(name, kind, sql)']],
    [
      'a virtual table for shapes',
      ['CREATE VIRTUAL TABLE confluentql_shapes USING fts5(table_name, column_name, shape)'],
    ],
    ['other columns', ['CREATE TABLE confluentql_views (a)']],
    [
      'a view in the place of a resource',
      [VIEWS, "INSERT INTO confluentql_views VALUES ('confluent.iam.users', 'view', 'SELECT 1 AS id')"],
    ],
    ['no name', [VIEWS, 'INSERT INTO confluentql_views VALUES (NULL, NULL, NULL)']],
    ['a blob for a statement', [VIEWS, "INSERT INTO confluentql_views VALUES ('v', 'view', x'00')"]],
    [
      'shapes that are no JSON',
      [
        'CREATE TABLE confluentql_shapes (table_name, column_name, shape)',
        "INSERT INTO confluentql_shapes VALUES ('t', 'a', '{no')",
      ],
    ],
  ])('is refused: %s', async (name, statements) => {
    const file = database(`${name.replaceAll(' ', '-')}.db`, 'CREATE TABLE t (a)', ...statements)
    for (const args of [
      ['--db', file, 'SELECT * FROM t'],
      ['diff', `${file}:t`, `${file}:t`],
    ]) {
      const { status, stdout, stderr } = await cli(args)
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
      expect(stderr).toMatch(
        /^error: cannot open .* its (?:view|virtual|table) confluentql_(?:views|shapes) was not made by confluentql\n/,
      )
    }
  })
})

/** A journal of one page that says it belongs to a change of several files, listed in `named`. */
function journal(file: string, named: string): void {
  const magic = Buffer.from('d9d505f920a163d7', 'hex')
  const head = Buffer.alloc(512)
  magic.copy(head)
  for (const [value, at] of [
    [statSync(file).size / 4096, 16],
    [512, 20],
    [4096, 24],
  ] as const)
    head.writeUInt32BE(value, at)
  const lock = Buffer.alloc(4)
  lock.writeUInt32BE(262_145)
  const name = Buffer.from(named)
  const tail = Buffer.alloc(8)
  tail.writeUInt32BE(name.length)
  tail.writeUInt32BE(
    name.reduce((sum, byte) => sum + byte, 0),
    4,
  )
  writeFileSync(`${file}-journal`, Buffer.concat([head, lock, name, tail, magic]))
}

describe('a journal beside a database file', () => {
  it('that names another file does not cause its deletion', async () => {
    const file = database('journal.db', 'CREATE TABLE t (a)')
    const link = join(dir, 'link.db')
    symlinkSync(file, link)
    const precious = join(dir, 'precious.txt')
    for (const args of [
      ['--db', file, 'SELECT * FROM t'],
      ['--db', link, 'SELECT * FROM t'],
      ['diff', `${file}:t`, `${link}:t`],
    ]) {
      writeFileSync(precious, 'precious')
      journal(file, precious)
      const { status, stderr } = await cli(args)
      expect(stderr).toMatch(/^error: cannot open .* its journal .*-journal names another file/)
      expect({ status, text: readFileSync(precious, 'utf8') }).toEqual({ status: 2, text: 'precious' })
    }
    // SQLite itself does delete it
    new Database(file).prepare('SELECT * FROM t').all()
    expect(existsSync(precious)).toBe(false)
  })

  it('of an interrupted change is rolled back by --db and by diff', async () => {
    const file = database('hot.db', 'CREATE TABLE t (a)', 'INSERT INTO t VALUES (1)')
    const writer = new Database(file)
    writer.exec(
      'PRAGMA cache_spill = 1; PRAGMA cache_size = 2; BEGIN; UPDATE t SET a = 2; CREATE TABLE u (x)',
    )
    writer.exec(`INSERT INTO u ${ENDLESS} SELECT hex(randomblob(500)) FROM n LIMIT 200`)
    const [queried, compared] = ['queried.db', 'compared.db'].map(name => join(dir, name))
    for (const torn of [queried, compared])
      for (const part of ['', '-journal']) writeFileSync(`${torn}${part}`, readFileSync(`${file}${part}`))
    writer.exec('ROLLBACK')
    writer.close()
    expect(await cli(['diff', `${compared}:t`, `${file}:t`])).toMatchObject({ status: 0 })
    expect(await cli(['--db', queried!, '-o', 'csv', '--no-header', 'SELECT a FROM t'])).toMatchObject({
      status: 0,
      stdout: '1\n',
    })
    expect([queried, compared].map(torn => existsSync(`${torn}-journal`))).toEqual([false, false])
  })
})

describe.concurrent('the schema of a database file', () => {
  it('runs no unsafe function by triggers, defaults, generated columns and checks', async () => {
    const written = join(dir, 'written')
    const file = database(
      'schema.db',
      "CREATE TABLE t (a, b DEFAULT (load_extension('x')))",
      'CREATE TABLE g (a)',
      'CREATE TABLE log (a)',
      "CREATE VIEW w AS SELECT load_extension('x') AS a",
      'CREATE TRIGGER one AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END',
      `CREATE TRIGGER two AFTER INSERT ON g BEGIN SELECT writefile('${written}', 'x'); END`,
      "CREATE TRIGGER three AFTER UPDATE ON g BEGIN SELECT fts3_tokenizer('simple'); END",
    )
    const run = (sql: string): Promise<{ status: number | null; stdout: string; stderr: string }> =>
      cli(['--db', file, '-o', 'csv', '--no-header', sql])
    expect((await run('INSERT INTO t (a) VALUES (1)')).stderr).toMatch(
      /unsafe use of load_extension|not authorized/,
    )
    expect((await run('INSERT INTO g VALUES (1)')).stderr).toMatch(/no such function: writefile/)
    expect((await run('SELECT * FROM w')).stderr).toMatch(/"w" is a view of another program, and is not read/)
    expect(existsSync(written)).toBe(false)
  })

  it('may have views of other programs: an error says how to read the same', async () => {
    const file = database(
      'foreign.db',
      'CREATE TABLE t (a)',
      'INSERT INTO t VALUES (1)',
      'CREATE VIEW Big AS\n  SELECT a FROM t',
    )
    const run = (sql: string): ReturnType<typeof cli> => cli(['--db', file, '-o', 'csv', '--no-header', sql])
    const { status, stderr } = await run('SELECT * FROM big')
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^error: 1:15: "big" is a view of another program, and is not read\n/),
    ])
    const define = /^hint: define it here as well, once: (.*)$/m.exec(stderr)![1]!
    expect(await run(define)).toMatchObject({ status: 0 })
    expect(await run('SELECT * FROM big')).toMatchObject({ status: 0, stdout: '1\n' })
  })

  it('shows its names with control characters escaped', async () => {
    const file = database('names.db', 'CREATE TABLE "a\x1b[31m\u202e" ("c\x9b2J" TEXT)')
    const shown = await cli(['--db', file, 'SHOW TABLES'])
    expect(shown.stdout).toContain('a\\x1b[31m\\u202e')
    expect(
      shown.stdout
        + (await cli(['--db', file, 'SELECT * FROM "a\x1b[31m\u202e"; SELECT d FROM "a\x1b[31m\u202e"']))
          .stderr,
    ).not.toMatch(/[\x1b\x9b\u202e]/)
  })
})

describe.concurrent('FILE:TABLE of a diff', () => {
  it('changes neither the file nor files next to it, and sends no request for a view in it', async () => {
    let asked = 0
    const url = await server((_request, response) => {
      asked++
      response.end(page(['u-1']))
    })
    const file = database(
      'views.db',
      'CREATE TABLE t (a)',
      VIEWS,
      "INSERT INTO confluentql_views VALUES ('mine', 'view', 'SELECT a FROM t'), ('theirs', 'view', 'SELECT id FROM confluent.iam.users')",
    )
    const before = readFileSync(file)
    expect(await cli(['diff', '--endpoint', url, `${file}:mine`, `${file}:t`])).toMatchObject({ status: 0 })
    const { status, stderr } = await cli(['diff', '--endpoint', url, `${file}:theirs`, `${file}:t`], {
      env: { CONFLUENT_CLOUD_ENDPOINT: url },
    })
    expect(status).toBeGreaterThan(0)
    expect(stderr).toMatch(/theirs is a view that cannot be read from the file alone/)
    expect(asked).toBe(0)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('is refused if it is not a regular file', async () => {
    const path = join(dir, 'socket.db')
    const socket = createServer().listen(path)
    await new Promise(resolve => {
      socket.once('listening', resolve)
    })
    for (const args of [
      ['diff', `${path}:t`, `${path}:t`],
      ['--db', path, 'SELECT 1'],
      ['--db', dir, 'SELECT 1'],
      ['--db', '/dev/null', 'SELECT 1'],
    ]) {
      expect(await cli(args)).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/^error: cannot open .* it is (?:no file|a folder)\n/),
      })
    }
    socket.close()
  })
})
