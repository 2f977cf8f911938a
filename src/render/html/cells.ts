import type { Value } from '../../catalog/types.ts'
import { formattedText } from '../column-format.ts'
import { cut } from '../display.ts'
import { momentOf } from '../time.ts'
import type { ResultColumn } from '../types.ts'
import { holdsJson, textOf } from '../values.ts'
import { flatJson, readableJson } from './json.ts'
import { attribute, content } from './text.ts'

/** Characters of a nested value that are shown while it is folded. */
const PREVIEW = 40
/** A text with a line of 48 characters or more may be wrapped, so that it does not make the table wide. */
const LONG = /.{48}/
/** A text of the first column that stays on one line on small screens: an id or a short name. */
const SHORT = /^\S{0,20}$/

/** Settings for the cells of a table. */
export interface CellStyle {
  /** Shown for NULL. */
  readonly nullText: string
  /** Long nested values can be folded. Off in long tables, where it is expensive for the browser. */
  readonly folds: boolean
}

/** A cell of the table. Its class selects the style and how the script sorts it. `isNumeric`: the column holds numbers. */
export function cellOf(
  value: Value | undefined,
  column: ResultColumn,
  isNumeric: boolean,
  isFirst: boolean,
  { nullText, folds }: CellStyle,
): string {
  const text = textOf(value, column)
  if (text === undefined) return `<td class="null${isNumeric ? ' num' : ''}">${content(nullText)}</td>`
  const formatted = formattedText(value, column)
  if (formatted !== undefined) return formattedCell(formatted, text, typeof value === 'string')
  if (typeof value === 'number' || typeof value === 'bigint') {
    return column.type === 'boolean' ? `<td>${text}</td>` : `<td class="num">${text}</td>`
  }
  if (typeof value !== 'string') return `<td>${text}</td>`
  if (holdsJson(value, column)) return nestedCell(value, folds)
  const time = column.type === 'timestamp' || column.type === 'any' ? timeCell(value) : undefined
  const breaks = LONG.test(value) ? ' class="long"' : isFirst && !SHORT.test(value) ? ' class="wraps"' : ''
  return time ?? `<td${breaks}>${content(value)}</td>`
}

/** A number or a time in the format of its column. It is sorted by its value, the title. */
function formattedCell(formatted: string, text: string, isTime: boolean): string {
  return `<td class="${isTime ? 'time' : 'num'}" title="${attribute(text)}">${content(formatted)}</td>`
}

/** Mutes the T, the fraction and the zone of a timestamp. The text itself is unchanged. */
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
