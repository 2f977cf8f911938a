import type { Method, Param } from '../../src/catalog/types.ts'
import { fewCalls } from '../../src/engine/calls/list-or-keys.ts'
import type { Statement } from './queries.ts'
import type { Random } from './random.ts'
import { pagesOf, select } from './server.ts'
import { fixed, list, quoted, predicate, value, type ColumnNode, type Node } from './tree.ts'
import { DOMAINS, isRanged, TABLES, type Dataset, type Domain, type Fields, type Table } from './schema.ts'

/** A statement over one table with constant conditions, and the values that they allow for each key. */
export interface Lookup {
  readonly statement: Statement
  readonly table: Table
  readonly values: ReadonlyMap<string, readonly string[]>
  /** It has a condition that cannot be pushed down. */
  readonly isPartial: boolean
}

/** Generates a statement whose minimum number of requests is known. */
export function makeLookup(r: Random): Lookup {
  const table = r.pick(TABLES.filter(t => !isRanged(t)))
  const { methods } = table.resource
  const chosen = r.pick(methods)
  const params = new Map(methods.flatMap(m => m.params).map(p => [p.column!, p]))
  const wanted = [...params].filter(([key, p]) =>
    chosen.params.some(c => c.column === key) ? p.required || r.chance(0.6) : r.chance(0.2),
  )
  const values = new Map<string, readonly string[]>()
  const conditions = wanted.map(([key, p]) => {
    const { node, given } = condition(r, table, p, key)
    values.set(key, given)
    return node
  })
  const other = r.chance(0.3)
    ? Object.entries(table.fields).find(([name, of]) => typeof of === 'string' && !params.has(name))
    : undefined
  if (other)
    conditions.push(predicate(column(other[0], []), r.pick([' IS NOT NULL', " <> 'a'", " LIKE '%'"])))
  const isWhole = r.chance(0.5)
  const unorderedLimit =
    isWhole && r.chance(0.5) ? { unorderedLimit: { limit: r.int(0, 7), offset: r.chance(0.2) ? 1 : 0 } } : {}
  const tree = fixed(
    isWhole ? 'SELECT *' : r.pick(['SELECT count(*)', 'SELECT DISTINCT 1']),
    ' FROM ',
    { kind: 'table', table, alias: undefined, id: 1 },
    list(r.sample(conditions, conditions.length), ' AND ', 0, ' WHERE '),
  )
  return {
    statement: {
      tree,
      ...unorderedLimit,
      answerable: methods.some(m => isEligible(m, values)),
      features: [],
    },
    table,
    values,
    isPartial: other !== undefined,
  }
}

function column(name: string, path: readonly string[], implied: readonly string[] = []): ColumnNode {
  return { kind: 'column', qualifier: undefined, name, path, ...(implied.length > 0 && { implied }) }
}

function condition(
  r: Random,
  table: Table,
  param: Param,
  key: string,
): { node: Node; given: readonly string[] } {
  const path = key.split('.')
  const domain = path.reduce<Domain | Fields>(
    (of, name) => (typeof of === 'string' ? of : of[name]!),
    table.fields,
  ) as Domain
  const given = r
    .sample(
      DOMAINS[domain],
      r.weighted([
        [5, 1],
        [2, 2],
        [2, 4],
        [1, 20],
      ]),
    )
    .map(String)
  if (key === table.view)
    return { node: { kind: 'view', id: 1, column: column(key, []), values: given }, given }
  const stated = param.name.split('.')
  const node = (): ColumnNode =>
    param.name !== key && r.chance(0.5)
      ? column(stated[0]!, stated.slice(1), path.slice(stated.length))
      : column(path[0]!, path.slice(1))
  const text = (v: string): string => ({ true: '1', false: '0' })[v] ?? v
  const literal = (v: string): Node =>
    value(typeof DOMAINS[domain][0] === 'string' || r.chance(0.2) ? quoted(text(v)) : text(v))
  const all = given.map(literal)
  if (all.length === 1)
    return {
      node: r.chance(0.7) ? predicate(node(), ' = ', all[0]!) : predicate(all[0]!, ' = ', node()),
      given,
    }
  if (r.chance(0.3))
    return {
      node: fixed(
        '(',
        list(
          all.map(v => predicate(node(), ' = ', v)),
          ' OR ',
        ),
        ')',
      ),
      given,
    }
  return {
    node: predicate(
      node(),
      ' IN (',
      list([...all, ...(r.chance(0.2) ? [all[0]!, value('NULL')] : [])], ', '),
      ')',
    ),
    given,
  }
}

const isEligible = (m: Method, values: Lookup['values']): boolean =>
  m.params.every(p => !p.required || values.has(p.column!))

/** Describes requests beyond the minimum, which is computed from the methods and the data; undefined if there are none. */
export function excess(
  { statement, table, values, isPartial }: Lookup,
  requests: readonly string[],
  data: Dataset,
  concurrency: number,
): string | undefined {
  const limit = statement.unorderedLimit && statement.unorderedLimit.limit + statement.unorderedLimit.offset
  if (statement.unorderedLimit?.limit === 0)
    return requests.length > 0 ? `LIMIT 0 sends ${requests.join(' ')}` : undefined
  const eligible = table.resource.methods.filter(m => isEligible(m, values))
  const bound = (m: Method): readonly Param[] => m.params.filter(p => values.has(p.column!))
  const product = (params: readonly Param[]): number =>
    params.reduce((n, p) => n * (p.repeat ? 1 : values.get(p.column!)!.length), 1)
  const calls = requests.filter(url => !/[?&](?:page_token=|offset=[^0])/.test(url)).length
  const most = Math.max(...eligible.map(m => bound(m).length))
  const best = eligible.filter(m => bound(m).length === most)
  // a list takes the view as well, which no row has
  const isNeeded = (p: Param): boolean => p.required || (p.column === table.view && values.has(table.view!))
  const least = Math.min(...eligible.map(m => product(m.params.filter(isNeeded))))
  const byKeys = Math.max(least, ...best.map(m => product(bound(m))))
  // many may be left for a list, and the list for them
  const allowed = byKeys <= fewCalls(concurrency) ? byKeys : byKeys + least
  if (calls > allowed) return `${calls} calls, minimum ${allowed}: ${requests.join(' ')}`
  if ([...values.values()].some(v => v.length > 1)) return undefined
  const pages = Math.max(
    ...best.map(m => {
      const given = new Map(bound(m).map(p => [p.name, values.get(p.column!)!]))
      const all = pagesOf(m, select(table, m, data.get(table)!, given).length)
      const isExact =
        !isPartial
        && values.size === bound(m).length
        && bound(m).every(p => p.in === 'path' || p.filter === 'exact')
      // one more, because a listing may begin with an empty page
      return limit === undefined || !isExact
        ? all
        : Math.min(all, Math.ceil(limit / (m.paging?.max ?? Infinity)) + 1)
    }),
  )
  return requests.length > pages
    ? `${requests.length} requests, minimum ${pages}: ${requests.join(' ')}`
    : undefined
}
