import { parquetMetadata, parquetReadObjects, parquetSchema, readOffsetIndex } from 'hyparquet'
import { expect, test } from 'vitest'
import type { Value } from '../../src/catalog/types.ts'
import { createRenderer } from '../../src/render/renderer.ts'
import type { ResultColumn } from '../../src/render/types.ts'
import { Narrowing } from '../../src/render/parquet/columns.ts'
import { writeParquet } from '../../src/render/parquet/parquet.ts'
import { column, iterate, options, renderBytes, type Result } from '../render/support.ts'
import { HARD } from './hard.ts'

async function read(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const file = new Uint8Array(bytes).buffer
  return parquetReadObjects({
    file,
    parsers: {
      timestampFromMicroseconds: (n: bigint) => n,
      timestampFromNanoseconds: (n: bigint) => n,
    } as never,
  })
}

const types = (bytes: Buffer): Record<string, unknown> =>
  Object.fromEntries(
    parquetSchema(parquetMetadata(new Uint8Array(bytes).buffer)).children.map(({ element: e }) => [
      e.name,
      e.logical_type?.type ?? e.type,
    ]),
  )

const oneColumn = (type: ResultColumn['type'], values: Value[]): Result => ({
  columns: [column('c', type)],
  rows: values.map(v => [v]),
})
const stored = async (type: ResultColumn['type'], values: Value[]): Promise<[unknown, unknown[]]> => {
  const bytes = await renderBytes(options('parquet'), oneColumn(type, values))
  return [types(bytes).c, (await read(bytes)).map(row => row.c)]
}

test('every value comes back, typed', async () => {
  const bytes = await renderBytes(options('parquet'), HARD)
  expect(types(bytes)).toEqual({
    text: 'STRING',
    n: 'INT64',
    x: 'DOUBLE',
    ok: 'BOOLEAN',
    at: 'TIMESTAMP',
    user: 'JSON',
    any: 'DATE',
    '=name': 'INT64',
  })
  const rows = await read(bytes)
  expect(rows.map(row => row.text)).toEqual(HARD.rows.map(row => row[0]))
  expect(rows.map(row => row.n)).toEqual([
    9007199254740993n,
    -9223372036854775808n,
    null,
    0n,
    123456789012345n,
    42n,
  ])
  expect(rows.map(row => row.x)).toEqual([0.1, -2.5e-9, null, 5, 1e21, -0.5])
  expect(rows.map(row => row.ok)).toEqual([true, false, null, true, false, true])
  expect(rows.map(row => row.at)).toEqual([
    1760026073218302n,
    -1n,
    null,
    1760026073000000n,
    1760026073000000n,
    253339228800000000n,
  ])
  expect(rows.map(row => row.any && (row.any as Date).toISOString().slice(0, 10))).toEqual(
    HARD.rows.map(row => row[6]),
  )
  expect(rows.map(row => row['=name'])).toEqual([1n, 9223372036854775807n, null, -5n, 0n, 7n])
})

test('nested values are JSON text whose numbers keep every digit', async () => {
  const bytes = await renderBytes(options('parquet'), oneColumn('object', ['{"id":9007199254740993}', null]))
  expect(bytes.includes('{"id":9007199254740993}')).toBe(true)
  expect(types(bytes).c).toBe('JSON')
})

test.each<[ResultColumn['type'], Value[], string]>([
  ['any', [1, 2.5], 'DOUBLE'],
  ['any', [1, null, -7n], 'INT64'],
  ['any', [0.5, 9007199254740993n], 'STRING'],
  ['any', [1, 'a'], 'STRING'],
  ['any', [null], 'STRING'],
  ['any', ['2026-01-01', '2026-02-30'], 'STRING'],
  ['any', ['2026-01-01 10:00:00'], 'TIMESTAMP'],
  ['any', ['2026-01-01T10:00:00Z', '2026-01-01 10:00:00'], 'STRING'],
  ['any', [new Uint8Array([1, 255])], 'BYTE_ARRAY'],
  ['timestamp', ['2026-01-01T10:00:00.123456789Z'], 'TIMESTAMP'],
  ['timestamp', ['3026-01-01T10:00:00.123456789Z'], 'STRING'],
  ['timestamp', ['yesterday'], 'STRING'],
  ['timestamp', [null], 'TIMESTAMP'],
  ['date', ['2026-10-01', null], 'DATE'],
  ['date', [null], 'DATE'],
  ['date', ['2026-10-01', 'soon'], 'STRING'],
  ['string', ['2026-01-01T10:00:00Z'], 'STRING'],
  ['integer', [1, 'x'], 'STRING'],
  ['integer', [1, 2.5], 'DOUBLE'],
  ['boolean', [0, 1, 2], 'INT64'],
  ['boolean', [null], 'BOOLEAN'],
  ['object', ['{}', 'no json'], 'STRING'],
  ['number', [5, 1], 'DOUBLE'],
])('a column declared %s that holds %o is %s', async (type, values, expected) => {
  const [is, back] = await stored(type, values)
  expect(is).toBe(expected)
  expect(back).toHaveLength(values.length)
  if (expected === 'STRING')
    expect(back).toEqual(values.map(value => (value === null ? null : String(value))))
})

test.each<[ResultColumn['type'], Value[], string | undefined]>([
  ['integer', [1, 'x'], 'of type integer, and the API answered with the value x'],
  ['integer', [1, 2.5], 'the value 2.5'],
  ['boolean', [0, 2], 'the value 2'],
  ['object', ['{}', 'no json'], 'the value no json'],
  ['date', ['2026-10-01', '2026-10-01T00:00:00Z'], 'the value 2026-10-01T00:00:00Z'],
  ['timestamp', ['2026-10-01T00:00:00Z', '2026-10-01T00:00:00'], 'values of different forms'],
  ['timestamp', ['2026-10-01T00:00:00Z', null], undefined],
  ['any', [1, 'x'], undefined],
  ['integer', [null], undefined],
])(
  'in a file of several, a column declared %s that holds %o is an error: %s',
  async (type, values, message) => {
    const written = renderBytes(options('parquet', { declaredTypes: true }), oneColumn(type, values))
    if (message === undefined) expect(await read(await written)).toHaveLength(values.length)
    else
      await expect(written).rejects.toMatchObject({
        code: 'VALUE',
        message: expect.stringContaining(message),
      })
  },
)

test('nanoseconds keep their digits', async () => {
  expect((await stored('timestamp', ['2026-01-01T10:00:00.123456789Z', '2026-01-01T10:00:00Z']))[1]).toEqual([
    1767261600123456789n,
    1767261600000000000n,
  ])
})

test('many rows come in groups, none lost; an empty result keeps its columns', async () => {
  const rows = Array.from({ length: 230_000 }, (_, i) => [i, `name ${i % 100}`])
  const bytes = await renderBytes(options('parquet'), {
    columns: [column('n', 'integer'), column('s', 'string')],
    rows,
  })
  const metadata = parquetMetadata(new Uint8Array(bytes).buffer)
  expect(metadata.row_groups.map(group => Number(group.num_rows))).toEqual([100_000, 100_000, 30_000])
  const back = await read(bytes)
  expect(back).toHaveLength(rows.length)
  expect(back.at(-1)).toEqual({ n: 229_999n, s: 'name 99' })
  const empty = await renderBytes(options('parquet'), {
    columns: [column('n', 'integer'), column('n', 'any')],
    rows: [],
  })
  expect(types(empty)).toEqual({ n: 'INT64', n_2: 'STRING' })
  expect(await read(empty)).toEqual([])
})

test('wide rows come in more groups, and are held with every digit and byte', async () => {
  const rows: Value[][] = Array.from({ length: 20_000 }, (_, i) => [
    `${i} ${'wide é'.repeat(150)}`,
    BigInt(i) + 2n ** 60n,
    Uint8Array.of(i & 255, i >> 8),
    i % 3 === 0 ? null : i / 3,
  ])
  const bytes = await renderBytes(options('parquet'), {
    columns: [column('s', 'string'), column('n', 'integer'), column('b'), column('x', 'number')],
    rows,
  })
  const groups = parquetMetadata(new Uint8Array(bytes).buffer).row_groups.map(group => Number(group.num_rows))
  expect(groups.length).toBeGreaterThan(1)
  const back = await parquetReadObjects({ file: new Uint8Array(bytes).buffer, utf8: false })
  expect(back.map(({ s, n, b, x }) => [s, n, b, x])).toEqual(rows)
})

test.each([1, 14, 15, 200])('the metadata of %i row groups say what each contains', async count => {
  const columns = [column('s', 'string'), column('n', 'integer'), column('o', 'object')]
  const groups = Array.from({ length: count }, (_, g) =>
    [0, 1, 2].map((i): Value[] => [
      i === 1 ? null : `group ${String(g).padStart(3, '0')} é ${i}`,
      BigInt(g * 10 + i),
      `{"g":${g}}`,
    ]),
  )
  const narrowed = columns.map(c => new Narrowing(c))
  for (const row of groups.flat()) for (const [i, type] of narrowed.entries()) type.add(row[i]!)
  const chunks: Uint8Array[] = []
  await writeParquet(
    narrowed.map((type, i) => type.stored(columns[i]!.name)),
    groups,
    { sql: 'SELECT 1' },
    undefined,
    async data => {
      chunks.push(data as Uint8Array)
    },
  )
  const bytes = Buffer.concat(chunks)
  const metadata = parquetMetadata(new Uint8Array(bytes).buffer)
  expect(metadata.num_rows).toBe(BigInt(3 * count))
  expect(metadata.key_value_metadata).toEqual([{ key: 'confluentql.sql', value: 'SELECT 1' }])
  expect(
    metadata.row_groups.map(group => [
      Number(group.num_rows),
      ...group.columns.map(({ meta_data: { path_in_schema: path, statistics: s } = {} as never }) => [
        path,
        s && [s.min_value, s.max_value, s.null_count],
      ]),
    ]),
  ).toEqual(
    groups.map((rows, g) => [
      3,
      // a bound of a text has at most 16 bytes
      [['s'], [`group ${String(g).padStart(3, '0')} é 0`, `group ${String(g).padStart(3, '0')} é 2`, 1n]],
      [['n'], [rows[0]![1], rows[2]![1], 0n]],
      [['o'], undefined],
    ]),
  )
  expect((await read(bytes)).map(({ s, n, o }) => [s, n, JSON.stringify(o)])).toEqual(groups.flat())
})

test('a column of several pages has an index of them', async () => {
  const rows = Array.from({ length: 3000 }, (_, i) => [`${i} ${'wide'.repeat(250)}`])
  const bytes = await renderBytes(options('parquet'), { columns: [column('s', 'string')], rows })
  const [group] = parquetMetadata(new Uint8Array(bytes).buffer).row_groups
  const { offset_index_offset: at, offset_index_length: length } = group!.columns[0]!
  const index = new Uint8Array(bytes.subarray(Number(at), Number(at) + length!))
  const { page_locations: pages } = readOffsetIndex({ view: new DataView(index.buffer), offset: 0 })
  expect(pages.length).toBeGreaterThan(2)
  expect(pages[0]!.offset).toBe(group!.columns[0]!.meta_data!.data_page_offset)
  for (const [i, page] of pages.entries())
    expect(page.offset).toBe(
      i === 0 ? page.offset : pages[i - 1]!.offset + BigInt(pages[i - 1]!.compressed_page_size),
    )
})

test('a result that fails leaves a file that no reader takes for the whole', async () => {
  const chunks: Uint8Array[] = []
  const renderer = createRenderer(options('parquet'), async chunk => void chunks.push(chunk as Uint8Array))
  await expect(renderer.result({}, [column('a')], iterate([['x']], new Error('broken')))).rejects.toThrow(
    'broken',
  )
  expect(() => parquetMetadata(new Uint8Array(Buffer.concat(chunks)).buffer)).toThrow(/parquet/i)
})

test('it is no text, so a terminal does not get it', () => {
  for (const format of ['parquet', 'xlsx'] as const) {
    expect(() => createRenderer(options(format, { width: 80 }), async () => {})).toThrow(
      /the output is a terminal/,
    )
  }
})
