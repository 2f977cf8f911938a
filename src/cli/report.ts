import { ConfluentqlError, type Span } from '../errors.ts'
import { visible } from '../render/display.ts'
import { strayMeta } from './script/meta.ts'

/** Where a text comes from and how to name it: a file's path, or nothing for the command line. */
export interface Script {
  readonly name: string | undefined
  readonly text: string
}

/** Of errors from scripts that a script reads: the one that their offsets count in. */
const places = new WeakMap<ConfluentqlError, Script>()

/** Does what may fail in a script, whose name and line the error then tells; at `span` if it has no place of its own. */
export function placed<T>(script: Script, work: () => T, span?: Span): T {
  try {
    return work()
  } catch (error) {
    throw placedError(error, script, span)
  }
}

/** The error with its script, at `span` if it has no place of its own; what is placed already stays as it is. */
export function placedError(error: unknown, script: Script, span?: Span): unknown {
  if (!(error instanceof ConfluentqlError) || places.has(error)) return error
  const at = error.span ?? span
  const { code, message, status, cause } = error
  const stray = code === 'SYNTAX' && error.span ? strayMeta(upToLine(script.text, error.span)) : undefined
  const hint =
    stray === undefined
      ? error.hint
      : `${stray} is a command only on a line of its own, after a statement that ends with ;`
  const own =
    at === error.span && hint === error.hint
      ? error
      : new ConfluentqlError(code, message, {
          cause: cause ?? error,
          ...(at && { span: at }),
          ...(hint !== undefined && { hint }),
          ...(status !== undefined && { status }),
          failures: error.failures,
        })
  places.set(own, script)
  return own
}

/** From the statement before to the end of the line. */
function upToLine(text: string, { start, end }: Span): string {
  const stop = text.indexOf('\n', end)
  return text.slice(text.lastIndexOf(';', start - 1) + 1, stop < 0 ? text.length : stop)
}

/**
 * An error for people: a line that begins `error:`, with the place in the text
 * if there is one, the line it points into with a caret, and at most one hint.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof ConfluentqlError)) return `error: ${short(internal(error))}\n`
  const script = places.get(error)
  const place = script && error.span ? placeOf(script, error.span.start, error.span.end) : undefined
  const where = place
    ? `${script?.name ? `${visible(script.name)}:` : ''}${place.line}:${place.column}: `
    : ''
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

/** The line, from 1, that an offset is in. */
export function lineOf(text: string, at: number): number {
  return text.slice(0, text.lastIndexOf('\n', at - 1) + 1).split('\n').length
}

/** Line and column, from 1, and the line with a caret under the place; a long line is cut around it. */
function placeOf(
  { text }: Script,
  start: number,
  end: number,
): { line: number; column: number; text: string; caret: string } {
  const begin = text.lastIndexOf('\n', start - 1) + 1
  const stop = text.indexOf('\n', begin)
  const whole = text.slice(begin, stop < 0 ? text.length : stop).replace(/\r$/, '')
  const at = start - begin
  const from = at > WIDEST - 20 ? at - 40 : 0
  const shown = whole.slice(from, from + WIDEST)
  const width = Math.max(1, Math.min(end - start, shown.length - (at - from)))
  const before = shown.slice(0, at - from).replace(/[^\t]/g, ' ')
  return {
    line: lineOf(text, start),
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
