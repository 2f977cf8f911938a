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

/** An expression and all nodes below it, including those in subqueries, in no particular order. */
export function* nodesBelow(e: Expression): Generator<Expression, void, void> {
  yield e
  for (const child of children(e)) yield* nodesBelow(child)
  if (e.kind === 'subquery' || e.kind === 'exists' || e.kind === 'in query') yield* nodesOf(e.query)
}

/** All nodes of the expressions of a query, including those of its subqueries. */
export function* nodesOf(query: Query): Generator<Expression, void, void> {
  for (const cte of query.ctes) yield* nodesOf(cte.query)
  for (const core of query.cores) {
    for (const e of expressionsOf(core)) yield* nodesBelow(e)
    for (const leaf of leaves(core.from)) if (leaf.kind === 'derived') yield* nodesOf(leaf.query)
  }
  for (const e of tailOf(query)) yield* nodesBelow(e)
}

const isExpression = (item: SelectItem): boolean => !item.star

/** The expressions in the clauses of a core. */
export function expressionsOf(core: Core): Expression[] {
  const { items, where, groupBy = [], having, windows, values, from } = core
  return [
    ...items.filter(isExpression).map(i => i.expr),
    ...values.flat(),
    ...leaves(from).flatMap(l => (l.kind === 'function' ? l.args : [])),
    ...joinsOf(from).flatMap(j => (j.on ? [j.on] : [])),
    ...(where ? [where] : []),
    ...groupBy,
    ...(having ? [having] : []),
    ...windows.flatMap(w => [...w.partitionBy, ...w.orderBy, ...w.bounds]),
  ]
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
export function ownNodes(e: Expression): Expression[] {
  return [...walk(e)]
}

/** The subqueries of an expression, without those nested in them. */
export function subqueriesIn(e: Expression): (Subquery | Exists | InQuery)[] {
  return ownNodes(e).filter(x => x.kind === 'subquery' || x.kind === 'exists' || x.kind === 'in query')
}

/** Everything that a query evaluates: its cores, those of its subqueries, views and CTEs, and the nodes of their expressions. */
export function nodesRead(query: BoundQuery): {
  readonly nodes: readonly Expression[]
  readonly cores: ReadonlySet<BoundCore>
} {
  const cores = new Set(coresOf(query))
  const nodes: Expression[] = []
  for (const core of cores) for (const e of expressionsOf(core.core)) nodes.push(...walk(e))
  for (const { query: q } of new Set([...cores].map(c => c.parent)))
    for (const e of tailOf(q)) nodes.push(...walk(e))
  return { nodes, cores }
}

/** The expressions of ORDER BY and LIMIT. */
export function tailOf({ orderBy = [], limit }: Query): Expression[] {
  return [...orderBy, ...(limit ? [limit.count, ...(limit.offset ? [limit.offset] : [])] : [])]
}
