import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import type { Value } from '../../src/catalog/types.ts'
import { shielded, unshielded } from '../../src/render/formula.ts'
import type { ResultColumn } from '../../src/render/types.ts'
import { arbitraryResult, options, random, render, type Result } from './support.ts'

const SEEDS = Array.from({ length: 300 }, (_, i) => i + 1)

/** The expected value for a reader of text. */
function asText(value: Value, type: ResultColumn['type']): string | null {
  if (value === null) return null
  if (value instanceof Uint8Array)
    return `x'${Array.from(value, byte => byte.toString(16).padStart(2, '0')).join('')}'`
  // oxlint-disable-next-line eqeqeq -- 1 and 1n are both true
  if (type === 'boolean' && typeof value !== 'string')
    return value == 1 ? 'true' : value == 0 ? 'false' : String(value)
  return String(value)
}

/** The expected value for a reader of JSON. */
function asJson(value: Value, type: ResultColumn['type']): unknown {
  if (typeof value === 'string') {
    if (type !== 'object' && type !== 'array' && type !== 'json') return value
    // a scalar in place of an object is a text of the API
    if (type !== 'json' && !/^\s*[[{"]/.test(value)) return value
    try {
      return JSON.parse(value)
    } catch {
      return value
    }
  }
  const text = asText(value, type)
  if (value === null || value instanceof Uint8Array) return text
  return text === 'true' ? true : text === 'false' ? false : Number(value)
}

function texts({ columns, rows }: Result): (string | null)[][] {
  return [
    columns.map(({ name }) => name),
    ...rows.map(row => columns.map(({ type }, i) => asText(row[i] ?? null, type))),
  ]
}

function objects({ columns, rows }: Result): unknown[] {
  return rows.map(row => columns.map(({ name, type }, i) => [name, asJson(row[i] ?? null, type)]))
}

test.each([',', ';', '|', '\t', '€', '😀', '-', ']', '^'])(
  'csv separated by %j is read back',
  async delimiter => {
    for (const seed of SEEDS) {
      const result = arbitraryResult(random(seed))
      const text = await render(options('csv', { delimiter }), result)
      const read: unknown = parse(text, {
        delimiter,
        cast: (value, { quoting }) => (value === '' && !quoting ? null : unshielded(value)),
      })
      expect(read, `seed ${seed}`).toEqual(texts(result))
    }
  },
)

test.each([
  [',', undefined],
  [';', 'NULL'],
  ['€', ''],
  ['a', 'aa'],
  [' ', 'null'],
])('csv separated by %j quotes a text only where it must (NULL: %j)', async (delimiter, nullText) => {
  for (const seed of SEEDS) {
    const { columns, rows } = arbitraryResult(random(seed))
    const values = [
      ...rows.flatMap(row => row.filter(value => typeof value === 'string')),
      ...(seed === 1 ? ['x'.repeat(70_000), `${'"'.repeat(70_000)}é`] : []),
    ]
    const text = await render(options('csv', { delimiter, nullText, header: false }), {
      columns: columns.slice(0, 1),
      rows: values.map(value => [value]),
    })
    const fields = values.map(value => {
      const field = shielded(value)
      const must =
        field === ''
        || field === (nullText ?? '')
        || /["\r\n]|^\s|\s$/.test(field)
        || field.includes(delimiter)
      return `${must ? `"${field.replaceAll('"', '""')}"` : field}\n`
    })
    expect(text).toBe(fields.join(''))
  }
})

test('csv with a text for NULL is read back', async () => {
  for (const seed of SEEDS) {
    const result = arbitraryResult(random(seed))
    const text = await render(options('csv', { nullText: 'NULL' }), result)
    const read: unknown = parse(text, {
      cast: (value, { quoting }) => (value === 'NULL' && !quoting ? null : unshielded(value)),
    })
    expect(read, `seed ${seed}`).toEqual(texts(result))
  }
})

test('tsv is read back as COPY reads it', async () => {
  const escapes: Record<string, string> = { b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r', '\\': '\\' }
  for (const seed of SEEDS) {
    const result = arbitraryResult(random(seed))
    const lines = (await render(options('tsv'), result)).split('\n')
    expect(lines.pop()).toBe('')
    const read = lines.map(line =>
      line
        .split('\t')
        .map(field =>
          field === '\\N' ? null : field.replace(/\\(.)/g, (_, c: string) => escapes[c] ?? `bad escape ${c}`),
        ),
    )
    expect(read, `seed ${seed}`).toEqual(texts(result))
  }
})

test('json and ndjson are read back', async () => {
  for (const seed of SEEDS) {
    const result = arbitraryResult(random(seed))
    const entries = (row: unknown): unknown => Object.entries(row as object).sort()
    const expected = objects(result).map(row => (row as unknown[]).sort())
    const whole = JSON.parse(await render(options('json'), result)) as unknown[]
    expect(whole.map(entries), `seed ${seed}`).toEqual(expected)
    const lines = (await render(options('ndjson'), result)).split('\n')
    expect(lines.pop()).toBe('')
    expect(
      lines.map(line => entries(JSON.parse(line))),
      `seed ${seed}`,
    ).toEqual(expected)
  }
})

test('markdown has one line per row and its cells', async () => {
  for (const seed of SEEDS) {
    const result = arbitraryResult(random(seed))
    const lines = (await render(options('markdown'), result)).split('\n')
    expect(lines).toHaveLength(result.rows.length + 3)
    for (const line of lines.slice(0, -1)) {
      const bars = line.replace(/\\./gu, '').match(/\|/g)
      expect(bars, `seed ${seed}: ${line}`).toHaveLength(result.columns.length + 1)
    }
  }
})

test.each(['', ',,', '"', '\n', '\r', '\ud800'])('the delimiter %j is rejected', async delimiter => {
  const refused = render(options('csv', { delimiter }), { columns: [], rows: [] })
  await expect(refused).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('delimiter'),
  })
})
