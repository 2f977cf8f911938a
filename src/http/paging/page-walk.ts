import type { Paging } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { shortened } from '../text.ts'
import type { Extract, Page } from '../types.ts'

/** What asks for one page: further query parameters, or the path with its query that takes the place of the method's. */
export interface PageTarget {
  readonly query?: Readonly<Record<string, string>>
  /** Further query parameters as they are in a link. */
  readonly linked?: readonly string[]
  readonly path?: string
}

/** What asks for the page to use in place of one. */
export interface PageInstead {
  readonly instead: PageTarget
}

/** What follows a page: the target of the next; undefined if it is the last; `over` if it is not used, and the page before it was the last. */
export type NextPage = PageTarget | PageInstead | undefined | 'over'

/** The pages of one listing. */
export interface Walk {
  readonly first: PageTarget
  /** What follows `page`. Throws RESPONSE when the listing does not advance. */
  next(page: Page): NextPage
  /** What follows an error status in answer to the request for a further page; undefined if it is an error. */
  refused?(status: number): PageInstead | 'over' | undefined
}

export type PagingOf<K extends Paging['kind']> = Paging & { readonly kind: K }

/** The error for a listing that cannot be read further. */
export function stuck(
  page: Page,
  what: string,
  hint = 'The pages after it cannot be asked for; report it to the provider',
): ConfluentqlError {
  return new ConfluentqlError('RESPONSE', `${shortened(page.request, 300)}: ${what}`, { hint })
}

/** Up to this number, all pages of a listing are remembered. */
const REMEMBERED = 1024

/**
 * The pages that a listing has asked for. In a listing of more than REMEMBERED pages, only those and the latest of which the
 * number is a power of two are remembered (Brent's algorithm), so that memory is bounded. A repetition among later pages is
 * therefore found late, but before the listing has become three times as long.
 */
export class SeenPages {
  readonly #first = new Set<string>()
  #count = 0
  #latest: string | undefined

  get isEmpty(): boolean {
    return this.#count === 0
  }

  /** Adds the page that is asked for after `page`. @throws ConfluentqlError RESPONSE if it is remembered */
  add(id: string, page: Page, name: () => string): void {
    if (this.#first.has(id) || id === this.#latest) throw repeated(page, name())
    this.#count++
    if (this.#count <= REMEMBERED) this.#first.add(id)
    else if (Number.isInteger(Math.log2(this.#count))) this.#latest = id
  }
}

/** The error for a page that the server sends again. */
export function repeated(page: Page, name: string): ConfluentqlError {
  return stuck(
    page,
    `the server repeats a page (${name})`,
    'The listing would never end; try again, or report it to the provider',
  )
}

/** The error for rows that come again and are not explained by rows left out. */
export function moved(page: Page): ConfluentqlError {
  return stuck(
    page,
    'the page begins with rows of the page before',
    'The list changed while it was read, so that something else may be missing: run the statement again',
  )
}

/** The text at a path of a page. */
export function read(page: Page, extract: Extract, path: string): string | null {
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

/** The error for a page that is not JSON. */
export function malformed(page: Page, cause: unknown): ConfluentqlError {
  return new ConfluentqlError('RESPONSE', `${shortened(page.request, 300)}: the answer is not valid JSON`, {
    hint: 'The server, or a proxy on the way, damages its answers',
    cause,
  })
}
