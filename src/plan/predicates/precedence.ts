import type { Expression, Logical } from '../../sql/expression.ts'
import { isInBrackets } from '../../sql/nearby.ts'
import { keyOf, pathOf, type BoundColumn } from '../binding/bound.ts'
import type { Mistakes } from './mistakes.ts'
import { wholeText } from './null-comparisons.ts'

/**
 * Rejects a change by `env = 'e' AND name = 'a' OR name = 'b'`, which takes b of every env: AND comes before OR, and conditions on the
 * same column beside OR are probably meant as alternatives. With brackets it is clear; in a query the rows show what it means.
 */
export function checkPrecedence(mistakes: Mistakes, node: Logical): void {
  if (!mistakes.isChange || node.kind !== 'or') return
  for (const [i, e] of node.operands.entries()) {
    if (e.kind !== 'and' || isInBrackets(e)) continue
    const [first, last] = [e.operands[0]!, e.operands.at(-1)!]
    const [before, after] = [node.operands[i - 1], node.operands[i + 1]]
    const [outer, inner, rest] =
      before && areAlternatives(before, first, e, mistakes)
        ? [before, first, e.operands.slice(1)]
        : after && areAlternatives(after, last, e, mistakes)
          ? [after, last, e.operands.slice(0, -1)]
          : []
    if (!outer || !inner || !rest) continue
    const others = rest.map(wholeText).join(' AND ')
    const meant =
      outer === before
        ? `(${wholeText(outer)} OR ${wholeText(inner)}) AND ${others}`
        : `${others} AND (${wholeText(inner)} OR ${wholeText(outer)})`
    mistakes.refuse(
      e,
      `AND comes before OR, so ${others} is no condition for ${wholeText(outer)}: write ${meant}, or brackets around ${wholeText(e)} if that is meant`,
    )
  }
}

/** Whether two conditions are about the same column, and another one of AND is about others. */
function areAlternatives(outer: Expression, inner: Expression, and: Logical, mistakes: Mistakes): boolean {
  const column = onlyColumn(outer, mistakes)
  const beside = column && onlyColumn(inner, mistakes)
  if (!beside || !isSame(column, beside)) return false
  return and.operands.some(e => !mistakes.analysis.columnsIn(e).some(c => isSame(c, column)))
}

/** The only column of a condition without AND and OR. */
function onlyColumn(e: Expression, { analysis }: Mistakes): BoundColumn | undefined {
  if (e.kind === 'and' || e.kind === 'or') return undefined
  const columns = analysis.columnsIn(e)
  return columns.length === 1 ? columns[0] : undefined
}

const isSame = (a: BoundColumn, b: BoundColumn): boolean =>
  a.relation === b.relation && keyOf(pathOf(a)) === keyOf(pathOf(b))
