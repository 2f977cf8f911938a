import { ConfluentqlError, type Span } from '../errors.ts'
import { isOp, lex } from '../sql/lexer.ts'
import type { Range, Source } from '../sql/query.ts'
import { withSemicolon } from '../sql/read-statement.ts'
import { spanOf } from './names.ts'

/** A query composed of generated SQL and pieces of the user's text. Errors still point into the user's text. */
export interface Composed {
  readonly source: Source
  readonly range: Range
  /** Runs `plan`; an error that points into a piece is rethrown with its position in the user's text. */
  run<T>(plan: () => T): T
}

/** Generated SQL, or a range of tokens of the user's statement. */
export type Part = string | Range | Piece

/** A part of a range whose brackets are known to match. */
export interface Piece extends Range {
  readonly isPiece: true
}

/** An expression in brackets, so that operators around it do not bind to a part of it. */
export function bracketed(...parts: readonly Part[]): Part[] {
  return ['(', ...parts, ')']
}

/** Conditions joined by AND, each in brackets. */
export function allOf(conditions: readonly (readonly Part[])[]): Part[] {
  return conditions.flatMap((c, i) => [...(i > 0 ? [' AND '] : []), ...bracketed(...c)])
}

/**
 * Joins texts and token ranges of `original` into a new source.
 *
 * @param isChecked false if the brackets of all ranges are known to match
 * @throws ConfluentqlError SYNTAX for a range whose brackets do not match: it could close a generated bracket
 */
export function compose(original: Source, parts: readonly Part[], isChecked = true): Composed {
  let text = ''
  const pieces: { at: number; length: number; from: number }[] = []
  for (const [i, part] of parts.entries()) {
    if (typeof part === 'string') text += part
    else if (part.to > part.from) {
      if (isChecked && !('isPiece' in part)) checkBrackets(original, part)
      const from = original.tokens[part.from]!.start
      const piece = original.text.slice(from, original.tokens[part.to - 1]!.end)
      pieces.push({ at: text.length, length: piece.length, from })
      const next = parts[i + 1]
      const isOpen = piece.endsWith('(') && !/^\s/.test(original.text.slice(from + piece.length))
      text += isOpen || (typeof next === 'string' && /^[ ,)]/.test(next)) ? piece : `${piece} `
    }
  }
  const source = { text, tokens: lex(text).tokens }
  const place = (span: Span): Span | undefined => {
    const piece =
      pieces.find(p => span.start >= p.at && span.start < p.at + p.length)
      ?? pieces.find(p => span.start < p.at && p.at < span.end)
    if (piece && span.start < piece.at) return place({ start: piece.at, end: span.end })
    return (
      piece && {
        start: span.start - piece.at + piece.from,
        end: Math.min(span.end, piece.at + piece.length) - piece.at + piece.from,
      }
    )
  }
  return {
    source,
    range: { from: 0, to: source.tokens.length },
    run(plan) {
      try {
        return plan()
      } catch (error) {
        if (!(error instanceof ConfluentqlError) || !error.span) throw error
        const span = place(error.span)
        const placed = new ConfluentqlError(error.code, error.message, {
          cause: error,
          ...(error.hint !== undefined && { hint: error.hint }),
          ...(span && { span }),
        })
        // a bracket around the piece is open for the hint that it has
        throw withSemicolon(placed, original)
      }
    },
  }
}

/** @throws ConfluentqlError SYNTAX for a range whose brackets do not match */
export function checkBrackets(source: Source, { from, to }: Range): void {
  const open: number[] = []
  for (let i = from; i < to; i++) {
    if (isOp(source.tokens[i], '(')) open.push(i)
    else if (isOp(source.tokens[i], ')') && open.pop() === undefined) throw unmatched(source, i)
  }
  if (open.length > 0) throw unmatched(source, open.at(-1)!)
}

function unmatched(source: Source, at: number): ConfluentqlError {
  const text = source.tokens[at]!.text
  return new ConfluentqlError('SYNTAX', `no bracket matches this "${text}"`, {
    span: spanOf(source, { from: at, to: at + 1 }),
  })
}
