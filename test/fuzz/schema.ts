import type {
  Catalog,
  Column,
  Method,
  Paging,
  Param,
  Parent,
  Provider,
  Resource,
  RowsAt,
  Shape,
} from '../../src/catalog/types.ts'
import type { Random } from './random.ts'

/** The domain of a column's values. Columns of the same domain can be joined. */
export type Domain =
  | 'org'
  | 'project'
  | 'user'
  | 'region'
  | 'kind'
  | 'word'
  | 'num'
  | 'bool'
  | 'time'
  | 'day'
  | 'shard'
  | 'event'

/** A few values per domain that are easily confused or mishandled: mixed case, blanks, quotes, numbers as text, characters that URLs escape. */
export const DOMAINS: Readonly<Record<Domain, readonly (string | number | boolean)[]>> = {
  org: ['o1', 'O1', 'ö/3', '1', '01'],
  project: ['p1', 'P1', 'p 2'],
  user: ['u1', 'U1', 'u2', 'x%25', '1'],
  region: ['r1', 'R1', 'r2'],
  kind: ['a', 'A', 'ab', 'B '],
  word: ['', 'x', 'X', "it's", '100%', 'NULL', '1', '日本"'],
  num: [0, 1, 2, -1, 10],
  bool: [true, false],
  // none is midnight: SQLite takes its text for greater than that of its day
  time: ['2024-01-01T00:00:30Z', '2024-06-01T12:00:00Z', '2025-01-01T00:30:00Z'],
  day: ['2024-01-31', '2024-02-01', '2024-02-29', '2024-03-15', '2024-04-30', '2024-06-01'],
  shard: [1, 2, 3],
  event: [
    'e1',
    'e2',
    'e3',
    'E3',
    'e4',
    'e5',
    'e6',
    'e7',
    'e8',
    'e9',
    'e10',
    'e11',
    'e12',
    'e13',
    'e14',
    'e15',
    'e16',
    'e17',
    'e18',
    'e19',
    'e20',
  ],
}

/** How the server actually evaluates a filter. The provider description may promise more. */
export type Behaviour = 'exact' | 'ignored' | 'any case' | 'prefix' | 'view'

export type Fields = { readonly [name: string]: Domain | Fields }
export type Json = null | string | number | boolean | { readonly [name: string]: Json }
export type Data = Readonly<Record<string, Json>>

/** A table of the test provider: its catalog entry, and properties that only the server and the reference use. */
export interface Table {
  readonly resource: Resource
  readonly fields: Fields
  /** A unique key of the table; never NULL. */
  readonly unique: readonly string[]
  /** Columns without NULL. */
  readonly filled: readonly string[]
  readonly size: readonly [number, number]
  /** An input column whose parameter decides which rows the server returns. */
  readonly view?: string
}

export const behaviours = new Map<Param, Behaviour>()

const KINDS: Readonly<Record<string, Column['type']>> = {
  num: 'integer',
  shard: 'integer',
  bool: 'boolean',
  time: 'timestamp',
}

function shapeOf(of: Domain | Fields): Shape {
  if (typeof of === 'string') return { type: KINDS[of] ?? 'string' }
  return {
    type: 'object',
    fields: Object.fromEntries(Object.entries(of).map(([name, f]) => [name, shapeOf(f)])),
  }
}

type ParamGiven = Partial<Param> & { readonly behaviour?: Behaviour }

function param(name: string, given: ParamGiven = {}): Param {
  const { behaviour = 'exact', ...rest } = given
  const created: Param = {
    name,
    in: 'query',
    type: 'string',
    required: false,
    column: name,
    filter: behaviour === 'exact' || behaviour === 'view' ? 'exact' : 'inexact',
    ...rest,
  }
  behaviours.set(created, behaviour)
  return created
}

const key = (name: string, given: ParamGiven = {}): Param =>
  param(name, { in: 'path', required: true, ...given })

const paged = (max: number): Paging => ({
  kind: 'token',
  param: 'page_token',
  next: '$.metadata.next',
  size: 'page_size',
  max,
})
const LIST: RowsAt = { at: '$.data', kind: 'array' }

function method(name: string, path: string, params: readonly Param[], more: Partial<Method> = {}): Method {
  return { name, verb: 'select', http: 'GET', path, params, rows: LIST, host: 'main', ...more }
}

const get = (name: string, path: string, params: readonly Param[]): Method =>
  method(name, path, params, { rows: { at: '$', kind: 'one' }, single: true })

/** The two parameters that bound a range. */
const bounds = (): readonly Param[] =>
  (['from', 'before'] as const).map(range => ({
    name: range,
    in: 'query',
    type: 'string',
    required: true,
    range,
  }))

/** Whether a method of the table requires a range. */
export const isRanged = (t: Table): boolean => t.resource.methods.some(m => m.range !== undefined)

interface Given extends Partial<Omit<Table, 'resource' | 'fields'>> {
  readonly inputs?: readonly string[]
  readonly at?: Readonly<Record<string, string>>
  readonly parents?: readonly Parent[]
}

function table(
  service: string,
  name: string,
  fields: Fields,
  methods: readonly Method[],
  given: Given = {},
): Table {
  const { inputs = [], at = {}, unique = [], filled = [], size = [3, 12], parents = [], ...rest } = given
  const columns = Object.entries(fields).map(([column, of]): Column => ({
    name: column,
    ...shapeOf(of),
    ...(inputs.includes(column) && { isInput: true }),
    ...(at[column] !== undefined && { at: at[column] }),
  }))
  const resource: Resource = { provider: 'fz', service, name, summary: name, columns, parents, methods }
  return { resource, fields, unique, filled: [...filled, ...unique], size, ...rest }
}

const OWNER: Fields = { id: 'user', name: 'word' }

export const TABLES: readonly Table[] = [
  table(
    'geo',
    'regions',
    { id: 'region', name: 'word', size: 'num', active: 'bool', created: 'time' },
    [
      get('get_region', '/regions/{id}', [key('id')]),
      method('list_regions', '/regions', [], { paging: paged(3) }),
    ],
    { unique: ['id'], size: [2, 3], at: { created: '$.metadata.created_at' } },
  ),

  table(
    'main',
    'orgs',
    {
      id: 'org',
      name: 'word',
      kind: 'kind',
      region: 'region',
      tier: 'num',
      active: 'bool',
      owner: OWNER,
      spec: { cloud: 'kind', size: 'num', owner: { id: 'user' } },
    },
    [
      get('get_org', '/orgs/{id}', [key('id')]),
      method(
        'list_orgs',
        '/orgs',
        [
          param('kind'),
          param('tier', { type: 'integer' }),
          param('active', { type: 'boolean' }),
          param('name', { behaviour: 'ignored' }),
          param('owner', { column: 'owner.id' }),
          param('spec.cloud', { behaviour: 'any case' }),
          param('spec.size', { type: 'integer' }),
        ],
        { paging: paged(4) },
      ),
    ],
    { unique: ['id'], size: [3, 5] },
  ),

  table(
    'main',
    'projects',
    { org: 'org', id: 'project', title: 'word', state: 'kind', n: 'num', lead: OWNER },
    [
      get('get_project', '/orgs/{org}/projects/{id}', [key('org'), key('id')]),
      method('list_projects', '/orgs/{org}/projects', [key('org'), param('state', { behaviour: 'prefix' })], {
        paging: paged(3),
      }),
    ],
    {
      inputs: ['org'],
      unique: ['org', 'id'],
      size: [6, 14],
      parents: [{ table: 'fz.main.orgs', keys: { org: 'id' } }],
    },
  ),

  table(
    'main',
    'tasks',
    {
      org: 'org',
      project: 'project',
      code: 'word',
      status: 'kind',
      points: 'num',
      assignee: 'user',
      done: 'bool',
    },
    [
      method(
        'list_tasks',
        '/orgs/{org}/projects/{project}/tasks',
        [
          key('org'),
          key('project'),
          param('status', { behaviour: 'any case' }),
          param('assignee', { repeat: true }),
        ],
        { paging: paged(7) },
      ),
    ],
    {
      inputs: ['org'],
      filled: ['org', 'project'],
      size: [16, 50],
      parents: [{ table: 'fz.main.projects', keys: { org: 'org', project: 'id' } }],
    },
  ),

  table(
    'main',
    'keys',
    {
      region: 'region',
      id: 'word',
      owner: OWNER,
      spec: { cloud: 'kind', owner: { id: 'user' } },
      rank: 'num',
      expires: 'time',
    },
    [
      method(
        'list_keys',
        '/keys',
        [
          param('region', { required: true }),
          param('owner', { column: 'owner.id', repeat: true }),
          param('spec.owner', { column: 'spec.owner.id', behaviour: 'ignored' }),
          param('rank', { type: 'integer' }),
        ],
        { paging: paged(5) },
      ),
    ],
    {
      filled: ['region'],
      size: [8, 20],
      parents: [{ key: 'region', values: DOMAINS.region as readonly string[] }],
    },
  ),

  table(
    'log',
    'events',
    {
      id: 'event',
      topic: 'kind',
      source: 'user',
      level: 'num',
      at: 'time',
      payload: { user: 'user', n: 'num' },
    },
    [
      get('get_event', '/events/{id}', [key('id')]),
      method('list_topic_events', '/topics/{topic}/events', [key('topic')], { paging: paged(4) }),
      method('list_source_events', '/sources/{source}/levels/{level}/events', [
        key('source'),
        key('level', { type: 'integer' }),
      ]),
      method(
        'list_events',
        '/events',
        [param('level', { type: 'integer' }), param('source', { behaviour: 'ignored' })],
        { paging: paged(2) },
      ),
    ],
    { unique: ['id'], size: [0, 18] },
  ),

  table(
    'main',
    'members',
    { org: 'org', user: 'user', role: 'kind', since: 'time' },
    [
      method(
        'list_org_members',
        '/orgs/{org}/members',
        [key('org'), param('role', { behaviour: 'any case' })],
        { paging: { kind: 'offset', offset: 'offset', limit: 'limit', max: 3 } },
      ),
      method('list_user_members', '/users/{user}/members', [key('user')]),
    ],
    { size: [6, 16], filled: ['org', 'user'], parents: [{ table: 'fz.main.orgs', keys: { org: 'id' } }] },
  ),

  table(
    'log',
    'notes',
    { id: 'num', body: 'word', author: 'user', view: 'kind' },
    [
      method('list_notes', '/notes', [param('view', { behaviour: 'view' }), param('author')], {
        paging: paged(2),
      }),
    ],
    { inputs: ['view'], size: [2, 9], view: 'view' },
  ),

  table(
    'log',
    'shards',
    { shard: 'shard', name: 'word', size: 'num', region: 'region' },
    [
      method('list_shards', '/shards/{shard}/parts', [key('shard', { type: 'integer' })], {
        paging: paged(7),
      }),
    ],
    {
      inputs: ['shard'],
      filled: ['shard'],
      size: [4, 12],
      parents: [{ key: 'shard', values: DOMAINS.shard.map(String) }],
    },
  ),

  table(
    'log',
    'readings',
    { day: 'day', source: 'user', level: 'num' },
    [
      method('list_readings', '/readings', [...bounds(), param('source')], {
        paging: paged(3),
        range: {
          column: 'day',
          unit: 'day',
          from: 'from',
          before: 'before',
          longest: 'P1M',
          open: 'tomorrow',
        },
      }),
    ],
    { filled: ['day'], size: [6, 20] },
  ),

  table(
    'log',
    'samples',
    { region: 'region', at: 'time', kind: 'kind', n: 'num' },
    [
      method('list_samples', '/regions/{region}/samples', [key('region'), ...bounds()], {
        range: { column: 'at', unit: 'second', from: 'from', before: 'before', longest: 'P90D', open: 'now' },
      }),
    ],
    { inputs: ['region'], filled: ['region', 'at'], size: [6, 14] },
  ),

  table(
    'geo',
    'labels',
    { name: 'word', value: 'kind', n: 'num' },
    [method('list_labels', '/labels', [], { rows: { at: '$.labels', kind: 'map' } })],
    { unique: ['name'], size: [0, 5], at: { name: '#key' } },
  ),

  table(
    'geo',
    'voids',
    { id: 'org', kind: 'kind', n: 'num' },
    [method('list_voids', '/voids', [param('kind')], { paging: paged(7) })],
    { size: [0, 0] },
  ),
]

/** The catalog of the test provider, with one host at `url`. */
export function catalogAt(url: string, views: Provider['views'] = []): Catalog {
  const services = [...new Set(TABLES.map(t => t.resource.service))]
  const provider: Provider = {
    name: 'fz',
    title: 'Fuzz',
    version: '1',
    services: services.map(name => ({ name, title: name })),
    views,
    hosts: { main: { name: 'main', url, auth: { kind: 'none' } } },
  }
  const byService = new Map(
    services.map(s => [
      s,
      new Map(TABLES.filter(t => t.resource.service === s).map(t => [t.resource.name, t.resource])),
    ]),
  )
  const find = (p: string, s: string) =>
    p.toLowerCase() === 'fz' ? byService.get(s.toLowerCase()) : undefined
  return {
    providers: () => [provider],
    provider: name => (name.toLowerCase() === 'fz' ? provider : undefined),
    names: () => new Map([...byService].map(([name, found]) => [name, [...found.keys()]])),
    isWhole: () => true,
    service: find,
    resource: (p, s, r) => find(p, s)?.get(r.toLowerCase()),
  }
}

/** All rows of every table, with the values of input columns. */
export type Dataset = ReadonlyMap<Table, readonly Data[]>

export function makeData(random: Random): Dataset {
  const all = new Map<Table, readonly Data[]>()
  for (const [own, rows] of makeOrphans(random)) {
    const kept = rows.filter(row => hasParents(own, row, all))
    all.set(own, kept)
  }
  return all
}

/** Data in which some rows have no parent row, so that only statements that bind their keys return them. */
export function makeOrphans(random: Random): Dataset {
  return new Map(TABLES.map(t => [t, makeRows(t, random)]))
}

/** Whether the parent rows of a row exist. Parent tables come before their children. */
function hasParents({ resource }: Table, row: Data, all: Dataset): boolean {
  return (resource.parents ?? []).every(parent => {
    if ('key' in parent) return true
    const [, rows] = [...all].find(([t]) => parent.table.endsWith(`.${t.resource.name}`))!
    return rows.some(r => Object.entries(parent.keys).every(([own, column]) => r[column] === row[own]))
  })
}

function makeRows(t: Table, random: Random): Data[] {
  const rows: Data[] = []
  const seen = new Set<string>()
  const count = random.int(...t.size)
  // two equal pages would be an error, because the listing repeats itself
  const isDistinct = t.resource.methods.some(m => m.paging?.kind === 'offset')
  for (let tries = 0; rows.length < count && tries < 200; tries++) {
    const row = Object.fromEntries(
      Object.entries(t.fields).map(([name, of]) => [
        name,
        t.view === name ? null : makeValue(of, random, t.filled.includes(name)),
      ]),
    )
    const id = JSON.stringify(isDistinct ? row : t.unique.map(u => row[u]))
    if ((isDistinct || t.unique.length > 0) && seen.has(id)) continue
    seen.add(id)
    rows.push(row)
  }
  return rows
}

function makeValue(of: Domain | Fields, random: Random, filled: boolean): Json {
  if (!filled && random.chance(0.2)) return null
  if (typeof of === 'string') return random.pick(DOMAINS[of])
  const fields = Object.entries(of)
    .filter(() => random.chance(0.9))
    .map(([name, f]) => [name, makeValue(f, random, false)] as const)
  return Object.fromEntries(fields)
}

/** The rows that the server returns for a value of the parameter `view`. */
export function rowsOfView(rows: readonly Data[], view: string | undefined): readonly Data[] {
  return view === undefined ? rows : rows.filter((_, i) => (i + view.length) % 3 !== 0)
}
