import { join } from 'node:path'
import { compare, floor, folder, node, program, run } from './tools.mjs'

const ms = async (command, options) => (await run(command, options)).ms
const LIST = '/iam/v2/invitations?page_size=100'
const rowsOf = n => ({ rows: n, latency: 0, page: 100 })

/** What the server saw in each of some runs of a command, as an API far away: 50 ms a call, gzip, 1 Gbit/s. */
async function spans(times, server, set, command) {
  const seen = []
  for (let i = 0; i < times; i++) {
    await server.set({ ...set, latency: 50, gzip: true })
    await run(command)
    seen.push(await server.seen())
  }
  return seen
}

/** The cases that start the whole program, each with its floor. `times`: number of rounds; the result is their median. */
export const PROGRAM_CASES = [
  {
    name: 'version',
    what: '`confluentql --version`',
    against: '`node -e 0`',
    goal: 1.25,
    run: times =>
      compare(
        times,
        () => ms(program('--version')),
        () => ms(node('-e', '0')),
      ),
  },
  {
    name: 'get',
    what: 'one invitation as JSON, whole process',
    against: 'bare undici, the same URL',
    goal: 1.5,
    async run(times, server) {
      await server.set(rowsOf(100))
      const sql = "SELECT id FROM confluent.iam.invitations WHERE id = 'i-1'"
      return compare(
        times,
        () => ms(program('--endpoint', server.url, '-o', 'json', sql)),
        () => ms(floor('one', `${server.url}/iam/v2/invitations/i-1`)),
      )
    },
  },
  ...[
    'SHOW METHODS IN confluent.iam.invitations',
    'DESCRIBE confluent.iam.invitations',
    'SHOW METHODS IN kafka.kafka.topics',
  ].map(sql => ({
    name: sql.split(' ')[0].toLowerCase(),
    what: `\`${sql}\``,
    against: '`node -e 0`',
    goal: 2,
    run: times =>
      compare(
        times,
        () => ms(program(sql)),
        () => ms(node('-e', '0')),
      ),
  })),
  ...[
    [
      'csv',
      '100,000 invitations in 1,000 pages to csv, all columns',
      'SELECT * FROM confluent.iam.invitations',
      1.2,
    ],
    ['csv2', 'the same, two columns', 'SELECT email, status FROM confluent.iam.invitations', 1.3],
    [
      'group',
      'the same, `GROUP BY status`',
      'SELECT status, count(*) FROM confluent.iam.invitations GROUP BY 1',
      0.9,
    ],
  ].map(([name, what, sql, goal]) => ({
    name,
    what,
    against: 'bare undici, JSON.parse of each page',
    goal,
    async run(times, server) {
      await server.set(rowsOf(100_000))
      const out = join(folder, 'out.csv')
      return compare(
        times,
        () => ms(program('--endpoint', server.url, '-o', 'csv', '--out', out, sql)),
        () => ms(floor('list', server.url + LIST)),
      )
    },
  })),
  {
    name: 'fanout',
    what: '1,000 calls of 20 ms each, 16 at once, first request to last answer',
    against: 'bare undici, the same calls',
    goal: 1.1,
    async run(times, server) {
      const environments = Array.from({ length: 1000 }, (_, i) => `'env-${i}'`).join(',')
      const sql = `SELECT count(*) FROM confluent.managed_kafka_clusters.clusters WHERE environment IN (${environments})`
      const span = async command => {
        await server.set({ latency: 20 })
        await run(command)
        const { first, last, requests } = await server.seen()
        if (requests !== 1000) throw new Error(`${requests} requests instead of 1000`)
        return last - first
      }
      return compare(
        times,
        () => span(program('--endpoint', server.url, '--concurrency', '16', sql)),
        () => span(floor('many', `${server.url}/cmk/v2/clusters`, 1000, 16)),
      )
    },
  },
  ...[100, 200].map(count => ({
    name: `in${count}`,
    what: `IN of ${count} keys, 20 ms a call, whole process`,
    against: 'bare undici, the same calls, 32 at once',
    goal: 1.2,
    async run(times, server) {
      const environments = Array.from({ length: count }, (_, i) => `'env-${i}'`).join(',')
      const sql = `SELECT count(*) FROM confluent.managed_kafka_clusters.clusters WHERE environment IN (${environments})`
      await server.set({ latency: 20 })
      return compare(
        times,
        () => ms(program('--endpoint', server.url, sql)),
        () => ms(floor('many', `${server.url}/cmk/v2/clusters`, count, 32)),
      )
    },
  })),
  {
    name: 'lookup',
    what: '20,000 rows looked up by a field in 20,000 others (NOT EXISTS), whole process',
    against: 'the same with NOT IN',
    goal: 1.25,
    async run(times, server) {
      await server.set(rowsOf(20_000))
      const sql = where => `SELECT count(*) FROM confluent.iam.invitations i WHERE ${where}`
      const others = 'FROM confluent.iam.invitations o'
      const exists = sql(`NOT EXISTS (SELECT 1 ${others} WHERE o.creator.id = i.user.id)`)
      const list = sql(`i.user.id NOT IN (SELECT o.creator.id ${others})`)
      return compare(
        times,
        () => ms(program('--endpoint', server.url, exists)),
        () => ms(program('--endpoint', server.url, list)),
      )
    },
  },
  {
    name: 'joined',
    what: '200 keys from a join, 20 ms a call, whole process',
    against: 'bare undici, the same calls, 32 at once',
    goal: 1.25,
    async run(times, server) {
      const sql =
        'SELECT count(*) FROM confluent.org.environments e JOIN confluent.managed_kafka_clusters.clusters c ON c.environment = e.id'
      await server.set({ latency: 20, rows: 200, page: 100 })
      return compare(
        times,
        () => ms(program('--endpoint', server.url, sql)),
        () =>
          ms(
            floor(
              'join',
              `${server.url}/org/v2/environments?page_size=100`,
              `${server.url}/cmk/v2/clusters`,
              32,
            ),
          ),
      )
    },
  },
  ...[
    ['keys', 50_000],
    ['keys2', 230],
  ].map(([name, count]) => ({
    name,
    what: `200 keys of other rows in a list of ${count.toLocaleString('en')}, 20 ms a call, first request to last answer`,
    against: 'the faster of bare undici with the list, and with the keys, 32 at once',
    goal: 2,
    async run(times, server) {
      const numbers = 'WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199)'
      const sql = `${numbers} SELECT count(*) FROM n JOIN confluent.iam.invitations v ON v.id = 'env-' || n.i`
      const span = async command => {
        await server.set({ rows: count, page: 100, latency: 20 })
        await run(command)
        const { first, last } = await server.seen()
        return last - first
      }
      const best =
        count > 1000
          ? floor('many', `${server.url}/cmk/v2/clusters`, 200, 32)
          : floor('list', server.url + LIST)
      return compare(
        times,
        () => span(program('--endpoint', server.url, sql)),
        () => span(best),
      )
    },
  })),
  ...[
    ['first', 'csv', 1],
    ['rows', 'table', 2],
  ].map(([name, format, pages]) => ({
    name,
    what: `first row of a list of 1,000 pages (${format}), 50 ms a page, from the first request`,
    against: pages === 1 ? 'one page' : `${pages} pages`,
    goal: pages === 1 ? 2 : 1.2,
    async run(times, server) {
      const sql = 'SELECT id, email FROM confluent.iam.invitations'
      const out = []
      for (let i = 0; i <= times; i++) {
        await server.set({ rows: 2000, latency: 50, page: 100 })
        const { first } = await run(program('--endpoint', server.url, '-o', format, sql))
        const seen = await server.seen()
        out.push(first - seen.first)
      }
      return compare(
        times,
        async () => out.shift(),
        async () => {
          await server.set({ rows: 100 * pages, latency: 50, page: 100 })
          await run(floor('list', server.url + LIST))
          const seen = await server.seen()
          return seen.last - seen.first
        },
      )
    },
  })),
  {
    name: 'latency',
    what: 'list of 200 pages to csv, all columns, 50 ms a page, gzip, 1 Gbit/s: first request to last answer',
    against: 'a bare socket that reads only the link of each page',
    goal: 1.02,
    async run(times, server) {
      const span = async of => {
        const [{ first, last }] = await spans(1, server, { rows: 20_000, page: 100 }, of)
        return last - first
      }
      return compare(
        Math.min(times, 3),
        () => span(program('--endpoint', server.url, '-o', 'csv', 'SELECT * FROM confluent.iam.invitations')),
        () => span(floor('socket', server.url + LIST)),
      )
    },
  },
  {
    name: 'chain',
    what: '10 environments × 10 clusters × topics, 50 ms a call, default options: first request to last answer',
    against: 'bare undici, the same calls, 32 at once',
    goal: 1.1,
    async run(times, server) {
      const set = { environments: 10, clusters: 10, page: 100 }
      const sql = 'SELECT count(*) FROM kafka.kafka.topics'
      const span = async command => {
        const [{ first, last, requests }] = await spans(1, server, set, command)
        if (requests !== 111) throw new Error(`${requests} requests instead of 111`)
        return last - first
      }
      return compare(
        times,
        () => span(program('--endpoint', server.url, sql)),
        () => span(floor('chain', server.url, 32)),
      )
    },
  },
]

const ALL = 'SELECT * FROM confluent.iam.invitations'
const COLUMNS = ['id', 'metadata', 'auth_type', 'status', 'expires_at', 'user', 'creator']

/** Peak memory in MB beyond that of `node -e 0`. */
export const MEMORY_CASES = [
  [
    'stream',
    'peak memory, 1,000,000 rows, `SELECT email, status` to csv',
    'SELECT email, status FROM confluent.iam.invitations',
    80,
  ],
  [
    'grouped',
    'peak memory, 1,000,000 rows, `GROUP BY status`',
    'SELECT status, count(*) FROM confluent.iam.invitations GROUP BY 1',
    250,
  ],
  [
    'sorted',
    'peak memory, 1,000,000 rows with all columns, `ORDER BY email` to csv',
    'SELECT * FROM confluent.iam.invitations ORDER BY email',
    350,
  ],
  [
    'groups',
    'the same, all columns, `GROUP BY email`',
    `SELECT email, count(*), ${COLUMNS.map(c => `max(${c})`).join(', ')} FROM confluent.iam.invitations GROUP BY email`,
    350,
  ],
  ['distinct', 'the same, `DISTINCT`', 'SELECT DISTINCT * FROM confluent.iam.invitations', 350],
  [
    'window',
    'the same, a window',
    'SELECT *, row_number() OVER (PARTITION BY status ORDER BY email) FROM confluent.iam.invitations',
    350,
  ],
  [
    'join',
    'the same, joined with 100,000 rows',
    "SELECT i.*, e.id AS environment FROM confluent.iam.invitations i JOIN confluent.org.environments e ON e.display_name = 'environment ' || substr(i.email, 14, instr(i.email, '@') - 14)",
    350,
  ],
  ['html', 'the same, 100,000 rows to html', ALL, 150, 'html', 100_000],
  ['long', 'the same, 10,000,000 rows to csv', ALL, 120, 'csv', 10_000_000],
  ['parquet', 'the same, 10,000,000 rows to Parquet', ALL, 120, 'parquet', 10_000_000],
].map(([name, what, sql, goal, format = 'csv', rows = 1_000_000]) => ({
  name,
  what,
  against: '`node -e 0`',
  goal,
  unit: 'MB',
  async run(_, server) {
    await server.set({ ...rowsOf(rows), environments: 100_000 })
    const out = join(folder, `out.${format}`)
    const mb = async command => (await run(command, { memory: true })).mb
    return compare(
      1,
      () => mb(program('--endpoint', server.url, '--out', out, sql)),
      () => mb(node('-e', '0')),
    )
  },
}))
