import { ConfluentqlError, type Span } from '../errors.ts'
import { visible } from '../render/display.ts'
import { hideSecrets, MASK } from '../secrets.ts'
import { secretsOfScript, type ScriptSecrets } from './script/script-secrets.ts'
import { strayMeta } from './script/meta.ts'

/** Where a text comes from and how to name it: a file's path, or nothing for the command line. */
export interface Script {
  readonly name: string | undefined
  readonly text: string
}

/** Of errors from scripts that a script reads: the one that their offsets count in. */
const places = new WeakMap<ConfluentqlError, Script>()

/** Does what may fail in a script, whose name and line the error then tells; at `span` if it has no place of its own. */
export function placingErrors<T>(script: Script, work: () => T, span?: Span): T {
  try {
    return work()
  } catch (error) {
    throw withPlace(error, script, span)
  }
}

/** The error with its script, at `span` if it has no place of its own; what is placingErrors already stays as it is. */
export function withPlace(error: unknown, script: Script, span?: Span): unknown {
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

/** Shorter ones stand in ordinary words. */
const SHORTEST = 4
const NONE: ScriptSecrets = { spans: [], texts: [] }

/**
 * An error for people: a line that begins `error:`, with the place in the text
 * if there is one, the line it points into with a caret, and at most one hint.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof ConfluentqlError)) return `error: ${short(internal(error))}\n`
  const script = places.get(error)
  const secrets = script && error.span ? secretsOfScript(script.text, wholeLines(script, error.span)) : NONE
  const place = script && error.span ? placeOf(script, error.span, secrets) : undefined
  const shown = (text: string): string =>
    short(
      hideSecrets(
        text,
        secrets.texts.filter(s => s.length >= SHORTEST),
      ),
    )
  const where = place
    ? `${script?.name ? `${visible(script.name)}:` : ''}${place.line}:${place.column}: `
    : ''
  const lines = [`error: ${where}${shown(error.message)}`]
  if (place) lines.push(`  ${place.text}`, `  ${place.caret}`)
  if (error.hint) lines.push(`hint: ${shown(error.hint)}`)
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

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function wholeLines({ text }: Script, { start, end }: Span): Span {
  return { start: text.lastIndexOf('\n', start - 1) + 1, end: lineEnd(text, end) }
}

/** Line and column, from 1, and the line, without secrets, with a caret under the place; a long line is cut around it. */
function placeOf(
  { text }: Script,
  span: Span,
  secrets: ScriptSecrets,
): { line: number; column: number; text: string; caret: string } {
  const begin = text.lastIndexOf('\n', span.start - 1) + 1
  const line = { start: begin, end: lineEnd(text, begin) }
  const { shown: masked, start, width } = maskedLine(text, line, span, secrets.spans)
  const whole = masked.replace(/\r$/, '')
  const from = start > WIDEST - 20 ? start - 40 : 0
  const shown = whole.slice(from, from + WIDEST)
  const before = shown.slice(0, start - from).replace(/[^\t]/g, ' ')
  return {
    line: lineOf(text, span.start),
    column: span.start - begin + 1,
    text: visible(shown).replaceAll('\\t', '\t'),
    caret: before + '^'.repeat(Math.max(1, Math.min(width, shown.length - (start - from)))),
  }
}

/** A line with masks for the secrets in it; where a place begins in that, and how wide it is. */
function maskedLine(
  text: string,
  line: Span,
  place: Span,
  secrets: readonly Span[],
): { readonly shown: string; readonly start: number; readonly width: number } {
  let shown = ''
  let from = line.start
  /** Offsets in the text, and what they have become. */
  const moved = (offset: number): number => shown.length + offset - from
  let start = place.start - line.start
  let end = place.end - line.start
  for (const secret of secrets) {
    if (secret.end <= from || secret.start >= line.end) continue
    if (place.start >= from && place.start < secret.start) start = moved(place.start)
    if (place.end > from && place.end <= secret.start) end = moved(place.end)
    shown += text.slice(from, Math.max(from, secret.start))
    if (place.start >= secret.start && place.start < secret.end) start = shown.length
    shown += `'${MASK}'`
    if (place.end > secret.start && place.end <= secret.end) end = shown.length
    from = Math.min(secret.end, line.end)
  }
  if (place.start >= from) start = moved(place.start)
  if (place.end > from) end = moved(place.end)
  shown += text.slice(from, line.end)
  return { shown, start, width: end - start }
}

/** The exit status that an error ends the program with (0 success, 1 a statement failed, 2 usage or credentials, 130 interrupted). */
export function exitStatus(error: unknown): number {
  if (!(error instanceof ConfluentqlError)) return 1
  if (error.code === 'USAGE' || error.code === 'CREDENTIALS') return 2
  return error.code === 'ABORTED' ? 130 : 1
}
