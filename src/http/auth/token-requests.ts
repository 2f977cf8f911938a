import type { Secret, Source } from '../../config/types.ts'
import type { LocatedCall } from './candidates.ts'
import type { Request } from '../exchange.ts'
import type { Hider } from './hider.ts'
import type { ClientOptions } from '../types.ts'

/** A credential that is exchanged for an access token. */
export type Exchanged = Extract<Secret, { kind: 'sts' | 'client' | 'service_account' }>

/** What the request for a token is made of. */
export interface TokenContext<S extends Exchanged> {
  readonly place: LocatedCall
  readonly secret: S
  /** Names the credential in messages. */
  readonly from: string
  readonly hider: Hider
  readonly env: ClientOptions['env']
  /** Reads the text of a source; `what` names it in messages. */
  readonly read: (source: Source, what: string) => Promise<string>
}

/** Requests that ask for the same token in different forms: each is sent if the one before it is refused. */
export interface TokenRequests {
  /** Tokens of one credential that may be used for one another have the same. */
  readonly audience: string
  readonly make: () => Promise<readonly Request[]>
}

/** The request that sends a form to a token URL. */
export function tokenRequest(
  url: { readonly origin: string; readonly path: string },
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Request {
  return {
    method: 'POST',
    isRead: false,
    origin: url.origin,
    path: url.path,
    body: new URLSearchParams(form).toString(),
    headers: {
      accept: 'application/json',
      'user-agent': 'confluentql',
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
  }
}
