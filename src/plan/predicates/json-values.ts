import type { Expression } from '../../sql/expression.ts'
import type { BoundQuery } from '../binding/bound.ts'
import { nodesOfValues } from '../binding/traverse.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import type { NestedFields } from './nested-fields.ts'
import { aroundUnknown } from './unknown-fields.ts'

/**
 * The changes of the text by which json_object() and the like get JSON of booleans, objects, arrays and fields of unknown type, in the
 * values that a query gives to a request. SQLite has 1 and 0, and texts of JSON, which would be sent as numbers and texts.
 */
export function jsonValueChanges(
  root: BoundQuery,
  analysis: ExpressionAnalysis,
  nested: NestedFields,
): readonly (() => void)[] {
  const { splices } = analysis.binder
  return [...nodesOfValues(root)].flatMap(valuesIn).flatMap(e => {
    const around = aroundJson(e, analysis)
    return around ? [() => splices.wrap(e.source, e.range, ...around)] : nested.changes(e, 'json')
  })
}

type Around = readonly [before: string, after: string]

function aroundJson(e: Expression, analysis: ExpressionAnalysis): Around | undefined {
  const kind = analysis.kindOf(e)
  if (kind === 'boolean') return ['json(CASE ', " WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"]
  const unknown = aroundUnknown(analysis.binder, e)
  if (unknown) return unknown
  return kind === 'object' || kind === 'array' || kind === 'json' ? ['"json"(', ')'] : undefined
}

/** The arguments that a function makes JSON of. */
function valuesIn(e: Expression): readonly Expression[] {
  if (e.kind !== 'call') return []
  const [, name] = /^jsonb?_(array|object|group_array|group_object|set|insert|replace)$/.exec(e.name) ?? []
  if (name === undefined) return []
  if (name.endsWith('array')) return e.args
  const isValue = name.endsWith('object') ? (i: number) => i % 2 === 1 : (i: number) => i > 0 && i % 2 === 0
  return e.args.filter((_, i) => isValue(i))
}
