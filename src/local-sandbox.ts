import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { catalogOf } from './catalog/sources/load.ts'
import type { OpenedProvider } from './catalog/sources/sources.ts'
import { ConfluentqlError } from './errors.ts'
import type { Profile } from './config/types.ts'
import { openProviders } from './providers.ts'
import { profileOf } from './sandbox-profile.ts'
import { type Clock, readDay, steppingClock, systemClock } from './sandbox/rows/clock.ts'
import { readSandboxData } from './sandbox/rows/data.ts'
import { startSandbox, type Sandbox } from './sandbox/server.ts'
import type { SandboxData } from './sandbox/types.ts'

const DATA = fileURLToPath(new URL('./sandbox.json', import.meta.url))
const LARGE = fileURLToPath(new URL('./sandbox-large.js', import.meta.url))

/** Sizes of our organization in the sandbox. */
export type SandboxSize = 'small' | 'large'

/** The variable with the date on which the sandbox starts; default: today. */
const DATE_VARIABLE = 'CONFLUENTQL_SANDBOX_DATE'

/**
 * Starts the simulated providers on a port of 127.0.0.1; 0 is any free one. The profile has a key for each cluster's server.
 * @throws ConfluentqlError of code USAGE if CONFLUENTQL_SANDBOX_DATE is not a day, PROVIDER for a wrong sandbox of one's own
 */
export async function startProviders(
  port: number,
  env: Readonly<Record<string, string | undefined>>,
  size: SandboxSize = 'small',
): Promise<Sandbox & { readonly profile: Profile }> {
  const { [DATE_VARIABLE]: day } = env
  const clock = (): Clock =>
    day === undefined || day === '' ? systemClock() : steppingClock(readDay(day, DATE_VARIABLE))
  const { providers } = openProviders({ env })
  const main = await startSandbox({
    catalog: catalogOf(providers.filter(one => !one.source)),
    data: await dataOf(size),
    port,
    clock: clock(),
    isLazy: size === 'large',
  })
  const all = [main]
  try {
    for (const one of providers) {
      const started = await startOwn(one, clock())
      if (started) all.push(started)
    }
  } catch (error) {
    await Promise.all(all.map(sandbox => sandbox.close()))
    throw error
  }
  const sites = (): Sandbox['sites'] =>
    all.length === 1
      ? main.sites
      : (Object.assign({}, ...all.map(sandbox => sandbox.sites)) as Sandbox['sites'])
  return {
    url: main.url,
    log: main.log,
    get sites() {
      return sites()
    },
    env: Object.assign({}, ...all.map(sandbox => sandbox.env)) as Sandbox['env'],
    ready: main.ready,
    close: async () => {
      await Promise.all(all.map(sandbox => sandbox.close()))
    },
    profile: profileOf(sites),
  }
}

/** Like `startProviders`, but all servers have started: for engines in other processes, which are given the addresses. */
export async function startWhole(
  env: Readonly<Record<string, string | undefined>>,
  size: SandboxSize,
): Promise<Awaited<ReturnType<typeof startProviders>>> {
  const sandbox = await startProviders(0, env, size)
  await sandbox.ready()
  return sandbox
}

/** Our organization: as it is written, or the large one made from it. */
async function dataOf(size: SandboxSize): Promise<SandboxData> {
  const small = await readSandboxData(DATA)
  if (size === 'small') return small
  const { largeData } = (await import(LARGE)) as { largeData: (data: SandboxData) => SandboxData }
  return largeData(small)
}

/** Starts the sandbox in the folder of a provider of one's own. An installed provider has none, since it may contain code. */
async function startOwn(own: OpenedProvider, clock: Clock): Promise<Sandbox | undefined> {
  const { source, provider } = own
  const dir = source && !source.consent && join(source.dir, 'sandbox')
  if (!dir || !existsSync(dir)) return undefined
  const fixed = Object.values(provider.hosts).find(host => !host.urlEnv && !host.urlParam)
  if (fixed)
    throw new ConfluentqlError(
      'PROVIDER',
      `${dir} cannot be served: the host ${fixed.name} of ${provider.name} always has the address ${fixed.url}`,
      { hint: 'add a variable for its address: url_env' },
    )
  const { composeSandboxData } = await import('./sandbox/build.ts')
  const load = async (file: string): Promise<unknown> => {
    const module = (await import(file)) as { default: object }
    // what the built program imports is required
    return 'default' in module.default ? module.default : module
  }
  try {
    const data = await composeSandboxData([dir], { provider: provider.name, load })
    return await startSandbox({ catalog: catalogOf([own]), data, port: 0, clock })
  } catch (cause) {
    if (cause instanceof ConfluentqlError) throw cause
    // an error of its code, or of what the files describe
    throw new ConfluentqlError('PROVIDER', `${dir} cannot be served: ${(cause as Error).message}`, { cause })
  }
}
