import type { Random } from './random.ts'

/** A table or subquery in FROM, with the names of its visible columns and of those that may be secret. */
interface Source {
  readonly alias: string
  readonly visible: readonly string[]
  readonly secret: readonly string[]
}

const KEYS = { visible: ['id', 'name', 'spec.owner'], secret: ['secret', 'spec.secret', 'settings.user'] }
const LITERALS = ["'k1'", "'m'", "''", "'pl4nted-1'", "'********'", "'u2'", 'NULL']

/** Generates statements that select secrets, pass them through subqueries, and compare them and other columns. */
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

  #column(sources: readonly Source[], secretProbability: number): string {
    const r = this.#random
    const source = r.pick(sources)
    const from =
      source.secret.length > 0 && (r.chance(secretProbability) || source.visible.length === 0)
        ? source.secret
        : source.visible
    return `${source.alias}.${r.pick(from)}`
  }

  /** A value that is a secret with probability `secretProbability`. */
  #value(sources: readonly Source[], depth: number, secretProbability: number): string {
    const r = this.#random
    const value = (): string => this.#value(sources, depth - 1, secretProbability)
    if (sources.length === 0) return r.pick(LITERALS)
    if (depth <= 0 || r.chance(0.6))
      return r.chance(0.15) ? r.pick(LITERALS) : this.#column(sources, secretProbability)
    return r.weighted([
      [3, () => `${value()} || '!'`],
      [2, () => `(${value()})`],
      [2, () => `coalesce(${value()}, ${value()})`],
      [
        2,
        () =>
          `CASE WHEN ${this.#condition(sources, depth - 1, secretProbability / 3)} THEN ${value()} ELSE ${value()} END`,
      ],
      [1, () => `CASE ${value()} WHEN ${value()} THEN ${value()} END`],
      [1, () => `iif(${this.#condition(sources, depth - 1, secretProbability / 3)}, ${value()}, ${value()})`],
      [1, () => `nullif(${value()}, ${value()})`],
      [1, () => `max(${value()}, ${value()})`],
      [2, () => `(${this.#query(sources, depth - 1, 1)} LIMIT 1)`],
      [1, () => `(${this.#condition(sources, depth - 1, secretProbability / 3)})`],
    ])()
  }

  #condition(sources: readonly Source[], depth: number, secretProbability: number): string {
    const r = this.#random
    const value = (): string => this.#value(sources, depth - 1, secretProbability)
    return r.weighted([
      [4, () => `${value()} ${r.pick(['=', '<>', '<', '>=', 'IS', 'IS NOT'])} ${value()}`],
      [2, () => `${value()} IN (${value()}, ${value()})`],
      [1, () => `${value()} LIKE '%k%'`],
      [1, () => `${value()} BETWEEN ${value()} AND ${value()}`],
      [
        3,
        () =>
          `${this.#column(sources, 0.6)} ${r.pick(['IS NULL', 'IS NOT NULL', "= ''", "<> ''", 'NOTNULL'])}`,
      ],
      ...(depth > 0
        ? [
            [1, () => `NOT (${this.#condition(sources, depth - 1, secretProbability)})`] as const,
            [
              2,
              () =>
                `(${this.#condition(sources, depth - 1, secretProbability)} ${r.pick(['AND', 'OR'])} ${this.#condition(sources, depth - 1, secretProbability)})`,
            ] as const,
            [1, () => `EXISTS (${this.#query(sources, depth - 1, r.int(1, 2))})`] as const,
            [1, () => `${value()} IN (${this.#query(sources, depth - 1, 1)})`] as const,
          ]
        : []),
    ])()
  }

  #source(depth: number): { readonly sql: string; readonly source: Source } {
    const r = this.#random
    const alias = this.#name()
    if (depth <= 0 || r.chance(0.4)) return { sql: `p.s.keys ${alias}`, source: { alias, ...KEYS } }
    if (r.chance(0.2))
      return {
        sql: `(SELECT e.key AS a, e.value AS b, e.value ->> 'name' AS c, k.id AS d FROM p.s.keys k, json_each(k.parts) e) ${alias}`,
        source: { alias, visible: ['a', 'c', 'd'], secret: ['b'] },
      }
    const width = r.int(1, 3)
    const sql = this.#query([], depth - 1, width)
    const names = [...sql.matchAll(/ AS (c\d+)/g)].map(m => m[1]!).slice(0, width)
    const columns = names.filter((n, i) => names.indexOf(n) === i)
    return {
      sql: `(${sql}) ${alias}`,
      source: {
        alias,
        visible: columns.length > 1 ? columns.slice(0, -1) : columns,
        secret: columns.slice(-1),
      },
    }
  }

  /** A SELECT of `width` columns named c0, c1, …; the last is the most likely to be a secret. */
  #query(outer: readonly Source[], depth: number, width: number): string {
    const r = this.#random
    const first = this.#source(depth)
    const second = r.chance(0.25) ? this.#source(depth - 1) : undefined
    const own = [first.source, ...(second ? [second.source] : [])]
    const sources = [...own, ...outer]
    const form = r.chance(0.15) ? 'grouped' : r.chance(0.1) ? 'aggregated' : 'plain'
    const items = Array.from({ length: width }, (_, i) => {
      const secretProbability = i === width - 1 ? 0.7 : 0.05
      if (form === 'aggregated' || (form === 'grouped' && i > 0))
        return this.#aggregate(own, secretProbability)
      return form === 'grouped'
        ? this.#value(own, 1, secretProbability / 3)
        : this.#item(own, sources, depth, secretProbability)
    })
    const on = second && r.chance(0.7) ? ` ON ${this.#condition(own, 0, 0.05)}` : ''
    const from = second
      ? `${first.sql} ${r.pick(['JOIN', 'LEFT JOIN', ','])} ${second.sql}`.replace(' , ', ', ')
      : first.sql
    const alias = (): string => (r.chance(0.1) ? `c${r.int(0, width - 1)}` : this.#value(own, 1, 0.05))
    const aggregate = this.#aggregate(own, 0.05)
    // a count is not compared with a text
    const other = aggregate.startsWith('count') ? '7' : "'m'"
    const having = r.chance(0.5) ? ` HAVING ${aggregate} <> ${other}` : ''
    const group = form === 'grouped' ? ` GROUP BY ${r.pick(['1', 'c0', items[0]!])}${having}` : ''
    const tail =
      r.chance(0.12) && depth > 0
        ? ` ${r.pick(['UNION ALL', 'UNION ALL', 'UNION', 'EXCEPT'])} SELECT ${items.map((_, i) => (i < width - 1 || r.chance(0.6) ? "'k1'" : 'secret')).join(', ')} FROM p.s.keys`
        : ''
    const where = r.chance(0.4)
      ? ` WHERE ${r.chance(0.1) ? `c${r.int(0, width - 1)} <> 'm'` : this.#condition(sources, depth, 0.05)}`
      : ''
    const order =
      r.chance(0.25) && tail === '' && outer.length === 0
        ? ` ORDER BY ${r.chance(0.3) || form !== 'plain' ? r.int(1, width) : alias()}${r.pick(['', ' DESC', ' COLLATE NOCASE'])}`
        : ''
    const joined = second && / , |, /.test(from) ? '' : on
    return `SELECT ${r.chance(0.1) ? 'DISTINCT ' : ''}${items.map((item, i) => `${item} AS c${i}`).join(', ')} FROM ${from}${joined}${where}${group}${tail}${order}`
  }

  #item(
    own: readonly Source[],
    sources: readonly Source[],
    depth: number,
    secretProbability: number,
  ): string {
    const r = this.#random
    if (r.chance(0.06))
      return `row_number() OVER (${r.pick(['PARTITION', 'ORDER'])} BY ${this.#value(own, 1, secretProbability / 3)})`
    return this.#value(sources, depth, secretProbability)
  }

  #aggregate(own: readonly Source[], secretProbability: number): string {
    const r = this.#random
    const name = r.pick(['max', 'min', 'group_concat', 'count', 'count'])
    return `${name}(${r.chance(0.2) ? 'DISTINCT ' : ''}${this.#value(own, 1, secretProbability / 2)})`
  }
}
