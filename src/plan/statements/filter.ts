import { ConfluentqlError } from '../../errors.ts'
import type { Range, Source } from '../../sql/query.ts'
import { bracketed, compose } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import { spanOf } from '../names.ts'
import type { PlanColumn, QueryPlan, RowsPlan } from '../plan.ts'
import { literal, quote } from '../splice.ts'
import { planQuery } from './query.ts'

/**
 * Plans the query that filters the rows of SHOW by its WHERE.
 * @param shown the columns that it gives; the condition can name the others too
 * @throws ConfluentqlError with the position in the condition
 */
export function planFilter(
  { columns, rows }: RowsPlan,
  shown: readonly PlanColumn[],
  where: Range,
  source: Source,
  context: PlanContext,
): QueryPlan {
  const names = (of: readonly PlanColumn[]): string => of.map(c => quote(c.name)).join(', ')
  const valueOf = (value: unknown): string => (value === null ? 'NULL' : literal(String(value)))
  const all =
    rows.length > 0
      ? `VALUES ${rows.map(row => `(${row.map(valueOf).join(', ')})`).join(', ')}`
      : `SELECT ${columns.map(() => 'NULL').join(', ')} WHERE 0`
  const text = compose(source, [
    `WITH "SHOW" (${names(columns)}) AS (${all}) SELECT ${names(shown)} FROM "SHOW" WHERE `,
    ...bracketed(where),
  ])
  const plan = text.run(() => planQuery(text.source, text.range, context))
  if (plan.scans.length === 0) return plan
  throw new ConfluentqlError('UNSUPPORTED', 'WHERE of SHOW cannot read tables', {
    span: spanOf(source, where),
    hint: 'SELECT from information_schema.tables and .columns can join them',
  })
}
