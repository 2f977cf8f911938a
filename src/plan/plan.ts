import type { Operation } from '../catalog/types.ts'
import type { Json, Method, Resource, Shape, Value } from '../catalog/types.ts'

/** How precisely the API evaluates a pushed predicate: exact, it returns just the matching rows; inexact, at least those; asked, what its parameter means is not what a column of its name says. */
export type Support = 'exact' | 'inexact' | 'asked' | 'unsupported'

/** Values for one or more parameters; each row is one combination. */
export type Bind =
  | {
      readonly kind: 'values'
      readonly params: readonly string[]
      readonly rows: readonly (readonly Value[])[]
    }
  /**
   * Values from loaded tables: `sql` gives a column for each parameter, `after` lists the scans that it reads. For EXPLAIN:
   * `text` is what gives each parameter; `parent` is the table if it is a parent that the statement does not name.
   */
  | {
      readonly kind: 'query'
      readonly params: readonly string[]
      readonly sql: string
      readonly after: readonly number[]
      readonly text: readonly string[]
      readonly parent?: string
      /** It reads one table, each row of which gives its values whichever other rows there are. */
      readonly isGrowing?: true
      /** Of a parent: SQL for the values of a parameter that conditions allow, and that no row of the parent has. */
      readonly unmatched?: readonly { readonly param: string; readonly sql: string }[]
    }

/** The calls of one disjunct: one for each combination of its binds, or a single call without binds. */
export type CallSet = readonly Bind[]

export interface ScanCalls {
  readonly method: Method
  readonly sets: readonly CallSet[]
  /** Of a method with a query body: what its calls have in common. */
  readonly query?: QueryParts
  /** One value is asked for all of some spans of time, since the statement only adds values up. */
  readonly wholeSpans?: WholeSpans
}

/** Spans of time with one value each. A value whose time is outside of them would be missing in the sum. */
export interface WholeSpans {
  /** The column of the time. */
  readonly column: string
  /** The parameter for the step. */
  readonly param: string
  readonly spans: readonly (readonly [from: Value, before: Value])[]
}

/** What the statement gives to the body of a query. */
export interface QueryParts {
  /** The labels that rows are grouped by, as the API names them: `resource.kafka.id`, `metric.topic`. */
  readonly groups: readonly string[]
  /** Conditions on labels: `{field, op, value}`, `{op: AND or OR, filters}`, `{op: NOT, filter}`. */
  readonly filter?: Json
}

/** The loading of one table in a FROM clause: every row that the statement can need of it. */
export interface Scan extends ScanCalls {
  readonly id: number
  readonly resource: Resource
  readonly into: string
  /** Columns to load, in the resource's order. */
  readonly columns: readonly string[]
  /** Dotted paths of columns, and of fields in them, that the statement computes with, in lower case; absent: any. */
  readonly computes?: readonly string[]
  /** The same rows by fewer calls, usually those of a list: the engine decides while it reads them. */
  readonly fallback?: ScanCalls
  /** Calls by keys from rows of other tables, which are read beside this one. They give the same rows, perhaps sooner. */
  readonly keyed?: ScanCalls
  /** The first rows that the statement needs, in the order of the answer: its LIMIT and OFFSET. */
  readonly limit?: number
  /** Only for EXPLAIN and for LIMIT, since it takes a sixteenth of the time of planning. */
  readonly pushdown?: Pushdown
  /** SQL that counts the loaded rows which meet every condition on this table alone; only for EXPLAIN ANALYZE and `rowLimit`. */
  readonly matching?: string
  /** Likely mistakes in the conditions on this table. */
  readonly warnings?: readonly string[]
  /** Loading stops after this many matching rows (EXISTS, LIMIT), or when `countQuery` counts as many. */
  readonly rowLimit?: number
  /**
   * SQL that counts the rows of a query over the loaded tables, up to `rowLimit`. `after` lists the other scans that it reads;
   * those in `early` may end early as well: without some of their rows, the query only has fewer rows.
   */
  readonly countQuery?: {
    readonly sql: string
    readonly after: readonly number[]
    readonly early: readonly number[]
  }
  /** Texts that the statement gives for keys whose parents have names as well. */
  readonly given?: readonly GivenKey[]
  /** Where the required parameters come from that the statement does not give. */
  readonly parents?: readonly ParentSource[]
  /** The parameter of the base URL, if no condition gives it but a row of the parent: a URL that the user has for the resource comes first. */
  readonly impliedUrl?: string
  /** What SQLite looks rows up by for each row of other tables. */
  readonly lookups?: readonly Lookup[]
  /** The scan is not in the statement: its rows give keys to another scan, so that `table` of the statement can be read without `params`. */
  readonly feeds?: { readonly id: number; readonly table: string; readonly params: readonly string[] }
}

/** Where the conditions on a table are evaluated. */
export interface Pushdown {
  readonly pushed: readonly { readonly text: string; readonly support: Support }[]
  /** Conditions that only SQLite evaluates. */
  readonly local: readonly string[]
}

/** An index that saves reading a table for each row of others. */
export interface Lookup {
  /** SQL over the columns of the table. */
  readonly expression: string
  /** The tables of the scans whose rows are around, if there are no others. */
  readonly by?: readonly string[]
}

/** A key that the statement gives by value, and the table whose column `id` it is; `name` is the column that people know its rows by. */
export interface GivenKey {
  readonly key: string
  /** The column of the condition: that of a view or of a joined table may have another name. */
  readonly stated: string
  readonly values: readonly string[]
  readonly table: string
  readonly id: string
  readonly name: string
}

/** Required parameters that the statement does not give, and the parent that gives them. */
export interface ParentSource {
  readonly params: readonly string[]
  /** The columns of the table whose values the parent gives, those among them that the statement gives as well. */
  readonly keys: readonly string[]
  /** Full name of the parent; none: the values that the provider file lists. */
  readonly table?: string
  /** The conditions on the parent's rows, as the statement has them. */
  readonly where?: string
}

export interface PlanColumn {
  readonly name: string
  readonly type: Shape['type'] | 'date' | 'json' | 'any'
  /** `heading`: it is in the heading of a row that is shown as a block. `wrapped`: a long text, which a terminal shows on several lines. */
  readonly layout?: 'heading' | 'wrapped' | undefined
}

export interface QueryPlan {
  readonly kind: 'query'
  readonly scans: readonly Scan[]
  readonly sql: string
  readonly columns: readonly PlanColumn[]
  /** Set if the statement processes each row of its only scan independently: it then runs page by page, and the engine applies its LIMIT. */
  readonly stream?: {
    readonly sql: string
    readonly limit: number | undefined
    readonly offset: number
    /** It has no condition. */
    readonly isWhole: boolean
  }
  /** Names of `:name` parameters to bind. */
  readonly params: readonly string[]
  /** Likely mistakes in conditions on none of the tables that are read. */
  readonly warnings?: readonly string[]
  readonly nullLists?: readonly NullList[]
  readonly nearValues?: readonly NearValues[]
  readonly textUses?: readonly TextUse[]
}

/** An operand for a notice about its value in a row. The SQL has its index in the list. */
export interface TextUse {
  /** The operand as it is written. */
  readonly of: string
  /** It is a text that is compared or computed with as a number, or a boolean that is 1 or 0 outside of the query that reads it. */
  readonly kind: 'compared' | 'computed' | 'nested'
}

/** A condition that equates a column with texts, for a notice if no loaded row meets it although values differ only by case or blanks. */
export interface NearValues {
  /** SQL that gives 1 if a loaded row has one of the texts. */
  readonly exact: string
  /** SQL for the values that are equal to one of them without regard to case and blanks around it, each with the number of rows. */
  readonly near: string
  /** If no row meets it, the query has no rows: it is looked at only then. */
  readonly isRequired: boolean
  readonly values: readonly string[]
  /** The condition as it is written. */
  readonly condition: string
}

/** The list of a NOT IN: SQL that gives 1 if it has a NULL, and the notice for it. */
export interface NullList {
  readonly sql: string
  readonly notice: string
}

/** INSERT, UPDATE, REPLACE, DELETE, EXEC: a call for each row of `each`. */
export interface CallsPlan {
  readonly kind: 'calls'
  readonly verb: 'INSERT' | 'UPDATE' | 'REPLACE' | 'DELETE' | 'EXEC'
  readonly resource: Resource
  readonly method: Method
  readonly each: QueryPlan
  /** The parameter or body path that each column of `each` becomes. */
  readonly targets: readonly CallTarget[]
  /** The result, evaluated over the answers. */
  readonly returning?: Returning
  /** How to wait until the change is finished, if the statement is to wait (AWAIT). */
  readonly wait?: WaitPlan
  /** Rows after a failed one are still sent (CONTINUE). */
  readonly keepGoing?: boolean
  /** The keys are candidates (a list, a query, combinations of such): one that does not exist is no error. */
  readonly skipsMissing?: boolean
}

/** RETURNING: a query over the answers. */
export interface Returning {
  readonly sql: string
  /** The table that the answers are loaded into. */
  readonly into: string
  readonly columns: readonly PlanColumn[]
  /** Columns of the answer to load. */
  readonly load: readonly string[]
  /** Dotted paths of the secrets that it names, which are shown unmasked. */
  readonly shown: readonly string[]
  /** Dotted paths of the columns that are result columns, unchanged and in every row. */
  readonly whole: readonly string[]
}

export interface CallTarget {
  readonly kind: 'param' | 'body' | 'whole body'
  readonly name: string
  readonly shape: Shape
  /** For a body field: the parameter that takes the same value. */
  readonly param?: string
}

/** How to wait for the end of a change. */
export type WaitPlan = ObjectWait | OperationWait

/** Reads the operation in the answer until it is done. */
export interface OperationWait {
  readonly until: 'done'
  readonly operation: Operation
  /** Seconds between two requests. */
  readonly every: number
  /** Seconds until giving up. */
  readonly timeout: number
}

/** Polls the changed object until its phase is final or, after a DELETE, until it is gone. */
export interface ObjectWait {
  readonly until: 'final' | 'gone'
  /** The method that reads the object. */
  readonly method: Method
  readonly keys: readonly WaitKey[]
  /** JSON path of the phase in the answer to the change, if the answer has it. */
  readonly phaseAt?: string
  /** Seconds between two requests. */
  readonly every: number
  /** Seconds until giving up. */
  readonly timeout: number
}

/** A key column of the object, the parameter of the reading method that selects by it, and where its value comes from. */
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

/** CREATE, DROP, REFRESH, and changes of tables of the session: SQL that runs in one transaction after the scans are loaded. */
export interface LocalPlan {
  readonly kind: 'local'
  readonly verb: string
  readonly scans: readonly Scan[]
  /** Definitions: tables, views, and the shapes of their columns. */
  readonly steps: readonly string[]
  readonly warnings?: readonly string[]
  /** The change of rows, after the steps; only this reads the tables of the scans. */
  readonly rows?: string
  readonly params: readonly string[]
  readonly nullLists?: readonly NullList[]
  readonly nearValues?: readonly NearValues[]
  readonly textUses?: readonly TextUse[]
}

export type Plan = QueryPlan | CallsPlan | RowsPlan | LocalPlan
