import type { Paging } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { shortened } from './text.ts'
import type { Extract, Page } from './types.ts'

/** What asks for one page: further query parameters, or the path with its query that takes the place of the method's. */
export interface PageTarget {
  readonly query?: Readonly<Record<string, string>>
  readonly path?: string
}

/** The pages of one listing. */
export interface Walk {
  readonly first: PageTarget
  /**
   * What asks for the page after `page`; undefined if `page` is the last, `over` if the page before it was the last and
   * `page` has no new row. Throws RESPONSE when the listing does not advance.
   */
  next(page: Page): PageTarget | undefined | 'over'
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

/** Adds a page to those seen. @throws ConfluentqlError RESPONSE if it is one of them */
export function checkNew(seen: Set<string>, id: string, page: Page, name: () => string): void {
  if (seen.has(id)) throw repeated(page, name())
  seen.add(id)
}

/** The error for a page that the server sends again. */
export function repeated(page: Page, name: string): ConfluentqlError {
  return stuck(
    page,
    `the server repeats a page (${name})`,
    'The listing would never end; try again, or report it to the provider',
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
