import { mkdirSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { Random } from '../../fuzz/random.ts'

/*
 * Four tables of a made-up API with awkward values. The API filters exactly. Cells are JSON, as the API writes it, so that numbers
 * keep their digits.
 */

export type Type = 'text' | 'int8' | 'float8' | 'bool' | 'timestamptz' | 'jsonb'

export interface Column {
  readonly name: string
  readonly type: Type
  /** Columns of one domain have values in common. */
  readonly domain: string
}

export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  /** Parameters that the list filters by: a column or a field of an object column. */
  readonly filters: readonly string[]
  /** Keys that each request must give. */
  readonly keys: readonly string[]
  /** JSON of each cell, in the order of columns. */
  readonly rows: readonly (readonly string[])[]
}

/** The schema of the tables. */
export const SCHEMA = 'lab_main'

const text = JSON.stringify

/** Values of each domain, as JSON. */
export const DOMAINS: Readonly<Record<string, readonly string[]>> = {
  thing: ['t1', 't2', 'T1', 't 3', 'ü/4', '05', '5', 't7', 't8', 't9'].map(v => text(v)),
  person: ['p1', 'P1', 'p2', 'p 3', "p'4", 'p%5', 'p_6', 'p7'].map(v => text(v)),
  word: [
    '""',
    '" "',
    '"x"',
    '"X"',
    `"it's"`,
    '"100%"',
    '"NULL"',
    '"null"',
    '"1"',
    '"01"',
    '"日本\\""',
    '"a\\\\b"',
    '"a\\tb\\nc"',
    '"ä"',
    '"Ä"',
    '"😀"',
    '"true"',
    '"{}"',
    '"x "',
    '"e\\u0301"',
    '"é"',
    '"1e3"',
    '"a_b"',
    '"\\\\N"',
  ],
  num: ['0', '1', '2', '-1', '10', '9007199254740993', '-9223372036854775808', '9223372036854775807', '42'],
  small: ['0', '1', '2', '3', '-1', '7'],
  real: [
    '0',
    '0.1',
    '1',
    '1.5',
    '-2.25',
    '1e300',
    '1e-7',
    '123456789.125',
    '1e15',
    '0.30000000000000004',
    '2',
  ],
  flag: ['true', 'false'],
  time: [
    '2024-01-01T00:00:00Z',
    '2024-01-01T00:00:00.5Z',
    '2024-01-01T00:00:00.123456Z',
    '2024-01-01T00:00:00.1234567Z',
    '2024-01-01T01:00:00+01:00',
    '2024-02-29T23:59:59.999Z',
    '2024-06-30T12:00:00-07:30',
    '1999-12-31T23:59:59Z',
    '2024-06-30 19:30:00+00',
  ].map(v => text(v)),
  doc: [
    '{}',
    '{"id":"p1","n":1}',
    '{"id":"p2","n":"2","deep":{"id":"t1","list":[1,2,{"a":null}]}}',
    '{"id":null,"n":1.50}',
    '{"id":"p1","deep":{"id":"t 3"}}',
    '{"id":"","b":true,"aa":[],"a":"\\u00e9\\\\\\""}',
    '{"n":9007199254740993,"id":"P1"}',
    '{"id":"p\'4","deep":{}}',
    '{"deep":null,"id":"p 3"}',
    '{"id":"p1","n":1e3,"deep":{"id":"05"}}',
  ],
  list: ['[]', '[1,"1",null]', '["t1","t2"]', '["x",{"id":"p1"},[1]]', '[true,false]', '["t1"]'],
}

const column = (name: string, type: Type, domain: string): Column => ({ name, type, domain })

/** A table; each cell but keys is NULL in one of `nulls` rows. */
function table(
  random: Random,
  name: string,
  parts: {
    columns: Column[]
    filters?: string[]
    keys?: string[]
    unique?: string
    count: number
    nulls: number
  },
): Table {
  const { columns, filters = [], keys = [], unique, count, nulls } = parts
  const rows = Array.from({ length: count }, (_, i) =>
    columns.map(c => {
      if (c.name === unique) return DOMAINS[c.domain]?.[i] ?? text(`${name}-${i}`)
      if (!keys.includes(c.name) && random.chance(1 / nulls)) return 'null'
      return random.pick(DOMAINS[c.domain]!)
    }),
  )
  return { name, columns, filters, keys, rows }
}

/** The tables; the same in each run. */
export function makeTables(seed = 18): readonly Table[] {
  const random = new Random(seed)
  const things = table(random, 'things', {
    columns: [
      column('id', 'text', 'thing'),
      column('name', 'text', 'word'),
      column('kind', 'text', 'word'),
      column('n', 'int8', 'num'),
      column('f', 'float8', 'real'),
      column('ok', 'bool', 'flag'),
      column('made', 'timestamptz', 'time'),
      column('doc', 'jsonb', 'doc'),
      column('tags', 'jsonb', 'list'),
      column('owner', 'text', 'person'),
    ],
    filters: ['name', 'ok', 'doc.id', 'owner'],
    unique: 'id',
    count: 10,
    nulls: 5,
  })
  const people = table(random, 'people', {
    columns: [
      column('id', 'text', 'person'),
      column('email', 'text', 'word'),
      column('boss', 'text', 'person'),
      column('age', 'int8', 'small'),
      column('ok', 'bool', 'flag'),
      column('born', 'timestamptz', 'time'),
      column('doc', 'jsonb', 'doc'),
    ],
    filters: ['email', 'boss'],
    unique: 'id',
    count: 8,
    nulls: 5,
  })
  const parts = table(random, 'parts', {
    columns: [
      column('thing', 'text', 'thing'),
      column('id', 'text', 'part'),
      column('maker', 'text', 'person'),
      column('qty', 'int8', 'small'),
      column('price', 'float8', 'real'),
      column('note', 'text', 'word'),
      column('doc', 'jsonb', 'doc'),
    ],
    filters: ['maker'],
    keys: ['thing'],
    unique: 'id',
    count: 40,
    nulls: 5,
  })
  const marks = table(random, 'marks', {
    columns: [
      column('place', 'int8', 'small'),
      column('word', 'text', 'word'),
      column('score', 'float8', 'real'),
      column('at', 'timestamptz', 'time'),
      column('tags', 'jsonb', 'list'),
      column('thing', 'text', 'thing'),
    ],
    filters: ['place', 'word'],
    count: 30,
    nulls: 4,
  })
  return [things, people, parts, marks]
}

const KINDS: Readonly<Record<Type, string>> = {
  text: 'string',
  int8: 'integer',
  float8: 'number',
  bool: 'boolean',
  timestamptz: 'timestamp',
  jsonb: 'object',
}

/** Writes the provider files of the tables; returns their folder. */
export function writeProvider(tables: readonly Table[], folder: string, url: string): string {
  const path = join(folder, 'lab')
  mkdirSync(path, { recursive: true })
  const provider = {
    provider: 'lab',
    title: 'A laboratory',
    version: '1.0.0',
    hosts: { api: { url, url_env: 'LAB_URL', auth: { kind: 'none' } } },
    host: 'api',
    paging: { pages: { kind: 'token', param: 'page_token', next: '$.next', size: 'page_size', max: 7 } },
    services: { main: { title: 'Main' } },
    views: VIEWS,
  }
  writeFileSync(join(path, 'provider.yaml'), JSON.stringify(provider))
  writeFileSync(
    join(path, 'main.yaml'),
    JSON.stringify({
      service: 'main',
      resources: Object.fromEntries(tables.map(t => [t.name, resourceOf(t)])),
    }),
  )
  return path
}

function resourceOf({ name, columns, filters, keys }: Table): object {
  const fields = { id: 'string', deep: { fields: { id: 'string' } } }
  const shape = (c: Column): object | string => {
    if (keys.includes(c.name)) return { type: 'string', input: true }
    if (c.type !== 'jsonb') return KINDS[c.type]
    return c.domain === 'list' ? 'array' : { fields }
  }
  const params = Object.fromEntries(
    filters.map(f => [f.replaceAll('.', '_'), { column: f, filter: 'exact' }]),
  )
  const path = keys.length > 0 ? `/${keys.map(k => `{${k}}`).join('/')}/${name}` : `/${name}`
  return {
    summary: name,
    columns: Object.fromEntries(columns.map(c => [c.name, shape(c)])),
    ...(keys.length > 0 && { parents: { 'main.things': { thing: 'id' } } }),
    methods: {
      ...(columns.some(c => c.name === 'id') && {
        [`get_${name}`]: { sql: 'select', call: `GET ${path}/{id}` },
        [`update_${name}`]: {
          sql: 'update',
          call: `PATCH ${path}/{id}`,
          body: { remark: { type: 'string' } },
        },
        [`delete_${name}`]: { sql: 'delete', call: `DELETE ${path}/{id}` },
      }),
      [`list_${name}`]: { sql: 'select', call: `GET ${path}`, rows: '$.data', paging: 'pages', params },
    },
  }
}

/** Views of the provider, whose SQL is the same in Postgres but for paths. */
const VIEWS = {
  'main.busy': {
    summary: 'Things with their parts counted',
    sql: `SELECT t.id, t.name, t.doc.id AS doc_id, count(p.id) AS parts, t.n + 0.5 AS half, t.ok, t.made, t.doc
          FROM lab.main.things t LEFT JOIN lab.main.parts p ON p.thing = t.id WHERE t.n IS NULL OR abs(t.n) < 100 GROUP BY t.id`,
  },
}

/** The tables and views for a Postgres of its own. */
export function definitionFor(tables: readonly Table[]): string {
  return [
    `DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`,
    `CREATE SCHEMA ${SCHEMA}`,
    ...tables.map(
      t => `CREATE TABLE ${SCHEMA}.${t.name} (${t.columns.map(c => `${c.name} ${c.type}`).join(', ')})`,
    ),
    ...tables.flatMap(t =>
      t.rows.map(
        row =>
          `INSERT INTO ${SCHEMA}.${t.name} VALUES (${row.map((cell, i) => cellSql(cell, t.columns[i]!)).join(', ')})`,
      ),
    ),
    `CREATE VIEW ${SCHEMA}.busy AS SELECT t.id, t.name, t.doc ->> 'id' AS doc_id, count(p.id) AS parts, (t.n + 0.5)::float8 AS half, t.ok, t.made, t.doc
     FROM ${SCHEMA}.things t LEFT JOIN ${SCHEMA}.parts p ON p.thing = t.id WHERE t.n IS NULL OR (t.n > -100 AND t.n < 100) GROUP BY t.id, t.name, t.doc, t.n, t.ok, t.made`,
  ].join(';\n')
}

function cellSql(cell: string, { type }: Column): string {
  if (cell === 'null') return 'NULL'
  const value = cell.startsWith('"') && type !== 'jsonb' ? (JSON.parse(cell) as string) : cell
  return `'${value.replaceAll("'", "''")}'::${type}`
}

/**
 * Answers as the API, which filters by its parameters, in pages. Changes are only reported.
 * @param onChange called with the table and the keys of a request that changes a row
 */
export function answerAs(
  tables: readonly Table[],
  onChange?: (method: string, table: string, keys: readonly string[]) => void,
): RequestListener {
  return (request, response) => {
    const url = new URL(request.url!, 'http://lab')
    const parts = url.pathname.slice(1).split('/').map(decodeURIComponent)
    const end = (status: number, body: string): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(body)
    }
    const found = tables.find(t => t.name === parts[t.keys.length])
    if (found && request.method !== 'GET') {
      const { length } = found.keys
      onChange?.(request.method!, found.name, [...parts.slice(0, length), ...parts.slice(length + 1)])
      return end(200, '{}')
    }
    if (!found) return end(404, '{"errors":[{"detail":"no such path"}]}')
    const { columns, keys } = found
    const given = keys.map((k, i) => [k, parts[i]!] as const)
    const key = parts[keys.length + 1]
    if (key !== undefined) given.push(['id', key])
    for (const filter of found.filters) {
      const value = url.searchParams.get(filter.replaceAll('.', '_'))
      if (value !== null) given.push([filter, value])
    }
    const rows = found.rows.filter(row =>
      given.every(([place, value]) => cellText(row, columns, place) === value),
    )
    const shown = rows.map(
      row =>
        `{${columns.flatMap((c, i) => (keys.includes(c.name) ? [] : [`${text(c.name)}:${row[i]!}`])).join(',')}}`,
    )
    if (key !== undefined)
      return shown.length === 1 ? end(200, shown[0]!) : end(404, '{"errors":[{"detail":"not found"}]}')
    const from = Number(url.searchParams.get('page_token') ?? 0)
    const to = from + Number(url.searchParams.get('page_size') ?? 7)
    end(200, `{"data":[${shown.slice(from, to).join(',')}]${to < shown.length ? `,"next":"${to}"` : ''}}`)
  }
}

function cellText(row: readonly string[], columns: readonly Column[], place: string): string | undefined {
  const [name, ...path] = place.split('.')
  let value = JSON.parse(row[columns.findIndex(c => c.name === name)]!) as unknown
  for (const field of path) value = (value as Record<string, unknown> | null)?.[field]
  return value === null || value === undefined ? undefined : String(value)
}
