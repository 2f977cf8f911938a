import { columnsOf, type ScopeColumn } from './scope.ts'
import { DOMAINS, TABLES, type Domain, type Fields } from './schema.ts'

/** A view or session table: its definition, its name in both dialects, and its columns. */
export interface NamedRelation {
  readonly name: string
  readonly sqliteName: string
  /** The statements that create it, in our dialect; undefined for a view of the provider. `{a.b}` is a path into an object column. */
  readonly create?: string
  /** The query of a provider view. */
  readonly query?: string
  readonly cols: readonly ScopeColumn[]
  /** Alternative sets of columns; a statement must bind one set. */
  readonly keySets: readonly (readonly string[])[]
}

const cols = (
  of: Readonly<Record<string, Domain | Fields>>,
  more: Partial<ScopeColumn> = {},
): ScopeColumn[] =>
  Object.entries(of).flatMap(([name, f]) => [
    { name, path: [], of: f, ...more },
    ...nestedColumns(name, [], f),
  ])

function nestedColumns(name: string, path: readonly string[], of: Domain | Fields): ScopeColumn[] {
  if (typeof of === 'string') return []
  return Object.entries(of).flatMap(([field, f]) => [
    { name, path: [...path, field], of: f },
    ...nestedColumns(name, [...path, field], f),
  ])
}

/** A snapshot does not store the types of object fields, so paths have only one step. */
const flat = (of: Domain | Fields): Domain | Fields =>
  typeof of === 'string'
    ? of
    : Object.fromEntries(Object.entries(of).filter(([, f]) => typeof f === 'string'))

const OWNER: Fields = { id: 'user', name: 'word' }
const ORGS = DOMAINS.org.map(o => `'${String(o)}'`).join(', ')
const orgs = TABLES.find(t => t.resource.name === 'orgs')!

export const NAMED_RELATIONS: readonly NamedRelation[] = [
  {
    name: 'fz.main.open_tasks',
    sqliteName: 'open_tasks',
    keySets: [['org', 'project']],
    query:
      'SELECT t.org, t.project AS project, code AS name, assignee AS user, t.points n FROM fz.main.tasks t WHERE t.done = 1 OR points > 0',
    cols: cols({ org: 'org', project: 'project', name: 'word', user: 'user', n: 'num' }),
  },
  {
    name: 'fz.main.owned',
    sqliteName: 'owned',
    keySets: [],
    query:
      'SELECT o.id AS org, o.owner AS owner, {o.spec.cloud} AS kind, r.name AS region_name, o.region FROM fz.main.orgs o LEFT JOIN fz.geo.regions r ON r.id = o.region',
    cols: cols({ org: 'org', owner: OWNER, kind: 'kind', region_name: 'word', region: 'region' }).map(c =>
      c.name === 'owner' && c.path.length === 0 ? { ...c, implied: ['id'] } : c,
    ),
  },
  {
    name: 'people',
    sqliteName: 'people',
    keySets: [['org']],
    create:
      "CREATE TEMP VIEW people AS SELECT {lead.id} AS user, org, id AS project, 'lead' AS role FROM fz.main.projects UNION ALL SELECT user, org, NULL, role FROM fz.main.members",
    cols: cols({ user: 'user', org: 'org', project: 'project', role: 'kind' }),
  },
  {
    name: 'labelled',
    sqliteName: 'labelled',
    keySets: [],
    create: 'CREATE VIEW labelled AS SELECT name COLLATE NOCASE AS name, value AS kind, n FROM fz.geo.labels',
    cols: [...cols({ name: 'word' }, { nocase: true }), ...cols({ kind: 'kind', n: 'num' })],
  },
  {
    name: 'busy',
    sqliteName: 'busy',
    keySets: [],
    create:
      'CREATE VIEW busy AS WITH e AS (SELECT * FROM fz.log.events WHERE level >= 0) SELECT source AS user, count(*) AS n, max(topic) AS kind FROM e GROUP BY 1',
    cols: cols({ user: 'user', n: 'num', kind: 'kind' }),
  },
  {
    name: 'Snap',
    sqliteName: 'snap',
    keySets: [],
    create: 'CREATE TABLE snap AS SELECT * FROM fz.main.orgs',
    cols: columnsOf(orgs)
      .filter(c => c.path.length < 2 && (c.path.length === 0 || typeof c.of === 'string'))
      .map(({ name, path, of }) => ({ name, path, of: flat(of) })),
  },
  {
    name: 'pairs',
    sqliteName: 'pairs',
    keySets: [],
    create: `CREATE TEMP TABLE pairs AS SELECT org, id AS project, n, state AS kind FROM fz.main.projects WHERE org IN (${ORGS})`,
    cols: cols({ org: 'org', project: 'project', n: 'num', kind: 'kind' }),
  },
  {
    name: 'given',
    sqliteName: 'given',
    keySets: [],
    create:
      "CREATE TABLE given (org TEXT, shard INTEGER, user); INSERT INTO given VALUES ('o1', 1, 'u1'), (NULL, 2, NULL), ('O1', 9, 'U1'); INSERT INTO given (user, org) SELECT {owner.id}, id FROM fz.main.orgs WHERE tier > 0",
    cols: cols({ org: 'org', shard: 'shard', user: 'user' }),
  },
  {
    name: 'words',
    sqliteName: 'words',
    keySets: [],
    create:
      "CREATE TABLE words (word TEXT COLLATE NOCASE, kind TEXT COLLATE NOCASE); INSERT INTO words VALUES ('X', 'a'), ('x', 'AB'), (NULL, 'A')",
    cols: cols({ word: 'word', kind: 'kind' }, { nocase: true }),
  },
  {
    name: 'fz.geo.region_ids',
    sqliteName: 'region_ids',
    keySets: [],
    query: "SELECT id FROM fz.geo.regions WHERE id <> 'r2'",
    cols: cols({ id: 'region' }),
  },
  {
    name: 'chosen',
    sqliteName: 'chosen',
    keySets: [],
    create: "CREATE TABLE chosen (user TEXT); INSERT INTO chosen VALUES ('u1'), ('x%25'), ('1')",
    cols: cols({ user: 'user' }),
  },
  {
    name: 'leads',
    sqliteName: 'leads',
    keySets: [],
    create: `CREATE VIEW leads AS SELECT {lead.id} AS user FROM fz.main.projects WHERE org IN (${ORGS}) AND {lead.id} IS NOT NULL`,
    cols: cols({ user: 'user' }),
  },
  {
    name: 'given_orgs',
    sqliteName: 'given_orgs',
    keySets: [],
    create: "CREATE VIEW given_orgs AS SELECT org FROM given WHERE org <> 'O1'",
    cols: cols({ org: 'org' }),
  },
]

/** The text in our dialect: `{a.b}` becomes `a.b`. */
export function confluentqlText(text: string): string {
  return text.replace(/\{([\w.]+)\}/g, '$1')
}

/** The text in SQLite's dialect: `{a.b}` becomes a JSON path, and tables lose their qualifiers. */
export function sqliteText(text: string): string {
  const path = (chain: string): string => {
    const parts = chain.split('.')
    const at = parts[0]!.length === 1 ? 2 : 1
    return `(${parts.slice(0, at).join('.')} ->> '$.${parts.slice(at).join('.')}')`
  }
  return text.replace(/\{([\w.]+)\}/g, (_, chain: string) => path(chain)).replace(/\bfz\.\w+\.(\w+)/g, '$1')
}
