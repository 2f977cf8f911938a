import { kindOf } from '../config/endpoints.ts'
import { isLoopback } from '../config/url.ts'
import { type Candidate, candidatesFor, type Place } from './candidates.ts'
import { missingCredential, secondHost, strangeHost } from './missing.ts'
import type { ClientOptions } from './types.ts'

/** Decides which credential a call gets; reads no secret. */
export interface Keyring {
  /**
   * The credential for each call; undefined for hosts that need none.
   *
   * A credential goes to the addresses that the user has named for it: the host
   * of its kind where the provider has one for everyone; the address in the
   * profile's entry; the URL that the profile has for its resource; for one of
   * a whole kind, the variable or the profile's URL of that kind. One with such
   * an address goes nowhere else.
   *
   * One without (a key for `lkc-…` or `kafka` alone) follows the statement, to
   * which `k.rest_endpoint = c.spec.http_endpoint` gives what the API says. As
   * that is data, it is followed to hosts below the provider's domains alone
   * (and to loopback addresses, which never leave the machine), and to one of
   * them only: the first ties the key for as long as the client lives. Calls
   * that would take it to several at once are refused before any is sent.
   *
   * @throws ConfluentqlError CREDENTIALS
   */
  choose(places: readonly Place[]): (Candidate | undefined)[]
}

/** The keys of the environment and of the profile, ready to be asked. */
export function createKeyring(settings: Pick<ClientOptions, 'env' | 'profile' | 'onNotice'>): Keyring {
  /** Where credentials without an address have been used: by their ids and the host. */
  const tied = new Map<string, string>()
  const told = new Set<string>()
  return {
    choose(places) {
      const chosen = places.map(place => ({ place, candidate: best(place, settings) }))
      const missing = chosen.filter(({ place, candidate }) => candidate === undefined && needsOne(place))
      const [first] = missing
      if (first)
        throw missingCredential(
          missing.filter(({ place }) => place.call.host === first.place.call.host).map(({ place }) => place),
          settings,
        )
      tieAll(chosen, tied, settings)
      for (const { place, candidate } of chosen) if (candidate) tellShadowed(place, candidate, told, settings)
      return chosen.map(({ candidate }) => candidate)
    },
  }
}

function needsOne({ call: { host } }: Place): boolean {
  return host.auth.kind !== 'none' || host.tokenEnv !== undefined
}

function best(place: Place, settings: Pick<ClientOptions, 'env' | 'profile'>): Candidate | undefined {
  const candidate = candidatesFor(place, settings).find(({ tie }) => typeof tie !== 'object')
  if (candidate?.tie === 'free' && place.base.from === 'statement' && !isOwn(place))
    throw strangeHost(place, candidate, settings)
  return candidate
}

/** Whether the address is one of the provider's, or of this machine. */
function isOwn({ call: { host }, base: { hostname } }: Place): boolean {
  return (
    isLoopback(hostname)
    || (host.domains ?? []).some(domain => hostname === domain || hostname.endsWith(`.${domain}`))
  )
}

interface Chosen {
  readonly place: Place
  readonly candidate: Candidate | undefined
}

/** Ties every free credential to its one host; none at all if there is one that would have two. */
function tieAll(
  chosen: readonly Chosen[],
  tied: Map<string, string>,
  settings: Pick<ClientOptions, 'env' | 'profile'>,
): void {
  const groups = new Map<string, Set<string>>()
  for (const { place, candidate } of chosen) {
    if (candidate?.tie !== 'free') continue
    const id = tieId(place, candidate)
    const used = tied.get(id)
    const urls = groups.get(id) ?? new Set(used === undefined ? [] : [used])
    groups.set(id, urls.add(place.base.url))
    if (urls.size < 2) continue
    const all = chosen
      .filter(other => other.candidate?.tie === 'free' && tieId(other.place, other.candidate) === id)
      .map(other => other.place.base.url)
    throw secondHost(
      place,
      candidate,
      [...new Set(all)].filter(url => url !== used),
      used,
      settings,
    )
  }
  for (const [id, [url]] of groups) if (url !== undefined) tied.set(id, url)
}

function tieId({ call }: Place, { id }: Candidate): string {
  return `${id} ${call.host.name}`
}

/** Says once that a variable is used where the profile has a credential that fits as well. */
function tellShadowed(
  place: Place,
  candidate: Candidate,
  told: Set<string>,
  { onNotice, ...settings }: Pick<ClientOptions, 'env' | 'profile' | 'onNotice'>,
): void {
  if (onNotice === undefined || told.has(candidate.id) || !settings.profile?.credentials.length) return
  const other = candidatesFor(place, settings).find(
    ({ id, score, tie }) => id !== candidate.id && score === candidate.score && typeof tie !== 'object',
  )
  const { auth } = place.call.host
  if (!other || auth.kind === 'none' || candidate.id !== auth.userEnv) return
  told.add(candidate.id)
  onNotice(`${candidate.from} are set and used for ${kindOf(place.call.host)}, not ${other.from}`)
}
