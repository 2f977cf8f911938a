// Runs psql and clients of Python against `confluentql serve --sandbox`. They are installed into a venv in node_modules/.cache.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const venv = process.env.CLIENTS_VENV ?? join(root, 'node_modules/.cache/confluentql/clients')
const python = join(venv, 'bin/python')
if (!existsSync(python)) {
  execFileSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' })
  const pip = ['-m', 'pip', 'install', '-q', '-r', join(root, 'test/clients/requirements.txt')]
  execFileSync(python, pip, { stdio: 'inherit' })
}

const PORT = '5439'
const PASSWORD = 'a-password-of-tests'
const folder = mkdtempSync(join(tmpdir(), 'confluentql-clients-'))
const [key, certificate] = ['key.pem', 'cert.pem'].map(name => join(folder, name))
execFileSync(
  'openssl',
  [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    key,
    '-out',
    certificate,
  ],
  { stdio: 'ignore' },
)
mkdirSync(join(folder, 'home'))
const server = spawn(
  process.execPath,
  [
    join(root, 'dist/cli.js'),
    'serve',
    '--sandbox',
    '--port',
    PORT,
    '--tls-cert',
    certificate,
    '--tls-key',
    key,
  ],
  {
    env: { ...process.env, HOME: join(folder, 'home'), CONFLUENTQL_SERVE_PASSWORD: PASSWORD },
    stdio: ['ignore', 'inherit', 'pipe'],
  },
)
let failures = 0
try {
  for await (const chunk of server.stderr) if (String(chunk).includes('serving on')) break
  server.stderr.resume()
  const dsn = `host=127.0.0.1 port=${PORT} user=confluentql dbname=confluent`
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
  const clients = spawnSync(python, [join(root, 'test/clients/clients.py')], {
    env: { ...process.env, DSN: `${dsn} password=${PASSWORD}` },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (clients.status !== 0) failures++
} finally {
  server.kill('SIGTERM')
  await once(server, 'exit')
}
process.exitCode = failures === 0 ? 0 : 1
