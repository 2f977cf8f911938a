import type { Catalog } from '../../catalog/types.ts'
import { ancestorsOf, isKey, originsOfView, resourceNamed, type Origin, type Origins } from './origins.ts'

/** Pairs of dotted paths that are equal. */
export type Link = readonly (readonly [string, string])[]

/** Links between tables and views by their full names, in both directions. */
export type Links = ReadonlyMap<string, ReadonlyMap<string, Link>>

/** Two columns that are equal in joined rows, and the column that identifies what they are about. */
interface Pair {
  readonly columns: readonly [string, string]
  readonly key: Origin
  /** They are assumed to be equal because of their name, by which the catalog joins one of the relations. */
  readonly isJoined?: boolean
}

/** How two relations are joined. `isClose`: one has the key of the other's rows, or both have several columns in common. */
export interface ViewLink {
  readonly link: Link
  readonly isClose: boolean
}

/** Names of columns that say nothing of what they are about. */
const GENERAL: ReadonlySet<string> = new Set(['id', 'name', 'kind', 'type', 'state', 'status'])

/**
 * How two relations, of which one is a view, are joined: by columns that are the same key of a table, that are joined where the catalog
 * joins their tables, or that have the name of a key where one is computed. `links`: between the tables.
 */
export function viewLink(a: string, b: string, links: Links, catalog: Catalog): ViewLink | undefined {
  if (!originsOfView(a, catalog) && !originsOfView(b, catalog)) return undefined
  const [left, right] = [columnsOf(a, links, catalog), columnsOf(b, links, catalog)]
  const pairs: Pair[] = []
  const isTaken = (ca: string, cb: string): boolean =>
    pairs.some(({ columns: [x, y] }) => x === ca || y === cb)
  const add = (ca: string, cb: string, key: Origin, isJoined = false): void => {
    if (!isTaken(ca, cb)) pairs.push({ columns: [ca, cb], key, isJoined })
  }
  for (const [ca, oa] of left)
    for (const [cb, ob] of right) {
      const key = oa && ob && keyOf(oa, ob, links, catalog)
      if (key) add(ca, cb, key)
    }
  for (const [column, oa] of left) {
    if (GENERAL.has(column) || !right.has(column)) continue
    const ob = right.get(column)
    if (oa && ob) continue
    const origin = oa ?? ob
    const isNamed = origin ? isKey(origin, catalog) : false
    const isJoined = isJoinedBy(a, column, links) || isJoinedBy(b, column, links)
    if (isNamed || isJoined) add(column, column, origin ?? { table: a, path: column }, isJoined)
  }
  const found = withoutAncestors(pairs, catalog)
  const link = found.map(({ columns }) => columns)
  const isClose =
    found.length > 1 || found.some(({ columns, isJoined }) => columns.includes('id') || isJoined === true)
  return link.length === 0 ? undefined : { link, isClose }
}

/** The columns of a view, or the keys and joined columns of a table, with their origins. */
function columnsOf(name: string, links: Links, catalog: Catalog): Origins {
  const ofView = originsOfView(name, catalog)
  if (ofView) return ofView
  const joined = [...(links.get(name)?.values() ?? [])].flatMap(link => link.map(([path]) => path))
  const names = resourceNamed(name, catalog)?.columns.map(c => c.name) ?? []
  const keys = names.filter(path => isKey({ table: name, path }, catalog))
  return new Map([...new Set([...keys, ...joined])].map(path => [path, { table: name, path }]))
}

/** The key that two columns are, if they are the same or the catalog joins them. */
function keyOf(a: Origin, b: Origin, links: Links, catalog: Catalog): Origin | undefined {
  if (a.table === b.table && a.path === b.path) return isKey(a, catalog) ? a : undefined
  const link = links.get(a.table)?.get(b.table)
  if (link?.length !== 1 || link[0]![0] !== a.path || link[0]![1] !== b.path) return undefined
  return isKey(b, catalog) ? b : a
}

/** Whether the catalog joins a relation to another by a column of the same name in both. */
const isJoinedBy = (name: string, column: string, links: Links): boolean =>
  [...(links.get(name)?.values() ?? [])].some(
    link => link.length === 1 && link[0]![0] === column && link[0]![1] === column,
  )

/** Without the pairs that follow from others: an id determines the parents of its object. */
function withoutAncestors(pairs: readonly Pair[], catalog: Catalog): Pair[] {
  const implied = new Set(
    pairs.flatMap(({ key }) => (key.path === 'id' ? [...ancestorsOf(key.table, catalog)] : [])),
  )
  return pairs.filter(({ key }) => !implied.has(key.table))
}
