import type { Row } from './state.ts'
import type { Behaviour, JsonObject } from '../types.ts'

/**
 * An initial row. `keys` are path parameters of its creation that are not members of it, `site` is its server. Members
 * whose names begin with an underscore never appear in answers. A text `site:` with the name of a server is that server's
 * URL; `ms:` with a number is a time in milliseconds. Texts that are days or timestamps are moved with the day (days.ts).
 */
export interface SeedRow {
  readonly keys?: Readonly<Record<string, string>>
  readonly site?: string
  readonly doc: JsonObject
}

/** A resource with its initial rows: `rows`, or `parts` instead. */
export type Initial = Behaviour & { readonly rows: readonly SeedRow[]; readonly parts?: Parts }

/**
 * Initial rows that are made when they are first needed, a part at a time. A part is named by its server, by its day if the
 * behaviour has a window, or by the id that series belong to. The same part has the same rows each time.
 */
export interface Parts {
  rows(part: string): readonly SeedRow[]
}

/** The most rows of unchanged parts in memory. Parts beyond are made again when they are needed. */
const KEPT = 500_000

/** The parts that are in memory. */
export class PartTables {
  private readonly tables = new Map<string, { readonly rows: Row[]; isChanged: boolean }>()
  private count = 0

  /** The rows of a part; `make` makes them if they are not kept. */
  rows(resource: string, part: string, make: () => Row[]): Row[] {
    const key = `${resource}/${part}`
    const known = this.tables.get(key)
    if (known !== undefined) return known.rows
    const table = { rows: make(), isChanged: false }
    this.tables.set(key, table)
    this.count += table.rows.length
    for (const [other, { rows, isChanged }] of this.tables) {
      if (this.count <= KEPT) break
      if (isChanged || other === key) continue
      this.tables.delete(other)
      this.count -= rows.length
    }
    return table.rows
  }

  /** Keeps a part in memory until the end, since its rows are about to change. */
  change(resource: string, part: string): void {
    const table = this.tables.get(`${resource}/${part}`)
    if (table !== undefined) table.isChanged = true
  }
}
