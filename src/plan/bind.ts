import type { Method, Resource } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { isWord, lex } from '../sql/lexer.ts'
import {
  leaves,
  type Core,
  type ExecNode,
  type FromNode,
  type FunctionNode,
  type Query,
  type Range,
  type Source,
  type TableNode,
} from '../sql/query.ts'
import { readQuery } from '../sql/skeleton.ts'
import {
  columnsOf,
  keyOf,
  type BoundCore,
  type BoundCte,
  type BoundQuery,
  type Chain,
  type Item,
  type Output,
  type Ref,
} from './bound.ts'
import { eachChain, isCompared, isEquated } from './chains.ts'
import type { PlanContext } from './context.ts'
import { readCall } from './exec.ts'
import { findResource, spanOf, unknownTable } from './names.ts'
import {
  castShape,
  cteColumns,
  expandStar,
  FUNCTION_COLUMNS,
  mentions,
  outputColumns,
  valuesColumns,
} from './outputs.ts'
import { fieldPath, impliedPath, insteadOf, isAskedItself, lookup, mergedColumns, UNKNOWN } from './scope.ts'
import { jsonPath, literal, quote, Splices } from './splice.ts'

const MAX_VIEW_DEPTH = 20
type Clause = 'select' | 'where' | 'group' | 'having' | 'window' | 'on' | 'from' | 'order'

/** Resolves the names of one statement; holds what it finds. */
export class Binder {
  readonly refs: Ref[] = []
  readonly splices = new Splices()
  readonly #chains = new Map<Source, Map<number, Chain>>()
  /** The same in the order of the text, made when it is first asked for. */
  readonly #sorted = new Map<Source, Chain[]>()
  readonly #context: PlanContext
  readonly #views: string[] = []
  /** Where the statement names the view that is being bound: the place that errors in it point to. */
  #site: { readonly source: Source; readonly name: Range } | undefined
  readonly #tablePrefix: string

  /** Methods of a change, whose own parameters say what a column means in its WHERE. */
  readonly #changing: readonly Method[]

  constructor(context: PlanContext, tablePrefix = 'scan~', changing: readonly Method[] = []) {
    this.#changing = changing
    this.#context = context
    this.#tablePrefix = tablePrefix
  }

  /**
   * @param outer the core whose columns a correlated subquery may use
   * @param enclosing the query whose CTEs are visible
   * @param cte the CTE whose body it is: while it is bound it may name itself
   * @throws ConfluentqlError UNKNOWN_NAME with the position of an unknown table or field
   */
  query(query: Query, outer?: BoundCore, enclosing?: BoundQuery, cte?: BoundCte): BoundQuery {
    const bound: BoundQuery = { query, cores: [], outer, ctes: new Map() }
    if (cte) cte.query = bound
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
      this.#withEnclosing(bound, enclosing)
      this.query(c.query, outer, bound, entry)
      entry.recursive = entry.uses > 0
    }
    this.#withEnclosing(bound, enclosing)
    for (const core of query.cores) bound.cores.push(this.#core(core, bound, outer))
    const first = bound.cores[0]!
    if (query.orderBy && bound.cores.length === 1)
      this.#expression(first, query.orderBy, query.subqueries, 'order')
    for (const sub of query.subqueries) first.subqueries.push(this.query(sub, first, bound))
    return bound
  }

  /** The column that a range of tokens is, if it is one column and nothing else. */
  chainAt(source: Source, range: Range): Chain | undefined {
    const chain = this.#chains.get(source)?.get(range.from)
    return chain && chain.range.to === range.to ? chain : undefined
  }

  /** All columns that the statement, and the views in it, name. */
  *chains(): Generator<Chain, void, void> {
    for (const chains of this.#chains.values()) yield* chains.values()
  }

  /** All columns in a range of tokens, those of subqueries included. */
  chainsIn(source: Source, range: Range): Chain[] {
    const all =
      this.#sorted.get(source)
      ?? [...(this.#chains.get(source)?.values() ?? [])].sort((a, b) => a.range.from - b.range.from)
    this.#sorted.set(source, all)
    let at = 0
    for (let high = all.length; at < high;) {
      const middle = (at + high) >> 1
      if (all[middle]!.range.from < range.from) at = middle + 1
      else high = middle
    }
    const found: Chain[] = []
    for (; at < all.length && all[at]!.range.from < range.to; at++)
      if (all[at]!.range.to <= range.to) found.push(all[at]!)
    return found
  }

  readonly #enclosing = new Map<BoundQuery, BoundQuery>()
  #withEnclosing(bound: BoundQuery, enclosing: BoundQuery | undefined): void {
    if (enclosing) this.#enclosing.set(bound, enclosing)
  }

  #cte(name: string, from: BoundQuery): BoundCte | undefined {
    for (let q: BoundQuery | undefined = from; q; q = this.#enclosing.get(q)) {
      const found = q.ctes.get(name.toLowerCase())
      if (found) return found
    }
    return undefined
  }

  /** Queries around this one, outermost first: their CTEs may be used in it. */
  around(query: BoundQuery): BoundQuery[] {
    const outer = this.#enclosing.get(query)
    return outer ? [...this.around(outer), query] : [query]
  }

  #core(core: Core, parent: BoundQuery, outer: BoundCore | undefined): BoundCore {
    const bound: BoundCore = {
      core,
      parent,
      items: [],
      itemOf: new Map(),
      subqueries: [],
      outputs: undefined,
    }
    const { source } = parent.query
    for (const leaf of leaves(core.from)) {
      const item = this.#item(leaf, bound, outer)
      bound.items.push(item)
      bound.itemOf.set(leaf, item)
    }
    const inside = core.subqueries.map(s => s.query)
    core.items.forEach(i =>
      i.star ? this.#star(bound, i.star.qualifier) : this.#selectItem(bound, i.expr, i.alias, inside),
    )
    const clauses: [Range | undefined, Clause][] = [
      [core.where, 'where'],
      [core.groupBy, 'group'],
      [core.having, 'having'],
      [core.window, 'window'],
    ]
    for (const [range, clause] of clauses) if (range) this.#expression(bound, range, inside, clause)
    if (core.kind === 'values') this.#expression(bound, core.range, inside, 'select')
    this.#joins(bound, core.from, inside)
    for (const { query } of core.subqueries) bound.subqueries.push(this.query(query, bound, parent))
    bound.outputs = this.#outputs(bound, source)
    return bound
  }

  #joins(core: BoundCore, node: FromNode | undefined, inside: readonly Query[]): void {
    if (node?.kind === 'function') this.#expression(core, node.args, inside, 'from')
    if (node?.kind !== 'join') return
    this.#joins(core, node.left, inside)
    this.#joins(core, node.right, inside)
    if (node.on) this.#expression(core, node.on, inside, 'on')
    if (node.natural) this.#star(core, [])
    for (const name of node.using ?? []) for (const item of core.items) this.#use(item, name)
  }

  #item(leaf: Exclude<FromNode, { kind: 'join' }>, core: BoundCore, outer: BoundCore | undefined): Item {
    if (leaf.kind === 'function') {
      if (!FUNCTION_COLUMNS[leaf.name.toLowerCase()]) throw this.#noFunction(leaf, core.parent.query.source)
      return {
        kind: 'function',
        core,
        alias: leaf.alias ?? leaf.name,
        columns: FUNCTION_COLUMNS[leaf.name.toLowerCase()],
        node: leaf,
      }
    }
    if (leaf.kind === 'exec') return this.#exec(leaf, core)
    if (leaf.kind === 'derived') {
      const query = this.query(leaf.query, outer, core.parent)
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

  /** Table-valued functions are a closed list: SQLite's others show its settings and its file. */
  #noFunction(leaf: FunctionNode, source: Source): ConfluentqlError {
    const at = { from: leaf.args.from - 2, to: leaf.args.from - 1 }
    return new ConfluentqlError('UNKNOWN_NAME', `no table-valued function "${leaf.name}"`, {
      span: spanOf(source, at),
      hint: 'there are json_each, json_tree',
    })
  }

  #table(node: TableNode, core: BoundCore): Item {
    const { source } = core.parent.query
    const single = node.parts.length === 1 ? node.parts[0]! : undefined
    const alias = node.alias ?? node.parts.at(-1)!
    const cte = single === undefined ? undefined : this.#cte(single, core.parent)
    if (cte) {
      cte.uses++
      return { kind: 'cte', core, alias, columns: cteColumns(cte), cte, node }
    }
    const local = this.#context.tables.get(node.parts.join('.').toLowerCase())
    if (local) {
      if (!single)
        this.splices.add(source, node.name, `${quote(local.name)}${node.alias ? '' : ` AS ${quote(alias)}`}`)
      return {
        kind: 'local',
        core,
        alias,
        columns: local.columns.map(c => ({
          name: c.name,
          shape: c.shape,
          ...(c.collated && { collated: true }),
        })),
        table: local.name,
        node,
      }
    }
    const view = this.#view(node.parts)
    if (view) return this.#viewItem(view, node, core, alias)
    return this.#resourceItem(this.#resource(node, source), node, core, alias)
  }

  #exec(node: ExecNode, core: BoundCore): Item {
    const { source } = core.parent.query
    const call = readCall(source, node.range, this.#context)
    const id = this.refs.length + 1
    const ref: Ref = {
      id,
      resource: call.resource,
      table: `${this.#tablePrefix}${id}`,
      used: new Set(),
      tested: new Map(),
      asNumber: new Set(),
      source,
      name: node.whole,
      exec: call,
    }
    this.refs.push(ref)
    const alias = node.alias ?? call.method.name
    this.splices.add(source, node.whole, `${quote(ref.table)}${node.alias ? '' : ` AS ${quote(alias)}`}`)
    return { kind: 'ref', core, alias, columns: columnsOf(call.resource.columns), ref, node }
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
    const query = this.query(readQuery(source, { from: 0, to: source.tokens.length }))
    this.#views.pop()
    this.#site = site
    const tail = node.alias ? '' : ` AS ${quote(alias)}`
    this.splices.add(
      core.parent.query.source,
      node.name,
      () => `(${this.splices.render(source, query.query.range)})${tail}`,
    )
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
    const id = this.refs.length + 1
    const ref: Ref = {
      id,
      resource,
      table: `${this.#tablePrefix}${id}`,
      used: new Set(),
      tested: new Map(),
      asNumber: new Set(),
      source,
      name: node.name,
      ...(this.#site && { site: this.#site }),
    }
    this.refs.push(ref)
    this.splices.add(source, node.name, `${quote(ref.table)}${node.alias ? '' : ` AS ${quote(alias)}`}`)
    return { kind: 'ref', core, alias, columns: columnsOf(resource.columns), ref, node }
  }

  /** Marks a column as used, through derived tables down to the resource. */
  #use(item: Item, column: string): void {
    if (
      item.kind === 'ref'
      && item.ref.resource.columns.some(c => c.name.toLowerCase() === column.toLowerCase())
    )
      item.ref.used.add(column.toLowerCase())
  }

  #star(core: BoundCore, qualifier: readonly string[]): void {
    const alias = qualifier.at(-1)?.toLowerCase()
    for (const item of core.items) {
      if (alias === undefined || item.alias.toLowerCase() === alias)
        for (const c of item.columns ?? []) this.#use(item, c.name)
    }
  }

  #selectItem(core: BoundCore, expr: Range, alias: string | undefined, inside: readonly Query[]): void {
    this.#expression(core, expr, inside, 'select')
    const chain = this.chainAt(core.parent.query.source, expr)
    if (chain && alias === undefined && chain.path.length > 0) {
      this.splices.append(
        core.parent.query.source,
        expr,
        ` AS ${quote(keyOf({ column: chain.column, path: chain.path }))}`,
      )
    }
  }

  #expression(core: BoundCore, range: Range, inside: readonly Query[], clause: Clause): void {
    const { source } = core.parent.query
    eachChain(
      source,
      range,
      inside.map(q => q.range),
      (at, parts) => {
        const found = lookup(core, parts)
        if (!found) return
        const { item, rest, qualifier } = found
        const instead =
          ['where', 'on'].includes(clause) && isEquated(source, at)
            ? insteadOf(item, found.column, rest, this.#changingOf(item))
            : undefined
        if (instead !== undefined && !isAskedItself(item.core, item, instead)) {
          this.#spliceInstead(source, at, item, instead, qualifier)
          return
        }
        const { column } = found
        const { path, shape } = fieldPath(
          found.shape,
          rest,
          spanOf(source, at),
          item.alias === '' ? column : `${item.alias}.${column}`,
        )
        const implied = isCompared(source, at) ? impliedPath(item, column, path, shape) : []
        const chain: Chain = {
          range: at,
          item,
          column,
          path,
          shape,
          implied,
          merged: qualifier === 0 && mergedColumns(core, column),
        }
        this.#remember(source, chain)
        this.#use(item, column)
        if (item.kind === 'ref' && ['where', 'on', 'having'].includes(clause))
          item.ref.tested.set(column.toLowerCase(), at)
        this.#spliceChain(source, chain, qualifier)
        if (
          isCompared(source, at)
          && path.length > 0
          && shape !== UNKNOWN
          && (shape.type === 'string' || shape.type === 'timestamp')
        )
          this.#textParams(source, at)
      },
    )
  }

  /** The methods of the change, if this is the table that it changes: the first that is bound. */
  #changingOf(item: Item): readonly Method[] {
    return item.kind === 'ref' && item.ref.id === 1 ? this.#changing : []
  }

  /** A `:name` beside a text inside an object is compared as a text, as it would be beside a column of texts: neither has an affinity of its own. */
  #textParams(source: Source, { from, to }: Range): void {
    for (const at of [to + 1, from - 2]) {
      const token = source.tokens[at]
      if (token?.kind === 'param' && !isWord(source.tokens[at - 1], 'BETWEEN'))
        this.splices.add(source, { from: at, to: at + 1 }, `CAST(${token.text} AS TEXT)`)
    }
  }

  #spliceInstead(source: Source, at: Range, item: Item, column: string, qualifier: number): void {
    const { shape } = item.columns!.find(c => c.name === column)!
    this.#remember(source, { range: at, item, column, path: [], shape, implied: [], merged: false })
    this.#use(item, column)
    if (item.kind === 'ref') item.ref.tested.set(column.toLowerCase(), at)
    this.splices.add(source, at, qualifier === 0 ? quote(column) : `${quote(item.alias)}.${quote(column)}`)
  }

  #remember(source: Source, chain: Chain): void {
    const known = this.#chains.get(source) ?? new Map<number, Chain>()
    this.#chains.set(source, known)
    this.#sorted.delete(source)
    known.set(chain.range.from, chain)
  }

  #spliceChain(source: Source, chain: Chain, qualifier: number): void {
    const below = [...chain.path, ...chain.implied]
    if (below.length === 0 && qualifier < 2) return
    const { from } = chain.range
    const name = { from, to: from + qualifier * 2 + 1 }
    const column =
      qualifier >= 2
        ? `${quote(chain.item.alias)}.${quote(chain.column)}`
        : this.splices.original(source, name)
    this.splices.add(
      source,
      chain.range,
      below.length === 0 ? column : `(${column} ->> ${literal(jsonPath(below))})`,
    )
  }

  #outputs(core: BoundCore, source: Source): readonly Output[] | undefined {
    const outputs: Output[] = []
    if (core.core.kind === 'values') return valuesColumns(source, core.core.range)
    for (const item of core.core.items) {
      if (item.star) {
        const expanded = expandStar(core, item.star.qualifier)
        if (!expanded) return undefined
        outputs.push(...expanded)
        continue
      }
      const chain = this.chainAt(source, item.expr)
      const name = item.alias ?? (chain ? keyOf({ column: chain.column, path: chain.path }) : '')
      const collated = chain
        ? chain.item.columns?.find(c => c.name === chain.column)?.collated
        : mentions(source, item.expr, 'COLLATE')
      outputs.push({
        name,
        shape: chain?.shape ?? castShape(source, item.expr),
        from: chain && !chain.merged ? chain : undefined,
        ...(collated && { collated }),
      })
    }
    return outputs
  }
}
