import type { Range } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import { keyOf, pathOf, type TableRef } from '../binding/bound.ts'
import { onlyOrigin } from '../binding/origins.ts'
import { writtenText } from '../names.ts'
import { comparisons, flipped } from '../predicates/comparisons.ts'
import { literal } from '../splice.ts'
import type { Conditions } from './conditions.ts'

/** The format of a time that is cut at some place: texts of it are in the order of the times. */
const CUT_FORMAT = /^%Y(?:-(?:%m|01)(?:-(?:%d|01)(?:[T ](?:%H|00)(?::(?:%M|00)(?::(?:%S|00)Z?)?)?)?)?)?$/
/** Modifiers that give the same time or an earlier one. */
const EARLIER = /^'(?:start of |-)/
const PERIOD = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?/

/**
 * A condition on the column of a range that follows from what the statement asks of a part of the column, such as
 * `to_char(day, 'YYYY-MM') >= '2026-09'`; undefined if there is none. It keeps at least the rows that the statement asks for.
 */
export function lowerBound(
  conditions: Conditions,
  ref: TableRef,
  { column, unit }: Range,
): string | undefined {
  const { binder } = conditions
  const partOf = (e: Expression): Expression | undefined => {
    const time = cutTime(e)
    const found = time && binder.columnOf(time)
    const origin = found && onlyOrigin(pathOf(found))
    return origin?.relation.kind === 'ref' && origin.relation.ref === ref && keyOf(origin) === column
      ? time
      : undefined
  }
  /** The text of a bound and its first day. */
  const boundOf = (other: Expression): { readonly text: string; readonly day: string } | undefined => {
    const value = conditions.analysis.constantOf(other)
    const parts = typeof value === 'string' ? PERIOD.exec(value) : null
    if (!parts) return undefined
    const day = `${parts[1]}-${parts[2] ?? '01'}-${parts[3] ?? '01'}`
    const isWhole = value === day || (unit !== 'day' && /T.*Z$/.test(value as string))
    return { text: isWhole ? writtenText(other.source, other.range) : literal(day), day }
  }
  for (const core of conditions.cores)
    for (const { condition, join } of conditions.conjunctsOf(core)) {
      if (join && join.type !== 'inner') continue
      if (!['comparison', 'between', 'in list'].includes(condition.kind)) continue
      let name: string | undefined
      const bounds = comparisons(condition).flatMap(({ left, right, operator }) => {
        const isLeft = partOf(left) !== undefined
        const time = partOf(left) ?? partOf(right)
        if (!time || !['=', '>', '>='].includes(isLeft ? operator : flipped(operator))) return []
        name = writtenText(time.source, time.range)
        return [boundOf(isLeft ? right : left)]
      })
      if (name === undefined || bounds.includes(undefined)) continue
      const [first] = bounds.toSorted((a, b) => (a!.day < b!.day ? -1 : 1))
      return `${name} >= ${first!.text}`
    }
  return undefined
}

/** The time in a call that cuts it to its day, month or year. */
function cutTime(e: Expression): Expression | undefined {
  if (e.kind !== 'call') return undefined
  const isFormat = e.name === 'strftime'
  const [time, ...modifiers] = e.args.slice(isFormat ? 1 : 0)
  const [format] = e.args
  const isCut = isFormat
    ? format?.kind === 'literal' && CUT_FORMAT.test(format.source.tokens[format.at]!.value)
    : e.name === 'date' || e.name === 'datetime'
  const isEarlier = modifiers.every((m, i) => {
    const text = writtenText(m.source, m.range)
    // the Monday before
    if (text === "'weekday 1'")
      return i === 1 && writtenText(modifiers[0]!.source, modifiers[0]!.range) === "'-6 days'"
    return EARLIER.test(text)
  })
  return isCut && isEarlier ? time : undefined
}
