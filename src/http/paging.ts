import type { Method, Paging } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { shortened, visible } from './text.ts'
import type { Extract, Page } from './types.ts'

/** Query parameters of one page. */
export type PageQuery = Readonly<Record<string, string>>

/** The queries of the pages of one listing. */
export interface Walk {
  readonly first: PageQuery
  /**
   * The query of the page after `page`; undefined if `page` is the last, `over` if the page before it was the last and
   * `page` has no new row. Throws RESPONSE when the listing does not advance.
   */
  next(page: Page): PageQuery | undefined | 'over'
}

/** The walk of a method's paging. */
export function walk(method: Method, extract: Extract): Walk {
  const { paging, rows } = method
  if (paging === undefined)
    return rows?.kind === 'array' && rows.at !== '$'
      ? linkWalk(method, extract)
      : { first: {}, next: () => undefined }
  return paging.kind === 'token' ? tokenWalk(paging, extract) : offsetWalk(paging, rows?.at ?? '$')
}

/** The link to the next page in an answer of a list that is documented to have one page. */
const NEXT = '$.metadata.next'

/** The walk of a list without paging. Its answer may still link to a next page; of that link, the parameters that the method does not have are used. */
function linkWalk(method: Method, extract: Extract): Walk {
  const known = new Set([...method.params.map(param => param.name), ...Object.keys(method.query ?? {})])
  const seen = new Set<string>()
  return {
    first: {},
    next(page) {
      const next = read(page, extract, NEXT)
      if (next === null) return undefined
      const given = [...queryOf(next)].filter(([name]) => !known.has(name))
      if (given.length === 0)
        throw stuck(
          page,
          `there are more pages, but the link to the next one, ${visible(next, 120)}, has nothing to ask for it with`,
        )
      checkNew(seen, JSON.stringify(given), page, visible(next, 120))
      return Object.fromEntries(given)
    },
  }
}

function queryOf(link: string): URLSearchParams {
  const mark = link.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : (link.slice(mark + 1).split('#')[0] ?? ''))
}

function stuck(page: Page, what: string): ConfluentqlError {
  return new ConfluentqlError('RESPONSE', `${shortened(page.request, 300)}: ${what}`, {
    hint: 'The pages after it cannot be asked for; report it to the provider',
  })
}

function checkNew(seen: Set<string>, id: string, page: Page, name: string): void {
  if (seen.has(id)) throw repeated(page, name)
  seen.add(id)
}

function repeated(page: Page, name: string): ConfluentqlError {
  return new ConfluentqlError(
    'RESPONSE',
    `${shortened(page.request, 300)}: the server repeats a page (${name})`,
    { hint: 'The listing would never end; try again, or report it to the provider' },
  )
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
      checkNew(seen, token, page, `${paging.param} ${visible(token, 40)}`)
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

/** The token in a link to the next page. Nothing else of the link is used: its host and path may differ from ours. */
function tokenOf(next: string, param: string, page: Page): string {
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(next)
  if (!isUrl && !next.includes('?')) return next
  const token = queryOf(next).get(param)
  if (token) return token
  throw stuck(page, `the link to the next page has no ${param}: ${visible(next, 120)}`)
}

/**
 * The walk by offsets. A server may send fewer rows a page than requested, so only an empty page, or one with fewer rows
 * than an earlier one, is the last.
 */
function offsetWalk(paging: PagingOf<'offset'>, rowsAt: string): Walk {
  let offset = 0
  let largest = 0
  let before: readonly string[] = []
  const query = (): PageQuery => ({ [paging.offset]: String(offset), [paging.limit]: String(paging.max) })
  return {
    first: query(),
    next(page) {
      const rows = rowsIn(page, rowsAt)
      if (rows === undefined) return undefined
      if (rows.length === 0 && offset > 0) {
        // some servers omit an empty list
        const failure = page.failure()
        if (failure) throw failure
        return 'over'
      }
      if (rows.length > 0 && before.includes(rows[0]!)) {
        const isSame = rows.length === before.length && sortedText(rows) === sortedText(before)
        // the same rows for another offset: the server ignores paging and has sent all, unless the page is as long as the limit
        if (isSame && before.length < paging.max) return 'over'
        if (isSame || rows[0] === before[0]) throw repeated(page, `${paging.offset} ${offset}`)
      }
      // more rows than requested: the server ignores paging and has sent all
      if (rows.length === 0 || rows.length < largest || rows.length > paging.max) return undefined
      largest = rows.length
      before = rows
      offset += rows.length
      return query()
    },
  }
}

/** Rows as one text, independent of their order. */
function sortedText(rows: readonly string[]): string {
  return [...rows].sort().join()
}

/** The rows at a path of the form `$` or `$.name.name`, as texts; undefined if there is no array. */
function rowsIn(page: Page, at: string): readonly string[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(page.text)
  } catch (error) {
    throw malformed(page, error)
  }
  for (const name of at.split('.').slice(1))
    value = (value as Readonly<Record<string, unknown>> | null)?.[name]
  if (value === null || value === undefined) return []
  return Array.isArray(value) ? value.map(row => JSON.stringify(row)) : undefined
}
