import { fileURLToPath } from 'node:url'
import { once } from 'node:events'
import { loadCatalog } from '../catalog/load.ts'
import { PROVIDERS, type Profile } from '../index.ts'
import { readDay, steppingClock, systemClock } from '../sandbox/clock.ts'
import { readSandboxData } from '../sandbox/data.ts'
import { startSandbox, type Sandbox } from '../sandbox/server.ts'
import type { World } from './world.ts'

const DATA = fileURLToPath(new URL('./sandbox.json', import.meta.url))

/** The variable with the date on which the sandbox starts; default: today. */
const DATE_VARIABLE = 'CONFLUENTQL_SANDBOX_DATE'

/**
 * Starts the simulated provider on a port of 127.0.0.1; 0 is any free one. The profile has a key for each cluster's server.
 * @throws ConfluentqlError of code USAGE if CONFLUENTQL_SANDBOX_DATE is not a day
 */
export async function start(
  port: number,
  { [DATE_VARIABLE]: day }: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Sandbox & { readonly profile: Profile }> {
  const clock = day === undefined || day === '' ? systemClock() : steppingClock(readDay(day, DATE_VARIABLE))
  const sandbox = await startSandbox({
    catalog: loadCatalog(PROVIDERS),
    data: await readSandboxData(DATA),
    port,
    clock,
  })
  return { ...sandbox, profile: profileOf(sandbox.sites) }
}

/** The profile for a sandbox. Its credentials are computed on each access, since clusters and their servers come and go. */
export function profileOf(sites: Sandbox['sites']): Profile {
  return {
    name: 'sandbox',
    file: 'the sandbox',
    endpoints: {},
    get credentials() {
      return Object.entries(sites).map(([name, url]) => ({
        at: `sandbox ${name}`,
        scopes: [{ host: url }],
        secret: {
          kind: 'key' as const,
          key: { kind: 'literal' as const, text: name },
          secret: { kind: 'literal' as const, text: `sandbox-${name}` },
        },
      }))
    },
  }
}

/** `confluentql sandbox`: prints the variables to export and serves until it is interrupted. */
export async function serve(port: number, world: World, signal: AbortSignal): Promise<number> {
  const sandbox = await start(port)
  world.stderr.write(`sandbox at ${sandbox.url}; Ctrl-C ends it\n`)
  world.stdout.write(
    Object.entries(sandbox.env)
      .map(([k, v]) => `export ${k}=${v}\n`)
      .join(''),
  )
  if (!signal.aborted) await once(signal, 'abort')
  await sandbox.close()
  return 0
}
