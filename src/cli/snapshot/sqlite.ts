import { existsSync, rmSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { openSqlite } from '../../engine/native.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { ResultColumn } from '../../render/types.ts'
import { cellOfValue } from '../diff/cell.ts'
import { AT, type Reader, type Version, withTime, type Writer } from './store.ts'

/** The table that lists all snapshots, those without rows included. */
const LIST = 'snapshots'
const LIST_SQL = `CREATE TABLE IF NOT EXISTS ${LIST} (${AT} TEXT NOT NULL, name TEXT NOT NULL, rows INTEGER NOT NULL, columns TEXT NOT NULL,
  PRIMARY KEY (name, ${AT}))`

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Opens a SQLite file for one run, in one transaction. @throws ConfluentqlError OUTPUT */
export function sqliteWriter(file: string, at: string): Writer {
  const isNew = !existsSync(file)
  const db = attempt(file, () => openSqlite(file))
  const close = (): void => {
    db.close()
  }
  attempt(file, () => {
    try {
      db.pragma('busy_timeout = 2000')
      db.exec('BEGIN IMMEDIATE')
      db.exec(LIST_SQL)
    } catch (error) {
      close()
      throw error
    }
  })
  return {
    async write(table, _, { columns, rows }) {
      if (table === LIST)
        throw new ConfluentqlError('USAGE', `no result can be called ${LIST}: that table lists the snapshots`)
      attempt(file, () => createTable(db, file, table, columns))
      const names = withTime(columns).map(c => quoted(c.name))
      const insert = db.prepare(
        `INSERT INTO ${quoted(table)} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
      )
      let count = 0
      // better-sqlite3 writes each number as REAL: only a bigint stays an INTEGER
      const isWhole = columns.map(({ type }) => type !== 'number')
      for await (const row of rows) {
        for (const [i, value] of row.entries())
          if (typeof value === 'number') isWhole[i] &&= Number.isSafeInteger(value)
        insert.run(at, ...row)
        count++
      }
      const whole = columns.filter(column => isWhole[columns.indexOf(column)])
      attempt(file, () => makeWhole(db, table, at, whole))
      db.prepare(`INSERT INTO ${LIST} VALUES (?, ?, ?, ?)`).run(at, table, count, JSON.stringify(columns))
      return count
    },
    async commit(oldest) {
      const removed = oldest === undefined ? 0 : attempt(file, () => prune(db, oldest.toISOString()))
      attempt(file, () => db.exec('COMMIT'))
      close()
      return removed
    },
    async abort() {
      if (!db.open) return
      if (db.inTransaction) db.exec('ROLLBACK')
      close()
      if (isNew) for (const end of ['', '-journal']) rmSync(file + end, { force: true })
    },
  }
}

function attempt<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof ConfluentqlError) throw error
    const { message, code } = error as Error & { code?: string }
    const isBusy = code === 'SQLITE_BUSY'
    throw new ConfluentqlError(
      'OUTPUT',
      `cannot write ${file}: ${isBusy ? 'another program is writing it' : message}`,
      { cause: error },
    )
  }
}

/** Columns have no type, so that values are kept as they are. */
function createTable(
  db: Database.Database,
  file: string,
  table: string,
  columns: readonly ResultColumn[],
): void {
  const info = db.prepare('SELECT name FROM pragma_table_info(?)').pluck()
  const existing = (info.all(table) as string[]).map(name => name.toLowerCase())
  if (existing.length > 0 && !existing.includes(AT))
    throw new ConfluentqlError('OUTPUT', `${file} has a table ${table} that is not one of snapshots`, {
      hint: 'use another file, or another title',
    })
  const names = withTime(columns).map(c => c.name)
  if (existing.length === 0) {
    db.exec(`CREATE TABLE ${quoted(table)} (${names.map(quoted).join(', ')})`)
    db.exec(`CREATE INDEX ${quoted(`${table}_${AT}`)} ON ${quoted(table)} (${AT})`)
    return
  }
  for (const name of names)
    if (!existing.includes(name.toLowerCase()))
      db.exec(`ALTER TABLE ${quoted(table)} ADD COLUMN ${quoted(name)}`)
}

/** Makes the numbers of columns in a snapshot INTEGER, as the type of a computed column follows from its values in Parquet. */
function makeWhole(db: Database.Database, table: string, at: string, columns: readonly ResultColumn[]): void {
  if (columns.length === 0) return
  const values = columns.map(({ name }) => {
    const column = quoted(name)
    return `${column} = iif(typeof(${column}) = 'real', CAST(${column} AS INTEGER), ${column})`
  })
  db.prepare(`UPDATE ${quoted(table)} SET ${values.join(', ')} WHERE ${AT} = ?`).run(at)
}

/** Removes the snapshots before a time; returns their number. */
function prune(db: Database.Database, oldest: string): number {
  const times = db.prepare(`SELECT DISTINCT ${AT} FROM ${LIST} WHERE ${AT} < ?`).pluck().all(oldest)
  if (times.length === 0) return 0
  for (const table of db.prepare(`SELECT DISTINCT name FROM ${LIST}`).pluck().all() as string[])
    db.prepare(`DELETE FROM ${quoted(table)} WHERE ${AT} < ?`).run(oldest)
  db.prepare(`DELETE FROM ${LIST} WHERE ${AT} < ?`).run(oldest)
  return times.length
}

/** Opens a SQLite file of snapshots, read-only. @throws ConfluentqlError USAGE */
export function sqliteReader(file: string): Reader {
  if (!existsSync(file))
    throw new ConfluentqlError('USAGE', `cannot read ${file}: there is no such file`, {
      hint: `make it: confluentql snapshot -f inventory.sql --to ${file}`,
    })
  const db = openSqlite(file, { readonly: true })
  let list: { at: string; name: string; columns: string }[]
  try {
    list = db
      .prepare(`SELECT ${AT} AS at, name, columns FROM ${LIST} ORDER BY name, ${AT}`)
      .all() as typeof list
  } catch (error) {
    db.close()
    throw new ConfluentqlError('USAGE', `${file} has no snapshots`, { cause: error })
  }
  db.defaultSafeIntegers(true)
  const version = ({ at, name, columns: text }: (typeof list)[number]): Version => ({
    at,
    open() {
      const columns = JSON.parse(text) as ResultColumn[]
      async function* rows(): AsyncGenerator<string[], void, void> {
        const names = columns.map(c => quoted(c.name)).join(', ')
        const select = db.prepare(`SELECT ${names} FROM ${quoted(name)} WHERE ${AT} = ? ORDER BY rowid`).raw()
        for (const row of select.iterate(at) as IterableIterator<
          (string | bigint | number | Buffer | null)[]
        >)
          yield row.map((value, i) => cellOfValue(value, columns[i]!))
      }
      return { name: `${name} at ${at}`, typing: 'types', columns: columns.map(c => c.name), rows: rows() }
    },
  })
  return {
    tables: () => {
      const found = new Map<string, string[]>()
      for (const { name, at } of list) found.set(name, [...(found.get(name) ?? []), at])
      return found
    },
    versions: table => list.filter(one => one.name === table).map(version),
    close: () => db.close(),
  }
}
