import type { ResultColumn } from '../types.ts'
import { endsOf, type Ends, scaleText } from './series.ts'

/** Lines for each label between the ends. */
const LINES_PER_LABEL = 3
/** Lines between a label and those of the ends. */
const APART = 2

/**
 * The labels of the lines of a scale: its ends at the first and the last, and round numbers between: multiples of 1, 2 or 5 times a
 * power of ten (for bytes, of 1024). `down`: dots for each line.
 */
export function scaleLabels(
  range: Ends<number>,
  column: ResultColumn,
  lines: number,
  down: number,
): ReadonlyMap<number, string> {
  const { low, high } = range
  const ends = endsOf(range, column)
  const labels = new Map([
    [0, ends.high],
    [lines - 1, ends.low],
  ])
  const step = roundStep(
    ((high - low) / lines) * LINES_PER_LABEL,
    column.display?.number?.kind === 'bytes' ? 1024 : 10,
  )
  const first = Math.ceil(low / step)
  // a step may be too small for the digits of a double
  for (let n = 0; n < lines && (first + n) * step < high; n++) {
    const value = (first + n) * step
    const line = Math.floor(Math.round(((high - value) / (high - low)) * (lines * down - 1)) / down)
    const text = scaleText(value, column)
    const isFree = line >= APART && line < lines - APART && !labels.has(line)
    if (isFree && ![...labels.values()].includes(text)) labels.set(line, text)
  }
  return labels
}

/** The least round number that is at least `least`. */
function roundStep(least: number, base: number): number {
  const unit = base ** Math.floor(Math.log(least) / Math.log(base))
  const digit = 10 ** Math.floor(Math.log10(least / unit))
  const found = [1, 2, 5, 10].find(n => n * digit * unit >= least) ?? 10
  return Math.min(found * digit, base) * unit
}
