import type { Range, Source } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import type { BoundQuery } from '../binding/bound.ts'
import type { PlanContext, TableShape } from '../context.ts'

/** A text that SQLite rejects, with what is needed to explain the error. */
export interface Refused {
  /** SQLite's message. */
  readonly message: string
  readonly source: Source
  readonly range: Range
  readonly binder: Binder
  readonly root: BoundQuery
  readonly context: PlanContext
  /** The tables that the text was validated over. */
  readonly tables: readonly TableShape[]
}
