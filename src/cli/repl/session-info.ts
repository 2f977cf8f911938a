import type { Catalog, Shape } from '../../catalog/types.ts'

/** A column as completion knows it. */
export interface KnownColumn {
  readonly name: string
  readonly shape: Shape
}

/** A table or view of the session, or a provider's view: its dotted name, and its columns if they are known. */
export interface KnownTable {
  readonly name: string
  readonly columns: readonly KnownColumn[]
}

/** What completion and highlighting use besides the catalog; the engine sends it after each statement. */
export interface SessionInfo {
  /** The provider that USE has chosen. */
  readonly provider?: string | undefined
  readonly tables: readonly KnownTable[]
  /** Tables and views that end with the engine's process. */
  readonly temporary?: readonly string[]
  readonly functions: readonly string[]
  /** Names of variables that have a value. */
  readonly variables: readonly string[]
  /** Names of the columns of the last result. */
  readonly resultColumns?: readonly string[]
}

/** All input of completion besides the text. */
export interface Known {
  readonly catalog: Catalog
  readonly sessionInfo: SessionInfo
  readonly formats: readonly string[]
  readonly profiles: readonly string[]
  /** Paths that begin with the given text; folders end in a slash. */
  readonly files: (path: string) => readonly string[]
}
