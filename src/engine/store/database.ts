import type Database from 'better-sqlite3'
import { closeSync, existsSync, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { SHAPES_TABLE, VIEWS_TABLE } from '../../plan/names.ts'
import { isSecretName } from '../../secrets.ts'
import { openSqlite } from './native.ts'
import { SECRET_NAME_FUNCTION } from '../secrets.ts'
import { limitMemory } from './temporary.ts'
import { addTextFunctions } from './text-functions.ts'
import { isKeptName } from '../../sql/definition.ts'

/** Functions that could run native code or reveal memory addresses (sqlite.org/fts3.html#custom_tokenizers). */
export const REFUSED: readonly string[] = ['fts3_tokenizer', 'load_extension']

/**
 * Opens the database of a session, with `memory` megabytes for rows: a temporary one or a file. The file may come from someone else: its schema and its
 * journal must not affect anything beyond the file.
 * @throws Error that says what is wrong with the file
 */
export function openDatabase(
  file: string | undefined,
  isReadonly: boolean,
  memory: number,
): Database.Database {
  if (file !== undefined) {
    checkFile(file)
    if (isReadonly) putBack(file)
  }
  // '' is a database in memory, which goes to a temporary file when it grows
  const db = openSqlite(file ?? '', { readonly: file !== undefined && isReadonly })
  try {
    limitMemory(db, memory, file !== undefined)
    db.pragma('trusted_schema = OFF')
    const refuse = (): never => {
      throw new Error('not authorized')
    }
    // SQLite distinguishes functions by the number of their arguments
    db.function('fts3_tokenizer', (_name: unknown) => refuse())
    db.function('fts3_tokenizer', (_name: unknown, _pointer: unknown) => refuse())
    db.defaultSafeIntegers(true)
    addTextFunctions(db)
    // better-sqlite3 binds every number as a REAL
    db.function(SECRET_NAME_FUNCTION, { deterministic: true }, name => (isSecretName(String(name)) ? 1n : 0n))
    if (file !== undefined) {
      db.pragma('cell_size_check = ON')
      checkInternalTables(db)
      if (isCut(db, file)) throw new Error('it is cut off: its last page is not whole')
    }
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function journalOf(file: string): string {
  return `${existsSync(file) ? realpathSync(file) : file}-journal`
}

/** Undoes the changes of a program that was killed, which SQLite cannot do when it opens a file only for reading. */
function putBack(file: string): void {
  if (!existsSync(journalOf(file))) return
  const db = openSqlite(file, { fileMustExist: true })
  try {
    db.pragma('schema_version')
  } catch (cause) {
    // the program is still running
    if ((cause as { code?: unknown }).code === 'SQLITE_BUSY') return
    throw new Error(
      'a program that changed it was interrupted; open it once where the file and its folder may be written',
      { cause },
    )
  } finally {
    db.close()
  }
}

function checkFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found && !found.isFile()) throw new Error(found.isDirectory() ? 'it is a folder' : 'it is no file')
  const journal = journalOf(file)
  if (statSync(journal, { throwIfNoEntry: false })?.isFile() && namesAnother(journal))
    throw new Error(`its journal ${journal} names another file, which SQLite would delete`)
}

/** The end of a journal that names a super-journal (pager.c, readSuperJournal). */
const SUPER_JOURNAL = Buffer.from('d9d505f920a163d7', 'hex')

/**
 * Whether a journal names a super-journal. Only transactions over several files have one, and no statement here can open
 * a second file. SQLite would delete the named file after a rollback.
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

/** Checks that the tables for the session's views and shapes are tables with valid content. */
function checkInternalTables(db: Database.Database): void {
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
  const rows = readColumn(
    db,
    `SELECT name FROM main.${VIEWS_TABLE} WHERE kind IN ('view', 'materialized view') AND typeof(sql) = 'text' UNION ALL SELECT NULL FROM main.${VIEWS_TABLE} WHERE kind IS NULL OR kind NOT IN ('view', 'materialized view') OR typeof(sql) <> 'text'`,
  )
  return rows?.every(name => typeof name === 'string' && isKeptName(name)) ?? false
}

function areShapes(db: Database.Database): boolean {
  const rows = readColumn(
    db,
    `SELECT typeof(table_name) = 'text' AND typeof(column_name) = 'text' AND coalesce(json_valid(shape) AND json_type(shape) = 'object', 0) FROM main.${SHAPES_TABLE}`,
  )
  return rows?.every(isValid => isValid === 1n) ?? false
}

/** The values of a query with one column; undefined if the table has other columns. */
function readColumn(db: Database.Database, sql: string): unknown[] | undefined {
  try {
    return db.prepare(sql).pluck().all()
  } catch (error) {
    if ((error as { code?: unknown }).code === 'SQLITE_ERROR') return undefined
    throw error
  }
}

/** Whether the last page is incomplete. SQLite always writes whole pages, and would read the missing part as zeros. */
function isCut(db: Database.Database, file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat?.isFile() === true && stat.size % Number(db.pragma('page_size', { simple: true })) !== 0
}
