import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Script } from 'node:vm'

/*
 * Loads the built files with the code cache that the build has written beside each (`.cache`), which saves a third of the
 * start-up time. V8 rejects a cache of another version or source; the file is then compiled.
 *
 * It is bundled as CommonJS and uses its `require`: createRequire is in node:module, which loads Node's ES module loader.
 */

interface Loaded {
  exports: unknown
}

const loaded = new Map<string, Loaded>()

/** The loaded scripts by file; the build writes their code caches. */
export const scripts = new Map<string, Script>()

const HEAD = '(function (exports, require, module, __filename, __dirname) {'
const TAIL = '\n})'

/** All files are read into it, one after the other: new memory for each would take longer than reading. */
const scratch = Buffer.allocUnsafeSlow(1024 * 1024)

/** The exports of a built file. */
export function load(file: string): unknown {
  const known = loaded.get(file)
  if (known) return known.exports
  const module: Loaded = { exports: {} }
  loaded.set(file, module)
  const text = textOf(file)
  const { Script } = process.getBuiltinModule('node:vm')
  const script = new Script(text, { filename: file, cachedData: cacheOf(file) })
  scripts.set(file, script)
  const within = (name: string): unknown =>
    name.startsWith('./') ? load(join(__dirname, name)) : (require(name) as unknown)
  const run = script.runInThisContext() as (
    exports: unknown,
    require: unknown,
    module: Loaded,
    file: string,
    folder: string,
  ) => void
  run(module.exports, Object.assign(within, { resolve: require.resolve }), module, file, __dirname)
  return module.exports
}

/** The text of a file as a function. The build has written ASCII, which Node reads faster as Latin-1. */
function textOf(file: string): string {
  const start = scratch.write(HEAD, 'latin1')
  const end = start + (read(file, start) ?? scratch.length)
  if (end + TAIL.length > scratch.length) return HEAD + readFileSync(file, 'latin1') + TAIL
  return scratch.toString('latin1', 0, end + scratch.write(TAIL, end, 'latin1'))
}

function cacheOf(file: string): Buffer | undefined {
  try {
    const length = read(`${file}.cache`, 0)
    return length === undefined ? readFileSync(`${file}.cache`) : scratch.subarray(0, length)
  } catch {
    return undefined
  }
}

/** Reads a file into the scratch buffer; its length, or undefined if it is too long. */
function read(file: string, start: number): number | undefined {
  const fd = openSync(file, 'r')
  try {
    let end = start
    for (let more = -1; more !== 0 && end < scratch.length; end += more)
      more = readSync(fd, scratch, end, scratch.length - end, null)
    return end < scratch.length ? end - start : undefined
  } finally {
    closeSync(fd)
  }
}
