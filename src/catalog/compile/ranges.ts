import type { KeyPath, MethodSource, ParamInFull, ParamSource } from './format.ts'
import { shapeAt, type NamedShape } from './shapes.ts'
import type { Column, Range } from '../types.ts'

/** A date or time span as provider files write it (ISO 8601): whole months, days or hours. */
const SPAN = /^P(?:\d+M|\d+D|T\d+H)$/

/**
 * The range that two parameters of a method bound together; undefined if it has none.
 * @throws ConfluentqlError PROVIDER for one bound without the other, or bounds of different columns
 */
export function rangeOf(
  { sql, params = {} }: MethodSource,
  path: KeyPath,
  { columns, wrong }: { readonly columns: readonly Column[]; readonly wrong: NamedShape['wrong'] },
): Range | undefined {
  const bounds = Object.entries(params).flatMap(([name, source]) =>
    isInFull(source) && source.range !== undefined ? [{ name, source }] : [],
  )
  const from = bounds.find(b => b.source.range === 'from')
  const before = bounds.find(b => b.source.range === 'before')
  if (bounds.length === 0) return undefined
  const here = (name: string, ...rest: string[]): KeyPath => [...path, 'params', name, ...rest]
  if (sql !== 'select') throw wrong(here(bounds[0]!.name, 'range'), 'is for a select')
  if (!from || !before || bounds.length > 2)
    throw wrong(here(bounds[0]!.name, 'range'), 'a range takes two parameters: one from, one before')
  const column = from.source.column
  if (typeof column !== 'string' || before.source.column !== column)
    throw wrong(here(before.name, 'column'), 'both bounds of a range are of the same column')
  const shape = shapeAt(columns, column)
  if (shape === undefined || shape === 'open' || (shape.type !== 'string' && shape.type !== 'timestamp'))
    throw wrong(here(from.name, 'column'), `${column} is no column of days or timestamps`)
  const { longest, open, lag } = before.source
  const steps = typeof longest === 'object' ? stepsOf(longest) : undefined
  if (steps && !Object.hasOwn(params, steps.param))
    throw wrong(here(before.name, 'longest', 'by'), `there is no parameter ${steps.param}`)
  const spans = steps ? Object.values(steps.spans) : [longest]
  const strange = spans.find(span => typeof span === 'string' && !SPAN.test(span))
  if (strange) throw wrong(here(before.name, 'longest'), `${strange} is no span such as P1M, P7D or PT6H`)
  return {
    column,
    unit: shape.type === 'timestamp' ? 'second' : 'day',
    from: from.name,
    before: before.name,
    ...(typeof longest === 'string' && { longest }),
    ...(steps && { steps }),
    ...(lag !== undefined && { lag }),
    ...(open !== undefined && { open }),
  }
}

/** `any` is a span without an end. */
function stepsOf({
  by,
  spans,
}: Exclude<ParamInFull['longest'], string | undefined>): NonNullable<Range['steps']> {
  return {
    param: by,
    spans: Object.fromEntries(
      Object.entries(spans).map(([value, span]) => [value, span === 'any' ? null : span]),
    ),
  }
}

function isInFull(source: ParamSource): source is ParamInFull {
  return typeof source !== 'string'
}
