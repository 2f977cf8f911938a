import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it, with this mode.
 *
 * Node's `recursive` option loops forever, and does not even end at SIGTERM, where a folder exists but takes no further ones, as /proc.
 */
export function makeFolders(path: string, mode = 0o777): void {
  if (isFolder(path)) return
  const parent = dirname(path)
  if (parent !== path && !existsSync(parent)) makeFolders(parent, mode)
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    // another process may have made it meanwhile
    if (isFolder(path)) return
    throw isFolder(parent) && codeOf(error) === 'ENOENT'
      ? new Error(`no folder can be made in ${parent}`, { cause: error })
      : error
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
