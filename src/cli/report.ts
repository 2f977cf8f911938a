import { ConfluentqlError } from '../errors.ts'
import { visible } from '../render/display.ts'

/** Where a text comes from and how to name it: a file's path, or nothing for the command line. */
export interface Script {
  readonly name: string | undefined
  readonly text: string
}

/**
 * An error for people: a line that begins `error:`, with the place in the text
 * if there is one, the line it points into with a caret, and at most one hint.
 */
export function errorText(error: unknown, script?: Script): string {
  if (!(error instanceof ConfluentqlError)) return `error: ${short(internal(error))}\n`
  const place = script && error.span ? placeOf(script, error.span.start, error.span.end) : undefined
  const where = place ? `${script?.name ? `${script.name}:` : ''}${place.line}:${place.column}: ` : ''
  const lines = [`error: ${where}${short(error.message)}`]
  if (place) lines.push(`  ${place.text}`, `  ${place.caret}`)
  if (error.hint) lines.push(`hint: ${short(error.hint)}`)
  return `${lines.join('\n')}\n`
}

const LONGEST = 2000

/** A message for a terminal; of a long one, which a long value or URL makes, the beginning and the end. */
function short(message: string): string {
  const half = LONGEST / 2
  return visible(message.length > LONGEST ? `${message.slice(0, half)} … ${message.slice(-half)}` : message)
}

function internal(error: unknown): string {
  return `${error instanceof Error ? error.message : String(error)} (this is a fault of confluentql itself)`
}

const WIDEST = 100

/** Line and column, from 1, and the line with a caret under the place; a long line is cut around it. */
function placeOf({ text }: Script, start: number, end: number): { line: number; column: number; text: string; caret: string } {
  const begin = text.lastIndexOf('\n', start - 1) + 1
  const stop = text.indexOf('\n', begin)
  const whole = text.slice(begin, stop < 0 ? text.length : stop).replace(/\r$/, '')
  const at = start - begin
  const from = at > WIDEST - 20 ? at - 40 : 0
  const shown = whole.slice(from, from + WIDEST)
  const width = Math.max(1, Math.min(end - start, shown.length - (at - from)))
  const before = shown.slice(0, at - from).replace(/[^\t]/g, ' ')
  return {
    line: text.slice(0, begin).split('\n').length,
    column: at + 1,
    text: visible(shown).replaceAll('\\t', '\t'),
    caret: before + '^'.repeat(width),
  }
}

/** The exit status that an error ends the program with (0 success, 1 a statement failed, 2 usage or credentials, 130 interrupted). */
export function exitStatus(error: unknown): number {
  if (!(error instanceof ConfluentqlError)) return 1
  if (error.code === 'USAGE' || error.code === 'CREDENTIALS') return 2
  return error.code === 'ABORTED' ? 130 : 1
}
