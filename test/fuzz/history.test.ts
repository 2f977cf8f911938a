import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { compare } from '../../src/cli/diff/compare.ts'
import { parquetReader, parquetWriter } from '../../src/cli/snapshot/parquet.ts'
import { sqliteReader } from '../../src/cli/snapshot/sqlite-reader.ts'
import { sqliteWriter } from '../../src/cli/snapshot/sqlite-writer.ts'
import type { Reader, Writer } from '../../src/cli/snapshot/store.ts'
import { batchedRows, rowsOf, type Row } from '../../src/engine/result.ts'
import type { ResultColumn } from '../../src/render/types.ts'
import { folder } from '../support/cleanup.ts'
import { Random } from './random.ts'

/*
 * Random histories of two tables, kept in a SQLite file and in a folder of Parquet files, compared with copies in memory: what
 * each snapshot has, and what changed between them, found by comparing the copies as plain values.
 */

interface Copy {
  readonly at: string
  readonly columns: readonly ResultColumn[]
  readonly rows: readonly Row[]
}

/** Copies of each table, by name, the oldest first. */
type Copies = Map<string, Copy[]>

const TYPES: Readonly<Record<string, ResultColumn['type']>> = {
  id: 'string',
  part: 'integer',
  name: 'string',
  note: 'string',
  size: 'number',
  sum: 'any',
  count: 'integer',
  ok: 'boolean',
  spec: 'json',
}

function valueOf(type: ResultColumn['type'], r: Random): Row[number] {
  if (r.chance(0.12)) return null
  switch (type) {
    case 'integer':
      return r.chance(0.1) ? 9_007_199_254_740_993n : r.int(0, 5)
    case 'any':
      return r.pick([1, 2, 2, 2, 3, 3, 0.5])
    case 'number':
      return r.pick([0, 1, 1.5, -2.25, 1e21])
    case 'boolean':
      return r.int(0, 1)
    case 'json':
      return r.pick(['{"a":1,"b":[1,2]}', '{"b":[1,2],"a":1}', '{"a":1,"b":[2]}', '{}', '[1,{"x":null}]'])
    default:
      return r.pick(['', 'a', 'A', '••••••', "it's", '5', '5.0', '{"k":1}', '[1', 'ü\n"x"', 'a\u0000b'])
  }
}

/** A value as plain data: JSON values by content, numbers by value. */
function plain(value: Row[number], type: ResultColumn['type']): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : `n${value}`
  if (type === 'boolean' && typeof value === 'number') return value === 1
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value
  try {
    return { json: sorted(JSON.parse(value)) }
  } catch {
    return value
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  )
}

const textOf = (row: Row, columns: readonly ResultColumn[], names: readonly string[]): string[] =>
  names.map(name => {
    const place = columns.findIndex(c => c.name === name)
    return JSON.stringify(plain(row[place]!, columns[place]!.type))
  })

/** What changed, as texts; or that a key is repeated or missing. */
function expected(copies: readonly Copy[], key: readonly string[]): string[] | 'no key' {
  const named = copies.map(copy => {
    if (key.some(k => !copy.columns.some(c => c.name === k))) return undefined
    const rows = new Map(copy.rows.map(row => [textOf(row, copy.columns, key).join(' '), row]))
    return rows.size === copy.rows.length ? rows : undefined
  })
  if (named.includes(undefined)) return 'no key'
  const found: string[] = []
  for (const [i, copy] of copies.entries()) {
    const last = copies[i - 1]
    if (last === undefined) continue
    const [before, after] = [named[i - 1]!, named[i]!]
    const names = (c: Copy): string[] => c.columns.map(column => column.name)
    for (const name of names(last)) if (!names(copy).includes(name)) found.push(`${copy.at} without ${name}`)
    for (const name of names(copy)) if (!names(last).includes(name)) found.push(`${copy.at} with ${name}`)
    const common = names(last).filter(name => names(copy).includes(name) && !key.includes(name))
    for (const [k, row] of before) {
      const next = after.get(k)
      if (next === undefined) {
        found.push(`${copy.at} removed ${k}`)
        continue
      }
      const [a, b] = [textOf(row, last.columns, common), textOf(next, copy.columns, common)]
      const changed = common.filter((_, at) => a[at] !== b[at])
      if (changed.length > 0) found.push(`${copy.at} changed ${k}: ${changed.toSorted().join(' ')}`)
    }
    for (const k of after.keys()) if (!before.has(k)) found.push(`${copy.at} added ${k}`)
  }
  return found.toSorted()
}

/** The same from what a reader finds. */
async function shown(reader: Reader, table: string, key: readonly string[]): Promise<string[] | 'no key'> {
  const found: string[] = []
  const { signal } = new AbortController()
  const keyText = (cells: readonly string[]): string =>
    cells
      .map(cell => {
        const value = JSON.parse(/^-?\d{16,}$/.test(cell) ? `"n${cell}"` : cell) as unknown
        return JSON.stringify(typeof value === 'object' && value !== null ? { json: value } : value)
      })
      .join(' ')
  try {
    for await (const { at, old, now } of reader.steps(table, key, signal)) {
      const result = await compare(old, async () => now, { key, ignore: [] }, signal)
      for (const name of result.onlyOld) found.push(`${at} without ${name}`)
      for (const name of result.onlyNew) found.push(`${at} with ${name}`)
      for (const change of result.changes()) {
        const parts = new Set(change.cells.map(c => c.column.replace(/[.[].*$/, '')))
        const which = change.kind === 'changed' ? `: ${[...parts].toSorted().join(' ')}` : ''
        found.push(`${at} ${change.kind} ${keyText(change.key)}${which}`)
      }
      result.close()
    }
  } catch (error) {
    expect((error as Error).message).toMatch(/several rows of|has no column/)
    return 'no key'
  }
  return found.toSorted()
}

/** Makes the next state of a table from the last: rows removed, added again, changed; columns added, removed, of other types. */
function edited(last: Copy | undefined, at: string, r: Random, mayRepeat: boolean): Copy {
  let columns =
    last?.columns ?? ['id', 'part', 'name', 'size', 'sum'].map(name => ({ name, type: TYPES[name]! }))
  if (last !== undefined && r.chance(0.15)) {
    const name = r.pick(['note', 'count', 'ok', 'spec'])
    columns = columns.some(c => c.name === name)
      ? columns.filter(c => c.name !== name)
      : [...columns, { name, type: TYPES[name]! }]
  }
  if (r.chance(0.05)) columns = columns.toReversed()
  if (r.chance(0.05))
    columns = columns.map(c =>
      c.name === 'count' ? { ...c, type: r.pick(['integer', 'boolean', 'string'] as const) } : c,
    )
  const made = (row: Row | undefined): Row =>
    columns.map(({ name, type }) => {
      const place = last?.columns.findIndex(c => c.name === name && c.type === type) ?? -1
      const value = row === undefined || place < 0 || r.chance(0.08) ? valueOf(type, r) : row[place]!
      if (name === 'id' && (row === undefined || place < 0)) return r.chance(0.05) ? null : `k${r.int(0, 12)}`
      return name === 'id' && row !== undefined ? row[place]! : value
    })
  let rows = (last?.rows ?? []).filter(() => r.chance(0.9)).map(made)
  for (let i = r.int(0, 4); i > 0; i--) rows.push(made(undefined))
  if (r.chance(0.1)) rows = []
  if (r.chance(0.2)) rows = rows.toReversed()
  if (!mayRepeat) {
    const seen = new Set<unknown>()
    const id = columns.findIndex(c => c.name === 'id')
    rows = rows.filter(row => !seen.has(row[id]!) && seen.add(row[id]!))
  } else if (rows.length > 0 && r.chance(0.1)) rows.push(rows[0]!)
  return { at, columns, rows }
}

async function write(writer: Writer, table: string, copy: Copy): Promise<void> {
  await writer.write(table, { title: table }, { columns: copy.columns, rows: batchedRows(copy.rows) })
}

/** A run that fails in the middle of its second table. */
async function fail(writer: Writer, copy: Copy): Promise<void> {
  await write(writer, 'one', copy)
  const rows = rowsOf(async function* () {
    yield copy.rows
    throw new Error('the API failed')
  })
  await expect(writer.write('two', { title: 'two' }, { columns: copy.columns, rows })).rejects.toThrow(
    'the API failed',
  )
  await writer.abort()
}

async function run(
  seed: number,
  open: (at: Date) => Writer | Promise<Writer>,
  isByDay: boolean,
): Promise<Copies> {
  const r = new Random(seed)
  const mayRepeat = r.chance(0.3)
  const copies: Copies = new Map([
    ['one', []],
    ['two', []],
  ])
  const last = new Map<string, Copy>()
  let time = Date.UTC(2026, 0, 1)
  for (let i = 0; i < 14; i++) {
    time += 3_600_000 * r.int(0, 40) + 1
    const at = new Date(time)
    const label = isByDay ? at.toISOString().slice(0, 10) : at.toISOString()
    if (r.chance(0.1)) {
      await fail(await open(at), edited(last.get('one'), label, r, mayRepeat))
      continue
    }
    const writer = await open(at)
    const tables = r.chance(0.2) ? [r.pick(['one', 'two'])] : ['one', 'two']
    for (const table of tables) {
      const copy = edited(last.get(table), label, r, mayRepeat)
      await write(writer, table, copy)
      last.set(table, copy)
      copies.set(table, [...copies.get(table)!.filter(c => c.at !== label), copy])
    }
    const oldest = r.chance(0.15) ? new Date(time - 86_400_000 * r.int(0, 6)) : undefined
    const before = new Set([...copies.values()].flat().map(c => c.at))
    const limit = oldest?.toISOString().slice(0, isByDay ? 10 : undefined) ?? ''
    for (const [table, all] of copies)
      copies.set(
        table,
        all.filter(c => c.at >= limit),
      )
    const after = new Set([...copies.values()].flat().map(c => c.at))
    expect(await writer.commit(oldest)).toBe(before.size - after.size)
  }
  return copies
}

async function checkHistory(reader: Reader, copies: Copies): Promise<void> {
  for (const [table, all] of copies) {
    expect(reader.tables().get(table) ?? []).toEqual(all.map(c => c.at))
    for (const key of [['id'], ['id', 'part'], ['id', 'spec']])
      expect(await shown(reader, table, key)).toEqual(expected(all, key))
  }
  reader.close()
}

/** The rows of a copy as SQLite should have them, with the types of their values; those of a column are integers if all can be. */
function stored({ columns, rows }: Copy): string[] {
  const whole = columns.map(
    ({ type }, i) =>
      type !== 'number' && rows.every(row => typeof row[i] !== 'number' || Number.isSafeInteger(row[i])),
  )
  return rows
    .map(row =>
      JSON.stringify(
        columns
          .map(({ name }, i): [string, string] => {
            const value = row[i]!
            const type =
              typeof value === 'bigint' || (typeof value === 'number' && whole[i]) ? 'integer' : typeof value
            return [name, `${value === null ? 'null' : type} ${String(value)}`]
          })
          .toSorted(),
      ),
    )
    .toSorted()
}

function read(db: Sqlite.Database, table: string, { at, columns }: Copy): string[] {
  const names = columns.map(c => c.name).toSorted()
  const rows = db
    .prepare(
      `SELECT ${names.map(n => `"${n}", typeof("${n}")`).join(', ')} FROM ${table} WHERE snapshot_at = ?`,
    )
    .raw()
  return (rows.all(at) as unknown[][])
    .map(row =>
      JSON.stringify(
        names.map((name, i) => [
          name,
          `${{ real: 'number', text: 'string', integer: 'integer', null: 'null' }[row[2 * i + 1] as 'text']} ${String(row[2 * i])}`,
        ]),
      ),
    )
    .toSorted()
}

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1)

describe('random histories', () => {
  it.each(SEEDS)('in a SQLite file: seed %i', async seed => {
    const file = join(folder(), 'a.db')
    const copies = await run(seed, at => sqliteWriter(file, () => at), false)
    const db = new Sqlite(file, { readonly: true })
    db.defaultSafeIntegers(true)
    for (const [table, all] of copies) {
      for (const copy of all) expect(read(db, table, copy)).toEqual(stored(copy))
      const versions = db.prepare(`SELECT count(*) FROM ${table}__versions`).pluck().get() as bigint
      expect(Number(versions)).toBeLessThanOrEqual(all.reduce((n, c) => n + c.rows.length, 0))
      // a column that a snapshot does not have is NULL in it
      for (const { at, columns } of all)
        for (const name of Object.keys(TYPES).filter(n => !columns.some(c => c.name === n)))
          if (db.prepare('SELECT 1 FROM pragma_table_info(?) WHERE name = ?').get(table, name))
            expect(
              db.prepare(`SELECT count("${name}") FROM ${table} WHERE snapshot_at = ?`).pluck().get(at),
            ).toBe(0n)
    }
    db.close()
    await checkHistory(sqliteReader(file), copies)
  })

  it.each(SEEDS)('in a folder of Parquet files: seed %i', async seed => {
    const dir = join(folder(), 'days')
    const copies = await run(seed, at => parquetWriter(dir, at, { stdout: process.stdout }), true)
    await checkHistory(parquetReader(dir, undefined), copies)
  })
})
