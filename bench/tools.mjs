import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url))
export const PROGRAM = at('dist/cli.js')
const FLOOR = at('bench/floor.mjs')
export const CREDENTIALS = {
  CONFLUENT_CLOUD_API_KEY: 'bench',
  CONFLUENT_CLOUD_API_SECRET: 'bench',
  KAFKA_API_KEY: 'bench',
  KAFKA_API_SECRET: 'bench',
}

export const node = (...args) => [process.execPath, ...args]
export const program = (...args) => node(PROGRAM, ...args)
export const floor = (...args) => node(FLOOR, ...args.map(String))

/** A temporary folder that is removed when the benchmark ends. */
export const folder = mkdtempSync(join(tmpdir(), 'confluentql-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Starts the loopback server; `set` configures it, `seen` returns the requests since then. */
export async function startServer() {
  const child = spawn(process.execPath, [at('bench/server.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [port] = await once(child.stdout, 'data')
  const url = `http://127.0.0.1:${String(port).trim()}`
  // a kept-alive connection may have ended while a case ran
  const ask = (path, options) => fetch(url + path, options).catch(() => fetch(url + path, options))
  return {
    url,
    set: what => ask('/set', { method: 'POST', body: JSON.stringify(what) }),
    seen: async () => (await ask('/seen')).json(),
    close: () => child.stdin.end(),
  }
}

/** Runs a command: milliseconds, time of its first output (monotonic clock), peak memory in MB, processor time. Throws unless it succeeds. */
export async function run([command, ...args], { memory = false, env = {} } = {}) {
  const peak = join(folder, 'peak')
  const words = memory ? ['--require', at('bench/peak.cjs'), ...args] : args
  const started = performance.now()
  const child = spawn(command, words, {
    env: { PATH: process.env.PATH, HOME: folder, ...CREDENTIALS, PEAK_FILE: peak, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let first
  let bytes = 0
  let errors = ''
  child.stdout.on('data', chunk => {
    first ??= Number(process.hrtime.bigint()) / 1e6
    bytes += chunk.length
  })
  child.stderr.on('data', chunk => {
    errors += chunk
  })
  const [status] = await once(child, 'close')
  const ms = performance.now() - started
  if (status !== 0) throw new Error(`${args.join(' ').slice(0, 300)} ended with ${status}:\n${errors}`)
  const [kb, cpu] = memory ? readFileSync(peak, 'utf8').split(' ').map(Number) : []
  return { ms, first, bytes, mb: kb && kb / 1024, cpu }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Runs both alternately, so that other load affects both, and returns their medians. */
export async function compare(times, ours, theirs) {
  const found = { ours: [], theirs: [] }
  for (let i = 0; i <= times; i++) {
    const theirValue = await theirs()
    const ourValue = await ours()
    // the first round warms the disk cache
    if (i === 0 && times > 3) continue
    found.theirs.push(theirValue)
    found.ours.push(ourValue)
  }
  return { ours: median(found.ours), theirs: median(found.theirs) }
}
