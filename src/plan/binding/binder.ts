import type { Method, Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import { lex } from '../../sql/lexer.ts'
import {
  leaves,
  type ClauseName,
  type Core,
  type FromNode,
  type FunctionNode,
  type ExecNode,
  type Query,
  type Range,
  type Source,
  type TableNode,
} from '../../sql/query.ts'
import { readQuery } from '../../sql/read-query.ts'
import type { PlanContext, TableShape } from '../context.ts'
import { readCall } from '../exec.ts'
import { findResource, spanOf, unknownTable } from '../names.ts'
import { jsonPath, literal, quote, Splices } from '../splice.ts'
import {
  columnsOf,
  dotted,
  type BoundColumn,
  type BoundCore,
  type BoundCte,
  type BoundQuery,
  type Item,
  type Output,
  type Ref,
} from './bound.ts'
import { ExpressionBinder, type Clause } from './expressions.ts'
import {
  affinityOfType,
  castShape,
  cteColumns,
  expandStar,
  FUNCTION_COLUMNS,
  hasCollate,
  outputColumns,
  valuesColumns,
} from './outputs.ts'
import { impliedPath, joinsOf, originsOf, UNKNOWN } from './scope.ts'
import { columnsBelow, nodesBelow } from './traverse.ts'

const MAX_VIEW_DEPTH = 20

/** Resolves the names of one statement; holds what it finds. */
export class Binder {
  readonly refs: Ref[] = []
  readonly splices = new Splices()
  readonly #expressions: ExpressionBinder
  readonly #queries = new Map<Query, BoundQuery>()
  readonly #enclosing = new Map<BoundQuery, BoundQuery>()
  readonly #context: PlanContext
  readonly #views: string[] = []
  /** Where the statement names the view that is being bound: the place that errors in it point to. */
  #site: { readonly source: Source; readonly name: Range } | undefined
  readonly #tablePrefix: string

  /**
   * @param tablePrefix what the names of the tables begin with into which resources are loaded
   * @param changing methods of a change, whose own parameters say what a column means in its WHERE
   */
  constructor(context: PlanContext, tablePrefix = 'scan~', changing: readonly Method[] = []) {
    this.#context = context
    this.#tablePrefix = tablePrefix
    this.#expressions = new ExpressionBinder(this.splices, changing)
  }

  /**
   * Binds a whole statement.
   * @throws ConfluentqlError UNKNOWN_NAME with the position of an unknown table or field
   */
  bind(query: Query): BoundQuery {
    const bound = this.#query(query)
    for (const column of this.#expressions.tested) {
      for (const origin of originsOf(column))
        if (origin.item.kind === 'ref') origin.item.ref.tested.set(origin.column.toLowerCase(), column)
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
      items: [],
      itemOf: new Map(),
      subqueries: [],
      outputs: undefined,
    }
    for (const leaf of leaves(core.from)) {
      const item = this.#item(leaf, bound)
      bound.items.push(item)
      bound.itemOf.set(leaf, item)
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
      for (const name of join.using ?? []) for (const item of bound.items) this.#use(item, name)
    }
    for (const { query, clause } of core.subqueries)
      bound.subqueries.push(this.#query(query, { core: bound, clause }, parent))
    bound.outputs = this.#outputs(bound)
    return bound
  }

  /** A table where a query could stand: all its columns; of objects that are compared the fields that are meant. */
  #tableCore(core: BoundCore): BoundCore {
    this.#star(core, [])
    core.outputs = expandStar(core, [])
    const [item] = core.items
    const [only, another] = core.outputs ?? []
    const implied = only?.from && !another ? impliedPath(only.from, only.shape ?? UNKNOWN) : undefined
    if (!implied || implied.path.length === 0 || item!.node.kind !== 'table') return core
    const from = { ...only!.from!, path: implied.path }
    core.outputs = [{ ...only!, shape: implied.shape, affinity: 'none', from }]
    const { source } = core.parent.query
    const { name } = item!.node
    const table = this.splices.textAt(source, name) ?? (() => this.splices.original(source, name))
    const path = literal(jsonPath(implied.path))
    this.splices.add(source, name, () => `(SELECT ${quote(only!.name)} ->> ${path} FROM ${table()})`)
    return core
  }

  #item(leaf: Exclude<FromNode, { kind: 'join' }>, core: BoundCore): Item {
    if (leaf.kind === 'function') {
      const columns = FUNCTION_COLUMNS[leaf.name.toLowerCase()]
      if (!columns) throw noFunction(leaf, core.parent.query.source)
      return { kind: 'function', core, alias: leaf.alias ?? leaf.name, columns, node: leaf }
    }
    if (leaf.kind === 'exec') return this.#exec(leaf, core)
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

  #table(node: TableNode, core: BoundCore): Item {
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
    if (local) return this.#localItem(local, node, core, alias)
    // "provider.service.resource" in one pair of quotes
    const split =
      parts.length === 1 && parts[0]!.includes('.') ? { ...node, parts: parts[0]!.split('.') } : node
    const name = node.alias ?? split.parts.at(-1)!
    const view = this.#view(split.parts)
    if (view) return this.#viewItem(view, split, core, name)
    return this.#resourceItem(this.#resource(split, core.parent.query.source), split, core, name)
  }

  /** The schema is written out: a CTE of the statement may have the name of a table that a view reads. */
  #localItem(local: TableShape, node: TableNode, core: BoundCore, alias: string): Item {
    this.#spliceTable(node, core, `${local.schema ?? 'temp'}.${quote(local.name)}`, alias)
    const columns = local.columns.map(c => ({
      name: c.name,
      shape: c.shape,
      affinity:
        c.declared === undefined
          ? columnsOf([{ ...c.shape, name: c.name }])[0]!.affinity
          : affinityOfType(c.declared),
      ...(c.declared !== undefined && { declared: c.declared }),
      ...(c.collated && { collated: true }),
    }))
    return { kind: 'local', core, alias, columns, table: local.name, schema: local.schema ?? 'temp', node }
  }

  /** Replaces the name of a table; where a query could stand, by a query. */
  #spliceTable(
    { name, alias: given }: TableNode,
    { parent }: BoundCore,
    table: string | (() => string),
    alias: string,
  ): void {
    const { form, source } = parent.query
    const write = (text: string): string =>
      form === 'table'
        ? `(SELECT * FROM ${text})`
        : `${text}${given === undefined ? ` AS ${quote(alias)}` : ''}`
    this.splices.add(source, name, typeof table === 'string' ? write(table) : () => write(table()))
  }

  #exec(node: ExecNode, core: BoundCore): Item {
    const { source } = core.parent.query
    const call = readCall(source, node.range, this.#context)
    const ref: Ref = { ...this.#ref(call.resource, source, node.whole), exec: call }
    this.refs.push(ref)
    const alias = node.alias ?? call.method.name
    this.splices.add(source, node.whole, `${quote(ref.table)}${node.alias ? '' : ` AS ${quote(alias)}`}`)
    return { kind: 'ref', core, alias, columns: columnsOf(call.resource.columns), ref, node }
  }

  #ref(resource: Resource, source: Source, name: Range): Ref {
    const id = this.refs.length + 1
    const table = `${this.#tablePrefix}${id}`
    return { id, resource, table, used: new Set(), tested: new Map(), unusable: new Map(), source, name }
  }

  #view(parts: readonly string[]) {
    const { views, provider } = this.#context
    const name = parts.join('.').toLowerCase()
    return views.get(name) ?? (provider ? views.get(`${provider.toLowerCase()}.${name}`) : undefined)
  }

  #viewItem(view: { name: string; sql: string }, node: TableNode, core: BoundCore, alias: string): Item {
    if (this.#views.length > MAX_VIEW_DEPTH || this.#views.includes(view.name)) {
      throw new ConfluentqlError(
        'UNSUPPORTED',
        `view ${view.name} refers to itself (${[...this.#views, view.name].join(' → ')})`,
      )
    }
    const source = { text: view.sql, tokens: lex(view.sql).tokens }
    const site = this.#site
    this.#site ??= { source: core.parent.query.source, name: node.name }
    this.#views.push(view.name)
    const query = this.#query(readQuery(source, { from: 0, to: source.tokens.length }, this.#context.parse))
    this.#views.pop()
    this.#site = site
    this.#spliceTable(node, core, () => `(${this.splices.render(source, query.query.range)})`, alias)
    return { kind: 'derived', core, alias, columns: outputColumns(query), query, node }
  }

  #resource(node: TableNode, source: Source): Resource {
    const { catalog, provider } = this.#context
    const span = spanOf(source, node.name)
    if (node.parts.length === 3) return findResource(catalog, node.parts, span)
    if (node.parts.length === 2 && provider) return findResource(catalog, [provider, ...node.parts], span)
    throw unknownTable(node.parts, this.#context, span)
  }

  #resourceItem(resource: Resource, node: TableNode, core: BoundCore, alias: string): Item {
    const { source } = core.parent.query
    const ref: Ref = { ...this.#ref(resource, source, node.name), ...(this.#site && { site: this.#site }) }
    this.refs.push(ref)
    this.#spliceTable(node, core, quote(ref.table), alias)
    return { kind: 'ref', core, alias, columns: columnsOf(resource.columns), ref, node }
  }

  #use(item: Item, column: string): void {
    if (item.kind !== 'ref') return
    const name = column.toLowerCase()
    if (item.ref.resource.columns.some(c => c.name.toLowerCase() === name)) item.ref.used.add(name)
  }

  #star(core: BoundCore, qualifier: readonly string[]): void {
    const alias = qualifier.at(-1)?.toLowerCase()
    for (const item of core.items) {
      if (alias === undefined || item.alias.toLowerCase() === alias)
        for (const c of item.columns ?? []) this.#use(item, c.name)
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

  #outputs(core: BoundCore): readonly Output[] | undefined {
    const outputs: Output[] = []
    if (core.core.kind === 'values') return valuesColumns(core.core.values)
    for (const item of core.core.items) {
      if (!item.star) {
        outputs.push(this.#output(item.expr, item.alias))
        continue
      }
      const expanded = expandStar(core, item.star.qualifier)
      if (!expanded) return undefined
      outputs.push(...expanded)
    }
    return outputs
  }

  #output(e: Expression, alias: string | undefined): Output {
    const column = this.columnOf(e)
    const isNamed = column && (column.path.length === 0 || !isBracketed(column))
    const name = alias ?? (isNamed ? dotted({ ...column, implied: [] }) : '')
    if (!column) {
      const shape = castShape(e)
      return {
        name,
        shape,
        affinity: this.affinityOf(e),
        from: undefined,
        ...(hasCollate(e) && { collated: true }),
      }
    }
    const collated = column.item.columns?.find(c => c.name === column.column)?.collated
    const { item, implied, affinity } = column
    const path = [...column.path, ...implied]
    const from = column.merged ? undefined : { item, column: column.column, path }
    const shape = implied.reduce((at, field) => at.fields?.[field] ?? UNKNOWN, column.shape)
    return { name, shape, affinity, from, ...(collated && { collated }) }
  }

  /** The affinity of an expression (sqlite.org/datatype3.html, 3.2). */
  affinityOf(e: Expression): BoundColumn['affinity'] {
    if (e.kind === 'column') return this.columnOf(e)?.affinity ?? 'none'
    if (e.kind === 'cast') return affinityOfType(e.type)
    if (e.kind === 'collate') return this.affinityOf(e.operand)
    if (e.kind === 'row') return e.items[0] ? this.affinityOf(e.items[0]) : 'none'
    if (e.kind === 'subquery') return this.boundQuery(e.query).cores[0]?.outputs?.[0]?.affinity ?? 'none'
    return 'none'
  }
}

/** Whether brackets stand around a column: SQLite then names a path by its text. */
function isBracketed({ node }: BoundColumn): boolean {
  return node.range.from !== node.name.from
}

/** Table-valued functions are a closed list: SQLite's others show its settings and its file. */
function noFunction(node: FunctionNode, source: Source): ConfluentqlError {
  return new ConfluentqlError('UNKNOWN_NAME', `no table-valued function "${node.name}"`, {
    span: spanOf(source, node.at),
    hint: 'there are json_each, json_tree',
  })
}
