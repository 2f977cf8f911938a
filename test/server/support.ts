import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, type ClientConfig, type CustomTypesConfig, type DatabaseError } from 'pg'
import { PLANTED, PROGRAM, secretsIn } from '../cli/support.ts'
import { atEnd, folder } from '../support/cleanup.ts'
import { ON_THAT_DAY } from '../support/sandbox-day.ts'

export const PASSWORD = 'a password of tests'

/** The dump of the empty database is kept for all tests, and for the next run: it takes ten seconds. */
export const CACHE = join(tmpdir(), 'confluentql-test-cache')

/** A running `confluentql serve`. */
export interface Served {
  readonly port: number
  readonly child: ChildProcess
  readonly stdout: string
  /** What it has written to standard error so far. */
  stderr(): string
  /** The requests since the last call: `GET /iam/v2/users 200`. */
  requests(): string[]
  client(options?: ClientConfig): Promise<Client>
}

/** Starts the server on a free port; it ends with the test file. `blocks`: the most that a file may have, in 1024 bytes. */
export async function serve(
  args: readonly string[] = ['--sandbox'],
  env: Readonly<Record<string, string>> = {},
  blocks?: number,
): Promise<Served> {
  mkdirSync(CACHE, { recursive: true })
  const port = await freePort()
  const home = folder()
  const limit = blocks === undefined ? '' : `ulimit -f ${blocks};`
  const child = spawn(
    '/bin/bash',
    [
      '-c',
      `${limit} exec "$0" "$@"`,
      process.execPath,
      PROGRAM,
      'serve',
      ...args,
      '--port',
      String(port),
      '--trace',
      '--log-statements',
    ],
    {
      env: {
        PATH: process.env.PATH,
        HOME: home,
        XDG_CACHE_HOME: CACHE,
        CONFLUENTQL_SERVE_PASSWORD: PASSWORD,
        ...ON_THAT_DAY,
        ...PLANTED,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let stdout = ''
  let stderr = ''
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')))
  const isListening = new Promise<void>((resolve, reject) => {
    child.stderr!.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8')
      if (stderr.includes('serving on')) resolve()
    })
    child.on('exit', () => reject(new Error(`the server ended: ${stderr}`)))
  })
  atEnd(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    const shown = secretsIn(stdout + stderr)
    if (shown.length > 0) throw new Error(`a secret is shown: ${shown.join(', ')}`)
  })
  await isListening
  let seen = 0
  return {
    port,
    child,
    get stdout() {
      return stdout
    },
    stderr: () => stderr,
    requests() {
      const since = stderr.slice(seen)
      seen = stderr.length
      return [...since.matchAll(/^([A-Z]+) https?:\/\/[^/]+(\S*) (\d+) \d+ ms/gm)].map(([, ...parts]) =>
        parts.join(' '),
      )
    },
    async client(options = {}) {
      const client = new Client({
        host: '127.0.0.1',
        port,
        user: 'confluentql',
        password: PASSWORD,
        database: 'confluent',
        ...options,
      })
      client.on('error', () => {})
      await client.connect()
      atEnd(() => client.end().catch(() => {}))
      return client
    },
  }
}

/**
 * A port that nothing listens on, below those that the system gives to servers on port 0 and to connections: one of these may be
 * taken by another test before it is used.
 */
export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    await new Promise(resolve => server.close(resolve))
    return port
  }
}

/** A bare connection; `closed` resolves with all that the server has sent when it ends the connection. */
export function bare(port: number): { socket: Socket; closed: Promise<Buffer> } {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk)).on('error', () => {})
  atEnd(() => socket.destroy())
  const closed = new Promise<Buffer>(resolve => socket.on('close', () => resolve(Buffer.concat(chunks))))
  return { socket, closed }
}

/** The rows of a query as texts, one line each. */
export async function lines(client: Client, sql: string, values: unknown[] = []): Promise<string[]> {
  const { rows } = await client.query({ text: sql, values, rowMode: 'array', types: AS_TEXT })
  return (rows as (string | null)[][]).map(row => row.map(v => v ?? 'NULL').join('|'))
}

const AS_TEXT: CustomTypesConfig = { getTypeParser: () => (value: string) => value }

/** SQLSTATE of the error of a query. */
export async function stateOf(
  client: Client,
  sql: string,
  values: unknown[] = [],
): Promise<string | undefined> {
  try {
    await client.query(sql, values)
    return undefined
  } catch (error) {
    return (error as DatabaseError).code
  }
}
