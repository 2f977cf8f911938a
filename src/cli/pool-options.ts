import type { Profile, SessionOptions } from '../index.ts'
import { openCatalog } from '../providers.ts'
import type { CliOptions } from './args/options.ts'
import { traceLine } from './open.ts'
import type { World } from './world.ts'

/** Seconds for which answers of the API are used again. */
const CACHE = 60

/** The options of the sessions of a server. With a sandbox, its addresses and credentials replace the user's. */
export function poolOptions(
  options: CliOptions,
  world: World,
  sandbox?: { readonly env: Readonly<Record<string, string>>; readonly profile: Profile },
): SessionOptions {
  const cache = options.cache ?? CACHE
  return {
    env: { ...world.env, ...(sandbox && allClusters(sandbox.env)) },
    endpoint: options.endpoint,
    timeout: options.timeout,
    retries: options.retries,
    concurrency: options.concurrency,
    memory: options.memory,
    requireKeys: options.requireKeys || undefined,
    cache: () => cache,
    onBusy: world.onBusy,
    onTrace: trace => {
      world.meter.request(trace)
      if (options.trace) world.stderr.write(traceLine(trace))
    },
  }
}

/** The variables of the sandbox without the address of its first cluster: every cluster is at its own. */
function allClusters(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const hosts = openCatalog({ env: {} })
    .providers()
    .flatMap(p => Object.values(p.hosts))
  const variables = new Set(hosts.flatMap(h => (h.urlParam === undefined ? [] : [h.urlEnv])))
  return Object.fromEntries(Object.entries(env).filter(([name]) => !variables.has(name)))
}
