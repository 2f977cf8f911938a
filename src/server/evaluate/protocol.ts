/** The first message to an evaluator. */
export interface Start {
  readonly kind: 'start'
  /** The dump of a database with the definition; written if it does not exist. undefined: none is kept. */
  readonly dump: string | undefined
  readonly definition: string
  /** SQL that names the database, if it is the same for all units. */
  readonly naming: string
}

/** Rows to load into one table. */
export interface Load {
  /** `schema.name` */
  readonly table: string
  /** `TRUNCATE …; REVOKE …; GRANT …` */
  readonly before: string
  /** `COPY … FROM STDIN` */
  readonly copy: string
  readonly chunks: readonly Uint8Array[]
}

/** One transaction, which is rolled back. */
export interface Unit {
  /** Statements that run before SET ROLE: what names the database if there are several. */
  readonly prologue: string
  /** The settings of the client, which it may set only with the rights of its role. */
  readonly settings: string
  readonly loads: readonly Load[]
  /** Messages of the protocol, each ending with Query or Sync; those after a failed one are not sent. */
  readonly steps: readonly Uint8Array[]
}

export interface UnitRequest extends Unit {
  readonly kind: 'unit'
}

export type ToEvaluator = Start | UnitRequest

/** The answers of Postgres to a unit. */
export interface Outcome {
  /** The answer to each step that was sent. */
  readonly outputs: readonly Uint8Array[]
  /** The answers to the statements before the steps, if those failed. */
  readonly failed?: Uint8Array
  /** `schema.name` of each table that the steps read. */
  readonly reads: readonly string[]
}

export type FromEvaluator =
  | { readonly kind: 'ready' }
  /** `error`: the unit could not be evaluated. */
  | ({
      readonly kind: 'done'
      readonly error?: { readonly state: string; readonly message: string }
    } & Outcome)
  /** PGlite did not start. */
  | { readonly kind: 'failed'; readonly message: string }
