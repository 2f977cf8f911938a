import { createHash, randomUUID } from 'node:crypto'
import { promises } from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfluentqlError } from '../errors.ts'
import { makeFolders } from '../folders.ts'
import { type InstalledProvider, installedProvider, type ProviderRecord, RECORD } from './record.ts'
import { storeFolder } from './paths.ts'

type Env = Readonly<Record<string, string | undefined>>

/*
 * The store: a folder for each provider, with provider.json and a folder of documents that it names. A provider is there
 * when its provider.json is. Documents are written to a temporary folder and renamed, then provider.json appears or is
 * replaced in one step, so that a process which is killed leaves nothing half done. Folders of documents are never changed:
 * sessions that began before an update or a removal go on reading them, and they are deleted a day later.
 */

/** Milliseconds for which replaced documents are kept. */
const KEPT = 24 * 60 * 60 * 1000

/** Documents in a temporary folder, which become a provider's with `commit` and are deleted with `discard`. */
export interface Staged {
  readonly dir: string
  readonly hash: string
  /**
   * Makes them the documents of a provider. With `isNew` there must be no provider of this name.
   * @throws ConfluentqlError USAGE if another process has added it meanwhile
   */
  commit(
    record: Omit<ProviderRecord, 'hash' | 'source'>,
    how: { readonly isNew: boolean },
  ): Promise<InstalledProvider>
  discard(): Promise<void>
}

/** Writes documents into a folder, which is created. */
export async function writeDocuments(dir: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  makeFolders(dir)
  for (const [path, content] of files) {
    const file = join(dir, path)
    makeFolders(dirname(file))
    await promises.writeFile(file, content)
  }
}

/** Writes documents to a temporary folder of the store. */
export async function stage(env: Env, files: ReadonlyMap<string, Buffer>): Promise<Staged> {
  const store = storeFolder(env)
  const temporary = join(store, `.new-${randomUUID()}`)
  const dir = join(temporary, 'source')
  const hash = hashOf(files)
  const discard = (): Promise<void> => promises.rm(temporary, { recursive: true, force: true })
  try {
    await writeDocuments(dir, files)
  } catch (cause) {
    await discard().catch(() => {})
    throw notWritten(store, cause)
  }
  return {
    dir,
    hash,
    discard,
    async commit(record, { isNew }) {
      const folder = join(store, record.name)
      const source = `${hash.slice(0, 16)}-${randomUUID().slice(0, 8)}`
      const written = join(temporary, RECORD)
      try {
        await promises.writeFile(written, `${JSON.stringify({ ...record, hash, source }, undefined, 2)}\n`)
        makeFolders(folder)
        await promises.rename(dir, join(folder, source))
        // a link fails where the file exists: of two processes that add a name, one does
        if (isNew) await promises.link(written, join(folder, RECORD))
        else {
          await markReplaced(env, record.name)
          await promises.rename(written, join(folder, RECORD))
        }
      } catch (cause) {
        await promises.rm(join(folder, source), { recursive: true, force: true }).catch(() => {})
        if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw taken(record.name)
        throw notWritten(folder, cause)
      } finally {
        await discard().catch(() => {})
      }
      await clean(env)
      return installedProvider(env, record.name)!
    },
  }
}

/** Removes a provider. Its documents are deleted a day later, by another command. */
export async function removeProvider(env: Env, name: string): Promise<void> {
  const folder = join(storeFolder(env), name)
  try {
    await markReplaced(env, name)
    await promises.rm(join(folder, RECORD))
  } catch (cause) {
    throw notWritten(folder, cause)
  }
  await clean(env)
}

/** The error for a name that is taken. */
export function taken(name: string): ConfluentqlError {
  return new ConfluentqlError('USAGE', `there is a provider ${name} already`, {
    hint: `confluentql provider update ${name} renews it; --as NAME adds another one under that name`,
  })
}

/** Deletes documents that no provider uses, and leftovers of killed processes, a day after their last change. */
async function clean(env: Env): Promise<void> {
  const store = storeFolder(env)
  for (const name of await promises.readdir(store)) {
    const folder = join(store, name)
    if (name.startsWith('.new-')) await deleteOld(folder)
    else if (/^[a-z_]\w*$/.test(name)) await cleanProvider(env, name, folder)
  }
}

async function cleanProvider(env: Env, name: string, folder: string): Promise<void> {
  let current: string | undefined
  try {
    current = installedProvider(env, name)?.source
  } catch {
    // a record that cannot be read: nothing is known to be old
    return
  }
  for (const entry of await promises.readdir(folder))
    if (entry !== RECORD && entry !== current) await deleteOld(join(folder, entry))
  // fails unless it is empty
  if (current === undefined) await promises.rmdir(folder).catch(() => {})
}

/** Sets the time from which the current documents of a provider are kept for a day. */
async function markReplaced(env: Env, name: string): Promise<void> {
  const now = new Date()
  try {
    const dir = installedProvider(env, name)?.dir
    if (dir !== undefined) await promises.utimes(dir, now, now)
  } catch {
    // the record or its documents are damaged: nobody reads them
  }
}

async function deleteOld(path: string): Promise<void> {
  try {
    const { ctimeMs } = await promises.stat(path)
    if (Date.now() - ctimeMs > KEPT) await promises.rm(path, { recursive: true, force: true })
  } catch {
    // another process deletes it as well
  }
}

/** SHA-256 over the names and contents of documents, in the order of their names. */
export function hashOf(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256')
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${path}\0${content.length}\0`).update(content)
  return hash.digest('hex')
}

function notWritten(path: string, cause: unknown): ConfluentqlError {
  if (cause instanceof ConfluentqlError) return cause
  return new ConfluentqlError('OUTPUT', `cannot write ${path}: ${(cause as Error).message}`, { cause })
}
