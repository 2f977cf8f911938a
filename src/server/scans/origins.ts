import { columnOf } from './pushable.ts'
import {
  initPlanAlias,
  readConstants,
  readPlace,
  readSource,
  type ColumnRef,
  type Literal,
} from './conditions.ts'
import type { PlanNode, TableScan } from './plan-tree.ts'

/**
 * Finds the column of a table that a text column of a derived table or CTE is. The plan has the names of their columns and the
 * expressions below, but not which is which: a column is found if only one of the expressions can be a text.
 */
export function originsIn(
  nodes: readonly PlanNode[],
  scans: readonly TableScan[],
): (ref: ColumnRef) => ColumnRef {
  const below = derivedTables(nodes)
  const initPlans = initPlansIn(nodes)
  for (const [alias, node] of initPlans) below.set(alias, node)
  const originOf = (ref: ColumnRef, depth: number): ColumnRef => {
    const outputs = below.get(ref.alias)?.Output ?? []
    const texts = outputs.filter(output => !isOtherType(output, scans))
    const text = initPlans.has(ref.alias) ? outputs[columnNumber(ref) - 1] : onlyOne(texts)
    const place = text !== undefined && ref.path.length === 0 && depth < 9 ? readSource(text) : undefined
    return place ? originOf(place, depth + 1) : ref
  }
  return ref => originOf(ref, 0)
}

/** The nodes whose rows a derived table or CTE has, by its alias. */
export function derivedTables(nodes: readonly PlanNode[]): Map<string, PlanNode> {
  const found = new Map<string, PlanNode>()
  for (const node of nodes) {
    const { Alias: alias } = node
    if (alias === undefined) continue
    const inner =
      node['Node Type'] === 'Subquery Scan'
        ? node.Plans?.find(p => p['Parent Relationship'] === 'Subquery')
        : node['Node Type'] === 'CTE Scan'
          ? onlyOne(nodes.filter(n => n['Subplan Name'] === `CTE ${String(node['CTE Name'])}`))
          : undefined
    if (inner) found.set(alias, inner)
  }
  return found
}

/** The subqueries that are evaluated once, by the alias of their rows. */
function initPlansIn(nodes: readonly PlanNode[]): ReadonlyMap<string, PlanNode> {
  return new Map(
    nodes.flatMap(node => {
      const name = node['Subplan Name']
      return typeof name === 'string' && name.startsWith('InitPlan ')
        ? [[initPlanAlias(name), node] as const]
        : []
    }),
  )
}

/** 2 of `col2`. */
const columnNumber = ({ column }: ColumnRef): number => Number(/^col(\d+)$/.exec(column)?.[1] ?? 0)

/**
 * The values of a source that reads no table: `unnest` of a constant array, or a subquery that is a constant.
 * @param values those of VALUES in the statement, by column, if it has one
 */
export function constantsIn(
  nodes: readonly PlanNode[],
  values: readonly (readonly Literal[] | undefined)[],
): (ref: ColumnRef) => readonly Literal[] | undefined {
  const initPlans = initPlansIn(nodes)
  const named = nodes.filter(n => n.Alias?.startsWith(VALUES))
  const hasValues = onlyOne(named)?.['Node Type'] === 'Values Scan'
  return ref => {
    if (ref.path.length > 0) return undefined
    if (ref.alias === VALUES && hasValues)
      return values[Number(/^column(\d+)$/.exec(ref.column)?.[1] ?? 0) - 1]
    const initPlan = initPlans.get(ref.alias)
    if (initPlan) {
      const isConstant = initPlan['Node Type'] === 'Result' && !initPlan.Plans && !initPlan['One-Time Filter']
      return isConstant ? readConstants(initPlan.Output?.[columnNumber(ref) - 1] ?? '') : undefined
    }
    const scan = nodes.find(n => n['Node Type'] === 'Function Scan' && n.Alias === ref.alias)
    return scan && readConstants(String(scan['Function Call'] ?? ''))
  }
}

/** The alias of VALUES in a plan, if there is one. */
export const VALUES = '*VALUES*'

/** Nodes whose rows are those of several children: their columns are printed as those of the first. */
const COMPOUND = new Set(['Append', 'MergeAppend', 'Merge Append', 'SetOp', 'Recursive Union'])

/**
 * Whether a column in a condition on another table is that column itself, not the column of a UNION that has its name: each node
 * above its table that combines children is also above the other table, through the same child.
 */
export function sourceTest(root: PlanNode): (source: ColumnRef, target: ColumnRef) => boolean {
  const parts = new Map<string, readonly PlanNode[]>()
  const visit = (node: PlanNode, above: readonly PlanNode[]): void => {
    if (node.Alias !== undefined) parts.set(node.Alias, above)
    for (const child of node.Plans ?? [])
      visit(child, COMPOUND.has(node['Node Type']) ? [...above, child] : above)
  }
  visit(root, [])
  return (source, target) =>
    (parts.get(source.alias) ?? []).every(part => parts.get(target.alias)?.includes(part))
}

const onlyOne = <T>(all: readonly T[]): T | undefined => (all.length === 1 ? all[0] : undefined)

/** A call of a function whose value is a number. */
const NUMBER =
  /^\(?(?:count|row_number|(?:dense_|percent_)?rank|cume_dist|ntile)\((?:[^()]|\([^()]*\))*\)(?: OVER \(?[^()]*\)?)?\)?$/

/** Whether an expression is certainly no text. */
function isOtherType(output: string, scans: readonly TableScan[]): boolean {
  if (NUMBER.test(output)) return true
  const place = readPlace(output)
  const relation = place && scans.find(s => s.alias === place.alias)?.relation
  const column = relation && columnOf(relation, place.column)
  return column !== undefined && place!.path.length === 0 && column.type.name !== 'text'
}
