import type { Comparison, InList, Is } from '../../sql/expression.ts'
import { keyOf, pathOf } from '../binding/bound.ts'
import { comparisons } from './comparisons.ts'
import type { Mistakes } from './mistakes.ts'
import { textOf } from './null-comparisons.ts'

/** Notes a column that is compared with itself, as in `JOIN keys k ON k.owner = k.owner`, or is in its list: every row with a value meets it, or none. */
export function noteSameSides(mistakes: Mistakes, node: Comparison | Is | InList): void {
  const { binder } = mistakes
  if (node.kind === 'in list' && node.list.every(e => e.kind === 'literal')) return
  for (const { left, right, operator } of comparisons(node)) {
    const [a, b] = [binder.columnOf(left), binder.columnOf(right)]
    if (!a || !b || a.relation !== b.relation || keyOf(pathOf(a)) !== keyOf(pathOf(b))) continue
    const isTrue = operator === '=' || operator === '<=' || operator === '>='
    mistakes.addAbout(
      left,
      isTrue
        ? `${textOf(node)} compares a column with itself, which is true for every row with a value: write ${textOf(left)} IS NOT NULL if that is meant`
        : `${textOf(node)} compares a column with itself, which is true for no row: write another column on one side`,
      !isTrue,
    )
  }
}
