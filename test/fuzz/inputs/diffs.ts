import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { readOptions } from '../../../src/cli/args/command-line.ts'
import { diff } from '../../../src/cli/diff/diff.ts'
import { Meter } from '../../../src/cli/meter.ts'
import type { World } from '../../../src/cli/world.ts'
import { Session } from '../../../src/index.ts'
import { arbitraryResult, options, renderBytes } from '../../render/support.ts'
import type { Format } from '../../../src/render/types.ts'
import type { Random } from '../random.ts'
import { ensure, outcomeOf, type Target } from './target.ts'

/** The environment of a command that writes its output to `texts`. */
export function worldTo(
  texts: { out: string; err: string },
  env: Readonly<Record<string, string>> = {},
): World {
  const into = (key: 'out' | 'err'): Writable =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        texts[key] += chunk.toString('utf8')
        done()
      },
    })
  return { stdin: Readable.from([]), stdout: into('out'), stderr: into('err'), env, meter: new Meter() }
}

const FORMATS = ['csv', 'tsv', 'json', 'ndjson', 'parquet'] as const satisfies readonly Format[]

function damaged(r: Random, bytes: Buffer): Buffer {
  const result = Buffer.from(bytes)
  const at = (): number =>
    r.chance(0.4) ? r.int(Math.max(0, result.length - 400), result.length - 1) : r.int(0, result.length - 1)
  for (let n = r.int(1, 6); n > 0; n--) {
    if (r.chance(0.5)) result[at()]! ^= 1 << r.int(0, 7)
    else result[at()] = r.pick([0, 1, 0x22, 0x2c, 0x0a, 0x5c, 0x7f, 0x80, 0xff, r.int(0, 255)])
  }
  if (r.chance(0.15)) return result.subarray(0, r.int(0, result.length))
  if (r.chance(0.1)) return Buffer.concat([result, result.subarray(r.int(0, result.length))])
  return result
}

class DamagedFiles {
  readonly #dir = mkdtempSync(join(tmpdir(), 'confluentql-fuzz-'))
  readonly #session = new Session({ env: {}, builtIn: join(import.meta.dirname, '../../../dist/providers') })
  readonly #base: Buffer

  constructor() {
    const file = join(this.#dir, 'base.db')
    const db = new Database(file)
    db.exec(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, at TEXT); CREATE TABLE u (x); CREATE VIEW v AS SELECT * FROM t; CREATE INDEX i ON t (name); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO t SELECT i, 'name ' || i, NULL FROM n",
    )
    db.close()
    this.#base = readFileSync(file)
  }

  async attempt(r: Random): Promise<void> {
    if (r.chance(0.3)) return this.#database(r)
    const result = arbitraryResult(() => r.next())
    const format = r.pick(FORMATS)
    const whole = await renderBytes(options(format), result)
    const input = `${format} ${whole.toString(format === 'parquet' ? 'base64' : 'utf8')}`
    const file = this.#file(`a.${format}`, whole)
    if (r.chance(0.4)) {
      const twin = this.#file(`b.${format}`, whole)
      const { value: status, error } = await this.#diff(input, file, twin)
      return ensure(status === 0, `a file differs from itself: ${status ?? error?.message}`, input)
    }
    const bytes = whole.length === 0 ? whole : damaged(r, whole)
    await this.#diff(`damaged ${format} ${bytes.toString('base64')}`, file, this.#file(`b.${format}`, bytes))
  }

  async #database(r: Random): Promise<void> {
    const base = this.#file('a.db', this.#base)
    const bytes = damaged(
      r,
      r.chance(0.5)
        ? this.#base
        : Buffer.concat([damaged(r, this.#base.subarray(0, 4096)), this.#base.subarray(4096)]),
    )
    await this.#diff(
      `damaged db ${bytes.subarray(0, 4096).toString('base64')}`,
      `${base}:t`,
      `${this.#file('b.db', bytes)}:${r.pick(['t', 'u', 'v', 'nothing'])}`,
    )
  }

  #file(name: string, bytes: Buffer): string {
    const path = join(this.#dir, name)
    rmSync(`${path}-journal`, { force: true })
    writeFileSync(path, bytes)
    return path
  }

  async #diff(
    input: string,
    a: string,
    b: string,
  ): Promise<{
    readonly value?: number | undefined
    readonly error?: { readonly message: string } | undefined
  }> {
    const texts = { out: '', err: '' }
    const given = readOptions(
      ['diff', a, b],
      () => '1',
      () => {},
    )!
    const found = await outcomeOf(input, () =>
      diff(this.#session, given, worldTo(texts), new AbortController().signal),
    )
    if (found.value !== undefined) ensure([0, 3].includes(found.value), `status ${found.value}`, input)
    return found
  }

  async close(): Promise<void> {
    await this.#session.close()
    rmSync(this.#dir, { recursive: true, force: true })
  }
}

export const DIFFS: readonly Target[] = [
  {
    name: 'diff of damaged files',
    defaultCount: 80,
    open: async () => {
      const files = new DamagedFiles()
      return { attempt: r => files.attempt(r), close: () => files.close() }
    },
  },
]
