import type Database from 'better-sqlite3'
import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { VIEWS_TABLE } from '../plan/statements/local.ts'
import { SHAPES_TABLE } from '../plan/statements/shapes.ts'
import { openSqlite } from './native.ts'
import { isLocalName } from '../sql/definition.ts'

/** Functions by which a statement would run code of its own, or tell addresses in memory (sqlite.org/fts3.html#custom_tokenizers). */
export const REFUSED: readonly string[] = ['fts3_tokenizer', 'load_extension']

/**
 * The database of a session, in memory or of a file, which another may have made: what its schema and its journal say
 * reaches nothing beyond the file.
 * @throws Error that says what is wrong with the file
 */
export function openDatabase(file: string | undefined, isReadonly: boolean): Database.Database {
  if (file !== undefined) checkFile(file)
  const db = openSqlite(file ?? ':memory:', { readonly: isReadonly })
  try {
    db.pragma('temp_store = MEMORY')
    // so much is sorted at once (vdbesort.c): of the default of 2 MB, pieces are made and merged, in twice the time
    db.pragma('cache_size = -65536')
    db.pragma('trusted_schema = OFF')
    const refuse = (): never => {
      throw new Error('not authorized')
    }
    // SQLite tells functions apart by how many arguments they take
    db.function('fts3_tokenizer', (_name: unknown) => refuse())
    db.function('fts3_tokenizer', (_name: unknown, _pointer: unknown) => refuse())
    db.defaultSafeIntegers(true)
    if (file !== undefined) {
      db.pragma('cell_size_check = ON')
      checkOwnTables(db)
      if (isCut(db, file)) throw new Error('it is cut off: its last page is not whole')
    }
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function checkFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found && !found.isFile()) throw new Error(found.isDirectory() ? 'it is a folder' : 'it is no file')
  const journal = `${found ? realpathSync(file) : file}-journal`
  if (statSync(journal, { throwIfNoEntry: false })?.isFile() && namesAnother(journal))
    throw new Error(`its journal ${journal} names another file, which SQLite would delete`)
}

/** What ends a journal that is one of several, after the name of the file that lists them (pager.c, readSuperJournal). */
const SUPER_JOURNAL = Buffer.from('d9d505f920a163d7', 'hex')

/**
 * Whether a journal names a journal above it. Only changes of several files at once have one, and no statement here can
 * open a second file. SQLite deletes what is named when it has taken back the change.
 */
function namesAnother(journal: string): boolean {
  const fd = openSync(journal, 'r')
  try {
    const end = Buffer.alloc(SUPER_JOURNAL.length)
    const { size } = fstatSync(fd)
    return (
      size > end.length
      && readSync(fd, end, 0, end.length, size - end.length) === end.length
      && end.equals(SUPER_JOURNAL)
    )
  } finally {
    closeSync(fd)
  }
}

/** The tables in which the session keeps its views and shapes must be tables, with what it writes there. */
function checkOwnTables(db: Database.Database): void {
  const types = db
    .prepare("SELECT lower(name), type FROM pragma_table_list WHERE schema = 'main'")
    .raw()
    .all() as [string, string][]
  for (const [table, read] of [
    [VIEWS_TABLE, areViews],
    [SHAPES_TABLE, areShapes],
  ] as const) {
    const type = types.find(([name]) => name === table)?.[1]
    if (type !== undefined && (type !== 'table' || !read(db)))
      throw new Error(`its ${type} ${table} was not made by confluentql`)
  }
}

function areViews(db: Database.Database): boolean {
  const rows = readOwn(
    db,
    `SELECT name FROM main.${VIEWS_TABLE} WHERE kind IN ('view', 'materialized view') AND typeof(sql) = 'text' UNION ALL SELECT NULL FROM main.${VIEWS_TABLE} WHERE kind IS NULL OR kind NOT IN ('view', 'materialized view') OR typeof(sql) <> 'text'`,
  )
  return rows?.every(name => typeof name === 'string' && isLocalName(name)) ?? false
}

function areShapes(db: Database.Database): boolean {
  const rows = readOwn(
    db,
    `SELECT typeof(table_name) = 'text' AND typeof(column_name) = 'text' AND coalesce(json_valid(shape) AND json_type(shape) = 'object', 0) FROM main.${SHAPES_TABLE}`,
  )
  return rows?.every(isRight => isRight === 1n) ?? false
}

/** The values of the one column; undefined where the table has other columns. */
function readOwn(db: Database.Database, sql: string): unknown[] | undefined {
  try {
    return db.prepare(sql).pluck().all()
  } catch (error) {
    if ((error as { code?: unknown }).code === 'SQLITE_ERROR') return undefined
    throw error
  }
}

/** SQLite reads what is missing of the last page as zeros, that is as other values. It only ever writes whole pages. */
function isCut(db: Database.Database, file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat?.isFile() === true && stat.size % Number(db.pragma('page_size', { simple: true })) !== 0
}
