import { ConfluentqlError, type Span } from '../errors.ts'
import { lex } from '../sql/lexer.ts'
import type { Range, Source } from '../sql/query.ts'

/** A query made of our own words and of pieces of the user's text, which keep their positions in messages. */
export interface Composed {
  readonly source: Source
  readonly range: Range
  /** Runs `plan`; an error that points into a piece is thrown with its place in the user's text. */
  run<T>(plan: () => T): T
}

/** Joins texts and token ranges of `original` into a new source. */
export function compose(original: Source, parts: readonly (string | Range)[]): Composed {
  let text = ''
  const pieces: { at: number; length: number; from: number }[] = []
  for (const part of parts) {
    if (typeof part === 'string') text += part
    else if (part.to > part.from) {
      const from = original.tokens[part.from]!.start
      const piece = original.text.slice(from, original.tokens[part.to - 1]!.end)
      pieces.push({ at: text.length, length: piece.length, from })
      text += `${piece}\n`
    }
  }
  const source = { text, tokens: lex(text).tokens }
  const place = (span: Span): Span | undefined => {
    const piece = pieces.find(p => span.start >= p.at && span.start < p.at + p.length)
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
        throw new ConfluentqlError(error.code, error.message, {
          cause: error,
          ...(error.hint !== undefined && { hint: error.hint }),
          ...(span && { span }),
        })
      }
    },
  }
}
