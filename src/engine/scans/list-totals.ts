import type { Method } from '../../catalog/types.ts'
import type { Page } from '../../http/types.ts'
import type { Loader } from '../pages/load.ts'

/** Where an answer has the number of all rows, if the provider file does not say it. */
const TOTAL = '$.metadata.total_size'

/** The number of rows in a page, and in its list if the page says it. */
export function sizeOf(
  page: Page,
  loader: Loader,
  method: Method,
): { readonly rows: number; readonly total: number | undefined } {
  const total = totalOf(page, loader, pathOf(method))
  return { rows: total === undefined ? 0 : loader.count(page), total }
}

/** Where the answers of a method have the number of all rows. */
function pathOf({ paging }: Method): string {
  const isCounted = paging?.kind === 'page' || paging?.kind === 'offset'
  return (isCounted && paging.total) || TOTAL
}

/** The number of rows in a list as a page says, if it does. */
function totalOf(page: Page, { extract }: Loader, path: string): number | undefined {
  try {
    const total = Number(extract(page.text, path) ?? NaN)
    return total > 0 ? total : undefined
  } catch {
    // it is not a number
    return undefined
  }
}

/**
 * The numbers of all rows that the pages of a list say. A number that differs from the one before shows that the list changed while it was read,
 * unless it is that of the rows in the page, or of those from the page on, as some servers count.
 */
export class ListTotals {
  /** Of the first page, and of the latest one that had another number. */
  changed: readonly [before: number, after: number] | undefined
  readonly #loader: Loader
  readonly #path: string
  #first: number | undefined
  /** The rows of the pages before. */
  #read = 0
  #isOver = false

  constructor(method: Method, loader: Loader) {
    this.#loader = loader
    this.#path = pathOf(method)
    this.#isOver = method.paging === undefined || method.rows === undefined
  }

  /** Compares a page with those before. */
  add(page: Page): void {
    if (this.#isOver) return
    const total = totalOf(page, this.#loader, this.#path)
    const rows = total === undefined ? 0 : this.#loader.count(page)
    this.#first ??= total
    // most lists have no number, or one page
    this.#isOver =
      total === undefined || total === rows || (this.#read > 0 && total + this.#read === this.#first)
    if (!this.#isOver && total !== this.#first) this.changed = [this.#first!, total!]
    this.#read += rows
  }
}
