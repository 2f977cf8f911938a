import type { Expressions } from './expressions.ts'
import { NAMED } from './named.ts'
import type { Random } from './random.ts'
import { columnNode, columnsOf, usable, type Col, type Item, type Scope, type Use } from './scope.ts'
import { fixed, group, keyed, list, quoted, test, value, type Node } from './tree.ts'
import { DOMAINS, TABLES, type Domain, type Table } from './world.ts'

/** A FROM clause: its text, what it offers, and the conditions that must stand in WHERE. */
export interface From {
  readonly node: Node
  readonly items: readonly Item[]
  readonly where: readonly Node[]
  readonly merged: readonly string[]
}

export interface Derived {
  readonly node: Node
  readonly cols: readonly Col[]
  /** All columns of its tables. */
  readonly isStar: boolean
  /** It has more columns than `cols`. */
  readonly isPartial?: boolean
}

export interface Cte {
  readonly name: string
  readonly cols: readonly Col[]
  readonly isDependent?: boolean
  readonly isPartial?: boolean
}

/** What a FROM clause needs of the rest of the generator. */
export interface Surroundings {
  readonly random: Random
  readonly expressions: Expressions
  readonly ctes: () => readonly Cte[]
  query(outer: Scope | undefined, depth: number): Derived
  /** `SELECT …` of one column that depends on nothing around it. */
  values(domain: Domain, depth: number): Node
  alias(taken: readonly string[], outer: Scope | undefined): string
  tableId(): number
  /** Whether views and tables of the session may be named. */
  readonly named: boolean
  tag(feature: string): void
  /** Marks the statement as one that may be rejected. */
  unsure(): void
}

interface Leaf {
  readonly node: Node
  readonly item: Item
  readonly id?: number
  /** Sets of columns, one of which must be given. */
  readonly ways?: readonly (readonly string[])[]
  readonly isLateral?: boolean
}
type Join = 'inner' | 'left' | 'right' | 'full' | 'cross' | 'comma' | 'using' | 'natural'

const JOINS: Readonly<Record<Join, string>> = {
  inner: ' JOIN ',
  left: ' LEFT JOIN ',
  right: ' RIGHT JOIN ',
  full: ' FULL JOIN ',
  cross: ' CROSS JOIN ',
  comma: ', ',
  using: ' JOIN ',
  natural: ' JOIN ',
}
/** Columns of json_each besides `value` and `key` (sqlite.org/json1.html). */
const EACH = ['type', 'atom', 'id', 'parent', 'fullkey', 'path', 'json', 'root']
/** The variable whose value is of a domain. */
const VARIABLE_OF: Readonly<Partial<Record<Domain, string>>> = {
  org: ':org',
  user: ':user',
  kind: ':text',
  shard: ':number',
}
const isScalar = (u: Use): boolean => typeof u.col.of === 'string' && !u.col.soft

/** Builds one FROM clause. */
export class FromBuilder {
  readonly #s: Surroundings
  readonly #outer: Scope | undefined
  readonly #depth: number
  readonly #items: Item[] = []
  readonly #where: Node[] = []
  readonly #merged: string[] = []
  /** Aliases that the calls of an item need to be loaded before. */
  readonly #needs = new Map<string, Set<string>>()
  #left = 0
  readonly #later: { use: Use; id: number }[] = []

  readonly #tables: readonly Table[] | undefined

  /** @param tables the only ones it may name, if anything else is out of place */
  constructor(
    surroundings: Surroundings,
    outer: Scope | undefined,
    depth: number,
    tables?: readonly Table[],
  ) {
    this.#tables = tables
    this.#s = surroundings
    this.#outer = outer
    this.#depth = depth
  }

  build(count: number): From {
    const first = this.#leaf()
    let { node } = first
    this.#left = count - 1
    this.#keys(first, 'comma', undefined)
    for (let i = 1; i < count; i++) {
      this.#left--
      node = this.#join(node, i)
    }
    for (const { use, id } of this.#later)
      this.#where.push(this.#supply(use, id, this.#candidates(use), true))
    return { node, items: this.#items, where: this.#where, merged: this.#merged }
  }

  get #scope(): Scope {
    return { items: this.#items, outer: this.#outer, merged: this.#merged, open: this.#left > 0 }
  }

  #join(left: Node, index: number): Node {
    const { random: r, tag } = this.#s
    const before = [...this.#items]
    const right = this.#leaf()
    const type = right.isLateral
      ? r.pick(['inner', 'left', 'comma', 'cross'] as const)
      : r.weighted<Join>([
          [8, 'inner'],
          [6, 'left'],
          [2, 'right'],
          [2, 'full'],
          [1, 'cross'],
          [3, 'comma'],
          [2, 'using'],
          [1, 'natural'],
        ])
    tag(`${type} join`)
    // two tables with a view would be merged by it, and the view of one is then asked of the other too
    const views = this.#items.filter(i => i.table?.of.view !== undefined).length
    if (type === 'using' || (type === 'natural' && views < 2)) return this.#merging(type, left, right, before)
    const on: Node[] = []
    this.#keys(right, type, on)
    if (on.length === 0 || r.chance(0.2)) {
      const equality = this.#equality(before, right.item)
      if (equality && type !== 'cross' && type !== 'comma') on.push(equality)
      else if (equality && r.chance(0.8)) this.#where.push(equality)
    }
    if (r.chance(0.15)) on.push(fixed('(', this.#s.expressions.test(this.#scope, 1), ')'))
    if (type === 'comma' || type === 'cross') {
      this.#where.push(...on)
      return group('from', left, JOINS[type], right.node)
    }
    if (on.length === 0 && type !== 'inner') on.push(test('TRUE'))
    const side =
      index > 1 && right.item.full && right.item.table?.of.view === undefined && r.chance(0.3)
        ? group('from', '(', right.node, ')')
        : right.node
    return group(
      'from',
      left,
      r.chance(0.2) && type !== 'inner' ? JOINS[type].replace(' JOIN', ' OUTER JOIN') : JOINS[type],
      side,
      list(on, ' AND ', 0, ' ON '),
    )
  }

  #merging(type: 'using' | 'natural', left: Node, right: Leaf, before: readonly Item[]): Node {
    const { random: r } = this.#s
    const names = new Set(before.flatMap(i => i.cols.map(c => c.name)))
    const common = [...new Set(right.item.cols.map(c => c.name))].filter(n => names.has(n))
    const form = r.weighted([
      [6, ''],
      [3, ' LEFT'],
      [1, ' RIGHT'],
      [1, ' FULL'],
    ])
    this.#s.tag(`${type}${form.toLowerCase()} join`)
    const chosen = type === 'natural' ? common : r.sample(common, r.int(1, 2))
    const isFilter = form === '' || form === ' LEFT'
    this.#keys(right, 'comma', undefined, isFilter ? chosen : [])
    this.#merged.push(...chosen)
    if (type === 'natural') return group('from', left, ` NATURAL${form} JOIN `, right.node)
    return chosen.length === 0
      ? group('from', left, ', ', right.node)
      : group('from', left, `${form} JOIN `, right.node, ` USING (${chosen.join(', ')})`)
  }

  #equality(before: readonly Item[], item: Item): Node | undefined {
    const { random: r, expressions } = this.#s
    const mine = item.cols.map(col => ({ item, col })).filter(u => typeof u.col.of === 'string')
    const theirs = before
      .flatMap(i => i.cols.map(col => ({ item: i, col })))
      .filter(u => typeof u.col.of === 'string')
    const pairs = mine.flatMap(m => theirs.filter(t => t.col.of === m.col.of).map(t => [m, t] as const))
    if (pairs.length > 0 && r.chance(0.92)) return expressions.equal(...r.pick(pairs), this.#scope)
    return mine.length > 0 && theirs.length > 0
      ? expressions.equal(r.pick(mine), r.pick(theirs), this.#scope)
      : undefined
  }

  #leaf(): Leaf {
    const { random: r, ctes, query, tag } = this.#s
    const known = ctes()
    const taken = this.#items.map(i => i.alias)
    const kind = r.weighted([
      [14, 'table'],
      [this.#depth > 0 ? 3 : 0, 'derived'],
      [known.length > 0 ? 9 : 0, 'cte'],
      [0.4, 'values'],
      [0.3, 'each'],
      [this.#s.named ? 2.5 : 0, 'named'],
      [this.#items.length > 0 ? 0.7 : 0, 'lateral'],
    ])
    const add = (leaf: Leaf): Leaf => {
      this.#items.push(leaf.item)
      return leaf
    }
    const alias = this.#s.alias(taken, this.#outer)
    if (this.#tables) return add(this.#table(r.pick(this.#tables), alias, taken))
    if (kind === 'derived') {
      tag('derived table')
      const outer = r.chance(0.3) ? this.#outer : undefined
      const { node, cols, isPartial } = query(outer, this.#depth - 1)
      return add({
        node: group('from', '(', node, `) AS ${alias}`),
        item: { alias, cols, ...(outer && { isDependent: true }), ...(isPartial && { others: 'any' }) },
      })
    }
    if (kind === 'cte') {
      const cte = r.pick(known)
      return add({
        node: group('from', `${cte.name} AS ${alias}`),
        item: {
          alias,
          cols: cte.cols,
          ...(cte.isDependent && { isDependent: true }),
          ...(cte.isPartial && { others: 'any' }),
        },
      })
    }
    if (kind === 'named') return add(this.#named(alias, taken))
    if (kind === 'lateral') return add(this.#lateral(alias))
    if (kind === 'values' || kind === 'each') return add(this.#constants(kind, alias))
    return add(this.#table(r.pick(TABLES), alias, taken))
  }

  #constants(kind: 'values' | 'each', alias: string): Leaf {
    const { random: r, expressions, tag } = this.#s
    tag(kind === 'values' ? 'VALUES table' : 'json_each')
    const domain = r.pick(['org', 'user', 'region', 'shard'] as const)
    const item = (name: string, of: Domain): Item => ({ alias, cols: [{ name, path: [], of }] })
    if (kind === 'each')
      return {
        node: group('from', `json_each(${quoted(JSON.stringify(r.sample(DOMAINS[domain], 3)))}) AS ${alias}`),
        item: { ...item('value', domain), others: EACH },
      }
    const rows = Array.from({ length: 3 }, () => value('(', expressions.literal(domain), ')'))
    return {
      node: group('from', '(VALUES ', list(rows, ', '), `) AS ${alias}`),
      item: item('column1', domain),
    }
  }

  #named(alias: string, taken: readonly string[]): Leaf {
    const { random: r, tag } = this.#s
    const of = r.pick(NAMED)
    tag(of.make?.includes('TABLE') ? 'table of the session' : 'view')
    const id = this.#s.tableId()
    const bare = r.chance(0.15) && !taken.includes(of.plain)
    return {
      node: { kind: 'named', of, alias: bare ? undefined : alias, id },
      item: { alias: bare ? of.plain : alias, cols: of.cols },
      id,
      ways: of.ways,
    }
  }

  /** json_each over a column of an item to its left. */
  #lateral(alias: string): Leaf {
    const { random: r, tag } = this.#s
    tag('json_each over a column')
    const uses = this.#items.flatMap(item => item.cols.map(col => ({ item, col })))
    const objects = uses.filter(u => typeof u.col.of !== 'string')
    const item = (of: Domain): Item => ({
      alias,
      cols: [
        { name: 'value', path: [], of },
        { name: 'key', path: [], of: 'num' },
      ],
      others: EACH,
    })
    const scope = { ...this.#scope, open: true }
    if (objects.length > 0 && r.chance(0.4)) {
      const object = r.pick(objects)
      this.#needs.set(alias, new Set([object.item.alias]))
      return {
        node: group('from', 'json_each(', columnNode(object, scope, r), `) AS ${alias}`),
        item: item('user'),
        isLateral: true,
      }
    }
    const plain = uses.filter(isScalar)
    if (plain.length === 0) return this.#constants('each', alias)
    const use = r.pick(plain)
    const of = use.col.of as Domain
    const second = r.pick(plain.filter(u => u.col.of === of))
    this.#needs.set(alias, new Set([use.item.alias, second.item.alias]))
    const node = group(
      'from',
      'json_each(json_array(',
      list(
        [
          fixed(columnNode(use, scope, r)),
          fixed(columnNode(second, scope, r)),
          this.#s.expressions.literal(of),
        ],
        ', ',
      ),
      `)) AS ${alias}`,
    )
    return { node, item: item(of), isLateral: true }
  }

  #table(of: Table, alias: string, taken: readonly string[]): Leaf {
    const { random: r } = this.#s
    const { name, service } = of.resource
    const id = this.#s.tableId()
    const bare = r.chance(0.15) && !taken.includes(name)
    const item: Item = {
      alias: bare ? name : alias,
      cols: columnsOf(of).filter(c => c.name !== of.view || c.path.length > 0),
      table: { of, id },
      ...(bare && { full: [`fz.${service}.${name}`, `${service}.${name}`] }),
    }
    return {
      node: { kind: 'table', table: of, alias: bare ? undefined : alias, id },
      item,
      id,
      ways: of.resource.methods.map(m => [
        ...new Set(m.params.filter(p => p.required).map(p => p.column ?? m.range!.column)),
      ]),
    }
  }

  /** Adds the conditions that give a table the parameters it must have, to its ON where that serves, else to WHERE. */
  #keys(
    { item, id, ways = [] }: Leaf,
    type: Join,
    on: Node[] | undefined,
    given: readonly string[] = [],
  ): void {
    const { random: r, unsure } = this.#s
    if (item.table?.of.view !== undefined && r.chance(0.5)) this.#view(item, item.table)
    if (id === undefined || ways.length === 0 || ways.some(w => w.length === 0)) return
    if (r.chance(0.02)) return unsure()
    this.#needs.set(item.alias, new Set())
    for (const name of r.pick(ways.slice(-2))) {
      if (given.includes(name) && r.chance(0.8)) {
        unsure()
        continue
      }
      const use = { item, col: item.cols.find(c => c.name === name && c.path.length === 0)! }
      const isRange = item.table?.of.resource.methods.some(m => m.range?.column === name) === true
      if (r.chance(0.15) && !isRange) {
        this.#later.push({ use, id })
        continue
      }
      const inOn = on !== undefined && (type === 'inner' || type === 'left') && r.chance(0.8)
      const condition = isRange ? this.#range(use, id) : this.#supply(use, id, this.#candidates(use), false)
      if (inOn) on.push(condition)
      else this.#where.push(condition)
    }
  }

  /** Conditions that bound a column of days or times. */
  #range(use: Use, id: number): Node {
    const { random: r, tag } = this.#s
    const scope = { ...this.#scope, merged: [] }
    const column = (): Node => columnNode(use, scope, r)
    const bound = (): Node => this.#s.expressions.time(use.col.of as 'day' | 'time')
    const both = (): Node =>
      r.chance(0.4)
        ? test(column(), ' BETWEEN ', bound(), ' AND ', bound())
        : test(
            '(',
            r.chance(0.7)
              ? test(column(), r.pick([' >= ', ' > ']), bound())
              : test(bound(), ' <= ', column()),
            ' AND ',
            r.chance(0.7) ? test(column(), r.pick([' < ', ' <= ']), bound()) : test(bound(), ' > ', column()),
            ')',
          )
    const way = r.weighted([
      [6, 'both'],
      [2, 'or'],
      [2, 'list'],
      [1, 'one'],
      [1, 'open'],
      [1, 'not'],
    ])
    tag(`range by ${way}`)
    switch (way) {
      case 'both':
        return keyed(id, both())
      case 'or':
        return keyed(id, '(', both(), ' OR ', both(), ')')
      case 'list':
        return keyed(id, column(), ' IN (', list([bound(), bound()], ', '), ')')
      case 'one':
        return keyed(id, column(), ' = ', bound())
      case 'open':
        return keyed(id, column(), ' >= ', bound())
      default:
        return keyed(id, 'NOT (', column(), ' < ', bound(), ' OR ', column(), ' >= ', bound(), ')')
    }
  }

  #view(item: Item, { of, id }: { of: Table; id: number }): void {
    const { random: r, tag } = this.#s
    tag('parameter that is no column')
    const col: Col = { name: of.view!, path: [], of: 'kind' }
    const values = r.sample(DOMAINS.kind as readonly string[], r.chance(0.7) ? 1 : 2)
    this.#where.push({
      kind: 'view',
      id,
      column: { ...columnNode({ item, col }, this.#scope, r), qualifier: item.alias },
      values,
    })
  }

  /** Columns of other items that can give a key its values without waiting for its table; not of one around it whose alias may yet be taken. */
  #candidates({ item, col }: Use): Use[] {
    const waits = (alias: string): boolean =>
      alias === item.alias || [...(this.#needs.get(alias) ?? [])].some(waits)
    const collated = this.#s.random.chance(0.1)
    return usable(this.#scope).filter(
      u =>
        (isScalar(u) || (collated && u.col.soft === true))
        && u.col.of === col.of
        && (this.#items.includes(u.item) ? !waits(u.item.alias) : this.#left === 0),
    )
  }

  #supply(use: Use, id: number, candidates: readonly Use[], late: boolean): Node {
    const { random: r, values, tag } = this.#s
    const domain = use.col.of as Domain
    const scope = { ...this.#scope, merged: [] }
    const column = (): Node => columnNode(use, scope, r)
    const literal = (): Node => value(quoted(String(r.pick(DOMAINS[domain]))))
    if (candidates.length > 0 && r.chance(late ? 0.9 : 0.65)) {
      const other = r.pick(candidates)
      if (this.#items.includes(other.item)) this.#needs.get(use.item.alias)?.add(other.item.alias)
      tag('key from a join')
      if (other.col.soft || other.item.isDependent) this.#s.unsure()
      const theirs = columnNode(other, scope, r)
      const given = r.chance(0.1)
        ? value(...(domain === 'shard' ? ['(', theirs, ' + 0)'] : ['(', theirs, " || '')"]))
        : theirs
      return r.chance(0.5) ? keyed(id, column(), ' = ', given) : keyed(id, given, ' = ', column())
    }
    const way = r.weighted([
      [3, 'one'],
      [6, 'list'],
      [2, 'or'],
      [this.#depth > 0 ? 4 : 0, 'query'],
      [this.#depth > 0 ? 1 : 0, 'scalar'],
      [VARIABLE_OF[domain] === undefined ? 0 : 1, 'variable'],
      [1, 'expression'],
    ])
    tag(`key by ${way}`)
    if (way === 'one') return keyed(id, column(), ' = ', literal())
    if (way === 'variable')
      return r.chance(0.5)
        ? keyed(id, column(), ' = ', VARIABLE_OF[domain]!)
        : keyed(id, column(), ' IN (', list([value(VARIABLE_OF[domain]!), literal()], ', '), ')')
    if (way === 'expression')
      return keyed(
        id,
        column(),
        ' = ',
        r.pick([
          value('coalesce(NULL, ', literal(), ')'),
          value("'' || ", literal()),
          value('upper(', literal(), ')'),
          value('(', literal(), ')'),
        ]),
      )
    if (way === 'list')
      return keyed(id, column(), ' IN (', list(Array.from({ length: r.int(2, 6) }, literal), ', '), ')')
    if (way === 'or')
      return keyed(id, '(', column(), ' = ', literal(), ' OR ', column(), ' = ', literal(), ')')
    if (way === 'query') return keyed(id, column(), ' IN (', values(domain, this.#depth - 1), ')')
    return keyed(id, column(), ' = (SELECT max(q.c1) FROM (', values(domain, this.#depth - 1), ') AS q)')
  }
}
