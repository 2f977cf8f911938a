import { keyOf, type Relation } from '../catalog/relations.ts'
import { comparedIn, type Compared } from './compared.ts'
import { readConditions, type ColumnRef, type Conjunct, type Literal } from './conditions.ts'
import { constantsIn, originsIn, sourceTest } from './origins.ts'

/** A node of Postgres' plan, as EXPLAIN (VERBOSE, FORMAT JSON) prints it. */
export interface PlanNode {
  readonly 'Node Type': string
  readonly 'Parent Relationship'?: string
  readonly 'Join Type'?: string
  readonly 'Relation Name'?: string
  readonly Schema?: string
  readonly Alias?: string
  readonly Output?: readonly string[]
  readonly Filter?: string
  readonly 'One-Time Filter'?: string
  readonly Plans?: readonly PlanNode[]
  readonly [key: string]: unknown
}

/** A table that a plan reads. */
export interface TableScan {
  readonly relation: Relation
  readonly alias: string
  /** A sequential scan: its filter is applied to every row first. */
  readonly isPlain: boolean
  readonly filters: readonly Conjunct[]
  readonly node: PlanNode
}

/** Values of `target` that do not occur in `source` do not affect the result. */
export interface KeyFlow {
  readonly target: ColumnRef
  readonly source: ColumnRef
}

/** Constants that a join restricts `target` to: rows with other values do not affect the result. */
export interface FixedValues {
  readonly target: ColumnRef
  readonly values: readonly Literal[]
}

/** What a plan reads, and how its tables are joined. */
export interface PlanScans {
  readonly root: PlanNode
  readonly scans: readonly TableScan[]
  readonly flows: readonly KeyFlow[]
  readonly fixed: readonly FixedValues[]
  /** What is compared anywhere in the plan. */
  readonly compared: readonly Compared[]
  /** Texts of sort keys. */
  readonly sortKeys: readonly string[]
}

const CONDITIONS = [
  'Filter',
  'Join Filter',
  'Hash Cond',
  'Merge Cond',
  'One-Time Filter',
  'TID Cond',
  'Run Condition',
]
const JOIN_CONDITIONS = ['Join Filter', 'Hash Cond', 'Merge Cond']

/**
 * Reads a plan.
 * @param relations the tables of the server, by `schema.name`
 * @param values the values of VALUES in the statement, by column, if it has one
 */
export function readPlan(
  json: string,
  relations: ReadonlyMap<string, Relation>,
  values: readonly (readonly Literal[] | undefined)[] = [],
): PlanScans {
  const [{ Plan: root }] = JSON.parse(json) as [{ Plan: PlanNode }]
  const nodes = allNodes(root)
  const scans = nodes.flatMap(node => {
    const { 'Relation Name': name, Schema: schema = '', Alias: alias = '' } = node
    const relation = name === undefined ? undefined : relations.get(keyOf(schema, name))
    if (!relation) return []
    const isPlain = node['Node Type'] === 'Seq Scan'
    return [{ relation, alias, isPlain, filters: conditionsOf(node, ['Filter']), node }]
  })
  const inFilters = scans.flatMap(scan =>
    scan.isPlain ? flowsTo(scan.filters, ref => ref.alias === scan.alias) : [],
  )
  const originOf = originsIn(nodes, scans)
  const isSource = sourceTest(root)
  const flows = [...nodes.flatMap(joinFlows), ...inFilters]
    .map(flow => ({ ...flow, source: originOf(flow.source) }))
    .filter(({ source, target }) => isSource(source, target))
  const constantsOf = constantsIn(nodes, values)
  const fixed = flows.flatMap(({ target, source }) => {
    const found = constantsOf(source)
    return found ? [{ target, values: found }] : []
  })
  return {
    root,
    scans,
    flows,
    fixed,
    compared: comparedIn(
      nodes,
      nodes.flatMap(node => conditionsOf(node, CONDITIONS)),
      scans,
      originOf,
    ),
    sortKeys: nodes.flatMap(node => (node['Sort Key'] as readonly string[] | undefined) ?? []),
  }
}

function allNodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(allNodes)]
}

function conditionsOf(node: PlanNode, names: readonly string[]): Conjunct[] {
  return names.flatMap(name => {
    const text = node[name]
    return typeof text === 'string' ? readConditions(text) : []
  })
}

/** By type of join: the sides whose rows without a partner do not affect the result. */
const RESTRICTED: Readonly<Record<string, readonly ('Outer' | 'Inner')[]>> = {
  Inner: ['Outer', 'Inner'],
  Semi: ['Outer', 'Inner'],
  'Right Semi': ['Outer', 'Inner'],
  Left: ['Inner'],
  Anti: ['Inner'],
  Right: ['Outer'],
  'Right Anti': ['Outer'],
}

function joinFlows(node: PlanNode): KeyFlow[] {
  const sides = RESTRICTED[node['Join Type'] ?? ''] ?? []
  const conditions = conditionsOf(node, JOIN_CONDITIONS)
  return sides.flatMap(side => {
    const child = (node.Plans ?? []).find(p => p['Parent Relationship'] === side)
    const reached = new Set(child ? restrictable(child) : [])
    return flowsTo(conditions, ref => reached.has(ref.alias))
  })
}

function flowsTo(conditions: readonly Conjunct[], isTarget: (ref: ColumnRef) => boolean): KeyFlow[] {
  return conditions.flatMap(c => {
    if (c.kind !== 'join') return []
    const both = [
      { target: c.left, source: c.right },
      { target: c.right, source: c.left },
    ]
    return both.filter(({ target, source }) => isTarget(target) && !isTarget(source))
  })
}

/** Nodes that return each row of their child unchanged. */
const TRANSPARENT = new Set(['Hash', 'Sort', 'Incremental Sort', 'Materialize', 'Memoize'])

/**
 * Aliases of the scans below a node to which a condition of the node above can be pushed down: the node then returns the same
 * rows, except those that fail the condition. There are none below an aggregate or a LIMIT.
 */
function restrictable(node: PlanNode): string[] {
  const children = (node.Plans ?? []).filter(p => ['Outer', 'Inner'].includes(p['Parent Relationship'] ?? ''))
  if (node['Node Type'] === 'Seq Scan') return [node.Alias ?? '']
  if (TRANSPARENT.has(node['Node Type'])) return children.flatMap(restrictable)
  const join = node['Join Type']
  if (join === undefined) return []
  const visible = children.filter(child => {
    if (join === 'Semi' || join === 'Anti') return child['Parent Relationship'] === 'Outer'
    if (join === 'Right Semi' || join === 'Right Anti') return child['Parent Relationship'] === 'Inner'
    return true
  })
  return visible.flatMap(restrictable)
}
