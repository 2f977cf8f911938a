// `promises` loads node:fs/promises at first use, which saves a millisecond when no file is written
import {
  close,
  closeSync,
  constants,
  fchmod,
  fsync,
  ftruncate,
  openSync,
  promises as files,
  type Stats,
  unlinkSync,
  writeFile,
} from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { ConfluentqlError } from '../errors.ts'
import type { Output, Write } from './types.ts'

/**
 * Opens a file that appears whole or not at all: text goes to a temporary file in the same folder, which `commit` renames.
 * A symlink is written through; an existing file's mode is kept. A device or a named pipe (`/dev/null`,
 * `/dev/stdout`) cannot be replaced and is written directly.
 */
export async function openFile(path: string): Promise<Output> {
  try {
    const existing = await statOf(path)
    if (existing?.isDirectory()) throw new ConfluentqlError('OUTPUT', `cannot write ${path}: it is a folder`)
    if (existing !== undefined && !existing.isFile()) return direct(path, await files.open(path, 'w'))
    if (existing !== undefined) await files.access(path, constants.W_OK)
    const target = existing === undefined ? await newPath(path) : await files.realpath(path)
    return await throughTemporary(path, target, existing)
  } catch (error) {
    throw fileError(path, error)
  }
}

/** Checks by permissions whether `openFile` could create or replace the file. Creates nothing. @throws ConfluentqlError OUTPUT */
export async function checkFile(path: string): Promise<void> {
  try {
    const existing = await statOf(path)
    if (existing?.isDirectory()) throw new ConfluentqlError('OUTPUT', `cannot write ${path}: it is a folder`)
    if (existing !== undefined) await files.access(path, constants.W_OK)
    if (existing === undefined || existing.isFile())
      await files.access(
        dirname(existing === undefined ? await newPath(path) : await files.realpath(path)),
        constants.W_OK | constants.X_OK,
      )
  } catch (error) {
    throw fileError(path, error)
  }
}

/**
 * The temporary file is created at the first write, so that a process killed before its first row leaves nothing.
 * One left by a killed process is removed when the same output is opened again.
 */
async function throughTemporary(path: string, target: string, existing: Stats | undefined): Promise<Output> {
  await removeStale(target)
  const temporary = await temporaryFor(target, process.pid)
  // Check now, before any statement runs, that the file can be created.
  closeSync(openSync(temporary, 'wx'))
  unlinkSync(temporary)
  const mode = existing === undefined ? undefined : existing.mode & 0o7777
  let fd: number | undefined
  let writing: Promise<void> = Promise.resolve()
  let done = false
  let hasReplaced = false
  let size = 0
  const opened = (): number => {
    // appends, also after it was cut at a mark
    fd ??= openSync(temporary, 'ax', mode ?? 0o666)
    return fd
  }
  const abort = async (): Promise<void> => {
    if (done) return
    done = true
    if (fd === undefined) return
    // Before the first await: the process may be about to exit.
    remove(temporary)
    await writing.catch(() => {})
    await promisify(close)(fd).catch(() => {})
  }
  return {
    async write(text) {
      try {
        writing = promisify<number, string | Uint8Array>(writeFile)(opened(), text)
        await writing
        size += Buffer.byteLength(text)
      } catch (error) {
        throw fileError(path, error)
      }
    },
    closed: false,
    get hasReplaced() {
      return hasReplaced
    },
    mark() {
      const at = size
      return async () => {
        try {
          await promisify(ftruncate)(opened(), at)
          size = at
        } catch (error) {
          throw fileError(path, error)
        }
      }
    },
    async commit() {
      if (done) return
      try {
        const file = opened()
        if (mode !== undefined) await promisify(fchmod)(file, mode)
        await promisify(fsync)(file)
        hasReplaced = ((await statOf(target))?.size ?? 0) > 0
        if (done) return
        await files.rename(temporary, target)
        done = true
        await promisify(close)(file)
      } catch (error) {
        await abort()
        throw fileError(path, error)
      }
    },
    abort,
  }
}

/** `.confluentql-<hash of host and target>-<pid>-<random>.tmp` in the target's folder; without a pid, the common prefix of such names. */
async function temporaryFor(target: string, pid: number | undefined): Promise<string> {
  const [{ createHash, randomBytes }, { hostname }] = await Promise.all([
    import('node:crypto'),
    import('node:os'),
  ])
  const owner = createHash('sha256')
    .update(`${hostname()}\0${basename(target)}`)
    .digest('hex')
    .slice(0, 16)
  const suffix = pid === undefined ? '' : `${pid}-${randomBytes(6).toString('hex')}.tmp`
  return join(dirname(target), `.confluentql-${owner}-${suffix}`)
}

/** Removes temporary files of this target that dead processes of this machine left. */
async function removeStale(target: string): Promise<void> {
  const start = basename(await temporaryFor(target, undefined))
  const names = await files.readdir(dirname(target)).catch(() => [])
  for (const name of names) {
    const pid = name.startsWith(start)
      ? /^(\d+)-[0-9a-f]{12}\.tmp$/.exec(name.slice(start.length))?.[1]
      : undefined
    if (pid !== undefined && !isAlive(Number(pid)))
      await files.unlink(join(dirname(target), name)).catch(() => {})
  }
}

/** Whether a process of this machine runs. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function direct(path: string, file: FileHandle): Output {
  let closed = false
  const end = (): Promise<void> => closeQuietly(file)
  const write = writer(path, file)
  return {
    async write(text) {
      try {
        await write(text)
      } catch (error) {
        closed ||= error instanceof ConfluentqlError && error.code === 'ABORTED'
        throw error
      }
    },
    get closed() {
      return closed
    },
    commit: end,
    abort: end,
  }
}

function writer(path: string, file: FileHandle): Write {
  return async text => {
    try {
      await file.writeFile(text)
    } catch (error) {
      throw fileError(path, error)
    }
  }
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await files.stat(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The path where a new file would be created: dangling symlinks are followed. */
async function newPath(path: string): Promise<string> {
  const link = await files.lstat(path).catch(() => undefined)
  if (link?.isSymbolicLink()) return newPath(resolve(dirname(path), await files.readlink(path)))
  return join(await files.realpath(dirname(path)), basename(path))
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(path, error)
  }
}

/** Ignores errors of close: the file is abandoned or is a device. */
async function closeQuietly(file: FileHandle): Promise<void> {
  await file.close().catch(() => {})
}

const REASONS: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: path => `there is no folder ${dirname(path)}`,
  ENOTDIR: path => `${dirname(path)} is not a folder`,
  EISDIR: () => 'it is a folder',
  EEXIST: () => 'it is a file, not a folder',
  EACCES: path => `no permission for it or for the folder ${dirname(path)}`,
  EPERM: path => `no permission for it or for the folder ${dirname(path)}`,
  EROFS: () => 'the file system is read-only',
  ENOSPC: () => 'the disk is full',
  EDQUOT: () => 'the disk quota is used up',
  EFBIG: () => 'it is larger than a file may be (see ulimit -f)',
  ENAMETOOLONG: () => 'the name is too long',
  ELOOP: () => 'its symbolic links form a loop',
}

/** The reason why a write failed, as text for the user. */
export function reasonOf(error: unknown, path: string): string {
  const { code, message } = error as NodeJS.ErrnoException
  return REASONS[code ?? '']?.(path) ?? message
}

function fileError(path: string, error: unknown): ConfluentqlError {
  if (error instanceof ConfluentqlError) return error
  if (isReaderGone(error)) return readerGone(error)
  return new ConfluentqlError('OUTPUT', `cannot write ${path}: ${reasonOf(error, path)}`, { cause: error })
}

/** Whether a write failed because the reader has closed its end. */
export function isReaderGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  // Node's pipes to child processes are sockets: closing one with unread data resets it.
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'ERR_STREAM_DESTROYED'
}

/** The error of a write whose reader has closed its end. */
export function readerGone(cause: unknown): ConfluentqlError {
  return new ConfluentqlError('ABORTED', 'the reader of the output has gone', { cause })
}
