import type { Column, Method, Resource, Shape, Value } from '../../catalog/types.ts'
import type { ColumnReference } from '../../sql/expression.ts'
import { isNumeric } from '../coerce.ts'
import type {
  ClauseName,
  Core,
  DerivedNode,
  ExecNode,
  FromNode,
  FunctionNode,
  Query,
  Range,
  Source,
  TableNode,
} from '../../sql/query.ts'

/**
 * The bound tree: the skeleton of a query with its table names resolved. One
 * item per place in a FROM clause; one Ref per place that names a resource.
 */
export interface BoundQuery {
  readonly query: Query
  readonly cores: BoundCore[]
  /** The core whose columns it may use besides its own (a correlated subquery). */
  readonly outer: BoundCore | undefined
  /** The clause of that core in which it stands: names of result columns are visible in all but its list of results. */
  readonly clause: ClauseName | undefined
  /** The query whose CTEs are visible in this one, besides its own. */
  readonly enclosing: BoundQuery | undefined
  /** CTEs that this query defines, by lower-case name. */
  readonly ctes: Map<string, BoundCte>
}

export interface BoundCte {
  readonly name: string
  readonly columns: readonly string[] | undefined
  /** Bound when a table first names it; CTEs of one WITH may name each other in any order. */
  query: BoundQuery | undefined
  uses: number
  recursive: boolean
  /** The query whose WITH defines it. */
  readonly owner: BoundQuery
}

export interface BoundCore {
  readonly core: Core
  readonly parent: BoundQuery
  readonly relations: Relation[]
  /** Item of each leaf of the FROM tree. */
  readonly relationOf: Map<FromNode, Relation>
  readonly subqueries: BoundQuery[]
  /** Result columns, by position; undefined where a star stands for columns that are not known. */
  outputs: readonly Output[] | undefined
}

/** A column as a FROM item offers it. */
export interface RelationColumn {
  readonly name: string
  readonly shape: Shape
  readonly affinity: Affinity
  /** Compares by a collation of its own, so that what equals it cannot be told to a server. */
  readonly collated?: boolean
  /** Of a table of the session: the declared type; elsewhere REAL, where CAST gave that. */
  readonly declared?: string
}

/**
 * How SQLite compares a value (sqlite.org/datatype3.html, 3.1); INTEGER, REAL and NUMERIC compare alike. mixed: a column of
 * a set operation of which some parts are numeric and others are not.
 */
export type Affinity = 'text' | 'numeric' | 'none' | 'mixed'

/** The affinity of a column that several queries give together. */
export function affinityOfAll(parts: readonly Affinity[]): Affinity {
  const [first = 'none'] = parts
  if (parts.every(a => a === first)) return first
  return parts.some(mayBeNumeric) ? 'mixed' : 'none'
}

/** Whether a value may make what it is compared with compare as a number. */
export function mayBeNumeric(affinity: Affinity): boolean {
  return affinity === 'numeric' || affinity === 'mixed'
}

interface RelationBase {
  readonly core: BoundCore
  readonly alias: string
  /** Undefined when not known (a table-valued function). */
  columns: readonly RelationColumn[] | undefined
}
export type Relation =
  | (RelationBase & { readonly kind: 'ref'; readonly ref: TableRef; readonly node: TableNode | ExecNode })
  | (RelationBase & {
      readonly kind: 'derived'
      readonly query: BoundQuery
      readonly node: DerivedNode | TableNode
    })
  | (RelationBase & { readonly kind: 'cte'; readonly cte: BoundCte; readonly node: TableNode })
  | (RelationBase & {
      readonly kind: 'local'
      readonly table: string
      readonly schema: string
      readonly node: TableNode
    })
  | (RelationBase & { readonly kind: 'function'; readonly node: FunctionNode })

/** One place that names a resource: it becomes a scan. */
export interface TableRef {
  readonly id: number
  readonly resource: Resource
  /** Name of the SQLite table it is loaded into. */
  readonly table: string
  /** Columns that the statement names, lower case. */
  readonly used: Set<string>
  /** Input columns used in a predicate: those whose parameter must be bound. */
  readonly tested: Map<string, BoundColumn>
  /** Keys that a condition speaks of in a way that cannot supply them: texts compared as numbers, values that change each time. */
  readonly unusable: Map<string, 'number' | 'volatile'>
  readonly source: Source
  readonly name: Range
  /** Where the statement names the view that this place is in, if it is in one. */
  readonly site?: { readonly source: Source; readonly name: Range }
  /** The call is given, by EXEC in FROM. */
  readonly exec?: { readonly method: Method; readonly args: Readonly<Record<string, Value>> }
}

/** Where a result column comes from, when it is a column or a part of one as it stands. */
export interface Output {
  readonly name: string
  readonly shape: Shape | undefined
  readonly affinity: Affinity
  readonly from: ColumnPath | undefined
  readonly collated?: boolean
  /** What an expression without an affinity holds, besides NULL, if it is always one of these. */
  readonly holds?: Exclude<Affinity, 'none'>
  /** REAL, where CAST gives that: a whole number is kept as it is by any other numeric type. */
  readonly declared?: string
}

/** A column of an item, or a dotted path into it. */
export interface ColumnPath {
  readonly relation: Relation
  readonly column: string
  /** Field names below the column, as in the data. */
  readonly path: readonly string[]
}

/** A column that an expression names. */
export interface BoundColumn extends ColumnPath {
  readonly node: ColumnReference
  readonly source: Source
  /** The core in whose clauses it is written. */
  readonly core: BoundCore
  readonly shape: Shape
  readonly affinity: Affinity
  /** Compared with a scalar while an object: reads this field. */
  readonly implied: readonly string[]
  /** A column that USING or NATURAL merged from both sides of a RIGHT or FULL join. */
  readonly merged: boolean
  /** The name is that of a result column, which is this column: its text means nothing in another query. */
  readonly isAlias: boolean
}

/** Dotted name of a column path, as it is written: `spec.owner.id`. */
export function dotted(of: { column: string; path: readonly string[]; implied?: readonly string[] }): string {
  return [of.column, ...of.path, ...(of.implied ?? [])].join('.')
}

/**
 * Key of a column path, the form that Param.column has: `spec.owner.id`. A dot inside a name is replaced, so that a
 * column named "user.id" is not taken for the field of an object.
 */
export function keyOf(of: { column: string; path: readonly string[]; implied?: readonly string[] }): string {
  return [of.column, ...of.path, ...(of.implied ?? [])].map(keyPart).join('.')
}

/** A name as it stands in a key. */
export function keyPart(name: string): string {
  return name.replaceAll('.', '\0')
}

/** The names that a key was made of. */
export function keyParts(key: string): string[] {
  return key.split('.').map(part => part.replaceAll('\0', '.'))
}

/** What an item is called in a query of our own: a derived table need not have an alias. */
export function aliasApart(relation: Relation): string {
  return relation.alias === '' ? `derived~${relation.core.relations.indexOf(relation)}` : relation.alias
}

/** All refs that evaluating a query reads: those of its tables, of its subqueries, and of the CTEs that are used. */
export function refsOf(query: BoundQuery, seen = new Set<BoundQuery>()): TableRef[] {
  if (seen.has(query)) return []
  seen.add(query)
  return query.cores.flatMap(core => [
    ...core.relations.flatMap(i => relationRefs(i, seen)),
    ...core.subqueries.flatMap(q => refsOf(q, seen)),
  ])
}

/** The refs that must be loaded before an item can be read. */
export function relationRefs(relation: Relation, seen = new Set<BoundQuery>()): TableRef[] {
  if (relation.kind === 'ref') return [relation.ref]
  if (relation.kind === 'derived') return refsOf(relation.query, seen)
  if (relation.kind === 'cte' && relation.cte.query) return refsOf(relation.cte.query, seen)
  return []
}

/** The queries whose CTEs a query may use, outermost first, itself last. */
export function enclosingQueries(query: BoundQuery): BoundQuery[] {
  return query.enclosing ? [...enclosingQueries(query.enclosing), query] : [query]
}

/** All cores that evaluating a query reads, outermost first; a CTE that is not used is none. */
export function coresOf(query: BoundQuery, seen = new Set<BoundQuery>()): BoundCore[] {
  if (seen.has(query)) return []
  seen.add(query)
  const below = (relation: Relation): BoundQuery | undefined =>
    relation.kind === 'derived' ? relation.query : relation.kind === 'cte' ? relation.cte.query : undefined
  return query.cores.flatMap(core => [
    core,
    ...core.relations.flatMap(i => (below(i) ? coresOf(below(i)!, seen) : [])),
    ...core.subqueries.flatMap(q => coresOf(q, seen)),
  ])
}

/** A resource's columns as an item offers them. */
export function columnsOf(columns: readonly Column[]): RelationColumn[] {
  return columns.map(c => ({ name: c.name, shape: c, affinity: isNumeric(c.type) ? 'numeric' : 'text' }))
}
