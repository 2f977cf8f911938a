/** How a parameter picks rows when that is not by equality with the column that the catalog names. */
export type Matcher =
  | { readonly match: 'exact'; readonly column: string }
  /** The API has words of its own for values of the column. Others pick none. */
  | { readonly match: 'words'; readonly column: string; readonly words: Readonly<Record<string, string>> }
  /** It leaves all rows. */
  | { readonly match: 'all' }
  /** The column's text is the value or comes after it. */
  | { readonly match: 'from'; readonly column: string }
  /** The column's text is the value or comes before it. */
  | { readonly match: 'until'; readonly column: string }
  /** The value is the beginning of the column's, or `every`, which leaves all. */
  | { readonly match: 'prefix'; readonly column: string; readonly every?: string }
  /** The value is the column's, or `ANY`, which leaves all. */
  | { readonly match: 'wild'; readonly column: string }
  /** The column's text has the value in it, whatever the case. */
  | { readonly match: 'within'; readonly column: string }
  /** Rows with the mark `column` are picked only when the value is `true`, or that of the parameter `unless`. */
  | { readonly match: 'marked'; readonly column: string; readonly unless?: string }
  /** Only rows with the mark `column` are picked when the value is `true`. */
  | { readonly match: 'only'; readonly column: string }
  /** The member `shows` of a row appears only when the value is `true`. */
  | { readonly match: 'showing'; readonly shows: string }
  /** The value is the column's or that of its `other` form; `every` stands for all. Rows show the form that was asked for. */
  | { readonly match: 'form'; readonly column: string; readonly other: string; readonly every: string }
  /** The value is the column's, or `latest` or -1, which picks all. */
  | { readonly match: 'latest'; readonly column: string }
  /** With `true`, the last row of each value of `column`. */
  | { readonly match: 'newest'; readonly column: string }
  /** With the value `MATCH`, the parameter `name` gives the name of a thing, and the rows are those whose pattern takes it in. */
  | { readonly match: 'pattern'; readonly column: string; readonly name: string }
  /** A slash-separated scope: that one, or with a trailing `/*` that one and all below. */
  | { readonly match: 'scope'; readonly column: string }
  /** That scope, and those above it when the parameter named `with` is `true`. */
  | { readonly match: 'ancestors'; readonly column: string; readonly with: string }
