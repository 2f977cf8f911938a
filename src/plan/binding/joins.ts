import { leaves, type FromNode, type JoinNode } from '../../sql/query.ts'
import type { BoundCore } from './bound.ts'

/** The joins of a FROM tree, innermost first. */
export function joinsOf(node: FromNode | undefined): JoinNode[] {
  return node?.kind === 'join' ? [...joinsOf(node.left), ...joinsOf(node.right), node] : []
}

/** Whether a RIGHT or FULL join merges columns of a name: an unqualified name then means the value of either side. */
export function mergedColumns(core: BoundCore, column: string): boolean {
  return joinsOf(core.core.from).some(
    join =>
      (join.type === 'right' || join.type === 'full')
      && mergedNames(core, join).includes(column.toLowerCase()),
  )
}

/** Whether any join of a core merges columns of a name. */
export function isMergedName(core: BoundCore, column: string): boolean {
  return joinsOf(core.core.from).some(join => mergedNames(core, join).includes(column.toLowerCase()))
}

/** Lower-case names of the columns that USING or NATURAL merges. */
export function mergedNames(core: BoundCore, node: JoinNode): string[] {
  if (node.using) return node.using.map(u => u.toLowerCase())
  if (!node.natural) return []
  const names = (side: FromNode): Set<string> =>
    new Set(leaves(side).flatMap(l => core.relationOf.get(l)?.columns?.map(c => c.name.toLowerCase()) ?? []))
  const right = names(node.right)
  return [...names(node.left)].filter(n => right.has(n))
}
