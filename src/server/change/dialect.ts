import { commentEnd, isOp, isWord, lineCommentEnd, type Token } from '../sql/lexer.ts'
import { SqlError } from '../wire/errors.ts'
import type { Statement } from '../run/statement.ts'

/*
 * SET, VALUES and RETURNING are evaluated in confluentql's SQL, and SELECT in that of Postgres. What both accept with another meaning
 * would send other values than a SELECT shows.
 */

/** The text of a statement, with spaces in place of comments that are no hints: the two do not agree on where a comment ends. */
export function withoutComments({ text, tokens }: Pick<Statement, 'text' | 'tokens'>): string {
  let shown = ''
  let at = 0
  for (const token of [...tokens, { start: text.length, end: text.length }]) {
    shown += blanked(text.slice(at, token.start)) + text.slice(token.start, token.end)
    at = token.end
  }
  return shown
}

function blanked(gap: string): string {
  let shown = ''
  for (let at = 0; at < gap.length;) {
    const end = gap.startsWith('--', at)
      ? lineCommentEnd(gap, at)
      : gap.startsWith('/*', at)
        ? commentEnd(gap, at)
        : at + 1
    const part = gap.slice(at, end)
    shown += part.startsWith('/*+') && !part.includes('/*', 2) ? part : part.replaceAll(/\S/g, ' ')
    at = end
  }
  return shown
}

/**
 * Rejects patterns and positions with another meaning.
 * @param values the values of the parameters, undefined for one that is no text
 * @throws SqlError 0A000
 */
export function checkDialect(tokens: readonly Token[], values: readonly (string | undefined)[]): void {
  for (const [i, token] of tokens.entries()) {
    if (isWord(token, 'like')) checkLike(tokens, i, values)
    if (isWord(token, 'substr', 'substring') && hasNegative(tokens, i + 1))
      throw new SqlError('0A000', `${token.text} counts a negative position from the end in a change`, {
        hint: 'in a SELECT here it counts from the begin; write substr(x, length(x)) for the last character',
      })
  }
}

function checkLike(tokens: readonly Token[], at: number, values: readonly (string | undefined)[]): void {
  const next = tokens[at + 1]
  const isWhole = !isOp(tokens[at + 2], '||')
  const pattern = !isWhole
    ? undefined
    : next?.kind === 'string'
      ? next.text
      : next?.kind === 'param'
        ? values[Number(next.text.slice(1)) - 1]
        : undefined
  const before = isWord(tokens[at - 1], 'not') ? at - 2 : at - 1
  const fold = isOp(tokens[before], ')') ? tokens[opening(tokens, before) - 1] : undefined
  const letters = isWord(fold, 'lower') ? /[A-Z]/ : isWord(fold, 'upper') ? /[a-z]/ : /[A-Za-z]/
  if (pattern === undefined || letters.test(pattern))
    throw new SqlError('0A000', 'LIKE ignores the case of letters in a change, but not in a SELECT here', {
      hint: "write lower(x) LIKE 'abc%', or give the keys of the rows that a SELECT has shown",
    })
  if (pattern.includes('\\') && !isWord(tokens[at + 2], 'escape'))
    throw new SqlError('0A000', 'a backslash in LIKE has no special meaning in a change', {
      hint: "add ESCAPE '\\'",
    })
}

/** The place of the parenthesis that the one at `close` closes. */
function opening(tokens: readonly Token[], close: number): number {
  let depth = 0
  for (let at = close; at >= 0; at--) {
    if (isOp(tokens[at], ')')) depth++
    else if (isOp(tokens[at], '(') && --depth === 0) return at
  }
  return 0
}

/** Whether an argument of the function whose parenthesis is at `open` begins with a minus. */
function hasNegative(tokens: readonly Token[], open: number): boolean {
  let depth = 0
  for (let at = open; at < tokens.length; at++) {
    if (isOp(tokens[at], '(')) depth++
    else if (isOp(tokens[at], ')') && --depth === 0) return false
    else if (depth === 1 && isOp(tokens[at], ',') && isOp(tokens[at + 1], '-')) return true
  }
  return false
}
