import { conjuncts, readPredicate, type Predicate } from '../sql/predicate.ts'
import { leaves, type FromNode, type JoinNode, type Range, type Source } from '../sql/query.ts'
import type { BoundCore, Item } from './bound.ts'
import type { PlanContext } from './context.ts'

/** A conjunct of a clause, with the join whose ON it stands in (none: WHERE). */
export interface Conjunct {
  readonly core: BoundCore
  readonly source: Source
  readonly range: Range
  readonly join?: JoinNode
  readonly predicate: Predicate | undefined
}

/** All conjuncts of a core: of its WHERE, and of each ON. */
export function conjunctsOf(core: BoundCore, context: PlanContext): Conjunct[] {
  const { source } = core.parent.query
  const found: Conjunct[] = []
  const add = (range: Range | undefined, join?: JoinNode): void => {
    if (!range || range.to <= range.from) return
    for (const part of conjuncts(source, range)) {
      found.push({
        core,
        source,
        range: part,
        predicate: readPredicate(source, part, context.parse),
        ...(join && { join }),
      })
    }
  }
  const walk = (node: FromNode | undefined): void => {
    if (node?.kind !== 'join') return
    walk(node.left)
    walk(node.right)
    add(node.on, node)
  }
  add(core.core.where)
  walk(core.core.from)
  return found
}

/** Whether an item stands somewhere in a part of a FROM tree. */
export function isUnder(core: BoundCore, node: FromNode, item: Item): boolean {
  return leaves(node).some(l => core.itemOf.get(l) === item)
}

/** Whether a condition of an ON may filter the rows of an item: its side must not be one whose rows survive without a partner. */
export function onFilters(core: BoundCore, join: JoinNode, item: Item): boolean {
  if (join.type === 'full') return false
  const left = isUnder(core, join.left, item)
  const right = isUnder(core, join.right, item)
  if (join.type === 'inner') return left || right
  return join.type === 'left' ? right : left
}

/** Whether an item's columns can be NULL because its row had no partner. */
export function isNullable(
  core: BoundCore,
  item: Item,
  node: FromNode | undefined = core.core.from,
): boolean {
  if (node?.kind !== 'join') return false
  const left = isUnder(core, node.left, item)
  const here = node.type === 'full' || (node.type === 'left' && !left) || (node.type === 'right' && left)
  return here || isNullable(core, item, left ? node.left : node.right)
}
