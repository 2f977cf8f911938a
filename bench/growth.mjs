// How time and memory grow with rows, calls and providers; each point is one run of the program (or of a session, for providers).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { plot } from './plot.mjs'
import { at, folder, median, program, run } from './tools.mjs'

const LIST = 'SELECT * FROM confluent.iam.invitations'

async function measured(command, times) {
  const runs = []
  for (let i = 0; i < times; i++) runs.push(await run(command, { memory: true }))
  return { ms: median(runs.map(r => r.ms)), mb: median(runs.map(r => r.mb)) }
}

/** 1,000 to 10,000,000 rows streamed to csv, and up to 1,000,000 sorted, which uses a temporary file. */
export async function byRows(server) {
  const points = []
  for (const rows of [1_000, 10_000, 100_000, 1_000_000, 10_000_000]) {
    await server.set({ rows, latency: 0, page: 100 })
    const ask = sql =>
      measured(
        program('--endpoint', server.url, '-o', 'csv', '--out', join(folder, 'growth.csv'), sql),
        rows > 100_000 ? 1 : 3,
      )
    const streamed = await ask(LIST)
    points.push({ rows, streamed, ...(rows <= 1_000_000 && { sorted: await ask(`${LIST} ORDER BY email`) }) })
  }
  return points
}

/** 1 to 10,000 calls of 20 ms with default options. */
export async function byCalls(server) {
  const points = []
  for (const calls of [1, 10, 100, 1000, 10_000]) {
    await server.set({ latency: 20 })
    const list = Array.from({ length: calls }, (_, i) => `'env-${i}'`).join(',')
    points.push({
      calls,
      ...(await measured(
        program(
          '--endpoint',
          server.url,
          `SELECT count(*) FROM confluent.managed_kafka_clusters.clusters WHERE environment IN (${list})`,
        ),
        3,
      )),
    })
  }
  return points
}

/** 1 to 100 providers of 100 resources each: milliseconds to open a session, and to plan a SELECT, a SHOW RESOURCES and a misspelt name. */
export async function byProviders() {
  const { Session } = await import(pathToFileURL(at('dist/index.js')))
  const points = []
  for (const count of [1, 10, 100]) {
    const dir = join(folder, `providers-${count}`)
    makeProviders(dir, count)
    const times = { open: [], select: [], show: [], misspelt: [] }
    for (let i = 0; i < 11; i++) {
      const clock = async (name, task) => {
        const started = performance.now()
        await task()
        if (i > 0) times[name].push(performance.now() - started)
      }
      let session
      await clock('open', () => {
        session = new Session({ providers: dir })
      })
      await clock('select', () => session.plan('SELECT id FROM p0.s0.r5'))
      await clock('show', () => session.plan('SHOW RESOURCES IN p0.s0'))
      await clock('misspelt', () => session.plan('SELECT id FROM p0.s0.rr5').catch(() => undefined))
      await session.close()
    }
    points.push({
      providers: count,
      ...Object.fromEntries(Object.entries(times).map(([k, v]) => [k, median(v)])),
    })
  }
  return points
}

/** Providers p0, p1, … of one service with 100 copies of a resource. */
function makeProviders(dir, count) {
  const [, invitations] = readFileSync(at('dist/providers/confluent/iam.jsonl'), 'utf8').split('\n')
  const provider = JSON.parse(readFileSync(at('dist/providers/confluent/provider.json'), 'utf8'))
  for (let n = 0; n < count; n++) {
    mkdirSync(join(dir, `p${n}`), { recursive: true })
    writeFileSync(
      join(dir, `p${n}`, 'provider.json'),
      JSON.stringify({
        ...provider,
        name: `p${n}`,
        views: [],
        services: [{ ...provider.services[0], name: 's0' }],
      }),
    )
    const resources = copies(invitations, `p${n}`)
    writeFileSync(join(dir, `p${n}`, 's0.jsonl'), resources.text)
    writeFileSync(join(dir, `p${n}`, 'names.json'), JSON.stringify({ s0: resources.names }))
    writeFileSync(join(dir, `p${n}`, 'accepted.json'), '[]')
  }
}

/** The compiled form of a service with 100 copies of a resource: an index, and a line for each. */
function copies(text, provider) {
  const names = Array.from({ length: 100 }, (_, i) => `r${i}`)
  const lines = names.map(name => JSON.stringify({ ...JSON.parse(text), provider, service: 's0', name }))
  let start = 0
  const index = lines.map((line, i) => {
    const entry = [names[i], start, Buffer.byteLength(line)]
    start += entry[2] + 1
    return entry
  })
  return { names, text: `${[JSON.stringify(index), ...lines].join('\n')}\n` }
}

/** All three series, with a plot of each in docs/pictures. */
export async function growthTables(server) {
  const rows = await byRows(server)
  const calls = await byCalls(server)
  const providers = await byProviders()
  const picture = (name, title, x, series) => {
    writeFileSync(
      at(`docs/pictures/${name}.svg`),
      plot({ title, x: { label: x, log: true }, y: { label: 'milliseconds', log: true }, series }),
    )
    return `pictures/${name}.svg`
  }
  const line = (points, x, name, of) => ({ name, points: points.map(p => [p[x], of(p)]) })
  return [
    {
      title: 'Rows',
      head: ['rows', 'to csv, ms', 'peak MB', 'sorted, ms', 'peak MB'],
      rows: rows.map(p => [p.rows, p.streamed.ms, p.streamed.mb, p.sorted?.ms ?? '', p.sorted?.mb ?? '']),
      picture: picture('growth-rows', 'Rows, all 11 columns to csv', 'rows', [
        line(rows, 'rows', 'streamed', p => p.streamed.ms),
        line(
          rows.filter(p => p.sorted),
          'rows',
          'ORDER BY',
          p => p.sorted.ms,
        ),
      ]),
    },
    {
      title: 'Calls',
      head: ['calls', 'ms', 'peak MB'],
      rows: calls.map(p => [p.calls, p.ms, p.mb]),
      picture: picture('growth-calls', 'Calls of 20 ms, default options', 'calls', [
        line(calls, 'calls', 'whole run', p => p.ms),
      ]),
    },
    {
      title: 'Providers of 100 resources each',
      head: [
        'providers',
        'open a session, ms',
        'plan a SELECT, ms',
        'SHOW RESOURCES, ms',
        'a misspelt name, ms',
      ],
      rows: providers.map(p => [p.providers, p.open, p.select, p.show, p.misspelt]),
      picture: picture('growth-providers', 'Providers of 100 resources each', 'providers', [
        line(providers, 'providers', 'open', p => p.open),
        line(providers, 'providers', 'plan a SELECT', p => p.select),
      ]),
    },
  ]
}
