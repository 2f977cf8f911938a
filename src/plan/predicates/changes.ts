import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { coresOf, type BoundQuery } from '../binding/bound.ts'

/** Makes changes of the text around expressions; result columns keep the names that SQLite gives to the texts before. */
export function applyChanges(binder: Binder, root: BoundQuery, changes: readonly (() => void)[]): void {
  if (changes.length === 0) return
  const names = resultNames(binder, root)
  for (const change of changes) change()
  for (const [{ source, range }, name] of names)
    if (binder.splices.isWrapped(source, range)) binder.splices.alias(source, range, name)
}

/** The names that SQLite gives to computed result columns, which are their texts. */
function resultNames({ splices }: Binder, root: BoundQuery): ReadonlyMap<Expression, string> {
  const items = coresOf(root).flatMap(({ core }) => core.items)
  const computed = items.filter(
    i => !i.star && i.alias === undefined && !/^(?:column|literal)$/.test(i.expr.kind),
  )
  return new Map(computed.map(({ expr }) => [expr, splices.render(expr.source, expr.range, false)]))
}
