import { ConfluentqlError } from '../../errors.ts'
import { fullName, INSTANT } from '../../plan/names.ts'
import type { Scan } from '../../plan/plan.ts'
import { quote, valueText } from '../../plan/splice.ts'
import type { Store } from '../store/store.ts'

/**
 * Checks that each value of a whole span of time has a time in it: otherwise the statement's own bounds would leave it out of the sum.
 * @throws ConfluentqlError RESPONSE
 */
export function checkWholeSpans({ resource, into, wholeSpans }: Scan, store: Store): void {
  if (!wholeSpans) return
  const { column, param, spans } = wholeSpans
  const instant = (sql: string): string => `${quote(INSTANT)}(${sql})`
  const time = instant(quote(column))
  const isWithin = spans.map(
    ([from, before]) =>
      `(${time} >= ${instant(valueText(from))} AND ${time} < ${instant(valueText(before))})`,
  )
  const found = store.db
    .prepare(
      `SELECT coalesce(${quote(column)}, 'NULL') FROM temp.${quote(into)} WHERE (${isWithin.join(' OR ')}) IS NOT TRUE LIMIT 1`,
    )
    .pluck()
    .get() as string | undefined
  if (found === undefined) return
  throw new ConfluentqlError(
    'RESPONSE',
    `${fullName(resource)}: the value for all of the time has the time ${found}, which is not in it`,
    { hint: `Give a shorter ${param} in WHERE, whose values add up to the same` },
  )
}
