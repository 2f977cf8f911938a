import type { Catalog, Host, Value } from '../catalog/types.ts'
import type { HttpClient, Trace } from '../http/types.ts'
import type { Confirm } from './confirm.ts'
import type { Activity, Waiting } from './result.ts'

export interface SessionOptions {
  readonly catalog: Catalog
  /** Makes the HTTP client when the first statement needs one. */
  readonly connect: (onTrace: (trace: Trace) => void) => Promise<HttpClient>
  /** Whether calls to a host can have a base URL that no statement gives; asked before the first plan. Default: where the host has one. */
  readonly supplies?: (() => Promise<(host: Host) => boolean>) | undefined
  /** Told what the user should know and is no error. */
  readonly onNotice?: ((text: string) => void) | undefined
  /** Told how far the scans of a statement have come. */
  readonly onActivity?: ((activity: Activity) => void) | undefined
  /** Told when SQLite begins to keep the thread for what may be long, and when it has done: nothing else is served meanwhile. */
  readonly onBusy?: ((isBusy: boolean) => void) | undefined
  /** Values of `:name` in statements, looked up when one is planned; never put into the text. */
  readonly variables?: Readonly<Record<string, Value>> | undefined
  /** SQLite file for the session's own tables and views; none: they end with the session. */
  readonly db?: string | undefined
  /** Change nothing in that file. */
  readonly readonly?: boolean | undefined
  /** Plan changes and show their requests instead of sending them. */
  readonly dryRun?: boolean | undefined
  /** Show secrets that the API answers with, instead of masking them. */
  readonly showSecrets?: boolean | undefined
  /** Wait for the end of what changes begin, where the provider file says that it takes time; `/*+ AWAIT *\/` does so in one statement. */
  readonly await?: boolean | undefined
  /** Go on with the other rows of a change when one fails; `/*+ CONTINUE *\/` does so in one statement. */
  readonly continueOnError?: boolean | undefined
  /** Asked before an UPDATE, REPLACE or DELETE that may be of more than one row is sent; false: nothing is sent, which is an error ABORTED. */
  readonly confirm?: Confirm | undefined
  /** How long, how often, and whom to tell. */
  readonly waiting?: Waiting | undefined
}
