import { SeenPages, type PageTarget, stuck } from './page-walk.ts'
import { shortened, visible } from '../text.ts'
import type { Page } from '../types.ts'

/** A link of the header Link (RFC 8288): its URL, and its parameters as one text. */
const LINK = /<([^>]*)>((?:\s*;\s*[\w!#$%&'*+.^`|~-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]*))?)*)/g
const PARAM = /;\s*([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*)))?/g

/** The URL of the next page in the header Link of a page. */
export function nextLink({ link = '' }: Page): string | undefined {
  for (const [, url, params = ''] of link.matchAll(LINK)) {
    const rel = [...params.matchAll(PARAM)].find(([, name]) => name!.toLowerCase() === 'rel')
    // some servers write 'next', whose quotes are part of the value in RFC 8288
    const relations = (rel?.[2] ?? rel?.[3]?.replaceAll("'", '') ?? '').toLowerCase().split(/\s+/)
    if (relations.includes('next')) return url
  }
  return undefined
}

/** The pages of a listing that link to the next one. */
export interface Links {
  /**
   * What asks for the page that `page` links to; undefined without a link.
   * @throws ConfluentqlError RESPONSE for a page that was asked for before, and for a URL of another origin
   */
  target(page: Page, link: string | undefined): PageTarget | undefined
}

/** The links of a listing. */
export function createLinks(): Links {
  const seen = new SeenPages()
  return {
    target(page, link) {
      if (seen.isEmpty) seen.add(page.url, page, () => visible(page.url, 120))
      if (link === undefined) return undefined
      const { url, path } = urlTarget(page, link)
      seen.add(url, page, () => visible(link, 120))
      return { path }
    },
  }
}

/** The URL of a link, and its path with the query. Credentials stay with the origin of the page, so no other is accepted. */
function urlTarget(page: Page, link: string): { readonly url: string; readonly path: string } {
  if (!URL.canParse(link, page.url))
    throw stuck(page, `the link to the next page is no URL: ${visible(link, 120)}`)
  const next = new URL(link, page.url)
  const { origin } = new URL(page.url)
  if (next.origin !== origin) {
    const where = next.origin === 'null' ? next.protocol : next.origin
    throw stuck(
      page,
      `the link to the next page is to ${shortened(where, 120)}, which is not followed: credentials stay with ${origin}`,
    )
  }
  const path = `${next.pathname}${next.search}`
  return { url: `${origin}${path}`, path }
}
