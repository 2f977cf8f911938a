import { literal } from '../../plan/splice.ts'
import type { Relation } from '../catalog/relations.ts'
import { timestamp } from '../sql/timestamps.ts'
import type { TableScan } from './plan-tree.ts'
import { columnOf, placeText, selectsOf } from './pushable.ts'

interface Bounds {
  readonly lower?: number | string
  readonly upper?: number | string
}

/**
 * Conditions for the columns whose ranges methods take. Times are widened to whole seconds, since the session compares their
 * texts; Postgres evaluates the exact condition.
 */
export function rangeConditions(relation: Relation, scans: readonly TableScan[]): string[] {
  const columns = new Set(
    relation.resource
      ? selectsOf(relation).flatMap(m => (m.range ? [m.range.column] : []))
      : scans[0]!.filters.flatMap(f =>
          f.kind === 'compare' || f.kind === 'equals' ? [f.column.column] : [],
        ),
  )
  return [...columns].flatMap(column => {
    const kind = columnOf(relation, column)?.kind
    if (kind !== 'timestamp' && kind !== 'string') return []
    const bounds = scans.map(scan => (scan.isPlain ? boundsOf(scan, column, kind) : {}))
    const lowers = bounds.map(b => b.lower)
    const uppers = bounds.map(b => b.upper)
    const place = placeText({ column, path: [] })
    const found: string[] = []
    if (!lowers.includes(undefined)) found.push(`${place} >= ${boundText(least(lowers))}`)
    if (!uppers.includes(undefined)) found.push(`${place} <= ${boundText(greatest(uppers))}`)
    return found
  })
}

function boundsOf({ alias, filters }: TableScan, column: string, kind: 'timestamp' | 'string'): Bounds {
  let lower: number | string | undefined
  let upper: number | string | undefined
  for (const filter of filters) {
    const isEquality = filter.kind === 'equals' && filter.values.length === 1
    if (filter.kind !== 'compare' && !isEquality) continue
    if (filter.column.alias !== alias || filter.column.column !== column || filter.column.path.length > 0)
      continue
    const value = valueOf(filter.kind === 'compare' ? filter.value : filter.values[0]!, kind)
    if (value === undefined) continue
    if (isEquality || (filter.kind === 'compare' && filter.op.startsWith('>')))
      lower = lower === undefined || value > lower ? value : lower
    if (isEquality || (filter.kind === 'compare' && filter.op.startsWith('<')))
      upper = upper === undefined || value < upper ? value : upper
  }
  return { ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) }
}

/** A day as text, or a time in milliseconds. */
function valueOf(
  { text, type }: { text: string; type: string },
  kind: 'timestamp' | 'string',
): number | string | undefined {
  if (kind === 'string') return type === 'text' && /^\d{4}-\d\d-\d\d$/.test(text) ? text : undefined
  if (type !== 'timestamp with time zone') return undefined
  try {
    return Date.parse(`${timestamp(text).slice(0, 19).replace(' ', 'T')}Z`)
  } catch {
    return undefined
  }
}

function boundText(bound: number | string): string {
  return literal(typeof bound === 'string' ? bound : new Date(bound).toISOString().replace('.000Z', 'Z'))
}

const least = (all: readonly (number | string | undefined)[]): number | string =>
  (all as (number | string)[]).reduce((a, b) => (b < a ? b : a))

/** A second more, for times with a fraction. */
const greatest = (all: readonly (number | string | undefined)[]): number | string => {
  const last = (all as (number | string)[]).reduce((a, b) => (b > a ? b : a))
  return typeof last === 'string' ? last : last + 1000
}
