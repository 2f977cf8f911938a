import { ConfluentqlError } from '../../errors.ts'
import type { Range, Source } from '../../sql/query.ts'
import { spanOf } from '../names.ts'

/** A translated expression as it is composed, which may begin with a blank, and what was typed. */
export interface Translated {
  readonly from: string
  readonly to: string
}

/** Puts what was typed into the name of a result column. */
export function restoration(texts: readonly Translated[]): (name: string) => string {
  return replacement(texts, to => to)
}

/** Puts what was typed into a message that has translated expressions; a sum is in brackets behind an operator. */
export function quotation(texts: readonly Translated[]): (message: string) => string {
  return replacement(texts, (to, before) => {
    const isSum = /[-+|]/.test(to.replaceAll(/'[^']*'|\([^()]*\)/g, ''))
    return isSum && /[-+*/%|]\s*$/.test(before) ? `(${to})` : to
  })
}

/** Replaces translated expressions by what was typed, each place once: what was typed may contain what it is composed to. */
function replacement(
  texts: readonly Translated[],
  write: (to: string, before: string) => string,
): (text: string) => string {
  const typed = new Map<string, string>()
  for (const { from, to } of texts) if (!typed.has(from.trim())) typed.set(from.trim(), to)
  // a longer one may contain others
  const longestFirst = [...new Set(texts.map(({ from }) => from))].toSorted((a, b) => b.length - a.length)
  const any = new RegExp(longestFirst.map(patternOf).join('|'), 'g')
  return text =>
    text.replaceAll(any, (found, at: number) => write(typed.get(found.trim())!, text.slice(0, at)))
}

/** A pattern for a translated expression: a literal of a day or time is one with a blank before it, other texts are not. */
function patternOf(from: string): string {
  const text = from.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  return from.startsWith(' ') ? `(?<=[\\s(]) ${text}|(?<=^|\\s)${text}` : text
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
