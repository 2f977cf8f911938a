/** How an answer is paged, and where the parts of it stand. */

/**
 * The place of the rows in an answer: `at` is a SQLite JSON path to an array, to a map of rows, or to a single row. In front of
 * the array, `[*]` stands for all elements of an array or values of a map: `$.items[*].instances`.
 */
export interface RowsAt {
  readonly at: string
  readonly kind: 'array' | 'map' | 'one'
  /** empty: an answer without any list that has elements has no rows, since servers leave out an empty list. */
  readonly absent?: 'empty'
}

/** The place of a failure in an answer with a success status. */
export interface FailureAt {
  /** A SQLite JSON path to an object that reports a failure, or to an array of such objects. */
  readonly at: string
  /** Dotted path of the code below `at`: a failure if it is not absent, null or in `success`. */
  readonly code: string
  /** Codes that mean success. */
  readonly success?: readonly string[]
  /** Dotted path of the reason. */
  readonly message?: string
  /** Dotted path of the name of the failed object. */
  readonly name?: string
}

/**
 * The answer to a change is an operation, which may still run: it is read until it is done. Its state is in the answer and in
 * what is read later alike.
 */
export interface Operation {
  /** A SQLite JSON path to the URL to read it at. Its path is used, at the origin of the change. */
  readonly url?: string
  /** Instead: the path to read it at, in which `{name}` is the text at `name`, which may have several segments. */
  readonly path?: string
  readonly name?: string
  /** A SQLite JSON path to what says whether it is done: by a value in `values`. */
  readonly done: { readonly at: string; readonly values: readonly string[] }
  /** A SQLite JSON path to an object or a list that only a failed operation has. */
  readonly error?: string
}

/** How a list is paged; provider files use the same form. `in` body: what asks for a page stands in the body. */
export type Paging = PagingKind & { readonly in?: 'body' }

type PagingKind =
  /**
   * The token of the next page is in the answer at `next`: either the token itself or a URL with it in the query parameter
   * `param`. With `ends: empty` there is always a next page, since more rows may follow; an empty page is the last for now.
   */
  | {
      readonly kind: 'token'
      readonly param: string
      readonly next: string
      readonly size?: string
      readonly max?: number
      readonly ends?: 'empty'
    }
  /** The next page is at the URL of the header `Link` with `rel="next"`. `size`: a parameter that is sent with `max`. */
  | { readonly kind: 'link'; readonly size?: string; readonly max?: number }
  /** The URL of the next page is in the answer at `next`; a relative one is resolved against that of the page. */
  | { readonly kind: 'url'; readonly next: string; readonly size?: string; readonly max?: number }
  /**
   * Pages have numbers from `first`. The last is the one that `pages` names, if the answer has it; otherwise an empty page.
   */
  | ({
      readonly kind: 'page'
      readonly param: string
      readonly first: number
      readonly pages?: string
      readonly size?: string
      readonly max?: number
    } & MorePages)
  /** Pages are requested by offset, of at most `max` rows, until one is empty. */
  | ({
      readonly kind: 'offset'
      readonly offset: string
      readonly limit?: string
      readonly max?: number
    } & MorePages)

/** Where an answer says that rows follow, so that an empty page is not the last: at `total` the number of all rows, at `more` true. */
interface MorePages {
  readonly total?: string
  readonly more?: string
}
