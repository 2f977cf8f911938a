import { children, type Exists, type Expression, type InQuery, type Subquery } from '../../sql/expression.ts'
import { leaves, type Core, type Query } from '../../sql/query.ts'
import { coresOf, queryOf, type BoundColumn, type BoundCore, type BoundQuery } from './bound.ts'
import { joinsOf } from './joins.ts'

/*
 * Every check of a statement reads these lists. The trees are read-only, so each list is made once, and it is kept as long as its
 * tree.
 */
const nodeLists = new WeakMap<Expression | Query, readonly Expression[]>()
const ownNodeLists = new WeakMap<Expression, readonly Expression[]>()
const clauseLists = new WeakMap<Core, readonly Expression[]>()
const coreNodeLists = new WeakMap<Core, readonly Expression[]>()
const operationLists = new WeakMap<readonly Expression[], readonly Expression[]>()
const readLists = new WeakMap<BoundQuery, NodesRead>()

/** The list of a tree, made at its first use. */
function listOf<T extends object>(
  lists: WeakMap<T, readonly Expression[]>,
  tree: T,
  make: (tree: T) => readonly Expression[],
): readonly Expression[] {
  let list = lists.get(tree)
  if (!list) lists.set(tree, (list = make(tree)))
  return list
}

/**
 * An expression and all nodes below it, including those in subqueries. Of several mistakes the first one is reported, so the left side
 * of IN comes before its query.
 */
export function nodesBelow(e: Expression): readonly Expression[] {
  const own = ownNodes(e)
  for (const { kind } of own)
    if (kind === 'subquery' || kind === 'exists' || kind === 'in query')
      return listOf(nodeLists, e, withQueries)
  return own
}

function withQueries(e: Expression | Query): readonly Expression[] {
  const nodes: Expression[] = []
  addNodes(e as Expression, nodes)
  return nodes
}

function addNodes(e: Expression, nodes: Expression[]): void {
  nodes.push(e)
  for (const child of children(e)) addNodes(child, nodes)
  if (isQuery(e)) for (const node of nodesOf(e.query)) nodes.push(node)
}

/** All nodes of the expressions of a query, including those of its subqueries. */
export function nodesOf(query: Query): readonly Expression[] {
  let nodes = nodeLists.get(query)
  if (!nodes) nodeLists.set(query, (nodes = readQueryNodes(query)))
  return nodes
}

function readQueryNodes(query: Query): readonly Expression[] {
  const nodes: Expression[] = []
  for (const cte of query.ctes) for (const node of nodesOf(cte.query)) nodes.push(node)
  for (const core of query.cores) {
    for (const e of expressionsOf(core)) for (const node of nodesBelow(e)) nodes.push(node)
    for (const leaf of leaves(core.from))
      if (leaf.kind === 'derived') for (const node of nodesOf(leaf.query)) nodes.push(node)
  }
  for (const e of tailOf(query)) for (const node of nodesBelow(e)) nodes.push(node)
  return nodes
}

/** The nodes of a list that have operands or a query: all but names, literals and parameters, which are most of them. */
export function operationsIn(nodes: readonly Expression[]): readonly Expression[] {
  let list = operationLists.get(nodes)
  if (!list) operationLists.set(nodes, (list = operationsOf(nodes)))
  return list
}

function operationsOf(nodes: readonly Expression[]): readonly Expression[] {
  const operations: Expression[] = []
  for (const node of nodes) if (node.kind !== 'literal' && isOperation(node)) operations.push(node)
  return operations
}

const isOperation = ({ kind }: Expression): boolean =>
  kind !== 'column' && kind !== 'literal' && kind !== 'parameter'

/** The expressions in the clauses of a core. */
export function expressionsOf(core: Core): readonly Expression[] {
  return listOf(clauseLists, core, readClauses)
}

function readClauses({ items, where, groupBy = [], having, windows, values, from }: Core): Expression[] {
  const all: Expression[] = []
  for (const { star, expr } of items) if (!star) all.push(expr)
  for (const row of values) for (const e of row) all.push(e)
  for (const leaf of leaves(from)) if (leaf.kind === 'function') all.push(...leaf.args)
  for (const { on } of joinsOf(from)) if (on) all.push(on)
  if (where) all.push(where)
  all.push(...groupBy)
  if (having) all.push(having)
  for (const w of windows) all.push(...w.partitionBy, ...w.orderBy, ...w.bounds)
  return all
}

/** All nodes of the expressions in the clauses of a core, outside their subqueries. */
export function coreNodes(core: Core): readonly Expression[] {
  return listOf(coreNodeLists, core, readCoreNodes)
}

function readCoreNodes(core: Core): readonly Expression[] {
  const nodes: Expression[] = []
  for (const e of expressionsOf(core)) for (const node of ownNodes(e)) nodes.push(node)
  return nodes
}

/** The columns among nodes. */
export function columnsBelow(
  nodes: Iterable<Expression>,
  binder: { columnOf(e: Expression): BoundColumn | undefined },
): BoundColumn[] {
  const found: BoundColumn[] = []
  for (const node of nodes) {
    const column = binder.columnOf(node)
    if (column) found.push(column)
  }
  return found
}

/** An expression and all nodes below it, outside its subqueries. */
export function ownNodes(e: Expression): readonly Expression[] {
  return isOperation(e) ? listOf(ownNodeLists, e, readOwnNodes) : [e]
}

function readOwnNodes(e: Expression): readonly Expression[] {
  const nodes: Expression[] = []
  addOwnNodes(e, nodes)
  return nodes
}

function addOwnNodes(e: Expression, nodes: Expression[]): void {
  nodes.push(e)
  for (const child of children(e)) {
    // long lists have only literals
    if (child.kind === 'literal') nodes.push(child)
    else addOwnNodes(child, nodes)
  }
}

/** The subqueries of an expression, without those nested in them. */
export function subqueriesIn(e: Expression): (Subquery | Exists | InQuery)[] {
  return ownNodes(e).filter(isQuery)
}

function isQuery(e: Expression): e is Subquery | Exists | InQuery {
  return e.kind === 'subquery' || e.kind === 'exists' || e.kind === 'in query'
}

interface NodesRead {
  readonly nodes: readonly Expression[]
  readonly cores: ReadonlySet<BoundCore>
}

/** Everything that a query evaluates: its cores, those of its subqueries, views and CTEs, and the nodes of their expressions. */
export function nodesRead(query: BoundQuery): NodesRead {
  let read = readLists.get(query)
  if (!read) readLists.set(query, (read = readNodes(query)))
  return read
}

function readNodes(query: BoundQuery): NodesRead {
  const cores = new Set(coresOf(query))
  const nodes: Expression[] = []
  for (const { core } of cores) for (const e of coreNodes(core)) nodes.push(e)
  for (const { query: q } of new Set([...cores].map(c => c.parent)))
    for (const e of tailOf(q)) for (const node of ownNodes(e)) nodes.push(node)
  return { nodes, cores }
}

/** The nodes of the result columns of a query, and of the derived tables, CTEs and views that it reads. */
export function nodesOfValues(query: BoundQuery, seen = new Set<BoundQuery>()): ReadonlySet<Expression> {
  const nodes = new Set<Expression>()
  if (seen.has(query)) return nodes
  seen.add(query)
  for (const { core, relations } of query.cores) {
    for (const e of [...core.items.map(i => i.expr), ...core.values.flat()])
      for (const node of nodesBelow(e)) nodes.add(node)
    for (const relation of relations) {
      const of = queryOf(relation)
      if (of) for (const node of nodesOfValues(of, seen)) nodes.add(node)
    }
  }
  return nodes
}

/** The expressions of ORDER BY and LIMIT. */
export function tailOf({ orderBy = [], limit }: Query): Expression[] {
  return [...orderBy, ...(limit ? [limit.count, ...(limit.offset ? [limit.offset] : [])] : [])]
}
