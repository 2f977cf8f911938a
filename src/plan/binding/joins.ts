import { leaves, type FromNode, type JoinNode } from '../../sql/query.ts'
import type { BoundCore, Relation } from './bound.ts'
import { usedHidden } from './hidden.ts'

const NO_JOINS: readonly JoinNode[] = []
const joinLists = new WeakMap<JoinNode, readonly JoinNode[]>()

/** The joins of a FROM tree, innermost first. */
export function joinsOf(node: FromNode | undefined): readonly JoinNode[] {
  if (node?.kind !== 'join') return NO_JOINS
  let list = joinLists.get(node)
  if (!list) joinLists.set(node, (list = [...joinsOf(node.left), ...joinsOf(node.right), node]))
  return list
}

/** Whether a RIGHT or FULL join merges columns of a name: an unqualified name then means the value of either side. */
export function mergedColumns(core: BoundCore, column: string): boolean {
  for (const join of joinsOf(core.core.from))
    if ((join.type === 'right' || join.type === 'full') && isMergedBy(core, join, column)) return true
  return false
}

/** Whether any join of a core merges columns of a name. */
export function isMergedName(core: BoundCore, column: string): boolean {
  for (const join of joinsOf(core.core.from)) if (isMergedBy(core, join, column)) return true
  return false
}

function isMergedBy(core: BoundCore, join: JoinNode, column: string): boolean {
  return (join.using !== undefined || join.natural) && mergedNames(core, join).includes(column.toLowerCase())
}

function visibleNames(relation: Relation | undefined): readonly string[] {
  return relation?.columns?.filter(c => !c.isHidden).map(c => c.name.toLowerCase()) ?? []
}

/** The names by which SQLite would make a NATURAL join although a hidden column has them, since the statement uses it. */
export function strayNatural(core: BoundCore): readonly string[] {
  return joinsOf(core.core.from)
    .filter(join => join.natural)
    .flatMap(join => {
      const side = (node: FromNode): { all: Set<string>; hidden: Set<string> } => {
        const relations = leaves(node).flatMap(l => core.relationOf.get(l) ?? [])
        const hidden = relations.flatMap(r => usedHidden(r))
        return { all: new Set([...relations.flatMap(visibleNames), ...hidden]), hidden: new Set(hidden) }
      }
      const [left, right] = [side(join.left), side(join.right)]
      return [...left.all].filter(n => right.all.has(n) && (left.hidden.has(n) || right.hidden.has(n)))
    })
}

/** Lower-case names of the columns that USING or NATURAL merges. */
export function mergedNames(core: BoundCore, node: JoinNode): string[] {
  if (node.using) return node.using.map(u => u.toLowerCase())
  if (!node.natural) return []
  const names = (side: FromNode): Set<string> =>
    new Set(leaves(side).flatMap(l => visibleNames(core.relationOf.get(l))))
  const right = names(node.right)
  return [...names(node.left)].filter(n => right.has(n))
}
