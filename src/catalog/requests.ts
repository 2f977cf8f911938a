/**
 * Two required parameters that bound a column: `from` is an inclusive lower bound, `before` an exclusive upper bound. They
 * take their values from comparisons of the column with constants. Calls of one scan have disjoint ranges.
 */
export interface Range {
  /** The column of the answer that they bound. */
  readonly column: string
  /** day: the column has days, YYYY-MM-DD. second: it has times of whole seconds. */
  readonly unit: 'day' | 'second'
  /** Names of the parameters. */
  readonly from: string
  readonly before: string
  /** The longest span of one call, as an ISO 8601 duration of months, days or hours. A longer range becomes several calls. */
  readonly longest?: string
  /**
   * Instead: the longest span for each value of another parameter (null: any), which is also the size of the steps in which
   * the column has values. If a statement does not give the parameter, it is the first value that allows the whole range.
   */
  readonly steps?: { readonly param: string; readonly spans: Readonly<Record<string, string | null>> }
  /** Rows of the last time before now, as an ISO 8601 duration of minutes, may still change. */
  readonly lag?: string
  /** The upper bound where a statement has none; absent: it must have one. */
  readonly open?: 'now' | 'tomorrow'
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** The body of a query: a SELECT whose request is a POST that changes nothing. */
export interface QueryBody {
  /** In a text, `{name}` stands for the value of a parameter. */
  readonly template: Json
  /**
   * The member with the list of labels that rows are grouped by: those that the statement names. `limit`: the most groups of an
   * answer. `after`: the operator of a filter for the values of a label after another one, by which such a query is divided.
   */
  readonly groups?: { readonly into: string; readonly limit: number; readonly after?: string }
  /** The member with the conditions on labels, and the values of parameters that the template does not have. */
  readonly filter?: string
  /**
   * What the values in `column` are over the time of a point, by the value of the parameter `by`: `summed` amounts, or `averaged`
   * sizes. `whole` is the step of the range that is a single point.
   */
  readonly values?: {
    readonly column: string
    readonly by: string
    readonly whole: string
    readonly summed: readonly string[]
    readonly averaged: readonly string[]
  }
}
