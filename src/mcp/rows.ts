import type { Result } from '../engine/result.ts'
import type { Value } from '../catalog/types.ts'
import type { PlanColumn } from '../plan/plan.ts'
import { isNested, jsonOf, quote, textOf } from '../render/values.ts'
import { count, fenced, shortened, visibleJson, visibleText } from './text.ts'

/** Limits of an answer. */
export interface Limits {
  readonly rows: number
  /** Of all rows together. */
  readonly characters: number
  /** Of one value. */
  readonly value: number
}

/** The rows of an answer as text. */
export interface RowsText {
  readonly text: string
  /** How many rows the text has. */
  readonly rows: number
  /** Whether these are all rows. */
  readonly isComplete: boolean
}

/** Characters of a value in a row that is too long for an answer. */
const SHORTEST_VALUE = 40
/** Characters around a shortened value: what says how much is missing, quotes and a comma. */
const AROUND_VALUE = 32
/** Characters of the notices of an answer. */
const LONGEST_NOTICES = 4000

/** Masks the secrets in a text that are known to be some. */
export type Hide = (text: string) => string

/** Reads rows up to the limits: a JSON array with the names, then one for each row. The last line says whether these are all rows. */
export async function rowsText(
  result: Result,
  limits: Limits,
  notices: readonly string[],
  hide: Hide,
): Promise<RowsText> {
  const { columns } = result
  const names = fitted(limits.characters, columns.length, limits.value, most =>
    arrayOf(columns.map(c => textCell(hide(c.name), most))),
  )
  const tooLong = `since an answer has at most ${limits.characters} characters; select fewer columns`
  const lines: string[] = []
  let length = names?.length ?? 0
  const room = limits.characters - length
  let cut = names === undefined ? `0 rows, ${tooLong}` : undefined
  for await (const row of cut === undefined ? result.rows : []) {
    if (lines.length === limits.rows) {
      cut = `${count(limits.rows, 'row')} (limit)`
      break
    }
    const line = fitted(room, columns.length, limits.value, most =>
      arrayOf(columns.map((column, i) => cell(row[i] ?? null, column, most, hide))),
    )
    if (line === undefined || length + line.length > limits.characters) {
      cut = `${count(lines.length, 'row')}, ${tooLong}`
      break
    }
    lines.push(line)
    length += line.length
  }
  if (cut === undefined) result.finish()
  const leftOut = result.leftOut?.().length ?? 0
  const isComplete = cut === undefined && leftOut === 0
  const end = isComplete
    ? `These are all rows: ${lines.length}.`
    : cut === undefined
      ? `These are NOT all rows: ${count(leftOut, 'call')} could not be made.`
      : `These are NOT all rows: cut after ${cut}. Add WHERE, aggregate, or page with ORDER BY and LIMIT … OFFSET ….`
  const data = fenced('rows', [names ?? `["… [${count(columns.length, 'column')}]"]`, ...lines])
  return { text: [data, ...noticesText(notices.map(hide)), end].join('\n'), rows: lines.length, isComplete }
}

/** Notices between marks, since they may name what the API answered. */
export function noticesText(notices: readonly string[]): string[] {
  if (notices.length === 0) return []
  return [fenced('notices', shortened(notices.map(visibleText).join('\n'), LONGEST_NOTICES).split('\n'))]
}

/** A line with values of the usual length, or else with shorter ones; undefined if it is too long even so. */
function fitted(
  room: number,
  values: number,
  usual: number,
  lineOf: (most: number) => string,
): string | undefined {
  const whole = lineOf(usual)
  if (whole.length <= room) return whole
  const share = Math.floor(room / Math.max(1, values)) - AROUND_VALUE
  const short = lineOf(Math.min(usual, Math.max(SHORTEST_VALUE, share)))
  return short.length <= room ? short : undefined
}

const arrayOf = (values: readonly string[]): string => `[${values.join(',')}]`

/** A value as JSON; one that is too long as a string with its beginning. */
function cell(value: Value, column: PlanColumn, most: number, hide: Hide): string {
  // before it is cut, which could leave a part of a secret
  const json = visibleJson(hide(jsonOf(value, column)))
  if (json.length <= most) return json
  const text = isNested(column) && typeof value === 'string' ? value : (textOf(value, column) ?? '')
  return textCell(hide(text), most)
}

/** A text as JSON. What it is escaped to counts, as one character may become six. */
function textCell(text: string, most: number): string {
  let length = most
  let json = visibleJson(quote(shortened(text, length)))
  while (json.length > most + AROUND_VALUE && length > 1) {
    length = Math.max(1, Math.floor((length * most) / json.length))
    json = visibleJson(quote(shortened(text, length)))
  }
  return json
}
