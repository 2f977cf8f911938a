import type { TableShape } from '../plan/context.ts'
import type { ExampleScript } from '../catalog/search/examples.ts'
import type { Catalog, Host, ResourceIds, Value } from '../catalog/types.ts'
import type { HttpClient, Trace } from '../http/types.ts'
import type { Plan } from '../plan/plan.ts'
import type { Piece } from '../sql/split.ts'
import type { Approve, Confirm } from './writes/pending.ts'
import type { Activity, Waiting } from './result.ts'

export interface SessionOptions {
  readonly catalog: Catalog
  /** Makes the HTTP client; called when the first statement needs one. */
  readonly connect: (onTrace: (trace: Trace) => void) => Promise<HttpClient>
  /** Whether calls to a host can have a base URL, or a variable of it, that is not in the statement; called before the first plan. Default: whether the host has one. */
  readonly supplies?: (() => Promise<Supplies>) | undefined
  /** The program's version, for SHOW VERSION. */
  readonly version?: (() => string) | undefined
  /** The scripts that come with the program, for SHOW MATCHES. */
  readonly examples?: (() => readonly ExampleScript[]) | undefined
  /** Called with information for the user that is not an error. */
  readonly onNotice?: ((text: string) => void) | undefined
  /** Called with the progress of a statement's scans. */
  readonly onActivity?: ((activity: Activity) => void) | undefined
  /** Called before and after each step in which SQLite may block the thread for long. */
  readonly onBusy?: ((isBusy: boolean) => void) | undefined
  /** Values of `:name` in statements, looked up when a statement is planned; they are bound, never put into the text. */
  readonly variables?: Readonly<Record<string, Value>> | undefined
  /** SQLite file for the session's tables and views; without one they end with the session. */
  readonly db?: string | undefined
  /** Change nothing in that file. */
  readonly readonly?: boolean | undefined
  /** Megabytes of rows to keep in memory; more are in a temporary file, which ends with the process. Default 256. */
  readonly memory?: number | undefined
  /** Plan changes and show their requests instead of sending them. */
  readonly dryRun?: boolean | undefined
  /** Show secrets that the API answers with, instead of masking them. */
  readonly showSecrets?: boolean | undefined
  /** A SELECT must give every required parameter; else it takes those that it does not give from parents: environments, clusters, … */
  readonly requireKeys?: (() => Promise<boolean>) | undefined
  /** Wait for the end of operations that the provider file describes as long-running; `/*+ AWAIT *\/` does so in one statement. */
  readonly await?: boolean | undefined
  /** Continue with the other rows of a change when one fails; `/*+ CONTINUE *\/` does so in one statement. */
  readonly continueOnError?: boolean | undefined
  /**
   * Whether queries leave out calls that cannot be reached (no credential, no connection, 401, 403, 404) where a table needs
   * several calls, instead of failing. Asked before each query.
   */
  readonly skipUnreachable?: (() => Promise<boolean>) | undefined
  /** Called before an UPDATE, REPLACE or DELETE that may affect more than one row is sent; false: nothing is sent, and the error is ABORTED. */
  readonly confirm?: Confirm | undefined
  /** Called with the exact requests of any change before the first is sent; false: nothing is sent, and the error is ABORTED. */
  readonly approve?: Approve | undefined
  /** Nothing is read from a cache. */
  readonly fresh?: boolean | undefined
  /** The rows of json_each in statements were read from other tables: a key from them that the API answers with 404 has no rows. */
  readonly rowsInJson?: boolean | undefined
  /** Timeout, interval and progress callback of AWAIT. */
  readonly waiting?: Waiting | undefined
}

/** Whether a host's base URL, or a variable of it, can come from elsewhere than the statement. */
export interface Supplies {
  baseUrl(host: Host, of?: ResourceIds): boolean
  urlVariable(host: Host, name: string): boolean
}

/** Names besides the catalog's resources. */
export interface SessionNames {
  /** The default provider. */
  readonly provider: string | undefined
  readonly tables: readonly TableShape[]
  readonly views: readonly string[]
  /** Temporary tables and views, which end with the process. */
  readonly temporary: readonly string[]
  readonly functions: readonly string[]
}

/** Plans the statements of a script; an interface, so that the package's declarations do not need those of SQLite. */
export interface ScriptTrial {
  /**
   * Plans the next statement.
   * @param variables values of `:name`, instead of those that the session has now
   * @returns its plan; undefined for USE and REGISTRY PULL
   * @throws ConfluentqlError for errors that can be found without a request
   */
  take(script: string, piece: Piece, variables?: Readonly<Record<string, Value>>): Promise<Plan | undefined>
  /** Stops checking base URLs and credentials, as the script may change them from here on. */
  forgetAddresses(): void
  close(): void
}
