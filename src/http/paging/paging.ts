import type { Method } from '../../catalog/types.ts'
import { countedWalk } from './counted-paging.ts'
import { createLinks, nextLink } from './link-paging.ts'
import { type PageTarget, type PagingOf, read, SeenPages, stuck, type Walk } from './page-walk.ts'
import { visible } from '../text.ts'
import type { Extract, Page } from '../types.ts'

export type { NextPage, PageInstead, PageTarget, Walk } from './page-walk.ts'

/** The walk of a method's paging. */
export function walk(method: Method, extract: Extract): Walk {
  const { paging, rows } = method
  switch (paging?.kind) {
    case 'token':
      return tokenWalk(paging, extract)
    case 'url':
      return urlWalk(paging, extract)
    case 'link':
      return linked(sizeOf(paging))
    case 'page':
    case 'offset':
      return countedWalk(paging, rows ?? { at: '$', kind: 'array' })
    case undefined:
      return rows && rows.kind !== 'one' ? onePageWalk(method, extract) : { first: {}, next: () => undefined }
  }
}

/** The walk by the header Link. */
function linked(size: Readonly<Record<string, string>>): Walk {
  const links = createLinks()
  return { first: { query: size }, next: page => links.target(page, nextLink(page)) }
}

/** The walk by URLs in the answers. */
function urlWalk(paging: PagingOf<'url'>, extract: Extract): Walk {
  const links = createLinks()
  return {
    first: { query: sizeOf(paging) },
    next: page => links.target(page, read(page, extract, paging.next) ?? undefined),
  }
}

function sizeOf({ size, max }: Readonly<{ size?: string; max?: number }>): Readonly<Record<string, string>> {
  return size !== undefined && max !== undefined ? { [size]: String(max) } : {}
}

/** The link to the next page in an answer of a list that is documented to have one page. */
const NEXT = '$.metadata.next'

/**
 * The walk of a list without paging. Its answer may still link to a next page: in the header Link, or in the body; of a link
 * in the body, the parameters that the method does not have are used.
 */
function onePageWalk(method: Method, extract: Extract): Walk {
  const known = new Set([
    ...method.params.map(({ name, wire = name }) => wire),
    ...Object.keys(method.query ?? {}),
  ])
  const seen = new SeenPages()
  const links = createLinks()
  return {
    first: {},
    next(page) {
      const header = nextLink(page)
      if (header !== undefined) return links.target(page, header)
      const next = method.rows?.at === '$' ? null : read(page, extract, NEXT)
      if (next === null) return undefined
      const given = queryOf(next).filter(({ name }) => !known.has(name))
      if (given.length === 0)
        throw stuck(
          page,
          `there are more pages, but the link to the next one, ${visible(next, 120)}, has nothing to ask for it with`,
        )
      seen.add(JSON.stringify(given), page, () => visible(next, 120))
      return targetOf(given)
    },
  }
}

/** A parameter in the query of a link. */
interface LinkParam {
  readonly name: string
  readonly text: string
  /** The parameter as it is in the link, if that has a `+`: some servers read a blank, others a plus. */
  readonly linked?: string
}

function queryOf(link: string): readonly LinkParam[] {
  const mark = link.indexOf('?')
  const query = mark < 0 ? '' : (link.slice(mark + 1).split('#')[0] ?? '')
  if (!query.includes('+')) return [...new URLSearchParams(query)].map(([name, text]) => ({ name, text }))
  return query.split('&').flatMap(part => {
    const [param] = new URLSearchParams(part.replaceAll('+', '%2B'))
    if (!param) return []
    const [name, text] = param
    if (!part.includes('+')) return [{ name, text }]
    return [{ name, text, linked: new URL(`?${part}`, 'http://localhost').search.slice(1) }]
  })
}

/** What asks for a page with parameters of a link. In the body of a request, a `+` stays one. */
function targetOf(
  params: readonly LinkParam[],
  size: Readonly<Record<string, string>> = {},
  isInBody = false,
): PageTarget {
  const texts = params.filter(p => isInBody || p.linked === undefined)
  const query = { ...size, ...Object.fromEntries(texts.map(({ name, text }) => [name, text])) }
  return { query, linked: isInBody ? [] : params.flatMap(p => p.linked ?? []) }
}

function tokenWalk(paging: PagingOf<'token'>, extract: Extract): Walk {
  const size = sizeOf(paging)
  const seen = new SeenPages()
  return {
    first: { query: size },
    next(page) {
      const next = read(page, extract, paging.next)
      if (next === null || next === '') return undefined
      const token = tokenOf(next, paging.param, page)
      seen.add(token.linked ?? token.text, page, () => `${paging.param} ${visible(token.text, 40)}`)
      return targetOf([token], size, paging.in === 'body')
    },
  }
}

/** The token for the next page, which may be in a link. Nothing else of the link is used: its host and path may differ from ours. */
function tokenOf(next: string, param: string, page: Page): LinkParam {
  const token = queryOf(next).find(({ name, text }) => name === param && text !== '')
  if (token) return token
  if (isLink(next)) throw stuck(page, `the link to the next page has no ${param}: ${visible(next, 120)}`)
  return { name: param, text: next }
}

/** Whether a text is a link rather than a token, which may have any characters. */
function isLink(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) || /^\?|^\/.*\?/.test(text)
}
