import type { Method } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import { lex } from '../../sql/lexer.ts'
import {
  leaves,
  type ClauseName,
  type Core,
  type FromNode,
  type FunctionNode,
  type Query,
  type Source,
  type TableNode,
} from '../../sql/query.ts'
import { readQuery } from '../../sql/read-query.ts'
import type { PlanContext } from '../context.ts'
import { spanOf } from '../names.ts'
import { jsonPath, literal, quote, Splices } from '../splice.ts'
import {
  dotted,
  type Affinity,
  type BoundColumn,
  type BoundCore,
  type BoundCte,
  type BoundQuery,
  type Relation,
  type TableRef,
} from './bound.ts'
import { affinityOf, isBracketed, outputsOf } from './core-outputs.ts'
import { ExpressionBinder, type Clause } from './expressions.ts'
import { cteColumns, expandStar, FUNCTION_COLUMNS, outputColumns } from './outputs.ts'
import { impliedPath, joinsOf, originsOf, UNKNOWN } from './scope.ts'
import { TableBinder } from './tables.ts'
import { columnsBelow, nodesBelow } from './traverse.ts'

const MAX_VIEW_DEPTH = 20

/** Resolves the names of one statement; holds what it finds. */
export class Binder {
  readonly splices = new Splices()
  readonly #expressions: ExpressionBinder
  readonly #queries = new Map<Query, BoundQuery>()
  readonly #enclosing = new Map<BoundQuery, BoundQuery>()
  readonly #context: PlanContext
  readonly #views: string[] = []
  readonly #tables: TableBinder

  /**
   * @param tablePrefix what the names of the tables begin with into which resources are loaded
   * @param changing methods of a change, whose own parameters say what a column means in its WHERE
   */
  constructor(context: PlanContext, tablePrefix = 'scan~', changing: readonly Method[] = []) {
    this.#context = context
    this.#tables = new TableBinder(context, this.splices, tablePrefix)
    this.#expressions = new ExpressionBinder(this.splices, changing)
  }

  /** The places that name a resource, in the order in which they are bound. */
  get refs(): readonly TableRef[] {
    return this.#tables.refs
  }

  /**
   * Binds a whole statement.
   * @throws ConfluentqlError UNKNOWN_NAME with the position of an unknown table or field
   */
  bind(query: Query): BoundQuery {
    const bound = this.#query(query)
    for (const column of this.#expressions.tested) {
      for (const origin of originsOf(column))
        if (origin.relation.kind === 'ref')
          origin.relation.ref.tested.set(origin.column.toLowerCase(), column)
    }
    return bound
  }

  /** The column that an expression is, if it is one and nothing else. */
  columnOf(e: Expression): BoundColumn | undefined {
    return this.#expressions.columnOf(e)
  }

  /** Whether an expression is a name that stands for no known column. */
  isUnresolved(e: Expression): boolean {
    return this.#expressions.isUnresolved(e)
  }

  /** The core whose result column a name is that is computed. */
  aliasCore(e: Expression): BoundCore | undefined {
    return this.#expressions.aliasCore(e)
  }

  /** All columns that the statement, and the views in it, name. */
  columns(): Iterable<BoundColumn> {
    return this.#expressions.columns()
  }

  /** All columns in an expression, those of subqueries included. */
  columnsIn(e: Expression): BoundColumn[] {
    return columnsBelow(nodesBelow(e), this)
  }

  /** What a subquery is bound to. */
  boundQuery(query: Query): BoundQuery {
    return this.#queries.get(query)!
  }

  /** Queries around this one, outermost first: their CTEs may be used in it. */
  around(query: BoundQuery): BoundQuery[] {
    const outer = this.#enclosing.get(query)
    return outer ? [...this.around(outer), query] : [query]
  }

  /**
   * @param outer the core whose columns a correlated subquery may use, and the clause in which it stands
   * @param enclosing the query whose CTEs are visible
   * @param cte the CTE whose body it is: while it is bound it may name itself
   */
  #query(
    query: Query,
    outer?: { readonly core: BoundCore; readonly clause: ClauseName },
    enclosing?: BoundQuery,
    cte?: BoundCte,
  ): BoundQuery {
    const bound: BoundQuery = { query, cores: [], outer: outer?.core, clause: outer?.clause, ctes: new Map() }
    this.#queries.set(query, bound)
    if (cte) cte.query = bound
    if (enclosing) this.#enclosing.set(bound, enclosing)
    for (const c of query.ctes) {
      const entry: BoundCte = {
        name: c.name,
        columns: c.columns,
        query: undefined,
        uses: 0,
        recursive: false,
        owner: bound,
      }
      bound.ctes.set(c.name.toLowerCase(), entry)
    }
    for (const c of query.ctes) this.#bindCte(bound.ctes.get(c.name.toLowerCase())!, c.query)
    for (const core of query.cores) bound.cores.push(this.#core(core, bound))
    const first = bound.cores[0]!
    if (query.orderBy && bound.cores.length === 1) {
      for (const term of query.orderBy)
        this.#expressions.bind(first, term, term.kind === 'column' ? 'order' : 'group')
    }
    for (const sub of query.subqueries)
      first.subqueries.push(this.#query(sub, { core: first, clause: 'group' }, bound))
    return bound
  }

  /** A CTE is bound once, where it is first named or, if it is not, by itself. */
  #bindCte(cte: BoundCte, query: Query): void {
    if (cte.query) return
    const { outer, clause } = cte.owner
    this.#query(query, outer && { core: outer, clause: clause! }, cte.owner, cte)
    cte.recursive = cte.uses > 0
  }

  #cte(name: string, from: BoundQuery): BoundCte | undefined {
    for (let q: BoundQuery | undefined = from; q; q = this.#enclosing.get(q)) {
      const found = q.ctes.get(name.toLowerCase())
      if (found) return found
    }
    return undefined
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
      const relation = this.#relation(leaf, bound)
      bound.relations.push(relation)
      bound.relationOf.set(leaf, relation)
    }
    if (parent.query.form === 'table') return this.#tableCore(bound)
    for (const item of core.items) {
      if (item.star) this.#star(bound, item.star.qualifier)
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
      for (const name of join.using ?? []) for (const relation of bound.relations) this.#use(relation, name)
    }
    for (const { query, clause } of core.subqueries)
      bound.subqueries.push(this.#query(query, { core: bound, clause }, parent))
    bound.outputs = outputsOf(bound, this)
    return bound
  }

  /** A table where a query could stand: all its columns; of objects that are compared the fields that are meant. */
  #tableCore(core: BoundCore): BoundCore {
    this.#star(core, [])
    core.outputs = expandStar(core, [])
    const [relation] = core.relations
    const [only, another] = core.outputs ?? []
    const implied = only?.from && !another ? impliedPath(only.from, only.shape ?? UNKNOWN) : undefined
    if (!implied || implied.path.length === 0 || relation!.node.kind !== 'table') return core
    const from = { ...only!.from!, path: implied.path }
    core.outputs = [{ ...only!, shape: implied.shape, affinity: 'none', from }]
    const { source } = core.parent.query
    const { name } = relation!.node
    const table = this.splices.textAt(source, name) ?? (() => this.splices.original(source, name))
    const path = literal(jsonPath(implied.path))
    this.splices.add(source, name, () => `(SELECT ${quote(only!.name)} ->> ${path} FROM ${table()})`)
    return core
  }

  #relation(leaf: Exclude<FromNode, { kind: 'join' }>, core: BoundCore): Relation {
    if (leaf.kind === 'function') {
      const columns = FUNCTION_COLUMNS[leaf.name.toLowerCase()]
      if (!columns) throw noFunction(leaf, core.parent.query.source)
      return { kind: 'function', core, alias: leaf.alias ?? leaf.name, columns, node: leaf }
    }
    if (leaf.kind === 'exec') return this.#tables.exec(leaf, core)
    if (leaf.kind === 'derived') {
      const { outer, clause } = core.parent
      const query = this.#query(leaf.query, outer && { core: outer, clause: clause! }, core.parent)
      return {
        kind: 'derived',
        core,
        alias: leaf.alias ?? '',
        columns: outputColumns(query),
        query,
        node: leaf,
      }
    }
    return this.#table(leaf, core)
  }

  #table(node: TableNode, core: BoundCore): Relation {
    const { parts } = node
    const alias = node.alias ?? parts.at(-1)!
    const cte = parts.length === 1 ? this.#cte(parts[0]!, core.parent) : undefined
    if (cte) {
      this.#bindCte(
        cte,
        cte.owner.query.ctes.find(c => c.name.toLowerCase() === cte.name.toLowerCase())!.query,
      )
      cte.uses++
      return { kind: 'cte', core, alias, columns: cteColumns(cte), cte, node }
    }
    const local = this.#context.tables.get(parts.join('.').toLowerCase())
    if (local) return this.#tables.local(local, node, core, alias)
    // "provider.service.resource" in one pair of quotes
    const split =
      parts.length === 1 && parts[0]!.includes('.') ? { ...node, parts: parts[0]!.split('.') } : node
    const name = node.alias ?? split.parts.at(-1)!
    const view = this.#tables.view(split.parts)
    if (view) return this.#viewItem(view, split, core, name)
    return this.#tables.resource(split, core, name)
  }

  #viewItem(view: { name: string; sql: string }, node: TableNode, core: BoundCore, alias: string): Relation {
    if (this.#views.length > MAX_VIEW_DEPTH || this.#views.includes(view.name)) {
      throw new ConfluentqlError(
        'UNSUPPORTED',
        `view ${view.name} refers to itself (${[...this.#views, view.name].join(' → ')})`,
      )
    }
    const source = { text: view.sql, tokens: lex(view.sql).tokens }
    const { site } = this.#tables
    this.#tables.site ??= { source: core.parent.query.source, name: node.name }
    this.#views.push(view.name)
    const query = this.#query(readQuery(source, { from: 0, to: source.tokens.length }, this.#context.parse))
    this.#views.pop()
    this.#tables.site = site
    this.#tables.splice(node, core, () => `(${this.splices.render(source, query.query.range)})`, alias)
    return { kind: 'derived', core, alias, columns: outputColumns(query), query, node }
  }

  #use(relation: Relation, column: string): void {
    if (relation.kind !== 'ref') return
    const name = column.toLowerCase()
    if (relation.ref.resource.columns.some(c => c.name.toLowerCase() === name)) relation.ref.used.add(name)
  }

  #star(core: BoundCore, qualifier: readonly string[]): void {
    const alias = qualifier.at(-1)?.toLowerCase()
    for (const relation of core.relations) {
      if (alias === undefined || relation.alias.toLowerCase() === alias)
        for (const c of relation.columns ?? []) this.#use(relation, c.name)
    }
  }

  #selectItem(core: BoundCore, expr: Expression, alias: string | undefined): void {
    this.#expressions.bindOutput(core, expr, core.parent.query)
    const column = this.columnOf(expr)
    if (column && alias === undefined && column.path.length > 0 && !isBracketed(column))
      this.splices.append(
        core.parent.query.source,
        column.node.name,
        ` AS ${quote(dotted({ ...column, implied: [] }))}`,
      )
  }

  /** The affinity of an expression (sqlite.org/datatype3.html, 3.2). */
  affinityOf(e: Expression): Affinity {
    return affinityOf(e, this)
  }
}

/** Table-valued functions are a closed list: SQLite's others show its settings and its file. */
function noFunction(node: FunctionNode, source: Source): ConfluentqlError {
  return new ConfluentqlError('UNKNOWN_NAME', `no table-valued function "${node.name}"`, {
    span: spanOf(source, node.at),
    hint: 'there are json_each, json_tree',
  })
}
