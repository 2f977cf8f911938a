import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { unzipSync } from 'fflate'
import { parquetReadObjects } from 'hyparquet'
import { beforeAll, expect, it } from 'vitest'
import { History } from '../../src/cli/repl/history.ts'
import { folder, page, PLANTED, PROGRAM, server } from '../cli/support.ts'
import { home, PtyShell } from '../repl/pty.ts'

/** How often runs are killed, all tests together; `npm run test:kill` asks for 200. */
const KILLS = Number(process.env.KILLS ?? 24)
const PAGES = 12
const SIZE = 400
const ROWS = PAGES * SIZE

const dir = folder()
const ids = (at: number): string[] =>
  Array.from({ length: SIZE }, (_, i) => `u-${String(at * SIZE + i).padStart(6, '0')}`)
let url = ''

beforeAll(async () => {
  url = await server((request, response) => {
    const at = Number(new URL(request.url!, 'http://h').searchParams.get('page_token') ?? 0)
    setTimeout(
      () =>
        response
          .setHeader('content-type', 'application/json')
          .end(page(ids(at), at + 1 < PAGES ? String(at + 1) : undefined)),
      5,
    )
  })
})

/** Runs the program and kills it after `ms`; how long it ran, and whether it ended by itself. */
async function killedAfter(ms: number, ...args: string[]): Promise<{ ended: boolean; ms: number }> {
  const started = performance.now()
  const child = spawn(process.execPath, [PROGRAM, '--endpoint', url, ...args], {
    cwd: dir,
    env: { PATH: process.env.PATH, ...PLANTED },
    stdio: 'ignore',
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), ms)
  const [status] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { ended: status === 0, ms: performance.now() - started }
}

/** Instants spread over the whole run and a little beyond it, never twice the same. */
const instant = (i: number, kills: number, whole: number): number =>
  whole * 1.1 * ((i + Math.random()) / kills)

/** What killed runs left beside their files, besides hidden files that the next run removes. */
const strangers = (known: readonly string[]): string[] =>
  readdirSync(dir).filter(
    f => !known.includes(f) && !/^\.confluentql-[0-9a-f]{16}-\d+-[0-9a-f]{12}\.tmp$/.test(f),
  )

const LIST = 'SELECT id, email FROM confluent.iam.users'

it('killed at any instant, a run leaves its output file absent or whole, and its database readable', async () => {
  const kills = Math.ceil(KILLS * 0.4)
  const [out, db] = [join(dir, 'users.csv'), join(dir, 'inventory.db')]
  const args = [
    '--db',
    db,
    '--out',
    out,
    `${LIST}; CREATE TABLE IF NOT EXISTS users AS ${LIST}; DELETE FROM users; INSERT INTO users ${LIST}`,
  ]
  const whole = await killedAfter(30_000, ...args)
  expect(whole.ended).toBe(true)
  const expected = readFileSync(out, 'utf8')
  expect(expected.trimEnd().split('\n')).toHaveLength(ROWS + 1)
  const seen = { absent: 0, whole: 0, tables: new Set<number>() }
  for (let i = 0; i < kills; i++) {
    rmSync(out, { force: true })
    if (i % 3 === 0) rmSync(db, { force: true })
    await killedAfter(instant(i, kills, whole.ms), ...args)
    if (existsSync(out)) {
      expect(readFileSync(out, 'utf8') === expected).toBe(true)
      seen.whole++
    } else seen.absent++
    if (!existsSync(db)) continue
    const base = new Database(db)
    expect(base.pragma('integrity_check', { simple: true })).toBe('ok')
    const isThere =
      base.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'users'").pluck().get() === 1
    const rows = isThere ? (base.prepare('SELECT count(*) FROM users').pluck().get() as number) : 0
    base.close()
    seen.tables.add(rows)
  }
  expect(seen.absent).toBeGreaterThan(0)
  // a statement's rows are all there, or none of them
  for (const rows of seen.tables) expect([0, ROWS]).toContain(rows)
}, 600_000)

/** How many rows a whole file has. It fails where the file is not whole. */
const rowsOf: Readonly<Record<string, (bytes: Buffer) => Promise<number> | number>> = {
  xlsx: bytes =>
    Buffer.from(unzipSync(bytes)['xl/worksheets/sheet1.xml']!).toString().split('<row ').length - 2,
  parquet: async bytes => (await parquetReadObjects({ file: new Uint8Array(bytes).buffer })).length,
  html: bytes => {
    expect(bytes.toString()).toMatch(/<\/html>\s*$/)
    return bytes.toString().split('<tr').length - 2
  },
}

it.each(['xlsx', 'parquet', 'html'])(
  'killed at any instant, a run leaves the %s file that was there, or the new one',
  async format => {
    const kills = Math.ceil(KILLS * 0.1)
    const name = `report.${format}`
    const args = ['--out', name, LIST]
    const whole = await killedAfter(30_000, ...args)
    expect(whole.ended).toBe(true)
    expect(await rowsOf[format]!(readFileSync(join(dir, name)))).toBe(ROWS)
    for (let i = 0; i < kills; i++) {
      writeFileSync(join(dir, name), 'as it was before')
      await killedAfter(instant(i, kills, whole.ms), ...args)
      const bytes = readFileSync(join(dir, name))
      if (bytes.toString() !== 'as it was before') expect(await rowsOf[format]!(bytes)).toBe(ROWS)
    }
  },
  600_000,
)

it('killed at any instant, a script leaves each of its files absent, as it was, or whole', async () => {
  const kills = Math.ceil(KILLS * 0.15)
  const files = ['one.csv', 'two.ndjson', 'three.md']
  writeFileSync(join(dir, 'all.sql'), files.map(f => `.once ${f}\n${LIST};\n`).join(''))
  const whole = await killedAfter(30_000, '-f', 'all.sql')
  expect(whole.ended).toBe(true)
  const expected = files.map(f => readFileSync(join(dir, f), 'utf8'))
  for (let i = 0; i < kills; i++) {
    // the first is not there, the others are
    rmSync(join(dir, files[0]!), { force: true })
    for (const f of files.slice(1)) writeFileSync(join(dir, f), 'as it was before')
    await killedAfter(instant(i, kills, whole.ms), '-f', 'all.sql')
    const found = files.map(f =>
      existsSync(join(dir, f)) ? readFileSync(join(dir, f), 'utf8') : 'as it was before',
    )
    // in their order: none is new before the one above it
    const fresh = found.findIndex(text => text === 'as it was before')
    found.forEach((text, at) =>
      expect(text === (fresh >= 0 && at >= fresh ? 'as it was before' : expected[at])).toBe(true),
    )
  }
  const known = [
    'all.sql',
    'users.csv',
    'inventory.db',
    'inventory.db-journal',
    'inventory.db-wal',
    'inventory.db-shm',
    ...files,
    ...Object.keys(rowsOf).map(f => `report.${f}`),
  ]
  expect(strangers(known)).toEqual([])
}, 600_000)

it('killed at any instant, a shell leaves a readable history', async () => {
  const kills = Math.ceil(KILLS * 0.1)
  const statement = (n: number): string => `SELECT ${n} AS n, '${'ä'.repeat(n % 50)}' AS t;`
  for (let i = 0; i < kills; i++) {
    const where = home()
    const shell = new PtyShell([], { home: where, env: { PATH: process.env.PATH! } })
    await shell.until(/> ?$/)
    const entered = Array.from({ length: 200 }, (_, n) => statement(n))
    shell.send(entered.map(text => `${text}\r`).join(''))
    await new Promise(resolve => {
      setTimeout(resolve, 100 + Math.random() * 600)
    })
    // its own process, since the one that holds the terminal would only hang up
    shell.killProgram()
    await shell.ended
    const file = join(where, '.local/state/confluentql/history')
    const warnings: string[] = []
    const { entries } = new History(file, text => warnings.push(text))
    expect(warnings).toEqual([])
    expect(entries).toEqual(entered.slice(0, entries.length))
    const next = new PtyShell([], { home: where })
    await next.until(/> ?$/)
    await next.type('SELECT 5 AS after;\r', /after\n-+\n +5\n/)
    expect(await next.leave()).toBe(0)
    expect(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)).toBe('"SELECT 5 AS after;"')
  }
}, 600_000)
