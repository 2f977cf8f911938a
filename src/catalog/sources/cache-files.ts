import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A file, relative to its folder, with its size and two times: that of its content, which copying and unpacking may set, and that of
 * its inode, which nothing sets.
 */
export type FileState = readonly [file: string, size: number, time: number, changed: number]

/** Folders of a provider are at most this deep: version, services, file. */
const DEEPEST = 3

/** The states of the files in a folder that a provider may be made of. */
export function statesOf(dir: string): ReadonlyMap<string, FileState> {
  const found = new Map<string, FileState>()
  const look = (below: string, depth: number): void => {
    for (const entry of readdirSync(join(dir, below), { withFileTypes: true })) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
      const file = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory() && depth < DEEPEST) look(file, depth + 1)
      const state = /\.(?:ya?ml|json)$/.test(file) ? stateOf(dir, file) : undefined
      if (state) found.set(file, state)
    }
  }
  try {
    look('', 1)
  } catch {
    // what reads the files says why
  }
  return found
}

function stateOf(dir: string, file: string): FileState | undefined {
  try {
    const found = statSync(`${dir}/${file}`, { throwIfNoEntry: false })
    return found?.isFile() ? [file, found.size, found.mtimeMs, found.ctimeMs] : undefined
  } catch {
    return undefined
  }
}

/** Whether files are in these states. */
export function isUnchanged(dir: string, files: readonly FileState[]): boolean {
  return files.every(state => {
    const now = stateOf(dir, state[0])
    return now?.every((part, i) => part === state[i])
  })
}

let count = 0

/** A name beside a path that no other process uses. */
function besides(path: string): string {
  count += 1
  return `${path}.${process.pid}.${count}.tmp`
}

/** Writes a file, whole or not at all. */
export function placeFile(path: string, text: string): void {
  const draft = besides(path)
  try {
    writeFileSync(draft, text, { mode: 0o600 })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** Writes a folder, whole or not at all. One that another process has written meanwhile stays. */
export function placeFolder(path: string, write: (draft: string) => void): void {
  const draft = besides(path)
  try {
    write(draft)
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
}

/** Removes what is in a folder and was not changed for some hours. */
export function prune(dir: string, kept: readonly string[], hours: number): void {
  const limit = Date.now() - hours * 3_600_000
  for (const name of readdirSync(dir)) {
    const path = join(dir, name)
    if (!kept.includes(name) && statSync(path).mtimeMs < limit) rmSync(path, { recursive: true, force: true })
  }
}
