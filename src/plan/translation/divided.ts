import { isName, isOp, isWord, isWordOf, nameOf, type Token } from '../../sql/lexer.ts'
import type { Range } from '../../sql/query.ts'

/** Words at which an expression ends. */
const ENDS = new Set(
  'SELECT DISTINCT ALL WHERE AND OR NOT IN ON HAVING WHEN THEN ELSE CASE BY BETWEEN LIKE AS IS FROM JOIN VALUES SET LIMIT UNION INTERSECT EXCEPT RETURNING END GROUP ORDER'.split(
    ' ',
  ),
)

/**
 * Whether what is in the brackets of a call is in an expression with a division, also in brackets around it, or outside of a
 * subquery whose result column it is.
 */
export function isDivided(tokens: readonly Token[], { from, to }: Range): boolean {
  if (isBesideDivision(tokens, from - 2, to + 1)) return true
  const alias = aliasAfter(tokens, to + 1)
  if (alias === undefined) return false
  const name = nameOf(tokens[alias]!).toLowerCase()
  return tokens.some(
    (t, i) =>
      i !== alias && isName(t) && nameOf(t).toLowerCase() === name && isBesideDivision(tokens, i - 1, i + 1),
  )
}

/** Whether the expression with an operand has a division before an index or from another on. */
function isBesideDivision(tokens: readonly Token[], before: number, after: number): boolean {
  const look = (start: number, step: 1 | -1): boolean => {
    let depth = 0
    // behind a comma is another expression, until the brackets around both end
    let isOther = false
    for (let at = start; at >= 0 && at < tokens.length; at += step) {
      const token = tokens[at]!
      const [opens, closes] = step === 1 ? ['(', ')'] : [')', '(']
      if (isOp(token, opens!)) depth++
      else if (isOp(token, closes!)) {
        if (depth === 0) isOther = false
        depth = Math.max(0, depth - 1)
      } else if (depth > 0) continue
      else if (isOp(token, ',')) isOther = true
      else if (isOp(token, '/') && !isOther) return true
      else if (isOp(token, ';') || isWordOf(token, ENDS)) return false
    }
    return false
  }
  return look(after, 1) || look(before, -1)
}

const isOperand = (token: Token | undefined): boolean => token?.kind !== 'op' && !isWordOf(token, ENDS)

/** The index of the name of the result column whose expression goes on at an index. */
function aliasAfter(tokens: readonly Token[], start: number): number | undefined {
  let depth = 0
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at]!
    if (isOp(token, '(')) depth++
    else if (isOp(token, ')') && depth > 0) depth--
    else if (depth === 0 && (isOp(token, ',', ')', ';') || isWord(token, 'FROM'))) {
      const [last, previous] = [tokens[at - 1], tokens[at - 2]]
      const isAlias = isOp(previous, ')') || isWord(previous, 'AS', 'END') || isOperand(previous)
      return isName(last) && isAlias ? at - 1 : undefined
    }
  }
  return undefined
}
