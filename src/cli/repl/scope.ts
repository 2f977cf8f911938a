import type { Resource, Shape } from '../../catalog/types.ts'
import { isOp, isWord, lexOpen, type Token } from '../../sql/lexer.ts'
import {
  leaves,
  type Core,
  type FromNode,
  type Query,
  type SelectItem,
  type Source,
} from '../../sql/query.ts'
import { readQuery } from '../../sql/read-query.ts'
import type { Known, KnownColumn } from './session-info.ts'
import { nameFrom, type Place } from './place.ts'

/** A table in FROM: its name and columns. */
export interface ScopeTable {
  /** The alias, or the parts of the name. */
  readonly names: readonly string[]
  readonly columns: readonly KnownColumn[]
  /** Set for a provider's table. */
  readonly resource?: Resource
  /** The full name of a table or view, if it is one. */
  readonly table?: string
}

const JSON_EACH_COLUMNS: readonly KnownColumn[] = [
  'key',
  'value',
  'type',
  'atom',
  'id',
  'parent',
  'fullkey',
  'path',
].map(name => ({ name, shape: { type: 'string' } }))

/** The table of that name; the name of the default provider may be omitted. */
export function tableOf(
  parts: readonly string[],
  { catalog, sessionInfo }: Known,
):
  | { readonly columns: readonly KnownColumn[]; readonly resource?: Resource; readonly name: string }
  | undefined {
  const split = parts.length === 1 ? parts[0]!.split('.') : parts
  const full =
    split.length === 2 && sessionInfo.provider !== undefined ? [sessionInfo.provider, ...split] : split
  const resource = full.length === 3 ? catalog.resource(full[0]!, full[1]!, full[2]!) : undefined
  if (resource)
    return {
      columns: resource.columns.map(c => ({ name: c.name, shape: c })),
      resource,
      name: `${resource.provider}.${resource.service}.${resource.name}`,
    }
  const names = new Set([split.join('.').toLowerCase(), full.join('.').toLowerCase()])
  return sessionInfo.tables.find(t => names.has(t.name.toLowerCase()))
}

/** The tables whose columns are visible at a place: those of the innermost query first, then of the enclosing ones. */
export function scopeAt(place: Place, known: Known): ScopeTable[] {
  const { statement, from, typed } = place
  const at = from - statement.start
  const text = `${statement.text.slice(0, at)} q ${statement.text.slice(at + typed.length)}`
  const cursor = at + 1
  const source = { text, tokens: balanced(lexOpen(text)) }
  const found = queriesOf(source).flatMap(query => enclosing(query, cursor))
  return [
    ...found.reverse().flatMap(({ core, ctes }) => coreScope(core, ctes, known)),
    ...targetScope(source.tokens, known),
  ]
}

/** The tokens, with closing parentheses added for the open ones. */
function balanced(tokens: readonly Token[]): Token[] {
  const depth = tokens.reduce((d, t) => (isOp(t, '(') ? d + 1 : isOp(t, ')') ? Math.max(0, d - 1) : d), 0)
  const end = tokens.at(-1)?.end ?? 0
  return [
    ...tokens,
    ...Array.from({ length: depth }, () => ({ kind: 'op' as const, text: ')', value: ')', start: end, end })),
  ]
}

/** The outermost queries of a statement of any kind. */
function queriesOf(source: Source): Query[] {
  const { tokens } = source
  const found: Query[] = []
  for (let i = 0; i < tokens.length; i++) {
    if (!isWord(tokens[i], 'SELECT', 'WITH', 'VALUES')) continue
    let depth = 0
    let to = i
    while (to < tokens.length && (depth > 0 || !isOp(tokens[to], ')'))) {
      if (isOp(tokens[to], '(')) depth++
      else if (isOp(tokens[to], ')')) depth--
      to++
    }
    // conditions are not needed here
    found.push(readQuery(source, { from: i, to }, () => undefined))
    i = to
  }
  return found
}

interface Enclosing {
  readonly core: Core
  readonly ctes: ReadonlyMap<string, Query>
}

/** The query cores that contain an offset, outermost first, with the CTEs visible in each. */
function enclosing(query: Query, offset: number, outer: ReadonlyMap<string, Query> = new Map()): Enclosing[] {
  const { tokens } = query.source
  const start = tokens[query.range.from]?.start ?? 0
  const end = tokens[query.range.to]?.start ?? Infinity
  if (offset < start || offset > end) return []
  const ctes = new Map([...outer, ...query.ctes.map(c => [c.name.toLowerCase(), c.query] as const)])
  for (const cte of query.ctes) {
    const inside = enclosing(cte.query, offset, ctes)
    if (inside.length > 0 && offset <= endOf(cte.query)) return inside
  }
  const core = query.cores.findLast(c => (tokens[c.range.from]?.start ?? 0) <= offset) ?? query.cores[0]
  if (!core) return []
  const below = [
    ...query.subqueries,
    ...core.subqueries.map(s => s.query),
    ...leaves(core.from).flatMap(n => (n.kind === 'derived' ? [n.query] : [])),
  ]
  for (const inner of below) {
    const inside = offset <= endOf(inner) ? enclosing(inner, offset, ctes) : []
    if (inside.length > 0) return [{ core, ctes }, ...inside]
  }
  return [{ core, ctes }]
}

const endOf = (query: Query): number => query.source.tokens[query.range.to]?.start ?? Infinity

function coreScope(core: Core, ctes: ReadonlyMap<string, Query>, known: Known, depth = 0): ScopeTable[] {
  return leaves(core.from)
    .map(node => scopeTableOf(node, ctes, known, depth))
    .filter(i => i !== undefined)
}

function scopeTableOf(
  node: FromNode,
  ctes: ReadonlyMap<string, Query>,
  known: Known,
  depth: number,
): ScopeTable | undefined {
  if (depth > 20) return undefined
  if (node.kind === 'function')
    return {
      names: [node.alias ?? node.name],
      columns: /^json_(?:each|tree)$/i.test(node.name) ? JSON_EACH_COLUMNS : [],
    }
  if (node.kind === 'derived')
    return {
      names: node.alias === undefined ? [] : [node.alias],
      columns: outputs(node.query, ctes, known, depth + 1),
    }
  if (node.kind !== 'table') return undefined
  const cte = node.parts.length === 1 ? ctes.get(node.parts[0]!.toLowerCase()) : undefined
  const found = cte
    ? { columns: outputs(cte, without(ctes, node.parts[0]!), known, depth + 1) }
    : tableOf(node.parts, known)
  return {
    names: node.alias === undefined ? node.parts : [node.alias],
    columns: found?.columns ?? [],
    ...(found && 'name' in found && { table: found.name }),
    ...(found && 'resource' in found && found.resource && { resource: found.resource }),
  }
}

/** Without the CTE itself: a recursive reference must not recurse here. */
function without(ctes: ReadonlyMap<string, Query>, name: string): ReadonlyMap<string, Query> {
  return new Map([...ctes].filter(([n]) => n !== name.toLowerCase()))
}

/** The result columns of a query, as far as its text shows them. */
function outputs(
  query: Query,
  outer: ReadonlyMap<string, Query>,
  known: Known,
  depth: number,
): KnownColumn[] {
  const [core] = query.cores
  if (!core) return []
  const ctes = new Map([...outer, ...query.ctes.map(c => [c.name.toLowerCase(), c.query] as const)])
  const scope = coreScope(core, ctes, known, depth)
  return core.items.flatMap(item => outputOf(item, scope))
}

function outputOf(item: SelectItem, scope: readonly ScopeTable[]): KnownColumn[] {
  if (item.star) {
    const [name] = item.star.qualifier
    return scope
      .filter(s => name === undefined || s.names.at(-1)?.toLowerCase() === name.toLowerCase())
      .flatMap(s => s.columns)
  }
  const path = item.expr.kind === 'column' ? item.expr.parts : []
  const name = item.alias ?? path.at(-1)
  if (name === undefined) return []
  return [{ name, shape: (path.length > 0 ? shapeOf(path, scope) : undefined) ?? { type: 'string' } }]
}

/** The target table of UPDATE, REPLACE, DELETE or INSERT. */
function targetScope(tokens: readonly Token[], known: Known): ScopeTable[] {
  if (!isWord(tokens[0], 'UPDATE', 'REPLACE', 'DELETE', 'INSERT')) return []
  const name = nameFrom(tokens, isWord(tokens[1], 'FROM', 'INTO') ? 2 : 1)
  const found = name && tableOf(name.parts, known)
  return name && found
    ? [{ columns: found.columns, ...(found.resource && { resource: found.resource }), names: name.parts }]
    : []
}

/** The shape of a column, or of a field in an object column, by its dotted path, with or without the table's name. */
export function shapeOf(path: readonly string[], scope: readonly ScopeTable[]): Shape | undefined {
  for (const item of scope) {
    const column = (skip: number): Shape | undefined => {
      const found = item.columns.find(c => c.name.toLowerCase() === path[skip]?.toLowerCase())
      return found && fieldOf(found.shape, path.slice(skip + 1))
    }
    const skip = qualifies(item, path)
    const found = (skip > 0 ? column(skip) : undefined) ?? column(0)
    if (found) return found
  }
  return undefined
}

/** How many leading parts of a path name the table: its alias, its name, or the last parts of its name. */
export function qualifies({ names }: ScopeTable, path: readonly string[]): number {
  for (let n = Math.min(names.length, path.length); n > 0; n--) {
    const tail = names.slice(names.length - n)
    if (tail.every((name, i) => name.toLowerCase() === path[i]!.toLowerCase())) return n
  }
  return 0
}

function fieldOf(shape: Shape, path: readonly string[]): Shape | undefined {
  const [name, ...rest] = path
  if (name === undefined) return shape
  const key = Object.keys(shape.fields ?? {}).find(f => f.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : fieldOf(shape.fields![key]!, rest)
}
