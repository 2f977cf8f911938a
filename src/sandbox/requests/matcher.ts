/** How a parameter selects rows, if not by equality with its column in the catalog. */
export type Matcher =
  | { readonly match: 'exact'; readonly column: string }
  /** The value, without this beginning if it has it, is the column's. */
  | { readonly match: 'after'; readonly column: string; readonly beginning: string }
  /** The API has other words for values of the column. Unknown words select no rows. */
  | { readonly match: 'words'; readonly column: string; readonly words: Readonly<Record<string, string>> }
  /** It selects all rows. */
  | { readonly match: 'all' }
  /** The column's text is the value or comes after it. */
  | { readonly match: 'from'; readonly column: string }
  /** The column's text is the value or comes before it. */
  | { readonly match: 'until'; readonly column: string }
  /** The value is a prefix of the column's, or `every`, which selects all. An empty one selects those that do not begin with `special`. */
  | { readonly match: 'prefix'; readonly column: string; readonly every?: string; readonly special?: string }
  /** The value is the column's, or `ANY`, which selects all. */
  | { readonly match: 'wild'; readonly column: string }
  /** The column's text contains the value, ignoring case. */
  | { readonly match: 'within'; readonly column: string }
  /** Rows in which `column` is true are selected only when the value, or that of the parameter `unless`, is `true`. */
  | { readonly match: 'marked'; readonly column: string; readonly unless?: string }
  /** When the value is `true`, only rows in which `column` is true are selected. */
  | { readonly match: 'only'; readonly column: string }
  /** The member `shows` of a row appears only when the value is `true`. */
  | { readonly match: 'showing'; readonly shows: string }
  /** The value is the column's or that of its `other` form; `every` selects all. Rows show the requested form. */
  | { readonly match: 'form'; readonly column: string; readonly other: string; readonly every: string }
  /** The value is the column's, or `latest` or -1, which select all. */
  | { readonly match: 'latest'; readonly column: string }
  /** With the value `when`, rows that have the member `member` show it as their `column`. */
  | { readonly match: 'instead'; readonly column: string; readonly when: string; readonly member: string }
  /** The object at `column` has members named by the values, with the values of the parameter `with`. */
  | { readonly match: 'pairs'; readonly column: string; readonly with: string }
  /** With `true`, the last row of each value of `column`. */
  | { readonly match: 'newest'; readonly column: string }
  /** With the value `MATCH`, the parameter `name` is the name of an object, and rows are selected whose pattern matches it. */
  | { readonly match: 'pattern'; readonly column: string; readonly name: string }
  /** A slash-separated scope: that one, or with a trailing `/*` that one and all below. */
  | { readonly match: 'scope'; readonly column: string }
  /** That scope, and those above it when the parameter named `with` is `true`. */
  | { readonly match: 'ancestors'; readonly column: string; readonly with: string }
