import { unzipSync } from 'fflate'
import { parquetReadObjects } from 'hyparquet'
import { parse } from 'csv-parse/sync'
import type { Value } from '../../../src/catalog/types.ts'
import { unshielded } from '../../../src/render/formula.ts'
import type { Format, ResultColumn } from '../../../src/render/types.ts'
import { arbitraryResult, options, render, renderBytes, type Result } from '../../render/support.ts'
import type { Random } from '../random.ts'
import { ensure, outcomeOf, type Target } from './target.ts'
import { randomCharacters } from './texts.ts'

/** Characters that a terminal interprets, except line breaks and the codes for dimmed NULL and chart colors. */
const CONTROL_CHARACTERS =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/
const COLOR_CODES = /\x1b\[(?:2|22|0|39|3[0-7]|9[0-7])m/g

function resultOf(r: Random): Result {
  const result = arbitraryResult(() => r.next())
  const rows = result.rows.map(row =>
    row.map(v => (typeof v === 'string' && r.chance(0.2) && !/^[[{]/.test(v) ? randomCharacters(r, 12) : v)),
  )
  return {
    ...result,
    rows,
    title: randomCharacters(r, 6),
    note: randomCharacters(r, 12),
    sql: `SELECT '${randomCharacters(r, 6)}'`,
  }
}

/** The text with lone surrogates replaced, as in the output. */
const whole = (text: string): string => Buffer.from(text).toString()

function textOf(value: Value, type: ResultColumn['type']): string | null {
  if (value === null) return null
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  if (type === 'boolean' && typeof value !== 'string' && (Number(value) === 0 || Number(value) === 1))
    return Number(value) === 1 ? 'true' : 'false'
  return whole(String(value))
}

const textsOf = ({ columns, rows }: Result): (string | null)[][] => [
  columns.map(c => whole(c.name)),
  ...rows.map(row => columns.map(({ type }, i) => textOf(row[i] ?? null, type))),
]
const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  '\\': '\\',
}

type Check = (result: Result, input: string, r: Random) => Promise<void>

const CHECKS: Readonly<Record<Format, Check>> = {
  csv: async (result, input, r) => {
    const delimiter = r.pick([',', ';', '|', '\t'])
    const read: unknown = parse(await render(options('csv', { delimiter }), result), {
      delimiter,
      cast: (value, { quoting }) => (value === '' && !quoting ? null : unshielded(value)),
    })
    ensure(
      JSON.stringify(read) === JSON.stringify(textsOf(result)),
      `csv is read back as ${JSON.stringify(read)}`,
      input,
    )
  },
  text: async (result, input) => {
    const lines = textsOf(result).map(row => `${row.map(v => v ?? 'null').join(',')}\n`)
    ensure((await render(options('text'), result)) === lines.join(''), 'text has other values', input)
  },
  pptext: async (result, input) => {
    const dense = async (format: Format): Promise<string> =>
      (await render(options(format), result)).replace(/\s/g, '')
    ensure((await dense('pptext')) === (await dense('text')), 'pptext changes more than blanks', input)
  },
  tsv: async (result, input) => {
    const lines = (await render(options('tsv'), result)).split('\n').slice(0, -1)
    const read = lines.map(line =>
      line
        .split('\t')
        .map(f => (f === '\\N' ? null : f.replace(/\\(.)/g, (_, c: string) => ESCAPES[c] ?? `?${c}`))),
    )
    ensure(
      JSON.stringify(read) === JSON.stringify(textsOf(result)),
      `tsv is read back as ${JSON.stringify(read)}`,
      input,
    )
  },
  json: async (result, input) =>
    objects(JSON.parse(await render(options('json'), result)) as unknown[], result, input),
  ndjson: async (result, input) =>
    objects(
      (await render(options('ndjson'), result))
        .split('\n')
        .slice(0, -1)
        .map(l => JSON.parse(l) as unknown),
      result,
      input,
    ),
  markdown: async (result, input) => {
    const text = await render(options('markdown'), { ...result, note: '' })
    ensure(
      !CONTROL_CHARACTERS.test(text),
      `markdown has ${JSON.stringify(CONTROL_CHARACTERS.exec(text)?.[0])}`,
      input,
    )
    const bars = text.split('\n').filter(l => l.startsWith('|'))
    ensure(bars.length === result.rows.length + 2, `${bars.length} lines of markdown`, input)
  },
  html: async (result, input) => {
    const page = await render(options('html', { document: { at: new Date(0) } }), result)
    const empty = await render(options('html', { document: { at: new Date(0) } }), {
      columns: result.columns.map((c, i) => ({ ...c, name: `c${i}` })),
      rows: [],
    })
    ensure(
      !CONTROL_CHARACTERS.test(page.replaceAll('\t', '')),
      `html has ${JSON.stringify(CONTROL_CHARACTERS.exec(page)?.[0])}`,
      input,
    )
    for (const tag of ['<script', '<style', '<iframe', '<img', '<a '])
      ensure(page.split(tag).length === empty.split(tag).length, `html has another ${tag}`, input)
    ensure(
      page.split('<td').length === result.rows.length * result.columns.length + 1,
      'html has other cells',
      input,
    )
  },
  xlsx: async (result, input) => {
    const bytes = await renderBytes(options('xlsx'), result)
    const sheet = Buffer.from(unzipSync(bytes)['xl/worksheets/sheet1.xml']!).toString('utf8')
    ensure(
      !/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/.test(sheet.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '')),
      'xlsx has what is no character of XML',
      input,
    )
    ensure(
      !sheet.includes('<f') && sheet.split('<row ').length === result.rows.length + 2,
      `xlsx has ${sheet.split('<row ').length - 1} rows`,
      input,
    )
    const texts = [...sheet.matchAll(/<t(?: [^>]*)?>([^<]*)<\/t>/g)].map(m => m[1])
    ensure(
      texts.length <= (result.rows.length + 1) * result.columns.length,
      'xlsx has more cells than there are',
      input,
    )
  },
  parquet: async (result, input) => {
    const bytes = await renderBytes(options('parquet'), result)
    const rows = (await parquetReadObjects({ file: new Uint8Array(bytes).buffer, utf8: false })) as Record<
      string,
      unknown
    >[]
    ensure(rows.length === result.rows.length, `${rows.length} rows of parquet`, input)
    const names = Object.keys(rows[0] ?? {})
    if (names.length !== result.columns.length || names.some(n => /^\d+$/.test(n))) return
    result.columns.forEach(({ type }, i) => {
      if (type !== 'string' || !result.rows.every(row => row[i] === null || typeof row[i] === 'string'))
        return
      const back = rows.map(row => row[names[i]!] as string | null)
      ensure(
        JSON.stringify(back) === JSON.stringify(result.rows.map(row => textOf(row[i] ?? null, type))),
        `parquet is read back as ${JSON.stringify(back)}`,
        input,
      )
    })
  },
  table: (result, input, r) => terminal('table', result, input, r),
  vertical: (result, input, r) => terminal('vertical', result, input, r),
  chart: (result, input, r) => terminal('chart', result, input, r),
}

function objects(read: readonly unknown[], { columns, rows }: Result, input: string): void {
  ensure(read.length === rows.length, `${read.length} objects`, input)
  read.forEach((object, i) =>
    columns.forEach(({ name, type }, j) => {
      const value = rows[i]![j] ?? null
      if (typeof value === 'string' && ['object', 'array', 'json'].includes(type)) return
      const found = (object as Record<string, unknown>)[whole(name)]
      const wanted = textOf(value, type)
      ensure(
        wanted === null
          ? found === null
          : typeof value === 'string'
            ? whole(String(found)) === wanted
            : Number(found) === Number(value) || String(found) === wanted,
        `${name} is read back as ${JSON.stringify(found)}`,
        input,
      )
    }),
  )
}

async function terminal(format: Format, result: Result, input: string, r: Random): Promise<void> {
  const { value: text, error } = await outcomeOf(input, () =>
    render(
      options(format, {
        width: r.int(10, 120),
        color: r.chance(0.5),
        whole: r.chance(0.5),
        ascii: r.chance(0.3),
      }),
      result,
    ),
  )
  if (error)
    return ensure(format === 'chart' && error.code === 'OUTPUT', `${error.code}: ${error.message}`, input)
  const plain = text.replace(COLOR_CODES, '')
  ensure(
    !CONTROL_CHARACTERS.test(plain),
    `${format} has ${JSON.stringify(CONTROL_CHARACTERS.exec(plain)?.[0])}`,
    input,
  )
}

const FORMATS_TRIED = Object.keys(CHECKS) as Format[]

async function writes(r: Random): Promise<void> {
  const result = resultOf(r)
  const format = r.pick(FORMATS_TRIED)
  const input = `${format} ${JSON.stringify(result, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v))}`
  await CHECKS[format](result, input, r)
}

export const OUTPUTS: readonly Target[] = [
  { name: 'values in every format', defaultCount: 200, open: async () => ({ attempt: writes }) },
]
