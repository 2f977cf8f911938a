import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { readRule, ruleLine, ruleLines, withRule } from '../../src/cli/script/format-rules.ts'
import type { FormatRule } from '../../src/render/column-format.ts'
import { cli, folder } from './support.ts'

const ROWS = `
CREATE TABLE t (id TEXT, cost, bytes_in, share, n, p, at TEXT, naked TEXT);
INSERT INTO t VALUES
  ('a', 1234.565, 1536, 0.1234, 9007199254740993, 1.0005, '2026-10-25T00:30:00Z', '2026-10-25 00:30:00'),
  ('b', -3.2, 1048575, -0.5, -1234567.25, NULL, '2026-10-25T01:30:00.123Z', '2026-10-25'),
  ('c', NULL, 1023, 1, 0, -0.0004, '2026-07-01T12:00:00+05:00', NULL),
  ('d', 'free', -2048, NULL, 1e-7, 12, '2026-02-01T12:00:00Z', 'x');
`
const FORMATS = `
.format * local
.format COST money
.format b* bytes
.format share percent
.format n thousands
.format p 3
`
const SELECT = 'SELECT * FROM t;\n'
const berlin = { env: { TZ: 'Europe/Berlin' } }

describe.concurrent('.format', () => {
  it('shows numbers and times in tables, and says the zone', async () => {
    const { stdout } = await cli([`${FORMATS}${ROWS}${SELECT}`], berlin)
    expect(stdout).toBe(`\
 id | cost      | bytes_in |  share |                     n |      p | at                          | naked
----+-----------+----------+--------+-----------------------+--------+-----------------------------+---------------------
 a  | $1,234.57 |  1.5 KiB |  12.3% | 9,007,199,254,740,993 |  1.001 | 2026-10-25 02:30:00 CEST    | 2026-10-25 00:30:00
 b  | -$3.20    |  1.0 MiB | -50.0% |         -1,234,567.25 |   NULL | 2026-10-25 02:30:00.123 CET | 2026-10-25
 c  | NULL      |  1,023 B | 100.0% |                     0 |  0.000 | 2026-07-01 09:00:00 CEST    | NULL
 d  | free      | -2.0 KiB |   NULL |                  1e-7 | 12.000 | 2026-02-01 13:00:00 CET     | x
`)
  })

  it('leaves a time as it is whose year has five digits on the local clock', async () => {
    const never = "SELECT '9999-12-31T23:59:59Z' AS at, '9999-12-31T22:59:59Z' AS last"
    const { stdout } = await cli([`.format * local\n${never}`], berlin)
    expect(stdout.split('\n')[2]).toBe(' 9999-12-31T23:59:59Z | 9999-12-31 23:59:59 CET')
  })

  it('changes nothing in the formats of programs', async () => {
    for (const format of ['json', 'ndjson', 'csv', 'tsv', 'text', 'pptext']) {
      const [plain, formatted] = await Promise.all(
        ['', FORMATS].map(formats => cli([`${formats}${ROWS}${SELECT}`, '-o', format], berlin)),
      )
      expect(formatted).toEqual(plain)
    }
    const parquet = await Promise.all(
      ['', FORMATS].map(async formats => {
        const file = join(folder('format'), 't.parquet')
        await cli([`${formats}${ROWS}${SELECT}`, '--out', file], berlin)
        return parquetReadObjects({ file: await asyncBufferFromFile(file) })
      }),
    )
    expect(parquet[0]).toHaveLength(4)
    expect(parquet[1]).toEqual(parquet[0])
  })

  it('is the format of cells in xlsx, whose values stay numbers and times', async () => {
    const file = join(folder('format'), 't.xlsx')
    await cli([`${FORMATS}${ROWS}${SELECT}`, '--out', file], berlin)
    const parts = unzipSync(readFileSync(file))
    const codes = [...strFromU8(parts['xl/styles.xml']!).matchAll(/formatCode="([^"]*)"/g)].map(m =>
      m[1]!.replaceAll('&quot;', '"'),
    )
    const sheet = strFromU8(parts['xl/worksheets/sheet1.xml']!)
    const cell = (ref: string): readonly unknown[] => {
      const [, style = '0', value] =
        new RegExp(`<c r="${ref}"(?: s="(\\d+)")?(?: t="\\w+")?>(?:<v>|<is><t>)([^<]*)`).exec(sheet) ?? []
      return [value, Number(style) < 8 ? undefined : codes[Number(style) - 5]]
    }
    expect(['B2', 'B3', 'C2', 'D2', 'E2', 'E3', 'E4', 'F5', 'G2', 'G3', 'H2'].map(cell)).toEqual([
      ['1234.565', String.raw`"$"#,##0.00;\-"$"#,##0.00`],
      ['-3.2', String.raw`"$"#,##0.00;\-"$"#,##0.00`],
      ['1536', '#,##0" B"'],
      ['0.1234', '0.0%'],
      ['9007199254740993', undefined],
      ['-1234567.25', '#,##0.0##########'],
      ['0', '#,##0'],
      ['12', '0.000'],
      [expect.stringMatching(/^46320\.104166/), String.raw`yyyy\-mm\-dd\ hh:mm:ss" CEST"`],
      [expect.stringMatching(/^46320\.10416/), String.raw`yyyy\-mm\-dd\ hh:mm:ss.000" CET"`],
      ['2026-10-25 00:30:00', undefined],
    ])
  })

  it('shows in html the format, and keeps the value for sorting', async () => {
    const file = join(folder('format'), 't.html')
    await cli([`${FORMATS}${ROWS}${SELECT}`, '--out', file], berlin)
    const html = readFileSync(file, 'utf8')
    expect(html).toContain('<td class="num" title="1234.565">$1,234.57</td>')
    expect(html).toContain('<td class="time" title="2026-10-25T00:30:00Z">2026-10-25 02:30:00 CEST</td>')
  })

  it('is checked before the first statement runs, and lists what is set', async () => {
    const { status, stdout, stderr } = await cli(['SELECT 1 AS a;\n.format a monney'])
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(
      /^error: 2:1: \.format takes decimals, .* or total, not "monney"; did you mean "money"\?\n/,
    )
    const listed = await cli(['.format a money eur\n.format b* bytes 2\n.format\n.format c\nSELECT 1 AS a'])
    expect(listed.stderr).toBe('a: money EUR\nb*: bytes 2\nc: off\n')
    expect(listed.stdout).toMatch(/€1\.00/)
  })
})

it('a rule for a name precedes patterns; off keeps a column as it is', () => {
  const rules = [
    ['*', 'thousands'],
    ['cost', 'money', '4'],
    ['year', 'off'],
    ['gone', '2'],
    ['Gone', 'off'],
  ]
    .map(args => readRule('.format', args))
    .reduce<readonly FormatRule[]>((all, rule) => withRule(all, rule), [])
  expect(ruleLines(rules, undefined)).toEqual(['*: thousands', 'cost: money USD 4', 'year: off', 'Gone: off'])
  expect(withRule(rules, readRule('.format', ['*', 'off']))).toEqual([])
  expect(ruleLine(readRule('.format', ['a', 'total']))).toBe('a: total')
  expect(ruleLine(readRule('.format', ['a', '2', 'total']))).toBe('a: decimals 2 total')
  for (const wrong of [
    'decimals',
    'decimals x',
    '99',
    'money XYZ',
    'money EUR 2 3',
    'local 2',
    'off total',
    'utc total',
    'percent 1 1',
  ])
    expect(() => readRule('.format', ['a', ...wrong.split(' ')]), wrong).toThrow(/^\.format takes /)
})
