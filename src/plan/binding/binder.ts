import type { Method } from '../../catalog/types.ts'
import type { ColumnReference, Expression } from '../../sql/expression.ts'
import { leaves, type Core, type Query, type SelectItem } from '../../sql/query.ts'
import type { PlanContext } from '../context.ts'
import { columnText, fieldText, quote, Splices } from '../splice.ts'
import {
  resultName,
  type Affinity,
  type BoundColumn,
  type BoundCore,
  type BoundCte,
  type BoundQuery,
  type Output,
  type Relation,
  type TableRef,
} from './bound.ts'
import { usedHidden } from './hidden.ts'
import { affinityOf, isBracketed, outputsOf } from './core-outputs.ts'
import { ExpressionBinder } from './expressions.ts'
import { expandStar, starColumn } from './outputs.ts'
import { RelationBinder, type OwnView, type QueryPlace } from './relations.ts'
import { hasField, impliedOutput } from './fields.ts'
import { joinsOf } from './joins.ts'
import { originsOf } from './origins.ts'
import { TableBinder } from './tables.ts'
import { lookup } from './scope.ts'
import { columnsBelow, nodesBelow, ownNodes } from './traverse.ts'
import type { Clause } from './uses.ts'
import { columnAt, same } from './columns.ts'

/** Resolves the names of one statement and keeps the result. */
export class Binder {
  readonly splices = new Splices()
  readonly #columns = new Map<Expression, BoundColumn>()
  readonly #expressions: ExpressionBinder
  readonly #queries = new Map<Query, BoundQuery>()
  readonly #tables: TableBinder
  readonly #relations: RelationBinder

  /**
   * @param tablePrefix prefix of the names of the tables into which resources are loaded
   * @param changing methods of a change: in its WHERE, a column means what their parameters select by
   */
  constructor(context: PlanContext, tablePrefix = 'scan~', changing: readonly Method[] = []) {
    this.#tables = new TableBinder(context, this.splices, tablePrefix)
    this.#relations = new RelationBinder(context, this.splices, this.#tables, (query, place) =>
      this.#query(query, place),
    )
    this.#expressions = new ExpressionBinder(this.splices, changing, this.#columns)
  }

  /** The places that name a resource, in the order in which they are bound. */
  get refs(): readonly TableRef[] {
    return this.#tables.refs
  }

  /** The views of the session that were bound. */
  get ownViews(): readonly OwnView[] {
    return this.#relations.ownViews
  }

  /**
   * Binds a whole statement.
   * @throws ConfluentqlError UNKNOWN_NAME with the position of an unknown table or field
   */
  bind(query: Query): BoundQuery {
    const bound = this.#query(query, {})
    this.#recordTested()
    return bound
  }

  /** Binds a query that the planner wrote. Errors in it point to `site` in the statement. */
  bindText(text: string, site: NonNullable<TableRef['site']>): BoundQuery {
    const around = this.#tables.site
    this.#tables.site = site
    const bound = this.#query(this.#relations.readText(text), {})
    this.#tables.site = around
    this.#recordTested()
    return bound
  }

  #recordTested(): void {
    for (const column of this.#expressions.tested) {
      for (const { relation, column: name } of originsOf(column))
        if (relation.kind === 'ref') relation.ref.tested.set(name.toLowerCase(), column)
    }
  }

  /** The column that an expression is, if it is a column reference. */
  columnOf(e: Expression): BoundColumn | undefined {
    return this.#columns.get(e)
  }

  /** Whether an expression is a name that stands for no known column. */
  isUnresolved(e: Expression): boolean {
    return this.#expressions.isUnresolved(e)
  }

  /** The core that has the computed result column which a name stands for. */
  aliasCore(e: Expression): BoundCore | undefined {
    return this.#expressions.aliasCore(e)
  }

  /** The expression of the computed result column that a name stands for. */
  aliased(e: Expression): Expression | undefined {
    const items = e.kind === 'column' ? this.aliasCore(e)?.core.items : undefined
    return items?.find(i => i.alias !== undefined && same(i.alias, (e as ColumnReference).parts[0]!))?.expr
  }

  /** All columns that the statement and its views name. */
  columns(): Iterable<BoundColumn> {
    return this.#columns.values()
  }

  /** All columns in an expression, including those in its subqueries. */
  columnsIn(e: Expression): BoundColumn[] {
    return columnsBelow(nodesBelow(e), this)
  }

  /** Whether the result columns of a query are compared. */
  isCompared(query: Query): boolean {
    return this.#expressions.isCompared(query)
  }

  /** The bound form of a subquery. */
  boundQuery(query: Query): BoundQuery {
    return this.#queries.get(query)!
  }

  /** The affinity of an expression (sqlite.org/datatype3.html, 3.2). */
  affinityOf(e: Expression): Affinity {
    return affinityOf(e, this)
  }

  #query(query: Query, { outer, enclosing, cte }: QueryPlace): BoundQuery {
    const ctes = new Map<string, BoundCte>()
    const bound: BoundQuery = { query, cores: [], outer: outer?.core, clause: outer?.clause, enclosing, ctes }
    this.#queries.set(query, bound)
    if (cte) cte.query = bound
    for (const { name, columns } of query.ctes) {
      const entry = { name, columns, query: undefined, uses: 0, recursive: false, owner: bound }
      ctes.set(name.toLowerCase(), entry)
    }
    for (const c of query.ctes) this.#relations.bindCte(ctes.get(c.name.toLowerCase())!, c.query)
    for (const core of query.cores) bound.cores.push(this.#core(core, bound))
    const first = bound.cores[0]!
    for (const term of query.orderBy ?? []) {
      if (bound.cores.length === 1)
        this.#expressions.bind(first, term, term.kind === 'column' ? 'order' : 'group')
      else this.#compoundTerm(bound, term)
    }
    for (const sub of query.subqueries) {
      const place = { outer: { core: first, clause: 'group' as const }, enclosing: bound }
      first.subqueries.push(this.#query(sub, place))
    }
    return bound
  }

  /**
   * A term of ORDER BY in a compound query. SQLite looks for the first SELECT that has the term as a result column, by its
   * expression; a path has to be written as it is there.
   */
  #compoundTerm({ cores }: BoundQuery, term: Expression): void {
    const paths = ownNodes(term).filter(e => e.kind === 'column' && e.parts.length > 1)
    if (paths.length === 0) return
    const namedIn = (core: BoundCore) => (e: Expression) => {
      const name = e.kind === 'column' ? lookup(core, e.parts, 'group') : undefined
      return name?.kind === 'column' && hasField(name.shape, name.rest)
    }
    const core = cores.find(c => paths.every(namedIn(c)))
    if (core) this.#expressions.bind(core, term, 'group')
  }

  #core(core: Core, parent: BoundQuery): BoundCore {
    const bound: BoundCore = {
      core,
      parent,
      relations: [],
      relationOf: new Map(),
      subqueries: [],
      outputs: undefined,
    }
    for (const leaf of leaves(core.from)) {
      const relation = this.#relations.bind(leaf, bound)
      bound.relations.push(relation)
      bound.relationOf.set(leaf, relation)
    }
    if (parent.query.form === 'table') return this.#tableCore(bound)
    this.#bindExpressions(bound)
    for (const { query, clause } of core.subqueries)
      bound.subqueries.push(this.#query(query, { outer: { core: bound, clause }, enclosing: parent }))
    bound.outputs = outputsOf(bound, this)
    if (this.isCompared(parent.query)) for (const item of core.items) this.#spliceStar(bound, item)
    return bound
  }

  /** Result columns first: other clauses may name them. */
  #bindExpressions(bound: BoundCore): void {
    const { core, parent } = bound
    for (const item of core.items) {
      if (item.star) this.#starItem(bound, item.expr, item.star.qualifier)
      else this.#selectItem(bound, item.expr, item.alias)
    }
    for (const row of core.values) for (const e of row) this.#expressions.bindOutput(bound, e, parent.query)
    const bind = (clause: Clause, ...all: readonly (Expression | undefined)[]): void => {
      for (const e of all) if (e) this.#expressions.bind(bound, e, clause)
    }
    bind('where', core.where)
    bind('group', ...(core.groupBy ?? []))
    bind('having', core.having)
    for (const w of core.windows) bind('window', ...w.partitionBy, ...w.orderBy, ...w.bounds)
    for (const leaf of leaves(core.from)) if (leaf.kind === 'function') bind('from', ...leaf.args)
    for (const join of joinsOf(core.from)) {
      bind('on', join.on)
      if (join.natural) this.#star(bound, [])
      for (const name of join.using ?? []) for (const relation of bound.relations) use(relation, name)
    }
  }

  /** `IN table`: all columns of the table; of objects the fields that the comparison means. */
  #tableCore(core: BoundCore): BoundCore {
    this.#star(core, [])
    const [relation] = core.relations
    const columns = expandStar(core, [])
    core.outputs = columns?.map(impliedOutput)
    const list = impliedList(columns, false)
    if (list === undefined || relation!.node.kind !== 'table') return core
    const { source } = core.parent.query
    const { name } = relation!.node
    const typed = this.splices.original(source, name)
    const table = this.splices.textAt(source, name) ?? (() => typed)
    this.splices.add(source, name, () => `(SELECT ${list} FROM ${table()})`)
    this.splices.addExplicit(source, name, `(SELECT ${list} FROM ${typed})`)
    return core
  }

  /** `*` of a compared query: if an object is among its columns, they are written out with the field that is meant. */
  #spliceStar(core: BoundCore, { expr, star }: SelectItem): void {
    const list = star && impliedList(expandStar(core, star.qualifier), true)
    if (list === undefined) return
    this.splices.add(expr.source, expr.range, list)
    this.splices.addExplicit(expr.source, expr.range, list)
  }

  #star(core: BoundCore, qualifier: readonly string[]): void {
    const alias = qualifier.at(-1)?.toLowerCase()
    for (const relation of core.relations) {
      if (alias === undefined || relation.alias.toLowerCase() === alias)
        for (const c of relation.columns ?? []) if (!c.isHidden) use(relation, c.name)
    }
  }

  /** `*`, or `x.*`. SQLite's tables have the hidden columns that the statement uses, so the others are written out then. */
  #starItem(core: BoundCore, { range }: Expression, qualifier: readonly string[]): void {
    this.#star(core, qualifier)
    if (!core.relations.some(r => r.columns?.some(c => c.isHidden))) return
    const { source } = core.parent.query
    this.splices.add(source, range, () => {
      const columns = core.relations.some(r => usedHidden(r).length > 0)
        ? expandStar(core, qualifier)
        : undefined
      return columns?.map(starColumn).join(', ') ?? this.splices.original(source, range)
    })
  }

  /** A path into an object keeps the name that was written as the name of its result column. */
  #selectItem(core: BoundCore, expr: Expression, alias: string | undefined): void {
    this.#expressions.bindOutput(core, expr, core.parent.query)
    const column = this.columnOf(expr)
    if (!column || alias !== undefined || column.isJson || isBracketed(column)) return
    const name = resultName(column)
    if (column.path.length === 0 && name === column.column) return
    this.splices.append(core.parent.query.source, column.node.name, ` AS ${quote(name)}`)
  }
}

/** The columns that a compared `*` stands for, as a list of result columns; undefined if none is an object that means a field. */
function impliedList(columns: readonly Output[] | undefined, isQualified: boolean): string | undefined {
  const implied = columns?.map(impliedOutput)
  if (!implied || implied.every((output, i) => output === columns![i])) return undefined
  const texts = implied.map(({ name, from }) => {
    if (isQualified && from && from.relation.alias !== '')
      return columnText(from.relation.alias, from.column, from.path)
    return from && from.path.length > 0 ? fieldText(quote(name), from.path) : quote(name)
  })
  return texts.join(', ')
}

/** Records that the statement uses a column, so that it is loaded. */
function use(relation: Relation, column: string): void {
  if (relation.kind !== 'ref') return
  if (columnAt(relation, column) >= 0) relation.ref.used.add(column.toLowerCase())
}
