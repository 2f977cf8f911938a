// `confluentql serve`: memory, times of statements, the cost of a large scan, many connections, cancel.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { CREDENTIALS, folder, median, program, run } from './tools.mjs'

const PASSWORD = 'a password of the benchmark'
const SCAN = 'SELECT * FROM iam.invitations'
const AGGREGATE = 'SELECT status, count(*) FROM iam.invitations GROUP BY 1'
const RUNAWAY = 'SELECT count(*) FROM generate_series(1, 2000000000)'
/** Of one measurement of many connections. */
const STATEMENTS = 200
/** Clock ticks per second of Linux's processor times. */
const TICKS = 100

/** The rows of the table, in one run of one server. */
export async function* serveRows(times, server) {
  for await (const row of measured(times, server))
    yield { name: 'serve', against: '–', ours: row.value, ...row }
}

async function* measured(times, server) {
  await server.set({ rows: 100, latency: 0, page: 100 })
  await makeDump(server.url)
  const served = await serve(server.url)
  try {
    yield* rowsOf(served, server, times)
  } finally {
    await served.close()
  }
}

async function* rowsOf(served, server, times) {
  yield {
    what: '`confluentql serve`: memory before the first connection',
    value: served.mb(),
    goal: 150,
    unit: 'MB',
  }
  const first = await served.client()
  await first.query(AGGREGATE)
  await sleep(3000)
  yield { what: 'the same, with Postgres loaded, both processes', value: served.mb(), goal: 450, unit: 'MB' }
  yield* await latencies(served, first, times)
  await first.end()
  yield* await scan(served, server, Math.min(times, 5))
  yield* await cancel(served)
  yield await throughput(served)
}

/** The first run makes the dump of the empty database, and needs more memory for it. */
async function makeDump(url) {
  const served = await serve(url)
  try {
    await (await served.client()).end()
  } finally {
    await served.close()
  }
}

/** Starts the server, with the bench's API behind it. */
async function serve(url) {
  const port = await freePort()
  const [command, ...args] = program(
    'serve',
    '--endpoint',
    url,
    '--port',
    String(port),
    '--max-connections',
    '60',
    '--cache',
    '1',
  )
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, HOME: folder, CONFLUENTQL_SERVE_PASSWORD: PASSWORD, ...CREDENTIALS },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  for await (const chunk of child.stderr) if (String(chunk).includes('serving on')) break
  child.stderr.on('error', () => {})
  const processes = () => [child.pid, ...childrenOf(child.pid)]
  return {
    port,
    client: async () => {
      const client = new Client({
        host: '127.0.0.1',
        port,
        user: 'confluentql',
        password: PASSWORD,
        database: 'confluent',
      })
      await client.connect()
      return client
    },
    mb: () => processes().reduce((sum, pid) => sum + residentOf(pid), 0),
    /** Of the server alone. */
    ownMb: () => residentOf(child.pid),
    cpu: () => processes().reduce((sum, pid) => sum + processorOf(pid), 0),
    close: async () => {
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM'))
        await once(child, 'exit')
    },
  }
}

async function latencies(served, client, times) {
  const [connects, alone] = [[], []]
  for (let i = 0; i < times * 10; i++) {
    const begun = performance.now()
    const other = await served.client()
    await other.query('SELECT 1')
    connects.push(performance.now() - begun)
    await other.end()
    const asked = performance.now()
    await client.query('SELECT 1')
    alone.push(performance.now() - asked)
  }
  return [
    { what: 'connect and `SELECT 1` by node-postgres', value: median(connects), goal: 40, unit: 'ms' },
    { what: '`SELECT 1` alone', value: median(alone), goal: 4, unit: 'ms' },
  ]
}

/** Statements a second by 50 connections, against those by 8. */
async function throughput(served) {
  const measure = async count => {
    const clients = await Promise.all(Array.from({ length: count }, () => served.client()))
    const begun = performance.now()
    let left = STATEMENTS
    await Promise.all(
      clients.map(async client => {
        while (left-- > 0) await client.query(AGGREGATE)
      }),
    )
    const rate = (STATEMENTS * 1000) / (performance.now() - begun)
    await Promise.all(clients.map(client => client.end()))
    return rate
  }
  await measure(8)
  const found = { few: [], many: [] }
  for (let i = 0; i < 3; i++) {
    found.few.push(await measure(8))
    found.many.push(await measure(50))
  }
  const [ours, theirs] = [median(found.many), median(found.few)]
  return {
    what: 'aggregates of a list by 50 connections, a second',
    against: 'by 8 connections',
    ours,
    theirs,
    value: ours / theirs,
    goal: 0.8,
    unit: '× its rate',
    of: '/s',
  }
}

/** Processor time and memory of a scan of 100,000 rows in binary, against the csv command. */
async function scan(served, server, times) {
  await server.set({ rows: 100_000, latency: 0, page: 100 })
  // what was asked before is not used again
  await sleep(1500)
  const out = join(folder, 'scan.csv')
  const [ours, theirs, grown] = [[], [], []]
  for (let i = 0; i <= times; i++) {
    const csv = await run(
      program('--endpoint', server.url, '-o', 'csv', '--out', out, SCAN.replace('iam', 'confluent.iam')),
      { memory: true },
    )
    const client = await served.client()
    const [memory, cpu] = [served.ownMb(), served.cpu()]
    let peak = memory
    const watch = setInterval(() => (peak = Math.max(peak, served.ownMb())), 20)
    const rows = await countRows(client)
    clearInterval(watch)
    if (rows !== 100_000) throw new Error(`${rows} rows`)
    await client.end()
    // the first round warms both
    if (i === 0) continue
    theirs.push(csv.cpu)
    ours.push(served.cpu() - cpu)
    grown.push(peak - memory)
  }
  await server.set({ rows: 100, latency: 0, page: 100 })
  await sleep(1500)
  const [own, other] = [median(ours), median(theirs)]
  return [
    {
      what: 'processor time of the server for 100,000 rows × 11 columns in binary',
      against: '`confluentql -o csv`, whole process',
      ours: own,
      theirs: other,
      value: own / other,
      goal: 1.3,
      unit: '×',
    },
    { what: 'growth of its memory meanwhile', value: Math.max(...grown), goal: 50, unit: 'MB' },
  ]
}

/** Reads all rows of the scan in binary, without making values of them. */
function countRows(client) {
  return new Promise((resolve, reject) => {
    let count = 0
    const { connection } = client
    const onRow = () => count++
    connection.on('dataRow', onRow)
    client
      .query({
        text: SCAN,
        // binary values need it
        queryMode: 'extended',
        binary: true,
        rowMode: 'array',
        types: { getTypeParser: () => () => null },
      })
      .then(() => resolve(count), reject)
      .finally(() => connection.off('dataRow', onRow))
  })
}

/** How long a runaway evaluation takes to end when it is cancelled, and how long others wait for an answer meanwhile. */
async function cancel(served) {
  const [client, other] = [await served.client(), await served.client()]
  const [ended, waits] = [[], []]
  for (let i = 0; i < 3; i++) {
    const running = client.query(RUNAWAY).then(
      () => undefined,
      error => error.code,
    )
    const until = performance.now() + 4000
    while (performance.now() < until) {
      const asked = performance.now()
      await other.query(AGGREGATE)
      waits.push(performance.now() - asked)
      await sleep(50)
    }
    const begun = performance.now()
    sendCancel(served.port, client)
    if ((await running) !== '57014') throw new Error('not cancelled')
    ended.push(performance.now() - begun)
  }
  await Promise.all([client.end(), other.end()])
  return [
    {
      what: 'from a cancel to the end of a runaway evaluation',
      value: median(ended),
      goal: 2000,
      unit: 'ms',
    },
    {
      what: 'an aggregate by another connection meanwhile, at most',
      value: Math.max(...waits),
      goal: 10_000,
      unit: 'ms',
    },
    { what: 'the same, median', value: median(waits), goal: 100, unit: 'ms' },
  ]
}

function sendCancel(port, { processID, secretKey }) {
  const packet = Buffer.alloc(16)
  for (const [i, value] of [16, 80_877_102, processID, secretKey].entries()) packet.writeInt32BE(value, i * 4)
  connect(port, '127.0.0.1').end(packet)
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

function childrenOf(pid) {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

function residentOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

/** Milliseconds. */
function processorOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS
}
