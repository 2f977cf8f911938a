import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { Session } from '../../src/engine/session.ts'
import { ConfluentqlError } from '../../src/errors.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'
import { KEYS, makeChange, makeRows, type Change, type Row, type TableName } from './changes.ts'
import { asMeant } from '../support/as-meant.ts'
import { Random } from './random.ts'

const SEED = Number(process.env.FUZZ_SEED ?? 1)
const COUNT = Number(process.env.FUZZ_STATEMENTS ?? (process.env.FUZZ_SECONDS === undefined ? 400 : 3000))
/** Statements per dataset. */
const PER_DATASET = 50

const PROVIDER = oneHostProvider()
const COLUMNS = '{ id: string, part: string, name: string, note: string, n: integer, flag: boolean }'
const SERVICE = `
service: s
resources:
  items:
    summary: One key
    columns: ${COLUMNS}
    methods:
      get_item: { sql: select, call: 'GET /items/{id}' }
      list_items: { sql: select, call: GET /items, rows: $.data, params: { name: inexact } }
      update_item: { sql: update, call: 'PATCH /items/{id}', body: { name: optional } }
      replace_item: { sql: replace, call: 'PUT /items/{id}', body: { name: optional } }
      delete_item: { sql: delete, call: 'DELETE /items/{id}' }
  pairs:
    summary: Two keys
    columns: ${COLUMNS}
    methods:
      get_pair: { sql: select, call: 'GET /pairs/{id}/{part}' }
      list_pairs: { sql: select, call: GET /pairs, rows: $.data, params: { part: exact } }
      update_pair: { sql: update, call: 'PATCH /pairs/{id}/{part}', body: { name: optional } }
      replace_pair: { sql: replace, call: 'PUT /pairs/{id}/{part}', body: { name: optional } }
      delete_pair: { sql: delete, call: 'DELETE /pairs/{id}/{part}' }
`

let rows: Readonly<Record<TableName, readonly Row[]>> = { items: [], pairs: [] }
/** Keys and new names of the changed rows. Calls for rows that do not exist are not recorded. */
let changed: string[] = []
let sent = 0

const db = new Database(':memory:')
atEnd(() => db.close())

const url = await listen((request, response) => {
  const chunks: Buffer[] = []
  request
    .on('data', (chunk: Buffer) => chunks.push(chunk))
    .on('end', () => {
      const { pathname, searchParams } = new URL(request.url!, 'http://127.0.0.1')
      const [, table, ...keys] = pathname.split('/').map(decodeURIComponent)
      const all = rows[table as TableName]
      const found = all.filter(row => KEYS[table as TableName].every((k, i) => row[k] === keys[i]))
      const answer = (status: number, body: unknown): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      }
      if (request.method === 'GET' && keys.length === 0) {
        const part = searchParams.get('part')
        return answer(200, { data: all.filter(r => part === null || r.part === part) })
      }
      if (request.method === 'GET') return answer(found[0] ? 200 : 404, found[0] ?? {})
      sent++
      const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as { name?: string }
      if (found.length > 0) changed.push(JSON.stringify([...keys, body.name ?? null]))
      answer(200, {})
    })
})

const session = new Session({
  catalog: loadCatalog(compiledProvider(PROVIDER, SERVICE)),
  connect: async () => createClient({ env: { P_URL: url }, retries: 0 }),
})
atEnd(() => session.close())

/** Loads the same rows into the server and SQLite. */
function load(dataset: number): void {
  const random = new Random(dataset + 2_000_000)
  rows = { items: makeRows(random, 'items'), pairs: makeRows(random, 'pairs') }
  for (const [table, all] of Object.entries(rows)) {
    db.exec(
      `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (id TEXT, part TEXT, name TEXT, note TEXT, n INTEGER, flag BOOLEAN)`,
    )
    const insert = db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?)`)
    for (const { id, part, name, note, n, flag } of all)
      insert.run(id, part, name, note, n, flag === null ? null : Number(flag))
  }
}

interface Verdict {
  readonly fault?: string
  readonly rejected?: string
  /** The statement was rejected for missing keys, and the statement that the hint proposes was run instead. */
  readonly followed?: boolean
  readonly rows: number
}

/** Text of the hint before the proposed statement. */
const PROPOSAL = 'let a SELECT give all keys of the rows: '

/** A statement may be refused for several conditions. */
const MOST_HINTS = 6

async function check({ table, sql, expectedSql }: Change, hints = 0): Promise<Verdict> {
  const expected = (db.prepare(expectedSql).raw().all() as unknown[][]).map(row => JSON.stringify(row)).sort()
  changed = []
  sent = 0
  try {
    for await (const result of session.run(sql)) {
      for await (const _ of result.rows);
      result.finish()
    }
  } catch (error) {
    const shown = error instanceof Error ? error.message : String(error)
    if (!(error instanceof ConfluentqlError)) return { fault: `crash: ${shown}`, rows: 0 }
    if (sent > 0) return { fault: `sent before an error: ${shown}`, rows: 0 }
    const [, proposed] = error.hint?.split(PROPOSAL) ?? []
    const next = proposed ?? asMeant(sql, error)
    if (next !== undefined && sql !== next && hints < MOST_HINTS)
      return { ...(await check({ table, sql: next, expectedSql }, hints + 1)), followed: true }
    return { rejected: error.code, rows: 0 }
  }
  const [wrong, lost] = [
    changed.filter(k => !expected.includes(k)),
    expected.filter(k => !changed.includes(k)),
  ]
  const isRight = wrong.length === 0 && lost.length === 0 && changed.length === expected.length
  return {
    rows: expected.length,
    ...(!isRight && {
      fault: `changed ${changed.length} of ${expected.length} rows; wrong: ${wrong.slice(0, 3).join(' ')}; lost: ${lost.slice(0, 3).join(' ')}`,
    }),
  }
}

test(`the calls of ${COUNT} random changes are exactly the rows of the same WHERE in SQLite`, async () => {
  const faults: string[] = []
  const tally = { answered: 0, withRows: 0, rejected: 0, followed: 0 }
  let loaded = -1
  for (let seed = SEED; seed < SEED + COUNT && faults.length < 3; seed++) {
    const dataset = Math.floor(seed / PER_DATASET)
    if (dataset !== loaded) load(dataset)
    loaded = dataset
    const change = makeChange(new Random(seed))
    const verdict = await check(change)
    if (verdict.rejected !== undefined) tally.rejected++
    else tally.answered++
    if (verdict.followed) tally.followed++
    if (verdict.rows > 0) tally.withRows++
    if (verdict.fault !== undefined)
      faults.push(
        `FUZZ_SEED=${seed} FUZZ_STATEMENTS=1: ${verdict.fault}\n  ${change.sql}\n  ${change.expectedSql}`,
      )
  }
  expect(faults.join('\n\n')).toBe('')
  if (COUNT < 100) return
  if (process.env.FUZZ_SECONDS !== undefined) console.log(JSON.stringify(tally))
  expect(tally.withRows / tally.answered).toBeGreaterThan(0.5)
  expect(tally.answered / COUNT).toBeGreaterThan(0.8)
  expect(tally.followed / COUNT).toBeGreaterThan(0.1)
}, 3_600_000)
