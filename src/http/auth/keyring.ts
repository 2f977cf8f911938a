import { variablesOf } from '../../catalog/credentials.ts'
import { kindOf } from '../../config/endpoints.ts'
import { isLoopback } from '../../config/url.ts'
import { ConfluentqlError } from '../../errors.ts'
import { type CredentialCandidate, candidatesFor, type LocatedCall } from './candidates.ts'
import { foreignHost, missingCredential, secondHost, strangeHost } from './missing.ts'
import type { ClientOptions } from '../types.ts'

/** Decides which credential a call gets, without reading any secret. */
export interface Keyring {
  /**
   * The credential for each call; undefined for hosts that need none.
   *
   * A credential is sent to the addresses that the user has named for it: the host
   * of its kind where the provider has one for everyone; the address in the
   * profile's entry; the profile's URL for its resource; for a credential of a
   * whole kind, the variable or the profile's URL of that kind. A credential with
   * such an address is sent to no other.
   *
   * A credential without one (a key for `lkc-…` or `kafka` alone) is sent to the
   * address in the statement, where `k.rest_endpoint = c.spec.http_endpoint` takes
   * it from an answer of the API. As that is data, only hosts below the provider's
   * domains (and loopback addresses) are accepted, and only one of them: the first
   * ties the key for the life of the client. Calls that would send it to several
   * hosts are refused before any is sent.
   *
   * @throws ConfluentqlError CREDENTIALS
   */
  choose(places: readonly LocatedCall[]): (CredentialCandidate | undefined)[]
  /**
   * Why calls have no credential that may be sent: the error of each, undefined for those that have one or need none. A
   * credential that several hosts could get, none of which had it before, is for none of them. `ties`, the default: each
   * credential without an address is tied to the host that gets it.
   */
  obstacles(places: readonly LocatedCall[], ties?: boolean): (ConfluentqlError | undefined)[]
}

/** A keyring of the credentials in the environment and the profile. */
export function createKeyring(settings: Pick<ClientOptions, 'env' | 'profile' | 'onNotice'>): Keyring {
  /** The URL that each credential without an address was used for, by its id and the host. */
  const tied = new Map<string, string>()
  const reported = new Set<string>()
  return {
    choose(places) {
      const chosen = places.map(place => ({ place, candidate: best(place, settings) }))
      const missing = chosen.filter(({ place, candidate }) => candidate === undefined && needsOne(place))
      const [first] = missing
      if (first) {
        const alike = missing.filter(({ place }) => place.call.host === first.place.call.host)
        throw missingCredential(
          alike.map(({ place }) => place),
          settings,
          chosen.length > missing.length,
        )
      }
      const [conflict] = conflictsOf(chosen, tied, settings).values()
      if (conflict) throw conflict
      tieAll(chosen, tied)
      for (const { place, candidate } of chosen)
        if (candidate) reportShadowed(place, candidate, reported, settings)
      return chosen.map(({ candidate }) => candidate)
    },
    obstacles(places, ties = true) {
      const errors = new Map<LocatedCall, ConfluentqlError>()
      const chosen = places.flatMap((place): Chosen[] => {
        try {
          const candidate = best(place, settings)
          if (candidate || !needsOne(place)) return [{ place, candidate }]
          errors.set(place, missingCredential([place], settings))
        } catch (error) {
          if (!(error instanceof ConfluentqlError) || error.unreachable === undefined) throw error
          errors.set(place, error)
        }
        return []
      })
      const conflicts = conflictsOf(chosen, tied, settings)
      for (const [place, error] of conflicts) errors.set(place, error)
      const free = chosen.filter(({ place }) => !conflicts.has(place))
      if (ties) tieAll(free, tied)
      return places.map(place => errors.get(place))
    },
  }
}

function needsOne({ call: { host } }: LocatedCall): boolean {
  return host.auth.kind !== 'none' || host.tokenEnv !== undefined
}

function best(
  place: LocatedCall,
  settings: Pick<ClientOptions, 'env' | 'profile'>,
): CredentialCandidate | undefined {
  const all = candidatesFor(place, settings)
  const candidate = all.find(({ tie }) => tie === 'tied' || tie === 'free')
  const foreign = all.find(({ tie }) => tie === 'foreign')
  if (!candidate && foreign) throw foreignHost(place, foreign, settings)
  if (candidate?.tie === 'free' && place.base.from === 'statement' && !isProviderAddress(place))
    throw strangeHost(place, candidate, settings)
  return candidate
}

/** Whether the address is below the provider's domains, or of this machine. */
function isProviderAddress({ call: { host }, base: { hostname } }: LocatedCall): boolean {
  return (
    isLoopback(hostname)
    || (host.domains ?? []).some(domain => hostname === domain || hostname.endsWith(`.${domain}`))
  )
}

interface Chosen {
  readonly place: LocatedCall
  readonly candidate: CredentialCandidate | undefined
}

/** The errors of calls whose free credential would get a second host. */
function conflictsOf(
  chosen: readonly Chosen[],
  tied: ReadonlyMap<string, string>,
  settings: Pick<ClientOptions, 'env' | 'profile'>,
): Map<LocatedCall, ConfluentqlError> {
  const groups = new Map<string, Set<string>>()
  for (const { place, candidate } of chosen) {
    if (candidate?.tie !== 'free') continue
    const id = tieId(place, candidate)
    groups.set(id, (groups.get(id) ?? new Set()).add(place.base.url))
  }
  const errors = new Map<LocatedCall, ConfluentqlError>()
  for (const { place, candidate } of chosen) {
    if (candidate?.tie !== 'free') continue
    const id = tieId(place, candidate)
    const used = tied.get(id)
    const others = [...groups.get(id)!].filter(url => url !== used)
    if (used === undefined ? others.length > 1 : place.base.url !== used)
      errors.set(place, secondHost(place, candidate, others, used, settings))
  }
  return errors
}

/** Ties each free credential to its host. */
function tieAll(chosen: readonly Chosen[], tied: Map<string, string>): void {
  for (const { place, candidate } of chosen)
    if (candidate?.tie === 'free') tied.set(tieId(place, candidate), place.base.url)
}

function tieId({ call }: LocatedCall, { id }: CredentialCandidate): string {
  return `${id} ${call.host.name}`
}

/** Reports once that a variable is used although the profile has an equally specific credential. */
function reportShadowed(
  place: LocatedCall,
  candidate: CredentialCandidate,
  reported: Set<string>,
  { onNotice, ...settings }: Pick<ClientOptions, 'env' | 'profile' | 'onNotice'>,
): void {
  if (onNotice === undefined || reported.has(candidate.id) || !settings.profile?.credentials.length) return
  const other = candidatesFor(place, settings).find(
    ({ id, score, tie }) =>
      id !== candidate.id && score === candidate.score && (tie === 'tied' || tie === 'free'),
  )
  if (!other || candidate.id !== variablesOf(place.call.host)[0]) return
  reported.add(candidate.id)
  onNotice(
    `${candidate.from} ${areSet(candidate.from)} and used for ${kindOf(place.call.host)}, not ${other.from}`,
  )
}

function areSet(from: string): string {
  return from.includes(' and ') ? 'are set' : 'is set'
}
