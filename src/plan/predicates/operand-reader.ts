import type { Expression, InQuery } from '../../sql/expression.ts'
import { isNullWhere, isVolatile } from '../../sql/properties.ts'
import type { Binder } from '../binding/binder.ts'
import { queryOf, aliasApart, keyOf, type Relation } from '../binding/bound.ts'
import { hasCollate } from '../binding/outputs.ts'
import { onlyOrigin } from '../binding/origins.ts'
import { ownNodes, subqueriesIn } from '../binding/traverse.ts'
import { columnText } from '../splice.ts'
import { isCollated, type ExpressionAnalysis } from './analysis.ts'
import { isNullable } from './conjuncts.ts'
import type { Operand } from './constraints.ts'

/** Reads the other side of an equality: where the values come from by which rows of a relation can be requested. */
export class OperandReader {
  readonly #binder: Binder
  readonly #analysis: ExpressionAnalysis

  constructor(analysis: ExpressionAnalysis) {
    this.#binder = analysis.binder
    this.#analysis = analysis
  }

  /** The operand that an expression is to `target`; undefined if rows of `target` cannot be requested by it. */
  operand(e: Expression, target: Relation): Operand | undefined {
    if (hasCollate(e)) return undefined
    if (this.#analysis.isConstant(e)) {
      const values = this.#analysis.values([e])
      return values && { kind: 'values', values }
    }
    const argument = minMaxArgument(e)
    if (argument) return this.operand(argument, target)
    const subqueries = subqueriesIn(e)
    return subqueries.length > 0 ? this.#fromSubqueries(e, subqueries) : this.#fromColumns(e, target)
  }

  /** An expression over columns of other relations, all of one core. */
  #fromColumns(e: Expression, target: Relation): Operand | undefined {
    const { columns, isDeterministic } = this.#analysis.contentsOf(e)
    if (!isDeterministic || columns.length === 0) return undefined
    const { core } = columns[0]!.relation
    if (columns.some(c => c.relation === target || c.relation.core !== core || c.merged || isCollated(c)))
      return undefined
    // Rows that an outer join adds have NULL here, which must not yield a key.
    const nullable = new Set(columns.map(c => c.relation).filter(r => isNullable(core, r)))
    const isColumnOf = (r: Relation) => (x: Expression) => this.#binder.columnOf(x)?.relation === r
    if (![...nullable].every(r => isNullWhere(e, isColumnOf(r)))) return undefined
    const relations = this.withArguments(columns.map(c => c.relation))
    if (!relations) return this.#fromOrigin(e, target)
    if (relations.includes(target)) return undefined
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

  /** A column of a correlated or volatile derived table, which cannot be evaluated apart: all values of its origin instead. */
  #fromOrigin(e: Expression, target: Relation): Operand | undefined {
    const column = this.#binder.columnOf(e)
    const origin = column && onlyOrigin(column)
    if (origin?.relation.kind !== 'ref' || origin.relation === target) return undefined
    return {
      kind: 'rows',
      core: origin.relation.core,
      relations: [origin.relation],
      sql: columnText(aliasApart(origin.relation), origin.column, [...origin.path, ...column!.implied]),
      text: this.#binder.splices.original(e.source, e.range),
    }
  }

  /** Relations with those that the arguments of their table-valued functions read; undefined if one cannot be evaluated apart. */
  withArguments(relations: readonly Relation[]): Relation[] | undefined {
    const all = new Set(relations)
    for (const relation of all) {
      const query = queryOf(relation)
      if (query && (this.#analysis.isCorrelated(query) || this.#analysis.isVolatileQuery(query)))
        return undefined
      if (relation.kind !== 'function') continue
      for (const arg of relation.node.args) {
        const { columns, isDeterministic } = this.#analysis.contentsOf(arg)
        if (!isDeterministic) return undefined
        for (const column of columns) all.add(column.relation)
      }
    }
    return [...all]
  }

  /** An expression over uncorrelated subqueries and constants. */
  #fromSubqueries(e: Expression, subqueries: readonly Pick<InQuery, 'query'>[]): Operand | undefined {
    const queries = subqueries.map(s => this.#binder.boundQuery(s.query))
    if (isVolatile(e, this.#analysis.validator.functions())) return undefined
    if (queries.some(q => this.#analysis.isCorrelated(q) || this.#analysis.isVolatileQuery(q)))
      return undefined
    if (ownNodes(e).some(x => x.kind === 'column')) return undefined
    const { splices } = this.#binder
    return {
      kind: 'query',
      queries,
      isExpression: true,
      sql: `SELECT ${splices.render(e.source, e.range)}`,
      original: `SELECT ${splices.original(e.source, e.range)}`,
      explicit: `SELECT ${splices.explicit(e.source, e.range)}`,
    }
  }
}

/** The argument of an aggregate min or max: the result is one of its values. */
function minMaxArgument(e: Expression): Expression | undefined {
  const isAggregate = e.kind === 'call' && /^(?:min|max)$/.test(e.name) && e.args.length === 1
  return isAggregate ? e.args[0] : undefined
}
