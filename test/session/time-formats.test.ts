import { describe, expect, test } from 'vitest'
import { openSandbox } from './sandbox.ts'

/*
 * Formats of times that SQLite's strftime() does not have. What the hint says to write is run, and gives what the format means.
 */
const T = "'2026-09-05T15:04:07Z'"
const FORMATS: readonly (readonly [call: string, result: string | number])[] = [
  [`to_char(${T}, 'Mon YYYY')`, 'Sep 2026'],
  [`to_char(${T}, 'FMMonth YYYY')`, 'September 2026'],
  [`to_char(${T}, 'Month')`, 'September'],
  ["to_char('2026-05-05', 'Month YYYY')", 'May       2026'],
  ["to_char('2026-05-05', 'FMMonth YYYY')", 'May 2026'],
  [`to_char(${T}, 'Mon')`, 'Sep'],
  [`to_char(${T}, 'MON-YY')`, 'SEP-26'],
  [`to_char(${T}, 'mon')`, 'sep'],
  [`to_char(${T}, 'Dy')`, 'Sat'],
  [`to_char(${T}, 'FMDay, FMDD.FMMM.YYYY')`, 'Saturday, 5.9.2026'],
  [`to_char(${T}, 'IYYY-IW')`, '2026-36'],
  [`to_char(${T}, 'YYYY-"Q"Q')`, '2026-Q3'],
  [`to_char(${T}, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`, '2026-09-05T15:04:07Z'],
  ["to_char(1234.5, 'FM999,999.00')", '1,234.50'],
  ["to_char(1234.5, 'FM9999.00')", '1234.50'],
  ["to_char(1234.5, '$999,999')", '$1,235'],
  ["to_char(7, 'FM0000')", '0007'],
  ["to_char(7.5, 'FM000.00')", '007.50'],
  [`date_format(${T}, '%Y-%m-%d %H:%i:%s')`, '2026-09-05 15:04:07'],
  [`date_format(${T}, '%M %Y')`, 'September 2026'],
  [`strftime('%b %Y', ${T})`, 'Sep 2026'],
  [`strftime('%B', ${T})`, 'September'],
  [`strftime('%a', ${T}, '+1 day')`, 'Sun'],
  [`strftime('%A %d.%m.%y', ${T})`, 'Saturday 05.09.26'],
  [`strftime('100%% %b', ${T})`, '100% Sep'],
  [`strftime('%-d', ${T})`, 5],
]

const { session, errorOf } = await openSandbox()

describe('the hint gives what the format means', () => {
  test.each(FORMATS)('%s', async (call, result) => {
    const { hint = '' } = await errorOf(`SELECT ${call} AS x`)
    expect(await session.all(`SELECT ${hint.replace(/^write /, '')} AS x`)).toEqual([{ x: result }])
  })
})

test.each([
  "to_char(t, 'Mon WW')",
  "to_char(t, 'SSSS')",
  "to_char(t, 'FMmOnth')",
  // Postgres reads Y and yyy, and leaves Hh24 as it is
  "to_char(t, 'Yyyy')",
  "to_char(t, 'Hh24:MI')",
  "to_char(t, 'IYYY IDDD')",
  "to_char(t, 'S999')",
  "date_format(t, 'yyyy-MM')",
])('a format that nothing writes: %s', async call => {
  const { hint } = await errorOf(`SELECT ${call} FROM (SELECT '2026-09-05' AS t)`)
  expect(hint).toContain("write strftime('%Y-%m', t) for months, date(t) for days: nothing here writes '")
})

test('a code that no database has', async () => {
  const error = await errorOf("SELECT strftime('%Y %K', '2026-09-05')")
  expect(error.message).toBe('strftime() of SQLite has no %K: it would be NULL')
  expect(error.hint).toContain('leave it out; there are %Y, %m')
})

test('every code of SQLite gives a value', async () => {
  const [row] = await session.all(
    "SELECT strftime('%d%e%f%F%g%G%H%I%j%J%k%l%m%M%p%P%R%s%S%T%u%U%V%w%W%Y%%', '2026-09-05') AS x",
  )
  expect(row).toEqual({ x: expect.stringContaining('2026-09-05') as string })
})
