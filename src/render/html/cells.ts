import type { Value } from '../../catalog/types.ts'
import { cut } from '../display.ts'
import { momentOf } from '../time.ts'
import type { ResultColumn } from '../types.ts'
import { isJson, isNested, textOf } from '../values.ts'
import { flatJson, readableJson } from './json.ts'
import { content } from './text.ts'

/** Characters of a nested value that are shown before it is opened. */
const PREVIEW = 40
/** Characters of a line from which on a text may be broken, lest it makes the table wide. */
const LONG = /.{48}/
/** A text of the first column that stays in one line also where the screen is small: an id, a short name. */
const SHORT = /^\S{0,20}$/

/** How the cells of a table are written. */
export interface CellStyle {
  /** Shown for NULL. */
  readonly nullText: string
  /** Nested values of some length can be opened; in a long table, where that would cost the browser dear, they stand in one piece. */
  readonly folds: boolean
}

/** A cell of the table. Its class says to the reader's eye, and to the script that sorts, what it holds. `isNumeric`: the column holds numbers. */
export function cellOf(
  value: Value | undefined,
  column: ResultColumn,
  isNumeric: boolean,
  isFirst: boolean,
  { nullText, folds }: CellStyle,
): string {
  const text = textOf(value, column)
  if (text === undefined) return `<td class="null${isNumeric ? ' num' : ''}">${content(nullText)}</td>`
  if (typeof value === 'number' || typeof value === 'bigint') {
    return column.type === 'boolean' ? `<td>${text}</td>` : `<td class="num">${text}</td>`
  }
  if (typeof value !== 'string') return `<td>${text}</td>`
  if (isNested(column) && isJson(value)) return nestedCell(value, folds)
  const time = column.type === 'timestamp' || column.type === 'any' ? timeCell(value) : undefined
  const breaks = LONG.test(value) ? ' class="long"' : isFirst && !SHORT.test(value) ? ' class="wraps"' : ''
  return time ?? `<td${breaks}>${content(value)}</td>`
}

/** Date and time stand out from what few read: the T, the fraction, the zone. The text stays as it is. */
function timeCell(text: string): string | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(.*)$/.exec(text)
  if (!parts || momentOf(text) === undefined) return undefined
  const [, day, between, time, rest] = parts
  return `<td class="time">${day}<i>${between}</i>${time}${rest === '' ? '' : `<i>${rest}</i>`}</td>`
}

function nestedCell(json: string, folds: boolean): string {
  if (!folds) return `<td class="json">${content(flatJson(json))}</td>`
  const readable = readableJson(json)
  if (!readable.includes('\n')) return `<td class="json">${content(readable)}</td>`
  return `<td class="json"><details><summary>${content(cut(flatJson(json), PREVIEW))}</summary><pre>${content(readable)}</pre></details></td>`
}
