import type Database from 'better-sqlite3'
import type { NearValues, QueryPlan } from '../../plan/plan.ts'
import { literal } from '../../plan/splice.ts'
import type { Store } from '../store/store.ts'

/** Says which value may be meant where a condition on texts is the reason why a query has no rows. */
export class NearValueSearch {
  readonly #store: Store
  /** Numbers of rows by value, for each condition that no row has met. */
  readonly #found: Map<NearValues, Map<string, number>>
  /** A list is looked at page by page. */
  readonly #statements = new Map<NearValues, Database.Statement>()

  constructor({ nearValues = [] }: QueryPlan, store: Store) {
    this.#store = store
    this.#found = new Map(nearValues.map(near => [near, new Map()]))
  }

  /** Looks at the rows that are loaded. */
  look(): void {
    for (const [near, counts] of this.#found)
      for (const [value, rows] of this.#valuesOf(near)) {
        if (near.values.includes(value)) this.#found.delete(near)
        counts.set(value, (counts.get(value) ?? 0) + rows)
      }
  }

  notices(): readonly string[] {
    return [...this.#found].flatMap(([{ values, condition }, counts]) => {
      const isCase = (value: string): boolean => values.some(v => v.toLowerCase() === value.toLowerCase())
      const [most] = [...counts].toSorted(([a, m], [b, n]) => Number(isCase(b)) - Number(isCase(a)) || n - m)
      if (!most) return []
      const [value, rows] = most
      const has = rows === 1 ? '1 row has' : `${rows.toLocaleString('en-US')} rows have`
      return [
        `no row meets ${condition}: ${has} ${literal(value)}, which differs only by ${isCase(value) ? 'case' : 'blanks or case'}`,
      ]
    })
  }

  #valuesOf(near: NearValues): readonly (readonly [value: string, rows: number])[] {
    try {
      const statement = this.#statements.get(near) ?? this.#store.db.prepare(near.sql).raw()
      this.#statements.set(near, statement)
      const rows = statement.all() as [unknown, bigint][]
      return rows.flatMap(([value, n]) => (typeof value === 'string' ? [[value, Number(n)] as const] : []))
    } catch {
      // the scan was not needed, and has no table
      return []
    }
  }
}
