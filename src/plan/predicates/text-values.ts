import type { Expression } from '../../sql/expression.ts'
import type { Query } from '../../sql/query.ts'
import type { BoundQuery } from '../binding/bound.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { partsOf } from './column-values.ts'
import { unknownTextChanges } from './field-texts.ts'
import type { NestedFields } from './nested-fields.ts'
import { isUnknownField } from './unknown-fields.ts'

/**
 * The changes by which a boolean in a field of unknown type is sent to a text as `true` or `false`, not as 1 or 0, and so stored in a
 * column of texts of a table of the session.
 *
 * @param isText whether a result column is sent or stored as a text
 */
export function textValueChanges(
  { query, cores }: BoundQuery,
  analysis: ExpressionAnalysis,
  isText: (column: number) => boolean,
  nested: NestedFields,
): readonly (() => void)[] {
  const ofStars = cores
    .filter(({ core }) => core.items.some(item => item.star))
    .flatMap(({ outputs = [] }) =>
      outputs.flatMap(({ from }, i) => (from && isText(i) ? nested.changesAt(from) : [])),
    )
  const ofRows = rowsOf(query).flatMap(row =>
    row.flatMap((e, i) => (isText(i) ? [...textsOf(e, analysis), ...nested.changes(e)] : [])),
  )
  return [...ofRows, ...ofStars]
}

/** The expressions of each row of a query; those behind a `*` are left out, since their places are not known. */
function rowsOf({ cores }: Query): readonly (readonly Expression[])[] {
  return cores.flatMap(({ items, values }) => {
    const star = items.findIndex(i => i.star)
    return [...values, items.slice(0, star < 0 ? items.length : star).map(i => i.expr)]
  })
}

/** The changes for the fields of unknown type that give an expression its value. */
function textsOf(e: Expression, analysis: ExpressionAnalysis): readonly (() => void)[] {
  if (isUnknownField(analysis.binder, e)) return unknownTextChanges(e, analysis)
  return partsOf(e, analysis.binder).flatMap(part => textsOf(part, analysis))
}
