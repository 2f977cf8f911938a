import type Database from 'better-sqlite3'
import { sqliteError } from './temporary.ts'

/**
 * The transaction in which the scans of a statement are loaded. A commit walks all changed pages of the temporary database, so
 * with one for each answer the time would grow with the square of the rows.
 */
export class LoadTransaction {
  readonly #open: () => Database.Database
  readonly #isFile: boolean
  #isBegun = false

  /** @param isFile the session's tables are in a file, which a transaction would lock while calls are made: there is none then */
  constructor(open: () => Database.Database, isFile: boolean) {
    this.#open = open
    this.#isFile = isFile
  }

  /** Adds the rows of an answer; `end` must follow. */
  add<T>(work: () => T): T {
    if (this.#isFile) return work()
    const db = this.#open()
    // SQLite ends a transaction after some errors
    if (!db.inTransaction) db.exec('BEGIN')
    this.#isBegun = true
    return work()
  }

  /** Commits what was added. @throws ConfluentqlError LIMIT if the disk is full */
  end(): void {
    if (!this.#isBegun) return
    this.#isBegun = false
    const db = this.#open()
    try {
      if (db.inTransaction) db.exec('COMMIT')
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK')
      throw sqliteError(error)
    }
  }
}
