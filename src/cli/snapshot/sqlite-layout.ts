import type Database from 'better-sqlite3'
import type { ResultColumn } from '../../render/types.ts'
import { AT, FROM, ROW, UNTIL } from './store.ts'

/*
 * A SQLite file of snapshots keeps each row once for as long as it does not change. The rows of a result `api_keys` are in
 * api_keys__versions, each with a number (a result may itself have a column rowid), the time of the first snapshot that has it,
 * and of the first that no longer has it; NULL if the last has it. The view
 * api_keys shows the rows of every snapshot. All snapshots are listed in the table `snapshots`, those without rows included.
 */

/** The table that lists all snapshots. */
export const LIST = 'snapshots'
export const LIST_SQL = `CREATE TABLE IF NOT EXISTS ${LIST} (${AT} TEXT NOT NULL, name TEXT NOT NULL, rows INTEGER NOT NULL, columns TEXT NOT NULL,
  PRIMARY KEY (name, ${AT}))`

/** A time that is later than all others. */
export const LAST = "'~'"

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A name of a column, equal for names that are the same to SQLite: it ignores the case of A to Z only. */
export const folded = (name: string): string => name.replaceAll(/[A-Z]+/g, part => part.toLowerCase())

/** The quoted name of the table of versions. No title has a table of this name, since it has two underscores in a row. */
export const versionsOf = (table: string): string => quoted(`${table}__versions`)

/** The columns of a snapshot in the list, as text: equal if and only if two snapshots have columns of the same names and types. */
export function shapeOf(columns: readonly ResultColumn[]): string {
  return JSON.stringify(columns.map(({ name, type }) => [folded(name), type]).toSorted())
}

/** The statement that makes a table of versions. */
export function versionsSql(table: string, columns: readonly string[]): string {
  const own = [`${ROW} INTEGER PRIMARY KEY`, `${FROM} TEXT NOT NULL`, `${UNTIL} TEXT`]
  return `CREATE TABLE ${versionsOf(table)} (${[...own, ...columns.map(quoted)].join(', ')})`
}

/** The columns of a table or view; none if there is none of the name. */
export function columnsOf(db: Database.Database, name: string): string[] {
  return db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(name) as string[]
}

/** The columns of the result in a table of versions; none if there is no such table. */
export const columnsIn = (db: Database.Database, table: string): string[] =>
  columnsOf(db, `${table}__versions`).slice(3)

/**
 * The query of the view with the rows of every snapshot. It is plain SQL, since other programs evaluate it.
 * @param booleans columns that are conditions in it, by which a session knows their type
 */
export function viewSql(table: string, columns: readonly string[], booleans: readonly string[] = []): string {
  const value = (name: string): string => `v.${quoted(name)}${booleans.includes(name) ? ' = 1' : ''}`
  const names = [`s.${AT} AS ${AT}`, ...columns.map(name => `${value(name)} AS ${quoted(name)}`)]
  return `SELECT ${names.join(', ')} FROM ${LIST} s JOIN ${versionsOf(table)} v
  ON s.name = '${table.replaceAll("'", "''")}' AND s.${AT} >= v.${FROM} AND s.${AT} < coalesce(v.${UNTIL}, ${LAST})`
}
