import { readSource } from '../../config/source.ts'
import type { Source } from '../../config/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { sourcesOf } from '../../config/variables.ts'
import { type Base, isLoopback } from '../requests/base.ts'
import type { CredentialCandidate, LocatedCall } from './candidates.ts'
import { bearer, credentialHeaders } from './credential-headers.ts'
import type { Hider } from './hider.ts'
import { createKeyring } from './keyring.ts'
import { type Exchange, isExchangedSecret } from './access-tokens.ts'
import type { ClientOptions } from '../types.ts'

export interface Credential {
  /** The headers that it is sent in. */
  readonly headers: Readonly<Record<string, string>>
  /** Its source: variables, or a line of the profile file; undefined if the host needs none. */
  readonly from: string | undefined
  /** Gets another after the server has refused this one; undefined where the result would be the same. */
  readonly renew?: () => Promise<Credential>
}

/** The credentials of a client's calls. */
export interface Authority {
  /** Checks that every call has a credential that may be sent to its host, without reading any secret. @throws ConfluentqlError CREDENTIALS */
  check(places: readonly LocatedCall[]): void
  /** Why calls have no credential: an error for each, undefined for those that have one or need none. */
  obstacles(places: readonly LocatedCall[], ties?: boolean): (ConfluentqlError | undefined)[]
  /**
   * The credential for a call; at once if it was needed for the same place before and cannot have changed since.
   * @throws ConfluentqlError CREDENTIALS, USAGE when it would be sent unencrypted to another machine
   */
  credential(place: LocatedCall): Credential | Promise<Credential>
}

export interface AuthorityOptions extends Pick<ClientOptions, 'env' | 'withheld' | 'profile' | 'onNotice'> {
  readonly hider: Hider
  readonly exchange: Exchange
  /** Aborts running commands. */
  readonly signal: AbortSignal
}

const NO_CREDENTIAL: Credential = { headers: {}, from: undefined }

/** The output of a command is cached for the life of the client, or until the server refuses it. */
export function createAuthority(options: AuthorityOptions): Authority {
  const { hider, exchange, env, withheld, signal } = options
  const keyring = createKeyring(options)
  const printed = new Map<Source, Promise<string>>()

  const read = async (source: Source, what: string): Promise<string> => {
    if (source.kind !== 'command') return readSource(source, what, { env })
    const reading = printed.get(source) ?? readSource(source, what, { env, withheld, signal })
    printed.set(source, reading)
    try {
      return await reading
    } catch (error) {
      forget(source, reading)
      throw error
    }
  }

  const forget = (source: Source, reading: Promise<string> | undefined): void => {
    if (printed.get(source) === reading) printed.delete(source)
  }

  const credentialOf = async (place: LocatedCall, candidate: CredentialCandidate): Promise<Credential> => {
    checkSecure(place.base)
    const { secret, from } = candidate
    if (!isExchangedSecret(secret)) {
      const headers = await credentialHeaders(secret, place.call.host, from, read, hider)
      return { headers, from, ...renewal(place, candidate, sourcesOf(secret)) }
    }
    const { access, forget: expire } = await exchange(place, candidate.id, secret, from)
    const renew = (): Promise<Credential> => {
      expire()
      return credentialOf(place, candidate)
    }
    return { headers: { authorization: `Bearer ${bearer(access, from)}` }, from, renew }
  }

  /** How to renew a credential that a command prints: the command may print another. */
  const renewal = (
    place: LocatedCall,
    candidate: CredentialCandidate,
    sources: readonly Source[],
  ): Pick<Credential, 'renew'> => {
    const commands = sources
      .filter(({ kind }) => kind === 'command')
      .map(source => [source, printed.get(source)] as const)
    if (commands.length === 0) return {}
    return {
      renew: () => {
        for (const [source, reading] of commands) forget(source, reading)
        return credentialOf(place, candidate)
      },
    }
  }

  /** Credentials that stay the same: their sources are texts and variables. */
  const fixed = new WeakMap<LocatedCall, Credential>()

  const credentialFor = async (place: LocatedCall): Promise<Credential> => {
    const [candidate] = keyring.choose([place])
    const credential = candidate ? await credentialOf(place, candidate) : NO_CREDENTIAL
    if (credential.renew === undefined) fixed.set(place, credential)
    return credential
  }

  return {
    check(places) {
      keyring.choose(places)
    },
    obstacles: (places, ties) => keyring.obstacles(places, ties),
    credential: place => fixed.get(place) ?? credentialFor(place),
  }
}

function checkSecure(base: Base): void {
  if (base.secure || isLoopback(base.hostname)) return
  throw new ConfluentqlError('USAGE', `credentials are not sent to ${base.origin}: it is not encrypted`, {
    hint: 'Use an https:// URL; plain http is for loopback addresses only',
  })
}
