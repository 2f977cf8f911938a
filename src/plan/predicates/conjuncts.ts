import type { Expression } from '../../sql/expression.ts'
import { leaves, type FromNode, type JoinNode } from '../../sql/query.ts'
import type { BoundCore, Relation } from '../binding/bound.ts'
import { joinsOf } from '../binding/joins.ts'

/** A conjunct of a clause, with the join whose ON it stands in (none: WHERE). */
export interface Conjunct {
  readonly core: BoundCore
  readonly condition: Expression
  readonly join?: JoinNode
}

/** All conjuncts of a core: of its WHERE, and of each ON. */
export function conjunctsOf(core: BoundCore): Conjunct[] {
  const { where, from } = core.core
  return [
    ...(where ? splitAnd(where) : []).map(condition => ({ core, condition })),
    ...joinsOf(from).flatMap(join =>
      (join.on ? splitAnd(join.on) : []).map(condition => ({ core, condition, join })),
    ),
  ]
}

/** The parts of a condition that AND holds together. */
export function splitAnd(e: Expression): Expression[] {
  return e.kind === 'and' ? e.operands.flatMap(splitAnd) : [e]
}

/** Whether an item stands somewhere in a part of a FROM tree. */
export function isUnder(core: BoundCore, node: FromNode, relation: Relation): boolean {
  return leaves(node).some(l => core.relationOf.get(l) === relation)
}

/** Whether a condition of an ON may filter the rows of an item: its side must not be one whose rows survive without a partner. */
export function onFilters(core: BoundCore, join: JoinNode, relation: Relation): boolean {
  if (join.type === 'full') return false
  const left = isUnder(core, join.left, relation)
  const right = isUnder(core, join.right, relation)
  if (join.type === 'inner') return left || right
  return join.type === 'left' ? right : left
}

/** Whether an item's columns can be NULL because its row had no partner. */
export function isNullable(
  core: BoundCore,
  relation: Relation,
  node: FromNode | undefined = core.core.from,
): boolean {
  if (node?.kind !== 'join') return false
  const left = isUnder(core, node.left, relation)
  return isNullableSide(node, left) || isNullable(core, relation, left ? node.left : node.right)
}

/** Whether rows of one side of a join can be missing, so that its columns are NULL. */
function isNullableSide({ type }: JoinNode, isLeft: boolean): boolean {
  return type === 'full' || (type === 'left' && !isLeft) || (type === 'right' && isLeft)
}

/**
 * The items among some whose columns become NULL by the absence of rows of `target`, a list for each outer join of which
 * both stand in the nullable part. A condition from above that join sees them NULL if the rows of target are missing.
 *
 * @param within the join whose ON the condition stands in; none for WHERE
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
