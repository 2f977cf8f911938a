import { isOp, isWordOf, type Token } from '../../sql/lexer.ts'
import type { Range } from '../../sql/query.ts'

/** Words at which an expression ends. */
const ENDS = new Set(
  'SELECT DISTINCT ALL WHERE AND OR NOT IN ON HAVING WHEN THEN ELSE CASE BY BETWEEN LIKE AS IS FROM JOIN VALUES SET LIMIT UNION INTERSECT EXCEPT RETURNING END GROUP ORDER'.split(
    ' ',
  ),
)

/** Whether what is in the brackets of a call is in an expression with a division, also in brackets around it. */
export function isDivided(tokens: readonly Token[], { from, to }: Range): boolean {
  const look = (start: number, step: 1 | -1): boolean => {
    let depth = 0
    for (let at = start; at >= 0 && at < tokens.length; at += step) {
      const token = tokens[at]!
      const [opens, closes] = step === 1 ? ['(', ')'] : [')', '(']
      if (isOp(token, opens!)) depth++
      else if (isOp(token, closes!)) depth = Math.max(0, depth - 1)
      else if (depth > 0) continue
      else if (isOp(token, '/')) return true
      else if (isOp(token, ';') || isWordOf(token, ENDS)) return false
    }
    return false
  }
  return look(to + 1, 1) || look(from - 2, -1)
}
