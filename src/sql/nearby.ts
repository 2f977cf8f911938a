/*
 * Operands of a text that no reader accepts, for messages that say how to write it. They are found by their tokens alone.
 * The lexer uses this file, so it cannot use the functions of the lexer.
 */

/** What of a token is needed here. */
export type Nearby = {
  readonly kind: string
  readonly text: string
  readonly start: number
  readonly end: number
}

const isNameToken = (t: Nearby | undefined): boolean => t?.kind === 'word' || t?.kind === 'name'
const isOpToken = (t: Nearby | undefined, ...texts: readonly string[]): boolean =>
  t?.kind === 'op' && texts.includes(t.text)

/** The index of the first token of the operand that ends before `end`: a name, a literal, a call, brackets. `end` if there is none. */
export function operandStart(tokens: readonly Nearby[], end: number): number {
  const last = tokens[end - 1]
  if (!last) return end
  let at = end - 1
  if (isOpToken(last, ')')) {
    at = openingBracket(tokens, at)
    if (at < 0) return end
    if (
      isNameToken(tokens[at - 1])
      && !/^(?:AND|OR|NOT|WHERE|ON|IN|SELECT|HAVING|WHEN|THEN|ELSE|BY)$/i.test(tokens[at - 1]!.text)
    )
      at--
  } else if (last.kind === 'op') return end
  while (isOpToken(tokens[at - 1], '.') && isNameToken(tokens[at - 2])) at -= 2
  return isOpToken(tokens[at - 1], '->', '->>') ? operandStart(tokens, at - 1) : at
}

/** The index behind the operand that begins at `start`; `start` if there is none. */
export function operandEnd(tokens: readonly Nearby[], start: number): number {
  const first = tokens[start]
  if (!first) return start
  if (isOpToken(first, '-', '+')) {
    const end = operandEnd(tokens, start + 1)
    return end === start + 1 ? start : end
  }
  if (isOpToken(first, '(')) return closingBracket(tokens, start) + 1
  if (first.kind === 'op') return start
  let at = start + 1
  if (isNameToken(first)) while (isOpToken(tokens[at], '.') && isNameToken(tokens[at + 1])) at += 2
  return isNameToken(first) && isOpToken(tokens[at], '(') ? closingBracket(tokens, at) + 1 : at
}

/** The text from one token to another, as written. */
export function textBetween(text: string, tokens: readonly Nearby[], from: number, to: number): string {
  return from < to && tokens[to - 1] ? text.slice(tokens[from]!.start, tokens[to - 1]!.end) : ''
}

/** The index of the bracket that the one at `close` closes, or -1. */
export function openingBracket(tokens: readonly Nearby[], close: number): number {
  let depth = 0
  for (let i = close; i >= 0; i--) {
    if (isOpToken(tokens[i], ')')) depth++
    else if (isOpToken(tokens[i], '(') && --depth === 0) return i
  }
  return -1
}

/** The index of the bracket that closes the one at `open`, or of the last token. */
export function closingBracket(tokens: readonly Nearby[], open: number): number {
  let depth = 0
  for (let i = open; i < tokens.length; i++) {
    if (isOpToken(tokens[i], '(')) depth++
    else if (isOpToken(tokens[i], ')') && --depth === 0) return i
  }
  return tokens.length - 1
}

/** Whether one pair of brackets is around a whole range of tokens. */
export function isInBrackets({
  source: { tokens },
  range: { from, to },
}: {
  readonly source: { readonly tokens: readonly Nearby[] }
  readonly range: { readonly from: number; readonly to: number }
}): boolean {
  return isOpToken(tokens[from], '(') && closingBracket(tokens, from) === to - 1
}
