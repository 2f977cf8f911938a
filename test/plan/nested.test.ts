import { expect, it } from 'vitest'
import { harness, run } from '../session/support.ts'

const world = harness()

/** An expression in itself, so many times. */
function nested(depth: number, first: string, around: (inner: string, i: number) => string): string {
  return Array.from({ length: depth }).reduce<string>((inner, _, i) => around(inner, i), first)
}

const FORMS: readonly (readonly [name: string, around: (inner: string, i: number) => string])[] = [
  ['CASE', (inner, i) => `CASE WHEN id = 'u-${i}' THEN 'n${i}' ELSE ${inner} END`],
  [
    'CASE with the inner one in its condition',
    (inner, i) => `CASE WHEN ${inner} = 'x' THEN 'y' ELSE 'n${i}' END`,
  ],
  ['iif()', (inner, i) => `iif(id = 'u-${i}', ${inner}, 'n${i}')`],
  ['coalesce()', (inner, i) => `coalesce(${inner}, 'n${i}')`],
  ['max() and min()', inner => `max(email, min(full_name, ${inner}))`],
]

it.each(FORMS)(
  '%s in itself 40 times is planned, in a result column and in a condition',
  async (_, around) => {
    const e = nested(40, 'full_name', around)
    const sql = `SELECT ${e} AS value FROM confluent.iam.users WHERE ${e} IS NOT NULL ORDER BY ${e} LIMIT 1`
    expect((await run(world.open(), sql)).rows).toHaveLength(1)
  },
)

it('40 intervals one after the other are added', async () => {
  const intervals = Array.from({ length: 40 }, (_, i) => `+ interval '${i % 2 ? '1 month' : '2 days'}'`).join(
    ' ',
  )
  const sql = `SELECT x ${intervals} FROM (SELECT '2026-01-31' AS x UNION ALL SELECT '2026-01-31T10:00:00Z')`
  // the last day of a shorter month stands for days that it does not have
  let day = new Date(Date.UTC(2026, 0, 31))
  for (let i = 0; i < 40; i++) {
    const last = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 2, 0)).getUTCDate()
    day = new Date(
      i % 2
        ? Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, Math.min(day.getUTCDate(), last))
        : day.getTime() + 2 * 86_400_000,
    )
  }
  const expected = day.toISOString().slice(0, 10)
  expect((await run(world.open(), sql)).rows).toEqual([[expected], [`${expected}T10:00:00Z`]])
})

it('IN of a SELECT in itself 40 times is planned, and reads the table once', async () => {
  const users = 'confluent.iam.users'
  const sql = nested(40, `SELECT id FROM ${users}`, inner => `SELECT id FROM ${users} WHERE id IN (${inner})`)
  const session = world.open()
  const { rows } = await run(session, `SELECT count(*) FROM ${users}`)
  const requests = await world.requestsOf(async () =>
    expect((await run(session, `SELECT count(*) FROM (${sql})`)).rows).toEqual(rows),
  )
  expect(new Set(requests).size).toBe(requests.length)
})
