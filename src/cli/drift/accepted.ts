import type { Accepted } from '../../catalog/compile/accepted.ts'
import type { Difference } from './compare.ts'

/** Differences, and what became of the acceptances. */
export interface Sifted {
  /** Those that no provider file accepts. */
  readonly left: readonly Difference[]
  /** How many are accepted. */
  readonly accepted: number
  /** Acceptances without a difference. */
  readonly unused: readonly Accepted[]
}

/** Takes out the differences that provider files accept. */
export function sift(differences: readonly Difference[], acceptances: readonly Accepted[]): Sifted {
  const unused = new Set(acceptances)
  const left = differences.filter(difference => {
    const fitting = acceptances.filter(one => accepts(one, difference))
    for (const one of fitting) unused.delete(one)
    return fitting.length === 0
  })
  return { left, accepted: differences.length - left.length, unused: [...unused] }
}

function accepts({ provider, service, at, what, names, only }: Accepted, found: Difference): boolean {
  const { resource, call, name, ours, theirs } = found
  const owner = service === undefined ? `${provider}.` : `${provider}.${service}.`
  // what only a document has belongs to nobody, so that `at` must name it
  if (resource === null ? at === undefined : !resource.startsWith(owner)) return false
  if (what !== undefined && what !== found.what) return false
  if (only === 'provider' && (ours === null || theirs !== null)) return false
  if (only === 'documents' && (theirs === null || ours !== null)) return false
  if (names !== undefined && (name === null || !names.some(pattern => isLike(name, pattern)))) return false
  if (at === undefined) return true
  const places = [resource?.slice(owner.length), call, resource === null ? name : null]
  return places.some(place => typeof place === 'string' && isLike(place, at))
}

function isLike(text: string, pattern: string): boolean {
  const parts = pattern.split('*').map(part => part.replaceAll(/[^\w ]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text)
}

/** An acceptance in words, for people. */
export function acceptanceText({ provider, service, at, what, names }: Accepted): string {
  const file = service === undefined ? `${provider}/provider.yaml` : `${provider}/${service}.yaml`
  return [`${file}:`, what, at, names?.join(', ')].filter(part => part !== undefined).join(' ')
}
