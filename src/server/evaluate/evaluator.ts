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

const TABLES = `SELECT c.oid::text, n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')`

/** The OID in the row that says whether the role is unchanged. */
const UNCHANGED = '0'
const SCANS = 'EXECUTE confluentql_scans'
/**
 * The scans of each table in this transaction and in those whose statistics are still pending. The row of OID 0 has 1 if the role
 * is unchanged and scans are counted, else 0. It is prepared, since planning it takes longer than running it.
 */
const prepareScans = (oids: readonly string[]): string => `PREPARE confluentql_scans AS
SELECT 0::pg_catalog.oid, CASE WHEN current_user OPERATOR(pg_catalog.=) '${ROLE}'
  AND pg_catalog.current_setting('track_counts') OPERATOR(pg_catalog.=) 'on' THEN 1::pg_catalog.int8 ELSE 0 END UNION ALL
SELECT oid, pg_catalog.pg_stat_get_xact_numscans(oid) FROM pg_catalog.unnest('{${oids.join()}}'::pg_catalog.oid[]) AS oid
WHERE pg_catalog.pg_stat_get_xact_numscans(oid) OPERATOR(pg_catalog.>) 0`

/** Removes what a statement leaves in the session of Postgres: advisory locks, and the seed of random numbers. */
const PREPARE_END = `PREPARE confluentql_end(pg_catalog.float8) AS
SELECT pg_catalog.pg_advisory_unlock_all(), pg_catalog.setseed($1)`

const SET_ROLE = `SET LOCAL ROLE ${ROLE};`
/** The settings of the client are set with the rights of the role, which they cannot change. */
const readOnly = (settings: string): string =>
  `${SET_ROLE}${settings}${SET_ROLE} SET TRANSACTION READ ONLY; ${SCANS}`

/** A database that units run in, and the names of its tables, by their OIDs. */
interface Opened {
  readonly db: PGlite
  readonly tables: ReadonlyMap<string, string>
}

async function open(start: Start): Promise<Opened> {
  const db = await load(start)
  await db.exec(start.naming)
  const tables = new Map(rowsIn(await ask(db, request.query(TABLES))))
  await db.exec(prepareScans([...tables.keys()]))
  await db.exec(PREPARE_END)
  return { db, tables }
}

async function load({ dump, definition }: Start): Promise<PGlite> {
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

async function ask(db: PGlite, message: Uint8Array): Promise<Buffer> {
  const answer = await db.execProtocolRaw(message)
  return Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength)
}

async function run({ db, tables }: Opened, { prologue, settings, loads, steps }: Unit): Promise<Outcome> {
  // resolves with the answer to the last message: of a failed one, or of SCANS
  const before = async (): Promise<Buffer> => {
    const begin = `BEGIN;${prologue}`
    if (loads.length === 0) return ask(db, request.query(begin + readOnly(settings)))
    const started = await ask(db, request.query(begin))
    if (hasFailed(started)) return started
    for (const { before: first, copy, chunks } of loads) {
      const parts = [
        request.query(first),
        request.query(copy),
        ...chunks.map(request.copyData),
        request.copyDone,
      ]
      const loaded = await ask(db, Buffer.concat(parts))
      if (hasFailed(loaded)) return loaded
    }
    return ask(db, request.query(readOnly(settings)))
  }
  try {
    const begun = await before()
    if (hasFailed(begun)) return { outputs: [], failed: begun, reads: [] }
    const known = new Map(rowsIn(begun))
    const outputs: Buffer[] = []
    for (const step of steps) {
      const output = await ask(db, step)
      if (output.length > MAX_ANSWER) throw new Error('the result is larger than 256 MB')
      outputs.push(Buffer.from(output))
      if (hasFailed(output)) return { outputs, reads: [] }
    }
    const scans = await ask(db, request.query(SCANS))
    if (hasFailed(scans)) throw new Error('the scans of the statement cannot be counted')
    const counts = new Map(rowsIn(scans))
    // a statement could have changed it by set_config
    if (counts.get(UNCHANGED) !== '1') throw new Refusal('a statement cannot change its role')
    counts.delete(UNCHANGED)
    const reads = [...counts].flatMap(([oid, n]) =>
      Number(n) > Number(known.get(oid) ?? 0) ? [tables.get(oid)!] : [],
    )
    return { outputs, reads }
  } finally {
    await ask(db, request.query(`ROLLBACK; EXECUTE confluentql_end(${Math.random()})`))
  }
}

/** The statement changed its role or stopped the counting of scans, so that its answer cannot be trusted. */
class Refusal extends Error {}

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

/** The rows of the last statement in an output, which have two columns. */
function rowsIn(output: Buffer): (readonly [string, string])[] {
  let found: (readonly [string, string])[] = []
  for (const { type, body } of framesIn(output)) {
    if (type === 'T') found = []
    if (type !== 'D') continue
    const fields = new Fields(body)
    if (fields.count() !== 2) continue
    const text = (): string => fields.bytes(fields.int32()).toString('utf8')
    found.push([text(), text()])
  }
  return found
}

/** Answers the messages to an evaluator, one after another. */
export class Evaluator {
  readonly #send: (message: FromEvaluator) => void
  #opened: Promise<Opened> | undefined
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
      const state = error instanceof Refusal ? '42501' : '54000'
      const failure = { state, message: (error as Error).message }
      this.#send({ kind: 'done', outputs: [], reads: [], error: failure })
    }
  }
}
