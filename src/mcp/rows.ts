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

/** Reads rows up to the limits: a JSON array with the names, then one for each row. The last line says whether these are all rows. */
export async function rowsText(
  result: Result,
  limits: Limits,
  notices: readonly string[],
): Promise<RowsText> {
  const { columns } = result
  const lines: string[] = []
  let length = 0
  let cut: string | undefined
  for await (const row of result.rows) {
    if (lines.length === limits.rows) {
      cut = `${count(limits.rows, 'row')} (limit)`
      break
    }
    const whole = rowLine(row, columns, limits.value)
    const share = Math.max(SHORTEST_VALUE, Math.floor(limits.characters / Math.max(1, columns.length)))
    const line =
      whole.length > limits.characters ? rowLine(row, columns, Math.min(share, limits.value)) : whole
    if (length + line.length > limits.characters && lines.length > 0) {
      cut = `${count(lines.length, 'row')}, since an answer has at most ${limits.characters} characters; select fewer columns`
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
  const names = columns.map(c => visibleJson(quote(c.name))).join(',')
  const data = fenced('rows', [`[${names}]`, ...lines])
  return { text: [data, ...noticesText(notices), end].join('\n'), rows: lines.length, isComplete }
}

/** Notices between marks, since they may name what the API answered. */
export function noticesText(notices: readonly string[]): string[] {
  return notices.length === 0 ? [] : [fenced('notices', notices.map(visibleText))]
}

function rowLine(row: readonly Value[], columns: readonly PlanColumn[], most: number): string {
  return `[${columns.map((column, i) => cell(row[i] ?? null, column, most)).join(',')}]`
}

/** A value as JSON; one that is too long as a string with its beginning. */
function cell(value: Value, column: PlanColumn, most: number): string {
  const json = visibleJson(jsonOf(value, column))
  if (json.length <= most) return json
  const text = isNested(column) && typeof value === 'string' ? value : (textOf(value, column) ?? '')
  return visibleJson(quote(shortened(text, most)))
}
