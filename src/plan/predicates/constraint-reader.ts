import type { Value } from '../../catalog/types.ts'
import type { Comparison, Expression, InList, InQuery } from '../../sql/expression.ts'
import { isCombining, isConstant, isNullWhere, isVolatile } from '../../sql/properties.ts'
import { leaves, type JoinNode } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import {
  aliasApart,
  keyOf,
  keyPart,
  mayBeNumeric,
  type BoundColumn,
  type BoundCore,
  type BoundQuery,
  type Item,
} from '../binding/bound.ts'
import { hasCollate } from '../binding/outputs.ts'
import { joinsOf, mergedColumns, mergedNames, onlyOrigin, originOf } from '../binding/scope.ts'
import { columnsBelow, nodesRead, ownNodes, subqueriesIn } from '../binding/traverse.ts'
import type { PlanContext } from '../context.ts'
import { columnText, quote } from '../splice.ts'
import { isNullable, isUnder, onFilters, type Conjunct } from './conjuncts.ts'
import { UNCONSTRAINED, both, either, one, type Disjunction, type Operand } from './constraints.ts'

/** What stands in a condition. */
interface Contents {
  readonly columns: readonly BoundColumn[]
  /** Nothing but those, constants, operators and functions that give the same for the same. */
  readonly isPlain: boolean
}

/** Reads what conditions say about the columns of items. */
export class ConstraintReader {
  readonly #binder: Binder
  readonly #context: PlanContext
  readonly #known = new Map<Expression, Map<Item, Disjunction>>()
  readonly #contents = new Map<Expression, Contents>()

  constructor(binder: Binder, context: PlanContext) {
    this.#binder = binder
    this.#context = context
  }

  /** What the conditions of its own core say of an item. */
  of(item: Item, conditions: readonly Conjunct[]): Disjunction {
    let all: Disjunction = UNCONSTRAINED
    for (const c of conditions) {
      if (!c.join || onFilters(item.core, c.join, item)) all = both(all, this.condition(c.condition, item))
    }
    return both(all, this.#merged(item))
  }

  /** What one condition says of an item. */
  condition(e: Expression, item: Item): Disjunction {
    const items = this.#known.get(e) ?? new Map<Item, Disjunction>()
    this.#known.set(e, items)
    const known = items.get(item) ?? this.#read(e, item)
    items.set(item, known)
    return known
  }

  #read(e: Expression, item: Item): Disjunction {
    if (this.isConstant(e)) return this.#constant(e)
    switch (e.kind) {
      case 'and':
        return e.operands.map(x => this.condition(x, item)).reduce(both, UNCONSTRAINED)
      case 'or':
        return either(e.operands.map(x => this.condition(x, item)))
      case 'comparison':
        return e.operator === '=' ? this.#equality(e, item) : UNCONSTRAINED
      case 'in list':
        return e.negated ? UNCONSTRAINED : this.#inList(e, item)
      case 'in query':
        return e.negated ? UNCONSTRAINED : this.#inQuery(e, item)
      default:
        return UNCONSTRAINED
    }
  }

  #equality({ left, right }: Comparison, item: Item): Disjunction {
    if (left.kind === 'row' && right.kind === 'row' && left.items.length === right.items.length) {
      const pairs = left.items.map((l, i) => this.#pair(l, right.items[i]!, item))
      return pairs.reduce(both, UNCONSTRAINED)
    }
    // of the one row of `= (SELECT …)` it follows that it is among those of the query
    if (left.kind === 'row' && right.kind === 'subquery')
      return this.#rowInQuery(left.items, right.query, item)
    return this.#pair(left, right, item)
  }

  #pair(left: Expression, right: Expression, item: Item): Disjunction {
    return both(this.#equal(left, right, item), this.#equal(right, left, item))
  }

  #key(e: Expression, item: Item): BoundColumn | undefined {
    const column = this.#binder.columnOf(e)
    return column?.item === item && !column.merged && !isCollated(column) ? column : undefined
  }

  /** Notes why a key cannot be asked for, so that an error can say it. */
  #noted(key: BoundColumn, why: 'number' | 'volatile'): boolean {
    const origin = originOf(key.item, key.column, key.path)
    if (origin?.item.kind === 'ref')
      origin.item.ref.unusable.set(keyOf({ ...origin, implied: key.implied }), why)
    return true
  }

  /** Whether the other side makes a key of text compare as a number, so that '01' equals 1: a server would miss it. */
  #comparesAsNumber(key: BoundColumn, other: Expression): boolean {
    return (
      key.affinity !== 'numeric' && mayBeNumeric(this.#binder.affinityOf(other)) && this.#noted(key, 'number')
    )
  }

  #equal(left: Expression, right: Expression, item: Item): Disjunction {
    const key = this.#key(left, item)
    if (!key || this.#comparesAsNumber(key, right)) return UNCONSTRAINED
    const operand = this.operand(right, item)
    if (!operand && this.#isVolatile(right)) this.#noted(key, 'volatile')
    return operand ? one(keyOf(key), operand) : UNCONSTRAINED
  }

  #inList({ left, list }: InList, item: Item): Disjunction {
    const key = this.#key(left, item)
    const isUsable = (e: Expression): boolean =>
      this.isConstant(e) && !hasCollate(e) && !this.#comparesAsNumber(key!, e)
    const values = key && list.every(isUsable) ? this.#values(list) : undefined
    return key && values ? one(keyOf(key), { kind: 'values', values }) : UNCONSTRAINED
  }

  #inQuery({ left, query }: InQuery, item: Item): Disjunction {
    return this.#rowInQuery(left.kind === 'row' ? left.items : [left], query, item)
  }

  #rowInQuery(columns: readonly Expression[], query: InQuery['query'], item: Item): Disjunction {
    if (!columns.some(c => this.#key(c, item))) return UNCONSTRAINED
    const bound = this.#binder.boundQuery(query)
    if (this.#isCorrelated(bound)) return UNCONSTRAINED
    if (this.#isVolatileQuery(bound)) {
      for (const c of columns) if (this.#key(c, item)) this.#noted(this.#key(c, item)!, 'volatile')
      return UNCONSTRAINED
    }
    const width = columns.length
    return columns
      .map((column, index) =>
        this.#columnInQuery(column, bound, item, width > 1 ? { index, width } : undefined),
      )
      .reduce(both, UNCONSTRAINED)
  }

  #columnInQuery(
    column: Expression,
    bound: BoundQuery,
    item: Item,
    row: { readonly index: number; readonly width: number } | undefined,
  ): Disjunction {
    const key = this.#key(column, item)
    if (!key) return UNCONSTRAINED
    const outputs = bound.cores.map(core => core.outputs?.[row?.index ?? 0])
    // the collation of either side decides (sqlite.org/datatype3.html, 7.1)
    if (outputs.some(o => !o || o.collated)) return UNCONSTRAINED
    if (key.affinity !== 'numeric' && outputs.some(o => mayBeNumeric(o!.affinity))) {
      this.#noted(key, 'number')
      return UNCONSTRAINED
    }
    const { splices } = this.#binder
    const { source, range, form } = bound.query
    const prefix = form === 'table' ? 'SELECT * FROM ' : ''
    return one(keyOf(key), {
      kind: 'query',
      queries: [bound],
      ...(row && { row }),
      sql: prefix + splices.render(source, range),
      original: prefix + splices.original(source, range),
    })
  }

  /** A condition without columns: when it is false or NULL no row can matter. */
  #constant(e: Expression): Disjunction {
    const value = this.#values([e])?.[0]
    const isFalse =
      value === null
      || value === 0n
      || value === 0
      || (typeof value === 'string' && Number.parseFloat(value) === 0)
    return isFalse ? [] : UNCONSTRAINED
  }

  /** What one side of an equality is, if the rows of `item` can be asked for by it. */
  operand(e: Expression, item: Item): Operand | undefined {
    if (hasCollate(e)) return undefined
    if (this.isConstant(e)) {
      const values = this.#values([e])
      return values && { kind: 'values', values }
    }
    const extreme = extremeOf(e)
    if (extreme) return this.operand(extreme, item)
    const subqueries = subqueriesIn(e)
    if (subqueries.length > 0) return this.#independent(e, subqueries)
    const { columns, isPlain } = this.#contentsOf(e)
    if (!isPlain || columns.length === 0) return undefined
    const { core } = columns[0]!.item
    if (columns.some(c => c.item === item || c.item.core !== core || c.merged || isCollated(c)))
      return undefined
    const nullable = new Set(columns.map(c => c.item).filter(i => isNullable(core, i)))
    const isNullOf = (i: Item) => (x: Expression) => this.#binder.columnOf(x)?.item === i
    if (![...nullable].every(i => isNullWhere(e, isNullOf(i)))) return undefined
    const items = this.#withArguments(columns.map(c => c.item))
    if (!items) return this.#fromOrigin(e, item)
    if (items.includes(item)) return undefined
    const column = this.#binder.columnOf(e)
    const isText = column?.shape.type === 'string' || column?.shape.type === 'timestamp'
    return {
      kind: 'rows',
      core,
      items,
      sql: this.#binder.splices.renderApart(e.source, e.range),
      text: this.#binder.splices.original(e.source, e.range),
      ...(column && isText && { column: { item: column.item, key: keyOf(column) } }),
    }
  }

  /** A column of a derived table that cannot be read by itself, since it depends on rows around it: all that the table it comes from has. */
  #fromOrigin(e: Expression, item: Item): Operand | undefined {
    const column = this.#binder.columnOf(e)
    const origin = column && onlyOrigin(column)
    if (origin?.item.kind !== 'ref' || origin.item === item) return undefined
    return {
      kind: 'rows',
      core: origin.item.core,
      items: [origin.item],
      sql: columnText(aliasApart(origin.item), origin.column, [...origin.path, ...column!.implied]),
      text: this.#binder.splices.original(e.source, e.range),
    }
  }

  /** Items, and those that the arguments of table-valued functions among them read; undefined if one cannot be read by itself. */
  #withArguments(items: readonly Item[]): Item[] | undefined {
    const all = new Set(items)
    for (const item of all) {
      const query = queryOf(item)
      if (query && (this.#isCorrelated(query) || this.#isVolatileQuery(query))) return undefined
      if (item.kind !== 'function') continue
      for (const arg of item.node.args) {
        const { columns, isPlain } = this.#contentsOf(arg)
        if (!isPlain) return undefined
        for (const column of columns) all.add(column.item)
      }
    }
    return [...all]
  }

  /** An expression with subqueries that does not depend on the rows around it. */
  #independent(e: Expression, subqueries: readonly BoundQuerySource[]): Operand | undefined {
    const bound = subqueries.map(s => this.#binder.boundQuery(s.query))
    const functions = this.#context.judge.functions()
    if (isVolatile(e, functions) || bound.some(q => this.#isCorrelated(q) || this.#isVolatileQuery(q)))
      return undefined
    const own = ownNodes(e)
    if (own.some(x => x.kind === 'column')) return undefined
    const { splices } = this.#binder
    return {
      kind: 'query',
      queries: bound,
      sql: `SELECT ${splices.render(e.source, e.range)}`,
      original: `SELECT ${splices.original(e.source, e.range)}`,
    }
  }

  /** Equalities that USING and NATURAL stand for. */
  #merged(item: Item): Disjunction {
    let all: Disjunction = UNCONSTRAINED
    const { core } = item
    for (const join of joinsOf(core.core.from)) {
      if (!onFilters(core, join, item)) continue
      for (const name of mergedNames(core, join)) all = both(all, this.#usingEqual(core, join, item, name))
    }
    return all
  }

  #usingEqual(core: BoundCore, node: JoinNode, item: Item, name: string): Disjunction {
    const side = isUnder(core, node.left, item) ? node.right : node.left
    const columnOf = (i: Item) => i.columns?.find(c => c.name.toLowerCase() === name)
    const [other, another] = leaves(side)
      .map(l => core.itemOf.get(l)!)
      .filter(columnOf)
    const mine = columnOf(item)
    if (!other || !mine || (another && mergedColumns(core, name))) return UNCONSTRAINED
    const theirs = columnOf(other)!
    if (mine.collated || theirs.collated) return UNCONSTRAINED
    if (mayBeNumeric(theirs.affinity) && mine.affinity !== 'numeric') {
      const origin = originOf(item, mine.name, [])
      if (origin?.item.kind === 'ref') origin.item.ref.unusable.set(keyOf(origin), 'number')
      return UNCONSTRAINED
    }
    const items = this.#withArguments([other])
    if (!items || items.includes(item)) return UNCONSTRAINED
    return one(keyPart(mine.name), {
      kind: 'rows',
      core,
      items,
      sql: `${quote(aliasApart(other))}.${quote(name)}`,
      text: `${other.alias}.${name}`,
    })
  }

  /** It is asked for each item of a core, about the same conditions. */
  #contentsOf(e: Expression): Contents {
    const known = this.#contents.get(e)
    if (known) return known
    const functions = this.#context.judge.functions()
    const isForeign = (x: Expression): boolean =>
      this.#binder.isUnresolved(x) || this.#binder.columnOf(x)?.isAlias === true || x.kind === 'unknown'
    const nodes = ownNodes(e)
    const isOther = (x: Expression): boolean => isForeign(x) || isCombining(x, functions)
    const isPlain = subqueriesIn(e).length === 0 && !isVolatile(e, functions) && !nodes.some(isOther)
    const found = { columns: columnsBelow(nodes, this.#binder), isPlain }
    this.#contents.set(e, found)
    return found
  }

  isConstant(e: Expression): boolean {
    return isConstant(e, this.#context.judge.functions())
  }

  /** Whether a condition can be evaluated over just these items. */
  isOver({ condition }: Conjunct, items: readonly Item[]): boolean {
    const { columns, isPlain } = this.#contentsOf(condition)
    return isPlain && columns.length > 0 && columns.every(x => items.includes(x.item) && !x.merged)
  }

  /** A constant that is a whole number from 0. */
  wholeNumber(e: Expression): number | undefined {
    const value = this.isConstant(e) ? this.#values([e])?.[0] : undefined
    return typeof value === 'bigint' && value >= 0n && value < 1_000_000_000n ? Number(value) : undefined
  }

  #values(all: readonly Expression[]): readonly Value[] | undefined {
    const known = all.map(literalValue)
    const open = all.filter((_, i) => known[i] === undefined)
    if (open.length === 0) return known as Value[]
    try {
      const texts = open.map(e => this.#binder.splices.original(e.source, e.range))
      const computed = this.#context.judge.values(texts)
      let next = 0
      return known.map(v => (v === undefined ? computed[next++]! : v))
    } catch {
      return undefined
    }
  }

  /** Whether a query uses columns from around it, or names that may be such. */
  #isCorrelated(bound: BoundQuery): boolean {
    const { nodes, cores } = nodesRead(bound)
    return nodes.some(e => {
      if (e.kind !== 'column') return false
      const column = this.#binder.columnOf(e)
      if (column) return !cores.has(column.item.core)
      const alias = this.#binder.aliasCore(e)
      return alias === undefined || !cores.has(alias)
    })
  }

  /** Whether an expression, or a query that it reads, gives another value each time. */
  #isVolatile(e: Expression): boolean {
    if (isVolatile(e, this.#context.judge.functions())) return true
    const items = this.#binder.columnsIn(e).map(c => queryOf(c.item))
    const queries = [...items, ...subqueriesIn(e).map(s => this.#binder.boundQuery(s.query))]
    return queries.some(q => q !== undefined && this.#isVolatileQuery(q))
  }

  #isVolatileQuery(bound: BoundQuery): boolean {
    const functions = this.#context.judge.functions()
    return nodesRead(bound).nodes.some(e => e.kind === 'call' && !functions.isDeterministic(e.name))
  }
}

/** The value of a literal that stands alone; undefined where SQLite is to say. */
function literalValue(e: Expression): Value | undefined {
  if (e.kind !== 'literal') return undefined
  const token = e.source.tokens[e.at]!
  if (e.type === 'string') return token.value
  if (e.type === 'number' && /^\d{1,18}$/.test(token.text)) return BigInt(token.text)
  return e.type === 'null' ? null : undefined
}

/** What the least or greatest of is taken: it is among the values of that. */
function extremeOf(e: Expression): Expression | undefined {
  const isOfRows = e.kind === 'call' && /^(?:min|max)$/.test(e.name) && e.args.length === 1
  return isOfRows ? e.args[0] : undefined
}

type BoundQuerySource = Pick<InQuery, 'query'>

/** Whether a column compares by a collation of its own. */
function isCollated({ item, column }: BoundColumn): boolean {
  return item.columns?.find(c => c.name === column)?.collated === true
}

function queryOf(item: Item): BoundQuery | undefined {
  return item.kind === 'derived' ? item.query : item.kind === 'cte' ? item.cte.query : undefined
}
