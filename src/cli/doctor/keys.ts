import type { Catalog, Host, Value } from '../../catalog/types.ts'
import { kindOf } from '../../config/endpoints.ts'
import type { Profile } from '../../config/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Call } from '../../http/types.ts'
import type { Session } from '../../index.ts'
import type { World } from '../world.ts'
import { type Finding, ok, warning } from './finding.ts'

/** Milliseconds for listing the places of a host. */
const TIMEOUT = 30_000
const LATE = new ConfluentqlError('ABORTED', `there was no list within ${TIMEOUT / 1000} s`)
/** Most places that a finding names. */
const MAX_NAMED = 10

export interface KeyOptions {
  readonly env: World['env']
  readonly profile: Profile
  readonly endpoint: string | undefined
  readonly retries: number
  readonly signal: AbortSignal
}

/**
 * Reports which clusters, registries and regions have no key. They are listed by the API, with the statement that the
 * provider file has for the host; hosts whose list needs a key that is missing are left out.
 */
export async function checkKeys(catalog: Catalog, options: KeyOptions): Promise<Finding[]> {
  const { env, profile, endpoint, retries, signal } = options
  const hosts = catalog.providers().flatMap(p => Object.values(p.hosts))
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(LATE), TIMEOUT)
  const { Session } = await import('../../index.ts')
  // the lists have requests in common
  const session = new Session({ env, profile, endpoint, retries, skipUnreachable: true, cache: () => 60 })
  const found: Finding[] = []
  try {
    for (const host of hosts.filter(h => h.places !== undefined))
      found.push(...(await checkHost(host, session, AbortSignal.any([signal, late.signal]), options)))
  } finally {
    clearTimeout(timer)
    await session.close()
  }
  return found
}

async function checkHost(
  host: Host,
  session: Session,
  signal: AbortSignal,
  options: KeyOptions,
): Promise<Finding[]> {
  const check = 'keys'
  try {
    const places = await placesOf(host, session, signal)
    if (places.length === 0) return []
    const lacking = await withoutKey(host, places, options)
    const all = `${places.length} ${places.length === 1 ? 'address' : 'addresses'} of ${kindOf(host)}`
    if (lacking.length === 0) return [ok(check, `there is a key for each of ${all}`)]
    const named = lacking.slice(0, MAX_NAMED).map(p => p.label)
    const more = lacking.length > MAX_NAMED ? ` and ${lacking.length - MAX_NAMED} more` : ''
    return [
      warning(
        check,
        `${lacking.length} of ${all} ${lacking.length === 1 ? 'has' : 'have'} no key: ${named.join(', ')}${more}`,
        'add keys for them to the profile; without one, --skip-unreachable leaves them out of a SELECT',
      ),
    ]
  } catch (error) {
    if (!(error instanceof ConfluentqlError) || options.signal.aborted) throw error
    if (error.code === 'CREDENTIALS') return []
    const what = `which addresses of ${kindOf(host)} have no key is not known`
    return [warning(check, `${what}: ${error.message}`, error.hint)]
  }
}

interface Place {
  readonly args: Call['args']
  /** `lkc-1 orders env-1` */
  readonly label: string
}

/** The places of a host, each once: its columns are parameters of the host, and others that name it. */
async function placesOf(host: Host, session: Session, signal: AbortSignal): Promise<Place[]> {
  const params = new Set([host.urlParam, host.environment, ...(host.resource?.params ?? [])])
  const places: Place[] = []
  for await (const { columns, rows } of session.run(host.places!, signal))
    for await (const row of rows) {
      const values = columns.map((c, i): [string, Value] => [c.name, row[i]!])
      const args = values.filter(([name, value]) => params.has(name) && value !== null)
      const names = values.flatMap(([name, v]) => (v === null || name === host.urlParam ? [] : [String(v)]))
      places.push({ args: Object.fromEntries(args.map(([n, v]) => [n, [v]])), label: names.join(' ') })
    }
  return places
}

async function withoutKey(
  host: Host,
  places: readonly Place[],
  { env, profile, endpoint }: KeyOptions,
): Promise<Place[]> {
  const { createClient } = await import('../../http/client.ts')
  const client = createClient({ env, profile, endpoint })
  const method: Call['method'] = {
    name: 'key',
    verb: 'select',
    http: 'GET',
    path: '/',
    host: host.name,
    params: [],
  }
  try {
    const obstacles = client.obstacles(
      places.map(({ args }) => ({ host, method, args })),
      false,
    )
    return places.filter((_, i) => obstacles[i] !== undefined)
  } finally {
    await client.close()
  }
}
