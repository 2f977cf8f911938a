import type { Value } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import { writtenText } from '../names.ts'
import { isUnknownField } from './unknown-fields.ts'
import type { Mistakes } from './mistakes.ts'

const isDigits = (value: Value | undefined): boolean =>
  typeof value === 'string' && /^[+-]?\d+(?:\.\d+)?$/.test(value)

/** The column beside a text that has its value as a number, where a view has one. */
const NUMBER_COLUMN = 'number'

/** Notes that a column of texts, or a field of unknown type, is less or greater than the digits of a number, which compares their characters. */
export function noteDigits(mistakes: Mistakes, node: Expression, side: Expression, other: Expression): void {
  const { analysis } = mistakes
  const column = analysis.binder.columnOf(side)
  const isText = column && analysis.kindOf(side) === 'string'
  if (!isText && (side.kind === 'literal' || !isUnknownField(analysis.binder, side))) return
  const bounds = node.kind === 'between' ? [node.low, node.high] : [other]
  if (!bounds.every(e => isDigits(analysis.constantOf(e)))) return
  const hasNumber = isText && column.relation.columns?.some(c => c.name === NUMBER_COLUMN) === true
  // CAST would make 0 of other texts, so that a DELETE with the condition takes their rows
  const number = hasNumber ? NUMBER_COLUMN : `exact_number(${writtenText(side.source, side.range)})`
  mistakes.addAbout(
    side,
    `${writtenText(node.source, node.range)} compares texts, in which '9' is greater than '10': compare ${number} with a number without quotes`,
    false,
  )
}
