import type { Method, Paging } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { shortened, visible } from './text.ts'
import type { Extract, Page } from './types.ts'

/** Query parameters of one page. */
export type PageQuery = Readonly<Record<string, string>>

/** Follows a listing: which query each page is asked for with. One walk serves one listing. */
export interface Walk {
  readonly first: PageQuery
  /** The query of the page after `page`; undefined after the last. Throws RESPONSE when the listing does not advance. */
  next(page: Page): PageQuery | undefined
}

/** The walk of a method's paging; one page if it has none. */
export function walk(method: Method, extract: Extract): Walk {
  const { paging } = method
  if (paging === undefined) return { first: {}, next: () => undefined }
  return paging.kind === 'token' ? tokenWalk(paging, extract) : offsetWalk(paging, method.rows?.at ?? '$')
}

function tokenWalk(paging: PagingOf<'token'>, extract: Extract): Walk {
  const size: PageQuery =
    paging.size !== undefined && paging.max !== undefined ? { [paging.size]: String(paging.max) } : {}
  const seen = new Set<string>()
  return {
    first: size,
    next(page) {
      const next = read(page, extract, paging.next)
      if (next === null || next === '') return undefined
      const token = tokenOf(next, paging.param, page)
      if (seen.has(token)) {
        throw new ConfluentqlError(
          'RESPONSE',
          `${shortened(page.request, 300)}: the server repeats a page (${paging.param} ${visible(token, 40)})`,
          { hint: 'The listing would never end; try again, or report it to the provider' },
        )
      }
      seen.add(token)
      return { ...size, [paging.param]: token }
    },
  }
}

type PagingOf<K extends Paging['kind']> = Paging & { readonly kind: K }

function read(page: Page, extract: Extract, path: string): string | null {
  try {
    return extract(page.text, path)
  } catch (error) {
    if (!(error instanceof ConfluentqlError)) throw malformed(page, error)
    throw new ConfluentqlError(error.code, `${shortened(page.request, 300)}: ${error.message}`, {
      cause: error,
      ...(error.hint !== undefined && { hint: error.hint }),
    })
  }
}

function malformed(page: Page, cause: unknown): ConfluentqlError {
  return new ConfluentqlError('RESPONSE', `${shortened(page.request, 300)}: the answer is not valid JSON`, {
    hint: 'The server, or a proxy on the way, damages its answers',
    cause,
  })
}

/** The token in a link to the next page, of which nothing else is used: its host and path may be others than ours. */
function tokenOf(next: string, param: string, page: Page): string {
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(next)
  const mark = next.indexOf('?')
  if (!isUrl && mark < 0) return next
  const query = mark < 0 ? '' : (next.slice(mark + 1).split('#')[0] ?? '')
  const token = new URLSearchParams(query).get(param)
  if (token) return token
  throw new ConfluentqlError(
    'RESPONSE',
    `${shortened(page.request, 300)}: the link to the next page has no ${param}: ${visible(next, 120)}`,
    { hint: 'The pages after it cannot be asked for; report it to the provider' },
  )
}

function offsetWalk(paging: PagingOf<'offset'>, rowsAt: string): Walk {
  let offset = 0
  let previous: string | undefined
  const query = (): PageQuery => ({ [paging.offset]: String(offset), [paging.limit]: String(paging.max) })
  return {
    first: query(),
    next(page) {
      const rows = countRows(page, rowsAt)
      // more than asked for: the server does not know the parameters, and has sent everything
      if (rows !== paging.max) return undefined
      if (page.text === previous) {
        throw new ConfluentqlError(
          'RESPONSE',
          `${shortened(page.request, 300)}: the server repeats a page (${paging.offset} ${offset})`,
          { hint: 'The listing would never end; try again, or report it to the provider' },
        )
      }
      previous = page.text
      offset += rows
      return query()
    },
  }
}

/** The number of rows at a path of the form `$` or `$.name.name`. */
function countRows(page: Page, at: string): number {
  let value: unknown
  try {
    value = JSON.parse(page.text)
  } catch (error) {
    throw malformed(page, error)
  }
  for (const name of at.split('.').slice(1))
    value = (value as Readonly<Record<string, unknown>> | null)?.[name]
  if (Array.isArray(value)) return value.length
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0
}
