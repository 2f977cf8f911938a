import { now } from '../clock.ts'
import type { Secret } from '../config/types.ts'
import { readSource } from '../config/source.ts'
import { ConfluentqlError } from '../errors.ts'
import { apiError } from './api-error.ts'
import type { LocatedCall } from './candidates.ts'
import { looksLikeJson } from './decode.ts'
import { type Answer, requestLabel, type Request } from './exchange.ts'
import type { Hider } from './hider.ts'
import type { ClientOptions } from './types.ts'

type Sts = Extract<Secret, { kind: 'sts' }>

export interface AccessToken {
  readonly access: string
  /** Discards the token after a refusal, so that the next call gets another. */
  readonly forget: () => void
}

/** The access token of the credential `id` for a host: the current one while it is valid, else a new one. */
export type Exchange = (place: LocatedCall, id: string, secret: Sts, from: string) => Promise<AccessToken>

export interface ExchangeOptions extends Pick<ClientOptions, 'env' | 'withheld'> {
  readonly send: (request: Request) => Promise<Answer>
  readonly hider: Hider
  readonly signal: AbortSignal
}

interface Token {
  readonly access: string
  /** When to replace it, by `now()`. */
  readonly until: number
}

/** A token is replaced this many milliseconds before it expires, or after four fifths of its life if that is later. */
const MARGIN = 60_000

/**
 * Exchanges tokens of identity providers for access tokens (RFC 8693) at the host
 * of the calls; one exchange at a time for each credential and host.
 */
export function createExchange(options: ExchangeOptions): Exchange {
  const tokens = new Map<string, Promise<Token>>()
  const current = async (
    key: string,
    place: LocatedCall,
    secret: Sts,
    from: string,
  ): Promise<readonly [Promise<Token>, Token]> => {
    const known = tokens.get(key)
    const token = await known
    if (known && token && now() < token.until) return [known, token]
    // another call may have started an exchange meanwhile
    if (tokens.get(key) !== known) return current(key, place, secret, from)
    const asked = exchange(place, secret, from, options)
    asked.catch(() => tokens.delete(key))
    tokens.set(key, asked)
    return [asked, await asked]
  }
  return async (place, id, secret, from) => {
    const key = `${id} ${place.base.url}`
    const [promise, { access }] = await current(key, place, secret, from)
    return {
      access,
      forget: () => {
        if (tokens.get(key) === promise) tokens.delete(key)
      },
    }
  }
}

async function exchange(
  { call: { host }, base }: LocatedCall,
  secret: Sts,
  from: string,
  { send, hider, env, withheld, signal }: ExchangeOptions,
): Promise<Token> {
  const subject = await readSource(secret.subjectToken, `subject_token of ${from}`, { env, withheld, signal })
  hider.add(subject)
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: subject,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    identity_pool_id: secret.identityPoolId,
  }).toString()
  const request: Request = {
    method: 'POST',
    isRead: false,
    origin: base.origin,
    path: `${base.prefix}${host.exchange ?? ''}`,
    body,
    headers: {
      accept: 'application/json',
      'user-agent': 'confluentql',
      'content-type': 'application/x-www-form-urlencoded',
    },
  }
  const answer = await send(request)
  if (answer.status !== 200) throw apiError(request, answer, from, hider.hide)
  const { access_token: access, expires_in: seconds } = fieldsOf(answer.text)
  if (typeof access !== 'string' || access === '') {
    throw new ConfluentqlError('RESPONSE', `${requestLabel(request)} answered 200 without an access_token`, {
      hint: `Is it the address of the API? ${from} needs a token from it`,
    })
  }
  hider.add(access)
  const life = typeof seconds === 'number' && seconds >= 0 ? seconds * 1000 : Infinity
  return { access, until: now() + Math.max(life - MARGIN, life * 0.8) }
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  if (!looksLikeJson(text)) return {}
  try {
    const data: unknown = JSON.parse(text)
    return typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}
