import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { column, options, render, type Result } from '../render/support.ts'
import { HARD } from '../reports/hard.ts'
import { launch } from './support.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'confluentql-browser-'))
let browser: Browser

beforeAll(async () => {
  browser = await launch()
})
afterAll(async () => {
  await browser.close()
  rmSync(folder, { recursive: true })
})

const KEYS: Result = {
  title: 'Keys by owner',
  note: 'Who must rotate them.',
  sql: 'SELECT owner, count(*) AS keys FROM t',
  columns: [column('owner', 'string'), column('keys', 'integer'), column('big', 'any')],
  rows: [
    ['topic-10', 9, 9007199254740993n],
    ['topic-2', 100, 9007199254740992n],
    ['Ärger', null, 0],
    ['NULL', -5, 1.5],
    [null, 10, null],
  ],
}

/** Opens the page; `found` collects its requests for other resources, and its errors. */
async function open(
  results: readonly Result[],
  context: BrowserContextOptions = {},
): Promise<{ page: Page; found: string[] }> {
  const path = join(folder, 'report.html')
  writeFileSync(
    path,
    await render(options('html', { document: { at: new Date(0), profile: 'prod' } }), ...results),
  )
  const page = await (await browser.newContext(context)).newPage()
  const found: string[] = []
  page.on('request', request => {
    if (request.url().split('#')[0] !== pathToFileURL(path).href) found.push(`request: ${request.url()}`)
  })
  page.on('console', message => found.push(`console: ${message.text()}`))
  page.on('pageerror', error => found.push(`error: ${error.message}`))
  await page.goto(pathToFileURL(path).href)
  return { page, found }
}

const columnOf = (page: Page, number: number): Promise<string[]> =>
  page.locator(`tbody tr td:nth-child(${number})`).allTextContents()
const sorted = async (page: Page | Locator, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).press('Enter')

test('sorts by type from the keyboard, up, down and back; NULL is last', async () => {
  const { page, found } = await open([KEYS])
  const names = KEYS.rows.map(row => row[0] ?? 'NULL')
  await sorted(page, 'keys')
  expect(await columnOf(page, 2)).toEqual(['-5', '9', '10', '100', 'NULL'])
  expect(await page.locator('th').nth(1).getAttribute('aria-sort')).toBe('ascending')
  await sorted(page, 'keys')
  expect(await columnOf(page, 2)).toEqual(['100', '10', '9', '-5', 'NULL'])
  await sorted(page, 'big')
  expect(await columnOf(page, 3)).toEqual(['0', '1.5', '9007199254740992', '9007199254740993', 'NULL'])
  expect(await page.locator('th[aria-sort]').count()).toBe(1)
  await sorted(page, 'owner')
  expect(await columnOf(page, 1)).toEqual(['Ärger', 'NULL', 'topic-2', 'topic-10', 'NULL'])
  await sorted(page, 'owner')
  await sorted(page, 'owner')
  expect(await columnOf(page, 1)).toEqual(names)
  expect(await page.locator('th[aria-sort]').count()).toBe(0)
  expect(found).toEqual([])
})

test('sorts timestamps chronologically', async () => {
  const times = [
    '2026-01-01T00:00:00.2Z',
    '2026-01-01T00:00:00.19Z',
    '2026-01-01T02:00:00+03:00',
    '2025-12-31 23:30:00',
    '2026-01-01T00:00:00.218302Z',
    '2026-01-01T00:00:00.2183Z',
  ]
  const { page } = await open([{ columns: [column('at', 'timestamp')], rows: times.map(time => [time]) }])
  await sorted(page, 'at')
  expect(await columnOf(page, 1)).toEqual([2, 3, 1, 0, 5, 4].map(i => times[i]))
})

test('filters each table separately, and shows the number of matching rows', async () => {
  const { page, found } = await open([KEYS, { ...KEYS, title: 'Again' }])
  const first = page.locator('section').first()
  await sorted(page.locator('section').first(), 'keys')
  await first.getByRole('searchbox', { name: 'Filter' }).fill('TOPIC 9')
  await expect.poll(() => first.locator('.count').textContent()).toBe('2 of 5 rows')
  expect(await first.locator('tbody tr td:nth-child(2)').allTextContents()).toEqual(['9', '100'])
  expect(await page.locator('section').nth(1).locator('tbody tr').count()).toBe(5)
  await first.getByRole('searchbox', { name: 'Filter' }).fill('no such')
  await expect.poll(() => first.locator('.count').textContent()).toBe('0 of 5 rows')
  await first.getByRole('searchbox', { name: 'Filter' }).fill('')
  await expect.poll(() => first.locator('.count').textContent()).toBe('5 rows')
  expect(await first.locator('tbody tr td:nth-child(2)').allTextContents()).toEqual([
    '-5',
    '9',
    '10',
    '100',
    'NULL',
  ])
  expect(found).toEqual([])
})

test('hostile values are text: nothing runs, nothing is loaded', async () => {
  const hostile = [
    '<img src=http://127.0.0.1:9/x onerror=alert(1)>',
    '</td><script>document.title="run"</script>',
    '"><svg onload=alert(1)>',
    '&lt;b&gt;',
    'javascript:alert(1)',
  ]
  const { page, found } = await open([
    HARD,
    {
      title: hostile[1]!,
      note: hostile[0]!,
      sql: hostile[1]!,
      columns: hostile.map(name => column(name)),
      rows: [hostile, hostile.map(text => JSON.stringify({ text }))],
    },
  ])
  expect(
    await page.locator('section').nth(1).locator('tbody tr').first().locator('td').allTextContents(),
  ).toEqual(hostile)
  await page.locator('section').nth(1).locator('th button').first().click()
  expect(await page.title()).toBe('Query results')
  expect(found).toEqual([])
})

test('the policy blocks elements that are added to the page', async () => {
  let asked = 0
  const server = createServer((_request, response) => {
    asked += 1
    response.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { page, found } = await open([KEYS])
  const html = `<img src="http://127.0.0.1:${(server.address() as AddressInfo).port}/x"><p onclick="1" style="color:red">`
  await page.evaluate(`document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(html)})`)
  await expect
    .poll(() => found.filter(text => text.includes('Content Security Policy')).length)
    .toBeGreaterThan(1)
  server.close()
  expect(asked).toBe(0)
})

for (const [name, context] of Object.entries<BrowserContextOptions>({
  desktop: { viewport: { width: 1280, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true },
  dark: { colorScheme: 'dark' },
})) {
  test(`passes the accessibility check: ${name}`, async () => {
    const days = Array.from({ length: 5 }, (_, i) => [`2026-01-0${i + 1}`, i * i])
    const { page } = await open(
      [
        KEYS,
        HARD,
        { columns: [column('day', 'any'), column('n', 'integer')], rows: days },
        { columns: [column('a')], rows: [] },
      ],
      { ...context, bypassCSP: true },
    )
    await sorted(page.locator('section').first(), 'keys')
    await page.locator('details').first().locator('summary').click()
    await page.evaluate(AXE)
    const { violations, passes } = (await page.evaluate(
      'axe.run({ resultTypes: ["violations", "passes"] })',
    )) as Record<'violations' | 'passes', { id: string; nodes: { html: string; failureSummary: string }[] }[]>
    expect(
      violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(node => `${node.html} ${node.failureSummary}`).join('\n')}`,
      ),
    ).toEqual([])
    expect(passes.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['color-contrast', 'scrollable-region-focusable', 'role-img-alt']),
    )
  })
}

test('on a phone an id is on one line, and a longer text takes at most half of the screen', async () => {
  const table = (id: string): Result => ({
    columns: ['id', 'a', 'b', 'c'].map(name => column(name, 'string')),
    rows: [[id, 'x'.repeat(20), 'y'.repeat(20), 'z'.repeat(20)]],
  })
  const long = [
    'a name of several words-with-hyphens',
    'a1b2c3d4-0000-4444-8888-abcdefabcdef',
    `crn://confluent.cloud/${'part=of-it/'.repeat(10)}`,
  ]
  const { page } = await open(['u-08mnyy', 'env-1-2-3-4', ...long].map(table), {
    viewport: { width: 360, height: 740 },
  })
  const cells = page.locator('tbody td:first-child')
  const lines = await cells.evaluateAll(all =>
    all.map(cell => {
      const range = cell.ownerDocument.createRange()
      range.selectNodeContents(cell)
      return range.getClientRects().length
    }),
  )
  expect(lines.map(n => n > 1)).toEqual([false, false, ...long.map(() => true)])
  for (const cell of await cells.all()) expect((await cell.boundingBox())!.width).toBeLessThanOrEqual(181)
})

test('on a phone the page does not scroll sideways; header and first column of a table stay visible', async () => {
  const wide = {
    columns: Array.from({ length: 12 }, (_, i) => column(`column_${i}`, 'string')),
    rows: Array.from({ length: 100 }, (_, r) => Array.from({ length: 12 }, (__, i) => `value ${r}/${i}`)),
  }
  const { page } = await open(
    [{ ...wide, title: 'A title-that-is-one-very-long-word-that-no-phone-is-wide-enough-for' }],
    { viewport: { width: 390, height: 844 } },
  )
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
  await page.evaluate('document.querySelector(".scroll").scrollTo(500, 900)')
  const box = await page.locator('.scroll').boundingBox()
  const corner = await page.locator('th').first().boundingBox()
  expect(Math.abs(corner!.x - box!.x)).toBeLessThanOrEqual(2)
  expect(Math.abs(corner!.y - box!.y)).toBeLessThanOrEqual(2)
})

test('without scripts the page is complete', async () => {
  const rows = Array.from({ length: 1700 }, (_, i) => [i])
  const { page } = await open([{ columns: [column('n', 'integer')], rows }], { javaScriptEnabled: false })
  expect(await page.locator('tbody tr').count()).toBe(1700)
  expect(await page.locator('tbody tr').last().isVisible()).toBe(true)
  expect(await page.locator('button, input').count()).toBe(0)
})

test('a long table shows more rows on scrolling, all on request, and sorts and filters all rows', async () => {
  const rows = Array.from({ length: 9000 }, (_, i) => [i, `name ${(i * 7919) % 9000}`])
  const { page, found } = await open([{ columns: [column('n', 'integer'), column('s', 'string')], rows }])
  expect(await page.locator('tbody:visible').count()).toBeLessThan(5)
  await page.evaluate('document.querySelector(".scroll").scrollTo(0, 1e6)')
  await expect.poll(() => page.locator('tbody:visible').count()).toBeGreaterThan(2)
  await sorted(page, 's')
  await sorted(page, 's')
  expect(await page.locator('tbody tr').first().textContent()).toContain('name 8999')
  await page.getByRole('searchbox').fill('name 899')
  await expect
    .poll(() => page.locator('.count').textContent())
    .toBe(`${rows.filter(row => row.some(value => String(value).includes('899'))).length} of 9000 rows`)
  await page.getByRole('searchbox').fill('')
  await expect.poll(() => page.locator('.count').textContent()).toBe('9000 rows')
  await page.getByRole('button', { name: 'Show all' }).click()
  expect(await page.locator('tbody.more').count()).toBe(0)
  expect(await page.getByRole('button', { name: 'Show all' }).isVisible()).toBe(false)
  expect(found).toEqual([])
})

test('prints with its header on each page, all rows, without controls, and with details opened', async () => {
  const rows = Array.from({ length: 1200 }, (_, i) => [i, JSON.stringify({ a: 'x'.repeat(60), b: i })])
  const { page } = await open([{ ...KEYS, columns: [column('n', 'integer'), column('o', 'object')], rows }])
  await page.emulateMedia({ media: 'print' })
  expect(await page.locator('tbody:visible').count()).toBe(3)
  expect(await page.locator('input:visible, .rest:visible').count()).toBe(0)
  expect(await page.evaluate('getComputedStyle(document.querySelector("thead")).display')).toBe(
    'table-header-group',
  )
  expect(await page.evaluate('getComputedStyle(document.querySelector(".scroll")).overflow')).toBe('visible')
  await page.evaluate('dispatchEvent(new Event("beforeprint"))')
  expect(await page.locator('details:not([open])').count()).toBe(0)
  await page.evaluate('dispatchEvent(new Event("afterprint"))')
  expect(await page.locator('details[open]').count()).toBe(0)
  const pdf = await page.pdf({ format: 'A4' })
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
})

const drawn = (
  title: string,
  rows: readonly (readonly [string | null, ...(number | bigint | null)[]])[],
): Result => ({
  title,
  columns: [column('label'), ...rows[0]!.slice(1).map((_, i) => column(`n${i}`))],
  rows: rows.map(row => [...row]),
})
const DRAWN: readonly Result[] = [
  drawn(
    'capitals',
    Array.from({ length: 3 }, (_, i) => ['W'.repeat(30) + i, i]),
  ),
  drawn('resource names', [
    ['crn://confluent.cloud/organization=3f6c1d0e/environment=env-p7r2k1/cloud-cluster=lkc-7p2v9d', 1],
    ['sa', 2],
  ]),
  drawn('scripts', [
    ['発注データの取り込みを監視するサービスアカウントの名前', 12345678901],
    ['محمد علي محمد علي محمد علي محمد علي محمد علي', -3],
    ['Дмитрий Орлов Дмитрий Орлов Дмитрий Орлов', 5.123456789012],
    ['👩‍👩‍👧'.repeat(20), 0],
    [null, null],
  ]),
  drawn('below zero', [
    ['a', -123456789.123, -1],
    ['b', 987654321.5, -98765432100.5],
  ]),
  drawn('long numbers', [
    ['a'.repeat(80), 1.7976931348623157e308],
    ['b'.repeat(80), -1.234567890123456e-300],
    ['c', 9223372036854775807n],
  ]),
  drawn(
    'many bars',
    Array.from({ length: 80 }, (_, i) => [`label number ${i}`, i * i, -i, i * 1e6 + 0.5]),
  ),
  drawn('equal values', [
    ['a', 0],
    ['b', 0],
  ]),
  drawn('long times', [
    ['2026-01-01T00:00:00.218302123Z', 1e10, -1e15],
    ['2026-01-02T00:00:00.218302Z', 2, 1],
    ['2026-01-03T00:00:00.218302+05:30', 3, null],
  ]),
  drawn('days', [
    ['2026-01-01', 1e12],
    ['2026-01-02', 1e12 + 1],
    ['2026-01-03', 1e12 + 2],
  ]),
]

/** Texts of drawings that exceed their container, and by how much; texts that are cut on purpose do not count. */
const OUTSIDE = `[...document.querySelectorAll('figure')].flatMap(figure => {
  const within = figure.getBoundingClientRect()
  const texts = document.createTreeWalker(figure, NodeFilter.SHOW_TEXT)
  const found = []
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const range = document.createRange()
    range.selectNodeContents(node)
    let { left, right, top, bottom } = range.getBoundingClientRect()
    for (let box = node.parentElement; box !== figure; box = box.parentElement) {
      if (getComputedStyle(box).textOverflow !== 'ellipsis') continue
      const edges = box.getBoundingClientRect()
      left = Math.max(left, edges.left)
      right = Math.min(right, edges.right)
    }
    const over = [within.left - left, right - within.right, within.top - top, bottom - within.bottom]
    const isSeen = node.data.trim() !== '' && range.getClientRects().length > 0
    if (isSeen && Math.max(...over) > 0.5) found.push(node.data + ': ' + over.map(Math.round))
  }
  return found
})`

/** Drawings whose labels, svg and numbers overlap, or whose svg has no width. */
const OVERLAPPING = `[...document.querySelectorAll('.bars')].flatMap(bars => {
  const [labels, svg, numbers] = [...bars.children].map(part => part.getBoundingClientRect())
  return labels.right <= svg.left && svg.right <= numbers.left && svg.width >= 48 ? [] : [bars.textContent]
})`

test.each([390, 1280])('no text exceeds its drawing or the page on a screen of %i pixels', async width => {
  const { page } = await open(DRAWN, { viewport: { width, height: 900 } })
  expect(await page.locator('figure').count()).toBe(13)
  expect(await page.evaluate(OUTSIDE)).toEqual([])
  expect(await page.evaluate(OVERLAPPING)).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
  expect(await page.locator('.numbers span, .scale span').allTextContents()).toEqual(
    expect.arrayContaining(['1.7976931348623157e+308', '-98765432100.5', '1000000000002']),
  )
})
