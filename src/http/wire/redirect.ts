import { ConfluentqlError } from '../../errors.ts'
import { requestLabel, type Request, type Send } from '../exchange.ts'
import { shortened, visible } from '../text.ts'

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const MOST = 5

/**
 * Follows redirects of a GET, at most five and only within its origin, so that
 * credentials never leave it. The redirect of any other request is returned.
 */
export function withRedirects(send: Send): Send {
  return async (request, signal) => {
    let current = request
    for (let followed = 0; ; followed++) {
      const answer = await send(current, signal)
      const location = answer.headers['location']
      if (request.method !== 'GET' || !REDIRECTS.has(answer.status) || location === undefined)
        return followed === 0 ? answer : { ...answer, redirected: current.path }
      if (followed === MOST)
        throw refused(
          request,
          answer.status,
          `redirects more than ${MOST} times`,
          'The server redirects in a circle',
        )
      current = { ...request, path: targetPath(current, answer.status, location) }
    }
  }
}

function targetPath(request: Request, status: number, location: string): string {
  const here = `${request.origin}${request.path}`
  if (!URL.canParse(location, here))
    throw refused(request, status, `redirects to ${visible(location, 120)}, which is not a URL`)
  const target = new URL(location, here)
  if (target.origin !== request.origin) {
    const where = target.origin === 'null' ? target.protocol : target.origin
    throw refused(
      request,
      status,
      `redirects to ${shortened(where, 120)}, which is not followed: credentials stay with ${request.origin}`,
      'If that is the right address, give it as --endpoint',
    )
  }
  return `${target.pathname}${target.search}`
}

function refused(request: Request, status: number, what: string, hint?: string): ConfluentqlError {
  return new ConfluentqlError('API', `${requestLabel(request)}: ${status}, ${what}`, {
    status,
    ...(hint !== undefined && { hint }),
  })
}
