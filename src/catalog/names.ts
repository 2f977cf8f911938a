import { distance } from 'fastest-levenshtein'
import type { Method, Resource } from './types.ts'

/** The candidate that `name` is most likely a misspelling of, without regard to case; undefined if none is near. */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let least = Math.max(1, Math.min(3, Math.floor(wanted.length * 0.4))) + 1
  for (const candidate of candidates) {
    const d = distance(wanted, candidate.toLowerCase())
    if (d < least) [best, least] = [candidate, d]
  }
  return best
}

/** What two spellings of a method's name have in common: no case, no underscores. */
export function methodKey(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

/** The method of that name, without regard to case and underscores. */
export function findMethod(resource: Resource, name: string): Method | undefined {
  const key = methodKey(name)
  return resource.methods.find((method) => methodKey(method.name) === key)
}
