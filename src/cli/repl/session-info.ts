import type { Catalog, Shape } from '../../catalog/types.ts'

/** A column as completion knows it. */
export interface KnownColumn {
  readonly name: string
  readonly shape: Shape
}

/** A table or view that no provider file describes, or a provider's view: its dotted name, and its columns where they are known. */
export interface KnownTable {
  readonly name: string
  readonly columns: readonly KnownColumn[]
}

/** What completion and highlighting know of the session besides the catalog; the engine tells it after each statement. */
export interface SessionInfo {
  /** The provider that USE has chosen. */
  readonly provider?: string | undefined
  readonly tables: readonly KnownTable[]
  readonly functions: readonly string[]
  /** Names of `:name` that have a value. */
  readonly variables: readonly string[]
}

/** Everything that completion looks at. */
export interface Known {
  readonly catalog: Catalog
  readonly sessionInfo: SessionInfo
  readonly formats: readonly string[]
  readonly profiles: readonly string[]
  /** Names in a folder that begin with what is given; folders end in a slash. */
  readonly files: (path: string) => readonly string[]
}
