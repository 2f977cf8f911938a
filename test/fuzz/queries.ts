import { Expressions, type Subqueries } from './expressions.ts'
import { FromBuilder, type Derived, type Surroundings } from './from.ts'
import type { Random } from './random.ts'
import { columnNode, usable, type Col, type Scope, type Use } from './scope.ts'
import { fixed, group, list, test, value, type Node } from './tree.ts'
import { TABLES, type Domain, type Fields } from './world.ts'

/** One generated statement and what is known of it. */
export interface Statement {
  readonly tree: Node
  /** Every required parameter is given in one of the forms that must be understood. */
  readonly answerable: boolean
  /** Numbers of the result columns that the rows are sorted by, without regard to case where `nocase`; undefined: no order. */
  readonly order?: readonly { readonly column: number; readonly nocase: boolean }[]
  /** LIMIT and OFFSET that are no part of the tree because the order does not say which rows they leave. */
  readonly loose?: { readonly limit: number; readonly offset: number }
  readonly features: readonly string[]
}

interface Cte {
  readonly name: string
  readonly cols: readonly Col[]
}
interface Output {
  readonly node: Node
  readonly col: Col
}
interface Core extends Derived {
  readonly width: number
  readonly isStar: boolean
}
const isPlain = (u: Use): boolean => typeof u.col.of === 'string' && !u.col.soft

/** Makes statements. */
export class Generator {
  readonly #random: Random
  readonly #expressions: Expressions
  #features = new Set<string>()
  #answerable = true
  #next = 0
  #ctes: readonly Cte[] = []

  constructor(random: Random) {
    this.#random = random
    const sub: Subqueries = {
      column: (scope, domain, depth) => this.#core(scope, depth, [domain]).node,
      tuple: (scope, domains, depth) => this.#core(scope, depth, domains).node,
      any: (scope, depth) => this.#exists(scope, depth),
      scalar: (scope, depth) => this.#scalar(scope, depth),
    }
    this.#expressions = new Expressions(random, sub, f => this.#features.add(f))
  }

  statement(): Statement {
    this.#features = new Set()
    this.#answerable = true
    this.#next = 0
    const r = this.#random
    const { node, width, isStar } = this.#query(undefined, 3, true)
    const columns = isStar ? [] : Array.from({ length: width }, (_, i) => i)
    const made = (tree: Node, more: Partial<Statement> = {}): Statement => ({ tree, answerable: this.#answerable, features: [...this.#features], ...more })
    const kind = r.weighted([[5, 'none'], [columns.length > 0 ? 3 : 0, 'total'], [columns.length > 0 ? 1 : 0, 'part'], [1.5, 'loose']])
    if (kind === 'loose') {
      this.#features.add('LIMIT without order')
      return made(node, { loose: { limit: r.int(0, 6), offset: r.chance(0.3) ? r.int(0, 3) : 0 } })
    }
    if (kind === 'none') return made(node)
    const order = r.sample(columns, kind === 'total' ? columns.length : r.int(1, columns.length)).map(column => ({ column, nocase: kind === 'part' && r.chance(0.3) }))
    const limit = kind === 'total' && r.chance(0.6) ? this.#limit() : fixed('')
    this.#features.add('ORDER BY')
    return made(group('query', node, ' ORDER BY ', list(order.map(o => this.#orderTerm(o)), ', '), limit), { order })
  }

  #orderTerm({ column, nocase }: { column: number; nocase: boolean }): Node {
    return fixed(String(column + 1), nocase ? ' COLLATE NOCASE' : '', this.#random.pick(['', ' DESC', ' ASC']), this.#random.pick(['', '', ' NULLS FIRST', ' NULLS LAST']))
  }

  #limit(): Node {
    const r = this.#random
    this.#features.add('LIMIT')
    return fixed(r.pick([` LIMIT ${r.int(0, 6)}`, ` LIMIT ${r.int(0, 6)} OFFSET ${r.int(0, 4)}`, ` LIMIT ${r.int(0, 3)}, ${r.int(0, 5)}`, ' LIMIT -1 OFFSET 2', ' LIMIT :number', ' LIMIT 1 + 1']))
  }

  #surroundings(): Surroundings {
    return {
      random: this.#random, expressions: this.#expressions, ctes: () => this.#ctes,
      query: (outer, depth) => this.#query(outer, depth, false),
      values: (domain, depth) => this.#core(undefined, depth, [domain]).node,
      alias: (taken, outer) => this.#alias(taken, outer),
      tableId: () => ++this.#next,
      tag: f => this.#features.add(f),
      unsure: () => { this.#answerable = false },
    }
  }

  #alias(taken: readonly string[], outer: Scope | undefined): string {
    const shadowed = outer?.items.map(i => i.alias).filter(a => !taken.includes(a) && /^t\d/.test(a)) ?? []
    return shadowed.length > 0 && this.#random.chance(0.1) ? this.#random.pick(shadowed) : `t${++this.#next}`
  }

  /** A query with CTEs and set operations in it, perhaps. */
  #query(outer: Scope | undefined, depth: number, top: boolean): Core {
    const r = this.#random
    const around = this.#ctes
    const definitions: Node[] = []
    const count = depth > 0 && r.chance(top ? 0.2 : 0.08) ? r.int(1, 2) : 0
    let recursive = false
    for (let i = 0; i < count; i++) {
      const { node, cte, isRecursive } = r.chance(0.2) ? this.#recursive() : this.#cte(outer, depth)
      recursive ||= isRecursive
      definitions.push(node)
      this.#ctes = [...this.#ctes, cte]
    }
    const body = r.chance(top ? 0.12 : 0.08) ? this.#compound(outer, depth) : this.#core(outer, depth)
    this.#ctes = around
    return { ...body, node: group('query', list(definitions, ', ', 0, recursive ? 'WITH RECURSIVE ' : 'WITH '), definitions.length > 0 ? ' ' : '', body.node, top ? '' : this.#innerLimit(body)) }
  }

  /** A LIMIT inside a statement, after an order that leaves no choice. */
  #innerLimit({ isStar, width }: Core): Node {
    if (isStar || !this.#random.chance(0.12)) return fixed('')
    return fixed(` ORDER BY ${Array.from({ length: width }, (_, i) => i + 1).join(', ')}`, this.#limit())
  }

  #cte(outer: Scope | undefined, depth: number): { node: Node; cte: Cte; isRecursive: boolean } {
    const r = this.#random
    const name = `c${++this.#next}`
    const { node, cols, isStar } = this.#query(outer && r.chance(0.2) ? outer : undefined, depth - 1, false)
    const hint = r.weighted([[6, ''], [1, ' MATERIALIZED'], [1, ' NOT MATERIALIZED']])
    this.#features.add('CTE')
    if (isStar || !r.chance(0.3)) return { node: group('fixed', `${name} AS${hint} (`, node, ')'), cte: { name, cols }, isRecursive: false }
    const named = cols.filter(c => c.path.length === 0).map(c => c.name)
    const renamed = cols.map(c => ({ ...c, name: `n${named.indexOf(c.name) + 1}` }))
    return { node: group('fixed', `${name}(${named.map((_, i) => `n${i + 1}`).join(', ')}) AS${hint} (`, node, ')'), cte: { name, cols: renamed }, isRecursive: false }
  }

  #recursive(): { node: Node; cte: Cte; isRecursive: boolean } {
    const name = `c${++this.#next}`
    this.#features.add('recursive CTE')
    const col = (column: string, of: Domain): Col => ({ name: column, path: [], of })
    const t = (n: number) => `t${this.#next + n}`
    if (this.#random.chance(0.4)) return { node: fixed(`${name}(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM ${name} WHERE n < 3)`), cte: { name, cols: [col('n', 'shard')] }, isRecursive: true }
    const id = ++this.#next
    if (this.#random.chance(0.5)) {
      const seed = this.#core(undefined, 0, ['region', 'org'])
      const orgs: Node = fixed(`SELECT ${t(9)}.region, ${name}.y FROM ${name} JOIN `, this.#tableNode('orgs', t(9), id), ` ON ${t(9)}.region > ${name}.x`)
      this.#next += 10
      return { node: group('fixed', `${name}(x, y) AS (`, seed.node, ' UNION ', orgs, ')'), cte: { name, cols: [col('x', 'region'), col('y', 'org')] }, isRecursive: true }
    }
    const seed = this.#core(undefined, 0, ['user'])
    const members: Node = fixed(`SELECT ${t(9)}.user FROM ${name}, `, this.#tableNode('members', t(9), id), `, `, this.#tableNode('members', t(8), id + 1), ` WHERE ${t(8)}.user = ${name}.u AND ${t(9)}.org = ${t(8)}.org`)
    this.#next += 10
    this.#answerable = false
    return { node: group('fixed', `${name}(u) AS (`, seed.node, ' UNION ', members, ')'), cte: { name, cols: [col('u', 'user')] }, isRecursive: true }
  }

  #tableNode(name: string, alias: string, id: number): Node {
    return { kind: 'table', table: TABLES.find(t => t.resource.name === name)!, alias, id }
  }

  #compound(outer: Scope | undefined, depth: number): Core {
    const r = this.#random
    const domains = Array.from({ length: r.int(1, 3) }, () => r.pick([undefined, 'org', 'user', 'kind', 'num', 'word'] as const))
    const cores = Array.from({ length: r.chance(0.7) ? 2 : 3 }, () => this.#core(outer, depth - 1, domains))
    const op = (): string => r.pick([' UNION ', ' UNION ALL ', ' INTERSECT ', ' EXCEPT '])
    this.#features.add('set operation')
    const parts = cores.flatMap((c, i) => (i === 0 ? [c.node] : [op(), c.node]))
    return { node: group('query', ...parts), cols: cores[0]!.cols.map(({ name, path, of }) => ({ name, path, of })), width: domains.length, isStar: false }
  }

  /** One SELECT. `domains` asks for columns of these, without grouping by name. */
  #core(outer: Scope | undefined, depth: number, domains?: readonly (Domain | undefined)[]): Core {
    const r = this.#random
    const most = depth >= 3 ? 4 : depth >= 1 ? 2 : 1
    const count = Math.min(most, r.weighted([[10, 1], [8, 2], [3, 3], [1, 4]]))
    const from = new FromBuilder(this.#surroundings(), outer, depth).build(count)
    const scope: Scope = { items: from.items, outer, merged: from.merged }
    const conditions = [...from.where]
    for (let n = r.weighted([[7, 0], [5, 1], [1, 2]]); n > 0; n--) conditions.push(fixed('(', this.#expressions.test(scope, Math.min(2, depth)), ')'))
    if (outer && r.chance(0.4)) conditions.push(...this.#correlation(scope))
    const bare = conditions.length === 1 && from.where.length === 0
    const where = bare ? list([this.#expressions.test(scope, Math.min(2, depth))], '', 0, ' WHERE ') : list(r.sample(conditions, conditions.length), ' AND ', 0, ' WHERE ')
    const finish = (select: string, outputs: readonly Output[], tail: Node = fixed('')): Core => ({
      node: group('query', select, list(outputs.map((o, i) => fixed(o.node, ` AS ${nameAt(i)}`)), ', '), ' FROM ', from.node, where, tail),
      cols: outputs.flatMap((o, i) => below({ ...o.col, name: nameAt(i), path: [] })), width: outputs.length, isStar: false,
    })
    if (domains) return finish(r.chance(0.15) ? 'SELECT DISTINCT ' : 'SELECT ', domains.map(d => this.#ofDomain(scope, d)))
    const kind = r.weighted([[6, 'plain'], [2, 'star'], [3, 'group'], [1, 'distinct'], [1, 'window'], [1, 'total']])
    if (kind === 'star') return this.#star(group('query', 'SELECT ', fixed(count > 1 && r.chance(0.3) ? `${from.items[0]!.alias}.*` : '*'), ' FROM ', from.node, where), scope, count)
    if (kind === 'group') return this.#grouped(scope, finish)
    if (kind === 'total') return finish('SELECT ', [this.#aggregate(scope), this.#aggregate(scope)])
    if (kind === 'window') return finish('SELECT ', [...this.#outputs(scope, depth, 2), this.#window(scope)])
    if (kind === 'distinct') this.#features.add('DISTINCT')
    return finish(kind === 'distinct' ? 'SELECT DISTINCT ' : 'SELECT ', this.#outputs(scope, depth, r.int(1, 4), kind === 'plain'))
  }

  #star(node: Node, scope: Scope, count: number): Core {
    this.#features.add('SELECT *')
    const cols = count === 1 ? scope.items[0]!.cols.filter(c => c.path.length === 0).flatMap(below) : []
    return { node, cols, width: 0, isStar: true }
  }

  #correlation(scope: Scope): Node[] {
    const r = this.#random
    const mine = scope.items.flatMap(item => item.cols.map(col => ({ item, col }))).filter(isPlain)
    const theirs = usable(scope).filter(u => isPlain(u) && !scope.items.includes(u.item))
    const pairs = mine.flatMap(m => theirs.filter(t => t.col.of === m.col.of).map(t => [m, t] as const))
    if (pairs.length === 0) return []
    this.#features.add('correlated subquery')
    return [this.#expressions.equal(...r.pick(pairs), scope)]
  }

  #ofDomain(scope: Scope, domain: Domain | undefined): Output {
    const own = usable(scope).filter(u => isPlain(u) && (domain === undefined || u.col.of === domain))
    const near = own.filter(u => scope.items.includes(u.item))
    const from = near.length > 0 ? near : own
    if (from.length > 0) {
      const use = this.#random.pick(from)
      return { node: columnNode(use, scope, this.#random), col: { name: '', path: [], of: use.col.of } }
    }
    return { node: this.#expressions.literal(domain ?? 'word'), col: { name: '', path: [], of: domain ?? 'word' } }
  }

  #outputs(scope: Scope, depth: number, count: number, soft = false): Output[] {
    const r = this.#random
    return Array.from({ length: count }, (): Output => {
      const objects = usable(scope).filter(u => typeof u.col.of !== 'string')
      if (objects.length > 0 && r.chance(0.1)) {
        const use = r.pick(objects)
        return { node: columnNode(use, scope, r), col: { ...use.col, path: [] } }
      }
      if (r.chance(0.25)) return { node: this.#expressions.value(scope, Math.min(depth, 1)), col: { name: '', path: [], of: 'word' } }
      const made = this.#ofDomain(scope, undefined)
      return soft && r.chance(0.08) ? { node: fixed(made.node, ' COLLATE NOCASE'), col: { ...made.col, soft: true } } : made
    })
  }

  #aggregate(scope: Scope): Output {
    const r = this.#random
    this.#features.add('aggregate')
    const plain = usable(scope).filter(u => isPlain(u) && scope.items.includes(u.item))
    const column = (wanted: (u: Use) => boolean = () => true): Node => {
      const some = plain.filter(wanted)
      return some.length > 0 ? columnNode(r.pick(some), scope, r) : this.#expressions.literal('num')
    }
    const call = r.pick([
      () => value('count(*)'), () => value('count(', column(), ')'), () => value('sum(', column(u => u.col.of === 'num'), ')'), () => value('max(', column(), ')'),
      () => value('min(', column(), ')'), () => value('count(DISTINCT ', column(), ')'), () => value('total(', column(u => u.col.of === 'num'), ')'),
    ])()
    if (!r.chance(0.25)) return { node: call, col: { name: '', path: [], of: 'num' } }
    this.#features.add('FILTER')
    return { node: value(call, ' FILTER (WHERE ', this.#expressions.test(scope, 1), ')'), col: { name: '', path: [], of: 'num' } }
  }

  #grouped(scope: Scope, finish: (select: string, outputs: readonly Output[], tail: Node) => Core): Core {
    const r = this.#random
    this.#features.add('GROUP BY')
    const keys = Array.from({ length: r.int(1, 2) }, () => this.#ofDomain(scope, undefined))
    const aggregates = Array.from({ length: r.int(1, 2) }, () => this.#aggregate(scope))
    const by = r.chance(0.3) ? keys.map((_, i) => fixed(String(i + 1))) : keys.map(k => k.node)
    const having = r.chance(0.3) ? fixed(' HAVING ', test(this.#aggregate(scope).node, r.pick([' > ', ' = ', ' <> ']), this.#expressions.literal('num'))) : fixed('')
    return finish('SELECT ', [...keys, ...aggregates], fixed(' GROUP BY ', list(by, ', '), having))
  }

  #window(scope: Scope): Output {
    const r = this.#random
    this.#features.add('window')
    const column = (): Node => this.#ofDomain(scope, undefined).node
    const partition = list(r.chance(0.7) ? [column()] : [], ', ', 0, 'PARTITION BY ')
    const order = fixed('ORDER BY ', column(), r.pick(['', ' DESC']))
    const node = r.pick([
      () => value('rank() OVER (', partition, ' ', order, ')'), () => value('dense_rank() OVER (', partition, ' ', order, ')'), () => value('count(*) OVER (', partition, ')'),
      () => value('sum(', this.#ofDomain(scope, 'num').node, ') OVER (', partition, ' ', order, ')'), () => value('max(', column(), ') OVER (', partition, ' ', order, ')'),
      () => value('min(', column(), ') OVER (', partition, ')'), () => value('count(*) FILTER (WHERE ', this.#expressions.test(scope, 1), ') OVER (', partition, ')'),
    ])()
    return { node, col: { name: '', path: [], of: 'num' } }
  }

  #scalar(scope: Scope, depth: number): Node {
    const r = this.#random
    const inner = this.#core(scope, depth, [undefined]).node
    const way = r.weighted([[2, 'limit'], [1, 'aggregate']])
    if (way === 'limit') return group('query', inner, ' ORDER BY 1', r.pick(['', ' DESC']), ' LIMIT 1')
    return group('query', `SELECT ${r.pick(['max', 'min', 'count'])}(q.c1) FROM (`, inner, ') AS q')
  }

  #exists(scope: Scope, depth: number): Node {
    const { node } = this.#core(scope, depth, [undefined])
    return this.#random.chance(0.1) ? group('query', node, ' LIMIT 1') : node
  }
}

const nameAt = (i: number): string => `c${i + 1}`

/** A column with the paths into it. */
function below(col: Col): Col[] {
  const paths = (of: Domain | Fields, path: readonly string[]): Col[] =>
    typeof of === 'string' ? [] : Object.entries(of).flatMap(([name, f]) => [{ name: col.name, path: [...path, name], of: f }, ...paths(f, [...path, name])])
  return [col, ...paths(col.of, [])]
}
