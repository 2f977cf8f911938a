import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { mayHoldSecret } from './secrets.ts'

/** Entries that are kept. */
const MOST = 10_000
/** Entries beyond that before the file is written anew. */
const SLACK = 1000

/**
 * What was entered, oldest first. The file has one entry a line, as a JSON string, and is only ever appended to, a whole
 * line at once: several shells may write it, and one that is killed leaves at most its last line unfinished, which is skipped.
 */
export class History {
  readonly #file: string
  readonly #warn: (text: string) => void
  #entries: string[] = []
  #isWritable = true

  /** A file that cannot be read or written is told with `warn`, once; then the entries last as long as the shell. */
  constructor(file: string, warn: (text: string) => void) {
    this.#file = file
    this.#warn = warn
    try {
      makeFolder(dirname(file))
      this.#entries = load(file)
      if (this.#entries.length > MOST + SLACK) this.#entries = shorten(file)
    } catch (error) {
      this.#giveUp(error)
    }
  }

  #giveUp(error: unknown): void {
    this.#isWritable = false
    this.#warn(`the history is not kept: ${(error as Error).message}`)
  }

  get entries(): readonly string[] {
    return this.#entries
  }

  /** Adds an entry, unless it begins with a blank or is the one before it again; one that may hold a secret does not go into the file. */
  add(entry: string): void {
    const text = entry.trimEnd()
    if (text === '' || /^[ \t]/.test(text) || this.#entries.at(-1) === text) return
    this.#entries.push(text)
    if (!this.#isWritable || mayHoldSecret(text)) return
    try {
      appendFileSync(this.#file, line(text), { mode: 0o600 })
    } catch (error) {
      this.#giveUp(error)
    }
  }
}

/** With the folders above it. Node's own recursive way turns in a circle where a folder exists and none can be made in it, as below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (!existsSync(dirname(path))) makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // another shell begins
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

const line = (entry: string): string => `${JSON.stringify(entry)}\n`

function load(file: string): string[] {
  appendFileSync(file, '', { mode: 0o600 })
  if ((fstatMode(file) & 0o077) !== 0) chmodSync(file, 0o600)
  const text = readFileSync(file, 'utf8')
  // what a killed shell left unfinished must not swallow the next entry
  if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n')
  return entriesOf(text)
}

function fstatMode(file: string): number {
  const fd = openSync(file, 'r')
  try {
    return fstatSync(fd).mode
  } finally {
    closeSync(fd)
  }
}

function entriesOf(text: string): string[] {
  return text.split('\n').flatMap(l => {
    try {
      const entry: unknown = l === '' ? undefined : JSON.parse(l)
      return typeof entry === 'string' ? [entry] : []
    } catch {
      return []
    }
  })
}

/** Writes the file anew with the latest entries. What another shell appends meanwhile to the old file is taken over. */
function shorten(file: string): string[] {
  const old = openSync(file, 'r')
  const next = `${file}.${process.pid}`
  try {
    const text = readFileSync(old, 'utf8')
    const kept = entriesOf(text).slice(-MOST)
    writeFileSync(next, kept.map(line).join(''), { mode: 0o600 })
    renameSync(next, file)
    const late = rest(old, Buffer.byteLength(text))
    if (late !== '') appendFileSync(file, late)
    return [...kept, ...entriesOf(late)]
  } finally {
    closeSync(old)
    rmSync(next, { force: true })
  }
}

function rest(fd: number, from: number): string {
  const size = fstatSync(fd).size - from
  if (size <= 0) return ''
  const bytes = Buffer.alloc(size)
  return bytes.subarray(0, readSync(fd, bytes, 0, size, from)).toString('utf8')
}
