import type { Definition } from './definition.ts'
import type { Range } from './query.ts'
import type { Name } from './reader.ts'

export interface SetItem {
  readonly path: readonly string[]
  readonly range: Range
  readonly expr: Range
}

/** What a statement is, as far as its first words and its clauses say; expressions stay token ranges. */
export type Statement =
  | Definition
  | { readonly kind: 'query'; readonly query: Range }
  | { readonly kind: 'explain'; readonly analyze: boolean; readonly inner: Statement }
  | {
      readonly kind: 'insert'
      readonly target: Name
      readonly columns: readonly { readonly path: readonly string[]; readonly range: Range }[]
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
      readonly like?: Range
      readonly hints: readonly string[]
    }
  | { readonly kind: 'describe'; readonly method: boolean; readonly extended: boolean; readonly target: Name }
  | { readonly kind: 'use'; readonly provider: string; readonly range: Range }
export type ShowWhat = 'PROVIDERS' | 'SERVICES' | 'RESOURCES' | 'METHODS' | 'INSERT' | 'TABLES' | 'COLUMNS'
export type { Name } from './reader.ts'

/** What running a statement comes to. */
export type StatementType =
  /** Rows are read. */
  | 'query'
  /** Rows of a table are changed, of the API or of the session. */
  | 'change'
  /** A method is called. */
  | 'call'
  /** Tables and views of the session. */
  | 'definition'
  /** What the catalog says. */
  | 'listing'
  | 'explain'
  | 'use'
