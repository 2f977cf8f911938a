import { instantText } from '../../catalog/times.ts'
import type { Range, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { keyOf, mayBeNumeric, type BoundColumn, type Relation } from '../binding/bound.ts'
import { hasCollate } from '../binding/outputs.ts'
import { spanOf } from '../names.ts'
import { literal } from '../splice.ts'
import { isCollated, type ExpressionAnalysis } from './analysis.ts'
import { comparedWith, EVERYTHING, intersection, union, type Reading } from './intervals.ts'
import { flipped } from './comparisons.ts'

type Operator = '=' | '<' | '<=' | '>' | '>='

/** A condition that is not read. */
const UNREAD: Reading = { intervals: EVERYTHING, isExact: false }

const NEGATED = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const

/** Reads the days or times that conditions leave to a column. Only comparisons with constants restrict them. */
export class RangeReader {
  readonly #binder: Binder
  readonly #analysis: ExpressionAnalysis

  constructor(analysis: ExpressionAnalysis) {
    this.#binder = analysis.binder
    this.#analysis = analysis
  }

  /**
   * The values of a column of the relation for which a condition can hold, and whether it says nothing else.
   * @param key the key of the column
   * @throws ConfluentqlError VALUE for a comparison with a text that is no time
   */
  condition(e: Expression, relation: Relation, key: string, unit: Range['unit'], negated = false): Reading {
    const read = (x: Expression, isNegated = negated): Reading =>
      this.condition(x, relation, key, unit, isNegated)
    const isColumn = (x: Expression): boolean => this.#isColumn(x, relation, key)
    const compared = (operator: Operator, column: Expression, other: Expression): Reading =>
      this.#compared(operator, column, other, unit)
    switch (e.kind) {
      case 'not':
        return read(e.operand, !negated)
      case 'and':
      case 'or': {
        const parts = e.operands.map(x => read(x))
        return (e.kind === 'and') === negated ? anyOf(parts) : allOf(parts)
      }
      case 'comparison': {
        if (e.operator === '<>' || (e.operator === '=' && negated)) return UNREAD
        const operator = negated ? NEGATED[e.operator as keyof typeof NEGATED] : e.operator
        if (isColumn(e.left)) return compared(operator, e.left, e.right)
        return isColumn(e.right) ? compared(flipped(operator), e.right, e.left) : UNREAD
      }
      case 'between': {
        const isOutside = e.negated !== negated
        const low = (operator: Operator): Reading =>
          isColumn(e.operand)
            ? compared(operator, e.operand, e.low)
            : isColumn(e.low)
              ? compared(flipped(operator), e.low, e.operand)
              : UNREAD
        const high = (operator: Operator): Reading =>
          isColumn(e.operand)
            ? compared(operator, e.operand, e.high)
            : isColumn(e.high)
              ? compared(flipped(operator), e.high, e.operand)
              : UNREAD
        return isOutside ? anyOf([low('<'), high('>')]) : allOf([low('>='), high('<=')])
      }
      case 'in list':
        return e.negated || negated || !isColumn(e.left)
          ? UNREAD
          : anyOf(e.list.map(item => compared('=', e.left, item)))
      default:
        return UNREAD
    }
  }

  #isColumn(e: Expression, relation: Relation, key: string): boolean {
    const column = this.#binder.columnOf(e)
    return column?.relation === relation && !column.merged && !isCollated(column) && keyOf(column) === key
  }

  #compared(operator: Operator, e: Expression, other: Expression, unit: Range['unit']): Reading {
    const column = this.#binder.columnOf(e)!
    const isNumber = column.affinity !== 'numeric' && mayBeNumeric(this.#binder.affinityOf(other))
    if (isNumber || hasCollate(other) || !this.#analysis.isConstant(other)) return UNREAD
    const value = this.#analysis.values([other])?.[0]
    if (value === undefined || value instanceof Uint8Array) return UNREAD
    if (value === null) return { intervals: [], isExact: true }
    const reading = typeof value === 'string' ? comparedWith(operator, timeOf(value, unit), unit) : undefined
    if (!reading) throw this.#noTime(column, value, other, unit)
    // the rows are checked by the bound that was sent, not by what is now when they are there
    if (other.kind !== 'literal' && other.kind !== 'parameter')
      this.#binder.splices.add(other.source, other.range, literal(value as string))
    return reading
  }

  #noTime(column: BoundColumn, value: Value, other: Expression, unit: Range['unit']): ConfluentqlError {
    const name = this.#binder.splices.original(column.source, column.node.name)
    const shown = typeof value === 'string' ? `'${value.slice(0, 40)}'` : String(value)
    const [what, form] =
      unit === 'day'
        ? ['date', "write it as YYYY-MM-DD, such as '2026-10-01', or date('now', '-30 days')"]
        : ['timestamp', "write it as YYYY-MM-DDThh:mm:ssZ, such as '2026-10-01T08:00:00Z'"]
    return new ConfluentqlError('VALUE', `${name} is a ${what}, and ${shown} is none`, {
      span: spanOf(other.source, other.range),
      hint: form,
    })
  }
}

function allOf(parts: readonly Reading[]): Reading {
  return {
    intervals: parts.map(p => p.intervals).reduce(intersection, EVERYTHING),
    isExact: parts.every(p => p.isExact),
  }
}

function anyOf(parts: readonly Reading[]): Reading {
  return { intervals: union(parts.map(p => p.intervals)), isExact: parts.every(p => p.isExact) }
}

/** A bound as a time in UTC, as the column is compared with it (instants.ts); a day beside days is one. */
function timeOf(text: string, unit: Range['unit']): string {
  const instant = unit === 'day' && text.length === 10 ? undefined : instantText(text)
  return instant === undefined ? text : `${instant}Z`
}
