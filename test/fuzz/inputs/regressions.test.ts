import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, describe, expect, it } from 'vitest'
import { readItems } from '../../../src/cli/script/items.ts'
import { isLike } from '../../../src/plan/statements/like.ts'
import { cli } from '../../cli/support.ts'
import { options, renderBytes } from '../../render/support.ts'
import { open, rowsOf } from './answers.ts'
import { checkSplices, openPlanner } from './splices.ts'

/* Inputs that the fuzz tests found, reduced. */

describe('dotted paths', async () => {
  const world = await open()
  afterAll(() => world.close())

  it.each([
    ['"', 'spec.""""'],
    ['a"b', 'spec."a""b"'],
    ['\\', 'spec."\\"'],
    ['a\\', 'spec."a\\"'],
    ['\\"', 'spec."\\"""'],
    ["'", 'spec."\'"'],
    ['$', 'spec."$"'],
    ['[0]', 'spec."[0]"'],
    ['a.b', 'spec."a.b"'],
    ['', 'spec.""'],
  ])('the key %j is found by %s', async (key, path) => {
    world.answer(JSON.stringify({ data: [{ id: 'x', spec: { [key]: { in: 'there' } } }] }))
    expect(await rowsOf(world.session, `SELECT ${path}."in" FROM p.s.things`)).toEqual([['there']])
    expect(
      await rowsOf(
        world.session,
        `SELECT id FROM p.s.things WHERE ${path}."in" = 'there' ORDER BY ${path}."in"`,
      ),
    ).toEqual([['x']])
  })
})

describe('SQL passed to SQLite', () => {
  const session = openPlanner()
  afterAll(() => session.close())

  it.each([
    ["SELECT level FROM fz.log.readings WHERE lower('2024-04-30') <= day AND day < '2024-05-03'"],
    ["SELECT level FROM fz.log.readings WHERE day >= +'2024-04-30' AND day < '2024-05-03' || ''"],
    ['SELECT CAST(owner.id AS TEXT) AS c1 FROM fz.main.keys'],
  ])('%s differs only in names and in constants that are replaced by their values', async sql => {
    expect(await checkSplices(sql, session)).toBe(true)
  })
})

describe('patterns of SHOW', () => {
  it.each([
    ['things_k', '%\u212a', false],
    ['things_k', '%K', true],
    ['ſ', 's', false],
    ['É', 'é', false],
  ])('%j LIKE %j: %s', (text, pattern, wanted) => {
    expect(isLike(text, pattern)).toBe(wanted)
  })
})

describe('script items', () => {
  it('a character of SQLite names does not end a statement before a command', () => {
    expect(() => readItems('\u00a0\\d x\na.b')).toThrow('unexpected character')
    expect(readItems('\u00a0.tables\na.b').items.map(i => i.kind)).toEqual(['statement'])
  })
})

describe('a damaged Parquet file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'confluentql-found-'))
  afterAll(() => rmSync(dir, { recursive: true }))

  /** A file with its first page overwritten, and the n-th occurrence of the first column's name changed. */
  const damaged = async (n: number): Promise<Buffer> => {
    const column = (name: string) => ({ name, type: 'string' as const })
    const bytes = await renderBytes(options('parquet'), {
      columns: [column('first_one'), column('second_one')],
      rows: [
        ['a', 'b'],
        ['c', 'd'],
      ],
    })
    let at = -1
    for (let i = 0; i < n; i++) at = bytes.indexOf('first_one', at + 1)
    if (at >= 0) bytes.write('first_two', at)
    return bytes.fill(0xff, 4, 30)
  }

  it.each([0, 1, 2])('is an error and does not end the program (%i)', async n => {
    const file = join(dir, `${n}.parquet`)
    writeFileSync(file, await damaged(n))
    const { status, stdout, stderr } = await cli(['diff', file, file])
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^error: cannot read .*\d\.parquet: .+\n$/)
    expect(stderr).not.toMatch(/undefined|bounds/)
  })

  /** The levels are runs of 100 values; the length of the first run is changed to two thousand million. */
  const endless = (): Buffer => {
    const data = Array.from({ length: 2000 }, (_, i) => (Math.floor(i / 100) % 2 === 0 ? 'a' : null))
    const bytes = Buffer.from(
      parquetWriteBuffer({ codec: 'UNCOMPRESSED', columnData: [{ name: 'x', data, type: 'STRING' }] }),
    )
    const runs = bytes.indexOf(Buffer.from([200, 1, 1, 200, 1, 0]))
    expect(runs).toBeGreaterThan(0)
    return Buffer.concat([
      bytes.subarray(0, runs),
      Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f, 1]),
      bytes.subarray(runs + 6),
    ])
  }
  /** The compressed data is one literal. Its changed length makes the reader jump back to it. */
  const circling = async (): Promise<Buffer> => {
    const bytes = await renderBytes(options('parquet'), {
      columns: [{ name: 'x', type: 'string' }],
      rows: [['0123456789abcdef']],
    })
    bytes.set([0xfc, 0xfa, 0xff, 0xff, 0xff], bytes.indexOf('0123456789') - 5)
    return bytes
  }

  it.each([
    ['runs', endless],
    ['literals', circling],
  ])('with endless %s is an error', async (name, make) => {
    const file = join(dir, `${name}.parquet`)
    writeFileSync(file, await make())
    expect(await cli(['diff', file, file])).toEqual({
      status: 2,
      signal: null,
      stdout: '',
      stderr: `error: cannot read ${file}: it is damaged\n`,
    })
  })
})
