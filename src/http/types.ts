import type { Host, Method, Value } from '../catalog/types.ts'
import type { Profile } from '../config/types.ts'
import type { ConfluentqlError } from '../errors.ts'

/** One call of a method: what goes into its path, query, headers and body. */
export interface Call {
  readonly host: Host
  readonly method: Method
  /** By parameter name. A parameter that repeats takes several values; any other exactly one. */
  readonly args: Readonly<Record<string, readonly Value[]>>
  /** The body before encoding, nested. */
  readonly body?: unknown
}

/** A request as it would be sent, without credentials: for EXPLAIN, --dry-run and --trace. */
export interface RequestShape {
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
  /** Bytes of the body as received. */
  readonly bytes: number
  /** The error that the body reports although the status is a success. Parses the body, so call it only where there may be one. */
  readonly failure: () => ConfluentqlError | undefined
  /** It answers a request that was sent again, after an attempt that may have been carried out and whose answer was lost. */
  readonly isResent: boolean
}

/** A request that was answered or failed; told as it happens. `url` carries no credentials. */
export interface Trace {
  readonly method: string
  readonly url: string
  /** Absent when there was no answer. */
  readonly status?: number
  /** The server's clock, as its Date header has it. */
  readonly date?: string
  readonly ms: number
  readonly bytes: number
  /** 1 for the first try. */
  readonly attempt: number
  /** Why it is sent again, if it is, and after how many ms. */
  readonly retryIn?: number
  /** Answered from memory: nothing was sent. */
  readonly cached?: boolean
  readonly error?: string
}

export interface ClientOptions {
  /** Base URL for all hosts that have one of their own (`--endpoint`). */
  readonly endpoint?: string | undefined
  /** Where credentials and proxies are read from. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Variables that hold credentials, which no command of the profile gets. */
  readonly withheld?: readonly string[] | undefined
  /** More credentials, and base URLs; variables come before what it says of a whole kind of hosts. */
  readonly profile?: Profile | undefined
  /** Told what the user should know and is no error. */
  readonly onNotice?: ((text: string) => void) | undefined
  /** Milliseconds one request may take, from sending to the last byte. Default 30,000. */
  readonly timeout?: number | undefined
  /** How often a request is sent again after 429, 5xx or a lost connection. Default 4. */
  readonly retries?: number | undefined
  /** Requests under way at once, a host. Default 4. */
  readonly concurrency?: number | undefined
  readonly onTrace?: ((trace: Trace) => void) | undefined
  /** How many seconds the answer of a read may serve identical reads; asked before each. Undefined, also the default: not at all. */
  readonly cache?: (() => number | undefined) | undefined
}

/** Reads a string at a SQLite JSON path of a JSON text; null when absent, null or empty. Throws RESPONSE when it is no text. Given by the engine, which has a faster one than JSON.parse. */
export type Extract = (text: string, path: string) => string | null

export interface PageOptions {
  /** Whether to ask for the next page while the consumer works on this one; asked before each. Default: only when the consumer comes for it. */
  readonly ahead?: () => boolean
  /** Called instead of throwing when the API itself, not a page of HTML, answers 404 to the first request of a list; nothing is yielded then. */
  readonly onMissing?: (error: ConfluentqlError) => void
  /** Asks the server, whatever the cache has: for what is to be changed, or is changing. */
  readonly fresh?: boolean | undefined
}

export interface HttpClient {
  /** The first request that `call` would send. Throws on a value that cannot be sent. */
  shape(call: Call): RequestShape
  /** The base URL that `call` would go to. Throws when it has none, or one that cannot be used. */
  baseUrl(call: Call): string
  /**
   * Finds out, before any of them is sent, whether calls have an address and a credential for it. They are looked at
   * together: one credential without an address of its own is for one host. Throws CREDENTIALS, or what `shape` throws.
   */
  check(calls: readonly Call[]): void
  /** Follows the method's paging to the end; yields each page as text. A 404 of a `single` method yields nothing. */
  pages(
    call: Call,
    extract: Extract,
    signal?: AbortSignal,
    options?: PageOptions,
  ): AsyncGenerator<Page, void, void>
  /** Sends one request that may change something. A POST or PATCH is sent again only when the first certainly did nothing. */
  send(call: Call, signal?: AbortSignal): Promise<Page>
  /** Breaks every connection; whatever is under way or waits ends with ABORTED. */
  close(): Promise<void>
}
