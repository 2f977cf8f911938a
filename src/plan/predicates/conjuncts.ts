import type { Expression } from '../../sql/expression.ts'
import { leaves, type FromNode, type JoinNode } from '../../sql/query.ts'
import type { BoundColumn, BoundCore, Relation } from '../binding/bound.ts'
import { joinsOf } from '../binding/joins.ts'

/** A conjunct of WHERE or ON. */
export interface Conjunct {
  readonly core: BoundCore
  readonly condition: Expression
  /** The join whose ON it is in; undefined for WHERE. */
  readonly join?: JoinNode
}

const conjunctLists = new WeakMap<BoundCore, readonly Conjunct[]>()

/** All conjuncts of a core: those of WHERE and of each ON. */
export function conjunctsOf(core: BoundCore): readonly Conjunct[] {
  let list = conjunctLists.get(core)
  if (!list) conjunctLists.set(core, (list = readConjuncts(core)))
  return list
}

function readConjuncts(core: BoundCore): Conjunct[] {
  const { where, from } = core.core
  const conjuncts: Conjunct[] = []
  if (where) for (const condition of splitAnd(where)) conjuncts.push({ core, condition })
  for (const join of joinsOf(from))
    if (join.on) for (const condition of splitAnd(join.on)) conjuncts.push({ core, condition, join })
  return conjuncts
}

/** The conditions that AND connects. */
export function splitAnd(e: Expression): Expression[] {
  return e.kind === 'and' ? e.operands.flatMap(splitAnd) : [e]
}

/** The relations in each part of the FROM tree of a core. */
const relationsUnder = new WeakMap<BoundCore, Map<FromNode, ReadonlySet<Relation>>>()

/** Whether a relation is in a part of a FROM tree. */
export function isUnder(core: BoundCore, node: FromNode, relation: Relation): boolean {
  if (node.kind !== 'join') return core.relationOf.get(node) === relation
  let byNode = relationsUnder.get(core)
  if (!byNode) relationsUnder.set(core, (byNode = new Map()))
  let under = byNode.get(node)
  if (!under) byNode.set(node, (under = new Set(leaves(node).map(l => core.relationOf.get(l)!))))
  return under.has(relation)
}

/** Whether all columns of an expression in a correlated subquery are of the queries around it. */
export function areAround(columns: readonly BoundColumn[], core: BoundCore): boolean {
  return columns.length > 0 && columns.every(c => c.relation.core !== core)
}

/** Whether the ON of a LEFT JOIN looks for rows of a relation on its right by columns of other places. */
export function isRightOfLeft(
  relation: Relation,
  columns: readonly BoundColumn[],
  { core, join }: Conjunct,
): boolean {
  return (
    columns.length > 0
    && join?.type === 'left'
    && isUnder(core, join.right, relation)
    && !columns.some(c => isUnder(core, join.right, c.relation))
  )
}

/** Whether a condition in ON may filter the rows of a relation: not those of the side that an outer join preserves. */
export function onFilters(core: BoundCore, join: JoinNode, relation: Relation): boolean {
  if (join.type === 'full') return false
  if (join.type === 'inner') return isUnder(core, join, relation)
  return isUnder(core, join.type === 'left' ? join.right : join.left, relation)
}

/** Whether an outer join can make the columns of a relation NULL. */
export function isNullable(
  core: BoundCore,
  relation: Relation,
  node: FromNode | undefined = core.core.from,
): boolean {
  if (node?.kind !== 'join') return false
  const left = isUnder(core, node.left, relation)
  return isNullableSide(node, left) || isNullable(core, relation, left ? node.left : node.right)
}

/** Whether a join makes the columns of a side NULL where it finds no match. */
function isNullableSide({ type }: JoinNode, isLeft: boolean): boolean {
  return type === 'full' || (type === 'left' && !isLeft) || (type === 'right' && isLeft)
}

/**
 * The relations whose columns become NULL if rows of `target` are missing: a list for each outer join that has both in its
 * nullable side. A condition evaluated after that join then sees NULL.
 *
 * @param within the join whose ON has the condition; undefined for WHERE
 */
export function nulledWith(
  core: BoundCore,
  target: Relation,
  relations: readonly Relation[],
  within: JoinNode | undefined,
): readonly (readonly Relation[])[] {
  const found: (readonly Relation[])[] = []
  const visit = (node: FromNode | undefined): void => {
    if (node?.kind !== 'join') return
    for (const isLeft of [true, false]) {
      const side = isLeft ? node.left : node.right
      if (isNullableSide(node, isLeft) && isUnder(core, side, target))
        found.push(relations.filter(relation => isUnder(core, side, relation)))
      visit(side)
    }
  }
  if (within) {
    visit(within.left)
    visit(within.right)
  } else visit(core.core.from)
  return found.filter(nulled => nulled.length > 0)
}
