import type { Value } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import { isCombining, isConstant, isVolatile, type Functions } from '../../sql/properties.ts'
import type { Binder } from '../binding/binder.ts'
import type { BoundColumn, BoundCore, BoundQuery, Relation } from '../binding/bound.ts'
import { columnsBelow, nodesRead, ownNodes, subqueriesIn } from '../binding/traverse.ts'
import type { Validator } from '../context.ts'
import { combinesRows } from './grouping.ts'

/** The columns of an expression, outside its subqueries. */
interface Contents {
  readonly columns: readonly BoundColumn[]
  /** Everything else is constants, operators and deterministic functions: equal rows give equal values. */
  readonly isDeterministic: boolean
}

/** Answers questions about bound expressions and queries: constant, correlated, volatile, over which relations. */
export class ExpressionAnalysis {
  readonly binder: Binder
  readonly validator: Validator
  readonly #contents = new Map<Expression, Contents>()

  constructor(binder: Binder, validator: Validator) {
    this.binder = binder
    this.validator = validator
  }

  get #functions(): Functions {
    return this.validator.functions()
  }

  /** The columns of an expression. Cached: the same conditions are examined for each relation of a core. */
  contentsOf(e: Expression): Contents {
    const known = this.#contents.get(e)
    if (known) return known
    const isDeterministic = subqueriesIn(e).length === 0 && this.#isDeterministicButQueries(e)
    const contents = { columns: columnsBelow(ownNodes(e), this.binder), isDeterministic }
    this.#contents.set(e, contents)
    return contents
  }

  #isDeterministicButQueries(e: Expression): boolean {
    const isUnusable = (x: Expression): boolean =>
      this.binder.isUnresolved(x)
      || this.binder.columnOf(x)?.isAlias === true
      || x.kind === 'unknown'
      || isCombining(x, this.#functions)
    return !isVolatile(e, this.#functions) && !ownNodes(e).some(isUnusable)
  }

  /** Whether an expression has the same value for every row. */
  isConstant(e: Expression): boolean {
    return isConstant(e, this.#functions)
  }

  /** Whether a condition can be evaluated over these relations alone. */
  isOver(condition: Expression, relations: readonly Relation[]): boolean {
    const { columns, isDeterministic } = this.contentsOf(condition)
    return (
      isDeterministic && columns.length > 0 && columns.every(c => relations.includes(c.relation) && !c.merged)
    )
  }

  /**
   * The queries in a condition that can be evaluated over these relations and those queries alone: none is correlated or
   * volatile. Undefined if it cannot.
   */
  queriesOver(condition: Expression, relations: readonly Relation[]): readonly BoundQuery[] | undefined {
    const { columns, isDeterministic } = this.contentsOf(condition)
    if (columns.length === 0 || !columns.every(c => relations.includes(c.relation) && !c.merged))
      return undefined
    if (isDeterministic) return []
    if (!this.#isDeterministicButQueries(condition)) return undefined
    const queries = subqueriesIn(condition).map(s => this.binder.boundQuery(s.query))
    return queries.some(q => this.isCorrelated(q) || this.isVolatileQuery(q)) ? undefined : queries
  }

  /** Whether a core groups its rows or looks at several at once. */
  combinesRows(core: BoundCore): boolean {
    return combinesRows(core, this.#functions, this.binder)
  }

  /** The value of a constant that is a whole number from 0 on. */
  wholeNumber(e: Expression): number | undefined {
    const value = this.isConstant(e) ? this.values([e])?.[0] : undefined
    return typeof value === 'bigint' && value >= 0n && value < 1_000_000_000n ? Number(value) : undefined
  }

  /** The values of constants; undefined where SQLite cannot evaluate one. */
  values(constants: readonly Expression[]): readonly Value[] | undefined {
    const literals = constants.map(literalValue)
    const others = constants.filter((_, i) => literals[i] === undefined)
    if (others.length === 0) return literals as Value[]
    try {
      const texts = others.map(e => this.binder.splices.original(e.source, e.range))
      const computed = this.validator.values(texts)
      let next = 0
      return literals.map(v => (v === undefined ? computed[next++]! : v))
    } catch {
      return undefined
    }
  }

  /** Whether a query uses columns of the queries around it, or names that may be such columns. */
  isCorrelated(bound: BoundQuery): boolean {
    const { nodes, cores } = nodesRead(bound)
    return nodes.some(e => {
      if (e.kind !== 'column') return false
      const column = this.binder.columnOf(e)
      if (column) return !cores.has(column.relation.core)
      const alias = this.binder.aliasCore(e)
      return alias === undefined || !cores.has(alias)
    })
  }

  /** Whether an expression, or a query that it reads, may give another value each time it is evaluated. */
  isVolatile(e: Expression): boolean {
    if (isVolatile(e, this.#functions)) return true
    const queries = [
      ...this.binder.columnsIn(e).map(c => queryOf(c.relation)),
      ...subqueriesIn(e).map(s => this.binder.boundQuery(s.query)),
    ]
    return queries.some(q => q !== undefined && this.isVolatileQuery(q))
  }

  /** Whether a query calls a function that is not deterministic. */
  isVolatileQuery(bound: BoundQuery): boolean {
    return nodesRead(bound).nodes.some(e => e.kind === 'call' && !this.#functions.isDeterministic(e.name))
  }
}

/** The value of a literal that needs no evaluation by SQLite. */
function literalValue(e: Expression): Value | undefined {
  if (e.kind !== 'literal') return undefined
  const token = e.source.tokens[e.at]!
  if (e.type === 'string') return token.value
  if (e.type === 'number' && /^\d{1,18}$/.test(token.text)) return BigInt(token.text)
  return e.type === 'null' ? null : undefined
}

/** The query that a derived table, CTE or view evaluates. */
export function queryOf(relation: Relation): BoundQuery | undefined {
  if (relation.kind === 'derived') return relation.query
  return relation.kind === 'cte' ? relation.cte.query : undefined
}

/** Whether a column has a collation of its own. */
export function isCollated({ relation, column }: BoundColumn): boolean {
  return relation.columns?.find(c => c.name === column)?.collated === true
}
