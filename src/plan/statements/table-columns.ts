import type { Source } from '../../sql/query.ts'
import type { Statement } from '../../sql/statement.ts'
import { aboutOf } from '../binding/origins.ts'
import { typeOfOutput } from '../binding/value-types.ts'
import { compose, type Composed } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import type { PlanColumn, RowsPlan } from '../plan.ts'
import { quote } from '../splice.ts'
import { columnListing, columnRow } from './describe.ts'
import type { Rows } from './listing.ts'
import { type CheckedQuery, checkQuery } from './query.ts'
import { sqlLines } from './sql-lines.ts'
import { outputShapes, resultColumns } from './result-columns.ts'

/** In DESCRIBE EXTENDED, the name of the first row with a view's SQL. */
const VIEW_SQL = '# SQL'

/** The columns of a table, view or resource. @throws ConfluentqlError as a query of it would */
export function columnsOfTable(name: string, context: PlanContext): readonly PlanColumn[] {
  const text = compose({ text: '', tokens: [] }, [`SELECT * FROM ${name.split('.').map(quote).join('.')}`])
  return typedColumns(text, context)
}

/** The columns of a table or view, as rows of DESCRIBE EXTENDED. @throws ConfluentqlError as a query of it would */
export function describedColumns(name: string, context: PlanContext): Rows {
  const text = compose({ text: '', tokens: [] }, [`SELECT * FROM ${name.split('.').map(quote).join('.')}`])
  return rowsOf(text, context)
}

/** Plans DESCRIBE and SHOW COLUMNS of a table or view. DESCRIBE EXTENDED shows the SQL of a view below its columns, a row for each line. */
export function describeTable(
  { kind, target, extended }: Extract<Statement, { kind: 'show' | 'describe' }>,
  source: Source,
  context: PlanContext,
): RowsPlan {
  const rows = rowsOf(compose(source, ['SELECT * FROM ', target!.range]), context)
  return columnListing(
    extended && kind === 'describe' ? [...rows, ...sqlRows(target!.parts, context)] : rows,
    extended,
  )
}

function rowsOf(text: Composed, context: PlanContext): Rows {
  const checked = text.run(() => checkQuery(text.source, text.range, context))
  const shapes = outputShapes(checked)
  const outputs = checked.root.cores[0]!.outputs
  return typedOf(checked).map(({ name, type }, i) => {
    const from = outputs?.[i]?.from
    return columnRow(name, type === 'any' ? null : type, shapes[i], (from && aboutOf(from)) ?? null)
  })
}

function sqlRows(parts: readonly string[], { views, provider }: PlanContext): Rows {
  const name = parts.join('.').toLowerCase()
  const view = views.get(name) ?? views.get(`${provider}.${name}`)
  const lines = view ? sqlLines(view.sql.trim()) : []
  return lines.map((line, i) => [i === 0 ? VIEW_SQL : '', null, line, null, null])
}

/** The columns of `SELECT * FROM …`; those that a view computes have the type of their expression, if it has one. */
function typedColumns(text: Composed, context: PlanContext): readonly PlanColumn[] {
  return typedOf(text.run(() => checkQuery(text.source, text.range, context)))
}

function typedOf(checked: CheckedQuery): readonly PlanColumn[] {
  return resultColumns(checked).map((column, i) =>
    column.type === 'any' ? { ...column, type: typeOfOutput(checked.root, i) ?? 'any' } : column,
  )
}
