import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, expect, it } from 'vitest'
import { folder, page, PLANTED, PROGRAM, server } from '../cli/support.ts'

/** How often a run is killed; `npm run test:kill` asks for 200. */
const KILLS = Number(process.env.KILLS ?? 12)
const PAGES = 12
const SIZE = 400

const dir = folder()
const out = join(dir, 'users.csv')
const db = join(dir, 'inventory.db')
const ids = (at: number): string[] => Array.from({ length: SIZE }, (_, i) => `u-${String(at * SIZE + i).padStart(6, '0')}`)
let url = ''

beforeAll(async () => {
  url = await server((request, response) => {
    const at = Number(new URL(request.url!, 'http://h').searchParams.get('page_token') ?? 0)
    setTimeout(() => response.setHeader('content-type', 'application/json').end(page(ids(at), at + 1 < PAGES ? String(at + 1) : undefined)), 5)
  })
})

const SCRIPT = 'SELECT id, email FROM confluent.iam.users; CREATE TABLE IF NOT EXISTS users AS SELECT id, email FROM confluent.iam.users; DELETE FROM users; INSERT INTO users SELECT id, email FROM confluent.iam.users'

/** Runs the script and kills it after `ms`; how long it ran, and whether it ended by itself. */
async function killedAfter(ms: number): Promise<{ ended: boolean; ms: number }> {
  const started = performance.now()
  const child = spawn(process.execPath, [PROGRAM, '--endpoint', url, '--db', db, '--out', out, SCRIPT], { env: { PATH: process.env.PATH, ...PLANTED }, stdio: 'ignore' })
  const timer = setTimeout(() => child.kill('SIGKILL'), ms)
  const [status] = await once(child, 'close') as [number | null]
  clearTimeout(timer)
  return { ended: status === 0, ms: performance.now() - started }
}

it(`killed at ${KILLS} instants, a run leaves its output file absent or whole, and its database readable`, async () => {
  const whole = await killedAfter(30_000)
  expect(whole.ended).toBe(true)
  const expected = readFileSync(out, 'utf8')
  expect(expected.trimEnd().split('\n')).toHaveLength(PAGES * SIZE + 1)
  const seen = { absent: 0, whole: 0, tables: new Set<number>() }
  for (let i = 0; i < KILLS; i++) {
    rmSync(out, { force: true })
    if (i % 3 === 0) rmSync(db, { force: true })
    // spread over the whole run and a little beyond it, never twice at the same instant
    await killedAfter(whole.ms * 1.1 * ((i + Math.random()) / KILLS))
    if (existsSync(out)) {
      expect(readFileSync(out, 'utf8') === expected).toBe(true)
      seen.whole++
    } else seen.absent++
    if (!existsSync(db)) continue
    const base = new Database(db)
    expect(base.pragma('integrity_check', { simple: true })).toBe('ok')
    const isThere = base.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'users'").pluck().get() === 1
    const rows = isThere ? base.prepare('SELECT count(*) FROM users').pluck().get() as number : 0
    base.close()
    seen.tables.add(rows)
  }
  expect(seen.absent).toBeGreaterThan(0)
  // a statement's rows are all there, or none of them
  for (const rows of seen.tables) expect([0, PAGES * SIZE]).toContain(rows)
}, 600_000)
