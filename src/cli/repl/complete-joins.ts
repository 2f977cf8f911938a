import type { Catalog, Resource } from '../../catalog/types.ts'
import { isName, isWord, nameOf as tokenName } from '../../sql/lexer.ts'
import type { Candidate } from './candidate.ts'
import { spelled } from './catalog-candidates.ts'
import type { Place } from './place.ts'
import { scopeAt, shapeOf, type ScopeTable } from './scope.ts'
import type { Known } from './session-info.ts'
import { originsOfView } from './origins.ts'
import { viewLink, type Link, type Links } from './view-links.ts'

/** Most tables that are offered with their condition. */
const MOST_JOINS = 24

/** After `a JOIN b ON`: the conditions that join b to the tables before it. */
export function conditions(place: Place, known: Known): Candidate[] {
  if (place.clause.word !== 'ON' || !isWord(place.tokens.at(-1), 'ON')) return []
  const scope = scopeAt(place, known)
  const name = place.tokens.at(-2)
  const at = scope.findIndex(
    s => isName(name) && s.names.at(-1)?.toLowerCase() === tokenName(name).toLowerCase(),
  )
  const right = scope[at]
  if (right?.table === undefined) return []
  const found = scope
    .slice(0, at)
    .reverse()
    .flatMap(left => {
      const link = left.table === undefined ? undefined : linkOf(left, right, known)
      return link ? [conditionOf(link, nameOf(left), nameOf(right))] : []
    })
  return found.map(text => ({ text, suffix: ' ' }))
}

/** After `FROM a JOIN`: the tables that can be joined to those before, with alias and condition. */
export function joins(place: Place, known: Known): Candidate[] {
  const { tokens, qualifier, typed } = place
  if (!isWord(tokens.at(-1), 'JOIN')) return []
  const scope = scopeAt(place, known).filter(s => s.table !== undefined)
  const used = new Set(scope.flatMap(s => s.names))
  const before = qualifier.map(q => `${q}.`.toLowerCase()).join('')
  const found = scope.reverse().flatMap(left =>
    [...partnersOf(left.table!, known)].flatMap(([table, link]) => {
      if (!table.toLowerCase().startsWith(before + typed.toLowerCase()) || scope.some(s => s.table === table))
        return []
      const alias = aliasOf(table, used)
      return [`${table.slice(before.length)} ${alias} ON ${conditionOf(link, nameOf(left), alias)}`]
    }),
  )
  return found.slice(0, MOST_JOINS).map(text => ({ text, suffix: ' ' }))
}

/** The first letters of the words of a name, with a number if that is taken. */
function aliasOf(table: string, used: ReadonlySet<string>): string {
  const letters = table
    .slice(table.lastIndexOf('.') + 1)
    .split('_')
    .map(word => word.slice(0, 1))
    .join('')
  let alias = spelled(letters)
  for (let n = 2; used.has(alias); n++) alias = `${letters}${n}`
  return alias
}

const nameOf = ({ names }: ScopeTable): string => spelled(names.at(-1)!)

const conditionOf = (link: Link, left: string, right: string): string =>
  link.map(([a, b]) => `${right}.${pathText(b)} = ${left}.${pathText(a)}`).join(' AND ')

const pathText = (path: string): string =>
  path
    .split('.')
    .map((part, i) => (i === 0 ? spelled(part) : part))
    .join('.')

/** The tables and views that a table or view can be joined to. */
function partnersOf(table: string, known: Known): ReadonlyMap<string, Link> {
  const { catalog } = known
  const links = linksOf(catalog)
  const isView = originsOfView(table, catalog) !== undefined
  // views of the provider first: they cover more than those of a service
  const views = catalog
    .providers()
    .flatMap(p => p.views ?? [])
    .map(v => v.name)
    .toSorted((a, b) => a.split('.').length - b.split('.').length)
  const others = isView ? [...views, ...links.keys()] : views
  const found = new Map(links.get(table))
  for (const other of others) {
    const link = other === table || found.has(other) ? undefined : viewLink(table, other, links, catalog)
    if (link?.isClose) found.set(other, link.link)
  }
  return found
}

function linkOf(left: ScopeTable, right: ScopeTable, known: Known): Link | undefined {
  const ofViews = viewLink(left.table!, right.table!, linksOf(known.catalog), known.catalog)
  const link = linksOf(known.catalog).get(left.table!)?.get(right.table!)
  if (link) return link
  if (ofViews?.isClose) return ofViews.link
  const shared = referencesOf(known.catalog)
  const to = (from: ScopeTable, table: string): Link =>
    [...shared].flatMap(([path, targets]) => {
      const column = targets.get(table)
      return column !== undefined && shapeOf(path.split('.'), [{ ...from, names: [] }])
        ? [[path, column] as const]
        : []
    })
  const [forth] = to(left, right.table!)
  if (forth) return [forth]
  const [back] = to(right, left.table!)
  if (back) return [[back[1], back[0]]]
  const [named, naming] = [byName(left, right), byName(right, left)]
  if (named !== undefined) return [[named, 'id']]
  return naming === undefined ? ofViews?.link : [['id', naming]]
}

/** The column of a table that is named after another table with a column `id`: `cluster` for `clusters`. */
function byName({ columns }: ScopeTable, { table, columns: others }: ScopeTable): string | undefined {
  const last = table!.slice(table!.lastIndexOf('.') + 1)
  return others.some(c => c.name === 'id') ? columns.find(c => `${c.name}s` === last)?.name : undefined
}

const joinsByCatalog = new WeakMap<
  Catalog,
  { links: Links; references: ReadonlyMap<string, ReadonlyMap<string, string>> }
>()

const linksOf = (catalog: Catalog): Links => joinsOf(catalog).links
/** Paths such as `creator.id` by the tables and columns that they refer to. */
const referencesOf = (catalog: Catalog): ReadonlyMap<string, ReadonlyMap<string, string>> =>
  joinsOf(catalog).references

/** How the tables of a catalog are joined, read from the views of the providers and from the parents that give keys. */
function joinsOf(catalog: Catalog): {
  links: Links
  references: ReadonlyMap<string, ReadonlyMap<string, string>>
} {
  const done = joinsByCatalog.get(catalog)
  if (done) return done
  const links = new Map<string, Map<string, Link>>()
  const references = new Map<string, Map<string, string>>()
  const add = (a: string, b: string, link: Link): void => {
    const of = links.get(a) ?? new Map<string, Link>()
    if (!of.has(b)) links.set(a, of.set(b, link))
  }
  const addBoth = (a: string, b: string, link: Link): void => {
    add(a, b, link)
    add(
      b,
      a,
      link.map(([x, y]) => [y, x] as const),
    )
    const [[x, y] = ['', '']] = link
    if (link.length > 1) return
    for (const [from, to, table] of [
      [x, y, b],
      [y, x, a],
    ] as const)
      if (from.endsWith('.id') && !to.includes('.'))
        references.set(from, (references.get(from) ?? new Map<string, string>()).set(table, to))
  }
  for (const provider of catalog.providers()) {
    for (const view of provider.views ?? [])
      for (const { a, b, link } of joinsIn(view.sql)) addBoth(a, b, link)
    // a provider whose services are compiled at their first use may have hundreds
    for (const service of catalog.isWhole(provider.name) ? provider.services : [])
      for (const resource of catalog.service(provider.name, service.name)?.values() ?? [])
        for (const { a, b, link } of parentsOf(resource)) addBoth(a, b, link)
  }
  const result = { links, references }
  joinsByCatalog.set(catalog, result)
  return result
}

type Joined = { readonly a: string; readonly b: string; readonly link: Link }

/** A table with its alias, or an equality of two columns with aliases. */
const PARTS = /\b(?:FROM|JOIN)\s+([\w.]+)\s+(?!ON\b)(\w+)|\b(\w+)\.([\w.]+)\s*=\s*(\w+)\.([\w.]+)/g

/** The equalities that join the tables of a view, as far as PARTS matches them. */
function joinsIn(sql: string): Joined[] {
  const tables = new Map<string, string>()
  const found = new Map<string, { a: string; b: string; link: (readonly [string, string])[] }>()
  for (const [, table, alias, one = '', onePath = '', other = '', otherPath = ''] of sql.matchAll(PARTS)) {
    if (table !== undefined) tables.set(alias!, table)
    const [a, b] = [tables.get(one), tables.get(other)]
    if (a === undefined || b === undefined || a === b) continue
    const key = `${one} ${other}`
    const joined = found.get(key) ?? { a, b, link: [] }
    joined.link.push([onePath, otherPath])
    found.set(key, joined)
  }
  return [...found.values()]
}

function parentsOf({ provider, service, name, parents }: Resource): Joined[] {
  return (parents ?? []).flatMap(parent =>
    'keys' in parent
      ? [{ a: `${provider}.${service}.${name}`, b: parent.table, link: Object.entries(parent.keys) }]
      : [],
  )
}
