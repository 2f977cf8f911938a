import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folder, PROGRAM, spawned } from '../cli/support.ts'
import { exported, filesOf, lake, rowsOf, toLake, type Data, type Lake } from '../export/lake.ts'

/** How often runs are killed; `npm run test:kill` asks for 200. */
const KILLS = Math.ceil(Number(process.env.KILLS ?? 24) / 3)

const CLUSTERS = Array.from({ length: 12 }, (_, i) => `lkc-${String(i).padStart(2, '0')}`)
const topicsOf = (id: string): [string, string][] =>
  Array.from({ length: 500 }, (_, i) => [`${id}-${i}`, '2026-10-01T00:00:00Z'])
const DATA: Data = { 'env-1': Object.fromEntries(CLUSTERS.map(id => [id, topicsOf(id)])) }
const BY_CLUSTER = ['--partition-by', 'cluster']
const pathOf = (id: string): string => `cluster=${id}/part-0.parquet`

/** Starts an export, and sends a signal after some milliseconds; the exit status. */
async function signalled(api: Lake, dir: string, ms: number, signal: NodeJS.Signals): Promise<number | null> {
  const { args, env } = toLake(api)
  const child = spawn(
    process.execPath,
    [PROGRAM, 'export', ...args, 'lake.s.topics', '--out', dir, ...BY_CLUSTER],
    { env: { PATH: process.env.PATH, ...env }, stdio: 'ignore' },
  )
  const timer = setTimeout(() => child.kill(signal), ms)
  const [status] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return status
}

/** Checks that each file of an export is whole; returns the clusters that have one. */
async function whole(dir: string): Promise<string[]> {
  if (!existsSync(dir)) return []
  const there = CLUSTERS.filter(id => existsSync(join(dir, pathOf(id))))
  for (const id of there) {
    const rows = await rowsOf(join(dir, pathOf(id)))
    expect(rows.map(row => row['name'])).toEqual(topicsOf(id).map(([name]) => name))
  }
  const others = filesOf(dir).filter(
    path => path !== '_SUCCESS' && !/(?:^|\/)\.confluentql-.*\.tmp$/.test(path),
  )
  expect(others).toEqual(there.map(pathOf))
  if (existsSync(join(dir, '_SUCCESS'))) expect(there).toEqual(CLUSTERS)
  return there
}

it('killed at any instant, an export leaves whole files, and --resume asks for the others only', async () => {
  const api = await lake(DATA)
  api.delay = 5
  const started = performance.now()
  const first = join(folder(), 'whole')
  expect(await signalled(api, first, 60_000, 'SIGKILL')).toBe(0)
  const ms = performance.now() - started
  expect(await whole(first)).toEqual(CLUSTERS)
  for (let i = 0; i < KILLS; i++) {
    const dir = join(folder(), 'killed')
    await signalled(api, dir, ms * (0.3 + (0.8 * (i + Math.random())) / KILLS), 'SIGKILL')
    const before = await whole(dir)
    if (i % 2 === 1) continue
    api.asked.length = 0
    const isDone = existsSync(join(dir, '_SUCCESS'))
    const { status, stderr } = await exported(api, ['lake.s.topics', '--out', dir, ...BY_CLUSTER, '--resume'])
    expect(status, stderr).toBe(0)
    expect(await whole(dir)).toEqual(CLUSTERS)
    const asked = new Set(api.asked.flatMap(path => /lkc-\d+/.exec(path)?.[0] ?? []))
    // the last that was written may not have been recorded
    expect(asked.size - (isDone ? 0 : CLUSTERS.length - before.length)).toBeLessThanOrEqual(isDone ? 0 : 1)
  }
}, 600_000)

it('interrupted, an export ends with 130, and another run may go on', async () => {
  const api = await lake(DATA)
  let count = 0
  const dir = join(folder(), 'interrupted')
  const ended = new Promise<number | null>((resolve, reject) => {
    const { args, env } = toLake(api)
    const child = spawn(
      process.execPath,
      [PROGRAM, 'export', ...args, 'lake.s.topics', '--out', dir, ...BY_CLUSTER],
      { env: { PATH: process.env.PATH, ...env }, stdio: 'ignore' },
    )
    api.onTopics = () => {
      if (++count === 8) child.kill('SIGINT')
    }
    child.on('close', resolve).on('error', reject)
  })
  expect(await ended).toBe(130)
  const before = await whole(dir)
  expect(before.length).toBeGreaterThan(0)
  expect(before.length).toBeLessThan(CLUSTERS.length)
  expect(filesOf(dir).filter(path => path.endsWith('.tmp'))).toEqual([])
  const { status } = await exported(api, ['lake.s.topics', '--out', dir, ...BY_CLUSTER, '--resume'])
  expect(status).toBe(0)
  expect(await whole(dir)).toEqual(CLUSTERS)
})

it('on a full disk, an export says so and leaves no file that is not whole', async () => {
  const big = topicsOf('lkc-01').map(
    ([name, at], i) => [`${name} ${Math.sin(i)} ${Math.cos(i)}`, at] as const,
  )
  const api = await lake({
    'env-1': { 'lkc-00': topicsOf('lkc-00').slice(0, 1), 'lkc-01': big, 'lkc-02': big },
  })
  const { args, env } = toLake(api)
  const dir = join(folder(), 'full')
  const command = [PROGRAM, 'export', ...args, 'lake.s.topics', '--out', dir, ...BY_CLUSTER]
  // no file may have more than 8 kB
  const outcome = await spawned(
    '/bin/sh',
    ['-c', 'ulimit -f 8; exec "$0" "$@"', process.execPath, ...command],
    { env },
  )
  expect(outcome.stderr).toMatch(/^error: cannot write .*lkc-01.*part-0\.parquet: /m)
  expect(outcome.status).toBe(1)
  expect(filesOf(dir)).toEqual([pathOf('lkc-00')])
  expect(api.asked.filter(path => path.includes('lkc-02'))).toEqual([])
})

it('on a disk that is full from the start, an export leaves no lock, which would keep the next run out', async () => {
  const { args, env } = toLake(await lake({ 'env-1': { 'lkc-00': topicsOf('lkc-00').slice(0, 1) } }))
  const dir = join(folder(), 'full')
  const command = [PROGRAM, 'export', ...args, 'lake.s.topics', '--out', dir, ...BY_CLUSTER, '--resume']
  const limited = ['-c', 'ulimit -f 0; exec "$0" "$@"', process.execPath, ...command]
  expect(await spawned('/bin/sh', limited, { env })).toMatchObject({ status: 1 })
  expect(await spawned(process.execPath, command, { env })).toMatchObject({ status: 0 })
  expect(filesOf(dir)).toEqual(['_SUCCESS', pathOf('lkc-00')])
})
