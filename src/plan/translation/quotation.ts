import { ConfluentqlError } from '../../errors.ts'
import type { Range, Source } from '../../sql/query.ts'
import { spanOf } from '../names.ts'

/** A translated expression, and what was typed. */
export interface Translated {
  readonly from: string
  readonly to: string
}

/** Puts what was typed into a message that has translated expressions; a sum is in brackets behind an operator. */
export function quotation(texts: readonly Translated[]): (message: string) => string {
  return message =>
    texts.reduce((text, { from, to }) => {
      const isSum = /[-+|]/.test(to.replaceAll(/'[^']*'|\([^()]*\)/g, ''))
      return text.replaceAll(from, (_, at: number) =>
        isSum && /[-+*/%|]\s*$/.test(text.slice(0, at)) ? `(${to})` : to,
      )
    }, message)
}

/**
 * Runs `plan`; the texts of an error quote the statement as typed.
 * @throws ConfluentqlError that `plan` throws
 */
export function withOwnTexts<T>(plan: () => T, quoted: (text: string) => string): T {
  try {
    return plan()
  } catch (error) {
    if (!(error instanceof ConfluentqlError)) throw error
    const { code, message, hint, span } = error
    const texts = { message: quoted(message), hint: hint === undefined ? undefined : quoted(hint) }
    if (texts.message === message && texts.hint === hint) throw error
    throw new ConfluentqlError(code, texts.message, {
      cause: error,
      ...(texts.hint !== undefined && { hint: texts.hint }),
      ...(span && { span }),
    })
  }
}

/** The text of a range of tokens, as typed. */
export function textOf(source: Source, range: Range): string {
  const { start, end } = spanOf(source, range)
  return source.text.slice(start, end)
}
