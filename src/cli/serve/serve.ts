import { once } from 'node:events'
import { createServer } from 'node:http'
import { ConfluentqlError } from '../../errors.ts'
import { visible } from '../../render/display.ts'
import { maskText } from '../../secrets.ts'
import { ROLE } from '../../server/catalog/definition.ts'
import { requirePglite } from '../../server/evaluate/package.ts'
import { PostgresServer } from '../../server/server.ts'
import type { StatementDone } from '../../server/session/connection.ts'
import type { CliOptions } from '../args/options.ts'
import type { World } from '../world.ts'
import { openDatabases } from './databases.ts'
import { readEntry, type Entry } from './options.ts'

const PORT = 5432
const MAX_CONNECTIONS = 50
/** Characters of a statement in the log. */
const LONGEST_LOGGED = 1000

/** `confluentql serve`: serves the tables by the PostgreSQL protocol until it is interrupted. */
export async function serve(options: CliOptions, world: World, signal: AbortSignal): Promise<number> {
  requirePglite()
  const entry = readEntry(options, world.env)
  const sandbox = options.sandbox
    ? await (await import('../../local-sandbox.ts')).startProviders(0, process.env, options.sandboxSize)
    : undefined
  try {
    const { databases } = await openDatabases(options, world, signal, sandbox)
    const defaultDatabase = [...databases.keys()][0]!
    const server = new PostgresServer({
      databases,
      defaultDatabase,
      access: entry.access,
      maxConnections: options.maxConnections ?? MAX_CONNECTIONS,
      statementTimeout: options.statementTimeout,
      allowsChanges: options.allowChanges,
      onStatement: options.logStatements ? done => void world.stderr.write(logLine(done)) : undefined,
    })
    const port = await listen(server, options.port === 0 ? PORT : options.port, entry.host)
    const stopHealth = await serveHealth(options.healthPort, server)
    announce({ entry, port, database: defaultDatabase, others: [...databases.keys()].slice(1) }, world)
    const report = (): void => void world.stderr.write(`${JSON.stringify(meterOf(server))}\n`)
    process.on('SIGUSR1', report)
    if (!signal.aborted) await once(signal, 'abort')
    process.off('SIGUSR1', report)
    await stopHealth()
    await server.close()
    return 0
  } finally {
    await sandbox?.close()
  }
}

async function listen(server: PostgresServer, port: number, host: string): Promise<number> {
  try {
    return await server.listen(port, host)
  } catch (cause) {
    throw new ConfluentqlError('USAGE', `cannot listen on ${host}:${port}: ${(cause as Error).message}`, {
      cause,
      hint: 'choose another port: --port N',
    })
  }
}

/** The line to type goes to standard output, the rest to standard error. */
function announce(
  {
    entry,
    port,
    database,
    others,
  }: { entry: Entry; port: number; database: string; others: readonly string[] },
  { stdout, stderr }: World,
): void {
  const { host, access, generated } = entry
  const ssl = access.tls ? ' sslmode=require' : ''
  const password = generated === undefined ? '' : `PGPASSWORD=${generated} `
  stdout.write(`${password}psql "host=${host} port=${port} user=${ROLE} dbname=${database}${ssl}"\n`)
  if (others.length > 0) stderr.write(`further databases: ${others.join(', ')}\n`)
  stderr.write(
    `serving on ${host}:${port}; the first connection takes some seconds, in which Postgres starts; Ctrl-C ends it\n`,
  )
}

function logLine({ database, sql, ms, rows, state, sent }: StatementDone): string {
  const text = visible(maskText(sql).replaceAll(/\s+/g, ' ').trim()).slice(0, LONGEST_LOGGED)
  const detail = sent === undefined ? '' : ` (${maskText(sent).replaceAll(/\s+/g, ' ')})`
  const outcome = state === undefined ? `${rows} rows` : `error ${state}${detail}`
  return `${new Date().toISOString()} ${database} ${Math.round(ms)} ms ${outcome}: ${text}\n`
}

function meterOf({ meter }: PostgresServer): Readonly<Record<string, number>> {
  return { ...meter, uptime: Math.round(process.uptime()), memory: process.memoryUsage.rss() }
}

/** Answers `GET /healthz` with the meter, on this machine only. Returns a function that ends it. */
async function serveHealth(port: number | undefined, server: PostgresServer): Promise<() => Promise<void>> {
  if (port === undefined) return async () => {}
  const http = createServer((request, response) => {
    const isKnown = request.url === '/healthz'
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' })
    response.end(isKnown ? `${JSON.stringify(meterOf(server))}\n` : undefined)
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject).listen(port, '127.0.0.1', resolve)
  }).catch((cause: unknown) => {
    throw new ConfluentqlError(
      'USAGE',
      `cannot listen on --health-port ${port}: ${(cause as Error).message}`,
      { cause },
    )
  })
  return async () => {
    http.closeAllConnections()
    await new Promise(resolve => {
      http.close(resolve)
    })
  }
}
