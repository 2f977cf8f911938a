import type { Result } from '../../engine/result.ts'
import type { About, ResultColumn } from '../../render/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { didYouMean } from '../../plan/names.ts'
import { textOfCell } from '../diff/cell.ts'
import type { Side } from '../diff/types.ts'

/** The column that a snapshot adds to each table. */
export const AT = 'snapshot_at'

/** Columns of a table of versions in a SQLite file (sqlite-layout.ts). */
export const [ROW, FROM, UNTIL] = ['snapshot_row', 'snapshot_from', 'snapshot_until'] as const

/** Where snapshots are written to: a SQLite file or a folder of Parquet files. One run is kept whole or not at all. */
export interface Writer {
  /** The time of the run. */
  readonly at: Date
  /** Writes a result as a table; resolves with its number of rows. */
  write(table: string, about: About, result: Pick<Result, 'columns' | 'rows'>): Promise<number>
  /** Keeps what was written, and removes the snapshots before `oldest`; returns how many those were. */
  commit(oldest: Date | undefined): Promise<number>
  /** Discards what was written. */
  abort(): Promise<void>
}

/** A table as it was at one time. */
export interface Version {
  /** `2026-11-29T06:00:00.000Z`, or the day of a folder. */
  readonly at: string
  open(): Side
}

/** Two successive snapshots of a table, without the rows that are known to be the same in both. */
export interface Step {
  /** The time of the second. */
  readonly at: string
  readonly old: Side
  /** Its rows are read after those of `old`. */
  readonly now: Side
}

/** Snapshots to be read. */
export interface Reader {
  /** The tables, with the times of their snapshots. */
  tables(): ReadonlyMap<string, readonly string[]>
  /**
   * The steps between the snapshots of a table, the oldest first.
   * @param key columns that identify a row in every snapshot
   * @throws ConfluentqlError VALUE, USAGE if they do not
   */
  steps(table: string, key: readonly string[], signal: AbortSignal): AsyncIterable<Step>
  close(): void
}

/** The error for a snapshot that lacks a column of the key. */
export function withoutKey(name: string, column: string, columns: readonly string[]): ConfluentqlError {
  return new ConfluentqlError(
    'USAGE',
    `${name} has no column ${JSON.stringify(column)}${didYouMean(column, columns)}`,
    { hint: `--key names the columns that identify a row; there are ${columns.join(', ')}` },
  )
}

/** The error for a column to be ignored that no snapshot has. */
export function withoutIgnored(table: string, column: string, columns: readonly string[]): ConfluentqlError {
  return new ConfluentqlError(
    'USAGE',
    `--ignore: no snapshot of ${table} has a column ${JSON.stringify(column)}${didYouMean(column, columns)}`,
    { hint: `columns: ${columns.join(', ')}` },
  )
}

/** The error for two rows of a snapshot with the same key. */
export function repeatedKey(
  name: string,
  key: readonly string[],
  cells: readonly string[],
): ConfluentqlError {
  const values = cells.map(cell => textOfCell(cell) ?? 'NULL')
  return new ConfluentqlError(
    'VALUE',
    `several rows of ${name} have ${key.join(', ')} = ${values.join(', ')}`,
    { hint: '--key names the columns that identify a row: --key a,b' },
  )
}

/** The name of the table for a titled result: `Service accounts` is `service_accounts`. */
export function tableNameOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_|_$/g, '')
}

/** The columns of a table of snapshots. */
export function withTime(columns: readonly ResultColumn[]): ResultColumn[] {
  return [{ name: AT, type: 'timestamp' }, ...columns]
}

/** Whether a path is a SQLite file; anything else is a folder. */
export function isDatabase(path: string): boolean {
  return /\.(?:db|sqlite3?)$/i.test(path)
}
