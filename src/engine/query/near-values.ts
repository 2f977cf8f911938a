import type Database from 'better-sqlite3'
import type { NearValues, QueryPlan } from '../../plan/plan.ts'
import { literal } from '../../plan/splice.ts'
import type { ScanContext } from '../scans/scan-calls.ts'
import type { Store } from '../store/store.ts'

/** Reports, after a statement has read its rows, which values may be meant. @param isEmpty whether its query has no rows */
export function reportNearValues(
  plan: Pick<QueryPlan, 'nearValues'>,
  store: Store,
  isEmpty: boolean,
  onNotice: ScanContext['onNotice'],
): void {
  if (!plan.nearValues) return
  const search = new NearValueSearch(plan, store, isEmpty)
  store.busily(() => search.look())
  for (const notice of search.notices()) onNotice?.(notice)
}

/** Says which value may be meant where no row meets a condition on texts. */
export class NearValueSearch {
  readonly #store: Store
  /** Numbers of rows by value, for each condition that no row has met. */
  readonly #found: Map<NearValues, Map<string, number>>
  /** A list is looked at page by page. */
  readonly #statements = new Map<string, Database.Statement>()

  /** @param isEmpty whether the query has no rows */
  constructor({ nearValues = [] }: Pick<QueryPlan, 'nearValues'>, store: Store, isEmpty: boolean) {
    this.#store = store
    this.#found = new Map(nearValues.filter(n => isEmpty || !n.isRequired).map(near => [near, new Map()]))
  }

  /** Looks at the rows that are loaded. */
  look(): void {
    for (const [near, counts] of this.#found) {
      if (this.#rows(near.exact).some(([isMet]) => Number(isMet) === 1)) this.#found.delete(near)
      else
        for (const [value, rows] of this.#rows(near.near))
          if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + Number(rows))
    }
  }

  /** What to say, each text once. */
  notices(): ReadonlySet<string> {
    const all = [...this.#found].flatMap(([{ values, condition }, counts]) => {
      const isCase = (value: string): boolean => values.some(v => v.toLowerCase() === value.toLowerCase())
      const [most] = [...counts].toSorted(([a, m], [b, n]) => Number(isCase(b)) - Number(isCase(a)) || n - m)
      if (!most) return []
      const [value, rows] = most
      const has = rows === 1 ? '1 row has' : `${rows.toLocaleString('en-US')} rows have`
      return [
        `no row meets ${condition}: ${has} ${literal(value)}, which differs only by ${isCase(value) ? 'case' : 'blanks or case'}`,
      ]
    })
    return new Set(all)
  }

  #rows(sql: string): readonly (readonly [value: unknown, rows?: unknown])[] {
    try {
      const statement = this.#statements.get(sql) ?? this.#store.db.prepare(sql).raw()
      this.#statements.set(sql, statement)
      return statement.all() as [unknown, unknown?][]
    } catch {
      // the scan was not needed, and has no table
      return []
    }
  }
}
