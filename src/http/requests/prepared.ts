import { type Base, locate } from './base.ts'
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

/** Prepares calls: each has its base URL and its requests once, however often they are asked for. */
export class PreparedCalls {
  readonly #options: ClientOptions
  readonly #bases = new WeakMap<Call, Base>()
  readonly #previewed = new WeakMap<Call, Prepared>()

  constructor(options: ClientOptions) {
    this.#options = options
  }

  /** @throws ConfluentqlError if the call has no base URL, or one that cannot be used */
  base(call: Call): Base {
    const base = this.#bases.get(call) ?? locate(call, this.#options)
    this.#bases.set(call, base)
    return base
  }

  /** A call that may be sent later. @throws ConfluentqlError like `base`, and for a value that cannot be sent */
  preview(call: Call): Prepared {
    const prepared = this.#made(call)
    this.#previewed.set(call, prepared)
    return prepared
  }

  /** A call that is sent now. It is not kept: there may be thousands. @throws ConfluentqlError like `preview` */
  take(call: Call): Prepared {
    const prepared = this.#previewed.get(call) ?? this.#made(call)
    this.#previewed.delete(call)
    return prepared
  }

  #made(call: Call): Prepared {
    const base = this.base(call)
    return { call, base, request: requestsOf(call, base) }
  }
}
