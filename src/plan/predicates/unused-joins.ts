import { leaves, type Core, type JoinNode } from '../../sql/query.ts'
import { coresOf, type BoundCore, type Relation } from '../binding/bound.ts'
import { joinsOf } from '../binding/joins.ts'
import { expressionsOf, tailOf } from '../binding/traverse.ts'
import type { Mistakes } from './mistakes.ts'

/**
 * Rejects a change by a LEFT JOIN whose table is named nowhere but in its own ON: it leaves out no row, although it is probably meant
 * to. In a query it does no harm, and programs that write SQL make such joins.
 */
export function checkUnusedJoins(mistakes: Mistakes): void {
  const { root, analysis } = mistakes
  if (!mistakes.isChange) return
  for (const core of coresOf(root)) {
    const { source } = core.parent.query
    if (source !== root.query.source || core.relations.length < 2 || analysis.combinesRows(core)) continue
    for (const join of joinsOf(core.core.from)) {
      if (join.type !== 'left') continue
      const joined = leaves(join.right).map(leaf => core.relationOf.get(leaf)!)
      if (joined.some(relation => isUsed(relation, join, core, mistakes))) continue
      const [{ alias }, leaf] = [joined[0]!, leaves(join.right)[0]!]
      const name = alias === '' ? 'the subquery' : alias
      mistakes.refuse(
        { source, range: leaf.kind === 'table' ? leaf.name : core.core.range },
        `no clause but the ON of its LEFT JOIN names ${name}, so the join leaves out no row: write JOIN instead of LEFT JOIN, or leave the join out`,
      )
    }
  }
}

/** Whether a clause has a column of a relation, apart from the condition of a join. */
function isUsed(relation: Relation, { on }: JoinNode, core: BoundCore, { analysis }: Mistakes): boolean {
  if (hasStar(core.core, relation)) return true
  return [...expressionsOf(core.core), ...tailOf(core.parent.query)].some(
    e => e !== on && analysis.columnsIn(e).some(c => c.relation === relation),
  )
}

function hasStar({ items }: Core, { alias }: Relation): boolean {
  return items.some(
    ({ star }) =>
      star && (star.qualifier.length === 0 || star.qualifier.at(-1)!.toLowerCase() === alias.toLowerCase()),
  )
}
