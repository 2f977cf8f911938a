import { PROFILE } from '../../catalog/profiles.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Call, HttpClient } from '../../http/types.ts'
import type { Scan } from '../../plan/plan.ts'
import { callNames, expandCalls } from '../calls/calls.ts'
import { hostOf, type ScanContext } from '../scans/scan-calls.ts'

/** Most places that a step names. */
const MAX_NAMED = 5

/**
 * For EXPLAIN, the calls of a scan that have no credential; empty if all have one. Calls whose keys come from rows are not
 * known; for them only a host with one address for everyone is checked.
 */
export function missingCredentials(
  scan: Scan,
  { catalog, client, store }: Pick<ScanContext, 'catalog' | 'client' | 'store'>,
): string {
  const { method, resource } = scan
  const host = hostOf(catalog, { resource, method })
  const isKnown = !scan.sets.flat().some(b => b.kind === 'query')
  if (!isKnown && (host.urlParam !== undefined || host.resource !== undefined)) return ''
  const sets = scan.sets.map(set => set.filter(b => b.kind === 'values'))
  const calls = expandCalls({ method, sets }, resource, store).calls.map((args): Call => ({
    host,
    method,
    args,
  }))
  // the profile decides, and comes from rows too
  if (calls.some(({ args }) => args[PROFILE] === undefined && method.params.some(p => p.name === PROFILE)))
    return ''
  const obstacles = client.obstacles(calls, false)
  const lacking = calls.filter((_, i) => obstacles[i]?.code === 'CREDENTIALS')
  if (lacking.length === 0) return ''
  if (host.urlParam === undefined && lacking.length === calls.length) return 'no credentials'
  if (host.urlParam === undefined)
    return `no credentials for ${callNames(
      method,
      lacking.map(c => c.args),
    )}`
  const names = [...new Set(lacking.map(c => client.placeOf(c)))]
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : ''
  const count = calls.length === 1 ? '' : ` for ${lacking.length} of ${calls.length}`
  return `no credentials${count}: ${names.slice(0, MAX_NAMED).join(', ')}${more}`
}

/** For EXPLAIN, where the base URL of calls comes from, if they do not have it as an argument; empty for a host that takes none. */
export function sourceOfUrl(call: Call, client: HttpClient): string {
  const { urlParam } = call.host
  if (urlParam === undefined || call.args[urlParam] !== undefined) return ''
  try {
    return `${urlParam} from ${client.sourceOfUrl(call)}`
  } catch (error) {
    // only the profile can know it, by ids that are not known yet
    if (error instanceof ConfluentqlError && error.code === 'MISSING_PARAMETER')
      return `${urlParam} from the profile`
    throw error
  }
}
