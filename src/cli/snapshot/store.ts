import type { Result } from '../../engine/result.ts'
import type { About, ResultColumn } from '../../render/types.ts'
import type { Side } from '../diff/types.ts'

/** The column that a snapshot adds to each table. */
export const AT = 'snapshot_at'

/** Where snapshots are written to: a SQLite file or a folder of Parquet files. One run is kept whole or not at all. */
export interface Writer {
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

/** Snapshots to be read. */
export interface Reader {
  /** The tables, with the times of their snapshots. */
  tables(): ReadonlyMap<string, readonly string[]>
  /** The snapshots of a table, the oldest first. */
  versions(table: string): readonly Version[]
  close(): void
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
