import { ConfluentqlError, type Span } from '../errors.ts'
import { cut, cutStart, visible, widthOf } from '../render/display.ts'
import { hideSecrets, MASK } from '../secrets.ts'
import { secretsOfScript, type ScriptSecrets } from './script/script-secrets.ts'
import { shellHint } from './shell-hints.ts'
import { strayMeta } from './script/read-meta.ts'

/** A script: its text, and its path if it is a file. */
export interface Script {
  readonly name: string | undefined
  readonly text: string
  /** The lines of its input before it, for the places of errors. */
  readonly linesBefore?: number
  /** It was read from a stream, which also ends if its writer fails in the middle. */
  readonly isStream?: boolean
}

/** The script that an error's offsets refer to. */
const scripts = new WeakMap<ConfluentqlError, Script>()

/** Runs `work`; an error of it gets the script and, if it has no span of its own, `span`. */
export function placingErrors<T>(script: Script, work: () => T, span?: Span): T {
  try {
    return work()
  } catch (error) {
    throw withPlace(error, script, span)
  }
}

/** The error with its script and, if it has no span of its own, `span`. An error that has a script already is returned unchanged. */
export function withPlace(error: unknown, script: Script, span?: Span): unknown {
  if (!(error instanceof ConfluentqlError) || scripts.has(error)) return error
  const at = error.span ?? span
  const { code, message, status, cause } = error
  const stray = code === 'SYNTAX' && error.span ? strayMeta(upToLine(script.text, error.span)) : undefined
  const hint =
    stray === undefined
      ? error.hint
      : `${stray} is a command only on a line of its own, after a statement that ends with ;`
  const located =
    at === error.span && hint === error.hint
      ? error
      : new ConfluentqlError(code, message, {
          cause: cause ?? error,
          ...(at && { span: at }),
          ...(hint !== undefined && { hint }),
          ...(status !== undefined && { status }),
          failures: error.failures,
        })
  scripts.set(located, script)
  return located
}

/** The text from the end of the previous statement to the end of the error's line. */
function upToLine(text: string, { start, end }: Span): string {
  const stop = text.indexOf('\n', end)
  return text.slice(text.lastIndexOf(';', start - 1) + 1, stop < 0 ? text.length : stop)
}

/** Shorter secrets are not masked in messages: they occur in ordinary words. */
const MIN_SECRET_LENGTH = 4
const NONE: ScriptSecrets = { spans: [], texts: [] }

/**
 * The message of an error: a line that begins `error:`, with line and column if they are known, then the source line with
 * a caret, and at most one hint. `isShell`: it is shown at a prompt. `width`: of the terminal, so that the caret stays below
 * its place.
 */
export function errorText(
  error: unknown,
  {
    isShell = false,
    width = Infinity,
  }: { readonly isShell?: boolean; readonly width?: number | undefined } = {},
): string {
  if (!(error instanceof ConfluentqlError)) return `error: ${shortMessage(internal(error))}\n`
  const script = scripts.get(error)
  const secrets = script && error.span ? secretsOfScript(script.text, wholeLines(script, error.span)) : NONE
  const place = script && error.span ? placeOf(script, error.span, secrets, width) : undefined
  const shown = (text: string): string =>
    shortMessage(
      hideSecrets(
        text,
        secrets.texts.filter(s => s.length >= MIN_SECRET_LENGTH),
      ),
    )
  const where = place
    ? `${script?.name ? `${visible(script.name)}:` : ''}${place.line}:${place.column}: `
    : ''
  // each error of a provider file has a line of its own
  const [first = '', ...others] = error.code === 'PROVIDER' ? error.message.split('\n') : [error.message]
  const lines = [`error: ${where}${shown(first)}`, ...others.map(other => `  ${shown(other)}`)]
  if (place) lines.push(`  ${place.text}`, `  ${place.caret}`)
  if (error.hint) lines.push(`hint: ${shown(isShell ? shellHint(error.hint) : error.hint)}`)
  return `${lines.join('\n')}\n`
}

const MAX_MESSAGE = 2000

/** A message or notice without control characters; of a very long one the beginning and the end. */
export function shortMessage(message: string): string {
  const half = MAX_MESSAGE / 2
  return visible(
    message.length > MAX_MESSAGE ? `${message.slice(0, half)} … ${message.slice(-half)}` : message,
  )
}

function internal(error: unknown): string {
  return `${error instanceof Error ? error.message : String(error)} (this is a bug in confluentql)`
}

const MAX_LINE_WIDTH = 100
/** Columns left of the source line, and one that stays empty. */
const MARGIN = 3

/** The line number of an offset, from 1. */
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

/** Line and column, from 1, and the source line with secrets masked and a caret below it. A long line is cut around the caret. */
function placeOf(
  { text, linesBefore = 0 }: Script,
  span: Span,
  secrets: ScriptSecrets,
  terminalWidth: number,
): { line: number; column: number; text: string; caret: string } {
  const begin = text.lastIndexOf('\n', span.start - 1) + 1
  const line = { start: begin, end: lineEnd(text, begin) }
  const { shown: masked, start, width } = maskedLine(text, line, span, secrets.spans)
  // a tab takes one column, so that the caret needs none
  const whole = masked.replace(/\r$/, '').replaceAll('\t', ' ')
  const longest = Math.max(20, Math.min(MAX_LINE_WIDTH, terminalWidth - MARGIN))
  const all = visible(whole.slice(0, start))
  const before = widthOf(all) > longest * 0.8 ? cutStart(all, longest * 0.4).trimStart() : all
  const shown = cut(before + visible(whole.slice(start)), longest)
  const indent = widthOf(before)
  const marked = Math.min(widthOf(visible(whole.slice(start, start + width))), widthOf(shown) - indent)
  return {
    line: linesBefore + lineOf(text, span.start),
    column: span.start - begin + 1,
    text: shown,
    caret: ' '.repeat(indent) + '^'.repeat(Math.max(1, marked)),
  }
}

/** The line with its secrets masked, and where `place` is in the masked line. */
function maskedLine(
  text: string,
  line: Span,
  place: Span,
  secrets: readonly Span[],
): { readonly shown: string; readonly start: number; readonly width: number } {
  let shown = ''
  let from = line.start
  /** An offset of the text in the masked line. */
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

/** The errors of single rows that an error summarizes. */
export function failuresOf(error: unknown): readonly ConfluentqlError[] {
  return error instanceof ConfluentqlError ? error.failures : []
}

/** The exit status if nothing failed, but a result lacks rows since calls were left out. */
export const INCOMPLETE = 4

/** The exit status for an error: 1 a statement failed, 2 usage or credentials, 130 interrupted. */
export function exitStatus(error: unknown): number {
  if (!(error instanceof ConfluentqlError)) return 1
  if (error.code === 'USAGE' || error.code === 'CREDENTIALS') return 2
  return error.code === 'ABORTED' ? 130 : 1
}
