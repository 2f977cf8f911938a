import { Expressions, type Subqueries } from './expressions.ts'
import { FromBuilder, type Cte, type Derived, type GeneratorContext } from './from.ts'
import type { Random } from './random.ts'
import { columnNode, isBinaryScalar, visibleColumns, type ScopeColumn, type Scope } from './scope.ts'
import { addMistake } from './spelling.ts'
import { Aggregates, type Output } from './aggregates.ts'
import { fixed, group, list, predicate, type Node } from './tree.ts'
import { TABLES, type Domain, type Fields } from './schema.ts'

/** A generated statement and its properties. */
export interface Statement {
  readonly tree: Node
  /** A script that runs before the statement, with the kind and name of each table and view that it creates. */
  readonly setup?: {
    readonly script: Node
    readonly creates: readonly (readonly [kind: string, name: string])[]
  }
  /** ORDER BY and LIMIT of the whole statement. */
  readonly tail?: Node
  /** All required parameters are bound in a form that the planner must support: an error for missing parameters is a failure. */
  readonly answerable: boolean
  /** The result columns, from 0, by which the rows are sorted; `nocase` ignores case. Undefined if the order is not specified. */
  readonly order?: readonly { readonly column: number; readonly nocase: boolean }[]
  /** LIMIT and OFFSET whose rows the order does not determine. The tree does not contain them, so the reference returns all rows. */
  readonly unorderedLimit?: { readonly limit: number; readonly offset: number }
  /** Seed of the random spelling of the text. */
  readonly spelling?: number
  /** A random token was inserted. The statement may still be valid by chance. */
  readonly hasMistake?: boolean
  readonly features: readonly string[]
}

interface SelectResult extends Derived {
  readonly width: number
}

/** Tables with a list method that requires no key. */
const LISTABLE = TABLES.filter(
  t => t.size[1] > 0 && t.resource.methods.some(m => m.paging && m.params.every(p => !p.required)),
)

/** Generates statements. */
export class Generator {
  readonly #random: Random
  readonly #expressions: Expressions
  readonly #aggregates: Aggregates
  readonly #named: boolean
  #features = new Set<string>()
  #answerable = true
  #next = 0
  #ctes: readonly Cte[] = []

  /** @param named whether statements may use views and session tables */
  constructor(random: Random, named = true) {
    this.#random = random
    this.#named = named
    const sub: Subqueries = {
      column: (scope, domain, depth) => this.#core(scope, depth, [domain]).node,
      tuple: (scope, domains, depth) => this.#core(scope, depth, domains).node,
      any: (scope, depth) => this.#exists(scope, depth),
      scalar: (scope, depth) => this.#scalar(scope, depth),
    }
    const tag = (f: string): void => {
      this.#features.add(f)
    }
    this.#expressions = new Expressions(random, sub, tag)
    this.#aggregates = new Aggregates(random, this.#expressions, tag)
  }

  /** A statement, sometimes with a random spelling or an inserted mistake. */
  statement(): Statement {
    const r = this.#random
    const made = this.#statement()
    if (r.chance(0.03))
      return { ...made, tree: addMistake(made.tree, r), hasMistake: true, features: ['mistake'] }
    return r.chance(0.15)
      ? { ...made, spelling: r.int(1, 1_000_000), features: [...made.features, 'spelling'] }
      : made
  }

  #statement(): Statement {
    this.#features = new Set()
    this.#answerable = true
    this.#next = 0
    const r = this.#random
    const { node, cols, width, isStar } = this.#query(undefined, r.chance(0.1) ? 5 : 3, true)
    const columns = isStar ? [] : Array.from({ length: width }, (_, i) => i)
    const made = (tree: Node, more: Partial<Statement> = {}): Statement => ({
      tree,
      answerable: this.#answerable,
      features: [...this.#features],
      ...more,
    })
    const kind = r.weighted([
      [5, 'none'],
      [columns.length > 0 ? 3 : 0, 'total'],
      [columns.length > 0 ? 1 : 0, 'part'],
      [1.5, 'unordered limit'],
    ])
    if (kind === 'unordered limit') {
      this.#features.add('LIMIT without order')
      return made(node, { unorderedLimit: { limit: r.int(0, 6), offset: r.chance(0.3) ? r.int(0, 3) : 0 } })
    }
    if (kind === 'none') return made(node)
    const nocase = nocaseColumns(cols)
    const order = r
      .sample(columns, kind === 'total' ? columns.length : r.int(1, columns.length))
      .map(column => ({ column, nocase: nocase[column]! || (kind === 'part' && r.chance(0.3)) }))
    const limit = kind === 'total' && !nocase.includes(true) && r.chance(0.6) ? this.#limit() : fixed('')
    this.#features.add('ORDER BY')
    return made(node, {
      order,
      tail: group(
        'query',
        ' ORDER BY ',
        list(
          order.map(o => this.#orderTerm(o)),
          ', ',
        ),
        limit,
      ),
    })
  }

  #orderTerm({ column, nocase }: { column: number; nocase: boolean }): Node {
    return fixed(
      String(column + 1),
      nocase ? ' COLLATE NOCASE' : '',
      this.#random.pick(['', ' DESC', ' ASC']),
      this.#random.pick(['', '', ' NULLS FIRST', ' NULLS LAST']),
    )
  }

  #limit(): Node {
    const r = this.#random
    this.#features.add('LIMIT')
    if (r.chance(0.1))
      return fixed(' LIMIT (SELECT count(*) FROM ', this.#tableNode('regions', 'l', ++this.#next), ')')
    return fixed(
      r.pick([
        ` LIMIT ${r.int(0, 6)}`,
        ` LIMIT ${r.int(0, 6)} OFFSET ${r.int(0, 4)}`,
        ` LIMIT ${r.int(0, 3)}, ${r.int(0, 5)}`,
        ' LIMIT -1 OFFSET 2',
        ' LIMIT :number',
        ' LIMIT 1 + 1',
        ' LIMIT :number + 2 OFFSET :number',
      ]),
    )
  }

  #context(): GeneratorContext {
    return {
      random: this.#random,
      expressions: this.#expressions,
      ctes: () => this.#ctes,
      query: (outer, depth) => this.#query(outer, depth, false),
      values: (domain, depth) => this.#core(undefined, depth, [domain]).node,
      alias: (taken, outer) => this.#alias(taken, outer),
      tableId: () => ++this.#next,
      tag: f => this.#features.add(f),
      named: this.#named,
      markUnanswerable: () => {
        this.#answerable = false
      },
    }
  }

  #alias(taken: readonly string[], outer: Scope | undefined): string {
    const shadowed =
      outer?.relations.map(i => i.alias).filter(a => !taken.includes(a) && /^t\d/.test(a)) ?? []
    return shadowed.length > 0 && this.#random.chance(0.1) ? this.#random.pick(shadowed) : `t${++this.#next}`
  }

  /** A query, sometimes with CTEs or set operations. */
  #query(outer: Scope | undefined, depth: number, top: boolean): SelectResult {
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
    if (depth > 0 && r.chance(0.05)) definitions.push(this.#unused(depth))
    const body = r.chance(top ? 0.12 : 0.08) ? this.#compound(outer, depth) : this.#core(outer, depth)
    this.#ctes = around
    return {
      ...body,
      node: group(
        'query',
        list(definitions, ', ', 0, recursive ? 'WITH RECURSIVE ' : 'WITH '),
        definitions.length > 0 ? ' ' : '',
        body.node,
        top ? '' : this.#innerLimit(body),
      ),
    }
  }

  /** LIMIT in a subquery, with an ORDER BY that determines its rows. */
  #innerLimit({ cols, isStar, width }: SelectResult): Node {
    if (isStar || nocaseColumns(cols).includes(true) || !this.#random.chance(0.12)) return fixed('')
    return fixed(` ORDER BY ${Array.from({ length: width }, (_, i) => i + 1).join(', ')}`, this.#limit())
  }

  #cte(outer: Scope | undefined, depth: number): { node: Node; cte: Cte; isRecursive: boolean } {
    const r = this.#random
    const name = `c${++this.#next}`
    const around = outer && r.chance(0.2) ? outer : undefined
    const { node, cols, isStar, isPartial } = this.#query(around, depth - 1, false)
    const more = { ...(around && { isDependent: true }), ...(isPartial && { isPartial }) }
    const hint = r.weighted([
      [6, ''],
      [1, ' MATERIALIZED'],
      [1, ' NOT MATERIALIZED'],
    ])
    this.#features.add('CTE')
    if (isStar || !r.chance(0.3))
      return {
        node: group('fixed', `${name} AS${hint} (`, node, ')'),
        cte: { name, cols, ...more },
        isRecursive: false,
      }
    const named = cols.filter(c => c.path.length === 0).map(c => c.name)
    const renamed = cols.map(c => ({ ...c, name: `n${named.indexOf(c.name) + 1}` }))
    return {
      node: group('fixed', `${name}(${named.map((_, i) => `n${i + 1}`).join(', ')}) AS${hint} (`, node, ')'),
      cte: { name, cols: renamed, ...more },
      isRecursive: false,
    }
  }

  /** A CTE that is not referenced. It may lack required parameters and must not cause requests. */
  #unused(depth: number): Node {
    const answerable = this.#answerable
    const { node } = this.#cte(undefined, depth)
    this.#answerable = answerable
    this.#features.add('unused CTE')
    return node
  }

  #recursive(): { node: Node; cte: Cte; isRecursive: boolean } {
    const name = `c${++this.#next}`
    this.#features.add('recursive CTE')
    const col = (column: string, of: Domain): ScopeColumn => ({ name: column, path: [], of })
    const t = (n: number) => `t${this.#next + n}`
    if (this.#random.chance(0.4))
      return {
        node: fixed(`${name}(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM ${name} WHERE n < 3)`),
        cte: { name, cols: [col('n', 'shard')] },
        isRecursive: true,
      }
    const id = ++this.#next
    if (this.#random.chance(0.5)) {
      const seed = this.#core(undefined, 0, ['region', 'org'])
      const orgs: Node = fixed(
        `SELECT ${t(9)}.region, ${name}.y FROM ${name} JOIN `,
        this.#tableNode('orgs', t(9), id),
        ` ON ${t(9)}.region > ${name}.x`,
      )
      this.#next += 10
      return {
        node: group('fixed', `${name}(x, y) AS (`, seed.node, ' UNION ', orgs, ')'),
        cte: { name, cols: [col('x', 'region'), col('y', 'org')] },
        isRecursive: true,
      }
    }
    const seed = this.#core(undefined, 0, ['user'])
    const members: Node = fixed(
      `SELECT ${t(9)}.user FROM ${name}, `,
      this.#tableNode('members', t(9), id),
      `, `,
      this.#tableNode('members', t(8), id + 1),
      ` WHERE ${t(8)}.user = ${name}.u AND ${t(9)}.org = ${t(8)}.org`,
    )
    this.#next += 10
    this.#answerable = false
    return {
      node: group('fixed', `${name}(u) AS (`, seed.node, ' UNION ', members, ')'),
      cte: { name, cols: [col('u', 'user')] },
      isRecursive: true,
    }
  }

  #tableNode(name: string, alias: string, id: number): Node {
    return { kind: 'table', table: TABLES.find(t => t.resource.name === name)!, alias, id }
  }

  #compound(outer: Scope | undefined, depth: number): SelectResult {
    const r = this.#random
    const domains = Array.from({ length: r.int(1, 3) }, () =>
      r.pick([undefined, 'org', 'user', 'kind', 'num', 'word'] as const),
    )
    const cores = Array.from({ length: r.chance(0.7) ? 2 : 3 }, () => this.#core(outer, depth - 1, domains))
    const op = (): string => r.pick([' UNION ', ' UNION ALL ', ' INTERSECT ', ' EXCEPT '])
    this.#features.add('set operation')
    const parts = cores.flatMap((c, i) => (i === 0 ? [c.node] : [op(), c.node]))
    return {
      node: group('query', ...parts),
      cols: cores[0]!.cols.map(({ name, path, of }) => ({ name, path, of })),
      width: domains.length,
      isStar: false,
    }
  }

  /** One SELECT. `domains` are the domains of its columns. `isSingle` restricts FROM to one listable table, to test that paging ends early. */
  #core(
    outer: Scope | undefined,
    depth: number,
    domains?: readonly (Domain | undefined)[],
    isSingle = false,
  ): SelectResult {
    const r = this.#random
    const most = depth >= 3 ? 4 : depth >= 1 ? 2 : 1
    const count = Math.min(
      isSingle ? 1 : most,
      r.weighted([
        [10, 1],
        [8, 2],
        [3, 3],
        [1, 4],
      ]),
    )
    const from = new FromBuilder(this.#context(), outer, depth, isSingle ? LISTABLE : undefined).build(count)
    const scope: Scope = { relations: from.relations, outer, merged: from.merged }
    const conditions = [...from.where]
    for (
      let n = r.weighted([
        [isSingle ? 20 : 7, 0],
        [5, 1],
        [1, 2],
      ]);
      n > 0;
      n--
    )
      conditions.push(fixed('(', this.#expressions.predicate(scope, Math.min(2, depth)), ')'))
    if (outer && r.chance(isSingle ? 0.8 : 0.4)) conditions.push(...this.#correlation(scope))
    const bare = conditions.length === 1 && from.where.length === 0
    const where = bare
      ? list([this.#expressions.predicate(scope, Math.min(2, depth))], '', 0, ' WHERE ')
      : list(r.sample(conditions, conditions.length), ' AND ', 0, ' WHERE ')
    const finish = (select: string, outputs: readonly Output[], tail: Node = fixed('')): SelectResult => ({
      node: group(
        'query',
        select,
        list(
          outputs.map((o, i) => fixed(o.node, ` AS ${nameAt(i)}`)),
          ', ',
        ),
        ' FROM ',
        from.node,
        where,
        tail,
      ),
      cols: outputs.flatMap((o, i) => withNestedColumns({ ...o.col, name: nameAt(i), path: [] })),
      width: outputs.length,
      isStar: false,
    })
    if (domains)
      return finish(
        r.chance(0.15) ? 'SELECT DISTINCT ' : 'SELECT ',
        domains.map(d => this.#aggregates.ofDomain(scope, d)),
      )
    const kind = r.weighted([
      [6, 'plain'],
      [2, 'star'],
      [3, 'group'],
      [1, 'distinct'],
      [1, 'window'],
      [1, 'total'],
    ])
    if (kind === 'star')
      return this.#star(group('query', 'SELECT *', ' FROM ', from.node, where), scope, count)
    if (kind === 'group') return this.#grouped(scope, finish)
    if (kind === 'total')
      return finish('SELECT ', [this.#aggregates.aggregate(scope), this.#aggregates.aggregate(scope)])
    if (kind === 'window') {
      const { tail, ...window } = this.#aggregates.window(scope)
      return finish('SELECT ', [...this.#outputs(scope, depth, 2), window], tail)
    }
    if (kind === 'distinct') this.#features.add('DISTINCT')
    return finish(
      kind === 'distinct' ? 'SELECT DISTINCT ' : 'SELECT ',
      this.#outputs(scope, depth, r.int(1, 4), kind === 'plain'),
    )
  }

  #star(node: Node, scope: Scope, count: number): SelectResult {
    this.#features.add('SELECT *')
    const names = scope.relations.flatMap(i => i.cols.filter(c => c.path.length === 0).map(c => c.name))
    const isSole = (c: ScopeColumn): boolean =>
      c.path.length === 0
      && (count === 1
        || (scope.relations.every(i => i.others === undefined)
          && names.filter(n => n === c.name).length === 1))
    const cols = (scope.relations.length === count ? scope.relations : []).flatMap(i =>
      i.cols.filter(isSole).flatMap(withNestedColumns),
    )
    return { node, cols, width: 0, isStar: true, ...(count > 1 && { isPartial: true }) }
  }

  #correlation(scope: Scope): Node[] {
    const r = this.#random
    const mine = scope.relations
      .flatMap(relation => relation.cols.map(col => ({ relation, col })))
      .filter(isBinaryScalar)
    const theirs = visibleColumns(scope).filter(
      u => isBinaryScalar(u) && !scope.relations.includes(u.relation),
    )
    const pairs = mine.flatMap(m => theirs.filter(t => t.col.of === m.col.of).map(t => [m, t] as const))
    if (pairs.length === 0) return []
    this.#features.add('correlated subquery')
    return [this.#expressions.equal(...r.pick(pairs), scope)]
  }

  #outputs(scope: Scope, depth: number, count: number, nocase = false): Output[] {
    const r = this.#random
    return Array.from({ length: count }, (): Output => {
      const objects = visibleColumns(scope).filter(u => typeof u.col.of !== 'string')
      if (objects.length > 0 && r.chance(0.1)) {
        const ref = r.pick(objects)
        return { node: columnNode(ref, scope, r), col: { ...ref.col, path: [] } }
      }
      if (r.chance(0.25))
        return {
          node: this.#expressions.value(scope, Math.min(depth, 1)),
          col: { name: '', path: [], of: 'word' },
        }
      const made = this.#aggregates.ofDomain(scope, undefined)
      return nocase && r.chance(0.08)
        ? { node: fixed(made.node, ' COLLATE NOCASE'), col: { ...made.col, nocase: true } }
        : made
    })
  }

  #grouped(
    scope: Scope,
    finish: (select: string, outputs: readonly Output[], tail: Node) => SelectResult,
  ): SelectResult {
    const r = this.#random
    this.#features.add('GROUP BY')
    const keys = Array.from({ length: r.int(1, 2) }, () => this.#aggregates.ofDomain(scope, undefined))
    const aggregates = Array.from({ length: r.int(1, 2) }, () => this.#aggregates.aggregate(scope))
    const by = r.chance(0.3) ? keys.map((_, i) => fixed(String(i + 1))) : keys.map(k => k.node)
    const having = r.chance(0.3)
      ? fixed(
          ' HAVING ',
          predicate(
            this.#aggregates.aggregate(scope).node,
            r.pick([' > ', ' = ', ' <> ']),
            this.#expressions.literal('num'),
          ),
        )
      : fixed('')
    return finish('SELECT ', [...keys, ...aggregates], fixed(' GROUP BY ', list(by, ', '), having))
  }

  #scalar(scope: Scope, depth: number): Node {
    const r = this.#random
    const way = r.weighted([
      [2, 'limit'],
      [1, 'aggregate'],
      [1, 'count'],
    ])
    const inner = this.#core(scope, depth, [undefined], way === 'count' && r.chance(0.6)).node
    if (way === 'count') return this.#counted(inner)
    if (way === 'limit') return group('query', inner, ' ORDER BY 1', r.pick(['', ' DESC']), ' LIMIT 1')
    return group('query', `SELECT ${r.pick(['max', 'min', 'count'])}(q.c1) FROM (`, inner, ') AS q')
  }

  /** The number of rows that LIMIT leaves, which does not depend on the order. */
  #counted(query: Node): Node {
    const r = this.#random
    this.#features.add('LIMIT in a subquery')
    return group(
      'query',
      'SELECT count(*) FROM (',
      query,
      ` LIMIT ${r.pick(['0', '1', '2', ':number', '1 + 2', '-1'])}${r.chance(0.3) ? ` OFFSET ${r.int(0, 2)}` : ''}) AS q`,
    )
  }

  #exists(scope: Scope, depth: number): Node {
    const r = this.#random
    const { node } = this.#core(scope, depth, [undefined], r.chance(0.5))
    return r.chance(0.2)
      ? group('query', node, r.pick([' LIMIT 1', ' LIMIT 1 OFFSET 1', ' LIMIT 0', ' LIMIT :number OFFSET 2']))
      : node
  }
}

/** For each column of a query, whether it has the collation NOCASE. */
const nocaseColumns = (cols: readonly ScopeColumn[]): boolean[] =>
  cols.filter(c => c.path.length === 0).map(c => c.nocase === true)

const nameAt = (i: number): string => `c${i + 1}`

/** A column with all paths into it. */
function withNestedColumns(col: ScopeColumn): ScopeColumn[] {
  const paths = (of: Domain | Fields, path: readonly string[]): ScopeColumn[] =>
    typeof of === 'string'
      ? []
      : Object.entries(of).flatMap(([name, f]) => [
          { name: col.name, path: [...path, name], of: f },
          ...paths(f, [...path, name]),
        ])
  return [col, ...paths(col.of, [])]
}
