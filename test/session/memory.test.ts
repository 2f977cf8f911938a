import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Value } from '../../src/catalog/types.ts'
import { Session } from '../../src/index.ts'
import { compiledDir } from '../catalog/compiled.ts'
import { folder, PLANTED, PROGRAM, server, spawned } from '../cli/support.ts'
import { rowsOf } from './support.ts'

const PAGES = 24
const SIZE = 250
const U = 'confluent.iam.users'
let url = ''
/** Milliseconds until a page is answered. */
let delay = 0

/** Users of 300 bytes each: the tables of all of them are larger than a megabyte. */
function pageOf(at: number): string {
  const data = Array.from({ length: SIZE }, (_, i) => {
    // in no order
    const n = ((at * SIZE + i) * 7919) % (PAGES * SIZE)
    return { id: `u-${n}`, email: `${n % 50}@example.com`, full_name: `${n} ${'of a long name '.repeat(16)}` }
  })
  const next = `https://api.confluent.cloud/iam/v2/users?page_token=${at + 1}`
  return JSON.stringify({ data, metadata: at + 1 < PAGES ? { next } : {} })
}

beforeAll(async () => {
  url = await server((request, response) => {
    const at = Number(new URL(request.url!, 'http://h').searchParams.get('page_token') ?? 0)
    const send = (): unknown =>
      response.setHeader('content-type', 'application/json').end(at < PAGES ? pageOf(at) : '')
    if (delay > 0) setTimeout(send, delay)
    else send()
  })
})
afterEach(() => {
  delay = 0
})

const sessionOf = (memory?: number): Session =>
  new Session({ env: PLANTED, builtIn: compiledDir(), endpoint: url, memory })

const STATEMENTS = [
  `SELECT id, full_name FROM ${U} ORDER BY id`,
  `SELECT email, count(*), max(full_name) FROM ${U} GROUP BY email ORDER BY 1`,
  `SELECT DISTINCT full_name FROM ${U} ORDER BY full_name DESC`,
  `SELECT id, full_name, row_number() OVER (PARTITION BY email ORDER BY id) FROM ${U} ORDER BY id`,
  `SELECT a.id, b.full_name FROM ${U} a JOIN ${U} b ON b.full_name = a.full_name ORDER BY a.id`,
]

describe('rows beyond the memory', () => {
  it.each(STATEMENTS)('%s', async sql => {
    const [small, large] = [sessionOf(1), sessionOf()]
    expect(await rowsOf(small, sql)).toEqual(await rowsOf(large, sql))
    const spilled = async (session: Session): Promise<Value | undefined> =>
      (await rowsOf(session, `EXPLAIN ANALYZE ${sql}`)).at(-1)?.[7]
    expect(await spilled(small)).toBeGreaterThan(500_000)
    expect(await spilled(large)).toBe(0)
    await Promise.all([small.close(), large.close()])
  })

  it('are those of tables of the session as well', async () => {
    const session = sessionOf(1)
    await rowsOf(session, `CREATE TABLE people AS SELECT * FROM ${U}`)
    expect(await rowsOf(session, 'SELECT count(*), count(DISTINCT full_name) FROM people')).toEqual([
      [PAGES * SIZE, PAGES * SIZE],
    ])
    await session.close()
  })
})

const onLinux = process.platform === 'linux'

/** The modes of the temporary files that a process has open and that are in no folder any more. */
function modesOfUnlinked({ pid }: ChildProcess, dir: string): number[] {
  const fds = `/proc/${pid}/fd`
  try {
    return readdirSync(fds).flatMap(fd => {
      const path = readlinkSync(`${fds}/${fd}`)
      if (!path.startsWith(dir) || !path.endsWith(' (deleted)')) return []
      return [statSync(`${fds}/${fd}`).mode & 0o777]
    })
  } catch {
    // it has ended, or closed one meanwhile
    return []
  }
}

/** Starts a sort with a megabyte of memory, with its temporary files in `dir`. */
function sort(dir: string): ChildProcess {
  const args = [PROGRAM, '--endpoint', url, '--memory', '1', '-o', 'csv', STATEMENTS[0]!]
  return spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, TMPDIR: dir, ...PLANTED },
    stdio: 'ignore',
  })
}

describe.runIf(onLinux)('the temporary file', () => {
  it.each(['SIGKILL', 'SIGINT'] as const)(
    'is in no folder, for its owner only, and gone after %s',
    async signal => {
      delay = 20
      const dir = folder()
      const child = sort(dir)
      let modes: number[] = []
      while (modes.length === 0 && child.exitCode === null) {
        await new Promise(resolve => {
          setTimeout(resolve, 5)
        })
        modes = modesOfUnlinked(child, dir)
      }
      expect(modes[0]).toBe(0o600)
      child.kill(signal)
      await once(child, 'close')
      expect(readdirSync(dir)).toEqual([])
    },
  )

  it('that cannot grow is an error that says what to do, and the next statement runs', async () => {
    const dir = folder()
    const script = `${STATEMENTS[0]}; SELECT count(id) FROM ${U} u; SELECT max(id) AS last FROM ${U} u`
    const args = [PROGRAM, '--endpoint', url, '--memory', '1', '-o', 'text', '--continue-on-error', script]
    const { status, stdout, stderr } = await spawned(
      'sh',
      // no file may be larger than a megabyte
      ['-c', 'ulimit -f 2048; exec "$@"', 'sh', process.execPath, ...args],
      { env: { TMPDIR: dir } },
    )
    expect(stderr).toMatch(
      /^error: a file cannot be written or read \(SQLite: disk I\/O error\)\nhint: .*TMPDIR.*--memory/,
    )
    expect(stdout).toContain(`${PAGES * SIZE}`)
    expect(stdout).not.toContain('long name')
    expect(status).toBe(1)
    expect(readdirSync(dir)).toEqual([])
  })

  it('that cannot grow may damage tables of the session, which is an error that says so', async () => {
    const script = `CREATE TABLE small AS WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 40)
      SELECT i, hex(zeroblob(10000)) AS pad FROM n;
      CREATE TABLE large AS SELECT s.* FROM small s, small t; SELECT max(pad) FROM small; SELECT 1 AS next`
    const args = [PROGRAM, '--sandbox', '--memory', '1', '-o', 'text', '--continue-on-error', script]
    const { status, stdout, stderr } = await spawned(
      'sh',
      ['-c', 'ulimit -f 4096; exec "$@"', 'sh', process.execPath, ...args],
      { env: { TMPDIR: folder() } },
    )
    expect(stderr).toMatch(
      /\nerror: the tables of the session are damaged \(SQLite: database disk image is malformed\)\nhint: .*TMPDIR/,
    )
    expect(stdout).toBe('next\n1\n')
    expect(status).toBe(1)
  })

  it('is no use where the process may not reserve the memory for HTTP, which is an error that says so', async () => {
    const { status, stdout, stderr } = await spawned(
      'sh',
      [
        '-c',
        'ulimit -v 8000000; exec "$@"',
        'sh',
        process.execPath,
        PROGRAM,
        '--endpoint',
        url,
        STATEMENTS[0]!,
      ],
      { env: { TMPDIR: folder() } },
    )
    expect(stderr).toMatch(/^error: .*limit of the process's memory is too low for HTTP\nhint: set ulimit -v/)
    expect([status, stdout]).toEqual([1, ''])
  })
})
