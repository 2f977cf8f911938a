import { existsSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { openDatabase } from '../../engine/store/database.ts'
import { DEFAULT_MEMORY } from '../../engine/store/temporary.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { ResultColumn } from '../../render/types.ts'
import { cellOfValue } from '../diff/cell.ts'
import { SEPARATOR } from '../diff/compare.ts'
import type { Side } from '../diff/types.ts'
import { columnsIn, folded, LAST, LIST, quoted, versionsOf } from './sqlite-layout.ts'
import { AT, FROM, type Reader, repeatedKey, ROW, type Step, UNTIL, withoutKey } from './store.ts'

type Value = string | bigint | number | Buffer | null

/** A snapshot of a table, as it is listed. */
interface Entry {
  readonly at: string
  readonly name: string
  readonly columns: readonly ResultColumn[]
}

/** Opens a SQLite file of snapshots, read-only. @throws ConfluentqlError USAGE */
export function sqliteReader(file: string): Reader {
  if (!existsSync(file))
    throw new ConfluentqlError('USAGE', `cannot read ${file}: there is no such file`, {
      hint: `make it: confluentql snapshot -f inventory.sql --to ${file}`,
    })
  let db: Database.Database | undefined
  try {
    db = openDatabase(file, true, DEFAULT_MEMORY)
    // one state of the file, also if a run writes it meanwhile
    db.exec('BEGIN')
    return readerOf(db)
  } catch (cause) {
    db?.close()
    if (cause instanceof ConfluentqlError) throw cause
    const { message, code } = cause as Error & { code?: unknown }
    if (message.startsWith('no such'))
      throw new ConfluentqlError('USAGE', `${file} has no snapshots`, { cause })
    const reason = code === 'SQLITE_BUSY' ? 'another program is writing it' : message
    throw new ConfluentqlError('USAGE', `cannot read ${file}: ${reason}`, { cause })
  }
}

function readerOf(db: Database.Database): Reader {
  const list = listOf(db)
  return {
    tables() {
      const found = new Map<string, string[]>()
      for (const { name, at } of list) found.set(name, [...(found.get(name) ?? []), at])
      return found
    },
    steps(table, key) {
      return versionSteps(
        db,
        list.filter(one => one.name === table),
        key,
      )
    },
    close: () => db.close(),
  }
}

function listOf(db: Database.Database): Entry[] {
  const rows = db.prepare(`SELECT ${AT} AS at, name, columns FROM ${LIST} ORDER BY name, ${AT}`).all() as {
    at: string
    name: string
    columns: string
  }[]
  return rows.map(row => ({ ...row, columns: JSON.parse(row.columns) as ResultColumn[] }))
}

const sideOf = ({ name, at, columns }: Entry, rows: Side['rows']): Side => ({
  name: `${name} at ${at}`,
  typing: 'types',
  columns: columns.map(c => c.name),
  rows,
})

const cellsOf = (row: readonly Value[], columns: readonly ResultColumn[]): string[] =>
  columns.map((column, i) => cellOfValue(row[i]!, column))

/** The steps between the snapshots of a table of versions, each of which is read once. */
async function* versionSteps(
  db: Database.Database,
  entries: readonly Entry[],
  key: readonly string[],
): AsyncGenerator<Step, void, void> {
  const [first] = entries
  if (first === undefined) return
  for (const entry of entries) {
    const names = entry.columns.map(c => c.name)
    const missing = key.find(column => !names.includes(column))
    if (missing !== undefined) throw withoutKey(sideOf(entry, none()).name, missing, names)
  }
  checkKey(db, entries, key)
  const all = columnsIn(db, first.name)
  const names = all.map(quoted).join(', ')
  const from = versionsOf(first.name)
  const events = db
    .prepare(
      `SELECT ${UNTIL} AS at, 0 AS side, ${ROW} AS place, ${names} FROM ${from} WHERE ${UNTIL} IS NOT NULL
    UNION ALL SELECT ${FROM}, 1, ${ROW}, ${names} FROM ${from} WHERE ${FROM} > ? ORDER BY 1, 2, 3`,
    )
    .raw()
    .iterate(first.at) as IterableIterator<[string, bigint, bigint, ...Value[]]>
  let next = events.next()
  /** The rows of one side of a step: those that come next. */
  async function* rows(
    at: string,
    side: bigint,
    columns: readonly ResultColumn[],
  ): AsyncGenerator<string[], void, void> {
    const places = columns.map(c => all.findIndex(name => folded(name) === folded(c.name)))
    for (; next.done !== true && next.value[0] === at && next.value[1] === side; next = events.next()) {
      const [, , , ...values] = next.value
      yield cellsOf(
        places.map(i => values[i]!),
        columns,
      )
    }
  }
  try {
    for (const [i, entry] of entries.entries()) {
      const last = entries[i - 1]
      if (last === undefined) continue
      yield {
        at: entry.at,
        old: sideOf(last, rows(entry.at, 0n, last.columns)),
        now: sideOf(entry, rows(entry.at, 1n, entry.columns)),
      }
    }
  } finally {
    events.return?.()
  }
}

async function* none(): AsyncGenerator<string[], void, void> {}

/** Versions with the same key must not be in the same snapshot. */
function checkKey(db: Database.Database, entries: readonly Entry[], key: readonly string[]): void {
  const { name, columns } = entries.at(-1)!
  const typed = key.map(column => columns.find(c => c.name === column)!)
  db.function('key_of', { varargs: true, deterministic: true }, (...values: Value[]) =>
    cellsOf(values, typed).join(SEPARATOR),
  )
  const found = db
    .prepare(
      `SELECT key, start FROM (
    SELECT key, start, lag(stop) OVER (PARTITION BY key ORDER BY start) AS last FROM (
      SELECT key_of(${key.map(quoted).join(', ')}) AS key, ${FROM} AS start, coalesce(${UNTIL}, ${LAST}) AS stop FROM ${versionsOf(name)}))
    WHERE last > start LIMIT 1`,
    )
    .get() as { key: string; start: string } | undefined
  if (found === undefined) return
  const at = entries.find(entry => entry.at >= found.start)!.at
  throw repeatedKey(`${name} at ${at}`, key, found.key.split(SEPARATOR))
}
