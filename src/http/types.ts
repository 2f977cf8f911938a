import type { Host, Method, Resource, Value } from '../catalog/types.ts'
import type { Profile } from '../config/types.ts'
import type { ConfluentqlError } from '../errors.ts'

/** One call of a method: its arguments (path, query, headers) and body. */
export interface Call {
  readonly host: Host
  readonly method: Method
  /** By parameter name. A repeatable parameter takes several values, any other one. */
  readonly args: Readonly<Record<string, readonly Value[]>>
  /** The body before encoding, nested. */
  readonly body?: unknown
  /** The resource of the method: traces mask its secrets in answers. */
  readonly resource?: Resource
}

/** A request as it would be sent, without credentials: for EXPLAIN, --dry-run and --trace. */
export interface RequestPreview {
  readonly method: string
  readonly url: string
  readonly body?: string
}

export interface Page {
  /** The answer's body as text; empty for 204. */
  readonly text: string
  readonly status: number
  /** `GET https://host/path?query`, for messages. */
  readonly request: string
  /** The URL that it was asked for with, unmasked. */
  readonly url: string
  /** The header Link. */
  readonly link?: string | undefined
  /** Bytes of the body as received. */
  readonly bytes: number
  /** The error that the body reports although the status is a success. It parses the body, so call it only where there may be one. */
  readonly failure: () => ConfluentqlError | undefined
  /** Hides the credentials that were sent in a text of the answer, for messages. */
  readonly hide: (text: string) => string
  /** The request was repeated after an attempt that may have been carried out and whose answer was lost. */
  readonly isResent: boolean
  /** The request was a DELETE, and the repeated one was answered 404 or 410. */
  readonly wasMissing?: boolean
  /** The path that the request was redirected to, for messages. */
  readonly redirected?: string
  /** Whether no page of the listing follows, as far as this one says. */
  readonly isLast?: boolean
}

/** A request that was answered or failed, reported as it happens. `url` contains no credentials. */
export interface Trace {
  /** The profile whose client sent it, in a session with several. */
  readonly profile?: string
  readonly method: string
  readonly url: string
  /** Of a query by POST. */
  readonly body?: string
  /** Absent when there was no answer. */
  readonly status?: number
  /** The Date header of the answer. */
  readonly date?: string
  readonly ms: number
  readonly bytes: number
  /** 1 for the first try. */
  readonly attempt: number
  /** Milliseconds until it is sent again, if it is. */
  readonly retryIn?: number
  /** Answered from the cache: nothing was sent. */
  readonly cached?: boolean
  readonly error?: string
  /** With `traceBodies`: the bodies as text, secrets masked, long ones cut. */
  readonly requestBody?: string
  readonly responseBody?: string
}

export interface ClientOptions {
  /** Base URL for all hosts that have one of their own (`--endpoint`). */
  readonly endpoint?: string | undefined
  /** Environment variables with credentials and proxies. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Variables with credentials, which are not passed to commands of the profile. */
  readonly withheld?: readonly string[] | undefined
  /** Secrets that are hidden from the start; others are when they are first used. */
  readonly secrets?: readonly string[] | undefined
  /** Further credentials and base URLs; variables take precedence over its entries for a whole kind of hosts. */
  readonly profile?: Profile | undefined
  /** Called with information for the user that is not an error. */
  readonly onNotice?: ((text: string) => void) | undefined
  /** Milliseconds one request may take, from sending to the last byte. Default 30,000. */
  readonly timeout?: number | undefined
  /** How often a request is sent again after 429, 5xx or a lost connection. Default 4. */
  readonly retries?: number | undefined
  /** Most requests in flight to one host. Default 32. */
  readonly concurrency?: number | undefined
  readonly onTrace?: ((trace: Trace) => void) | undefined
  /** Whether traces have bodies; called for each request. Default: no. */
  readonly traceBodies?: (() => boolean) | undefined
  /** For how many seconds the answer of a read is used for identical reads; called before each. Undefined, also the default: not at all. */
  readonly cache?: (() => number | undefined) | undefined
}

/** Reads a string at a SQLite JSON path of a JSON text; null when absent, null or empty. Throws RESPONSE when it is not a string. The engine supplies it, as SQLite is faster than JSON.parse. */
export type Extract = (text: string, path: string) => string | null

export interface PageOptions {
  /** Whether to request the next page while the consumer processes this one; called before each. Default: only when the consumer asks for it. */
  readonly ahead?: () => boolean
  /** Called instead of throwing when the API itself, not a page of HTML, answers 404 to the first request of a list; nothing is yielded then. */
  readonly onMissing?: (error: ConfluentqlError) => void
  /** Bypasses the cache: for data that is about to be changed, or is changing. */
  readonly fresh?: boolean | undefined
}

/** A place that an answer names. */
export type FollowedPath = { readonly url: string } | { readonly path: string }

export interface HttpClient {
  /** The most requests in flight to one host. */
  readonly concurrency: number
  /** The first request that `call` would send. Throws on a value that cannot be sent. */
  preview(call: Call): RequestPreview
  /** The values of the variables of the base URL that `call` would go to, as far as they are known. */
  urlVariables(call: Call): Readonly<Record<string, string>>
  /** The base URL that `call` would go to. Throws when it has none, or one that cannot be used. */
  baseUrl(call: Call): string
  /** Where that URL comes from, for messages. Throws like `baseUrl`. */
  sourceOfUrl(call: Call): string
  /** Whether the settings of the user have a base URL for the very resource that `call` names. */
  hasOwnUrl(call: Call): boolean
  /**
   * Checks, before any of them is sent, that each call has a base URL and a credential for it. They are checked together,
   * since a credential without an address may be sent to one host only. Throws CREDENTIALS, or what `preview` throws.
   */
  check(calls: readonly Call[]): void
  /**
   * Why calls cannot be sent for want of a base URL or a credential: an error for each, undefined for those that can.
   * Like `check`, it sends nothing, and with `ties`, the default, decides which host a credential without an address is for.
   */
  obstacles(calls: readonly Call[], ties?: boolean): (ConfluentqlError | undefined)[]
  /** The address of a call for messages, with the resource and its environment if the address depends on them. */
  placeOf(call: Call): string
  /** Follows the method's paging to the end, and yields each page. A 404 of a `single` method yields nothing. */
  pages(
    call: Call,
    extract: Extract,
    signal?: AbortSignal,
    options?: PageOptions,
  ): AsyncGenerator<Page, void, void>
  /** Sends one request that may change something. A POST or PATCH is repeated only when the first certainly had no effect. */
  send(call: Call, signal?: AbortSignal): Promise<Page>
  /**
   * Reads a path at the origin of a call, with its credentials: that of a URL, or one below the base URL.
   * @throws ConfluentqlError RESPONSE for what is no URL or path
   */
  follow(call: Call, where: FollowedPath, signal?: AbortSignal): Promise<Page>
  /** Hides the credentials of the client in a text: those that were given as texts or variables, and those that were used. */
  hide(text: string): string
  /** Closes all connections; pending requests end with ABORTED. */
  close(): Promise<void>
}
