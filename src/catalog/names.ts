import { distance } from 'fastest-levenshtein'
import type { Method, Resource } from './types.ts'

/**
 * The candidate that `name` probably is a misspelling of, ignoring case: few letters differ, two adjacent letters
 * are swapped, or it is the prefix, or the last part after a dot, of exactly one candidate. Undefined if none is close.
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase()
  const all = [...candidates]
  let best: string | undefined
  let least = Math.max(1, Math.min(3, Math.floor(wanted.length * 0.4))) + 1
  for (const candidate of all) {
    const other = candidate.toLowerCase()
    const d = isSwapped(wanted, other) ? 1 : distance(wanted, other)
    if (d < least) [best, least] = [candidate, d]
  }
  if (best !== undefined || wanted.length < 3) return best
  const only = (found: readonly string[]): string | undefined => (found.length === 1 ? found[0] : undefined)
  return (
    only(all.filter(c => c.toLowerCase().startsWith(wanted)))
    ?? only(all.filter(c => c.toLowerCase().endsWith(`.${wanted}`)))
  )
}

/** Whether two texts differ by two swapped adjacent letters. */
function isSwapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  const at = [...a].findIndex((c, i) => c !== b[i])
  return at >= 0 && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2)
}

/** A method's name in lower case without underscores, for comparison. */
export function methodKey(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

/** The method with a name, ignoring case and underscores. */
export function findMethod(resource: Resource, name: string): Method | undefined {
  const key = methodKey(name)
  return resource.methods.find(method => methodKey(method.name) === key)
}
