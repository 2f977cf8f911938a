import { closest } from '../catalog/names.ts'
import type { Method, Shape } from '../catalog/types.ts'
import { ConfluentqlError, type Span } from '../errors.ts'
import { isOp } from '../sql/lexer.ts'
import { leaves, type FromNode, type JoinNode, type Range } from '../sql/query.ts'
import { keyOf, type BoundCore, type ColumnPath, type Item } from './bound.ts'
import { eachChain, isEquated } from './chains.ts'

interface Found {
  readonly item: Item
  /** As the item names it. */
  readonly column: string
  readonly shape: Shape
  /** Names after the column. */
  readonly rest: readonly string[]
  /** How many names stood before the column. */
  readonly qualifier: number
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/**
 * Finds the column that a chain of names begins with: innermost scope first, an alias before a column of the same name.
 * A scope with an item of unknown columns may have any name that is not qualified, so what is around it is not searched.
 */
export function lookup(core: BoundCore, parts: readonly string[]): Found | undefined {
  for (let scope: BoundCore | undefined = core; scope; scope = scope.parent.outer) {
    const found = qualified(scope, parts) ?? unqualified(scope, parts)
    if (found) return found
    if (scope.items.some(i => !i.columns && (parts.length === 1 || named(i, parts.slice(0, 1)))))
      return undefined
  }
  return undefined
}

function qualified(scope: BoundCore, parts: readonly string[]): Found | undefined {
  for (const n of [3, 2, 1]) {
    if (parts.length <= n) continue
    const item = scope.items.find(i => named(i, parts.slice(0, n)))
    const found = item && columnOf(item, parts, n)
    if (found) return found
  }
  return undefined
}

function named(item: Item, qualifier: readonly string[]): boolean {
  if (qualifier.length === 1) return same(item.alias, qualifier[0]!)
  if (item.kind === 'function' || item.node.kind !== 'table' || item.node.alias !== undefined) return false
  const { parts } = item.node
  return (
    parts.length >= qualifier.length
    && qualifier.every((q, i) => same(q, parts[parts.length - qualifier.length + i]!))
  )
}

function unqualified(scope: BoundCore, parts: readonly string[]): Found | undefined {
  for (const item of scope.items) {
    const found = columnOf(item, parts, 0)
    if (found) return found
  }
  return undefined
}

function columnOf(item: Item, parts: readonly string[], at: number): Found | undefined {
  const column = item.columns?.find(c => same(c.name, parts[at]!))
  if (!column) return undefined
  const rest = parts.slice(at + 1)
  if (rest.length > 0 && column.shape.type !== 'object') return undefined
  return { item, column: column.name, shape: column.shape, rest, qualifier: at }
}

/** The shape of a field that is not documented. */
export const UNKNOWN: Shape = { type: 'string' }

/**
 * Follows field names into an object; fields are matched without regard to case.
 * @throws ConfluentqlError UNKNOWN_NAME for a field that an object with known fields does not have
 */
export function fieldPath(
  shape: Shape,
  names: readonly string[],
  span: Span,
  of: string,
): { path: string[]; shape: Shape } {
  const path: string[] = []
  let at = shape
  for (const name of names) {
    const fields = at.fields ?? {}
    const known = Object.keys(fields)
    const key = known.find(k => k === name) ?? known.find(k => same(k, name))
    if (key === undefined && known.length > 0) {
      const near = closest(name, known)
      throw new ConfluentqlError(
        'UNKNOWN_NAME',
        `no field "${name}" in ${[of, ...path].join('.')}${near ? `; did you mean "${near}"?` : ''}`,
        {
          span,
          hint: `known fields: ${known.join(', ')}; for one that is not documented write ${[of, ...path].join('.')} ->> '$.${name}'`,
        },
      )
    }
    path.push(key ?? name)
    at = (key === undefined ? undefined : fields[key]) ?? UNKNOWN
  }
  return { path, shape: at }
}

/** The field that an object compared with a scalar stands for: the one that a parameter of its name filters on (`user` → id). */
export function impliedPath(
  item: Item,
  column: string,
  path: readonly string[],
  shape: Shape,
): readonly string[] {
  const origin = originOf(item, column, path)
  if (shape.type !== 'object' || origin?.item.kind !== 'ref') return []
  const key = keyOf(origin)
  const params = origin.item.ref.resource.methods.flatMap(m => (m.verb === 'select' ? m.params : []))
  const param = params.find(p => p.name === key && p.column?.startsWith(`${key}.`))
  return param ? param.column!.slice(key.length + 1).split('.') : []
}

/**
 * The echo column that a column of a resource means when it is equated with something: that of a parameter
 * which bears the column's name but selects by the echo (`crn_pattern = 'crn://…/*'` asks for what lies below).
 */
export function insteadOf(
  item: Item,
  column: string,
  path: readonly string[],
  changing: readonly Method[] = [],
): string | undefined {
  if (item.kind !== 'ref') return undefined
  const { resource } = item.ref
  const key = keyOf({ column, path })
  if (
    changing.some(
      m => resource.methods.includes(m) && m.params.some(p => p.column !== undefined && same(p.column, key)),
    )
  )
    return undefined
  const params = resource.methods.flatMap(m => (m.verb === 'select' ? m.params : []))
  const param = params.find(p => same(p.name, key) && p.column !== undefined && p.column !== p.name)
  return resource.columns.find(c => c.echo && c.name === param?.column)?.name
}

/**
 * Whether the conditions of a core say themselves what an echo column of an item was asked for, beside = or IN or in a row value:
 * `crn_pattern` then means what the answer says, as it does beside any other operator.
 */
export function isAskedItself(core: BoundCore, item: Item, echo: string): boolean {
  const { source } = core.parent.query
  const inside = core.core.subqueries.map(s => s.query.range)
  let found = false
  for (const range of [core.core.where, ...onRanges(core.core.from)]) {
    if (range)
      eachChain(source, range, inside, (at, parts) => {
        const isListed = isOp(source.tokens[at.from - 1], '(', ',') && isOp(source.tokens[at.to], ',', ')')
        if (!same(parts.at(-1)!, echo) || !(isListed || isEquated(source, at))) return
        const column = lookup(core, parts)
        found ||= column?.item === item && column.rest.length === 0
      })
  }
  return found
}

function onRanges(node: FromNode | undefined): readonly (Range | undefined)[] {
  return node?.kind === 'join' ? [...onRanges(node.left), ...onRanges(node.right), node.on] : []
}

/** The column of a resource (or of what else stands at the bottom) that a column of an item is, through derived tables and CTEs. */
export function originOf(
  item: Item,
  column: string,
  path: readonly string[],
): { item: Item; column: string; path: readonly string[] } | undefined {
  if (item.kind !== 'derived' && item.kind !== 'cte') return { item, column, path }
  const query = item.kind === 'derived' ? item.query : item.cte.query
  const index = item.columns?.findIndex(c => same(c.name, column)) ?? -1
  const from = query?.cores[0]?.outputs?.[index]?.from
  return from && originOf(from.item, from.column, [...from.path, ...path])
}

/** The same, if each row's value comes from there: no set operation on the way. */
export function onlyOrigin({ item, column, path }: ColumnPath): ColumnPath | undefined {
  const query = item.kind === 'derived' ? item.query : item.kind === 'cte' ? item.cte.query : undefined
  if (!query) return { item, column, path }
  const index = item.columns?.findIndex(c => same(c.name, column)) ?? -1
  const from = query.cores.length === 1 ? query.cores[0]!.outputs?.[index]?.from : undefined
  return from && onlyOrigin({ ...from, path: [...from.path, ...path] })
}

/** Whether a bare column name is merged from both sides by USING or NATURAL in a join that keeps rows of its right side. */
export function mergedColumns(core: BoundCore, column: string): boolean {
  const search = (node: FromNode | undefined): boolean => {
    if (node?.kind !== 'join') return false
    const merges = mergedNames(core, node).includes(column.toLowerCase())
    return (
      (merges && (node.type === 'right' || node.type === 'full')) || search(node.left) || search(node.right)
    )
  }
  return search(core.core.from)
}

/** Lower-case names of the columns that a join merges. */
export function mergedNames(core: BoundCore, node: JoinNode): string[] {
  if (node.using) return node.using.map(u => u.toLowerCase())
  if (!node.natural) return []
  const names = (side: FromNode): Set<string> =>
    new Set(leaves(side).flatMap(l => core.itemOf.get(l)?.columns?.map(c => c.name.toLowerCase()) ?? []))
  const right = names(node.right)
  return [...names(node.left)].filter(n => right.has(n))
}
