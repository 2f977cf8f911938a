import type { Call } from '../http/types.ts'
import type { Scan } from '../plan/plan.ts'
import { expandCalls } from './calls.ts'
import { hostOf, type ScanContext } from './scan-calls.ts'

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
  const calls: Call[] = (isKnown ? expandCalls(scan, resource, store).calls : [{}]).map(args => ({
    host,
    method,
    args,
  }))
  const obstacles = client.obstacles(calls, false)
  const lacking = calls.filter((_, i) => obstacles[i]?.code === 'CREDENTIALS')
  if (lacking.length === 0) return ''
  if (host.urlParam === undefined) return 'no credentials'
  const names = [...new Set(lacking.map(c => client.placeOf(c)))]
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : ''
  const count = calls.length === 1 ? '' : ` for ${lacking.length} of ${calls.length}`
  return `no credentials${count}: ${names.slice(0, MAX_NAMED).join(', ')}${more}`
}
