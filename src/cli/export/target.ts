import { existsSync, promises as files, statSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'
import { makeFolders } from '../../folders.ts'
import { openFile } from '../../render/file.ts'
import type { Write } from '../../render/types.ts'
import { lock, LOCK, outputError } from './lock.ts'
import { differenceOf, readLines, type Done, type Line, type Subject } from './record.ts'

/** Names that begin with an underscore are no data for Hive, Spark and Trino. */
const RECORD = '_confluentql_export'
const SUCCESS = '_SUCCESS'

/**
 * The folder of an export, and the record of what was written there. It belongs to one run at a time; nothing in it is
 * removed that the record does not have.
 */
export class Target {
  readonly dir: string
  /** It was complete before this run. */
  readonly isComplete: boolean
  readonly #record: FileHandle
  readonly #unlock: () => void
  readonly #done = new Map<string, Done>()
  /** By unit: its files, those included that were only begun. */
  readonly #begun = new Map<string, Set<string>>()

  private constructor(dir: string, record: FileHandle, unlock: () => void, lines: readonly Line[]) {
    this.dir = dir
    this.#record = record
    this.#unlock = unlock
    for (const line of lines) this.#take(line)
    this.isComplete = existsSync(join(dir, SUCCESS))
  }

  /**
   * Opens a folder for a run; makes it if there is none.
   * @throws ConfluentqlError OUTPUT if it has other files, an export of something else, or an export without `resume`
   */
  static async open(dir: string, subject: Subject, resume: boolean): Promise<Target> {
    const unlock = lock(dir)
    try {
      const names = await files.readdir(dir)
      const others = names.filter(name => name !== LOCK && !/^\.confluentql-.*\.tmp$/.test(name))
      if (!names.includes(RECORD)) {
        if (others.length > 0)
          throw new ConfluentqlError('OUTPUT', `${dir} is not empty: it has ${listed(others)}`, {
            hint: 'an export needs a folder of its own, which is made if there is none',
          })
        await write(join(dir, RECORD), to => to(`${JSON.stringify({ subject } satisfies Line)}\n`))
      } else if (!resume) {
        const isWhole = names.includes(SUCCESS)
        throw new ConfluentqlError(
          'OUTPUT',
          `${dir} has ${isWhole ? 'an export' : 'an export that is not complete'} already`,
          {
            hint: isWhole
              ? 'write to another folder, or remove this one'
              : '--resume completes it; or write to another folder, or remove this one',
          },
        )
      }
      const lines = readLines(await files.readFile(join(dir, RECORD), 'utf8'))
      const [first] = lines
      if (!first || !('subject' in first))
        throw new ConfluentqlError('OUTPUT', `${join(dir, RECORD)} is not the record of an export`)
      const difference = differenceOf(first.subject, subject)
      if (difference !== undefined)
        throw new ConfluentqlError('OUTPUT', `${dir} has another export: ${difference}`, {
          hint: 'write to another folder, or remove this one',
        })
      const gone = names.includes(SUCCESS) ? missingOf(dir, lines) : undefined
      if (gone !== undefined)
        throw new ConfluentqlError(
          'OUTPUT',
          `${dir} has ${SUCCESS}, but not ${gone}, which was written there`,
          { hint: `to have it written again, remove ${SUCCESS} and use --resume` },
        )
      return new Target(dir, await openRecord(join(dir, RECORD)), unlock, lines)
    } catch (error) {
      unlock()
      throw outputError(dir, error)
    }
  }

  /** What was written of a unit, if all of it is there. */
  done(unit: string): Done | undefined {
    const found = this.#done.get(unit)
    return found?.files.every(file => sizeOf(join(this.dir, file.path)) === file.bytes) ? found : undefined
  }

  /** Writes a file of a unit, which appears whole or not at all. Resolves with its size. */
  async write(unit: string, path: string, content: (to: Write) => Promise<void>): Promise<number> {
    const whole = join(this.dir, path)
    try {
      makeFolders(dirname(whole))
      await this.#append({ unit, begun: path })
    } catch (error) {
      throw outputError(whole, error)
    }
    await write(whole, content)
    return sizeOf(whole)!
  }

  /** Records a unit as complete, and removes the files that an earlier attempt at it wrote and this one did not. */
  async complete(done: Done): Promise<void> {
    const kept = new Set(done.files.map(file => file.path))
    for (const path of this.#begun.get(done.unit) ?? [])
      if (!kept.has(path)) await this.#remove(join(this.dir, path))
    await this.#append({ done })
  }

  /** Writes `_SUCCESS`, when every unit is complete. Files that an earlier run began for a unit that is no more are removed. */
  async succeed(): Promise<void> {
    for (const [unit, paths] of this.#begun)
      if (!this.#done.has(unit)) for (const path of paths) await this.#remove(join(this.dir, path))
    await write(join(this.dir, SUCCESS), async () => {})
  }

  async close(): Promise<void> {
    await this.#record.close()
    this.#unlock()
  }

  #take(line: Line): void {
    if ('done' in line) this.#done.set(line.done.unit, line.done)
    if ('begun' in line) {
      // what is written again is not complete meanwhile
      this.#done.delete(line.unit)
      const paths = this.#begun.get(line.unit) ?? new Set()
      this.#begun.set(line.unit, paths.add(line.begun))
    }
  }

  async #append(line: Line): Promise<void> {
    try {
      await this.#record.appendFile(`${JSON.stringify(line)}\n`)
      await this.#record.sync()
    } catch (error) {
      throw outputError(join(this.dir, RECORD), error)
    }
    this.#take(line)
  }

  async #remove(path: string): Promise<void> {
    await files.rm(path, { force: true })
    for (let dir = dirname(path); dir !== this.dir; dir = dirname(dir)) {
      const isRemoved = await files.rmdir(dir).then(
        () => true,
        () => false,
      )
      if (!isRemoved) return
    }
  }
}

/** Whether a failure to write concerns every file, not one. */
export function isOfDisk(error: unknown): boolean {
  const { code } = ((error as ConfluentqlError).cause ?? {}) as NodeJS.ErrnoException
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EFBIG'].includes(code ?? '')
}

async function write(path: string, content: (to: Write) => Promise<void>): Promise<void> {
  const output = await openFile(path)
  try {
    await content(output.write)
    await output.commit()
  } catch (error) {
    await output.abort()
    throw error
  }
}

/** Opens the record to append to it; cuts off a line that has no end. */
async function openRecord(path: string): Promise<FileHandle> {
  const text = await files.readFile(path)
  const end = text.lastIndexOf(0x0a) + 1
  if (end < text.length) await files.truncate(path, end)
  return files.open(path, 'a')
}

/** A file of a complete unit that is not there any more. */
function missingOf(dir: string, lines: readonly Line[]): string | undefined {
  const last = new Map(lines.flatMap(line => ('done' in line ? [[line.done.unit, line.done] as const] : [])))
  const paths = [...last.values()].flatMap(done => done.files.map(file => file.path))
  return paths.find(path => !existsSync(join(dir, path)))
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size
}

/** The first names of a list, and how many more there are. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ')
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown
}
