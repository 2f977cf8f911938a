import type Database from 'better-sqlite3'
import { ConfluentqlError } from '../../errors.ts'

/** Megabytes of rows that a session keeps in memory, unless it is given another number. */
export const DEFAULT_MEMORY = 256

/** Bytes of a page. With SQLite's 4,096, rows of 700 bytes leave a tenth of it empty. */
const PAGE = 16_384

/**
 * Lets SQLite keep rows in at most `megabytes` of memory: half for the tables of scans, a quarter for a sorted run, a quarter
 * for the tables of the session. The rest goes to temporary files, which SQLite makes when they are needed, with mode 0600, and
 * unlinks at once, so that they end with the process. `isFile`: the session's tables are in a file of the user.
 */
export function limitMemory(db: Database.Database, megabytes: number, isFile: boolean): void {
  // also the sorter's memory (vdbesort.c): with the default of 2 MB it merges pieces, which takes twice the time
  db.pragma(`cache_size = -${Math.ceil(megabytes * 256)}`)
  if (!isFile) spread(db, 'main')
  startTemporary(db, megabytes)
}

/** Drops all temporary tables, and their file without reading or writing it. */
export function restartTemporary(db: Database.Database, megabytes: number): void {
  // a change of this setting drops them
  db.pragma('temp_store = MEMORY')
  startTemporary(db, megabytes)
}

function startTemporary(db: Database.Database, megabytes: number): void {
  db.pragma('temp_store = FILE')
  spread(db, 'temp')
  db.pragma(`temp.cache_size = -${Math.ceil(megabytes * 512)}`)
}

/** The settings of a database, still empty, that may go to a temporary file. */
function spread(db: Database.Database, schema: 'main' | 'temp'): void {
  db.pragma(`${schema}.page_size = ${PAGE}`)
  // for `giveBack`
  db.pragma(`${schema}.auto_vacuum = INCREMENTAL`)
  // otherwise each insert writes to the file of a journal
  db.pragma(`${schema}.journal_mode = MEMORY`)
}

/** The temporary file of the scans' tables. */
export class Temporary {
  readonly #db: Database.Database
  readonly #pages: Database.Statement
  readonly #free: Database.Statement
  readonly #inMemory: number

  constructor(db: Database.Database, megabytes: number) {
    this.#db = db
    this.#pages = db.prepare('PRAGMA temp.page_count').pluck()
    this.#free = db.prepare('PRAGMA temp.freelist_count').pluck()
    this.#inMemory = Math.ceil((megabytes * 2 ** 20) / 2 / PAGE)
  }

  /** Bytes of rows that are not in memory. */
  spilled(): number {
    const pages = Number(this.#pages.get())
    if (pages <= this.#inMemory) return 0
    return Math.max(0, pages - Number(this.#free.get()) - this.#inMemory) * PAGE
  }

  /** Makes the file as small as its tables, if there is one. */
  giveBack(): void {
    if (Number(this.#pages.get()) > this.#inMemory) this.#db.exec('PRAGMA temp.incremental_vacuum')
  }
}

/** The error for one of SQLite, with what to do about it where the disk or the memory is full. `what`: what SQLite did. */
export function sqliteError(error: unknown, what = 'SQLite'): ConfluentqlError {
  if (error instanceof ConfluentqlError) return error
  const { code, message } = error as Error & { readonly code?: string }
  const resource = resourceError(code)
  return resource
    ? new ConfluentqlError('LIMIT', `${resource.message} (SQLite: ${message})`, {
        hint: resource.hint,
        cause: error,
      })
    : new ConfluentqlError('VALUE', `${what}: ${message}`, { cause: error })
}

/** Whether SQLite failed because of the disk, its files or the memory, whatever it read or wrote. */
export function isResourceError(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && resourceError(code) !== undefined
}

function resourceError(code = ''): { readonly message: string; readonly hint: string } | undefined {
  if (code === 'SQLITE_NOMEM')
    return {
      message: 'out of memory',
      hint: 'give --memory fewer megabytes, name fewer columns, or raise the limit of the process (ulimit -v)',
    }
  // also tables of the session whose temporary file could not be written
  if (code.startsWith('SQLITE_CORRUPT'))
    return {
      message: 'the tables of the session are damaged',
      hint: 'without --db, the disk was full when they were written: start again, with TMPDIR set to a folder on another disk or a higher --memory. With --db, take a copy of the file',
    }
  if (code !== 'SQLITE_FULL' && code !== 'SQLITE_CANTOPEN' && !code.startsWith('SQLITE_IOERR'))
    return undefined
  return {
    message: code === 'SQLITE_FULL' ? 'the disk is full' : 'a file cannot be written or read',
    hint: 'rows beyond --memory go to temporary files in TMPDIR (without it /var/tmp): set it to a folder on another disk, name fewer columns, or raise --memory. With --db, it may be the disk of that file',
  }
}
