// A running `confluentql serve --sandbox` for clients in other languages, and what they need: a folder of packages of Python, jars.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const PASSWORD = 'a-password-of-tests'

const cache = process.env.CLIENTS_CACHE ?? join(root, 'node_modules/.cache/confluentql')

/** The Python of a venv with the requirements of a file, which is made if it does not exist. */
export function venv(requirements) {
  const file = join(root, requirements)
  const key = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12)
  const folder = join(cache, `venv-${key}`)
  const python = join(folder, 'bin/python')
  if (!existsSync(join(folder, 'complete'))) {
    rmSync(folder, { recursive: true, force: true })
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' })
    execFileSync(python, ['-m', 'pip', 'install', '-q', '-r', file], { stdio: 'inherit' })
    mkdirSync(join(folder, 'complete'))
  }
  return python
}

/** The path of a jar of Maven, by `group:artifact:version`, or of a file of another type: `group:artifact:version:tar.gz`. */
export function jar(coordinates) {
  const [, artifact, version, type = 'jar'] = coordinates.split(':')
  const path = join(cache, 'jars', `${artifact}-${version}.${type}`)
  if (!existsSync(path))
    execFileSync(
      'mvn',
      ['-q', 'dependency:copy', `-Dartifact=${coordinates}`, `-DoutputDirectory=${join(cache, 'jars')}`],
      { stdio: 'inherit' },
    )
  return path
}

/** Starts the server with TLS on a free port; `stop` ends it. */
export async function startServer(args = ['--sandbox']) {
  const folder = mkdtempSync(join(tmpdir(), 'confluentql-clients-'))
  const [key, certificate] = ['key.pem', 'cert.pem'].map(name => join(folder, name))
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const made = [
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    ...subject,
    '-keyout',
    key,
    '-out',
    certificate,
  ]
  execFileSync('openssl', ['req', '-x509', ...made], { stdio: 'ignore' })
  const port = await freePort()
  const tls = ['--tls-cert', certificate, '--tls-key', key]
  const child = spawn(
    process.execPath,
    [
      join(root, 'dist/cli.js'),
      'serve',
      ...args,
      '--port',
      String(port),
      ...tls,
      '--log-statements',
      '--trace',
    ],
    {
      env: { ...process.env, HOME: folder, CONFLUENTQL_SERVE_PASSWORD: PASSWORD },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let log = ''
  await new Promise((resolve, reject) => {
    child.stderr.on('data', chunk => {
      log += chunk
      if (log.includes('serving on')) resolve()
    })
    child.on('exit', () => reject(new Error(log)))
  })
  return {
    port,
    certificate,
    folder,
    /** What it has logged. */
    log: () => log,
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A port that nothing listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}
