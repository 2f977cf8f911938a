import { children, categoryOf, type Node } from './tree.ts'

/** Trees that are one step smaller, the largest reductions first. */
export function* smaller(root: Node): Generator<Node, void, void> {
  const descendants = (node: Node): Node[] => children(node).flatMap(n => [n, ...descendants(n)])
  yield* descendants(root).filter(n => categoryOf(n) !== undefined && categoryOf(n) === categoryOf(root))
  if (root.kind === 'list') {
    for (let i = 0; i < root.items.length && root.items.length > root.min; i++) {
      yield { ...root, items: root.items.filter((_, j) => j !== i) }
    }
    for (const [i, item] of root.items.entries())
      for (const less of smaller(item)) yield { ...root, items: root.items.with(i, less) }
  }
  if (root.kind === 'group') {
    for (const [i, part] of root.parts.entries()) {
      if (typeof part !== 'string')
        for (const less of smaller(part)) yield { ...root, parts: root.parts.with(i, less) }
    }
    if (root.category === 'value' && root.parts.length > 1)
      yield { kind: 'group', category: 'value', parts: ['1'] }
    if (root.category === 'predicate' && root.parts.length > 1)
      yield { kind: 'group', category: 'predicate', parts: ['TRUE'] }
  }
}

/** Shrinks a tree while it still fails, with at most `tries` attempts. */
export async function shrink<T extends { readonly tree: Node }>(
  failing: T,
  fails: (candidate: T) => Promise<boolean>,
  tries = 1500,
): Promise<T> {
  let best = failing
  for (let left = tries; left > 0;) {
    let found = false
    for (const tree of smaller(best.tree)) {
      if (left-- <= 0) break
      const candidate = { ...best, tree }
      if (!(await fails(candidate))) continue
      best = candidate
      found = true
      break
    }
    if (!found) break
  }
  return best
}
