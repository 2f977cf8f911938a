// Runs the examples of Spark, DuckDB and dbt in the sandbox, and measures seven partitions. Needs Java 17, Maven, Python 3.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { jar, PASSWORD, root, startServer, venv } from './server.mjs'

const python = venv('test/clients/spark-requirements.txt')
const pgjdbc = jar('org.postgresql:postgresql:42.7.14')
const submit = join(python, '../spark-submit')
const example = name => join(root, 'examples/spark', name)
let failures = 0

/** Runs a program of Spark on some threads, and checks what it prints. */
async function run(name, args, env, expected, threads = 2) {
  const child = spawn(
    submit,
    ['--master', `local[${threads}]`, '--conf', 'spark.ui.enabled=false', '--jars', pgjdbc, ...args],
    { env: { ...process.env, ...env, PYSPARK_PYTHON: python }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let out = ''
  let err = ''
  child.stdout.on('data', chunk => (out += chunk))
  child.stderr.on('data', chunk => (err += chunk))
  const [status] = await once(child, 'exit')
  const isRight = status === 0 && expected.every(pattern => pattern.test(out))
  if (!isRight) failures++
  console.log(isRight ? `ok      ${name}\n${out}` : `FAILED  ${name}\n${out}\n${err.slice(-4000)}`)
}

/** The statements that the server has logged, with their end, duration in milliseconds, and rows. */
function statements(log) {
  return [...log.matchAll(/^(\S+Z) \S+ (\d+) ms (\d+) rows: (.*)$/gm)].map(([, end, ms, rows, sql]) => ({
    end: Date.parse(end),
    ms: Number(ms),
    rows: Number(rows),
    sql,
  }))
}

function exportTo(folder, ...args) {
  execFileSync(
    process.execPath,
    [join(root, 'dist/cli.js'), 'export', ...args, '--sandbox', '--quiet', '--out', folder],
    { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, HOME: server.folder } },
  )
}

/** DuckDB and dbt on the files of the export. */
function readLake() {
  const programs = [
    [
      'DuckDB, Parquet of an export',
      python,
      ['-c', LAKE, join(root, 'examples/duckdb/lake.sql')],
      /lkc-7p2v9d/,
    ],
    [
      'dbt on the Parquet',
      join(python, '../dbt'),
      ['--no-use-colors', 'build', '--profiles-dir', '.'],
      /PASS=4 WARN=0 ERROR=0/,
    ],
  ]
  cpSync(join(root, 'examples/dbt'), server.folder, { recursive: true })
  for (const [name, program, args, expected] of programs) {
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: server.folder,
      encoding: 'utf8',
      env: { ...process.env, DO_NOT_TRACK: '1' },
    })
    const isRight = status === 0 && expected.test(stdout)
    if (!isRight) failures++
    console.log(isRight ? `ok      ${name}\n${stdout}` : `FAILED  ${name}\n${stdout}\n${stderr}`)
  }
}

const LAKE = 'import duckdb, sys; print(duckdb.sql(open(sys.argv[1]).read()))'

const addresses = port => ({
  CONFLUENTQL_JDBC: `jdbc:postgresql://127.0.0.1:${port}/confluent`,
  CONFLUENTQL_PASSWORD: PASSWORD,
  CONFLUENTQL_DSN: `host=127.0.0.1 port=${port} user=confluentql dbname=confluent password=${PASSWORD}`,
})

const server = await startServer()
try {
  const env = addresses(server.port)
  await run('Spark, JDBC with predicates', [example('jdbc.py')], env, [
    /^6 partitions$/m,
    /lkc-7p2v9d *\| *\d+ *\|/,
  ])
  await run('Spark, JDBCTableCatalog', [example('catalog.py')], env, [
    /AUTH_TYPE_LOCAL *\| *33 *\|/,
    /u-08mnyy *\|minjun\.choi@example\.com\|/,
    /payments *\|/,
  ])
  const sent = statements(server.log()).map(s => s.sql)
  if (!sent.some(sql => /GROUP BY/i.test(sql))) throw new Error('the aggregate was not pushed')
  await run(
    'Spark, Python data source',
    ['--py-files', example('confluentql_source.py'), example('source.py')],
    env,
    [/^6 partitions$/m, /lkc-7p2v9d *\| *\d+ *\|/, /minjun\.choi/],
  )
  const lake = join(server.folder, 'lake/topics')
  exportTo(lake, 'kafka.kafka.topics', '--partition-by', 'environment,cluster')
  exportTo(join(server.folder, 'lake/api_keys'), 'confluent.iam.api_keys')
  await run('Spark, Parquet of an export', [example('parquet.py'), lake], {}, [
    /env-p7r2k1 *\|lkc-7p2v9d *\| *\d+ *\|/,
  ])
  readLake()
} finally {
  await server.stop()
}

/** An API with seven clusters whose pages take a second, for what partitions take beside it. */
const slow = createServer((request, response) => {
  const [, path, cluster] = /^\/(\w+)(?:\/(\w+))?/.exec(request.url) ?? []
  const rows =
    path === 'clusters'
      ? Array.from({ length: 7 }, (_, i) => ({ id: `c${i}` }))
      : Array.from({ length: 1000 }, (_, i) => ({ name: `topic-${cluster}-${i}`, partitions: i % 12 }))
  setTimeout(() => response.end(JSON.stringify({ data: rows })), path === 'clusters' ? 0 : 1000)
}).listen(0, '127.0.0.1')
await once(slow, 'listening')
const provider = join(server.folder, 'slow')
mkdirSync(provider, { recursive: true })
const url = `http://127.0.0.1:${slow.address().port}`
writeFileSync(
  join(provider, 'provider.yaml'),
  `provider: slow
title: A slow API
version: 1.0.0
hosts: { api: { url: '${url}', auth: { kind: none } } }
host: api
services: { kafka: { title: Kafka } }
`,
)
writeFileSync(
  join(provider, 'kafka.yaml'),
  `service: kafka
resources:
  clusters:
    summary: Clusters
    columns: { id: string }
    methods: { list_clusters: { sql: select, call: GET /clusters, rows: $.data } }
  topics:
    summary: Topics
    columns: { cluster_id: { type: string, input: true }, name: string, partitions: integer }
    parents: { kafka.clusters: { cluster_id: id } }
    methods: { list_topics: { sql: select, call: 'GET /topics/{cluster_id}', rows: $.data } }
`,
)
writeFileSync(
  join(provider, 'seven.py'),
  `import os
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
login = {"user": "confluentql", "password": os.environ["CONFLUENTQL_PASSWORD"], "driver": "org.postgresql.Driver"}
predicates = [f"cluster_id = 'c{i}'" for i in range(7)]
topics = spark.read.jdbc(os.environ["CONFLUENTQL_JDBC"], "slow_kafka.topics", predicates=predicates, properties=login)
print(len(topics.collect()), "rows")
`,
)
const measured = await startServer(['--provider-path', provider, '--cache', '0'])
try {
  await run(
    'Spark, seven clusters as partitions',
    [join(provider, 'seven.py')],
    addresses(measured.port),
    [/^7000 rows$/m],
    7,
  )
  const sent = statements(measured.log()).filter(s => s.sql.includes('cluster_id = ') && s.rows > 0)
  const wall = Math.max(...sent.map(s => s.end)) - Math.min(...sent.map(s => s.end - s.ms))
  const slowest = Math.max(...sent.map(s => s.ms))
  console.log(
    `${sent.length} statements in ${wall} ms, the slowest in ${slowest} ms: ${(wall / slowest).toFixed(2)} ×`,
  )
  if (sent.length !== 7) failures++
} finally {
  await measured.stop()
  slow.close()
}
process.exitCode = failures === 0 ? 0 : 1
