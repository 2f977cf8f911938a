import type { Value } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import { isCombining, isConstant, isVolatile, type Functions } from '../../sql/properties.ts'
import type { Binder } from '../binding/binder.ts'
import {
  queryOf,
  type BoundColumn,
  type BoundCore,
  type BoundQuery,
  type Relation,
  type ValueKind,
} from '../binding/bound.ts'
import { columnsBelow, nodesRead, ownNodes, subqueriesIn } from '../binding/traverse.ts'
import { kindOf } from '../binding/value-types.ts'
import { columnNamed } from '../binding/columns.ts'
import type { Validator } from '../context.ts'
import { combinesRows } from './grouping.ts'

/** The columns of an expression, outside its subqueries. */
interface Contents {
  readonly columns: readonly BoundColumn[]
  /** Everything else is constants, operators and deterministic functions: equal rows give equal values. */
  readonly isDeterministic: boolean
}

/**
 * What all steps of planning ask about the expressions of a bound statement: constant, of which kind, correlated, volatile, over which
 * relations. There is one for a statement, which keeps its answers, so that all steps decide from the same facts.
 */
export class ExpressionAnalysis {
  readonly binder: Binder
  readonly validator: Validator
  readonly functions: Functions
  readonly #contents = new Map<Expression, Contents>()
  readonly #constant = new Map<Expression, boolean>()
  readonly #values = new Map<Expression, Value | undefined>()
  readonly #kinds = new Map<Expression, ValueKind | undefined>()
  readonly #columnsIn = new Map<Expression, readonly BoundColumn[]>()

  constructor(binder: Binder, validator: Validator) {
    this.binder = binder
    this.validator = validator
    this.functions = validator.functions()
  }

  /** All columns in an expression, including those in its subqueries. */
  columnsIn(e: Expression): readonly BoundColumn[] {
    let columns = this.#columnsIn.get(e)
    if (!columns) this.#columnsIn.set(e, (columns = this.binder.columnsIn(e)))
    return columns
  }

  /** What the values of an expression are, apart from NULL; undefined if it is not known. */
  kindOf(e: Expression): ValueKind | undefined {
    if (e.kind === 'literal') return kindOf(e, this.binder)
    let kind = this.#kinds.get(e)
    if (kind === undefined && !this.#kinds.has(e)) this.#kinds.set(e, (kind = kindOf(e, this.binder)))
    return kind
  }

  /** The columns of an expression. Cached: the same conditions are examined for each relation of a core. */
  contentsOf(e: Expression): Contents {
    const known = this.#contents.get(e)
    if (known) return known
    if (e.kind === 'column') {
      const column = this.binder.columnOf(e)
      const isKnown = column ? !column.isAlias : !this.binder.isUnresolved(e)
      return { columns: column ? [column] : [], isDeterministic: isKnown }
    }
    const isDeterministic = subqueriesIn(e).length === 0 && this.#isDeterministicButQueries(e)
    const contents = { columns: columnsBelow(ownNodes(e), this.binder), isDeterministic }
    this.#contents.set(e, contents)
    return contents
  }

  #isDeterministicButQueries(e: Expression): boolean {
    for (const x of ownNodes(e)) {
      if (x.kind === 'literal') continue
      if (x.kind === 'unknown' || this.binder.isUnresolved(x) || this.binder.columnOf(x)?.isAlias)
        return false
      if (x.kind !== 'call') continue
      if (!this.functions.isDeterministic(x.name) || isCombining(x, this.functions)) return false
    }
    return true
  }

  /** Whether an expression has the same value for every row. */
  isConstant(e: Expression): boolean {
    if (e.kind === 'literal') return true
    if (e.kind === 'column') return false
    let constant = this.#constant.get(e)
    if (constant === undefined) this.#constant.set(e, (constant = isConstant(e, this.functions)))
    return constant
  }

  /** The value of a constant; undefined for others, and for a `:name` that is a number, which is compared as a text beside a text. */
  constantOf(e: Expression): Value | undefined {
    if (e.kind === 'literal' && e.type === 'string') return e.source.tokens[e.at]!.value
    if (!this.isConstant(e)) return undefined
    if (!this.#values.has(e)) this.#values.set(e, this.#evaluate(e))
    return this.#values.get(e)
  }

  #evaluate(e: Expression): Value | undefined {
    try {
      const [value] = this.validator.values([this.binder.splices.original(e.source, e.range)])
      return e.kind === 'parameter' && typeof value !== 'string' ? undefined : value
    } catch {
      return undefined
    }
  }

  /** Whether a condition can be evaluated over these relations alone. */
  isOver(condition: Expression, relations: readonly Relation[]): boolean {
    const { columns, isDeterministic } = this.contentsOf(condition)
    return isDeterministic && columns.length > 0 && areOf(columns, relations)
  }

  /**
   * The queries in a condition that can be evaluated over these relations and those queries alone: none is correlated or
   * volatile. Undefined if it cannot.
   */
  queriesOver(condition: Expression, relations: readonly Relation[]): readonly BoundQuery[] | undefined {
    const { columns, isDeterministic } = this.contentsOf(condition)
    if (columns.length === 0 || !areOf(columns, relations)) return undefined
    if (isDeterministic) return []
    if (!this.#isDeterministicButQueries(condition)) return undefined
    const queries = subqueriesIn(condition).map(s => this.binder.boundQuery(s.query))
    return queries.some(q => this.isCorrelated(q) || this.isVolatileQuery(q)) ? undefined : queries
  }

  /** Whether a core groups its rows or looks at several at once. */
  combinesRows(core: BoundCore): boolean {
    return combinesRows(core, this.functions, this.binder)
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
    if (isVolatile(e, this.functions)) return true
    const queries = [
      ...this.binder.columnsIn(e).map(c => queryOf(c.relation)),
      ...subqueriesIn(e).map(s => this.binder.boundQuery(s.query)),
    ]
    return queries.some(q => q !== undefined && this.isVolatileQuery(q))
  }

  /** Whether a query calls a function that is not deterministic. */
  isVolatileQuery(bound: BoundQuery): boolean {
    return nodesRead(bound).nodes.some(e => e.kind === 'call' && !this.functions.isDeterministic(e.name))
  }
}

function areOf(columns: readonly BoundColumn[], relations: readonly Relation[]): boolean {
  for (const { relation, merged } of columns) if (merged || !relations.includes(relation)) return false
  return true
}

/** The value of a literal that needs no evaluation by SQLite. */
function literalValue(e: Expression): Value | undefined {
  if (e.kind !== 'literal') return undefined
  const token = e.source.tokens[e.at]!
  if (e.type === 'string') return token.value
  if (e.type === 'number' && /^\d{1,18}$/.test(token.text)) return BigInt(token.text)
  return e.type === 'null' ? null : undefined
}

/** Whether a column has a collation of its own. */
export function isCollated({ relation, column }: BoundColumn): boolean {
  return columnNamed(relation, column)?.collated === true
}
