import type { Definition } from './definition.ts'
import type { Range } from './query.ts'
import type { Name } from './statement-reader.ts'

/** A dotted name. */
export interface PathItem {
  readonly path: readonly string[]
  readonly range: Range
}

export interface SetItem extends PathItem {
  readonly expr: Range
}

/** A statement by its keywords and clauses; expressions stay token ranges. */
export type Statement =
  | Definition
  | { readonly kind: 'query'; readonly query: Range }
  | { readonly kind: 'explain'; readonly analyze: boolean; readonly inner: Statement }
  | {
      readonly kind: 'insert'
      readonly target: Name
      readonly columns: readonly PathItem[]
      readonly query: Range
      readonly returning?: Range
    }
  | {
      readonly kind: 'update' | 'replace'
      readonly target: Name
      readonly alias?: string
      readonly set: readonly SetItem[]
      readonly where?: Range
      readonly returning?: Range
    }
  | {
      readonly kind: 'delete'
      readonly target: Name
      readonly alias?: string
      readonly where?: Range
      readonly returning?: Range
    }
  | {
      readonly kind: 'exec'
      readonly target: Name
      readonly args: readonly { readonly name: string; readonly range: Range; readonly expr: Range }[]
      readonly json?: Range
    }
  | {
      readonly kind: 'show'
      readonly what: ShowWhat
      readonly extended: boolean
      readonly target?: Name
      /** The columns of SHOW INSERT INTO t (…). */
      readonly columns?: readonly PathItem[]
      readonly like?: Range
      readonly where?: Range
      readonly hints: readonly string[]
    }
  | { readonly kind: 'describe'; readonly method: boolean; readonly extended: boolean; readonly target: Name }
  | { readonly kind: 'use' | 'pull'; readonly provider: string; readonly range: Range }
export type ShowWhat =
  | 'PROVIDERS'
  | 'SERVICES'
  | 'RESOURCES'
  | 'METHODS'
  | 'INSERT'
  | 'TABLES'
  | 'COLUMNS'
  /** What has the given words in its name or description. */
  | 'MATCHES'
  | 'VERSION'
  /** SHOW TRANSACTION ISOLATION LEVEL, which clients of PostgreSQL send. */
  | 'TRANSACTION'
  /** REGISTRY LIST. */
  | 'REGISTRY'
export type { Name } from './statement-reader.ts'

/** What running a statement does. */
export type StatementType =
  /** Reads rows. */
  | 'query'
  /** Changes rows of a table of the API or of the session. */
  | 'change'
  /** Calls a method. */
  | 'call'
  /** Creates, drops or refreshes a table or view of the session. */
  | 'definition'
  /** Shows a part of the catalog. */
  | 'listing'
  | 'explain'
  /** USE, or REGISTRY PULL: no rows. */
  | 'use'
