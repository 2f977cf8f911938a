import { existsSync, rmSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import { openSqlite } from '../../engine/store/native.ts'
import { ConfluentqlError } from '../../errors.ts'

/** Milliseconds to wait for a program that writes the file, before a run begins, and for one that reads it, before the run commits. */
const [WRITING, READING] = [2_000, 30_000]
/** Milliseconds between two attempts to commit. */
const PAUSE = 100
/** How often a file is opened again that another run has removed. */
const TRIES = 5

/** A SQLite file that is held for writing, in one transaction. */
export interface Held {
  readonly db: Database.Database
  /** Keeps what was written. */
  commit(): Promise<void>
  /** Discards what was written; the file too, if it was made for it. */
  abort(): void
}

/** Opens a file and holds it. @throws ConfluentqlError OUTPUT */
export function hold(file: string): Held {
  for (let tries = 1; ; tries++) {
    const isThere = existsSync(file)
    const db = attempt(file, () => openSqlite(file))
    const place = placeOf(file)
    // another run that made the file has failed, and removed it
    const isGone = (): boolean => tries < TRIES && placeOf(file) !== place
    try {
      db.pragma(`busy_timeout = ${WRITING}`)
      db.exec('BEGIN IMMEDIATE')
      // another run may have made it and written it meanwhile
      const isMade = !isThere && statSync(file, { throwIfNoEntry: false })?.size === 0
      if (!isGone()) return heldOf(db, file, isMade)
      db.close()
    } catch (error) {
      db.close()
      if (!isGone()) throw outputError(file, error, 'another program is writing it')
    }
  }
}

const placeOf = (file: string): bigint | undefined =>
  statSync(file, { bigint: true, throwIfNoEntry: false })?.ino

function heldOf(db: Database.Database, file: string, isMade: boolean): Held {
  return {
    db,
    async commit() {
      db.pragma('busy_timeout = 0')
      const until = performance.now() + READING
      for (;;) {
        try {
          db.exec('COMMIT')
          break
        } catch (error) {
          if ((error as { code?: string }).code !== 'SQLITE_BUSY' || performance.now() > until)
            throw outputError(file, error, 'another program is reading it')
        }
        await setTimeout(PAUSE)
      }
      db.close()
    },
    abort() {
      if (!db.open) return
      // while it is held, since another run may write it afterwards
      const isRemoved = !isMade || remove(file)
      try {
        if (db.inTransaction) db.exec('ROLLBACK')
      } finally {
        db.close()
        if (!isRemoved) remove(file)
      }
    },
  }
}

/** Removes a file; false if it cannot be, as an open one on Windows. */
function remove(file: string): boolean {
  try {
    rmSync(file, { force: true })
    return true
  } catch {
    return false
  }
}

/** @throws ConfluentqlError OUTPUT */
export function attempt<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw outputError(file, error, 'another program is writing it')
  }
}

function outputError(file: string, error: unknown, busy: string): ConfluentqlError {
  if (error instanceof ConfluentqlError) return error
  const { message, code } = error as Error & { code?: string }
  return new ConfluentqlError('OUTPUT', `cannot write ${file}: ${code === 'SQLITE_BUSY' ? busy : message}`, {
    cause: error,
  })
}
