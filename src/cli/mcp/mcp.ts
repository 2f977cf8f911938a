import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { withProfiles } from '../../catalog/profiles.ts'
import type { Engines } from '../../mcp/engine/engines.ts'
import { createServer } from '../../mcp/server.ts'
import { Service } from '../../mcp/service.ts'
import { openCatalog } from '../../providers.ts'
import { visible } from '../../render/display.ts'
import type { CliOptions } from '../args/options.ts'
import { severalProfiles } from '../profiles.ts'
import { errorText, withPlace } from '../report.ts'
import type { World } from '../world.ts'
import { readAudits } from './audits.ts'
import { mendedReplies } from './replies.ts'

const AUDITS = fileURLToPath(new URL('./audits', import.meta.url))
const PACKAGE = fileURLToPath(new URL('../package.json', import.meta.url))

/** Serves assistants on standard input and output until the input ends. */
export async function serve(
  options: CliOptions,
  world: World,
  signal: AbortSignal,
  engines: Engines,
): Promise<void> {
  const warn = (text: string): void => void world.stderr.write(`notice: ${visible(text)}\n`)
  const profiles = severalProfiles(options.profile)
  const all = openCatalog({ env: world.env })
  const service = new Service({
    catalog: profiles ? withProfiles(all, profiles) : all,
    engines,
    allowsChanges: options.allowChanges,
    maxRows: options.maxRows,
    auditFile: options.audit,
    errorText: (error, sql) => errorText(withPlace(error, { name: undefined, text: sql })),
    onWarning: warn,
  })
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }
  const { stdin, stdout } = world
  const prompts = readAudits(AUDITS)
  const transport = new Transport(stdin.pipe(mendedReplies()), stdout)
  const handle = serveStdio(() => createServer(service, prompts, version), {
    transport,
    onerror: error => warn(error.message),
  })
  await ended(stdin, stdout, AbortSignal.any([signal, transport.closed]))
  await handle.close()
  await service.close()
}

/** A transport that says when it is closed, which it also is by a line that is too long: it reads no more then. */
class Transport extends StdioServerTransport {
  readonly #over = new AbortController()

  get closed(): AbortSignal {
    return this.#over.signal
  }

  override async close(): Promise<void> {
    await super.close()
    this.#over.abort()
  }
}

/** Waits until the client is gone, or the process is to end. */
async function ended(stdin: World['stdin'], stdout: World['stdout'], signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const over = new AbortController()
  const first = ['end', 'close', 'error'].map(event => once(stdin, event, { signal: over.signal }))
  const lost = ['close', 'error'].map(event => once(stdout, event, { signal: over.signal }))
  await Promise.race(
    [...first, ...lost, once(signal, 'abort', { signal: over.signal })].map(p => p.catch(() => {})),
  )
  over.abort()
}
