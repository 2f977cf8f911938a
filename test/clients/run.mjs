// Runs psql, clients of Python, pgjdbc and DuckDB against `confluentql serve --sandbox`.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { jar, PASSWORD, root, startServer, venv } from './server.mjs'

const PGJDBC = 'org.postgresql:postgresql:42.7.14'

const python = venv('test/clients/requirements.txt')
const pgjdbc = jar(PGJDBC)
const server = await startServer()
let failures = 0

function run(program, args, env = {}) {
  const { status } = spawnSync(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) failures++
}

try {
  const { port, certificate } = server
  const dsn = `host=127.0.0.1 port=${port} user=confluentql dbname=confluent`
  const psql = (name, settings, sql, expected) => {
    const { stdout, stderr } = spawnSync(
      'psql',
      ['-X', '-A', '-t', '-v', 'FETCH_COUNT=50', `${dsn} ${settings}`],
      { input: sql, encoding: 'utf8', env: { ...process.env, PGPASSWORD: PASSWORD } },
    )
    const isRight = expected.test(stdout + stderr)
    if (!isRight) failures++
    console.log(isRight ? `ok      psql: ${name}` : `FAILED  psql: ${name}: ${stdout}${stderr}`)
  }
  const verified = `sslmode=verify-full sslrootcert=${certificate}`
  psql(
    'TLS, verified, with channel binding',
    `${verified} channel_binding=require`,
    '\\conninfo\nSELECT 1',
    /TLSv1\.3[^]*\n1\n/,
  )
  psql('without TLS', 'sslmode=disable', 'SELECT 1', /1/)
  psql('rows in steps', verified, 'SELECT id FROM iam.users', /(?:u-\w+\n){140}/)
  psql('\\d', verified, '\\d+ iam.invitations', /expires_at\|timestamp with time zone[^]*When it expires/)
  psql(
    '\\dt, \\dn, \\df, \\du, \\l+',
    verified,
    '\\dt iam.*\n\\dn\n\\df\n\\du',
    /iam\|users\|table[^]*kafka\|postgres/,
  )
  psql(
    '\\copy',
    verified,
    '\\copy (SELECT id FROM iam.users LIMIT 2) to stdout csv header',
    /^id\nu-\w+\nu-\w+\n$/,
  )
  psql(
    'errors',
    verified,
    'SELECT id FROM iam.users\nWHERE emial = 1',
    /column "emial" does not exist\nLINE 3/,
  )
  const dashboard = JSON.parse(readFileSync(join(root, 'examples/grafana/dashboard.json'), 'utf8')).dashboard
  const queries = [
    ...dashboard.templating.list.map(v => [v.label, v.query]),
    ...dashboard.panels.map(panel => [panel.title, panel.targets[0].rawSql]),
  ]
  for (const [title, sql] of queries)
    psql(
      `Grafana, ${title}`,
      verified,
      sql.replace('$environment', "'env-p7r2k1', 'env-s4t9q6'"),
      /^.*[^0\n].*\n/,
    )
  const keyed = `${dsn} password=${PASSWORD}`
  run(python, [join(root, 'test/clients/clients.py')], { DSN: keyed })
  run(python, [join(root, 'test/clients/duckdb_reads.py')], { DSN: keyed, PORT: String(port) })
  const trust = `ssl=true&sslmode=verify-full&sslrootcert=${certificate}`
  const url = `jdbc:postgresql://127.0.0.1:${port}/confluent?user=confluentql&password=${PASSWORD}&${trust}`
  run('java', ['-cp', pgjdbc, join(root, 'test/clients/Jdbc.java'), url])
} finally {
  await server.stop()
}
process.exitCode = failures === 0 ? 0 : 1
