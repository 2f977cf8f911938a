import type { Random } from './random.ts'
import type { ColumnNode, Node } from './tree.ts'
import type { Domain, Fields, Table } from './schema.ts'

/** A column, or a dotted path into an object column, that an expression can reference. */
export interface ScopeColumn {
  readonly name: string
  readonly path: readonly string[]
  /** The domain of a scalar, or the fields of an object. */
  readonly of: Domain | Fields
  /** For an object column: the path of the field that is meant when the object is compared with a scalar. */
  readonly implied?: readonly string[]
  /** Has the collation NOCASE. Such a column is not used where the result depends on which of several equal values is returned. */
  readonly nocase?: boolean
}

/** A table in a FROM clause, as expressions see it. */
export interface Relation {
  readonly alias: string
  /** Qualified names that our dialect accepts instead of the alias. */
  readonly full?: readonly string[]
  readonly cols: readonly ScopeColumn[]
  /** Names of further columns that are not in `cols`; 'any' if they are unknown. */
  readonly others?: readonly string[] | 'any'
  /** A derived table or CTE that may be correlated. */
  readonly isDependent?: boolean
  readonly table?: { readonly of: Table; readonly id: number }
}

export interface Scope {
  readonly relations: readonly Relation[]
  readonly outer: Scope | undefined
  /** The FROM clause is not complete: tables with unknown columns follow. */
  readonly isIncomplete?: boolean
  /** Columns merged by USING or NATURAL. */
  readonly merged: readonly string[]
}

export interface ColumnRef {
  readonly relation: Relation
  readonly col: ScopeColumn
}

/** A scalar column with the collation BINARY: equal values are identical, so any of them may be returned. */
export const isBinaryScalar = (u: ColumnRef): boolean => typeof u.col.of === 'string' && !u.col.nocase

/** The columns of a table with all paths into its objects. */
export function columnsOf(table: Table): ScopeColumn[] {
  const params = table.resource.methods.flatMap(m => m.params)
  const below = (name: string, path: readonly string[], of: Domain | Fields): ScopeColumn[] => {
    if (typeof of === 'string') return [{ name, path, of }]
    const key = [name, ...path].join('.')
    const param = params.find(p => p.name === key && p.column?.startsWith(`${key}.`))
    const implied = param && { implied: param.column!.slice(key.length + 1).split('.') }
    return [
      { name, path, of, ...implied },
      ...Object.entries(of).flatMap(([field, f]) => below(name, [...path, field], f)),
    ]
  }
  return Object.entries(table.fields).flatMap(([name, of]) => below(name, [], of))
}

/** All columns that an expression in this scope can reference, innermost scope first. */
export function visibleColumns(scope: Scope): ColumnRef[] {
  const seen = new Set<string>()
  const found: ColumnRef[] = []
  for (let s: Scope | undefined = scope; s; s = s.outer) {
    for (const relation of s.relations)
      if (!seen.has(relation.alias)) found.push(...relation.cols.map(col => ({ relation, col })))
    for (const relation of s.relations) seen.add(relation.alias)
  }
  return found
}

/** A column reference as a node: usually qualified, without a qualifier if it is unambiguous. */
export function columnNode({ relation, col }: ColumnRef, scope: Scope, random: Random): ColumnNode {
  const own = scope.relations.includes(relation)
  const has = (i: Relation): boolean =>
    i.others === 'any'
    || [...(i.others ?? []), ...i.cols.map(c => c.name)].some(n => n.toLowerCase() === col.name.toLowerCase())
  const alone = own && scope.isIncomplete !== true && scope.relations.every(i => i === relation || !has(i))
  const base = {
    kind: 'column' as const,
    name: random.chance(0.03) ? col.name.toUpperCase() : col.name,
    path: col.path,
  }
  if (
    (alone
      || (own
        && scope.isIncomplete !== true
        && scope.merged.includes(col.name)
        && scope.relations.length === 2
        && typeof col.of === 'string'
        && col.path.length === 0))
    && random.chance(0.3)
  )
    return { ...base, qualifier: undefined }
  const full = relation.full && random.chance(0.3) ? { full: random.pick(relation.full) } : {}
  return { ...base, qualifier: relation.alias, ...full }
}

/** A reference to an object column that is compared with a scalar. */
export function impliedNode(ref: ColumnRef, scope: Scope, random: Random): Node {
  return { ...columnNode(ref, scope, random), implied: ref.col.implied! }
}
