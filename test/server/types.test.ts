import Database from 'better-sqlite3'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { Session } from '../../src/index.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { Random } from '../fuzz/random.ts'
import { rowsOf } from '../session/support.ts'
import { atEnd, folder, listen } from '../support/cleanup.ts'
import { lines, serve, stateOf } from './support.ts'

/*
 * Answers whose values have another JSON type than their columns declare. The command line, the server and changes must find the
 * rows that plain SQLite finds in a table of the converted values.
 */

const SERVICE = `
service: s
resources:
  items:
    summary: Items
    columns:
      id: string
      name: string
      size: integer
      ratio: number
      live: boolean
      at: timestamp
      doc: { type: object, fields: { id: string, count: integer, flag: boolean, deep: { fields: { code: string } } } }
      tags: { type: array, items: string }
    methods:
      list_items: { sql: select, call: 'GET /items', rows: $.data, params: { name: exact, live: exact, doc_id: { column: doc.id, filter: exact } } }
      delete_item: { sql: delete, call: 'DELETE /items/{id}' }
`

interface Item {
  readonly id: string
  readonly name: string | null
  readonly size: string | null
  readonly ratio: string | null
  readonly live: boolean | null
  readonly doc: {
    id: string | null
    count: string | null
    flag: boolean | null
    deep: { code: string | null }
  }
  readonly tags: readonly string[]
}

const random = new Random(18)
const orNull = <T>(value: T): T | null => (random.chance(0.15) ? null : value)
const SIZES = ['5', '-7', '0', '12', '9007199254740993', '-9223372036854775808']
const NAMES = ['5', '12', '1.50', 'true', 'false', 'b', '9007199254740993']

const ITEMS = Array.from({ length: 24 }, (_, i): Item => ({
  id: String(100 + i),
  name: orNull(random.pick(NAMES)),
  size: orNull(random.pick(SIZES)),
  ratio: orNull(random.pick(['0.5', '5', '-1.25', '1e3'])),
  live: orNull(random.chance(0.5)),
  doc: {
    id: orNull(random.pick(NAMES)),
    count: orNull(random.pick(SIZES)),
    flag: orNull(random.chance(0.5)),
    deep: { code: orNull(random.pick(NAMES)) },
  },
  tags: random.sample(NAMES, 2),
}))

/** The JSON that an API may answer with for a value: as declared, or otherwise. */
const text = (value: string | null): string => {
  const isOther = /^(?:\d+(?:\.\d+)?|true|false)$/.test(value ?? '') && random.chance(0.5)
  return isOther ? value! : JSON.stringify(value)
}
const number = (value: string | null): string => {
  if (value === null) return 'null'
  const forms = [value, JSON.stringify(value)]
  if (/^-?\d{1,3}$/.test(value)) forms.push(`${value}.0`, `"${value}.0"`)
  return random.pick(forms)
}
const boolean = (value: boolean | null): string =>
  value === null
    ? 'null'
    : random.pick([String(value), `"${String(value)}"`, value ? '1' : '0', value ? '"True"' : '"0"'])

function answerOf({ id, name, size, ratio, live, doc, tags }: Item): string {
  const inner = `{"id":${text(doc.id)},"count":${number(doc.count)},"flag":${boolean(doc.flag)},"deep":{"code":${text(doc.deep.code)}}}`
  const shown = random.chance(0.2) ? JSON.stringify(inner) : inner
  return `{"id":${text(id)},"name":${text(name)},"size":${number(size)},"ratio":${number(ratio)},"live":${boolean(live)},"at":null,"doc":${shown},"tags":[${tags.map(text).join(',')}]}`
}

const ANSWERS = ITEMS.map(answerOf)
/** Conditions on the converted values: for SQLite, and where it differs for Postgres. */
const CONDITIONS: readonly (readonly [sqlite: string, postgres?: string])[] = [
  ...NAMES.flatMap(name => [
    [`name = '${name}'`] as const,
    [`doc ->> '$.id' = '${name}'`, `doc ->> 'id' = '${name}'`] as const,
    [`doc ->> '$.deep.code' = '${name}'`, `doc -> 'deep' ->> 'code' = '${name}'`] as const,
  ]),
  ...SIZES.map(size => [`size = ${size}`, `size = '${size}'`] as const),
  ...SIZES.map(size => [`doc ->> '$.count' = ${size}`, `(doc ->> 'count')::int8 = '${size}'`] as const),
  ['size > 4'],
  ['ratio >= 5'],
  ['live'],
  ['live = true'],
  ['live = false'],
  ['live IS NULL'],
  ["doc ->> '$.flag'", "(doc ->> 'flag')::bool"],
  ["doc ->> '$.flag' IS NULL", "doc ->> 'flag' IS NULL"],
  ["name IN ('5', 'true')"],
  ["name < '2'", `name COLLATE "C" < '2'`],
  ["id = '105'"],
  ["tags ->> '$[0]' = '5'", "tags ->> 0 = '5'"],
]

/** Conditions, alone, negated and combined. */
const STATEMENTS = CONDITIONS.map(([sqlite, postgres = sqlite]): readonly [string, string] => {
  const [other, otherPostgres = other] = random.pick(CONDITIONS)
  const form = random.pick(['x', 'x', 'NOT (x)', '(x) AND (y)', '(x) OR (y)', 'NOT (x) AND (y)'])
  const filled = (x: string, y: string): string => form.replaceAll(/[xy]/g, name => (name === 'x' ? x : y))
  return [filled(sqlite, other), filled(postgres, otherPostgres)]
})

const world = { answers: ANSWERS, deleted: [] as string[], queries: [] as string[] }
/** What the API itself takes a value for: its filters compare texts. */
const filterText = (value: unknown): string => (typeof value === 'object' ? '' : String(value).toLowerCase())

const DELETE = 'DELETE FROM p.s.items WHERE id IN (SELECT id FROM p.s.items)'

const notices: string[] = []
let session: Session
let client: Client
let plain: Database.Database
beforeAll(async () => {
  const url = await listen((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://h')
    response.setHeader('content-type', 'application/json')
    if (request.method === 'DELETE') {
      world.deleted.push(decodeURIComponent(pathname.slice('/items/'.length)))
      return response.writeHead(204).end()
    }
    world.queries.push(searchParams.toString())
    const rows = world.answers.filter((_, i) => {
      const item = ITEMS[i]!
      const wanted = { name: item.name, live: item.live, doc_id: item.doc.id }
      return Object.entries(wanted).every(
        ([key, value]) => !searchParams.has(key) || filterText(value) === searchParams.get(key),
      )
    })
    response.end(`{"data":[${rows.join(',')}]}`)
  })
  const provider = oneHostProvider()
  const path = join(folder(), 'p')
  mkdirSync(path)
  writeFileSync(join(path, 'provider.yaml'), provider)
  writeFileSync(join(path, 's.yaml'), SERVICE)
  client = await (
    await serve(['--provider-path', path, '--cache', '0', '--allow-changes'], { P_URL: url })
  ).client()
  session = new Session({
    onNotice: notice => void notices.push(notice),
    env: { P_URL: url },
    builtIn: compiledProvider(provider, SERVICE),
  })
  atEnd(() => session.close())
  plain = new Database(':memory:')
  plain.exec(
    'CREATE TABLE items (id TEXT, name TEXT, size INTEGER, ratio REAL, live NUMERIC, doc TEXT, tags TEXT)',
  )
  const insert = plain.prepare('INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?)')
  for (const { id, name, size, ratio, live, doc, tags } of ITEMS) {
    const { count, ...rest } = doc
    const json = JSON.stringify(rest).replace('{', `{"count":${count},`)
    insert.run(id, name, size, ratio, live === null ? null : Number(live), json, JSON.stringify(tags))
  }
})

const expected = (where: string): string[] =>
  plain.prepare(`SELECT id FROM items WHERE ${where} ORDER BY id`).pluck().all() as string[]

describe('values of another JSON type than declared', () => {
  it('are found by conditions on the declared type, by the session, the server and changes alike', async () => {
    let filled = 0
    for (const [sqlite, postgres] of STATEMENTS) {
      const ids = expected(sqlite)
      const [rows, served] = await Promise.all([
        rowsOf(session, `SELECT id FROM p.s.items WHERE ${sqlite}`),
        lines(client, `SELECT id FROM p_s.items WHERE ${postgres}`),
      ])
      expect(rows.map(r => r[0]).sort(), sqlite).toEqual(ids)
      expect(served.sort(), postgres).toEqual(ids)
      world.deleted = []
      // a change by the order of texts that are numbers is refused
      await rowsOf(session, `${DELETE} AND (${sqlite.replace('name <', "name || '' <")})`)
      expect(world.deleted.sort(), `DELETE ${sqlite}`).toEqual(ids)
      if (ids.length > 0 && ids.length < ITEMS.length) filled++
    }
    expect(filled).toBeGreaterThan(25)
    expect(world.queries.filter(q => q !== '').length).toBeGreaterThan(10)
  })

  it('are shown with their declared types', async () => {
    const shown = (await rowsOf(session, 'SELECT id, name, size, ratio, live, doc, tags FROM p.s.items')).map(
      row => row.map(v => (typeof v === 'bigint' ? Number(v) : v)),
    )
    const wanted = plain.prepare('SELECT * FROM items').raw().all() as (string | number | null)[][]
    expect(shown.map(row => row.slice(0, 5))).toEqual(wanted.map(row => row.slice(0, 5)))
    for (const [i, [doc, tags]] of shown.map(row => row.slice(5)).entries()) {
      expect(JSON.parse(String(doc))).toEqual(JSON.parse(String(wanted[i]![5])))
      expect(JSON.parse(String(tags))).toEqual(JSON.parse(String(wanted[i]![6])))
    }
    const streamed = await lines(client, 'SELECT id, name, size, ratio, live, doc, tags FROM p_s.items')
    const evaluated = await lines(
      client,
      'SELECT id, name, size, ratio, live, doc, tags FROM (SELECT * FROM p_s.items OFFSET 0) x',
    )
    expect(streamed).toEqual(evaluated)
  })
})

describe('a value that cannot be converted without loss', () => {
  it.each([
    ['size', '"many"', 'a text in size of p.s.items where an integer was expected'],
    ['size', '5.5', 'a number in size of p.s.items where an integer was expected'],
    ['size', 'true', 'a boolean in size of p.s.items where an integer was expected'],
    ['size', '"9223372036854775808"', 'a text in size of p.s.items where an integer was expected'],
    ['ratio', '"0.12345678901234567890"', 'a text in ratio of p.s.items where a number was expected'],
    ['ratio', '"1e-400"', 'a text in ratio of p.s.items where a number was expected'],
    ['ratio', '""', 'a text in ratio of p.s.items where a number was expected'],
    ['live', '"yes"', 'a text in live of p.s.items where a boolean was expected'],
    ['live', '2', 'a number in live of p.s.items where a boolean was expected'],
    ['at', '1700000000', 'a number in at of p.s.items where a timestamp was expected'],
    ['doc', '"u-1"', 'a text in doc of p.s.items where an object was expected'],
    ['doc', '"{\\"x\\":9223372036854775808}"', 'a text in doc of p.s.items where an object was expected'],
    ['doc', '5', 'a number in doc of p.s.items where an object was expected'],
    ['doc', '[1]', 'an array in doc of p.s.items where an object was expected'],
    ['doc', '{"count":"many"}', 'a text in doc.count of p.s.items where an integer was expected'],
    ['tags', '{}', 'an object in tags of p.s.items where an array was expected'],
  ])('is an error, and nothing is deleted: %s %s', async (name, value, message) => {
    world.answers = [ANSWERS[0]!, `{"id":"x","${name}":${value}}`]
    world.deleted = []
    for (const where of [`${name} IS NULL`, `${name} IS NOT NULL`]) {
      await expect(rowsOf(session, `SELECT id FROM p.s.items WHERE ${where}`)).rejects.toThrow(
        `the answer has ${message}`,
      )
      await expect(rowsOf(session, `${DELETE} AND ${where}`)).rejects.toThrow(`the answer has ${message}`)
    }
    expect(await stateOf(client, `SELECT id FROM p_s.items WHERE ${name} IS NULL`)).toBeDefined()
    expect(world.deleted).toEqual([])
    // a statement that does not read it has an answer
    expect(await rowsOf(session, "SELECT id FROM p.s.items WHERE id = 'x'")).toEqual([['x']])
    world.answers = ANSWERS
  })

  const answer = '{"id":"x","size":"many","doc":{"id":5,"count":"few","flag":true}}'
  it.each([
    ['SELECT id, size FROM p.s.items', ['x', 'many'], 'a text where an integer was expected in size'],
    [
      "SELECT * FROM p.s.items WHERE doc.id = '5'",
      undefined,
      'a text where an integer was expected in doc.count',
    ],
    [
      "SELECT doc.count, doc ->> '$.id' FROM p.s.items",
      ['few', '5'],
      'a text where an integer was expected in doc.count',
    ],
  ])('is shown with a notice by a statement that only shows it: %s', async (sql, row, notice) => {
    world.answers = [answer]
    notices.length = 0
    const [found] = await rowsOf(session, sql)
    expect(found).toEqual(
      row ?? expect.arrayContaining(['x', 'many', '{"id":"5","count":"few","flag":true}']),
    )
    expect(notices).toContain(`p.s.items: the API answered with ${notice}; it is shown as answered`)
    world.answers = ANSWERS
  })

  it.each([
    'SELECT sum(size) FROM p.s.items',
    'SELECT id FROM p.s.items ORDER BY size',
    'SELECT size FROM p.s.items ORDER BY 1',
    'SELECT size FROM p.s.items ORDER BY +1',
    'SELECT size FROM p.s.items ORDER BY 1 COLLATE NOCASE DESC',
    'SELECT size FROM p.s.items GROUP BY 1',
    'SELECT size AS n FROM p.s.items ORDER BY n',
    'SELECT n FROM (SELECT size AS n FROM p.s.items)',
    'WITH x AS (SELECT * FROM p.s.items) SELECT id FROM x WHERE size > 5',
    'SELECT size FROM p.s.items UNION SELECT 1',
    'SELECT a.size FROM p.s.items a JOIN p.s.items b USING (size)',
    'SELECT id FROM p.s.items WHERE doc.count > 5',
    "SELECT id FROM p.s.items WHERE json_extract(doc, '$.count') > 5",
    'SELECT json(doc) FROM p.s.items',
    'SELECT doc FROM p.s.items WHERE doc IS NOT NULL',
    'CREATE TABLE kept AS SELECT * FROM p.s.items',
  ])('is an error where the statement computes with it: %s', async sql => {
    world.answers = [answer]
    await expect(rowsOf(session, sql)).rejects.toThrow('where an integer was expected')
    world.answers = ANSWERS
  })

  it.each(["doc ->> 'count' IS DISTINCT FROM '7'", 'NOT doc @> \'{"flag":false}\'', 'size IS NOT NULL'])(
    'selects no rows to change through the server: %s',
    async where => {
      world.answers = [answer]
      world.deleted = []
      expect(await stateOf(client, `DELETE FROM p_s.items WHERE ${where}`)).toBe('58030')
      expect(world.deleted).toEqual([])
      world.answers = ANSWERS
    },
  )

  it.each(['"u-1"', '5', '[1]', '"{id:7}"'])(
    'is an error where a field is shown of what is no object: %s',
    async doc => {
      world.answers = [`{"id":"x","doc":${doc}}`]
      for (const field of ['doc.count', "doc ->> '$.id'"])
        await expect(rowsOf(session, `SELECT ${field} FROM p.s.items`)).rejects.toThrow(
          'in doc of p.s.items where an object was expected',
        )
      world.answers = ANSWERS
    },
  )

  it.each(['"007"', 'true'])('is an error where SQLite would change it: %s', async value => {
    world.answers = [`{"id":"x","size":${value}}`]
    await expect(rowsOf(session, 'SELECT size FROM p.s.items')).rejects.toThrow(
      'where an integer was expected',
    )
    world.answers = ANSWERS
  })
})
