import type { Range, Source } from '../../sql/query.ts'
import { compose } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import type { PlanColumn, RowsPlan } from '../plan.ts'
import { quote } from '../splice.ts'
import { listing } from './listing.ts'
import { checkQuery } from './query.ts'
import { resultColumns } from './result-columns.ts'

/** The columns of a table, view or resource. @throws ConfluentqlError as a query of it would */
export function columnsOfTable(name: string, context: PlanContext): readonly PlanColumn[] {
  const text = compose({ text: '', tokens: [] }, [`SELECT * FROM ${name.split('.').map(quote).join('.')}`])
  return text.run(() => resultColumns(checkQuery(text.source, text.range, context), text.source))
}

/** Plans DESCRIBE of a table or view. */
export function describeTable(name: Range, source: Source, context: PlanContext): RowsPlan {
  const text = compose(source, ['SELECT * FROM ', name])
  const checked = text.run(() => checkQuery(text.source, text.range, context))
  return listing(
    ['name', 'type'],
    resultColumns(checked, text.source).map(c => [c.name, c.type === 'any' ? null : c.type]),
  )
}
