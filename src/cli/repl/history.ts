import {
  appendFileSync,
  chmodSync,
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { makeFolders } from '../../folders.ts'
import { mayHoldSecret } from './secrets.ts'

/** Entries that the file keeps. */
const MAX_ENTRIES = 10_000
/** Further entries before the file is rewritten. */
const REWRITE_MARGIN = 1000

/**
 * The entries, oldest first. The file has one entry a line, as a JSON string. It is appended to in whole lines, so that
 * several shells can share it; a killed shell leaves at most one unfinished line, which is skipped.
 */
export class History {
  readonly #file: string
  readonly #warn: (text: string) => void
  #entries: string[] = []
  #isWritable = true

  /** `warn` is called once if the file cannot be read or written; entries are then kept in memory only. */
  constructor(file: string, warn: (text: string) => void) {
    this.#file = file
    this.#warn = warn
    try {
      makeFolders(dirname(file), 0o700)
      this.#entries = load(file)
      if (this.#entries.length > MAX_ENTRIES + REWRITE_MARGIN) this.#entries = shorten(file)
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

  /** Adds an entry, unless it begins with a blank or repeats the last one. An entry that may contain a secret is not written to the file. */
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

const line = (entry: string): string => `${JSON.stringify(entry)}\n`

function load(file: string): string[] {
  appendFileSync(file, '', { mode: 0o600 })
  if ((fstatMode(file) & 0o077) !== 0) chmodSync(file, 0o600)
  const text = readFileSync(file, 'utf8')
  // the next entry must not continue the unfinished line of a killed shell
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

/** Rewrites the file with the latest entries, and those that another shell appends to the old file meanwhile. */
function shorten(file: string): string[] {
  const old = openSync(file, 'r')
  const next = `${file}.${process.pid}`
  try {
    const text = readFileSync(old, 'utf8')
    const latest = entriesOf(text).slice(-MAX_ENTRIES)
    writeFileSync(next, latest.map(line).join(''), { mode: 0o600 })
    renameSync(next, file)
    const late = rest(old, Buffer.byteLength(text))
    if (late !== '') appendFileSync(file, late)
    return [...latest, ...entriesOf(late)]
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
