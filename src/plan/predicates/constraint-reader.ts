import { keyPart } from '../../catalog/keys.ts'
import type { Comparison, Expression, InList, InQuery } from '../../sql/expression.ts'
import { leaves, type JoinNode } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import {
  aliasApart,
  keyOf,
  mayBeNumeric,
  type BoundColumn,
  type BoundCore,
  type BoundQuery,
  type ColumnPath,
  type Relation,
} from '../binding/bound.ts'
import { hasCollate } from '../binding/outputs.ts'
import { joinsOf, mergedColumns, mergedNames } from '../binding/joins.ts'
import { originOf } from '../binding/origins.ts'
import { quote } from '../splice.ts'
import { isNumeric } from '../coerce.ts'
import { isCollated, type ExpressionAnalysis } from './analysis.ts'
import { isUnder, onFilters, type Conjunct } from './conjuncts.ts'
import { UNCONSTRAINED, both, either, one, type Disjunction } from './constraints.ts'
import { OperandReader } from './operand-reader.ts'

/** Reads from conditions what the columns of a relation must equal. */
export class ConstraintReader {
  readonly #binder: Binder
  readonly analysis: ExpressionAnalysis
  readonly #operands: OperandReader
  readonly #known = new Map<Expression, Map<Relation, Disjunction>>()

  constructor(analysis: ExpressionAnalysis) {
    this.#binder = analysis.binder
    this.analysis = analysis
    this.#operands = new OperandReader(analysis)
  }

  /** The constraints that the conditions of its own core put on a relation. */
  of(relation: Relation, conditions: readonly Conjunct[]): Disjunction {
    let all: Disjunction = UNCONSTRAINED
    for (const c of conditions) {
      if (!this.#mayConstrain(c.condition, relation)) continue
      if (!c.join || onFilters(relation.core, c.join, relation))
        all = both(all, this.condition(c.condition, relation))
    }
    return both(all, this.#mergedColumns(relation))
  }

  /** The constraints that one condition puts on a relation. */
  condition(e: Expression, relation: Relation): Disjunction {
    if (!this.#mayConstrain(e, relation)) return UNCONSTRAINED
    const byRelation = this.#known.get(e) ?? new Map<Relation, Disjunction>()
    this.#known.set(e, byRelation)
    const known = byRelation.get(relation) ?? this.#read(e, relation)
    byRelation.set(relation, known)
    return known
  }

  /** Whether a condition is about a relation, or has parts that may be false whatever the rows are. */
  #mayConstrain(e: Expression, relation: Relation): boolean {
    if (e.kind === 'and' || e.kind === 'or') return true
    const columns = this.analysis.columnsIn(e)
    for (const column of columns) if (column.relation === relation) return true
    return columns.length === 0
  }

  #read(e: Expression, relation: Relation): Disjunction {
    if (this.analysis.isConstant(e)) return this.#constant(e)
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

  /** A condition without columns: if it is false or NULL, no row is needed. */
  #constant(e: Expression): Disjunction {
    const value = this.analysis.values([e])?.[0]
    const isFalse =
      value === null
      || value === 0n
      || value === 0
      || (typeof value === 'string' && Number.parseFloat(value) === 0)
    return isFalse ? [] : UNCONSTRAINED
  }

  #equality({ left, right }: Comparison, relation: Relation): Disjunction {
    if (left.kind === 'row' && right.kind === 'row' && left.items.length === right.items.length) {
      const pairs = left.items.map((l, i) => this.#equalSides(l, right.items[i]!, relation))
      return pairs.reduce(both, UNCONSTRAINED)
    }
    // What equals the first row of a subquery is also IN the subquery.
    if (left.kind === 'row' && right.kind === 'subquery')
      return this.#rowInQuery(left.items, right.query, relation)
    return this.#equalSides(left, right, relation)
  }

  /** Either side may be a column of the relation. */
  #equalSides(left: Expression, right: Expression, relation: Relation): Disjunction {
    return both(this.#columnEquals(left, right, relation), this.#columnEquals(right, left, relation))
  }

  #columnEquals(side: Expression, other: Expression, relation: Relation): Disjunction {
    const column = this.#columnOf(side, relation)
    if (!column || this.#comparesAsNumber(column, other)) return UNCONSTRAINED
    const operand = this.#operands.operand(other, relation)
    if (!operand && this.analysis.isVolatile(other)) markUnusable(column, 'volatile')
    return operand ? one(keyOf(column), operand, isSentNumber(column)) : UNCONSTRAINED
  }

  /** The column of the relation that an expression is, if it is one that values can be requested of. */
  #columnOf(e: Expression, relation: Relation): BoundColumn | undefined {
    const column = this.#binder.columnOf(e)
    return column?.relation === relation && !column.merged && !isCollated(column) ? column : undefined
  }

  /** Whether the other side makes a text column compare as a number: '01' then equals 1, which no server can be asked for. */
  #comparesAsNumber(column: BoundColumn, other: Expression): boolean {
    const isNumber = column.affinity !== 'numeric' && mayBeNumeric(this.#binder.affinityOf(other))
    if (isNumber) markUnusable(column, 'number')
    return isNumber
  }

  #inList({ left, list }: InList, relation: Relation): Disjunction {
    if (left.kind === 'row') return either(list.map(row => this.#rowEquals(left.items, row, relation)))
    return this.#isOneOf(left, list, relation)
  }

  /** A row of values that is an element of a list. */
  #rowEquals(items: readonly Expression[], row: Expression, relation: Relation): Disjunction {
    if (row.kind !== 'row' || row.items.length !== items.length) return UNCONSTRAINED
    return items.map((item, i) => this.#isOneOf(item, [row.items[i]!], relation)).reduce(both, UNCONSTRAINED)
  }

  #isOneOf(item: Expression, list: readonly Expression[], relation: Relation): Disjunction {
    const column = this.#columnOf(item, relation)
    if (!column) return UNCONSTRAINED
    const isUsable = (e: Expression): boolean =>
      e.kind === 'literal'
      || (this.analysis.isConstant(e) && !hasCollate(e) && !this.#comparesAsNumber(column, e))
    const values = list.every(isUsable) ? this.analysis.values(list) : undefined
    return values ? one(keyOf(column), { kind: 'values', values }, isSentNumber(column)) : UNCONSTRAINED
  }

  #inQuery({ left, query }: InQuery, relation: Relation): Disjunction {
    return this.#rowInQuery(left.kind === 'row' ? left.items : [left], query, relation)
  }

  #rowInQuery(items: readonly Expression[], query: InQuery['query'], relation: Relation): Disjunction {
    const columns = items.flatMap(e => this.#columnOf(e, relation) ?? [])
    if (columns.length === 0) return UNCONSTRAINED
    const bound = this.#binder.boundQuery(query)
    if (this.analysis.isCorrelated(bound)) return UNCONSTRAINED
    if (this.analysis.isVolatileQuery(bound)) {
      for (const column of columns) markUnusable(column, 'volatile')
      return UNCONSTRAINED
    }
    const width = items.length
    return items
      .map((item, index) =>
        this.#columnInQuery(item, bound, relation, width > 1 ? { index, width } : undefined),
      )
      .reduce(both, UNCONSTRAINED)
  }

  #columnInQuery(
    item: Expression,
    bound: BoundQuery,
    relation: Relation,
    row: { readonly index: number; readonly width: number } | undefined,
  ): Disjunction {
    const column = this.#columnOf(item, relation)
    if (!column) return UNCONSTRAINED
    const outputs = bound.cores.map(core => core.outputs?.[row?.index ?? 0])
    // IN compares by the collation of either side (sqlite.org/datatype3.html, 7.1).
    if (outputs.some(o => !o || o.collated)) return UNCONSTRAINED
    if (column.affinity !== 'numeric' && outputs.some(o => mayBeNumeric(o!.affinity))) {
      markUnusable(column, 'number')
      return UNCONSTRAINED
    }
    const { splices } = this.#binder
    const { source, range, form } = bound.query
    const prefix = form === 'table' ? 'SELECT * FROM ' : ''
    return one(keyOf(column), {
      kind: 'query',
      queries: [bound],
      ...(row && { row }),
      sql: prefix + splices.render(source, range),
      original: prefix + splices.original(source, range),
      explicit: prefix + splices.explicit(source, range),
    })
  }

  /** The equalities that USING and NATURAL stand for. */
  #mergedColumns(relation: Relation): Disjunction {
    let all: Disjunction = UNCONSTRAINED
    const { core } = relation
    for (const join of joinsOf(core.core.from)) {
      if (!onFilters(core, join, relation)) continue
      for (const name of mergedNames(core, join))
        all = both(all, this.#mergedColumn(core, join, relation, name))
    }
    return all
  }

  #mergedColumn(core: BoundCore, join: JoinNode, relation: Relation, name: string): Disjunction {
    const otherSide = isUnder(core, join.left, relation) ? join.right : join.left
    const columnNamed = (r: Relation) => r.columns?.find(c => c.name.toLowerCase() === name)
    const [other, another] = leaves(otherSide)
      .map(l => core.relationOf.get(l)!)
      .filter(columnNamed)
    const column = columnNamed(relation)
    if (!other || !column || (another && mergedColumns(core, name))) return UNCONSTRAINED
    const otherColumn = columnNamed(other)!
    if (column.collated || otherColumn.collated) return UNCONSTRAINED
    if (mayBeNumeric(otherColumn.affinity) && column.affinity !== 'numeric') {
      markUnusable({ relation, column: column.name, path: [] }, 'number')
      return UNCONSTRAINED
    }
    const relations = this.#operands.withArguments([other])
    if (!relations || relations.includes(relation)) return UNCONSTRAINED
    return one(keyPart(column.name), {
      kind: 'rows',
      core,
      relations,
      sql: `${quote(aliasApart(other))}.${quote(name)}`,
      text: `${other.alias}.${name}`,
    })
  }
}

/** Whether a column is a number that is only a parameter of the request: no row has another spelling of it. */
function isSentNumber({ relation, column, path, shape }: BoundColumn): boolean {
  if (!isNumeric(shape.type)) return false
  const origin = originOf(relation, column, path)
  return (
    origin?.relation.kind === 'ref'
    && origin.relation.ref.resource.columns.some(c => c.name === origin.column && c.isInput && !c.at)
  )
}

/** Records why a condition gives no key, for the error if the key turns out to be required. */
function markUnusable(column: ColumnPath & Partial<BoundColumn>, why: 'number' | 'volatile'): void {
  const origin = originOf(column.relation, column.column, column.path)
  if (origin?.relation.kind !== 'ref') return
  origin.relation.ref.unusable.set(keyOf({ ...origin, implied: column.implied ?? [] }), why)
}
