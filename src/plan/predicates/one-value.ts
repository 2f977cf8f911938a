import type { Value } from '../../catalog/types.ts'
import { children, someNode, type Expression } from '../../sql/expression.ts'
import type { Query } from '../../sql/query.ts'
import { isCombining } from '../../sql/properties.ts'
import { literal, valueText } from '../splice.ts'
import type { ExpressionAnalysis } from './analysis.ts'

/**
 * The values of expressions that have the same value for every row, by constant folding: `NOT 1 = 0`, `(SELECT true)`,
 * `EXISTS (SELECT 1)`, and also where only a part is constant, as in `id = 'a' AND 1 = 0`. A parameter has no known value.
 */
export class OneValue {
  readonly #analysis: ExpressionAnalysis
  readonly #values = new Map<Expression, Value | undefined>()

  constructor(analysis: ExpressionAnalysis) {
    this.#analysis = analysis
  }

  /** Undefined if an expression has several values, or if its value is not known. */
  of(e: Expression): Value | undefined {
    if (e.kind === 'column' || e.kind === 'parameter' || e.kind === 'unknown') return undefined
    if (e.kind === 'literal') return this.#analysis.constantOf(e)
    if (!this.#values.has(e)) this.#values.set(e, this.#fold(e))
    return this.#values.get(e)
  }

  isTrue(e: Expression): boolean {
    return this.#truth(e) === true
  }

  isFalse(e: Expression): boolean {
    return this.#truth(e) === false
  }

  /** Undefined also for NULL. */
  #truth(e: Expression): boolean | undefined {
    const value = this.of(e)
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') return Number(value) !== 0
    return this.#evaluate(`${literal(value)} IS TRUE`) === 1n
  }

  #fold(e: Expression): Value | undefined {
    if (this.#analysis.isConstant(e) && !someNode(e, x => x.kind === 'parameter'))
      return this.#analysis.constantOf(e)
    switch (e.kind) {
      case 'and':
        if (e.operands.some(o => this.isFalse(o))) return 0n
        break
      case 'or':
        if (e.operands.some(o => this.isTrue(o))) return 1n
        break
      case 'in list':
        if (e.list.some(item => this.#areEqual(e.left, item))) return e.negated ? 0n : 1n
        break
      case 'subquery':
      case 'exists':
      case 'in query': {
        const query = this.#queryText(e.query)
        const left = e.kind === 'in query' ? textOf(this.of(e.left)) : ''
        if (query === undefined || left === undefined) return undefined
        const before =
          e.kind === 'exists'
            ? 'EXISTS '
            : e.kind === 'in query'
              ? `${left} ${e.negated ? 'NOT ' : ''}IN `
              : ''
        return this.#evaluate(`${before}(${query})`)
      }
      case 'call':
        if (isCombining(e, this.#analysis.functions) || !this.#analysis.functions.isDeterministic(e.name))
          return undefined
    }
    const text = this.#text(e)
    return text === undefined ? undefined : this.#evaluate(text)
  }

  /** The text of an expression with the values of its parts; undefined if one has several values. */
  #text(e: Expression): string | undefined {
    const { text, tokens } = e.source
    let [out, at] = ['', tokens[e.range.from]!.start]
    for (const part of children(e)) {
      const value =
        part.kind === 'row' ? this.#text(part) : part.kind === 'literal' ? null : textOf(this.of(part))
      if (value === undefined) return undefined
      if (value === null) continue
      out += text.slice(at, tokens[part.range.from]!.start) + value
      at = tokens[part.range.to - 1]!.end
    }
    return out + text.slice(at, tokens[e.range.to - 1]!.end)
  }

  /** A query of one row, or of none, that reads no table. */
  #queryText({ cores, ctes, limit }: Query): string | undefined {
    const [core, ...others] = cores
    if (!core || others.length > 0 || ctes.length > 0 || limit || core.from) return undefined
    if (core.groupBy || core.having || core.items.some(item => item.star)) return undefined
    const values = [...core.items.map(item => item.expr), ...core.values.flat()].map(e => textOf(this.of(e)))
    const where = core.where ? textOf(this.of(core.where)) : '1'
    if (values.includes(undefined) || where === undefined) return undefined
    return `SELECT ${values.slice(0, core.values[0]?.length ?? values.length).join(', ')} WHERE ${where}`
  }

  #areEqual(left: Expression, right: Expression): boolean {
    const value = textOf(this.of(left))
    const other = value === undefined ? undefined : textOf(this.of(right))
    return other !== undefined && this.#evaluate(`${value} = ${other}`) === 1n
  }

  #evaluate(text: string): Value | undefined {
    try {
      return this.#analysis.validator.values([text])[0]
    } catch {
      return undefined
    }
  }
}

/** A value as SQL: a REAL has a decimal point, since SQLite divides integers without a remainder. */
function textOf(value: Value | undefined): string | undefined {
  if (value === undefined || value instanceof Uint8Array) return undefined
  const text = valueText(value)
  return typeof value === 'number' && /^-?\d+$/.test(text) ? `${text}.0` : text
}
