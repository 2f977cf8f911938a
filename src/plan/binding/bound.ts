import { keyOfPath } from '../../catalog/keys.ts'
import type { Method, Resource, Shape, Value } from '../../catalog/types.ts'
import type { ColumnReference } from '../../sql/expression.ts'
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

/** A query with its names resolved: a relation for each table in a FROM clause, a TableRef for each that is a resource. */
export interface BoundQuery {
  readonly query: Query
  readonly cores: BoundCore[]
  /** The core whose columns a correlated subquery may use. */
  readonly outer: BoundCore | undefined
  /** The clause of `outer` that the subquery is in. */
  readonly clause: ClauseName | undefined
  /** The query whose CTEs are visible in this one, besides its own. */
  readonly enclosing: BoundQuery | undefined
  /** CTEs that this query defines, by lower-case name. */
  readonly ctes: Map<string, BoundCte>
}

/** A common table expression. */
export interface BoundCte {
  readonly name: string
  readonly columns: readonly string[] | undefined
  /** Undefined until it is first named: CTEs of one WITH may refer to each other in any order. */
  query: BoundQuery | undefined
  /** Number of references to it. */
  uses: number
  recursive: boolean
  /** The query whose WITH defines it. */
  readonly owner: BoundQuery
}

/** A SELECT or VALUES with its names resolved; a compound query has several. */
export interface BoundCore {
  readonly core: Core
  readonly parent: BoundQuery
  readonly relations: Relation[]
  /** The relation of each leaf of the FROM tree. */
  readonly relationOf: Map<FromNode, Relation>
  readonly subqueries: BoundQuery[]
  /** Result columns, by position; undefined if `*` stands for unknown columns. */
  outputs: readonly Output[] | undefined
}

/** A column of a relation. */
export interface RelationColumn {
  readonly name: string
  readonly shape: Shape
  readonly affinity: Affinity
  /** It has a collation of its own, so a server cannot be asked for what equals it. */
  readonly collated?: boolean
  /** `*` does not stand for it, and NATURAL does not join by it. */
  readonly isHidden?: boolean
  /** Of a view: its description, instead of that of the column that it is. */
  readonly about?: string
  /** Of a view: what rows without a value in it are, which a condition leaves out although they may be meant. */
  readonly nulls?: string
  /** Of a view: whose value it has instead of NULL, if there is no own one. */
  readonly defaults?: string
  /** Of a view: other names that a statement may use for it, in lower case. */
  readonly synonyms?: readonly string[]
  /** The declared type, for a table of the session; for other relations REAL if all its numbers are floating-point ones. */
  readonly declared?: string
}

/**
 * How SQLite compares a value (sqlite.org/datatype3.html, 3.1); INTEGER, REAL and NUMERIC compare alike. `mixed`: a column
 * of a compound query that is numeric in some of its parts only.
 */
export type Affinity = 'text' | 'numeric' | 'none' | 'mixed'

/** The affinity of a column of a compound query. */
export function affinityOfAll(parts: readonly Affinity[]): Affinity {
  const [first = 'none'] = parts
  if (parts.every(a => a === first)) return first
  return parts.some(mayBeNumeric) ? 'mixed' : 'none'
}

/** Whether a comparison with a value of this affinity may be numeric. */
export function mayBeNumeric(affinity: Affinity): boolean {
  return affinity === 'numeric' || affinity === 'mixed'
}

interface RelationBase {
  readonly core: BoundCore
  readonly alias: string
  /** Undefined when not known (a table-valued function). */
  columns: readonly RelationColumn[] | undefined
}
/** What stands at one place in FROM. */
export type Relation =
  | (RelationBase & { readonly kind: 'ref'; readonly ref: TableRef; readonly node: TableNode | ExecNode })
  | (RelationBase & {
      readonly kind: 'derived'
      readonly query: BoundQuery
      readonly node: DerivedNode | TableNode
      /** The full name of the view that it is. */
      readonly view?: string
    })
  | (RelationBase & { readonly kind: 'cte'; readonly cte: BoundCte; readonly node: TableNode })
  | (RelationBase & {
      readonly kind: 'local'
      readonly table: string
      readonly schema: string
      readonly node: TableNode
    })
  | (RelationBase & { readonly kind: 'function'; readonly node: FunctionNode })

/** A place in FROM that names a resource: it becomes a scan. */
export interface TableRef {
  readonly id: number
  readonly resource: Resource
  /** The SQLite table that it is loaded into. */
  readonly table: string
  /** Lower-case names of the columns that the statement uses. */
  readonly used: Set<string>
  /** The columns that conditions test, by lower-case name; for input columns the parameter must then be sent. */
  readonly tested: Map<string, BoundColumn>
  /** Keys that conditions compare but cannot supply: with a number (the text '01' equals 1), or with a volatile expression. */
  readonly unusable: Map<string, 'number' | 'volatile'>
  /** What the user should know of the columns as they are used, and is no error. */
  readonly notes: Set<string>
  readonly source: Source
  readonly name: Range
  /** If the place is in a view: where the statement names the view, and whether it is one of a provider, which nobody can change. */
  readonly site?: { readonly source: Source; readonly name: Range; readonly isFixed?: boolean }
  /** In a part of a view that is of one profile: that profile. */
  readonly profile?: string
  /** The call of EXEC in FROM. */
  readonly exec?: { readonly method: Method; readonly args: Readonly<Record<string, Value>> }
}

/** The type of values in a result. */
export type ValueType = Shape['type'] | 'json'

/** What values are, where that decides how they compare: `day` and `datetime` are texts as date() and datetime() write them. */
export type ValueKind = ValueType | 'day' | 'datetime'

/** Whether values are texts. */
export const isText = (kind: ValueKind | undefined): kind is 'string' | 'timestamp' | 'day' | 'datetime' =>
  kind === 'string' || kind === 'timestamp' || kind === 'day' || kind === 'datetime'

/** A result column. */
export interface Output {
  readonly name: string
  readonly shape: Shape | undefined
  readonly affinity: Affinity
  /** The column, or part of one, that it is; undefined if it is computed. */
  readonly from: ColumnPath | undefined
  readonly collated?: boolean
  /** For an expression without affinity: what its values, apart from NULL, always are. */
  readonly holds?: Exclude<Affinity, 'none'>
  /** REAL if CAST gives that: only this type turns whole numbers into floating-point ones. */
  readonly declared?: string
  /** The texts, if the result column has no others: it is a string literal, or a CASE with some. */
  readonly constants?: readonly string[]
  /** What the values of a computed column are, if it is known. */
  readonly computed?: ValueKind
}

/** A column of a relation, or a path into it. */
export interface ColumnPath {
  readonly relation: Relation
  readonly column: string
  /** Names of the fields below the column, as in the data. */
  readonly path: readonly string[]
}

/** The path of a column reference, with the field that a compared object means. */
export function pathOf({ relation, column, path, implied }: BoundColumn): ColumnPath {
  return { relation, column, path: [...path, ...implied] }
}

/** A column reference with the column that it names. */
export interface BoundColumn extends ColumnPath {
  readonly node: ColumnReference
  readonly source: Source
  /** The core whose clause it is in. */
  readonly core: BoundCore
  readonly shape: Shape
  readonly affinity: Affinity
  /** The field that is read because an object is compared with a scalar. */
  readonly implied: readonly string[]
  /** USING or NATURAL merged it from both sides of a RIGHT or FULL join. */
  readonly merged: boolean
  /** It is written as the name of a result column, which has no meaning in another query. */
  readonly isAlias: boolean
  /** A field in SQLite's spelling (`->>`, json_extract). */
  readonly isJson?: true
}

/** The dotted name of a column path: `spec.owner.id`. */
export function dotted(of: { column: string; path: readonly string[]; implied?: readonly string[] }): string {
  return [of.column, ...of.path, ...(of.implied ?? [])].join('.')
}

/** The name of a result column that is a column: the dotted path, or the other name that is written for the column or its field. */
export function resultName(column: BoundColumn): string {
  const written = column.node.parts.at(-1)!
  const { synonyms } = column.relation.columns?.find(c => c.name === column.column) ?? {}
  const isSynonym = column.path.length === 0 && synonyms?.includes(written.toLowerCase())
  const isField = column.path.length > 0 && !column.isJson && column.node.parts.length <= 2
  const isAlone =
    isField
    && column.path.at(-1)!.toLowerCase() === written.toLowerCase()
    && column.node.parts.every(p => p.toLowerCase() !== column.column.toLowerCase())
  return isSynonym || isAlone ? written : dotted({ ...column, implied: [] })
}

/** The key of a column path, in the form of Param.column: `spec.owner.id`. */
export function keyOf(of: { column: string; path: readonly string[]; implied?: readonly string[] }): string {
  return keyOfPath([of.column, ...of.path, ...(of.implied ?? [])])
}

/** The alias of a relation in a generated query; a derived table need not have one of its own. */
export function aliasApart(relation: Relation): string {
  return relation.alias === '' ? `derived~${relation.core.relations.indexOf(relation)}` : relation.alias
}

const refLists = new WeakMap<BoundQuery, readonly TableRef[]>()

/**
 * All resources that a query reads, including those of its subqueries and of the CTEs that it uses. The list is kept, since each step of
 * planning asks for it, so the query must be bound before the first call.
 */
export function refsOf(query: BoundQuery): readonly TableRef[] {
  let list = refLists.get(query)
  if (!list) refLists.set(query, (list = refsIn(query, new Set())))
  return list
}

function refsIn(query: BoundQuery, seen: Set<BoundQuery>): readonly TableRef[] {
  if (seen.has(query)) return []
  seen.add(query)
  const read = (inner: BoundQuery): readonly TableRef[] => refsIn(inner, seen)
  return query.cores.flatMap(core => [
    ...core.relations.flatMap(r => relationRefs(r, read)),
    ...core.subqueries.flatMap(read),
  ])
}

/** The query that a derived table, CTE or view evaluates. */
export function queryOf(relation: Relation): BoundQuery | undefined {
  if (relation.kind === 'derived') return relation.query
  return relation.kind === 'cte' ? relation.cte.query : undefined
}

/** The resources that must be loaded before a relation can be read. */
export function relationRefs(relation: Relation, read = refsOf): readonly TableRef[] {
  if (relation.kind === 'ref') return [relation.ref]
  const query = queryOf(relation)
  return query ? read(query) : []
}

/** The queries whose CTEs a query may use, outermost first, itself last. */
export function enclosingQueries(query: BoundQuery): BoundQuery[] {
  return query.enclosing ? [...enclosingQueries(query.enclosing), query] : [query]
}

const coreLists = new WeakMap<BoundQuery, readonly BoundCore[]>()

/** All cores that a query evaluates, outermost first; those of unused CTEs are left out. Not to be called before the query is bound. */
export function coresOf(query: BoundQuery): readonly BoundCore[] {
  let list = coreLists.get(query)
  if (!list) {
    const cores: BoundCore[] = []
    addCores(query, cores, new Set())
    coreLists.set(query, (list = cores))
  }
  return list
}

function addCores(query: BoundQuery, cores: BoundCore[], seen: Set<BoundQuery>): void {
  if (seen.has(query)) return
  seen.add(query)
  for (const core of query.cores) {
    cores.push(core)
    for (const relation of core.relations) {
      const inner = queryOf(relation)
      if (inner) addCores(inner, cores, seen)
    }
    for (const inner of core.subqueries) addCores(inner, cores, seen)
  }
}
