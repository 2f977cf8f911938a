import type { Catalog, Shape, Value } from '../catalog/types.ts'
import type { ParseBoolean } from '../sql/parser.ts'
import type { Functions } from '../sql/properties.ts'

/** A table with its columns, for the judge and for the store. */
export interface TableShape {
  readonly name: string
  /** Of a table of the session: where it is kept. */
  readonly schema?: string
  readonly columns: readonly {
    readonly name: string
    readonly shape: Shape
    readonly collated?: boolean
    readonly declared?: string
  }[]
}

export interface Judgement {
  /** SQLite's message when it refuses the text. */
  readonly error?: string
  /** Result columns: name, and the declared type of the table column that it is, if it is one. */
  readonly columns: readonly {
    readonly name: string
    readonly table: string | null
    readonly column: string | null
  }[]
  /** False for anything that is not a plain query. */
  readonly reader: boolean
}

/** SQLite as the judge of texts, over empty tables: what the planner may ask it. */
export interface Validator {
  check(sql: string, tables: readonly TableShape[]): Judgement
  /** Values of constant expressions. @throws what SQLite throws. */
  values(expressions: readonly string[]): readonly Value[]
  /** Names of the functions that SQLite has. */
  functionNames(): readonly string[]
  functions(): Functions
}

/** A view: its name and the text of its query; `schema` where the session keeps it, none for a provider's. */
export interface View {
  readonly name: string
  readonly sql: string
  readonly kind: 'view' | 'materialized view'
  readonly schema?: 'main' | 'temp'
  readonly summary?: string
}

/** All that planning depends on besides the statement. */
export interface PlanContext {
  readonly catalog: Catalog
  readonly validator: Validator
  readonly parse: ParseBoolean
  /** For names of two parts. */
  readonly provider: string | undefined
  /** Tables of the session, by lower-case name. */
  readonly tables: ReadonlyMap<string, TableShape>
  readonly views: ReadonlyMap<string, View>
  /** Whether calls to a host of a provider can have a base URL that the statement does not give. */
  readonly supplied: (provider: string, host: string) => boolean
  /** Secrets are read as they are; else they are masked, and no condition can be on them. */
  readonly showSecrets: boolean
}
