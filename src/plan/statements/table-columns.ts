import type { Source } from '../../sql/query.ts'
import type { Statement } from '../../sql/statement.ts'
import { typeOfOutput } from '../binding/value-types.ts'
import { compose, type Composed } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import type { PlanColumn, RowsPlan } from '../plan.ts'
import { quote } from '../splice.ts'
import { columnListing, columnRow } from './describe.ts'
import type { Rows } from './listing.ts'
import { type CheckedQuery, checkQuery } from './query.ts'
import { outputShapes, resultColumns } from './result-columns.ts'

/** The most characters in a line of SQL. */
const LONGEST_LINE = 76
/** In DESCRIBE EXTENDED, the name of the first row with a view's SQL. */
const VIEW_SQL = '# SQL'

/** The columns of a table, view or resource. @throws ConfluentqlError as a query of it would */
export function columnsOfTable(name: string, context: PlanContext): readonly PlanColumn[] {
  const text = compose({ text: '', tokens: [] }, [`SELECT * FROM ${name.split('.').map(quote).join('.')}`])
  return typedColumns(text, context)
}

/** Plans DESCRIBE and SHOW COLUMNS of a table or view. DESCRIBE EXTENDED shows the SQL of a view below its columns, a row for each line. */
export function describeTable(
  { kind, target, extended }: Extract<Statement, { kind: 'show' | 'describe' }>,
  source: Source,
  context: PlanContext,
): RowsPlan {
  const text = compose(source, ['SELECT * FROM ', target!.range])
  const checked = text.run(() => checkQuery(text.source, text.range, context))
  const shapes = outputShapes(checked)
  const rows = typedOf(checked, text.source).map(({ name, type }, i) =>
    columnRow(name, type === 'any' ? null : type, shapes[i]),
  )
  return columnListing(
    extended && kind === 'describe' ? [...rows, ...sqlRows(target!.parts, context)] : rows,
    extended,
  )
}

function sqlRows(parts: readonly string[], { views, provider }: PlanContext): Rows {
  const name = parts.join('.').toLowerCase()
  const view = views.get(name) ?? views.get(`${provider}.${name}`)
  const lines = view?.sql.trim().split('\n').flatMap(wrapped) ?? []
  return lines.map((line, i) => [i === 0 ? VIEW_SQL : '', null, line, null, null])
}

/** A line of SQL in parts that a terminal can show beside the other columns, broken behind commas outside of texts. */
function wrapped(line: string): string[] {
  const commas = [...line.matchAll(/, /g)].map(found => found.index + 1)
  const at = commas.findLast(i => i <= LONGEST_LINE && line.slice(0, i).split("'").length % 2 === 1)
  // the rest of a comment would no longer be one
  if (line.length <= LONGEST_LINE || at === undefined || line.includes('--')) return [line]
  const indent = /^ */.exec(line)![0]
  const rest = `${indent.padEnd(7)}${line.slice(at + 1)}`
  return rest.length < line.length ? [line.slice(0, at), ...wrapped(rest)] : [line]
}

/** The columns of `SELECT * FROM …`; those that a view computes have the type of their expression, if it has one. */
function typedColumns(text: Composed, context: PlanContext): readonly PlanColumn[] {
  return typedOf(
    text.run(() => checkQuery(text.source, text.range, context)),
    text.source,
  )
}

function typedOf(checked: CheckedQuery, source: Source): readonly PlanColumn[] {
  return resultColumns(checked, source).map((column, i) =>
    column.type === 'any' ? { ...column, type: typeOfOutput(checked.root, i) ?? 'any' } : column,
  )
}
