// Runs statements of Trino with the catalog of examples/trino over `confluentql serve --sandbox`. Needs Java 11 or 17, and Maven.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { freePort, jar, PASSWORD, root, startServer } from './server.mjs'

// later versions in Maven need Java 23
const archive = jar('io.trino:trino-server:368:tar.gz')
const server = await startServer()
const home = join(server.folder, 'trino')
const port = await freePort()
let failures = 0

/** Writes the settings of a coordinator that is its own worker: the catalog of the example, and one in memory. */
function install() {
  for (const folder of ['catalog', 'plugins']) mkdirSync(join(home, folder), { recursive: true })
  execFileSync('tar', ['-xzf', archive, '-C', home, '--strip-components=1'])
  for (const name of ['postgresql', 'memory'])
    symlinkSync(join(home, 'plugin', name), join(home, 'plugins', name))
  const settings = {
    coordinator: true,
    'node-scheduler.include-coordinator': true,
    'node.environment': 'test',
    'http-server.http.port': port,
    'discovery.uri': `http://127.0.0.1:${port}`,
    'plugin.dir': join(home, 'plugins'),
    'catalog.config-dir': join(home, 'catalog'),
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(home, 'config.properties'), lines.join(''))
  writeFileSync(join(home, 'catalog/hive.properties'), 'connector.name=memory\n')
  const example = readFileSync(join(root, 'examples/trino/confluent.properties'), 'utf8')
  const tls = `ssl=true&sslmode=verify-full&sslrootcert=${server.certificate}`
  writeFileSync(
    join(home, 'catalog/confluent.properties'),
    example.replace('127.0.0.1:5432/confluent', `127.0.0.1:${server.port}/confluent?${tls}`),
  )
}

/** Starts Trino; resolves when it answers, with a function that ends it. */
async function start() {
  const java = spawn(
    'java',
    [
      '-Xmx2G',
      '-Djdk.attach.allowAttachSelf=true',
      '--add-opens=java.base/java.nio=ALL-UNNAMED',
      '-Dnode.internal-address=127.0.0.1',
      '-Dnode.bind-ip=127.0.0.1',
      `-Dnode.data-dir=${home}/data`,
      `-Dconfig=${home}/config.properties`,
      '-cp',
      `${home}/lib/*`,
      'io.trino.server.TrinoServer',
    ],
    { cwd: home, env: { ...process.env, CONFLUENTQL_PASSWORD: PASSWORD }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let log = ''
  for (const stream of [java.stdout, java.stderr]) stream.on('data', chunk => (log += chunk))
  const exit = once(java, 'exit')
  for (let waited = 0; !log.includes('SERVER STARTED'); waited++) {
    if (java.exitCode !== null || waited === 600)
      throw new Error(`Trino does not start:\n${log.slice(-4000)}`)
    await sleep(500)
  }
  return async () => {
    java.kill('SIGTERM')
    await exit
  }
}

/** The rows of a statement. */
async function query(sql) {
  const rows = []
  let answer = await fetch(`http://127.0.0.1:${port}/v1/statement`, {
    method: 'POST',
    body: sql,
    headers: { 'X-Trino-User': 'test' },
  })
  for (;;) {
    const { data = [], error, nextUri } = await answer.json()
    if (error) throw new Error(error.message)
    rows.push(...data)
    if (nextUri === undefined) return rows
    answer = await fetch(nextUri)
  }
}

/** Compares the rows of a statement, as JSON, and a statement that the server has logged. */
async function check(sql, expected, sent) {
  const before = server.log().length
  const found = await query(sql).then(JSON.stringify, String)
  const log = server.log().slice(before)
  const isRight = expected.test(found) && (sent === undefined || sent.test(log))
  if (!isRight) failures++
  console.log(isRight ? `ok      ${sql}\n${found.slice(0, 400)}\n` : `FAILED  ${sql}\n${found}\n${log}\n`)
}

let stop
try {
  install()
  stop = await start()
  await check('SHOW TABLES FROM confluent.iam', /"users"/)
  await check('DESCRIBE confluent.iam.users', /\["email","varchar","",/)
  await check(
    'SELECT auth_type, count(*) FROM confluent.iam.users GROUP BY auth_type ORDER BY 1',
    /^\[\["AUTH_TYPE_LOCAL",33\],\["AUTH_TYPE_SSO",107\]\]$/,
  )
  await check(
    "SELECT display_name, http_endpoint FROM confluent.public.clusters WHERE id = 'lkc-7p2v9d'",
    /^\[\["[^"]+","http:[^"]+"\]\]$/,
    /WHERE "id" = /,
  )
  // Trino does not send ranges of texts, which these tables need
  await check(
    "SELECT count(*) FROM confluent.billing.costs WHERE start_date >= '2026-10-01' AND start_date < '2026-10-08'",
    /needs a lower bound of \\?"start_date/,
  )
  await query(
    "CREATE TABLE hive.default.topic_owners AS SELECT * FROM (VALUES ('fraud.dlq', 'risk'), ('x', 'y')) t (topic, team)",
  )
  await check(
    "SELECT topic_name FROM confluent.kafka.topics WHERE cluster_id = 'lkc-7p2v9d' ORDER BY topic_name LIMIT 1",
    /^\[\["fraud.dlq"\]\]$/,
    /1 rows: .* LIMIT 1/,
  )
  await check(
    "SELECT t.topic_name, o.team FROM confluent.kafka.topics t JOIN hive.default.topic_owners o ON o.topic = t.topic_name WHERE t.cluster_id = 'lkc-7p2v9d'",
    /^\[\["fraud.dlq","risk"\]\]$/,
    /WHERE .*"cluster_id" = /,
  )
  await check(
    "SELECT c.display_name, count(*) FROM confluent.public.clusters c JOIN confluent.kafka.topics t ON t.cluster_id = c.id WHERE c.id IN ('lkc-7p2v9d') GROUP BY 1",
    /^\[\["[^"]+",\d+\]\]$/,
    /topics" WHERE "cluster_id" = /,
  )
  await check('DELETE FROM confluent.iam.users', /cannot execute DELETE in a read-only transaction/)
} finally {
  await stop?.()
  await server.stop()
}
if (failures > 0) process.exitCode = 1
