// Measures how a fan-out of 2,000 calls gets through a server that limits requests a second and requests under way,
// and draws docs/pictures/rate-limit.svg. Run by `npm run ratelimit`, on the built library.
import { fork } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Session } from '../dist/index.js'
import { plot } from './plot.mjs'

const CALLS = 2000
const CASES = [
  { name: 'rate 100/s, width 3, ours 4', rate: 100, burst: 100, width: 3, latency: 10, concurrency: 4 },
  { name: 'rate 100/s, width 6, ours 16', rate: 100, burst: 100, width: 6, latency: 20, concurrency: 16 },
  { name: 'rate 100/s, width 6, ours 32', rate: 100, burst: 100, width: 6, latency: 20, concurrency: 32 },
  {
    name: 'rate 150/s, wide, slow answers, ours 32',
    rate: 150,
    burst: 150,
    width: 100,
    latency: 60,
    concurrency: 32,
  },
  {
    name: 'rate 150/s, wide, slow answers, ours 16',
    rate: 150,
    burst: 150,
    width: 100,
    latency: 60,
    concurrency: 16,
  },
]

const results = []
// one after the other: they would slow each other down
for (const given of CASES) results.push(await measured(given))
for (const r of results) {
  console.log(
    `${r.name}: ${CALLS} calls in ${r.seconds.toFixed(1)} s, ideal ${r.ideal.toFixed(1)} s (+${((r.seconds / r.ideal - 1) * 100).toFixed(1)} %), `
      + `${(r.used * 100).toFixed(1)} % of the allowed rate, ${r.refused} refused, ${r.failed ?? 'no statement failed'}`,
  )
}
const shown = results[1]
mkdirSync(fileURLToPath(new URL('../docs/pictures', import.meta.url)), { recursive: true })
writeFileSync(
  fileURLToPath(new URL('../docs/pictures/rate-limit.svg', import.meta.url)),
  plot({
    title: `${CALLS} calls to a server that allows ${shown.rate} a second and ${shown.width} at once`,
    x: { label: 'seconds' },
    y: { label: 'requests a second', min: 0, max: shown.rate * 2.2 },
    series: [
      { name: 'accepted a second', points: perSecond(shown.log.accepted), kind: 'line' },
      {
        name: 'allowed a second',
        points: [
          [0, shown.rate],
          [shown.seconds, shown.rate],
        ],
        kind: 'dashes',
      },
      { name: `refused (${shown.refused} in all)`, points: perSecond(shown.log.refused), kind: 'line' },
      { name: 'at once, × 10', points: atOnce(shown.log), kind: 'step' },
    ],
  }),
)

async function measured(given) {
  const server = fork(
    fileURLToPath(new URL('./ratelimit-server.mjs', import.meta.url)),
    [given.rate, given.burst, given.width, given.latency].map(String),
  )
  const { port } = await new Promise(resolve => {
    server.once('message', resolve)
  })
  const url = `http://127.0.0.1:${port}`
  const session = new Session({
    env: { CONFLUENT_CLOUD_API_KEY: 'k', CONFLUENT_CLOUD_API_SECRET: 's' },
    endpoint: url,
    concurrency: given.concurrency,
  })
  await drain(
    session,
    `CREATE TABLE wanted AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${CALLS}) SELECT 'env-' || i AS id FROM n`,
  )
  let failed
  let rows = 0
  try {
    rows = await drain(
      session,
      'SELECT w.id, c.id FROM wanted w JOIN confluent.managed_kafka_clusters.clusters c ON c.environment = w.id',
    )
  } catch (error) {
    failed = error.message
  }
  const log = await (await fetch(`${url}/log`)).json()
  await session.close()
  server.kill()
  const seconds = Math.max(...log.accepted) / 1000
  const ideal = Math.max(
    (CALLS - given.burst) / given.rate,
    (CALLS * given.latency) / 1000 / Math.min(given.width, given.concurrency),
  )
  const used = log.accepted.length / (given.burst + given.rate * seconds)
  return {
    ...given,
    log,
    seconds,
    ideal,
    used,
    refused: log.refused.length,
    failed: failed ?? (rows === CALLS ? undefined : `${rows} rows`),
  }
}

async function drain(session, sql) {
  let count = 0
  for await (const result of session.run(sql)) {
    for await (const _ of result.rows) count++
    result.finish()
  }
  return count
}

function perSecond(times) {
  const STEP = 500
  const counts = []
  for (const t of times) counts[Math.floor(t / STEP)] = (counts[Math.floor(t / STEP)] ?? 0) + 1
  return Array.from(counts, (count = 0, i) => [((i + 0.5) * STEP) / 1000, (count * 1000) / STEP])
}

function atOnce({ accepted, serving }) {
  const STEP = 250
  const most = []
  accepted.forEach((t, i) => {
    most[Math.floor(t / STEP)] = Math.max(most[Math.floor(t / STEP)] ?? 0, serving[i])
  })
  return Array.from(most, (count = 0, i) => [(i * STEP) / 1000, count * 10])
}
