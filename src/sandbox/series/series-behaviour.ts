/** Of a resource whose rows are series of values (series-query.ts): how they can be asked for. */
export interface SeriesBehaviour {
  /** Resources whose rows may be asked for by their ids, besides those that have series. */
  readonly resources: readonly string[]
  /** The resource whose rows describe the metrics. */
  readonly metrics: string
  /** Days before the day of the sandbox on which the series begin. */
  readonly days?: number
  /** Most points of a page, unless a single group has more. */
  readonly page: number
  /** By name: the minutes of a point (none: all of the interval), and the most hours of an interval. */
  readonly granularities: Readonly<Record<string, { readonly minutes?: number; readonly hours?: number }>>
}
