import type { Range, Source } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import type { BoundQuery } from '../binding/bound.ts'
import type { PlanContext, TableShape } from '../context.ts'

/** What is known when SQLite refuses a text. */
export interface Refused {
  readonly message: string
  readonly source: Source
  readonly range: Range
  readonly binder: Binder
  readonly root: BoundQuery
  readonly context: PlanContext
  readonly tables: readonly TableShape[]
}
