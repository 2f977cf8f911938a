import { now } from '../../clock.ts'
import { readSource } from '../../config/source.ts'
import type { Secret } from '../../config/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { apiError } from '../answers/api-error.ts'
import type { LocatedCall } from './candidates.ts'
import { clientRequests } from './client-credentials.ts'
import { looksLikeJson } from '../answers/decode.ts'
import { type Answer, requestLabel, type Request } from '../exchange.ts'
import type { Hider } from './hider.ts'
import { serviceAccountRequests } from './service-account.ts'
import { stsRequests } from './sts.ts'
import { visible } from '../text.ts'
import type { Exchanged, TokenContext, TokenRequests } from './token-requests.ts'
import type { ClientOptions } from '../types.ts'

export interface AccessToken {
  readonly access: string
  /** Discards the token after a refusal, so that the next call gets another. */
  readonly forget: () => void
}

/** The access token of the credential `id` for a host: the current one while it is valid, else a new one. */
export type Exchange = (
  place: LocatedCall,
  id: string,
  secret: Exchanged,
  from: string,
) => Promise<AccessToken>

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
/** Servers accept an assertion whose time differs from theirs by less than this, in milliseconds. */
const MAX_SKEW = 120_000

export function isExchangedSecret(secret: Secret): secret is Exchanged {
  return secret.kind === 'sts' || secret.kind === 'client' || secret.kind === 'service_account'
}

/** Exchanges credentials for access tokens; one exchange at a time for each credential and audience. */
export function createExchange(options: ExchangeOptions): Exchange {
  const tokens = new Map<string, Promise<Token>>()
  const current = async (
    key: string,
    ask: () => Promise<Token>,
  ): Promise<readonly [Promise<Token>, Token]> => {
    const known = tokens.get(key)
    const token = await known
    if (known && token && now() < token.until) return [known, token]
    // another call may have started an exchange meanwhile
    if (tokens.get(key) !== known) return current(key, ask)
    const asked = ask()
    asked.catch(() => tokens.delete(key))
    tokens.set(key, asked)
    return [asked, await asked]
  }
  return async (place, id, secret, from) => {
    const { env, withheld, signal, hider } = options
    const read: TokenContext<Exchanged>['read'] = (source, what) =>
      readSource(source, what, { env, withheld, signal })
    const requests = requestsFor({ place, secret, from, hider, env, read })
    const key = JSON.stringify([id, requests.audience])
    const [promise, { access }] = await current(key, () => tokenOf(requests, from, options))
    return {
      access,
      forget: () => {
        if (tokens.get(key) === promise) tokens.delete(key)
      },
    }
  }
}

function requestsFor({ secret, ...rest }: TokenContext<Exchanged>): TokenRequests {
  switch (secret.kind) {
    case 'sts':
      return stsRequests({ ...rest, secret })
    case 'client':
      return clientRequests({ ...rest, secret })
    case 'service_account':
      return serviceAccountRequests({ ...rest, secret })
  }
}

async function tokenOf({ make }: TokenRequests, from: string, options: ExchangeOptions): Promise<Token> {
  const { send, hider } = options
  const requests = await make()
  let asked = await sendTo(requests[0]!, send)
  for (const request of requests.slice(1))
    if (asked.answer.status === 400 || asked.answer.status === 401) asked = await sendTo(request, send)
  const { request, answer } = asked
  if (answer.status !== 200 && answer.status !== 201) throw refused(request, answer, from, hider)
  const { access_token: access, expires_in: seconds, token_type: type } = fieldsOf(answer.text)
  if (typeof access !== 'string' || access === '')
    throw new ConfluentqlError(
      'RESPONSE',
      `${requestLabel(request)} answered ${answer.status} without an access_token`,
      { hint: `Is it the address of the API? ${from} needs a token from it` },
    )
  hider.add(access)
  if (typeof type === 'string' && type.toLowerCase() !== 'bearer')
    throw new ConfluentqlError(
      'RESPONSE',
      `${requestLabel(request)} gave a token of the type ${visible(hider.hide(type), 40)}, not Bearer`,
      { hint: 'Only bearer tokens can be sent' },
    )
  // some servers write the number as a text; a token without one is used until it is refused
  const given = typeof seconds === 'string' && /^\d+$/.test(seconds) ? Number(seconds) : seconds
  const life = typeof given === 'number' && given >= 0 ? given * 1000 : Infinity
  return { access, until: now() + Math.max(life - MARGIN, life * 0.8) }
}

async function sendTo(
  request: Request,
  send: ExchangeOptions['send'],
): Promise<{ readonly request: Request; readonly answer: Answer }> {
  return { request, answer: await send(request) }
}

/** The error for a request for a token that was refused: no token was given, whatever the answer says. */
function refused(request: Request, answer: Answer, from: string, { hide }: Hider): ConfluentqlError {
  const error = apiError(request, answer, from, hide)
  const { status } = answer
  if (status !== 400 && status !== 401 && status !== 403) return error
  const skew = Date.parse(answer.headers['date'] ?? '') - Date.now()
  const clock =
    Math.abs(skew) > MAX_SKEW
      ? `. The clock of this machine is ${Math.round(Math.abs(skew) / 60_000)} min ${skew > 0 ? 'behind' : 'ahead of'} that of the server`
      : ''
  return new ConfluentqlError('API', error.message, {
    cause: error,
    hint: `Check ${from}: ${request.origin} gives no access token for it${clock}`,
    status,
    unreachable: error.unreachable ?? 'no access token',
  })
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
