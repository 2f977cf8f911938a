import { unzipSync } from 'fflate'
import readSheets from 'read-excel-file/node'
import { expect, test } from 'vitest'
import type { Value } from '../../src/catalog/types.ts'
import { batchedRows } from '../../src/engine/result.ts'
import { withFormats } from '../../src/render/column-format.ts'
import { createRenderer } from '../../src/render/renderer.ts'
import type { ResultColumn } from '../../src/render/types.ts'
import { column, iterate, options, renderBytes, type Result } from '../render/support.ts'
import { HARD } from './hard.ts'

interface Sheet {
  readonly sheet: string
  readonly data: readonly (readonly unknown[])[]
}

const read = async (bytes: Buffer): Promise<Sheet[]> => (await readSheets(bytes)) as unknown as Sheet[]
const part = (bytes: Buffer, name: string): string =>
  Buffer.from(unzipSync(bytes)[name] ?? []).toString('utf8')
const sheetXml = (bytes: Buffer, number = 1): string => part(bytes, `xl/worksheets/sheet${number}.xml`)
const one = (type: ResultColumn['type'], values: Value[]): Result => ({
  columns: [column('c', type)],
  rows: values.map(v => [v]),
})

test('every value comes back, typed', async () => {
  const [{ sheet, data }] = (await read(await renderBytes(options('xlsx'), HARD))) as [Sheet]
  expect(sheet).toBe('Hard values of every kind')
  const [names, ...rows] = data as unknown[][]
  expect(names).toEqual(HARD.columns.map(({ name }) => name))
  const of = (i: number): unknown[] => rows.map(row => row[i])
  expect(of(0)).toEqual(HARD.rows.map(row => row[0] || null))
  expect(of(1)).toEqual(['9007199254740993', '-9223372036854775808', null, 0, 123456789012345, 42])
  expect(of(2)).toEqual([0.1, -2.5e-9, null, 5, 1e21, -0.5])
  expect(of(3)).toEqual([true, false, null, true, false, true])
  expect(of(4).map(at => (at instanceof Date ? at.toISOString() : at))).toEqual([
    '2025-10-09T16:07:53.218Z',
    '1969-12-31T23:59:59.999Z',
    null,
    '2025-10-09T16:07:53.000Z',
    '2025-10-09T16:07:53.000Z',
    '9998-01-01T00:00:00.000Z',
  ])
  expect(of(5)).toEqual(HARD.rows.map(row => row[5]))
  expect(of(6).map(day => (day instanceof Date ? day.toISOString().slice(0, 10) : day))).toEqual(
    HARD.rows.map(row => row[6]),
  )
  expect(of(7)).toEqual([1, '9223372036854775807', null, -5, 0, 7])
})

test('the number of a time keeps its microseconds', async () => {
  const texts = ['2025-10-09T16:07:53.218302Z', '1999-12-31T23:59:59.999999Z', '2079-06-05T00:00:00.000004Z']
  const xml = sheetXml(await renderBytes(options('xlsx'), one('timestamp', texts)))
  const numbers = [...xml.matchAll(/<c r="A\d+" s="3"><v>([^<]+)<\/v>/g)].map(([, n]) =>
    Math.round((Number(n) % 1) * 86_400e6),
  )
  expect(numbers).toEqual([58_073_218_302, 86_399_999_999, 4])
})

test('a day is a date cell where the column is a day or computed, and text where it is text', async () => {
  const days = ['2026-10-01', '2024-02-29', null]
  const result = {
    columns: [column('day', 'date'), column('computed', 'any'), column('text', 'string')],
    rows: days.map(day => [day, day, day]),
  }
  const bytes = await renderBytes(options('xlsx'), result)
  const [{ data }] = (await read(bytes)) as [Sheet]
  const dates = days.map(day => (day === null ? null : new Date(`${day}T00:00:00Z`)))
  expect(data.slice(1)).toEqual(
    dates.map((date, i) => [date, date, days[i]]).filter(([date]) => date !== null),
  )
  expect(part(bytes, 'xl/styles.xml')).toContain('formatCode="yyyy\\-mm\\-dd"')
  expect(sheetXml(bytes)).toContain('<c r="A2" s="4"><v>46296</v></c>')
})

test('times of every second and millisecond of a day are read as they are', async () => {
  const texts = Array.from({ length: 2000 }, (_, i) =>
    new Date(Date.UTC(2000 + (i % 60), i % 12, 1 + (i % 28)) + i * 43_201 + (i % 7)).toISOString(),
  )
  const [{ data }] = (await read(await renderBytes(options('xlsx'), one('any', texts)))) as [Sheet]
  expect(data.slice(1).map(([at]) => (at as Date).toISOString())).toEqual(texts)
})

test.each<[string, ResultColumn['type']]>([
  ['2025-10-09T16:07:53.123456789Z', 'timestamp'],
  ['2100-10-09T16:07:53.123457Z', 'timestamp'],
  ['0001-01-01T00:00:00Z', 'timestamp'],
  ['1900-02-28T00:00:00Z', 'timestamp'],
  ['2025-13-01T00:00:00Z', 'timestamp'],
  ['2025-10-09T16:07:53Z', 'string'],
  ['soon', 'date'],
  ['1900-02-28', 'date'],
  ['1234', 'string'],
  ['TRUE', 'any'],
  ['9999999999999999', 'any'],
])('%j (%s) stays the text it is', async (text, type) => {
  const [{ data }] = (await read(await renderBytes(options('xlsx'), one(type, [text])))) as [Sheet]
  expect(data[1]).toEqual([text])
})

test('texts are texts, never formulas, whatever they begin with', async () => {
  const texts = ['=1+1', '+1', '-1', '@x', '\t=1', "=cmd|' /C calc'!A0"]
  const xml = sheetXml(await renderBytes(options('xlsx'), one('string', texts)))
  expect(xml).not.toContain('<f')
  expect(xml.match(/t="inlineStr"/g)).toHaveLength(texts.length + 1)
  // quotePrefix: the cell stays text when somebody edits it. Only what would be a formula needs it.
  expect(xml.match(/s="7" t="inlineStr"/g)).toHaveLength(4)
})

test('NULL is no cell, empty text is an empty one', async () => {
  const xml = sheetXml(
    await renderBytes(options('xlsx'), { columns: [column('a'), column('b')], rows: [[null, '']] }),
  )
  expect(xml).toContain('<row r="2"><c r="B2" t="inlineStr"><is><t></t></is></c></row>')
})

test('a sheet for each result, with a name of its own, a header in view, a filter and widths', async () => {
  const titles = [
    'Costs: [all]/*?',
    'costs all',
    undefined,
    'History',
    "'a'",
    `${'x'.repeat(40)}`,
    `${'x'.repeat(40)}`,
    `${'😀'.repeat(20)}`,
    ':',
  ]
  const results = titles.map(title => ({
    ...one('string', ['a value of some width']),
    ...(title !== undefined && { title }),
  }))
  const bytes = await renderBytes(
    options('xlsx', { document: { at: new Date(0), title: 'T & U', profile: 'prod' } }),
    ...results,
  )
  const names = (await read(bytes)).map(({ sheet }) => sheet)
  expect(names).toEqual([
    'Costs all',
    'costs all (2)',
    'Result',
    'Result History',
    'a',
    'x'.repeat(31),
    `${'x'.repeat(27)} (2)`,
    '😀'.repeat(15),
    'Result (2)',
  ])
  for (const name of names) expect(name.length).toBeLessThanOrEqual(31)
  const xml = sheetXml(bytes, 3)
  expect(xml).toContain('<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>')
  expect(xml).toContain('<autoFilter ref="A1:A2"/>')
  expect(xml).toContain('width="23"')
  expect(part(bytes, 'docProps/core.xml')).toContain(
    '<dc:title>T &amp; U</dc:title><dc:subject>prod</dc:subject>',
  )
})

test('what a sheet cannot hold is an error that says where', async () => {
  await expect(
    renderBytes(options('xlsx'), { ...one('string', ['a', 'b'.repeat(32_768)]), title: 'Long' }),
  ).rejects.toMatchObject({
    code: 'OUTPUT',
    message:
      'xlsx: sheet "Long", row 3, column "c": a value of 32768 characters, and an xlsx cell holds 32767',
  })
  const [{ data }] = (await read(
    await renderBytes(options('xlsx'), one('string', ['b'.repeat(32_767)])),
  )) as [Sheet]
  expect(data[1]).toEqual(['b'.repeat(32_767)])
  const wide = { columns: Array.from({ length: 16_385 }, (_, i) => column(`c${i}`)), rows: [] }
  await expect(renderBytes(options('xlsx'), wide)).rejects.toMatchObject({
    code: 'OUTPUT',
    message: expect.stringContaining('more columns than a sheet holds (16,384)'),
  })
})

test('more rows than a sheet holds are an error', async () => {
  const renderer = createRenderer(options('xlsx'), async () => {})
  function* rows(): Generator<Value[]> {
    for (let i = 0; i < 1_048_576; i += 1) yield [null]
  }
  await expect(renderer.result({}, [column('a')], batchedRows(rows()))).rejects.toMatchObject({
    code: 'OUTPUT',
    message: expect.stringContaining('more rows than a sheet holds (1,048,575)'),
  })
})

test('a result that fails ends the workbook, whose last sheet says so', async () => {
  const chunks: Uint8Array[] = []
  const renderer = createRenderer(options('xlsx'), async chunk => void chunks.push(chunk as Uint8Array))
  await renderer.result({ title: 'Good' }, [column('a')], iterate([['x']]))
  await expect(
    renderer.result({ title: 'Bad' }, [column('a')], iterate([['y']], new Error('broken'))),
  ).rejects.toThrow('broken')
  await expect(renderer.result({}, [column('a')], iterate([['z']]))).rejects.toMatchObject({ code: 'OUTPUT' })
  await renderer.end()
  expect((await read(Buffer.concat(chunks))).map(({ sheet, data }) => [sheet, data.at(-1)])).toEqual([
    ['Good', ['x']],
    ['INCOMPLETE Bad', ['y']],
  ])
})

test('a row of totals is a formula with its value, below the filter', async () => {
  const money = { kind: 'money', currency: 'USD' } as const
  const columns = withFormats(
    [
      column('id'),
      column('cost', 'number'),
      column('n'),
      column('long'),
      column('mixed'),
      column('ok', 'boolean'),
    ],
    ['cost', 'n', 'long', 'mixed', 'ok'].map(name => ({
      name,
      format: name === 'cost' ? money : undefined,
      total: true,
    })),
  )
  const rows: Value[][] = [
    ['a', 0.1, 1, 9007199254740993n, 1, 1],
    ['b', 0.2, 2, 1n, 'x', 0],
    ['c', null, null, null, null, null],
  ]
  const bytes = await renderBytes(options('xlsx'), { columns, rows })
  const [{ data }] = (await read(bytes)) as [Sheet]
  expect(data.at(-1)).toEqual(['Total', 0.3, 3, '9007199254740994', null, null])
  const xml = sheetXml(bytes)
  expect(xml).toMatch(/<c r="B5" s="\d+"><f>SUBTOTAL\(109,B2:B4\)<\/f><v>0\.3<\/v><\/c>/)
  expect(xml).toMatch(/<c r="C5" s="\d+"><f>SUBTOTAL\(109,C2:C4\)<\/f><v>3<\/v><\/c>/)
  expect(xml.match(/<f>/g)).toHaveLength(2)
  expect(xml).toContain('<autoFilter ref="A1:F4"/>')
  const styles = part(bytes, 'xl/styles.xml')
  const formats = [...styles.split('<cellXfs')[1]!.matchAll(/<xf numFmtId="(\d+)" fontId="(\d)"/g)]
  const styleOf = (ref: string): string[] =>
    formats[Number(new RegExp(`r="${ref}" s="(\\d+)"`).exec(xml)![1])]!.slice(1)
  expect(styleOf('B5')).toEqual([styleOf('B2')[0], '1'])
  expect(styles).toContain(`count="${formats.length}"`)
  const none = await renderBytes(options('xlsx'), { columns, rows: [] })
  expect(((await read(none)) as [Sheet])[0].data).toHaveLength(1)
})

test('rows are handed on as they come', async () => {
  const state = { written: 0, most: 0 }
  const renderer = createRenderer(options('xlsx'), async chunk => void (state.written += chunk.length))
  function* rows(): Generator<Value[]> {
    for (let i = 0; i < 50_000; i += 1) {
      if (i === 40_000) state.most = state.written
      yield [i, `text ${Math.sin(i)}`]
    }
  }
  await renderer.result({}, [column('n', 'integer'), column('s', 'string')], batchedRows(rows()))
  expect(state.most).toBeGreaterThan(100_000)
})
