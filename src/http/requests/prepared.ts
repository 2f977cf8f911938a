import { locate } from './base.ts'
import { requestsOf } from './build.ts'
import type { LocatedCall } from '../auth/candidates.ts'
import type { Request } from '../exchange.ts'
import type { PageTarget } from '../paging/page-walk.ts'
import type { Call, ClientOptions } from '../types.ts'

/** A call with what its requests have in common. */
export interface Prepared extends LocatedCall {
  /** The request of a page, without credentials. */
  readonly request: (target: PageTarget) => Request
}

/** @throws ConfluentqlError for a call that has no base URL, or a value that cannot be sent */
export function prepared(call: Call, options: ClientOptions): Prepared {
  const base = locate(call, options)
  return { call, base, request: requestsOf(call, base) }
}
