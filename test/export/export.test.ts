import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder } from '../cli/support.ts'
import { exported, filesOf, lake, rowsOf, TWO, typesOf } from './lake.ts'

const TOPICS = 'lake.s.topics'
const BY = ['--partition-by', 'environment,cluster']
const FILES = [
  'environment=env-1/cluster=lkc-1/part-0.parquet',
  'environment=env-1/cluster=lkc-2/part-0.parquet',
  'environment=env-2/cluster=lkc-3/part-0.parquet',
]

describe.concurrent('export', () => {
  it('writes a file for each parent, in folders of its keys and columns, by one call each', async () => {
    const api = await lake(TWO)
    const dir = join(folder(), 'new/topics')
    const outcome = await exported(api, [TOPICS, '--out', dir, ...BY])
    expect(outcome).toMatchObject({ status: 0, stdout: '' })
    expect(outcome.stderr).toMatch(/^3 files, 4 rows written to .*topics\n$/m)
    expect(filesOf(dir)).toEqual(['_SUCCESS', ...FILES])
    expect(await rowsOf(join(dir, FILES[1]!))).toEqual([
      { name: 'users', created_at: new Date('2026-10-02T00:00:00Z'), size: 5n, cluster_id: 'lkc-2' },
      { name: 'logs', created_at: new Date('2026-10-03T00:00:00Z'), size: 4n, cluster_id: 'lkc-2' },
    ])
    // the lists of clusters run side by side, in any order
    expect([...api.asked].sort()).toEqual([
      ...['lkc-1', 'lkc-2', 'lkc-3'].map(id => `/clusters/${id}/topics?page_size=400`),
      '/clusters?environment=env-1',
      '/clusters?environment=env-2',
      '/environments',
    ])
  })

  it('leaves a column out of the files if it is a level, and needs no parent for one that is none', async () => {
    const api = await lake(TWO)
    const dir = join(folder(), 'topics')
    await exported(api, [TOPICS, '--out', dir, '--partition-by', 'cluster_id,name', '-o', 'csv'])
    expect(filesOf(dir)).toContain('cluster_id=lkc-2/name=logs/part-0.csv')
    expect(readFileSync(join(dir, 'cluster_id=lkc-2/name=logs/part-0.csv'), 'utf8')).toBe(
      'created_at,size\n2026-10-03T00:00:00Z,4\n',
    )
    const other = join(folder(), 'clusters')
    await exported(api, ['lake.s.clusters', '--out', other, '--partition-by', 'cloud', '-o', 'ndjson'])
    const lines = readFileSync(join(other, 'cloud=GCP/part-0.ndjson'), 'utf8').trimEnd().split('\n')
    expect(lines.toSorted()).toEqual([
      '{"id":"lkc-2","environment":"env-1"}',
      '{"id":"lkc-3","environment":"env-2"}',
    ])
  })

  it('tells a partition that fails, writes the others, and completes with --resume what is missing', async () => {
    const api = await lake({ 'env-1': { ...TWO['env-1'], 'lkc-2': 500 }, 'env-2': TWO['env-2']! })
    const dir = folder()
    const args = [TOPICS, '--out', dir, ...BY]
    const first = await exported(api, args)
    expect(first.status).toBe(1)
    expect(first.stderr).toMatch(/^error: environment=env-1\/cluster=lkc-2: .*500/m)
    expect(first.stderr).toContain('not complete: run it again with --resume')
    expect(filesOf(dir)).toEqual([FILES[0], FILES[2]])
    api.data = TWO
    api.asked.length = 0
    const second = await exported(api, [...args, '--resume'])
    expect(second.status).toBe(0)
    expect(second.stderr).toContain('1 file, 2 rows written')
    expect(api.asked.filter(path => path.includes('topics'))).toEqual([
      '/clusters/lkc-2/topics?page_size=400',
    ])
    expect(filesOf(dir)).toEqual(['_SUCCESS', ...FILES])
    api.asked.length = 0
    expect(await exported(api, [...args, '--resume'])).toMatchObject({
      status: 0,
      stderr: `notice: ${dir} is complete already\n`,
    })
    expect(api.asked).toEqual([])
  })

  it('ends with 4 if some partitions only cannot be reached, and with 2 or 1 if nothing could be written', async () => {
    const api = await lake({ 'env-1': { ...TWO['env-1'], 'lkc-2': 403 }, 'env-2': { 'lkc-3': 404 } })
    const dir = folder()
    const { status, stderr } = await exported(api, [TOPICS, '--out', dir, ...BY])
    expect(status).toBe(4)
    expect(stderr).toMatch(/^error: environment=env-1\/cluster=lkc-2: .*403/m)
    expect(stderr).toMatch(/^error: environment=env-2\/cluster=lkc-3: .*404/m)
    expect(filesOf(dir)).toEqual([FILES[0]])
    const none = await exported(api, [TOPICS, '--out', folder(), ...BY], { LAKE_KEY: 'other' })
    expect(none).toMatchObject({ status: 1, stderr: expect.stringContaining('401') })
  })

  it('gives the files of a data set the same types, whatever values are found later', async () => {
    const api = await lake({
      'env-1': {
        'lkc-1': [['orders', '2026-10-01T00:00:00Z']],
        'lkc-2': [],
        'lkc-3': [['users', '2026-10-01T00:00:00.123456789Z']],
      },
    })
    const dir = folder()
    const { status } = await exported(api, [TOPICS, '--out', dir, '--partition-by', 'cluster'])
    expect(status).toBe(0)
    const types = ['lkc-1', 'lkc-2', 'lkc-3'].map(id => typesOf(join(dir, `cluster=${id}/part-0.parquet`)))
    expect(types[0]).toContain('created_at TIMESTAMP NANOS')
    expect(types[1]).toEqual(types[0])
    expect(types[2]).toEqual(types[0])
    expect(await rowsOf(join(dir, 'cluster=lkc-2/part-0.parquet'))).toEqual([])
  })

  it('fails a partition with a value that does not have the declared type, and leaves the types of the others', async () => {
    const api = await lake({
      'env-1': {
        'lkc-1': [['orders', '2026-10-01T00:00:00Z']],
        'lkc-2': [['users', 'never']],
        'lkc-3': [['logs', '2026-10-01T00:00:00Z']],
      },
    })
    const dir = folder()
    const { status, stderr } = await exported(api, [TOPICS, '--out', dir, '--partition-by', 'cluster'])
    expect(status).toBe(1)
    expect(stderr).toContain(
      'the column created_at is of type timestamp, and the API answered with the value never',
    )
    expect(stderr).toContain('CAST(… AS TEXT)')
    expect(filesOf(dir)).toEqual(['cluster=lkc-1/part-0.parquet', 'cluster=lkc-3/part-0.parquet'])
    for (const id of ['lkc-1', 'lkc-3'])
      expect(typesOf(join(dir, `cluster=${id}/part-0.parquet`))).toContain('created_at TIMESTAMP MICROS')
  })

  it('keeps the types over an interrupted run', async () => {
    const nanos = [['users', '2026-10-01T00:00:00.123456789Z']] as const
    const api = await lake({ 'env-1': { 'lkc-1': nanos, 'lkc-2': 500 } })
    const dir = folder()
    const args = [TOPICS, '--out', dir, '--partition-by', 'cluster']
    expect((await exported(api, args)).status).toBe(1)
    api.data = { 'env-1': { 'lkc-1': nanos, 'lkc-2': [['logs', '2026-10-03T00:00:00Z']] } }
    expect((await exported(api, [...args, '--resume'])).status).toBe(0)
    expect(typesOf(join(dir, 'cluster=lkc-2/part-0.parquet'))).toContain('created_at TIMESTAMP NANOS')
  })

  it('routes the rows of a statement to folders that Hive, Spark and DuckDB decode', async () => {
    const api = await lake(TWO)
    const dir = folder()
    const texts = [
      'a/b=c',
      '..',
      'ünï €',
      '100%',
      'NULL',
      '__HIVE_DEFAULT_PARTITION__',
      "l'\n*",
      'A',
      'a',
      'end.',
    ]
    const values = texts.map((text, i) => `(${i}, '${text.replaceAll("'", "''")}')`).join(', ')
    const sql = `SELECT column1 AS n, column2 AS part FROM (VALUES ${values}, (10, NULL))`
    const { status } = await exported(api, [sql, '--out', dir, '--partition-by', 'PART', '-o', 'csv'])
    expect(status).toBe(0)
    const names = filesOf(dir).filter(name => name !== '_SUCCESS')
    expect(names).toContain('PART=__HIVE_DEFAULT_PARTITION__/part-0.csv')
    expect(names).toContain('PART=ünï €/part-0.csv')
    const read = names.map(name => {
      const value = name.slice(5, name.indexOf('/'))
      const [, n] = readFileSync(join(dir, name), 'utf8').trimEnd().split('\n')
      return [Number(n), value === '__HIVE_DEFAULT_PARTITION__' ? null : decodeURIComponent(value)] as const
    })
    expect(read.toSorted((a, b) => a[0] - b[0]).map(([, value]) => value)).toEqual([...texts, null])
  })

  it.each([
    ["SELECT 1 AS n, '' AS part", 'part', 1, /^error: the partition column part has an empty text/],
    ['SELECT 1 AS part', 'part', 2, /^error: all columns are partition columns/],
    ['SELECT 1 AS n', 'm', 2, /^error: --partition-by m: no column of that name/],
    ['SELECT 1 AS n, 2 AS n', 'n', 2, /^error: --partition-by n: the result has 2 columns/],
    ['SHOW SERVICES IN lake', 'n', 2, /^error: export takes a table or a SELECT/],
  ])('refuses %s by %s', async (sql, by, status, message) => {
    const api = await lake(TWO)
    const dir = folder()
    const outcome = await exported(api, [sql, '--out', dir, '--partition-by', by])
    expect(outcome.stderr).toMatch(message)
    expect(outcome.status).toBe(status)
    expect(filesOf(dir)).toEqual([])
    expect(api.asked).toEqual([])
  })

  it('tells a file that is gone from a complete export, and leaves no file of a unit that is no more', async () => {
    const api = await lake(TWO)
    const dir = folder()
    const args = [TOPICS, '--out', dir, ...BY]
    expect(await exported(api, args)).toMatchObject({ status: 0 })
    rmSync(join(dir, FILES[1]!))
    const refused = await exported(api, [...args, '--resume'])
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining(`not ${FILES[1]}`) })
    expect(filesOf(dir)).toEqual(['_SUCCESS', FILES[0], FILES[2]])
    rmSync(join(dir, '_SUCCESS'))
    // as if a run had been killed while it wrote a cluster that was deleted since
    const old = 'environment=env-1/cluster=lkc-0'
    mkdirSync(join(dir, old))
    writeFileSync(join(dir, old, 'part-0.parquet'), 'old')
    appendFileSync(
      join(dir, '_confluentql_export'),
      `${JSON.stringify({ unit: old, begun: `${old}/part-0.parquet` })}\n`,
    )
    expect(await exported(api, [...args, '--resume'])).toMatchObject({ status: 0 })
    expect(filesOf(dir)).toEqual(['_SUCCESS', ...FILES])
  })

  it('touches no folder with other files, no other export, and none that another run writes to', async () => {
    const api = await lake(TWO)
    const foreign = folder()
    writeFileSync(join(foreign, 'mine.txt'), 'mine')
    for (const more of [[], ['--resume']]) {
      const refused = await exported(api, [TOPICS, '--out', foreign, ...BY, ...more])
      expect(refused).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/^error: .* is not empty: it has mine\.txt\n/),
      })
    }
    expect(filesOf(foreign)).toEqual(['mine.txt'])
    const dir = folder()
    await exported(api, [TOPICS, '--out', dir, ...BY])
    const before = filesOf(dir)
    api.asked.length = 0
    const again = await exported(api, [TOPICS, '--out', dir, ...BY])
    expect(again).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: .* has an export already\n/),
    })
    for (const [args, what] of [
      [[TOPICS, '--partition-by', 'cluster'], '--partition-by was environment, cluster, and is cluster'],
      [[`SELECT * FROM ${TOPICS} WHERE size > 1`, '--partition-by', 'name'], 'the statement was SELECT'],
      [[TOPICS, ...BY, '-o', 'csv'], 'the format was parquet, and is csv'],
    ] as const) {
      const refused = await exported(api, [...args, '--out', dir, '--resume'])
      expect(refused).toMatchObject({
        status: 1,
        stderr: expect.stringContaining(`has another export: ${what}`),
      })
    }
    const busy = folder()
    mkdirSync(busy, { recursive: true })
    writeFileSync(join(busy, '_confluentql_lock'), '1@another machine')
    const locked = await exported(api, [TOPICS, '--out', busy, ...BY])
    expect(locked).toMatchObject({ status: 1, stderr: expect.stringContaining('another run writes to') })
    expect(filesOf(dir)).toEqual(before)
    expect(api.asked).toEqual([])
  })

  it('removes what an earlier attempt at the same statement wrote and the rows of now do not have', async () => {
    const api = await lake(TWO)
    const dir = folder()
    const args = [`SELECT * FROM ${TOPICS}`, '--out', dir, '--partition-by', 'name', '-o', 'csv']
    // the process ends after its first file
    mkdirSync(join(dir, 'name=logs'))
    await exported(api, [...args.slice(0, 2), `${dir}2`, ...args.slice(3)])
    const [subject] = readFileSync(join(`${dir}2`, '_confluentql_export'), 'utf8').split('\n')
    writeFileSync(
      join(dir, '_confluentql_export'),
      `${subject}\n{"unit":"","begun":"name=logs/part-0.csv"}\n{"unit":"","begun":"name=us`,
    )
    writeFileSync(join(dir, 'name=logs/part-0.csv'), 'old')
    writeFileSync(join(dir, 'name=logs/notes.txt'), 'mine')
    api.data = { 'env-1': { 'lkc-1': TWO['env-1']!['lkc-1']! } }
    expect((await exported(api, [...args, '--resume'])).status).toBe(0)
    expect(filesOf(dir)).toEqual(['_SUCCESS', 'name=logs/notes.txt', 'name=orders/part-0.csv'])
  })

  it('adds a level for several profiles; one that cannot log in leaves the others', async () => {
    const api = await lake(TWO)
    const home = folder()
    const profile = (name: string, key: string): string =>
      `  ${name}:\n    endpoints: { main: '${api.url}' }\n    credentials: [{ for: main, key: ${key}, secret: k }]\n`
    writeFileSync(join(home, 'config.yaml'), `profiles:\n${profile('prod', 'k')}${profile('stage', 'x')}`, {
      mode: 0o600,
    })
    const dir = folder()
    const args = [TOPICS, '--out', dir, '--partition-by', 'cluster', '--config', join(home, 'config.yaml')]
    const first = await exported(api, [...args, '--profiles', 'all'])
    expect(first.stderr).toMatch(/^error: profile=stage: .*401/m)
    expect(first.status).toBe(1)
    const files = ['lkc-1', 'lkc-2', 'lkc-3'].map(id => `profile=prod/cluster=${id}/part-0.parquet`)
    expect(filesOf(dir)).toEqual(files)
    expect(Object.keys((await rowsOf(join(dir, files[0]!)))[0]!)).toEqual([
      'name',
      'created_at',
      'size',
      'cluster_id',
    ])
    writeFileSync(join(home, 'config.yaml'), `profiles:\n${profile('prod', 'k')}${profile('stage', 'k')}`, {
      mode: 0o600,
    })
    expect((await exported(api, [...args, '--all-profiles', '--resume'])).status).toBe(0)
    expect(filesOf(dir)).toEqual(['_SUCCESS', ...files, ...files.map(f => f.replace('prod', 'stage'))])
  })
})
