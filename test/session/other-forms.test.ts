import { PGlite } from '@electric-sql/pglite'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfluentqlError } from '../../src/errors.ts'
import { Random } from '../fuzz/random.ts'
import { harness, rowsOf } from './support.ts'

/*
 * Forms of Postgres that are translated: what they give is compared with a Postgres. A time that is a day or the beginning of one is
 * a day here, and a timestamp there.
 */

const { open, requestsOf } = harness()
const postgres = PGlite.create()
afterAll(async () => (await postgres).close())

/** Columns of both: a time, a day, texts and numbers. */
const columns = (time: string, day: string): readonly [ours: string, theirs: string] => [
  `(SELECT '${time}' AS t, '${day}' AS d, ' 17 ' AS n, 2.5 AS x)`,
  `(SELECT timestamptz '${time}' AS t, date '${day}' AS d, ' 17 ' AS n, 2.5 AS x)`,
]

const normalized = (value: unknown): string | null =>
  value === null || value === undefined
    ? null
    : String(value)
        .replace(/^(\d{4}-\d\d-\d\d)[ T]00:00:00(?:\+00|Z)?$/, '$1')
        .replace(/^(\d{4}-\d\d-\d\d) (.*?)(?:\+00)?$/, '$1T$2Z')
        .replace(/^(-?\d+\.\d*?)0+$/, '$1')
        .replace(/\.$/, '')
        .replace(/^true$/, '1')

async function both(expression: string, time: string, day: string): Promise<[unknown, unknown]> {
  const [from, theirs] = columns(time, day)
  const [row] = await rowsOf(open(), `SELECT ${expression} AS v FROM ${from}`)
  const db = await postgres
  await db.exec(`SET timezone = 'UTC'`)
  const { rows } = await db.query<{ v: string }>(`SELECT (${expression})::text AS v FROM ${theirs} AS q`)
  return [normalized(row![0]), normalized(rows[0]!.v)]
}

describe('forms of Postgres', () => {
  it.each([
    "t + interval '1 month'",
    "t - interval '1 year 2 months 3 days 4 hours'",
    "t - interval '1' day",
    "t - '90 minutes'::interval",
    "t - interval '1 week' * 2",
    "t - interval '1 day' - interval '2 hours'",
    "date_trunc('month', t) - interval '1 month'",
    "(t - interval '1 month')::date",
    'd::date - 30',
    'd::date + 1',
    't::date - d::date',
    "date '2024-02-29' - interval '1 year'",
    "date '2026-03-01' - 1",
    "date_trunc('year', t)",
    "date_trunc('quarter', t)",
    "date_trunc('month', d)",
    "date_trunc('week', t)",
    "date_trunc('day', t)",
    "date_trunc('hour', t)",
    "date_trunc('minute', t)",
    'extract(year FROM t)',
    'extract(quarter FROM t)',
    'extract(month FROM d)',
    'extract(week FROM t)',
    'extract(dow FROM t)',
    'extract(isodow FROM t)',
    'extract(doy FROM t)',
    'extract(hour FROM t)',
    "date_part('minute', t)",
    'extract(epoch FROM t)::bigint',
    "extract(epoch FROM (timestamptz '2026-12-01T00:00:00Z' - t))::bigint",
    "extract(day FROM timestamptz '2027-01-01T00:00:00Z' - t)",
    "to_char(t, 'YYYY-MM')",
    "to_char(t, 'YYYY-MM-DD HH24:MI:SS')",
    "to_char(d, 'DD.MM.YYYY')",
    'CAST(t AS date)',
    'n::int',
    'n::bigint / 5',
    'n::numeric + 1',
    "'1.234'::numeric(10,2)",
    'x::int',
    '-x::int',
    '(x - 5)::int',
    '(x + n::int)::int',
    'NULL::int',
    '7::numeric / 2',
    'count(*)::float / 2',
    '2.7::numeric(10)',
    '-2.5::decimal(3)',
    "'9007199254740993'::numeric",
    'extract(month FROM t) / 2',
    'extract(quarter FROM t) / 2',
    "extract(epoch FROM t - '1 week'::interval)::bigint",
    "(date_part('month', t) - 1) / 3",
    "round(extract(epoch FROM t - timestamptz '2026-03-30T00:00:00Z') / 3600, 3)",
    "extract(epoch FROM timestamptz '2026-03-31T10:20:30.5Z') > 1774952430",
    "extract(day FROM timestamptz '2026-03-31T10:00:00.1Z' - timestamptz '2026-03-30T10:00:00.9Z')",
    "extract(day FROM timestamptz '2026-03-31T10:00:00.1Z' - timestamptz '2026-03-30T10:00:00.1Z')",
    'extract(day FROM d::date - 30)',
    "date_part('day', d::date - 3)",
    'extract(epoch FROM (d::date + 3))',
    "concat(extract(year FROM t), '/', 7 / 2)",
    "coalesce('h' || extract(hour FROM t), (7 / 2) || '')",
    'coalesce(extract(hour FROM t), 0) / 4',
    '(SELECT h / 4 FROM (SELECT extract(hour FROM t) AS h) AS q)',
    '(SELECT 45 / q.h FROM (SELECT extract(hour FROM t) + 10 h, 1 AS other) AS q)',
    "(SELECT 'h' || h || 7 FROM (SELECT extract(hour FROM t) AS h, 7 / 2 AS other) AS q)",
    "(SELECT max(m) OVER w + interval '1 day' FROM (SELECT t AS m) AS q WINDOW w AS (ORDER BY m))",
    "t - interval '1 day' * 2 * 3",
    'CAST(CAST(t AS text) AS date)',
    "CAST((SELECT CAST('x' AS text) FROM (SELECT 1) AS q) || t AS text) LIKE 'x2026%'",
    "timestamp '2026-01-31 10:00:00' + interval '1 month'",
    "'50%' ILIKE '50\\%' AND NOT '505' ILIKE '50\\%'",
    "'50%' ILIKE '50' || '\\%' AND NOT '505' ILIKE '50' || '\\%' AND NOT '505' ILIKE concat('50', '\\%')",
    "NOT '505' ILIKE CASE WHEN 'A' ILIKE 'a' THEN '50' || '\\%' ELSE 'x' END AND x > 1",
    "'A_B' ILIKE 'a\\_b' ESCAPE '\\' OR NULL",
    "CASE WHEN 'ABC' ILIKE 'a%' AND 'ABC' NOT ILIKE '%d%' THEN 1 END",
    "CASE WHEN t < timestamptz '2030-01-01T00:00:00Z' - interval '1 day' THEN 1 ELSE 2 END",
    "CASE WHEN x > 1 THEN t END - interval '1 day'",
    "CASE WHEN x > 1 THEN CASE x WHEN 0 THEN t ELSE t - interval '2 hours' END ELSE NULL END + interval '1 month' - interval '1 hour'",
    "CASE WHEN x > 1 THEN t END > t - interval '1 day'",
    "(SELECT count(*) FROM (SELECT t AS m) AS q WHERE m < CASE WHEN m < t THEN m ELSE t END + interval '1 day')",
    "CASE WHEN x > 1 THEN '2026-03-31' END::date - 1",
  ])('%s', async expression => {
    const [ours, theirs] = await both(expression, '2026-03-31T10:20:30Z', '2024-02-29')
    expect(ours).toBe(theirs)
  })

  it('intervals of any length from any day', async () => {
    const random = new Random(20261130)
    for (let i = 0; i < 60; i++) {
      const day = `20${random.int(20, 30)}-${String(random.int(1, 12)).padStart(2, '0')}-${String(random.int(1, 28)).padStart(2, '0')}`
      const [long, short] = [
        random.pick(['year', 'months', 'weeks']),
        random.pick(['days', 'hours', 'minutes', 'seconds']),
      ]
      const amount = `${random.int(-40, 40)} ${long} ${random.int(0, 50)} ${short}`
      const expression = `${random.pick(['t', 'd'])} ${random.pick(['+', '-'])} interval '${amount}'`
      const [ours, theirs] = await both(expression, `${day}T23:59:58Z`, day)
      expect(ours, `${expression} on ${day}`).toBe(theirs)
    }
  })

  it.each([
    ['date_sub(current_date(), interval 30 day)', "date('now', '-30 days')"],
    ["date_add(date '2026-01-31', interval 1 month)", "'2026-02-28'"],
    ["date_trunc(date '2026-02-28', month)", "'2026-02-01'"],
    ['current_date - 7', "date('now', '-7 days')"],
    ["now() - interval '1 month'", "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 months', 'floor')"],
    ["current_date - interval '2 hours'", "strftime('%Y-%m-%dT%H:%M:%SZ', date('now'), '-2 hours')"],
    ['today() + interval 1 week', "date('now', '+7 days')"],
    ["month('2026-03-01')", '3'],
  ])('%s is %s', async (form, sqlite) => {
    expect(await rowsOf(open(), `SELECT ${form} = ${sqlite}`)).toEqual([[1]])
  })
})

describe('a statement with such forms', () => {
  const BILLING = 'confluent.billing.costs'

  it('sends the range that it gives', async () => {
    const written = `SELECT count(*) FROM ${BILLING} WHERE start_date >= date_trunc('month', '2026-03-17'::date) - interval '1 month' AND start_date < '2026-03-01'::date`
    const plain = `SELECT count(*) FROM ${BILLING} WHERE start_date >= '2026-02-01' AND start_date < '2026-03-01'`
    const requests = async (sql: string): Promise<string[]> => requestsOf(() => rowsOf(open(), sql))
    expect(await requests(written)).toEqual(await requests(plain))
  })

  it('names its columns as they are written', async () => {
    const result = await open().all("SELECT date_trunc('month', '2026-03-17'), 1 + '5'::int, 'a' ILIKE 'A'")
    expect(result).toEqual([
      {
        "date_trunc('month', '2026-03-17')": '2026-03-01',
        "1 + '5'::int": 6,
        "'a' LIKE 'A'": expect.anything() as unknown,
      },
    ])
  })

  it.each([
    "to_char(date '2026-10-15', 'YYYY-MM')",
    "upper(date '2026-10-15') || upper( date '2026-10-15' )",
    "date '2026-10-15'",
    "date '2026-10-15' - interval '1 day'",
    "1 + (date '2026-10-15'> date '2026-10-14')",
    "coalesce(timestamp '2026-10-15T00:00:00Z','x')",
    "max(date '2026-10-15', '2026-10-14')",
    "date '2026-10-15' || upper('2026-10-15')",
    "iif(now() > date '2026-10-15', '2026-10-15'::date, date_trunc('month', date '2026-10-15'))",
  ])('names a column with literals as it is written: %s', async written => {
    for await (const result of open().run(`SELECT ${written}`))
      expect(result.columns.map(c => c.name)).toEqual([written])
  })

  it('quotes a day in a notice as it is written', async () => {
    const notices: string[] = []
    const session = open({ onNotice: notice => notices.push(notice) })
    const sql = "upper(email) <> date '2026-10-15' AND email <> lower(date '2026-10-15') AND full_name = NULL"
    await rowsOf(session, `SELECT id FROM confluent.iam.users WHERE ${sql}`)
    await rowsOf(session, `SELECT id FROM confluent.iam.users WHERE date '2026-10-15' = NULL`)
    expect(notices.join('\n')).toContain("date '2026-10-15' = NULL is never true")
    expect(notices.join('\n')).not.toContain('date date')
  })

  it('has parameters for days', async () => {
    const session = open({ variables: { days: '30' } })
    expect(await rowsOf(session, "SELECT current_date - :days = date('now', '-30 days')")).toEqual([[1]])
  })

  it('shows errors where they are written', async () => {
    const sql = "SELECT id FROM confluent.iam.users WHERE now() - interval '1 year' > nope"
    const error: unknown = await rowsOf(open(), sql).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ConfluentqlError)
    expect((error as ConfluentqlError).span).toMatchObject({ start: sql.indexOf('nope') })
  })

  it.each([
    ["SELECT '2026-1-5'::date", "write it as '2026-01-31' or '2026-01-31T08:00:00Z'"],
    ["SELECT '2026-02-30'::date", "write it as '2026-01-31' or '2026-01-31T08:00:00Z'"],
    ["SELECT date '2026-02-30'", "write it as '2026-01-31' or '2026-01-31T08:00:00Z'"],
    ["SELECT '5'::timestamp", "write it as '2026-01-31' or '2026-01-31T08:00:00Z'"],
    ["SELECT CAST('today' AS date)", 'write current_date'],
    ["SELECT 'yesterday'::date - 1", 'write current_date - 1'],
    ["SELECT timestamptz '2026-01-31 10:00:00+2'", "write it as '2026-01-31' or '2026-01-31T08:00:00Z'"],
    ["SELECT '31.1.2026' + interval '1 day'", "write it as '2026-01-31' or '2026-01-31T08:00:00Z'"],
  ])('refuses a text that is no day: %s', async (sql, hint) => {
    const error: unknown = await rowsOf(open(), sql).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'VALUE', hint })
  })

  it.each([
    'full_name::date',
    '(full_name)::timestamp',
    'CAST(full_name AS date)',
    "full_name + interval '1 day'",
    'full_name::date - 3',
    "current_date - nullif(full_name, '')::date",
    "date_trunc('month', full_name)",
    "date_trunc('quarter', full_name)",
    'extract(year FROM full_name)',
    'extract(epoch FROM now() - full_name)',
    "to_char(full_name, 'YYYY-MM')",
    "max(coalesce(full_name, 'never')::date)",
  ])('refuses the values of a column that are no days, of which SQLite makes NULL: %s', async expression => {
    const from = 'FROM confluent.iam.users WHERE full_name'
    for (const sql of [
      `SELECT ${expression} ${from} > ''`,
      `SELECT * FROM (SELECT ${expression} AS v ${from} > '' GROUP BY full_name) WHERE v IS NULL`,
    ])
      await expect(rowsOf(open(), sql), sql).rejects.toMatchObject({
        code: 'VALUE',
        message: expect.stringMatching(/^"[^]*" is no day or time$/) as string,
      })
    const day = "iif(email GLOB '[a-m]*', metadata.created_at, '')"
    const right = expression.replace(/coalesce\(full_name, 'never'\)|full_name/, day)
    const [[count, dated] = []] = await rowsOf(
      open(),
      `SELECT count(*), count(v) FROM (SELECT ${right} AS v FROM confluent.iam.users GROUP BY id)`,
    )
    expect(dated).toBeGreaterThan(0)
    expect(dated).toBeLessThan(count as number)
  })

  it('names the result columns of the present as they were typed', async () => {
    const session = open()
    const words = ['now()', 'CURRENT_TIMESTAMP', 'getdate()', 'today()', 'curdate()', 'CURRENT_DATE']
    for (const all of [words, words.toReversed()])
      for await (const result of session.run(`SELECT ${all.join(', ')}, now() > '2026' FROM (SELECT now())`))
        expect(result.columns.map(c => c.name)).toEqual([...all, "now() > '2026'"])
  })

  const KEYS = 'FROM confluent.iam.api_keys k WHERE'
  it.each([
    `SELECT id ${KEYS} date_trunc('hour', metadata.created_at) > 2026`,
    `SELECT id ${KEYS} id::int > '5'`,
    `SELECT id ${KEYS} id::int IN ('5', '6')`,
    `SELECT CASE id::numeric WHEN '5' THEN 1 END FROM confluent.iam.api_keys`,
    `SELECT id ${KEYS} extract(quarter FROM metadata.created_at) = '4'`,
    `SELECT id ${KEYS} extract(epoch FROM metadata.created_at) > '1700000000'`,
    "SELECT quantity::date FROM confluent.billing.costs WHERE start_date >= '2026-10-01'",
    "SELECT extract(day FROM current_date - quantity) FROM confluent.billing.costs WHERE start_date >= '2026-10-01'",
  ])('refuses a comparison that would silently be wrong: %s', async sql => {
    await expect(requestsOf(() => rowsOf(open(), sql))).rejects.toMatchObject({ code: 'VALUE' })
  })

  it.each([
    "SELECT 'until ' || current_date - 30",
    "SELECT 'n: ' || 1 + 2",
    "SELECT 'MB: ' || 2048 / 1024",
    "SELECT current_date - current_date + date '2026-01-01'",
    'SELECT start_date - 7 FROM confluent.billing.costs',
  ])('refuses to compute with a text: %s', async sql => {
    await expect(rowsOf(open(), sql)).rejects.toMatchObject({ code: 'SYNTAX' })
  })

  it.each([
    [
      "date_trunc('decade', created_at)",
      'the units are year, quarter, month, week, day, hour, minute, second',
    ],
    [
      "date_trunc('day', created_at, 'Europe/Berlin')",
      'leave the time zone out: the times of the API are in UTC',
    ],
    ['extract(century FROM created_at)', 'the units are year, month, day'],
    [
      "date_diff('microsecond', created_at, now())",
      'the units are second, minute, hour, day, week, month, year',
    ],
  ])('has no hint of another meaning: %s', async (form, hint) => {
    await expect(rowsOf(open(), `SELECT ${form} FROM confluent.iam.users`)).rejects.toMatchObject({
      hint: expect.stringContaining(hint) as unknown,
    })
  })

  it('accepts brackets around what is joined', async () => {
    expect(await rowsOf(open(), "SELECT ('1' || '0') + 1, 'n: ' || (1 + 2)")).toEqual([[11, 'n: 3']])
  })

  it.each(['x', '2026-01-01', '1.5'])('refuses a parameter %s for a number of days', async days => {
    await expect(rowsOf(open({ variables: { days } }), 'SELECT current_date - :days')).rejects.toThrow(
      'is not an integer',
    )
  })

  it('refuses a text that is no number', async () => {
    await expect(rowsOf(open(), "SELECT 'compact'::int")).rejects.toThrow('"compact" is not an integer')
    await expect(rowsOf(open(), "SELECT '1.5'::int")).rejects.toThrow('"1.5" is not an integer')
    await expect(rowsOf(open(), "SELECT '1.5x'::numeric")).rejects.toThrow('"1.5x" is not a number')
  })

  it('reads a text as a number only in rows that the conditions before leave', async () => {
    const sql =
      'SELECT v::int FROM (SELECT value AS v FROM json_each(\'["x", "7"]\')) WHERE v GLOB \'[0-9]*\' AND v::int > 5'
    expect(await rowsOf(open(), sql)).toEqual([[7]])
  })

  it('may be nested deeply', async () => {
    const nested = `${'('.repeat(150)}now() - interval '1 day'${')'.repeat(150)}`
    expect(await rowsOf(open(), `SELECT ${nested} < now()`)).toEqual([[1]])
    const calls = `${'extract(day FROM ('.repeat(20)}'2026-01-01'${" - '2025-01-01'))".repeat(20)}`
    expect(await rowsOf(open(), `SELECT ${calls}`)).toHaveLength(1)
  })
})
