import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'
import { isAlive, reasonOf } from '../../render/file.ts'

/** The file that keeps other runs out of a folder: the process that writes there, and its machine. */
export const LOCK = '_confluentql_lock'

/**
 * Makes the folder, and locks it. Returns what unlocks it.
 * @throws ConfluentqlError OUTPUT if another run has it, or if it cannot be made
 */
export function lock(dir: string): () => void {
  const path = join(dir, LOCK)
  try {
    mkdirSync(dir, { recursive: true })
    for (;;) {
      try {
        writeFileSync(path, `${process.pid}@${hostname()}`, { flag: 'wx' })
        return () => unlinkSync(path)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
        takeOver(path, dir)
      }
    }
  } catch (error) {
    throw outputError(dir, error)
  }
}

/** Removes the lock of a process of this machine that has ended. */
function takeOver(path: string, dir: string): void {
  const owner = readFileSync(path, 'utf8')
  const [, pid, host] = /^(\d+)@(.*)$/s.exec(owner) ?? []
  const isStale = host === hostname() && (Number(pid) === process.pid || !isAlive(Number(pid)))
  if (!isStale)
    throw new ConfluentqlError('OUTPUT', `another run writes to ${dir}: process ${owner || 'unknown'}`, {
      hint: `if there is no such process any more, remove ${path}`,
    })
  unlinkSync(path)
}

/** The error of a file or folder that cannot be written. */
export function outputError(path: string, cause: unknown): ConfluentqlError {
  if (cause instanceof ConfluentqlError) return cause
  return new ConfluentqlError('OUTPUT', `cannot write ${path}: ${reasonOf(cause, path)}`, { cause })
}
