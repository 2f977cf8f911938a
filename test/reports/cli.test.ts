import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet'
import readSheets from 'read-excel-file/node'
import { expect, test } from 'vitest'
import { folder, sandboxed } from '../cli/support.ts'

const SCRIPT = fileURLToPath(new URL('../../docs/report.sql', import.meta.url))
const REPORT = ['-q', '-f', SCRIPT, '-v', 'from=2026-10-01', '-v', 'to=2026-11-01']
const dir = folder()
const path = (name: string): string => join(dir, name)

test('the report of the docs as a page and as a workbook', async () => {
  expect(await sandboxed([...REPORT, '--out', path('report.html')])).toMatchObject({
    status: 0,
    stdout: '',
    stderr: '',
  })
  const html = readFileSync(path('report.html'), 'utf8')
  expect(html.match(/<section/g)).toHaveLength(4)
  expect(html.match(/<svg viewBox/g)).toHaveLength(4)
  expect(html).toMatch(/<time datetime="[^"]+">[^<]+ UTC<\/time> · sandbox · 4 results/)
  expect(await sandboxed([...REPORT, '--out', path('report.xlsx')])).toMatchObject({
    status: 0,
    stdout: '',
    stderr: '',
  })
  const sheets = (await readSheets(path('report.xlsx'))) as unknown as { data: unknown[][] }[]
  expect(sheets.map(({ data }) => data[0])).toEqual([
    ['day', 'amount'],
    ['owner', 'keys'],
    ['cluster', 'topics', 'partitions'],
    ['id', 'email', 'expires_at', 'sent_by', 'creator'],
  ])
})

test('parquet holds what json holds', async () => {
  const sql =
    'SELECT id, email, created_at FROM (SELECT id, email, expires_at AS created_at FROM confluent.iam.invitations) ORDER BY id'
  const json = JSON.parse((await sandboxed(['-o', 'json', sql])).stdout) as { created_at: string }[]
  await sandboxed(['--out', path('i.parquet'), sql])
  const rows = await parquetReadObjects({ file: new Uint8Array(readFileSync(path('i.parquet'))).buffer })
  expect(rows.map(row => ({ ...row, created_at: (row.created_at as Date).getTime() }))).toEqual(
    json.map(row => ({ ...row, created_at: Date.parse(row.created_at) })),
  )
})

test('days of tables and views are dates in xlsx and Parquet, also through a table of the session', async () => {
  const day = "start_date = '2026-10-01' LIMIT 1"
  const queries = [
    `SELECT start_date AS a, end_date AS b FROM confluent.billing.costs WHERE ${day}`,
    `SELECT day AS a, day AS b FROM confluent.costs WHERE ${day.replace('start_date', 'day')}`,
    `CREATE TABLE t AS SELECT start_date AS a, end_date AS b FROM confluent.billing.costs WHERE ${day}; SELECT * FROM t`,
  ]
  for (const [i, sql] of queries.entries()) {
    const sheet = path(`days-${i}.xlsx`)
    await sandboxed([sql, '-q', '--out', sheet])
    const [{ data }] = (await readSheets(sheet)) as unknown as [{ data: unknown[][] }]
    expect(data[1]![0]).toEqual(new Date('2026-10-01T00:00:00Z'))
    await sandboxed([sql, '-q', '--out', path('days.parquet')])
    const file = new Uint8Array(readFileSync(path('days.parquet'))).buffer
    expect(parquetSchema(parquetMetadata(file)).children.map(c => c.element.logical_type?.type)).toEqual([
      'DATE',
      'DATE',
    ])
  }
  const { stdout } = await sandboxed(['DESCRIBE confluent.billing.costs', '-o', 'csv'])
  expect(stdout).toContain('start_date,date')
})

test('a chart, and what is none', async () => {
  const chart = await sandboxed(['-o', 'chart', "SELECT 'a' AS k, 2 AS n UNION ALL SELECT 'b', 1"], {
    env: { LC_ALL: 'C' },
  })
  expect(chart).toMatchObject({
    status: 0,
    stdout: `a ${'#'.repeat(76)} 2\nb ${'#'.repeat(38)} 1\n`,
    stderr: '',
  })
  const none = await sandboxed(['-o', 'chart', "SELECT 'a', 'b'"])
  expect(none).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/^error: a chart needs one column of labels/),
  })
})

test('two results are refused by parquet before anything runs, and a value too long for xlsx leaves no file', async () => {
  const two = await sandboxed(['--out', path('two.parquet'), 'SELECT 1; SELECT 2'])
  expect([two.status, two.stderr]).toEqual([1, expect.stringContaining('parquet holds one result')])
  const long = await sandboxed(['--out', path('long.xlsx'), "SELECT 1 AS a, printf('%40000s', 'x') AS b"])
  expect([long.status, long.stderr]).toEqual([
    1,
    expect.stringContaining('column "b": a value of 40000 characters'),
  ])
  expect(readdirSync(dir).filter(name => /two|long|tmp/.test(name))).toEqual([])
})
