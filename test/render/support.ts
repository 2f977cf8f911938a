import type { Value } from '../../src/catalog/types.ts'
import { createRenderer } from '../../src/render/renderer.ts'
import { rowsOf } from '../../src/engine/result.ts'
import type { RenderOptions, ResultColumn, Row, Rows } from '../../src/render/types.ts'

export interface Result {
  readonly title?: string
  readonly note?: string
  readonly sql?: string
  readonly columns: readonly ResultColumn[]
  readonly rows: readonly Row[]
}

export function iterate(rows: readonly Row[], failure?: Error): Rows {
  return rowsOf(async function* () {
    for (const row of rows) yield [row]
    if (failure !== undefined) throw failure
  })
}

export function options(format: RenderOptions['format'], more: Partial<RenderOptions> = {}): RenderOptions {
  return { format, header: true, ...more }
}

/** The text of a run with these results. */
export async function render(settings: RenderOptions, ...results: Result[]): Promise<string> {
  return (await renderBytes(settings, ...results)).toString('utf8')
}

/** The bytes of a run with these results. */
export async function renderBytes(settings: RenderOptions, ...results: Result[]): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  const renderer = createRenderer(settings, async chunk => {
    chunks.push(Buffer.from(chunk as Uint8Array))
  })
  for (const { title, note, sql, columns, rows } of results) {
    const count = await renderer.result({ title, note, sql }, columns, iterate(rows))
    if (count !== rows.length) throw new Error(`result() counted ${count} of ${rows.length} rows`)
  }
  await renderer.end()
  return Buffer.concat(chunks)
}

export function column(name: string, type: ResultColumn['type'] = 'any'): ResultColumn {
  return { name, type }
}

/** A seeded generator of numbers in [0, 1) (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const PIECES = [
  'a',
  'Z',
  '0',
  ' ',
  '  ',
  ',',
  ';',
  '|',
  '"',
  '""',
  "'",
  '\\',
  '\\N',
  '\\n',
  '\n',
  '\r',
  '\r\n',
  '\t',
  '\0',
  '\b',
  '\v',
  '\f',
  '\x1b[31m',
  '\x1b]0;x\x07',
  '\x7f',
  '\x9b2J',
  '\u061c',
  '\u200b',
  '\u200d',
  '\u202e',
  '\u2066',
  '\u2028',
  '\ufeff',
  '\u00a0',
  'é',
  'e\u0301',
  '日本',
  '한국',
  '👩‍👩‍👧',
  '🇩🇪',
  '👍🏽',
  '✈️',
  '`',
  '*',
  '_',
  '<b>',
  '&amp;',
  '[x](y)',
  'NULL',
  'null',
  '{}',
  '[1,',
  '=1+1',
  '-',
  '+',
  '@',
  "'=",
  '-5',
  '+49 30',
  '\uff1d',
  '#',
  '…',
  'ｱﾞ',
  'नी',
]

export function pick<T>(next: () => number, from: readonly T[]): T {
  return from[Math.floor(next() * from.length)] as T
}

export function arbitraryText(next: () => number): string {
  return Array.from({ length: Math.floor(next() * 8) }, () => pick(next, PIECES)).join('')
}

/** Sixty characters and more, which csv handles differently from shorter texts. */
function longText(next: () => number): string {
  return `${arbitraryText(next)}${pick(next, ['x', 'é', '日', '{"a":']).repeat(50 + Math.floor(next() * 30))}${arbitraryText(next)}`
}

/** A random result of JSON.parse with hostile texts. */
export function arbitraryJson(next: () => number, depth = 0): unknown {
  const kind = Math.floor(next() * (depth > 2 ? 4 : 6))
  if (kind === 0) return null
  if (kind === 1) return next() < 0.5
  if (kind === 2) return Math.round((next() - 0.5) * 1e6) / 100
  if (kind === 3) return arbitraryText(next)
  const parts = Array.from({ length: Math.floor(next() * 4) }, () => arbitraryJson(next, depth + 1))
  return kind === 4 ? parts : Object.fromEntries(parts.map((part, i) => [`${i}${arbitraryText(next)}`, part]))
}

const TYPES: ResultColumn['type'][] = [
  'string',
  'timestamp',
  'integer',
  'number',
  'boolean',
  'object',
  'array',
  'json',
  'any',
]

function arbitraryValue(next: () => number, type: ResultColumn['type']): Value {
  if (next() < 0.15) return null
  if (type === 'boolean' && next() < 0.8) return pick<Value>(next, [0, 1, 0n, 1n])
  if ((type === 'object' || type === 'array' || type === 'json') && next() < 0.8) {
    return JSON.stringify(arbitraryJson(next), null, pick(next, [0, 2]))
  }
  if ((type === 'integer' || type === 'number') && next() < 0.8) return arbitraryNumber(next)
  return pick<() => Value>(next, [
    () => arbitraryText(next),
    () => arbitraryText(next),
    () => longText(next),
    () => arbitraryNumber(next),
    () => bytes(next),
  ])()
}

function arbitraryNumber(next: () => number): Value {
  return pick<Value>(next, [
    0,
    1,
    -1,
    5.0,
    0.1,
    -2.5e-9,
    1e21,
    2 ** 53,
    9007199254740993n,
    -9223372036854775808n,
    Math.floor(next() * 1e9),
    next(),
  ])
}

function bytes(next: () => number): Uint8Array {
  return Uint8Array.from({ length: Math.floor(next() * 5) }, () => Math.floor(next() * 256))
}

/** A result of up to six columns with arbitrary names (distinct unless `doubles`) and values. */
export function arbitraryResult(next: () => number): Result {
  const columns = Array.from({ length: 1 + Math.floor(next() * 6) }, (_, i) =>
    column(`${i}${arbitraryText(next)}`, pick(next, TYPES)),
  )
  const rows = Array.from({ length: Math.floor(next() * 12) }, () =>
    columns.map(({ type }) => arbitraryValue(next, type)),
  )
  return { columns, rows }
}
