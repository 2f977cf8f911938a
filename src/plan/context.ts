import type { Catalog, ResourceIds, Shape, Value } from '../catalog/types.ts'
import type { ParseBoolean } from '../sql/parser.ts'
import type { Functions } from '../sql/properties.ts'

/** A table with its columns, as the validator and the store need it. */
export interface TableShape {
  readonly name: string
  /** The schema of a table of the session. */
  readonly schema?: string
  readonly columns: readonly {
    readonly name: string
    readonly shape: Shape
    readonly collated?: boolean
    readonly declared?: string
  }[]
}

/** What SQLite says about a text. */
export interface Validation {
  /** SQLite's message when it refuses the text. */
  readonly error?: string
  /** Result columns: the name, and the table and column that it is, if it is one. */
  readonly columns: readonly {
    readonly name: string
    readonly table: string | null
    readonly column: string | null
  }[]
  /** Whether it is a query that changes nothing. */
  readonly isQuery: boolean
}

/** SQLite over empty tables: it decides which texts are valid, and evaluates constants. */
export interface Validator {
  check(sql: string, tables: readonly TableShape[]): Validation
  /** Values of constant expressions. @throws what SQLite throws. */
  values(expressions: readonly string[]): readonly Value[]
  /** Names of the functions that SQLite has. */
  functionNames(): readonly string[]
  /** Properties of SQLite's functions. */
  functions(): Functions
  /** The text that defines a view which another program made in the file of the session: such views are not read. */
  foreignView(name: string): string | undefined
}

/** A view: its name and the text of its query. `schema` is where the session keeps it; a provider's view has none. */
export interface View {
  readonly name: string
  readonly sql: string
  readonly kind: 'view' | 'materialized view'
  readonly schema?: 'main' | 'temp'
  /** In a session with several profiles: the profiles whose rows a view of the provider has. */
  readonly profiles?: readonly string[]
  /** The one profile that this part of a view is of. */
  readonly profile?: string
  readonly summary?: string
  /** Descriptions of columns (ViewInfo.columns). */
  readonly columns?: Readonly<Record<string, string>>
  /** What rows without a value in a column are (ViewInfo.nulls). */
  readonly nulls?: Readonly<Record<string, string>>
  /** Whose value a column has if there is no own one (ViewInfo.defaults). */
  readonly defaults?: Readonly<Record<string, string>>
  /** Other names of its columns (ViewInfo.synonyms). */
  readonly synonyms?: Readonly<Record<string, string>>
}

/** All that planning depends on besides the statement. */
export interface PlanContext {
  readonly catalog: Catalog
  readonly validator: Validator
  readonly parse: ParseBoolean
  /** The default provider, for names of two parts. */
  readonly provider: string | undefined
  /** Tables of the session, by lower-case name. */
  readonly tables: ReadonlyMap<string, TableShape>
  readonly views: ReadonlyMap<string, View>
  /** Whether the environment or a profile gives the base URL of a provider's host, for calls that are for some resources. */
  readonly hasBaseUrl: (provider: string, host: string, of?: ResourceIds) => boolean
  /** Whether the environment, a profile or the provider file gives a variable of the base URL of a provider's host. */
  readonly hasUrlVariable: (provider: string, host: string, variable: string) => boolean
  /** EXPLAIN shows the plan: scans have `pushdown` and `matching`. */
  readonly isExplained?: boolean
  /** Secrets are read unmasked; otherwise they are masked and cannot be compared. */
  readonly showSecrets: boolean
  /** The statement must give every required parameter, `in changes`: since it is a change; else a SELECT takes them from the parents that a resource has. */
  readonly requireKeys: boolean | 'in changes'
}

/** The table or view among those of the session that a name stands for: `t`, or with its schema `main.t`. */
export function ownNamed<T extends { readonly schema?: string }>(
  parts: readonly string[],
  all: ReadonlyMap<string, T>,
): T | undefined {
  const whole = all.get(parts.join('.').toLowerCase())
  if (whole || parts.length !== 2) return whole
  const [schema, name] = parts
  const found = all.get(name!.toLowerCase())
  return found?.schema === schema!.toLowerCase() ? found : undefined
}
