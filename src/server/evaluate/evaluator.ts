import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gunzipSync } from 'node:zlib'
import { PGLITE } from './package.ts'
import { ROLE } from '../catalog/definition.ts'
import { framesIn, Fields } from '../wire/frames.ts'
import { request } from '../wire/messages.ts'
import type { FromEvaluator, Outcome, Start, ToEvaluator, Unit, UnitRequest } from './protocol.ts'

/*
 * Runs PGlite, which is Postgres in WebAssembly, in memory. It keeps no state: each unit is one transaction over the rows that it
 * contains, and is rolled back.
 */

/** The part of PGlite that is used. */
interface PGlite {
  exec(sql: string): Promise<unknown>
  execProtocolRaw(message: Uint8Array): Promise<Uint8Array>
  dumpDataDir(compression: 'gzip'): Promise<Blob>
}

interface PGliteModule {
  readonly PGlite: { create(options: { loadDataDir?: Blob }): Promise<PGlite> }
}

/** The largest answer to a step, in bytes. */
const MAX_ANSWER = 256 * 2 ** 20

/** The scans of each table in this transaction and in those whose statistics are still pending. */
const SCANS = `SELECT n.nspname || '.' || c.relname, pg_stat_get_xact_numscans(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND pg_stat_get_xact_numscans(c.oid) > 0`

async function open({ dump, definition }: Start): Promise<PGlite> {
  const require = createRequire(import.meta.url)
  const { PGlite } = require(PGLITE) as PGliteModule
  const saved = dump === undefined ? undefined : read(dump)
  if (saved) {
    try {
      return await PGlite.create({ loadDataDir: new Blob([saved]) })
    } catch {
      // of another version: it is written again
    }
  }
  const db = await PGlite.create({})
  await db.exec(definition)
  // takes effect when the dump is loaded: a database in memory does not need the default, 128 MB
  await db.exec("ALTER SYSTEM SET shared_buffers = '16MB'")
  if (dump !== undefined) await save(db, dump)
  return db
}

/** The dump, if its checksum is right. A damaged dump would make PGlite end the process. */
function read(file: string): Buffer<ArrayBuffer> | undefined {
  try {
    return gunzipSync(readFileSync(file))
  } catch {
    return undefined
  }
}

/** A failure is ignored: without the file, the next start only takes longer. */
async function save(db: PGlite, file: string): Promise<void> {
  const unfinished = `${file}.${randomBytes(4).toString('hex')}`
  try {
    const dump = await db.dumpDataDir('gzip')
    writeFileSync(unfinished, Buffer.from(await dump.arrayBuffer()), { mode: 0o600 })
    renameSync(unfinished, file)
  } catch {
    rmSync(unfinished, { force: true })
  }
}

async function run(db: PGlite, { prologue, loads, steps }: Unit): Promise<Outcome> {
  const ask = async (message: Uint8Array): Promise<Buffer> => {
    const answer = await db.execProtocolRaw(message)
    return Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength)
  }
  const before = async (): Promise<Buffer | undefined> => {
    const started = await ask(request.query(`BEGIN;${prologue}`))
    if (hasFailed(started)) return started
    for (const { before: first, copy, chunks } of loads) {
      const parts = [
        request.query(first),
        request.query(copy),
        ...chunks.map(request.copyData),
        request.copyDone,
      ]
      const loaded = await ask(Buffer.concat(parts))
      if (hasFailed(loaded)) return loaded
    }
    const role = await ask(request.query(`SET LOCAL ROLE ${ROLE}; SET TRANSACTION READ ONLY`))
    return hasFailed(role) ? role : undefined
  }
  try {
    const failed = await before()
    if (failed) return { outputs: [], failed, reads: [] }
    const known = scansIn(await ask(request.query(SCANS)))
    const outputs: Buffer[] = []
    for (const step of steps) {
      const output = await ask(step)
      if (output.length > MAX_ANSWER) throw new Error('the result is larger than 256 MB')
      outputs.push(Buffer.from(output))
      if (hasFailed(output)) return { outputs, reads: [] }
    }
    const scans = scansIn(await ask(request.query(SCANS)))
    const reads = [...scans].flatMap(([name, n]) => (n > (known.get(name) ?? 0) ? [name] : []))
    return { outputs, reads }
  } finally {
    await ask(request.query('ROLLBACK'))
  }
}

/** Loading leaves a hundred megabytes, which an idle process would keep. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
}

function hasFailed(output: Buffer): boolean {
  for (const { type } of framesIn(output)) if (type === 'E') return true
  return false
}

function scansIn(output: Buffer): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const { type, body } of framesIn(output)) {
    if (type === 'E') throw new Error('the scans of the statement cannot be counted')
    if (type !== 'D') continue
    const fields = new Fields(body)
    fields.count()
    const [name = '', n = ''] = [0, 1].map(() => fields.bytes(fields.int32()).toString('utf8'))
    found.set(name, Number(n))
  }
  return found
}

/** Answers the messages to an evaluator, one after another. */
export class Evaluator {
  readonly #send: (message: FromEvaluator) => void
  #opened: Promise<PGlite> | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(send: (message: FromEvaluator) => void) {
    this.#send = send
  }

  receive(message: ToEvaluator): void {
    this.#last = this.#last.then(() => (message.kind === 'start' ? this.#start(message) : this.#run(message)))
  }

  async #start(message: Start): Promise<void> {
    try {
      this.#opened = open(message)
      await this.#opened
      collectGarbage()
      this.#send({ kind: 'ready' })
    } catch (error) {
      this.#send({ kind: 'failed', message: (error as Error).message })
    }
  }

  async #run(message: UnitRequest): Promise<void> {
    try {
      this.#send({ kind: 'done', ...(await run(await this.#opened!, message)) })
    } catch (error) {
      this.#send({ kind: 'done', outputs: [], reads: [], error: (error as Error).message })
    }
  }
}
