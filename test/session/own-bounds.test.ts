import { describe, expect, test } from 'vitest'
import { openSandbox } from './sandbox.ts'

/*
 * A table that needs a lower bound, and a condition on a part of the time. The hint's bound keeps every row that the condition
 * asks for, and none is lost when it is added.
 */
const BOUNDS: readonly (readonly [condition: string, bound: string, months: number])[] = [
  ["to_char(day, 'YYYY-MM') >= '2026-09'", "day >= '2026-09-01'", 2],
  ["'2026-09' <= to_char(day, 'YYYY-MM')", "day >= '2026-09-01'", 2],
  ["to_char(day, 'YYYY-MM') IN ('2026-10', '2026-09')", "day >= '2026-09-01'", 2],
  ["to_char(day, 'YYYY-MM') BETWEEN '2026-08' AND '2026-09'", "day >= '2026-08-01'", 2],
  [
    "date_trunc('month', day) >= date_trunc('month', date('2026-11-01') - interval '3 months')",
    "day >= date_trunc('month', date('2026-11-01') - interval '3 months')",
    3,
  ],
  ["date_trunc('quarter', day) = '2026-07-01'", "day >= '2026-07-01'", 3],
  ["date_trunc('week', day) = '2026-09-28'", "day >= '2026-09-28'", 2],
  ['extract(month FROM day) = 9', "day >= '…'; a day is written as '2026-10-01'", 0],
  ["date(day, '+1 month') >= '2026-09-01'", "day >= '…'; a day is written as '2026-10-01'", 0],
  ["day < '2026-10-01'", "day >= '…'; a day is written as '2026-10-01'", 0],
]

let notices: string[] = []

const { session } = await openSandbox({ onNotice: text => notices.push(text) })

const MONTHS = "SELECT count(DISTINCT strftime('%Y-%m', day)) AS n FROM confluent.costs WHERE"

describe('the bound in the hint is that of the condition', () => {
  test.each(BOUNDS)('%s', async (condition, bound, months) => {
    const statement = `${MONTHS} day < '2026-11-01' AND ${condition}`
    await expect(session.all(statement)).rejects.toMatchObject({ hint: `add WHERE ${bound}` })
    if (months > 0) expect(await session.all(`${statement} AND ${bound}`)).toEqual([{ n: months }])
  })
})

describe('notices quote what was typed', () => {
  test('a time beside a day', async () => {
    notices = []
    await session.all(`${MONTHS} day >= now() - interval '3 months'`)
    expect(notices.find(n => n.startsWith('day >='))).toMatch(
      /^day >= now\(\) - interval '3 months' leaves out the day .*: write date\(now\(\) - interval '3 months'\) instead of now\(\) - interval '3 months'$/,
    )
  })

  test('a computed day, before which the rows may be meant to end', async () => {
    notices = []
    const times = 'SELECT count(*) FROM confluent.iam.users WHERE metadata.created_at'
    await session.all(`${times} BETWEEN current_date - 1 AND current_date`)
    expect(notices).toHaveLength(1)
    const at = 'metadata.created_at'
    expect(notices[0]).toMatch(
      /^metadata.created_at BETWEEN current_date - 1 AND current_date ends where [-\d]+ begins: for the days before it write /,
    )
    const from = `${at} >= current_date - 1 AND ${at} <`
    expect(notices[0]).toContain(
      `write ${from} current_date, for its rows as well ${from} date(current_date, '+1 day')`,
    )
  })

  test.each([
    (condition: string) => `SELECT count(*) FROM (SELECT id FROM confluent.iam.users WHERE ${condition})`,
    (condition: string) =>
      `WITH u AS (SELECT id FROM confluent.iam.users WHERE ${condition}) SELECT count(*) FROM u`,
    (condition: string) =>
      `SELECT count(*) FROM confluent.iam.users WHERE id IN (SELECT id FROM confluent.iam.users WHERE ${condition})`,
  ])('in brackets: %s', async statement => {
    notices = []
    const at = 'metadata.created_at'
    await session.all(statement(`${at} <= date_trunc('week', now() - interval '7 days')`))
    const text = "date_trunc('week', now() - interval '7 days')"
    expect(notices).toEqual([
      expect.stringMatching(
        /^metadata.created_at <= date_trunc.* ends where [-\d]+ begins: for the days before it write /,
      ),
    ])
    expect(notices[0]).toContain(
      `write ${at} < ${text}, for its rows as well ${at} < date(${text}, '+1 day')`,
    )
  })

  test('a name of a result column', async () => {
    const [row] = await session.all('SELECT length(CURRENT_TIMESTAMP), abs( extract(year from date(0)) )')
    expect(Object.keys(row!)).toEqual(['length(CURRENT_TIMESTAMP)', 'abs( extract(year from date(0)) )'])
  })

  test('the present in any form', async () => {
    const sql = (time: string): string =>
      `SELECT id FROM confluent.iam.users WHERE metadata.created_at > ${time} ORDER BY id`
    const time = "datetime(CURRENT_TIMESTAMP, '-300 days')"
    const found = await session.all(sql(`strftime('%Y-%m-%dT%H:%M:%SZ', ${time})`))
    expect(found.length).toBeGreaterThan(0)
    expect(await session.all(sql(time))).toEqual(found)
    expect(await session.all(sql("now() - interval '300 days'"))).toEqual(found)
    expect(await session.all(sql(`${time} AND max(metadata.created_at, '2020-01-01') > ${time}`))).toEqual(
      found,
    )
  })

  test('an error', async () => {
    await expect(session.all('SELECT now() - (now() - 3)')).rejects.toThrow('a time is a text')
    await expect(
      session.all('SELECT id FROM confluent.iam.users WHERE now() - metadata.created_at > 3'),
    ).rejects.toMatchObject({
      hint: 'write julianday(now()) - julianday(metadata.created_at), which are days; unixepoch() gives seconds',
    })
  })
})

describe('CURRENT_TIMESTAMP is the present as the API writes it', () => {
  const USERS = 'FROM confluent.iam.users'
  test.each([
    `SELECT count(*) AS n ${USERS} WHERE metadata.created_at < CURRENT_TIMESTAMP`,
    `SELECT count(*) AS n ${USERS} WHERE metadata.created_at BETWEEN '2000' AND current_timestamp`,
    `SELECT count(*) FILTER (WHERE current_timestamp > metadata.created_at) AS n ${USERS}`,
    `SELECT count(*) AS n ${USERS} WHERE datetime(metadata.created_at) < current_timestamp`,
    `SELECT count(*) AS n ${USERS} WHERE current_timestamp > datetime(metadata.created_at)`,
    `SELECT count(*) AS n FROM (SELECT id, datetime(metadata.created_at) AS t ${USERS}) WHERE t < current_timestamp`,
    `SELECT count(*) AS n ${USERS} HAVING max(metadata.created_at) < current_timestamp`,
    `SELECT count(*) AS n ${USERS} u JOIN (SELECT current_timestamp AS t) ON u.metadata.created_at < t`,
    `SELECT sum(CASE WHEN metadata.created_at < current_timestamp THEN 1 END) AS n ${USERS}`,
  ])('%s', async sql => {
    notices = []
    expect(await session.all(sql)).toEqual(await session.all(`SELECT count(*) AS n ${USERS}`))
    expect(notices).toEqual([])
  })

  test('as a result and as a name', async () => {
    const [row] = await session.all('SELECT 1 AS current_timestamp, current_timestamp = now() AS same')
    expect(row).toEqual({ current_timestamp: 1, same: true })
  })
})

test('a text that is no number is an error with what the notice about digits says, also in DELETE', async () => {
  notices = []
  const names = 'SELECT id FROM confluent.iam.service_accounts WHERE'
  await session.all(`${names} display_name < '9'`)
  const [, write] = /compare (.*) with a number/.exec(notices[0]!)!
  const before = await session.all(`${names} true`)
  await expect(
    session.all(`DELETE FROM confluent.iam.service_accounts WHERE id IN (${names} ${write!} < 9)`),
  ).rejects.toThrow('is not a number')
  expect(await session.all(`${names} true`)).toEqual(before)
})

describe('times with a blank beside CURRENT_TIMESTAMP', () => {
  const USERS = 'FROM confluent.iam.users'
  test.each([
    ['coalesce(datetime(metadata.created_at), CURRENT_TIMESTAMP)', 'CURRENT_TIMESTAMP'],
    ['max(datetime(metadata.created_at), now())', 'now()'],
    [
      "CASE WHEN id LIKE 'u-1%' THEN datetime(metadata.created_at) ELSE metadata.created_at END",
      'metadata.created_at',
    ],
  ])('%s', async (call, time) => {
    notices = []
    await session.all(`SELECT id ${USERS} WHERE ${call} < datetime('now')`)
    expect(notices).toEqual([
      `${call} mixes times with a blank before the hour, which datetime() writes, and with a T: write datetime(${time}) instead of ${time}`,
    ])
  })

  test('in tables of the session', async () => {
    const run = async (sql: string): Promise<void> => {
      for await (const result of session.run(sql)) for await (const _ of result.rows);
    }
    await run(`CREATE TABLE seen AS SELECT id, datetime(metadata.created_at) AS t ${USERS}`)
    await run('CREATE TABLE again AS SELECT * FROM seen')
    for (const condition of [
      't < CURRENT_TIMESTAMP',
      't < datetime(CURRENT_TIMESTAMP)',
      "t < '9999-12-31T00:00:00+02:00'",
    ]) {
      const [row] = await session.all(
        `SELECT count(*) = (SELECT count(*) FROM seen) AS x FROM again WHERE ${condition}`,
      )
      expect(row).toEqual({ x: true })
    }
    const joined = `SELECT count(*) AS n FROM again JOIN confluent.iam.users u USING (id) WHERE u.metadata.created_at`
    expect(await session.all(`${joined} >= t`)).toEqual(await session.all(`${joined} IS NOT NULL`))
    await expect(session.all(`${joined} = t`)).rejects.toThrow('is a timestamp')
    await run(
      "CREATE TABLE own (id TEXT, t TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP); INSERT INTO own (id) VALUES ('x')",
    )
    expect(
      await session.all(
        "SELECT id, t <= now() AND t >= CURRENT_TIMESTAMP - interval '1 hour' AS same FROM own",
      ),
    ).toEqual([{ id: 'x', same: true }])
  })
})

test.each([
  ['topic', 'labels.topic'],
  ['cluster_id', 'resource.kafka.id'],
  ['connector_id', 'resource.connector.id'],
])('a field of an object that does not list its fields: %s', async (name, field) => {
  await expect(session.all(`SELECT ${name} FROM confluent.metrics.points`)).rejects.toThrow(
    `no column "${name}" in confluent.metrics.points; did you mean ${field}?`,
  )
})
