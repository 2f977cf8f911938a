import type { ConfluentqlError } from '../../src/errors.ts'

/** A refused statement with what the hint says to write if it is meant as it is; undefined if the hint says no such thing. */
export function asMeant(sql: string, { span, hint = '' }: ConfluentqlError): string | undefined {
  if (!span) return undefined
  const [before, refused, after] = [
    sql.slice(0, span.start),
    sql.slice(span.start, span.end),
    sql.slice(span.end),
  ]
  if (/, or brackets around .* if that is meant$/s.test(hint)) return `${before}(${refused})${after}`
  const [, write, instead] =
    /(?:If the condition is meant as it is, write|if the condition is meant as it is, write|, or) (.*) instead of (.*?)(?: if the text itself is meant)?$/s.exec(
      hint,
    ) ?? []
  return instead && before + refused.replace(instead, () => write!) + after
}
