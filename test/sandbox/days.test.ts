import { afterAll, describe, expect, test } from 'vitest'
import { readDay, steppingClock, systemClock } from '../../src/sandbox/rows/clock.ts'
import { allAt, at } from '../../src/sandbox/rows/json.ts'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import type { JsonObject } from '../../src/sandbox/types.ts'
import { compiledCatalog, sandboxData } from '../catalog/compiled.ts'
import { cli } from '../cli/support.ts'
import { askAt, keyOf, seeded } from './support.ts'

const DAY = 86_400_000
const WRITTEN_FOR = '2026-11-01'
const started: Sandbox[] = []
afterAll(() => Promise.all(started.map(sandbox => sandbox.close())))

async function sandboxOn(day: string): Promise<Sandbox> {
  const sandbox = await startSandbox({
    catalog: compiledCatalog(),
    data: await sandboxData(),
    clock: steppingClock(day),
  })
  started.push(sandbox)
  return sandbox
}

/** The day that is so many days after another. */
const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10)

/** All rows of a paged list. */
async function listed(url: string, path: string): Promise<JsonObject[]> {
  const rows: JsonObject[] = []
  for (let token = ''; ;) {
    const page = `page_size=100${token === '' ? '' : `&page_token=${token}`}`
    const { status, body } = await askAt(url, `GET ${path}${path.includes('?') ? '&' : '?'}${page}`)
    expect([status, body.errors]).toEqual([200, undefined])
    rows.push(...body.data)
    if (!body.metadata.next) return rows
    token = new URL(body.metadata.next).searchParams.get('page_token') ?? ''
  }
}

/** Days around the end of February, of months and years, before and after the day that the data is written for. */
const STARTS = [
  '2026-11-01',
  '2026-11-02',
  '2026-10-31',
  '2027-03-01',
  '2027-12-31',
  '2028-02-29',
  '2024-02-29',
]

describe.each(STARTS)('a sandbox that starts on %s', day => {
  test('moves every time in its rows by the same number of days', async () => {
    const { url } = await sandboxOn(day)
    const moved = (Date.parse(day) - Date.parse(WRITTEN_FOR)) / DAY
    const times = (row: JsonObject) =>
      ['metadata.created_at', 'expires_at', 'accepted_at', 'expiration_dates'].flatMap(path =>
        allAt(row, path),
      )
    const later = (time: unknown) => `${dayAfter(String(time).slice(0, 10), moved)}${String(time).slice(10)}`
    for (const name of ['invitations', 'certificate_authorities']) {
      const written = seeded(await sandboxData(), `confluent.iam.${name}`)
      const rows = await listed(url, `/iam/v2/${name.replaceAll('_', '-')}`)
      expect(rows.map(times)).toEqual(written.map(row => times(row).map(later)))
    }
  })

  test('has expired invitations, and a certificate that expires within two months', async () => {
    const { url } = await sandboxOn(day)
    const invitations = await listed(url, '/iam/v2/invitations')
    const stale = invitations.filter(
      ({ status, expires_at }) => status === 'INVITE_STATUS_SENT' && String(expires_at) < day,
    )
    expect(stale).toHaveLength(14)
    expect(invitations.some(({ metadata }) => at(metadata, 'created_at')! > dayAfter(day, -1))).toBe(true)
    const expiring = (await listed(url, '/iam/v2/certificate-authorities')).flatMap(row =>
      allAt(row, 'expiration_dates').filter(time => String(time) > day && String(time) < dayAfter(day, 60)),
    )
    expect(expiring).toHaveLength(1)
  })

  test('has costs of each of the last 30 days and of each month of a year, weekends with less traffic', async () => {
    const { url } = await sandboxOn(day)
    const costs = async (from: string, to: string) =>
      (await askAt(url, `GET /billing/v1/costs?start_date=${from}&end_date=${to}&page_size=10000`)).body.data
    const days = (rows: readonly JsonObject[]) => [
      ...new Set(rows.map(({ start_date }) => String(start_date))),
    ]
    const last = await costs(dayAfter(day, -30), day)
    expect(days(last)).toEqual(Array.from({ length: 30 }, (_, n) => dayAfter(day, n - 30)))
    expect(await costs(day, dayAfter(day, 31))).toEqual([])
    const month = (back: number) => {
      const [year = 0, number = 0] = day.split('-').map(Number)
      return new Date(Date.UTC(year, number - 1 - back, 1)).toISOString().slice(0, 10)
    }
    for (let back = 1; back < 12; back++) {
      const rows = await costs(month(back), month(back - 1))
      expect(days(rows)).toHaveLength((Date.parse(month(back - 1)) - Date.parse(month(back))) / DAY)
    }
    const traffic = (weekday: number) =>
      Math.max(
        ...last
          .filter(({ start_date, line_type, resource }: JsonObject) => {
            const isOrders = line_type === 'KAFKA_NETWORK_READ' && at(resource, 'id') === 'lkc-7p2v9d'
            return isOrders && new Date(String(start_date)).getUTCDay() === weekday
          })
          .map(({ quantity }: JsonObject) => Number(quantity)),
      )
    expect(traffic(0)).toBeLessThan(traffic(3))
  })
})

test('times in milliseconds are numbers, and are moved too', async () => {
  const data = await sandboxData()
  const updateTime = async (day: string) => {
    const sandbox = await sandboxOn(day)
    const { body } = await askAt(sandbox.sites['lsrc-1v5d8k']!, 'GET /catalog/v1/types/tagdefs', undefined, {
      Authorization: keyOf(data, 'confluent.catalog', 'lsrc-1v5d8k'),
    })
    return body[0].updateTime as number
  }
  expect((await updateTime('2027-11-01')) - (await updateTime('2026-11-01'))).toBe(365 * DAY)
})

describe('costs', () => {
  test.each([
    ['2026-10-01', '2026-11-01', undefined],
    ['2025-11-01', '2025-12-02', undefined],
    ['2025-10-31', '2025-11-01', 'start_date must be 2025-11-01 or later'],
    ['2026-09-01', '2026-10-03', 'end_date is more than 31 days after start_date'],
    ['2026-10-01', '2026-10-01', 'end_date must come after start_date'],
    ['2026-10-05', '2026-10-01', 'end_date must come after start_date'],
    ['2026-02-30', '2026-03-01', 'start_date must be a day as YYYY-MM-DD'],
    ['2026-10-01', '01/11/2026', 'end_date must be a day as YYYY-MM-DD'],
  ])('from %s to %s: %s', async (from, to, detail) => {
    const { url } = await sandboxOn(WRITTEN_FOR)
    const { status, body } = await askAt(
      url,
      `GET /billing/v1/costs?start_date=${from}&end_date=${encodeURIComponent(to)}`,
    )
    const [error] = body.errors ?? []
    expect([status, error?.detail, error?.code]).toEqual(
      detail === undefined ? [200, undefined, undefined] : [400, detail, 'invalid_filter'],
    )
  })

  test('of more than a year ago are asked for from the last day of February on a 29th', async () => {
    const { url } = await sandboxOn('2028-02-29')
    const { body } = await askAt(url, 'GET /billing/v1/costs?start_date=2027-02-28&end_date=2027-03-01')
    expect(body.errors[0].detail).toBe('start_date must be 2027-03-01 or later')
  })
})

describe('the clock', () => {
  const created = async (sandbox: Sandbox, name: string) =>
    (await askAt(sandbox.url, 'POST /org/v2/environments', { display_name: name })).body.metadata.created_at

  test('that steps advances by a second with each change', async () => {
    const sandbox = await sandboxOn('2028-02-29')
    expect([await created(sandbox, 'a'), await created(sandbox, 'b')]).toEqual([
      '2028-02-29T00:00:01.000000Z',
      '2028-02-29T00:00:02.000000Z',
    ])
  })

  test('of the machine has the current day, and gives each change a later time', () => {
    const before = new Date().toISOString()
    const clock = systemClock()
    const times = Array.from({ length: 1000 }, () => clock.now(true))
    expect(before.startsWith(clock.day) || times[0]!.startsWith(clock.day)).toBe(true)
    expect(times.every(time => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(time))).toBe(true)
    expect(times.toSorted()).toEqual(times)
    expect(new Set(times).size).toBe(1000)
    expect(times[0]! >= before.slice(0, 19)).toBe(true)
  })

  test('refuses days that do not exist', () => {
    expect(readDay('2028-02-29', 'DAY')).toBe('2028-02-29')
    for (const text of ['2027-02-29', '2026-13-01', '2026-1-1', 'today', ''])
      expect(() => readDay(text, 'DAY')).toThrow(`DAY is not a day: ${text}`)
  })
})

describe('the program', () => {
  const COSTS = `SELECT count(DISTINCT start_date) AS days, max(start_date) AS last FROM confluent.billing.costs
    WHERE start_date >= :first AND start_date < :day`
  const asked = (day: string, env: Readonly<Record<string, string>>) =>
    cli(['--sandbox', '-o', 'json', '-v', `first=${dayAfter(day, -30)}`, '-v', `day=${day}`, COSTS], { env })

  test('shows the sandbox as of today, and on the day that CONFLUENTQL_SANDBOX_DATE says', async () => {
    const today = new Date().toISOString().slice(0, 10)
    for (const [day, value] of [
      [today, ''],
      ['2031-03-31', '2031-03-31'],
    ] as const) {
      const { stdout, stderr } = await asked(day, { CONFLUENTQL_SANDBOX_DATE: value })
      expect([stderr, JSON.parse(stdout)]).toEqual(['', [{ days: 30, last: dayAfter(day, -1) }]])
    }
  })

  test('refuses a CONFLUENTQL_SANDBOX_DATE that is not a day, with an example', async () => {
    const { status, stdout, stderr } = await cli(['--sandbox', 'SELECT 1'], {
      env: { CONFLUENTQL_SANDBOX_DATE: '2026-02-30' },
    })
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toBe(
      'error: CONFLUENTQL_SANDBOX_DATE is not a day: 2026-02-30\nhint: set CONFLUENTQL_SANDBOX_DATE to a day such as 2026-11-01, or unset it for today\n',
    )
  })
})
