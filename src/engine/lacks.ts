/** Calls that a statement left out, to one place for one reason. */
export interface LeftOut {
  /** Full names of the tables that they are of. */
  readonly tables: readonly string[]
  /** The address, with the resource if it is of one: `https://pkc-1.example.com (lkc-1)`. */
  readonly place: string
  /** Why they cannot be reached: `no credentials`, `403 Forbidden`. */
  readonly reason: string
  /** The keys of the calls, at most five and the number of others, if the reason concerns them and not the place; else empty. */
  readonly keys: string
  readonly calls: number
}

/** Most places that one statement lists. */
const MAX_PLACES = 20

/** What a result lacks: a text for each place, and one about the whole. Empty if nothing was left out. */
export function lacksOf(leftOut: readonly LeftOut[]): string[] {
  if (leftOut.length === 0) return []
  const calls = leftOut.reduce((n, l) => n + l.calls, 0)
  const more = leftOut.length - MAX_PLACES
  return [
    ...leftOut
      .slice(0, MAX_PLACES)
      .map(
        l =>
          `left out: ${counted(l.calls)} of ${l.tables.join(', ')} at ${l.place}: ${l.reason}${l.keys === '' ? '' : ` (${l.keys})`}`,
      ),
    ...(more > 0 ? [`left out: calls to ${more} more places`] : []),
    `the result is incomplete: it lacks the rows of ${counted(calls)}; aggregates, NOT IN, NOT EXISTS and outer joins are evaluated without them`,
  ]
}

function counted(calls: number): string {
  return calls === 1 ? '1 call' : `${calls} calls`
}
