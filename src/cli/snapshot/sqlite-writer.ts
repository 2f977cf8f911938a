import type Database from 'better-sqlite3'
import type { Result } from '../../engine/result.ts'
import { ConfluentqlError } from '../../errors.ts'
import { VIEWS_TABLE } from '../../plan/names.ts'
import { rememberView } from '../../plan/statements/kept-views.ts'
import type { ResultColumn } from '../../render/types.ts'
import { attempt, hold } from './sqlite-file.ts'
import {
  columnsIn,
  columnsOf,
  folded,
  LIST,
  LIST_SQL,
  quoted,
  shapeOf,
  versionsOf,
  versionsSql,
  viewSql,
} from './sqlite-layout.ts'
import { AT, FROM, ROW, UNTIL, type Writer } from './store.ts'

/**
 * Opens a SQLite file for one run, in one transaction, which holds the file for writing.
 * @param now gives the time of the run, once the file is held
 * @throws ConfluentqlError OUTPUT
 */
export function sqliteWriter(file: string, now: () => Date): Writer {
  const { db, commit, abort } = hold(file)
  let at: Date
  try {
    at = attempt(file, () => {
      db.exec(LIST_SQL)
      const time = now()
      checkOrder(db, file, time.toISOString())
      return time
    })
  } catch (error) {
    abort()
    throw error
  }
  const time = at.toISOString()
  return {
    at,
    async write(table, _, result) {
      if (table === LIST)
        throw new ConfluentqlError('USAGE', `no result can be called ${LIST}: that table lists the snapshots`)
      attempt(file, () => checkOwner(db, file, table))
      const rows = await stage(db, file, result)
      attempt(file, () => {
        const columns = makeTable(db, table, result.columns)
        keep(db, table, { at: time, rows, columns: result.columns })
        makeView(db, table, columns)
      })
      return rows
    },
    async commit(oldest) {
      const removed = oldest === undefined ? 0 : attempt(file, () => prune(db, oldest.toISOString()))
      await commit()
      return removed
    },
    async abort() {
      abort()
    },
  }
}

/** A version is valid from one time until another, so a run must be later than all snapshots. */
function checkOrder(db: Database.Database, file: string, at: string): void {
  const last = db.prepare(`SELECT max(${AT}) FROM ${LIST}`).pluck().get() as string | null
  if (last === null || last < at) return
  throw new ConfluentqlError(
    'OUTPUT',
    `cannot write ${file}: it has a snapshot of ${last}, but it is ${at}`,
    { hint: 'if the clock of this computer is wrong, set it; else write to another file' },
  )
}

function checkOwner(db: Database.Database, file: string, table: string): void {
  if (columnsIn(db, table).length > 0) return
  const named = 'WHERE name = ? COLLATE NOCASE'
  const find = (sql: string): unknown => db.prepare(sql).pluck().get(table)
  const type =
    find(`SELECT type FROM sqlite_schema ${named}`)
    ?? (columnsOf(db, VIEWS_TABLE).length > 0
      ? find(`SELECT 'view' FROM ${VIEWS_TABLE} ${named}`)
      : undefined)
  if (type === undefined) return
  throw new ConfluentqlError(
    'OUTPUT',
    `${file} has a ${String(type)} ${table} that is not one of snapshots`,
    { hint: 'use another file, or another title' },
  )
}

/** The rows of the result that is being written, as `place` and c0, c1 …; the places of rows that only it or only the last snapshot has. */
const STAGED = 'temp.staged'
const UNMATCHED = 'temp.unmatched'

const stagedNames = (columns: readonly ResultColumn[]): string[] => columns.map((_, i) => `c${i}`)

/** Columns have no type, so that values are kept as they are. */
function makeStaged(db: Database.Database, columns: readonly ResultColumn[]): void {
  db.exec(`DROP TABLE IF EXISTS ${STAGED}`)
  db.exec(`CREATE TABLE ${STAGED} (place INTEGER PRIMARY KEY, ${stagedNames(columns).join(', ')})`)
}

/** Puts the rows of a result in a temporary table; returns their number. */
async function stage(
  db: Database.Database,
  file: string,
  { columns, rows }: Pick<Result, 'columns' | 'rows'>,
): Promise<number> {
  makeStaged(db, columns)
  const insert = db.prepare(`INSERT INTO ${STAGED} VALUES (NULL, ${columns.map(() => '?').join(', ')})`)
  let count = 0
  // better-sqlite3 writes each number as REAL: only a bigint stays an INTEGER
  const areWhole = columns.map(({ type }) => type !== 'number')
  for await (const row of rows) {
    for (const [i, value] of row.entries())
      if (typeof value === 'number') areWhole[i] &&= Number.isSafeInteger(value)
    attempt(file, () => insert.run(...row))
    count++
  }
  // the type of a computed column follows from its values, as in Parquet
  const whole = stagedNames(columns)
    .filter((_, i) => areWhole[i])
    .map(name => `${name} = iif(typeof(${name}) = 'real', CAST(${name} AS INTEGER), ${name})`)
  if (whole.length > 0) attempt(file, () => db.exec(`UPDATE ${STAGED} SET ${whole.join(', ')}`))
  return count
}

/** A snapshot of a table, as it is listed. */
interface Entry {
  readonly at: string
  readonly rows: number
  readonly columns: readonly ResultColumn[]
}

/** Keeps the staged rows as a snapshot of a table: ends the versions of rows that it does not have, and adds those of new ones. */
function keep(db: Database.Database, table: string, { at, rows, columns }: Entry): void {
  const versions = versionsOf(table)
  const last = db
    .prepare(`SELECT columns FROM ${LIST} WHERE name = ? ORDER BY ${AT} DESC LIMIT 1`)
    .pluck()
    .get(table) as string | undefined
  const insert = `INSERT INTO ${versions} (${FROM}, ${columns.map(c => quoted(c.name)).join(', ')}) SELECT ?, ${stagedNames(columns).join(', ')} FROM ${STAGED}`
  if (last !== undefined && shapeOf(JSON.parse(last) as ResultColumn[]) === shapeOf(columns)) {
    match(db, versions, columns)
    const unmatched = `(SELECT place FROM ${UNMATCHED} WHERE side = ?)`
    db.prepare(`UPDATE ${versions} SET ${UNTIL} = ? WHERE ${ROW} IN ${unmatched}`).run(at, 0)
    db.prepare(`${insert} WHERE place IN ${unmatched} ORDER BY place`).run(at, 1)
  } else {
    db.prepare(`UPDATE ${versions} SET ${UNTIL} = ? WHERE ${UNTIL} IS NULL`).run(at)
    db.prepare(`${insert} ORDER BY place`).run(at)
  }
  db.prepare(`INSERT INTO ${LIST} VALUES (?, ?, ?, ?)`).run(at, table, rows, JSON.stringify(columns))
}

/** Finds the rows that the last snapshot (side 0) or the staged one (side 1) has more often than the other. Equal values of different types differ. */
function match(db: Database.Database, versions: string, columns: readonly ResultColumn[]): void {
  const [old, now] = [columns.map(c => quoted(c.name)), stagedNames(columns)]
  const selected = (names: readonly string[]): string =>
    `${names.map((name, i) => `${name} AS c${i}`).join(', ')}, ${names.map(name => `typeof(${name})`).join(" || ' ' || ")} AS types`
  db.exec(`DROP TABLE IF EXISTS ${UNMATCHED}`)
  db.exec(`CREATE TABLE ${UNMATCHED} AS SELECT place, side FROM (
    SELECT place, side, sum(iif(side, 1, -1)) OVER (PARTITION BY ${now.join(', ')}, types) AS more FROM (
      SELECT ${ROW} AS place, 0 AS side, ${selected(old)} FROM ${versions} WHERE ${UNTIL} IS NULL
      UNION ALL SELECT place, 1, ${selected(now)} FROM ${STAGED})) WHERE more <> 0`)
}

/** Gives a table the columns of a snapshot; returns all. */
function makeTable(db: Database.Database, table: string, columns: readonly ResultColumn[]): string[] {
  const existing = columnsIn(db, table)
  const known = new Set(existing.map(folded))
  const added = columns.map(c => c.name).filter(name => !known.has(folded(name)))
  if (existing.length === 0) db.exec(versionsSql(table, added))
  else for (const name of added) db.exec(`ALTER TABLE ${versionsOf(table)} ADD COLUMN ${quoted(name)}`)
  return [...existing, ...added]
}

/** Makes the view twice: for other programs, and for sessions on the file (--db), which keep their views in a table. */
function makeView(db: Database.Database, table: string, columns: readonly string[]): void {
  const sql = viewSql(table, columns)
  db.exec(`DROP VIEW IF EXISTS ${quoted(table)}`)
  db.exec(`CREATE VIEW ${quoted(table)} AS ${sql}`)
  const own = viewSql(table, columns, booleansOf(db, table, columns))
  for (const step of rememberView('main', table, 'view', own)) db.exec(step)
}

/** The columns that are boolean in every snapshot that has them, and have no other values: columns of the table of versions have no type. */
function booleansOf(db: Database.Database, table: string, columns: readonly string[]): string[] {
  const shapes = db
    .prepare(`SELECT DISTINCT columns FROM ${LIST} WHERE name = ?`)
    .pluck()
    .all(table) as string[]
  const listed = shapes.flatMap(text => JSON.parse(text) as ResultColumn[])
  return columns.filter(name => {
    const types = listed.filter(c => folded(c.name) === folded(name)).map(c => c.type)
    const others = `SELECT 1 FROM ${versionsOf(table)} WHERE ${quoted(name)} NOT IN (0, 1)`
    return (
      types.length > 0 && types.every(type => type === 'boolean') && db.prepare(others).get() === undefined
    )
  })
}

/** Removes the snapshots before a time; returns their number. */
function prune(db: Database.Database, oldest: string): number {
  const times = db.prepare(`SELECT DISTINCT ${AT} FROM ${LIST} WHERE ${AT} < ?`).pluck().all(oldest)
  const names = db
    .prepare(`SELECT DISTINCT name FROM ${LIST} WHERE ${AT} < ?`)
    .pluck()
    .all(oldest) as string[]
  db.prepare(`DELETE FROM ${LIST} WHERE ${AT} < ?`).run(oldest)
  for (const name of names) {
    const first = db.prepare(`SELECT min(${AT}) FROM ${LIST} WHERE name = ?`).pluck().get(name) as
      string | null
    if (first === null) db.exec(`DELETE FROM ${versionsOf(name)}`)
    else db.prepare(`DELETE FROM ${versionsOf(name)} WHERE ${UNTIL} <= ?`).run(first)
  }
  return times.length
}
