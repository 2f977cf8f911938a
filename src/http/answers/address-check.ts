import { ConfluentqlError } from '../../errors.ts'
import { locate, ownUrl, resourceIds } from '../requests/base.ts'
import { type Request, requestLabel } from '../exchange.ts'
import type { Call, ClientOptions } from '../types.ts'

/**
 * Creates the check for a 404 answer that may come from the wrong server. The one URL in the user's settings
 * (`KAFKA_REST_ENDPOINT`) is used for the cluster that a statement names, even if nothing says that it is the URL of this
 * cluster. The server of another cluster answers every request with 404, as if the topic did not exist. So the cluster itself is
 * requested, once for each cluster.
 *
 * @returns a function of the call, its request, and a function that gets the status of a path; it rejects with API if the
 *   address does not have the resource that the call names
 */
export function createAddressCheck(
  options: Pick<ClientOptions, 'endpoint' | 'env' | 'profile'>,
): (call: Call, request: Request, statusOf: (path: string) => Promise<number>) => Promise<void> {
  const found = new Set<string>()
  return async (call, request, statusOf) => {
    const { host, method } = call
    const [id] = resourceIds(call)
    if (id === undefined || ownUrl(call, options)) return
    const base = locate(call, options)
    if (base.from !== 'user') return
    const path = resourcePath(call, request)
    if (path === undefined || found.has(request.origin + path)) return
    const status = path === request.path ? 404 : await statusOf(path)
    if (status < 300) {
      found.add(request.origin + path)
      return
    }
    const why =
      status === 404
        ? `${id} is not found at ${base.source}`
        : `whether ${base.source} is the address of ${id} is unknown (${status} for ${id} itself)`
    const inStatement = method.params.some(p => p.name === host.urlParam) ? `as ${host.urlParam}, or ` : ''
    const variable = status !== 404 && host.resource?.idEnv ? `, or set ${host.resource.idEnv} if it is` : ''
    throw new ConfluentqlError('API', `${requestLabel(request)}: 404; ${why}`, {
      status: 404,
      unreachable: why,
      hint: `Give the address of ${id} ${inStatement}in the profile (endpoints: { ${id}: 'https://…' })${variable}`,
    })
  }
}

/** The path of the resource that a call names, a prefix of the request's path; undefined if the path does not contain it. */
function resourcePath({ host, method }: Call, request: Request): string | undefined {
  const ids = new Set(host.resource?.params.map(name => `{${name}}`))
  const segments = method.path.split('/')
  const last = segments.findLastIndex(segment => ids.has(segment))
  if (last < 0) return undefined
  const sent = request.path.split('?')[0]!.split('/')
  return sent.slice(0, sent.length - (segments.length - 1 - last)).join('/')
}
