import {
  children,
  walk,
  type Exists,
  type Expression,
  type InQuery,
  type Subquery,
} from '../../sql/expression.ts'
import { leaves, type Core, type Query, type SelectItem } from '../../sql/query.ts'
import { coresOf, type BoundColumn, type BoundCore, type BoundQuery } from './bound.ts'
import { joinsOf } from './joins.ts'

/*
 * Every check of a statement reads these lists. The trees are read-only, so each list is made once, and it is kept as long as its
 * tree.
 */
const nodeLists = new WeakMap<Expression | Query, readonly Expression[]>()
const ownNodeLists = new WeakMap<Expression, readonly Expression[]>()
const clauseLists = new WeakMap<Core, readonly Expression[]>()
const coreNodeLists = new WeakMap<Core, readonly Expression[]>()

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
  if (!own.some(isQuery)) return own
  return listOf(nodeLists, e, () => {
    const nodes: Expression[] = []
    addNodes(e, nodes)
    return nodes
  })
}

function addNodes(e: Expression, nodes: Expression[]): void {
  nodes.push(e)
  for (const child of children(e)) addNodes(child, nodes)
  if (isQuery(e)) for (const node of nodesOf(e.query)) nodes.push(node)
}

/** All nodes of the expressions of a query, including those of its subqueries. */
export function nodesOf(query: Query): readonly Expression[] {
  return listOf(nodeLists, query, () => {
    const nodes: Expression[] = []
    const add = (list: readonly Expression[]): void => {
      for (const node of list) nodes.push(node)
    }
    for (const cte of query.ctes) add(nodesOf(cte.query))
    for (const core of query.cores) {
      for (const e of expressionsOf(core)) add(nodesBelow(e))
      for (const leaf of leaves(core.from)) if (leaf.kind === 'derived') add(nodesOf(leaf.query))
    }
    for (const e of tailOf(query)) add(nodesBelow(e))
    return nodes
  })
}

const isExpression = (item: SelectItem): boolean => !item.star

/** The expressions in the clauses of a core. */
export function expressionsOf(core: Core): readonly Expression[] {
  return listOf(clauseLists, core, ({ items, where, groupBy = [], having, windows, values, from }) => [
    ...items.filter(isExpression).map(i => i.expr),
    ...values.flat(),
    ...leaves(from).flatMap(l => (l.kind === 'function' ? l.args : [])),
    ...joinsOf(from).flatMap(j => (j.on ? [j.on] : [])),
    ...(where ? [where] : []),
    ...groupBy,
    ...(having ? [having] : []),
    ...windows.flatMap(w => [...w.partitionBy, ...w.orderBy, ...w.bounds]),
  ])
}

/** All nodes of the expressions in the clauses of a core, outside their subqueries. */
export function coreNodes(core: Core): readonly Expression[] {
  return listOf(coreNodeLists, core, () => expressionsOf(core).flatMap(ownNodes))
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
  return children(e).length === 0 ? [e] : listOf(ownNodeLists, e, () => [...walk(e)])
}

/** The subqueries of an expression, without those nested in them. */
export function subqueriesIn(e: Expression): (Subquery | Exists | InQuery)[] {
  return ownNodes(e).filter(isQuery)
}

function isQuery(e: Expression): e is Subquery | Exists | InQuery {
  return e.kind === 'subquery' || e.kind === 'exists' || e.kind === 'in query'
}

/** Everything that a query evaluates: its cores, those of its subqueries, views and CTEs, and the nodes of their expressions. */
export function nodesRead(query: BoundQuery): {
  readonly nodes: readonly Expression[]
  readonly cores: ReadonlySet<BoundCore>
} {
  const cores = new Set(coresOf(query))
  const nodes: Expression[] = []
  for (const { core } of cores) for (const e of coreNodes(core)) nodes.push(e)
  for (const { query: q } of new Set([...cores].map(c => c.parent)))
    for (const e of tailOf(q)) for (const node of ownNodes(e)) nodes.push(node)
  return { nodes, cores }
}

/** The expressions of ORDER BY and LIMIT. */
export function tailOf({ orderBy = [], limit }: Query): Expression[] {
  return [...orderBy, ...(limit ? [limit.count, ...(limit.offset ? [limit.offset] : [])] : [])]
}
