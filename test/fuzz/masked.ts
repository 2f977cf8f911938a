import type { Random } from './random.ts'

/** Columns that a place in FROM has: `name` as written, whether it may be a secret. */
interface Place {
  readonly alias: string
  readonly plain: readonly string[]
  readonly secret: readonly string[]
}

const KEYS = { plain: ['id', 'name', 'spec.owner'], secret: ['secret', 'spec.secret', 'settings.user'] }
const LITERALS = ["'k1'", "'m'", "''", "'pl4nted-1'", "'********'", "'u2'", 'NULL']

/** Random statements that read secrets, hand them on, and compare them or what stands beside them. */
export class MaskedStatements {
  readonly #random: Random
  #names = 0

  constructor(random: Random) {
    this.#random = random
  }

  statement(): string {
    this.#names = 0
    return this.#query([], 2, this.#random.int(1, 3))
  }

  #name(): string {
    return `n${this.#names++}`
  }

  #column(places: readonly Place[], secrets: number): string {
    const r = this.#random
    const place = r.pick(places)
    const from =
      place.secret.length > 0 && (r.chance(secrets) || place.plain.length === 0) ? place.secret : place.plain
    return `${place.alias}.${r.pick(from)}`
  }

  /** A value; a secret with the probability `secrets`. */
  #value(places: readonly Place[], depth: number, secrets: number): string {
    const r = this.#random
    const value = (): string => this.#value(places, depth - 1, secrets)
    if (places.length === 0) return r.pick(LITERALS)
    if (depth <= 0 || r.chance(0.6)) return r.chance(0.15) ? r.pick(LITERALS) : this.#column(places, secrets)
    return r.weighted([
      [3, () => `${value()} || '!'`],
      [2, () => `(${value()})`],
      [2, () => `coalesce(${value()}, ${value()})`],
      [
        2,
        () =>
          `CASE WHEN ${this.#condition(places, depth - 1, secrets / 3)} THEN ${value()} ELSE ${value()} END`,
      ],
      [1, () => `CASE ${value()} WHEN ${value()} THEN ${value()} END`],
      [1, () => `iif(${this.#condition(places, depth - 1, secrets / 3)}, ${value()}, ${value()})`],
      [1, () => `nullif(${value()}, ${value()})`],
      [1, () => `max(${value()}, ${value()})`],
      [2, () => `(${this.#query(places, depth - 1, 1)} LIMIT 1)`],
      [1, () => `(${this.#condition(places, depth - 1, secrets / 3)})`],
    ])()
  }

  #condition(places: readonly Place[], depth: number, secrets: number): string {
    const r = this.#random
    const value = (): string => this.#value(places, depth - 1, secrets)
    return r.weighted([
      [4, () => `${value()} ${r.pick(['=', '<>', '<', '>=', 'IS', 'IS NOT'])} ${value()}`],
      [2, () => `${value()} IN (${value()}, ${value()})`],
      [1, () => `${value()} LIKE '%k%'`],
      [1, () => `${value()} BETWEEN ${value()} AND ${value()}`],
      [
        3,
        () =>
          `${this.#column(places, 0.6)} ${r.pick(['IS NULL', 'IS NOT NULL', "= ''", "<> ''", 'NOTNULL'])}`,
      ],
      ...(depth > 0
        ? [
            [1, () => `NOT (${this.#condition(places, depth - 1, secrets)})`] as const,
            [
              2,
              () =>
                `(${this.#condition(places, depth - 1, secrets)} ${r.pick(['AND', 'OR'])} ${this.#condition(places, depth - 1, secrets)})`,
            ] as const,
            [1, () => `EXISTS (${this.#query(places, depth - 1, r.int(1, 2))})`] as const,
            [1, () => `${value()} IN (${this.#query(places, depth - 1, 1)})`] as const,
          ]
        : []),
    ])()
  }

  #place(depth: number): { readonly sql: string; readonly place: Place } {
    const r = this.#random
    const alias = this.#name()
    if (depth <= 0 || r.chance(0.4)) return { sql: `p.s.keys ${alias}`, place: { alias, ...KEYS } }
    if (r.chance(0.2))
      return {
        sql: `(SELECT e.key AS a, e.value AS b, e.value ->> 'name' AS c, k.id AS d FROM p.s.keys k, json_each(k.parts) e) ${alias}`,
        place: { alias, plain: ['a', 'c', 'd'], secret: ['b'] },
      }
    const width = r.int(1, 3)
    const sql = this.#query([], depth - 1, width)
    const names = [...sql.matchAll(/ AS (c\d+)/g)].map(m => m[1]!).slice(0, width)
    const columns = names.filter((n, i) => names.indexOf(n) === i)
    return {
      sql: `(${sql}) ${alias}`,
      place: { alias, plain: columns.length > 1 ? columns.slice(0, -1) : columns, secret: columns.slice(-1) },
    }
  }

  /** SELECT of `width` columns that are named c0, c1, …; the last is the most likely to be a secret. */
  #query(outer: readonly Place[], depth: number, width: number): string {
    const r = this.#random
    const first = this.#place(depth)
    const second = r.chance(0.25) ? this.#place(depth - 1) : undefined
    const own = [first.place, ...(second ? [second.place] : [])]
    const places = [...own, ...outer]
    const items = Array.from({ length: width }, (_, i) =>
      this.#item(own, places, depth, i === width - 1 ? 0.7 : 0.05),
    )
    const on = second && r.chance(0.7) ? ` ON ${this.#condition(own, 0, 0.05)}` : ''
    const from = second
      ? `${first.sql} ${r.pick(['JOIN', 'LEFT JOIN', ','])} ${second.sql}`.replace(' , ', ', ')
      : first.sql
    const alias = (): string => (r.chance(0.1) ? `c${r.int(0, width - 1)}` : this.#value(own, 1, 0.05))
    const group = r.chance(0.15)
      ? ` GROUP BY ${r.chance(0.3) ? r.int(1, width) : alias()}${r.chance(0.5) ? ` HAVING ${this.#condition(own, 1, 0.05)}` : ''}`
      : ''
    const tail =
      r.chance(0.12) && depth > 0
        ? ` ${r.pick(['UNION ALL', 'UNION ALL', 'UNION', 'EXCEPT'])} SELECT ${items.map((_, i) => (i < width - 1 || r.chance(0.6) ? "'k1'" : 'secret')).join(', ')} FROM p.s.keys`
        : ''
    const where = r.chance(0.4)
      ? ` WHERE ${r.chance(0.1) ? `c${r.int(0, width - 1)} <> 'm'` : this.#condition(places, depth, 0.05)}`
      : ''
    const order =
      r.chance(0.25) && tail === '' && outer.length === 0
        ? ` ORDER BY ${r.chance(0.3) ? r.int(1, width) : alias()}${r.pick(['', ' DESC', ' COLLATE NOCASE'])}`
        : ''
    const joined = second && / , |, /.test(from) ? '' : on
    return `SELECT ${r.chance(0.1) ? 'DISTINCT ' : ''}${items.map((item, i) => `${item} AS c${i}`).join(', ')} FROM ${from}${joined}${where}${group}${tail}${order}`
  }

  #item(own: readonly Place[], places: readonly Place[], depth: number, secrets: number): string {
    const r = this.#random
    if (r.chance(0.06))
      return `row_number() OVER (${r.pick(['PARTITION', 'ORDER'])} BY ${this.#value(own, 1, secrets / 3)})`
    if (r.chance(0.06)) return `count(DISTINCT ${this.#value(own, 1, secrets / 3)})`
    if (r.chance(0.06))
      return `${r.pick(['max', 'min', 'group_concat', 'count'])}(${this.#value(own, 1, secrets / 2)})`
    return this.#value(places, depth, secrets)
  }
}
