import type { Expressions } from './expressions.ts'
import { NAMED_RELATIONS } from './named-relations.ts'
import type { Random } from './random.ts'
import {
  columnNode,
  columnsOf,
  isBinaryScalar,
  visibleColumns,
  type ScopeColumn,
  type Relation,
  type Scope,
  type ColumnRef,
} from './scope.ts'
import { fixed, group, keyed, list, quoted, predicate, value, type Node } from './tree.ts'
import { DOMAINS, TABLES, type Domain, type Table } from './schema.ts'

/** A FROM clause: its text, its relations, and conditions that must be added to WHERE. */
export interface From {
  readonly node: Node
  readonly relations: readonly Relation[]
  readonly where: readonly Node[]
  readonly merged: readonly string[]
}

export interface Derived {
  readonly node: Node
  readonly cols: readonly ScopeColumn[]
  /** It is `SELECT *`. */
  readonly isStar: boolean
  /** It has more columns than `cols`. */
  readonly isPartial?: boolean
}

export interface Cte {
  readonly name: string
  readonly cols: readonly ScopeColumn[]
  readonly isDependent?: boolean
  readonly isPartial?: boolean
}

/** What the FROM builder uses of the statement generator. */
export interface GeneratorContext {
  readonly random: Random
  readonly expressions: Expressions
  readonly ctes: () => readonly Cte[]
  query(outer: Scope | undefined, depth: number): Derived
  /** An uncorrelated `SELECT …` of one column. */
  values(domain: Domain, depth: number): Node
  alias(taken: readonly string[], outer: Scope | undefined): string
  tableId(): number
  /** Whether the statement may use views and session tables. */
  readonly named: boolean
  tag(feature: string): void
  /** Marks the statement as one that may be rejected for missing parameters. */
  markUnanswerable(): void
}

interface TableOrSubquery {
  readonly node: Node
  readonly relation: Relation
  readonly id?: number
  /** Alternative sets of columns; the statement must bind one set. */
  readonly keySets?: readonly (readonly string[])[]
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
const JSON_EACH_COLUMNS = ['type', 'atom', 'id', 'parent', 'fullkey', 'path', 'json', 'root']
/** A variable with a value of the domain. */
const VARIABLE_OF: Readonly<Partial<Record<Domain, string>>> = {
  org: ':org',
  user: ':user',
  kind: ':text',
  shard: ':number',
}

/** Builds one FROM clause. */
export class FromBuilder {
  readonly #context: GeneratorContext
  readonly #outer: Scope | undefined
  readonly #depth: number
  readonly #relations: Relation[] = []
  readonly #where: Node[] = []
  readonly #merged: string[] = []
  /** For each alias, the aliases of the tables that must be loaded before it. */
  readonly #dependencies = new Map<string, Set<string>>()
  #remaining = 0
  readonly #deferredKeys: { ref: ColumnRef; id: number }[] = []

  readonly #tables: readonly Table[] | undefined

  /** @param tables restricts the tables that the clause may use */
  constructor(context: GeneratorContext, outer: Scope | undefined, depth: number, tables?: readonly Table[]) {
    this.#tables = tables
    this.#context = context
    this.#outer = outer
    this.#depth = depth
  }

  build(count: number): From {
    const first = this.#tableOrSubquery()
    let { node } = first
    this.#remaining = count - 1
    this.#keyConditions(first, 'comma', undefined)
    for (let i = 1; i < count; i++) {
      this.#remaining--
      node = this.#join(node, i)
    }
    for (const { ref, id } of this.#deferredKeys)
      this.#where.push(this.#keyCondition(ref, id, this.#candidates(ref), true))
    return { node, relations: this.#relations, where: this.#where, merged: this.#merged }
  }

  get #scope(): Scope {
    return {
      relations: this.#relations,
      outer: this.#outer,
      merged: this.#merged,
      isIncomplete: this.#remaining > 0,
    }
  }

  #join(left: Node, index: number): Node {
    const { random: r, tag } = this.#context
    const before = [...this.#relations]
    const right = this.#tableOrSubquery()
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
    // a merged `view` column would send the value of one table to the other too
    const views = this.#relations.filter(i => i.table?.of.view !== undefined).length
    if (type === 'using' || (type === 'natural' && views < 2))
      return this.#mergingJoin(type, left, right, before)
    const on: Node[] = []
    this.#keyConditions(right, type, on)
    if (on.length === 0 || r.chance(0.2)) {
      const equality = this.#equality(before, right.relation)
      if (equality && type !== 'cross' && type !== 'comma') on.push(equality)
      else if (equality && r.chance(0.8)) this.#where.push(equality)
    }
    if (r.chance(0.15)) on.push(fixed('(', this.#context.expressions.predicate(this.#scope, 1), ')'))
    if (type === 'comma' || type === 'cross') {
      this.#where.push(...on)
      return group('from', left, JOINS[type], right.node)
    }
    if (on.length === 0 && type !== 'inner') on.push(predicate('TRUE'))
    const side =
      index > 1 && right.relation.full && right.relation.table?.of.view === undefined && r.chance(0.3)
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

  #mergingJoin(
    type: 'using' | 'natural',
    left: Node,
    right: TableOrSubquery,
    before: readonly Relation[],
  ): Node {
    const { random: r } = this.#context
    const names = new Set(before.flatMap(i => i.cols.map(c => c.name)))
    const common = [...new Set(right.relation.cols.map(c => c.name))].filter(n => names.has(n))
    const form = r.weighted([
      [6, ''],
      [3, ' LEFT'],
      [1, ' RIGHT'],
      [1, ' FULL'],
    ])
    this.#context.tag(`${type}${form.toLowerCase()} join`)
    const chosen = type === 'natural' ? common : r.sample(common, r.int(1, 2))
    const isFilter = form === '' || form === ' LEFT'
    this.#keyConditions(right, 'comma', undefined, isFilter ? chosen : [])
    this.#merged.push(...chosen)
    if (type === 'natural') return group('from', left, ` NATURAL${form} JOIN `, right.node)
    return chosen.length === 0
      ? group('from', left, ', ', right.node)
      : group('from', left, `${form} JOIN `, right.node, ` USING (${chosen.join(', ')})`)
  }

  #equality(before: readonly Relation[], relation: Relation): Node | undefined {
    const { random: r, expressions } = this.#context
    const mine = relation.cols.map(col => ({ relation, col })).filter(u => typeof u.col.of === 'string')
    const theirs = before
      .flatMap(i => i.cols.map(col => ({ relation: i, col })))
      .filter(u => typeof u.col.of === 'string')
    const pairs = mine.flatMap(m => theirs.filter(t => t.col.of === m.col.of).map(t => [m, t] as const))
    if (pairs.length > 0 && r.chance(0.92)) return expressions.equal(...r.pick(pairs), this.#scope)
    return mine.length > 0 && theirs.length > 0
      ? expressions.equal(r.pick(mine), r.pick(theirs), this.#scope)
      : undefined
  }

  #tableOrSubquery(): TableOrSubquery {
    const { random: r, ctes, query, tag } = this.#context
    const known = ctes()
    const taken = this.#relations.map(i => i.alias)
    const kind = r.weighted([
      [14, 'table'],
      [this.#depth > 0 ? 3 : 0, 'derived'],
      [known.length > 0 ? 9 : 0, 'cte'],
      [0.4, 'values'],
      [0.3, 'each'],
      [this.#context.named ? 2.5 : 0, 'named'],
      [this.#relations.length > 0 ? 0.7 : 0, 'lateral'],
    ])
    const add = (added: TableOrSubquery): TableOrSubquery => {
      this.#relations.push(added.relation)
      return added
    }
    const alias = this.#context.alias(taken, this.#outer)
    if (this.#tables) return add(this.#table(r.pick(this.#tables), alias, taken))
    if (kind === 'derived') {
      tag('derived table')
      const outer = r.chance(0.3) ? this.#outer : undefined
      const { node, cols, isPartial } = query(outer, this.#depth - 1)
      return add({
        node: group('from', '(', node, `) AS ${alias}`),
        relation: { alias, cols, ...(outer && { isDependent: true }), ...(isPartial && { others: 'any' }) },
      })
    }
    if (kind === 'cte') {
      const cte = r.pick(known)
      return add({
        node: group('from', `${cte.name} AS ${alias}`),
        relation: {
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

  #constants(kind: 'values' | 'each', alias: string): TableOrSubquery {
    const { random: r, expressions, tag } = this.#context
    tag(kind === 'values' ? 'VALUES table' : 'json_each')
    const domain = r.pick(['org', 'user', 'region', 'shard'] as const)
    const relation = (name: string, of: Domain): Relation => ({ alias, cols: [{ name, path: [], of }] })
    if (kind === 'each')
      return {
        node: group('from', `json_each(${quoted(JSON.stringify(r.sample(DOMAINS[domain], 3)))}) AS ${alias}`),
        relation: { ...relation('value', domain), others: JSON_EACH_COLUMNS },
      }
    const rows = Array.from({ length: 3 }, () => value('(', expressions.literal(domain), ')'))
    return {
      node: group('from', '(VALUES ', list(rows, ', '), `) AS ${alias}`),
      relation: relation('column1', domain),
    }
  }

  #named(alias: string, taken: readonly string[]): TableOrSubquery {
    const { random: r, tag } = this.#context
    const of = r.pick(NAMED_RELATIONS)
    tag(of.create?.includes('TABLE') ? 'table of the session' : 'view')
    const id = this.#context.tableId()
    const bare = r.chance(0.15) && !taken.includes(of.sqliteName)
    return {
      node: { kind: 'named', of, alias: bare ? undefined : alias, id },
      relation: { alias: bare ? of.sqliteName : alias, cols: of.cols },
      id,
      keySets: of.keySets,
    }
  }

  /** json_each over a column of a relation to its left. */
  #lateral(alias: string): TableOrSubquery {
    const { random: r, tag } = this.#context
    tag('json_each over a column')
    const refs = this.#relations.flatMap(relation => relation.cols.map(col => ({ relation, col })))
    const objects = refs.filter(u => typeof u.col.of !== 'string')
    const relation = (of: Domain): Relation => ({
      alias,
      cols: [
        { name: 'value', path: [], of },
        { name: 'key', path: [], of: 'num' },
      ],
      others: JSON_EACH_COLUMNS,
    })
    const scope = { ...this.#scope, isIncomplete: true }
    if (objects.length > 0 && r.chance(0.4)) {
      const object = r.pick(objects)
      this.#dependencies.set(alias, new Set([object.relation.alias]))
      return {
        node: group('from', 'json_each(', columnNode(object, scope, r), `) AS ${alias}`),
        relation: relation('user'),
        isLateral: true,
      }
    }
    const scalars = refs.filter(isBinaryScalar)
    if (scalars.length === 0) return this.#constants('each', alias)
    const ref = r.pick(scalars)
    const of = ref.col.of as Domain
    const second = r.pick(scalars.filter(u => u.col.of === of))
    this.#dependencies.set(alias, new Set([ref.relation.alias, second.relation.alias]))
    const node = group(
      'from',
      'json_each(json_array(',
      list(
        [
          fixed(columnNode(ref, scope, r)),
          fixed(columnNode(second, scope, r)),
          this.#context.expressions.literal(of),
        ],
        ', ',
      ),
      `)) AS ${alias}`,
    )
    return { node, relation: relation(of), isLateral: true }
  }

  #table(of: Table, alias: string, taken: readonly string[]): TableOrSubquery {
    const { random: r } = this.#context
    const { name, service } = of.resource
    const id = this.#context.tableId()
    const bare = r.chance(0.15) && !taken.includes(name)
    const relation: Relation = {
      alias: bare ? name : alias,
      cols: columnsOf(of).filter(c => c.name !== of.view || c.path.length > 0),
      table: { of, id },
      ...(bare && { full: [`fz.${service}.${name}`, `${service}.${name}`] }),
    }
    return {
      node: { kind: 'table', table: of, alias: bare ? undefined : alias, id },
      relation,
      id,
      keySets: of.resource.methods.map(m => [
        ...new Set(m.params.filter(p => p.required).map(p => p.column ?? m.range!.column)),
      ]),
    }
  }

  /** Adds conditions that bind the required parameters of a table, to ON if the join type allows it, otherwise to WHERE. */
  #keyConditions(
    { relation, id, keySets = [] }: TableOrSubquery,
    type: Join,
    on: Node[] | undefined,
    given: readonly string[] = [],
  ): void {
    const { random: r, markUnanswerable } = this.#context
    if (relation.table?.of.view !== undefined && r.chance(0.5)) this.#view(relation, relation.table)
    if (id === undefined || keySets.length === 0 || keySets.some(w => w.length === 0)) return
    if (r.chance(0.02)) return markUnanswerable()
    this.#dependencies.set(relation.alias, new Set())
    for (const name of r.pick(keySets.slice(-2))) {
      if (given.includes(name) && r.chance(0.8)) {
        markUnanswerable()
        continue
      }
      const ref = { relation, col: relation.cols.find(c => c.name === name && c.path.length === 0)! }
      const isRange = relation.table?.of.resource.methods.some(m => m.range?.column === name) === true
      if (r.chance(0.15) && !isRange) {
        this.#deferredKeys.push({ ref, id })
        continue
      }
      const inOn = on !== undefined && (type === 'inner' || type === 'left') && r.chance(0.8)
      const condition = isRange
        ? this.#range(ref, id)
        : this.#keyCondition(ref, id, this.#candidates(ref), false)
      if (inOn) on.push(condition)
      else this.#where.push(condition)
    }
  }

  /** A condition that bounds a column of days or timestamps. */
  #range(ref: ColumnRef, id: number): Node {
    const { random: r, tag } = this.#context
    const scope = { ...this.#scope, merged: [] }
    const column = (): Node => columnNode(ref, scope, r)
    const bound = (): Node => this.#context.expressions.time(ref.col.of as 'day' | 'time')
    const both = (): Node =>
      r.chance(0.4)
        ? predicate(column(), ' BETWEEN ', bound(), ' AND ', bound())
        : predicate(
            '(',
            r.chance(0.7)
              ? predicate(column(), r.pick([' >= ', ' > ']), bound())
              : predicate(bound(), ' <= ', column()),
            ' AND ',
            r.chance(0.7)
              ? predicate(column(), r.pick([' < ', ' <= ']), bound())
              : predicate(bound(), ' > ', column()),
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

  #view(relation: Relation, { of, id }: { of: Table; id: number }): void {
    const { random: r, tag } = this.#context
    tag('parameter that is no column')
    const col: ScopeColumn = { name: of.view!, path: [], of: 'kind' }
    const values = r.sample(DOMAINS.kind as readonly string[], r.chance(0.7) ? 1 : 2)
    this.#where.push({
      kind: 'view',
      id,
      column: { ...columnNode({ relation, col }, this.#scope, r), qualifier: relation.alias },
      values,
    })
  }

  /** Columns of other relations that can bind a key without a dependency cycle. Outer columns are left out while later relations may still shadow their alias. */
  #candidates({ relation, col }: ColumnRef): ColumnRef[] {
    const dependsOnTarget = (alias: string): boolean =>
      alias === relation.alias || [...(this.#dependencies.get(alias) ?? [])].some(dependsOnTarget)
    const collated = this.#context.random.chance(0.1)
    return visibleColumns(this.#scope).filter(
      u =>
        (isBinaryScalar(u) || (collated && u.col.nocase === true))
        && u.col.of === col.of
        && (this.#relations.includes(u.relation)
          ? !dependsOnTarget(u.relation.alias)
          : this.#remaining === 0),
    )
  }

  #keyCondition(ref: ColumnRef, id: number, candidates: readonly ColumnRef[], isDeferred: boolean): Node {
    const { random: r, values, tag } = this.#context
    const domain = ref.col.of as Domain
    const scope = { ...this.#scope, merged: [] }
    const column = (): Node => columnNode(ref, scope, r)
    const literal = (): Node => value(quoted(String(r.pick(DOMAINS[domain]))))
    if (candidates.length > 0 && r.chance(isDeferred ? 0.9 : 0.65)) {
      const other = r.pick(candidates)
      if (this.#relations.includes(other.relation))
        this.#dependencies.get(ref.relation.alias)?.add(other.relation.alias)
      tag('key from a join')
      if (other.col.nocase || other.relation.isDependent) this.#context.markUnanswerable()
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
