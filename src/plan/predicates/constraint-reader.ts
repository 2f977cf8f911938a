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
  type Relation,
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
  readonly #known = new Map<Expression, Map<Relation, Disjunction>>()
  readonly #contents = new Map<Expression, Contents>()

  constructor(binder: Binder, context: PlanContext) {
    this.#binder = binder
    this.#context = context
  }

  /** What the conditions of its own core say of an item. */
  of(relation: Relation, conditions: readonly Conjunct[]): Disjunction {
    let all: Disjunction = UNCONSTRAINED
    for (const c of conditions) {
      if (!c.join || onFilters(relation.core, c.join, relation))
        all = both(all, this.condition(c.condition, relation))
    }
    return both(all, this.#merged(relation))
  }

  /** What one condition says of an item. */
  condition(e: Expression, relation: Relation): Disjunction {
    const relations = this.#known.get(e) ?? new Map<Relation, Disjunction>()
    this.#known.set(e, relations)
    const known = relations.get(relation) ?? this.#read(e, relation)
    relations.set(relation, known)
    return known
  }

  #read(e: Expression, relation: Relation): Disjunction {
    if (this.isConstant(e)) return this.#constant(e)
    switch (e.kind) {
      case 'and':
        return e.operands.map(x => this.condition(x, relation)).reduce(both, UNCONSTRAINED)
      case 'or':
        return either(e.operands.map(x => this.condition(x, relation)))
      case 'comparison':
        return e.operator === '=' ? this.#equality(e, relation) : UNCONSTRAINED
      case 'in list':
        return e.negated ? UNCONSTRAINED : this.#inList(e, relation)
      case 'in query':
        return e.negated ? UNCONSTRAINED : this.#inQuery(e, relation)
      default:
        return UNCONSTRAINED
    }
  }

  #equality({ left, right }: Comparison, relation: Relation): Disjunction {
    if (left.kind === 'row' && right.kind === 'row' && left.items.length === right.items.length) {
      const pairs = left.items.map((l, i) => this.#pair(l, right.items[i]!, relation))
      return pairs.reduce(both, UNCONSTRAINED)
    }
    // of the one row of `= (SELECT …)` it follows that it is among those of the query
    if (left.kind === 'row' && right.kind === 'subquery')
      return this.#rowInQuery(left.items, right.query, relation)
    return this.#pair(left, right, relation)
  }

  #pair(left: Expression, right: Expression, relation: Relation): Disjunction {
    return both(this.#equal(left, right, relation), this.#equal(right, left, relation))
  }

  #key(e: Expression, relation: Relation): BoundColumn | undefined {
    const column = this.#binder.columnOf(e)
    return column?.relation === relation && !column.merged && !isCollated(column) ? column : undefined
  }

  /** Notes why a key cannot be asked for, so that an error can say it. */
  #noted(key: BoundColumn, why: 'number' | 'volatile'): boolean {
    const origin = originOf(key.relation, key.column, key.path)
    if (origin?.relation.kind === 'ref')
      origin.relation.ref.unusable.set(keyOf({ ...origin, implied: key.implied }), why)
    return true
  }

  /** Whether the other side makes a key of text compare as a number, so that '01' equals 1: a server would miss it. */
  #comparesAsNumber(key: BoundColumn, other: Expression): boolean {
    return (
      key.affinity !== 'numeric' && mayBeNumeric(this.#binder.affinityOf(other)) && this.#noted(key, 'number')
    )
  }

  #equal(left: Expression, right: Expression, relation: Relation): Disjunction {
    const key = this.#key(left, relation)
    if (!key || this.#comparesAsNumber(key, right)) return UNCONSTRAINED
    const operand = this.operand(right, relation)
    if (!operand && this.#isVolatile(right)) this.#noted(key, 'volatile')
    return operand ? one(keyOf(key), operand) : UNCONSTRAINED
  }

  #inList({ left, list }: InList, relation: Relation): Disjunction {
    const key = this.#key(left, relation)
    const isUsable = (e: Expression): boolean =>
      this.isConstant(e) && !hasCollate(e) && !this.#comparesAsNumber(key!, e)
    const values = key && list.every(isUsable) ? this.#values(list) : undefined
    return key && values ? one(keyOf(key), { kind: 'values', values }) : UNCONSTRAINED
  }

  #inQuery({ left, query }: InQuery, relation: Relation): Disjunction {
    return this.#rowInQuery(left.kind === 'row' ? left.items : [left], query, relation)
  }

  #rowInQuery(columns: readonly Expression[], query: InQuery['query'], relation: Relation): Disjunction {
    if (!columns.some(c => this.#key(c, relation))) return UNCONSTRAINED
    const bound = this.#binder.boundQuery(query)
    if (this.#isCorrelated(bound)) return UNCONSTRAINED
    if (this.#isVolatileQuery(bound)) {
      for (const c of columns) if (this.#key(c, relation)) this.#noted(this.#key(c, relation)!, 'volatile')
      return UNCONSTRAINED
    }
    const width = columns.length
    return columns
      .map((column, index) =>
        this.#columnInQuery(column, bound, relation, width > 1 ? { index, width } : undefined),
      )
      .reduce(both, UNCONSTRAINED)
  }

  #columnInQuery(
    column: Expression,
    bound: BoundQuery,
    relation: Relation,
    row: { readonly index: number; readonly width: number } | undefined,
  ): Disjunction {
    const key = this.#key(column, relation)
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
  operand(e: Expression, relation: Relation): Operand | undefined {
    if (hasCollate(e)) return undefined
    if (this.isConstant(e)) {
      const values = this.#values([e])
      return values && { kind: 'values', values }
    }
    const extreme = extremeOf(e)
    if (extreme) return this.operand(extreme, relation)
    const subqueries = subqueriesIn(e)
    if (subqueries.length > 0) return this.#independent(e, subqueries)
    const { columns, isPlain } = this.#contentsOf(e)
    if (!isPlain || columns.length === 0) return undefined
    const { core } = columns[0]!.relation
    if (columns.some(c => c.relation === relation || c.relation.core !== core || c.merged || isCollated(c)))
      return undefined
    const nullable = new Set(columns.map(c => c.relation).filter(i => isNullable(core, i)))
    const isNullOf = (i: Relation) => (x: Expression) => this.#binder.columnOf(x)?.relation === i
    if (![...nullable].every(i => isNullWhere(e, isNullOf(i)))) return undefined
    const relations = this.#withArguments(columns.map(c => c.relation))
    if (!relations) return this.#fromOrigin(e, relation)
    if (relations.includes(relation)) return undefined
    const column = this.#binder.columnOf(e)
    const isText = column?.shape.type === 'string' || column?.shape.type === 'timestamp'
    return {
      kind: 'rows',
      core,
      relations,
      sql: this.#binder.splices.renderApart(e.source, e.range),
      text: this.#binder.splices.original(e.source, e.range),
      ...(column && isText && { column: { relation: column.relation, key: keyOf(column) } }),
    }
  }

  /** A column of a derived table that cannot be read by itself, since it depends on rows around it: all that the table it comes from has. */
  #fromOrigin(e: Expression, relation: Relation): Operand | undefined {
    const column = this.#binder.columnOf(e)
    const origin = column && onlyOrigin(column)
    if (origin?.relation.kind !== 'ref' || origin.relation === relation) return undefined
    return {
      kind: 'rows',
      core: origin.relation.core,
      relations: [origin.relation],
      sql: columnText(aliasApart(origin.relation), origin.column, [...origin.path, ...column!.implied]),
      text: this.#binder.splices.original(e.source, e.range),
    }
  }

  /** Items, and those that the arguments of table-valued functions among them read; undefined if one cannot be read by itself. */
  #withArguments(relations: readonly Relation[]): Relation[] | undefined {
    const all = new Set(relations)
    for (const relation of all) {
      const query = queryOf(relation)
      if (query && (this.#isCorrelated(query) || this.#isVolatileQuery(query))) return undefined
      if (relation.kind !== 'function') continue
      for (const arg of relation.node.args) {
        const { columns, isPlain } = this.#contentsOf(arg)
        if (!isPlain) return undefined
        for (const column of columns) all.add(column.relation)
      }
    }
    return [...all]
  }

  /** An expression with subqueries that does not depend on the rows around it. */
  #independent(e: Expression, subqueries: readonly BoundQuerySource[]): Operand | undefined {
    const bound = subqueries.map(s => this.#binder.boundQuery(s.query))
    const functions = this.#context.validator.functions()
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
  #merged(relation: Relation): Disjunction {
    let all: Disjunction = UNCONSTRAINED
    const { core } = relation
    for (const join of joinsOf(core.core.from)) {
      if (!onFilters(core, join, relation)) continue
      for (const name of mergedNames(core, join))
        all = both(all, this.#usingEqual(core, join, relation, name))
    }
    return all
  }

  #usingEqual(core: BoundCore, node: JoinNode, relation: Relation, name: string): Disjunction {
    const side = isUnder(core, node.left, relation) ? node.right : node.left
    const columnOf = (i: Relation) => i.columns?.find(c => c.name.toLowerCase() === name)
    const [other, another] = leaves(side)
      .map(l => core.relationOf.get(l)!)
      .filter(columnOf)
    const mine = columnOf(relation)
    if (!other || !mine || (another && mergedColumns(core, name))) return UNCONSTRAINED
    const theirs = columnOf(other)!
    if (mine.collated || theirs.collated) return UNCONSTRAINED
    if (mayBeNumeric(theirs.affinity) && mine.affinity !== 'numeric') {
      const origin = originOf(relation, mine.name, [])
      if (origin?.relation.kind === 'ref') origin.relation.ref.unusable.set(keyOf(origin), 'number')
      return UNCONSTRAINED
    }
    const relations = this.#withArguments([other])
    if (!relations || relations.includes(relation)) return UNCONSTRAINED
    return one(keyPart(mine.name), {
      kind: 'rows',
      core,
      relations,
      sql: `${quote(aliasApart(other))}.${quote(name)}`,
      text: `${other.alias}.${name}`,
    })
  }

  /** It is asked for each item of a core, about the same conditions. */
  #contentsOf(e: Expression): Contents {
    const known = this.#contents.get(e)
    if (known) return known
    const functions = this.#context.validator.functions()
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
    return isConstant(e, this.#context.validator.functions())
  }

  /** Whether a condition can be evaluated over just these items. */
  isOver({ condition }: Conjunct, relations: readonly Relation[]): boolean {
    const { columns, isPlain } = this.#contentsOf(condition)
    return isPlain && columns.length > 0 && columns.every(x => relations.includes(x.relation) && !x.merged)
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
      const computed = this.#context.validator.values(texts)
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
      if (column) return !cores.has(column.relation.core)
      const alias = this.#binder.aliasCore(e)
      return alias === undefined || !cores.has(alias)
    })
  }

  /** Whether an expression, or a query that it reads, gives another value each time. */
  #isVolatile(e: Expression): boolean {
    if (isVolatile(e, this.#context.validator.functions())) return true
    const items = this.#binder.columnsIn(e).map(c => queryOf(c.relation))
    const queries = [...items, ...subqueriesIn(e).map(s => this.#binder.boundQuery(s.query))]
    return queries.some(q => q !== undefined && this.#isVolatileQuery(q))
  }

  #isVolatileQuery(bound: BoundQuery): boolean {
    const functions = this.#context.validator.functions()
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
function isCollated({ relation, column }: BoundColumn): boolean {
  return relation.columns?.find(c => c.name === column)?.collated === true
}

function queryOf(relation: Relation): BoundQuery | undefined {
  return relation.kind === 'derived'
    ? relation.query
    : relation.kind === 'cte'
      ? relation.cte.query
      : undefined
}
