import type { Method, Resource, Shape, Value } from '../catalog/types.ts'

/** How far a filter goes with a request: exact, it returns just the matching rows; inexact, at least those. */
export type Support = 'exact' | 'inexact' | 'unsupported'

/** Values for one or more parameters together, a row for each combination. */
export type Bind =
  | {
      readonly kind: 'values'
      readonly params: readonly string[]
      readonly rows: readonly (readonly Value[])[]
    }
  /** From tables loaded before: `sql` gives a column for each parameter; `after` are the scans it reads; `text` is for EXPLAIN. */
  | {
      readonly kind: 'query'
      readonly params: readonly string[]
      readonly sql: string
      readonly after: readonly number[]
      readonly text: readonly string[]
    }

/** One alternative of an OR: its calls are all combinations of its binds; without binds, one call. */
export type CallSet = readonly Bind[]

export interface ScanCalls {
  readonly method: Method
  readonly sets: readonly CallSet[]
}

/** A table to be loaded: every row that the statement can need of one place in a FROM clause. */
export interface Scan extends ScanCalls {
  readonly id: number
  readonly resource: Resource
  readonly into: string
  /** Columns to load, in the resource's order. */
  readonly columns: readonly string[]
  /** Used when the binds from other tables come to more than `FAN_OUT` calls: the same rows from fewer calls. */
  readonly fallback?: ScanCalls
  /** No more rows than this are needed, in the order they come. */
  readonly limit?: number
  readonly pushed: readonly { readonly text: string; readonly support: Support }[]
  /** Conditions on this table that only SQLite evaluates. */
  readonly local: readonly string[]
  /** Counts the loaded rows that meet the conditions which speak of this table alone; none: all do. */
  readonly matching?: string
  /** What the user should know of the conditions on this table, and is no error. */
  readonly warnings?: readonly string[]
  /** As soon as this many rows are kept, the rest cannot change the answer (EXISTS, LIMIT in a subquery). */
  readonly rowLimit?: number
}

/** At most this many calls instead of one list when a parameter is not required. */
export const FAN_OUT = 10

export interface PlanColumn {
  readonly name: string
  readonly type: Shape['type'] | 'json' | 'any'
}

export interface QueryPlan {
  readonly kind: 'query'
  readonly scans: readonly Scan[]
  readonly sql: string
  readonly columns: readonly PlanColumn[]
  /** The statement treats each row of its one scan by itself: it can run page by page, without its LIMIT. */
  readonly stream?: { readonly sql: string; readonly limit: number | undefined; readonly offset: number }
  /** Names of `:name` parameters to bind. */
  readonly params: readonly string[]
}

/** INSERT, UPDATE, REPLACE, DELETE, EXEC: a call for each row of `each`. */
export interface CallsPlan {
  readonly kind: 'calls'
  readonly verb: 'INSERT' | 'UPDATE' | 'REPLACE' | 'DELETE' | 'EXEC'
  readonly resource: Resource
  readonly method: Method
  readonly each: QueryPlan
  /** What each column of `each` is: a parameter, or a path in the body. */
  readonly targets: readonly CallTarget[]
  /** Evaluated over the answers, which are loaded into `into`. */
  readonly returning?: Returning
  /** What comes after the answer, if the statement is to wait for the end of what it began. */
  readonly wait?: WaitPlan
  /** A row that fails does not keep those after it from being sent. */
  readonly keepGoing?: boolean
  /** A DELETE whose keys the statement lists itself: one that is not there is as it is to be. */
  readonly isListed?: boolean
}

export interface Returning {
  readonly sql: string
  readonly into: string
  readonly columns: readonly PlanColumn[]
  readonly load: readonly string[]
  /** Dotted paths of the secrets that it names, which are shown. */
  readonly shown: readonly string[]
  /** Dotted paths of the columns that are result columns as they are, in each row. */
  readonly whole: readonly string[]
}

export interface CallTarget {
  readonly kind: 'param' | 'body' | 'whole body'
  readonly name: string
  readonly shape: Shape
  /** Of a field of the body: the parameter that takes the same value. */
  readonly param?: string
}

/** A thing is read again and again, until its phase is final or, after a DELETE, until it is not there. */
export interface WaitPlan {
  readonly until: 'final' | 'gone'
  /** Reads it. */
  readonly method: Method
  readonly keys: readonly WaitKey[]
  /** Where the phase stands in the answer to the change; none: the answer does not say it. */
  readonly phaseAt?: string
  readonly every: number
  readonly timeout: number
}

/** A column that tells the thing from others, the parameter of the reading method that selects by it, and whence its value is known. */
export interface WaitKey {
  readonly column: string
  readonly param?: string
  readonly from: { readonly kind: 'param' | 'body' | 'answer'; readonly at: string }
}

export interface RowsPlan {
  readonly kind: 'rows'
  readonly columns: readonly PlanColumn[]
  readonly rows: readonly (readonly Value[])[]
}

/** CREATE, DROP, REFRESH, and changes of tables of the session: texts for SQLite, run in one transaction once the scans are loaded. */
export interface LocalPlan {
  readonly kind: 'local'
  readonly verb: string
  readonly scans: readonly Scan[]
  /** What the statement defines: tables, views, and what is known of their columns. */
  readonly steps: readonly string[]
  /** What it does to rows, after the steps; only this reads the tables of the scans. */
  readonly rows?: string
  readonly params: readonly string[]
}

export type Plan = QueryPlan | CallsPlan | RowsPlan | LocalPlan
