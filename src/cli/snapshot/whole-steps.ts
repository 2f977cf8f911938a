import type Database from 'better-sqlite3'
import { openSqlite } from '../../engine/store/native.ts'
import { timed } from '../diff/cell.ts'
import { SEPARATOR } from '../diff/compare.ts'
import type { Side } from '../diff/types.ts'
import { repeatedKey, type Step, type Version, withoutKey } from './store.ts'

/**
 * The steps between whole snapshots. Each is read once, into a temporary SQLite file that has the last two.
 * @throws ConfluentqlError VALUE, USAGE if the columns of the key do not identify a row of each
 */
export async function* wholeSteps(
  versions: readonly Version[],
  key: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Step, void, void> {
  const db = openSqlite('')
  try {
    db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -50000')
    let old: Side | undefined
    for (const [i, version] of versions.entries()) {
      const [last, next] = [`side${(i + 1) % 2}`, `side${i % 2}`]
      const now = version.open()
      await load(db, next, now, key, signal)
      if (old !== undefined) {
        // cells of other columns may be the same text
        const isAlike = old.columns.join(SEPARATOR) === now.columns.join(SEPARATOR)
        const rows = isAlike ? unmatched : allRows
        yield {
          at: version.at,
          old: { ...old, rows: rows(db, last, next) },
          now: { ...now, rows: rows(db, next, last) },
        }
      }
      old = now
    }
  } finally {
    db.close()
  }
}

async function load(
  db: Database.Database,
  table: string,
  side: Side,
  key: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  db.exec(`DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (key TEXT PRIMARY KEY, cells TEXT); BEGIN`)
  const insert = db.prepare(`INSERT INTO ${table} VALUES (?, ?) ON CONFLICT DO NOTHING`)
  let places: number[] | undefined
  for await (const row of side.rows) {
    signal.throwIfAborted()
    const cells = side.typing === 'times' ? row.map(timed) : row
    places ??= placesOf(key, side)
    const own = places.map(i => cells[i] ?? 'null')
    const { changes } = insert.run(own.join(SEPARATOR), cells.join(SEPARATOR))
    if (changes === 0) throw repeatedKey(side.name, key, own)
  }
  db.exec('COMMIT')
  places ??= placesOf(key, side)
}

function placesOf(key: readonly string[], { name, columns }: Side): number[] {
  return key.map(column => {
    const place = columns.indexOf(column)
    if (place < 0) throw withoutKey(name, column, columns)
    return place
  })
}

/** The rows of a table that the other does not have in the same form. */
async function* unmatched(
  db: Database.Database,
  table: string,
  other: string,
): AsyncGenerator<string[], void, void> {
  yield* split(
    db,
    `SELECT a.cells FROM ${table} a LEFT JOIN ${other} b ON b.key = a.key WHERE b.cells IS NOT a.cells ORDER BY a.rowid`,
  )
}

async function* allRows(db: Database.Database, table: string): AsyncGenerator<string[], void, void> {
  yield* split(db, `SELECT cells FROM ${table} ORDER BY rowid`)
}

function* split(db: Database.Database, sql: string): Generator<string[], void, void> {
  for (const cells of db.prepare(sql).pluck().iterate() as IterableIterator<string>)
    yield cells.split(SEPARATOR)
}
