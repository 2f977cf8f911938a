import { closest } from '../../catalog/names.ts'
import type { Method, Shape } from '../../catalog/types.ts'
import { ConfluentqlError, type Span } from '../../errors.ts'
import { walk, type Expression } from '../../sql/expression.ts'
import { leaves, type ClauseName, type FromNode, type JoinNode } from '../../sql/query.ts'
import { dotted, type Affinity, type BoundCore, type ColumnPath, type Relation } from './bound.ts'

/** What a name in an expression stands for. */
export type Found = FoundColumn | FoundAlias

interface FoundColumn {
  readonly kind: 'column'
  readonly relation: Relation
  /** As the item names it. */
  readonly column: string
  readonly shape: Shape
  readonly affinity: Affinity
  /** Names after the column. */
  readonly rest: readonly string[]
  /** How many names stood before the column. */
  readonly qualifier: number
}

/** The name of a result column. */
interface FoundAlias {
  readonly kind: 'alias'
  readonly core: BoundCore
  readonly index: number
}

export const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/**
 * Finds what a name means, by SQLite's rules (resolve.c): the tables of the innermost query, then the names of its result
 * columns, then the queries around it. In ORDER BY the names of result columns come first. An alias of a table comes
 * before a column of the same name. A query with a table of unknown columns may have any name that is not qualified, so
 * what is around it is not searched.
 */
export function lookup(
  core: BoundCore,
  parts: readonly string[],
  clause: ClauseName | 'order',
): Found | undefined {
  let at: ClauseName | 'order' | undefined = clause
  for (let scope: BoundCore | undefined = core; scope; at = scope.parent.clause, scope = scope.parent.outer) {
    const alias = at === 'select' || at === 'from' ? undefined : aliasOf(scope, parts)
    const column = qualified(scope, parts) ?? unqualified(scope, parts)
    const found = at === 'order' ? (alias ?? column) : (column ?? alias)
    if (found) return found
    if (scope.relations.some(i => !i.columns && (parts.length === 1 || named(i, parts.slice(0, 1)))))
      return undefined
    // ORDER BY and GROUP BY do not look into queries around
    if (scope === core && (clause === 'order' || clause === 'group')) return undefined
  }
  return undefined
}

function aliasOf(core: BoundCore, parts: readonly string[]): FoundAlias | undefined {
  if (parts.length > 1) return undefined
  const index = core.core.items.findIndex(i => i.alias !== undefined && same(i.alias, parts[0]!))
  return index < 0 ? undefined : { kind: 'alias', core, index }
}

function qualified(scope: BoundCore, parts: readonly string[]): FoundColumn | undefined {
  for (const n of [3, 2, 1]) {
    if (parts.length <= n) continue
    const relation = scope.relations.find(i => named(i, parts.slice(0, n)))
    const found = relation && columnOf(relation, parts, n)
    if (found) return found
  }
  return undefined
}

function named(relation: Relation, qualifier: readonly string[]): boolean {
  if (qualifier.length === 1) return same(relation.alias, qualifier[0]!)
  if (relation.kind === 'function' || relation.node.kind !== 'table' || relation.node.alias !== undefined)
    return false
  const { parts } = relation.node
  return (
    parts.length >= qualifier.length
    && qualifier.every((q, i) => same(q, parts[parts.length - qualifier.length + i]!))
  )
}

function unqualified(scope: BoundCore, parts: readonly string[]): FoundColumn | undefined {
  for (const relation of scope.relations) {
    const found = columnOf(relation, parts, 0)
    if (found) return found
  }
  return undefined
}

function columnOf(relation: Relation, parts: readonly string[], at: number): FoundColumn | undefined {
  const column = relation.columns?.find(c => same(c.name, parts[at]!))
  if (!column) return undefined
  const rest = parts.slice(at + 1)
  if (rest.length > 0 && column.shape.type !== 'object') return undefined
  const { name, shape, affinity } = column
  return { kind: 'column', relation, column: name, shape, affinity, rest, qualifier: at }
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
export function impliedPath(of: ColumnPath, shape: Shape): { path: readonly string[]; shape: Shape } {
  const none = { path: [], shape }
  const origin = originOf(of.relation, of.column, of.path)
  if (shape.type !== 'object' || origin?.relation.kind !== 'ref') return none
  const key = dotted(origin)
  const params = origin.relation.ref.resource.methods.flatMap(m => (m.verb === 'select' ? m.params : []))
  const param = params.find(p => p.name === key && p.column?.startsWith(`${key}.`))
  if (!param) return none
  const path = param.column!.slice(key.length + 1).split('.')
  return { path, shape: path.reduce((at, name) => at.fields?.[name] ?? UNKNOWN, shape) }
}

/**
 * The input column that a column of a resource means when it is equated with something: that of a parameter which bears
 * the column's name but selects by the input column (`crn_pattern = 'crn://…/*'` asks for what lies below).
 */
export function insteadOf(
  relation: Relation,
  column: string,
  path: readonly string[],
  changing: readonly Method[] = [],
): string | undefined {
  if (relation.kind !== 'ref') return undefined
  const { resource } = relation.ref
  const key = dotted({ column, path })
  const isOwn = (m: Method): boolean =>
    resource.methods.includes(m) && m.params.some(p => p.column !== undefined && same(p.column, key))
  if (changing.some(isOwn)) return undefined
  const params = resource.methods.flatMap(m => (m.verb === 'select' ? m.params : []))
  const param = params.find(p => same(p.name, key) && p.column !== undefined && p.column !== p.name)
  return resource.columns.find(c => c.isInput && c.name === param?.column)?.name
}

/**
 * Whether the conditions of a core say themselves what an input column of an item was asked for, beside = or IN or in a
 * row value: `crn_pattern` then means what the answer says, as it does beside any other operator.
 */
export function isAskedItself(core: BoundCore, relation: Relation, input: string): boolean {
  const isIt = (e: Expression): boolean => {
    if (e.kind === 'row') return e.items.some(isIt)
    if (e.kind !== 'column' || !same(e.parts.at(-1)!, input)) return false
    const found = lookup(core, e.parts, 'where')
    return found?.kind === 'column' && found.relation === relation && found.rest.length === 0
  }
  const conditions = [core.core.where, ...joinsOf(core.core.from).map(j => j.on)]
  for (const condition of conditions) {
    for (const e of condition ? walk(condition) : []) {
      if (e.kind === 'comparison' && e.operator === '=' && (isIt(e.left) || isIt(e.right))) return true
      if ((e.kind === 'in list' || e.kind === 'in query') && !e.negated && isIt(e.left)) return true
    }
  }
  return false
}

/** The joins of a FROM tree, innermost first. */
export function joinsOf(node: FromNode | undefined): JoinNode[] {
  return node?.kind === 'join' ? [...joinsOf(node.left), ...joinsOf(node.right), node] : []
}

/** The column of a resource (or of what else stands at the bottom) that a column of an item is, through derived tables and CTEs. */
export function originOf(
  relation: Relation,
  column: string,
  path: readonly string[],
): ColumnPath | undefined {
  if (relation.kind !== 'derived' && relation.kind !== 'cte') return { relation, column, path }
  const from = outputsNamed(relation, column)[0]
  return from && originOf(from.relation, from.column, [...from.path, ...path])
}

/** The columns at the bottom that a column of an item takes values from: of each part of a set operation one. */
export function originsOf(of: ColumnPath, seen = new Set<Relation>()): ColumnPath[] {
  if (of.relation.kind !== 'derived' && of.relation.kind !== 'cte') return [of]
  if (seen.has(of.relation)) return []
  seen.add(of.relation)
  return outputsNamed(of.relation, of.column).flatMap(from =>
    from ? originsOf({ ...from, path: [...from.path, ...of.path] }, seen) : [],
  )
}

/** The same, if each row's value comes from one column: no set operation on the way. */
export function onlyOrigin({ relation, column, path }: ColumnPath): ColumnPath | undefined {
  if (relation.kind !== 'derived' && relation.kind !== 'cte') return { relation, column, path }
  const all = outputsNamed(relation, column)
  const from = all.length === 1 ? all[0] : undefined
  return from && onlyOrigin({ ...from, path: [...from.path, ...path] })
}

/** Where each part of a set operation takes a column from; undefined for one that is computed. */
export function partsOf(of: ColumnPath, seen = new Set<Relation>()): (ColumnPath | undefined)[] {
  if (of.relation.kind !== 'derived' && of.relation.kind !== 'cte') return [of]
  if (seen.has(of.relation)) return []
  seen.add(of.relation)
  return outputsNamed(of.relation, of.column).flatMap(from =>
    from ? partsOf({ ...from, path: [...from.path, ...of.path] }, seen) : [undefined],
  )
}

/** Where each part of the query below an item takes a column from; undefined for one that is computed. */
function outputsNamed(relation: Relation, column: string): readonly (ColumnPath | undefined)[] {
  const query =
    relation.kind === 'derived' ? relation.query : relation.kind === 'cte' ? relation.cte.query : undefined
  const index = relation.columns?.findIndex(c => same(c.name, column)) ?? -1
  return query?.cores.map(core => core.outputs?.[index]?.from) ?? []
}

/** Whether a bare column name is merged from both sides by USING or NATURAL in a join that keeps rows of its right side. */
export function mergedColumns(core: BoundCore, column: string): boolean {
  return joinsOf(core.core.from).some(
    join =>
      (join.type === 'right' || join.type === 'full')
      && mergedNames(core, join).includes(column.toLowerCase()),
  )
}

/** Whether USING or NATURAL merges columns of a name in some join of a core. */
export function isMergedName(core: BoundCore, column: string): boolean {
  return joinsOf(core.core.from).some(join => mergedNames(core, join).includes(column.toLowerCase()))
}

/** Lower-case names of the columns that a join merges. */
export function mergedNames(core: BoundCore, node: JoinNode): string[] {
  if (node.using) return node.using.map(u => u.toLowerCase())
  if (!node.natural) return []
  const names = (side: FromNode): Set<string> =>
    new Set(leaves(side).flatMap(l => core.relationOf.get(l)?.columns?.map(c => c.name.toLowerCase()) ?? []))
  const right = names(node.right)
  return [...names(node.left)].filter(n => right.has(n))
}
