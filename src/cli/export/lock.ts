import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'
import { makeFolders } from '../../folders.ts'
import { isAlive, reasonOf } from '../../render/file.ts'

/** The file that keeps other runs out of a folder: the process that writes there, and its machine. */
export const LOCK = '_confluentql_lock'

/** Another run has the lock. */
export class LockedError extends ConfluentqlError {}

/**
 * Makes the folder, and locks it. Returns what unlocks it.
 * @throws ConfluentqlError OUTPUT if another run has it, or if it cannot be made
 */
export function lock(dir: string): () => void {
  const path = join(dir, LOCK)
  try {
    makeFolders(dir)
    while (!create(path)) takeOver(path, dir)
    return () => rmSync(path, { force: true })
  } catch (error) {
    throw outputError(dir, error)
  }
}

/** Makes the lock; false if there is one. */
function create(path: string): boolean {
  let file: number
  try {
    file = openSync(path, 'wx')
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
  try {
    writeSync(file, `${process.pid}@${hostname()}`)
    return true
  } catch (error) {
    // a lock without an owner would keep all later runs out
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}

/** Removes the lock of a process of this machine that has ended. */
function takeOver(path: string, dir: string): void {
  // another run may take it over, too: what was moved away is removed only if it is what was read
  const aside = join(dir, `.confluentql-lock-${process.pid}-${randomBytes(4).toString('hex')}.tmp`)
  try {
    const owner = readFileSync(path, 'utf8')
    if (!isStale(owner))
      throw new LockedError('OUTPUT', `another run writes to ${dir}: process ${owner || 'unknown'}`, {
        hint: `if there is no such process any more, remove ${path}`,
      })
    renameSync(path, aside)
    if (readFileSync(aside, 'utf8') === owner) rmSync(aside)
    else renameSync(aside, path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

function isStale(owner: string): boolean {
  const [, pid, host] = /^(\d+)@(.*)$/s.exec(owner) ?? []
  return host === hostname() && (Number(pid) === process.pid || !isAlive(Number(pid)))
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/** The error of a file or folder that cannot be written. */
export function outputError(path: string, cause: unknown): ConfluentqlError {
  if (cause instanceof ConfluentqlError) return cause
  return new ConfluentqlError('OUTPUT', `cannot write ${path}: ${reasonOf(cause, path)}`, { cause })
}
