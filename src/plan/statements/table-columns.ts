import type { Range, Source } from '../../sql/query.ts'
import { typeOfOutput } from '../binding/value-types.ts'
import { compose, type Composed } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import type { PlanColumn, RowsPlan } from '../plan.ts'
import { quote } from '../splice.ts'
import { listing } from './listing.ts'
import { checkQuery } from './query.ts'
import { resultColumns } from './result-columns.ts'

/** The columns of a table, view or resource. @throws ConfluentqlError as a query of it would */
export function columnsOfTable(name: string, context: PlanContext): readonly PlanColumn[] {
  const text = compose({ text: '', tokens: [] }, [`SELECT * FROM ${name.split('.').map(quote).join('.')}`])
  return typedColumns(text, context)
}

/** Plans DESCRIBE of a table or view. */
export function describeTable(name: Range, source: Source, context: PlanContext): RowsPlan {
  const columns = typedColumns(compose(source, ['SELECT * FROM ', name]), context)
  return listing(
    ['name', 'type'],
    columns.map(c => [c.name, c.type === 'any' ? null : c.type]),
  )
}

/** The columns of `SELECT * FROM …`; those that a view computes have the type of their expression, if it has one. */
function typedColumns(text: Composed, context: PlanContext): readonly PlanColumn[] {
  const checked = text.run(() => checkQuery(text.source, text.range, context))
  return resultColumns(checked, text.source).map((column, i) =>
    column.type === 'any' ? { ...column, type: typeOfOutput(checked.root, i) ?? 'any' } : column,
  )
}
