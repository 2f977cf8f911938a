import { isName, isOp, isWord, type Token } from '../../sql/lexer.ts'
import { closingBracket, openingBracket, textBetween } from '../../sql/nearby.ts'
import type { Range, Source } from '../../sql/query.ts'
import { hintForSemicolon } from '../../sql/read-statement.ts'
import { CLAUSE_ORDER } from './other-forms.ts'

/*
 * Hints for texts whose parts are in the wrong places: a comma too many, a bracket that is open, a clause that comes too late.
 */

/** The hint for a token at which SQLite fails; undefined if its surroundings say nothing. */
export function hintForStructure(source: Source, range: Range, at: number): string | undefined {
  const { tokens } = source
  const token = tokens[at]!
  const before = at > range.from ? tokens[at - 1] : undefined
  const shown = token.text.slice(0, 40)
  const isClause = isWord(token, ...CLAUSE_ORDER, 'UNION', 'INTERSECT', 'EXCEPT')
  if (isOp(before, ',') && (isClause || isOp(token, ')', ';'))) return `leave the comma before ${shown} out`
  if (isOp(before, ',') && isOp(token, ',')) return 'leave one of the two commas out'
  if (isOp(token, ')') && openingBracket(tokens.slice(range.from, at + 1), at - range.from) < 0)
    return 'leave this bracket out: none is open'
  const open = lastOpen(tokens, range.from, at)
  const semicolon = open.brackets === 0 && at > range.from ? hintForSemicolon(source, at) : undefined
  if (semicolon !== undefined) return semicolon
  if ((isClause || isOp(token, ',', ')')) && open.cases > 0)
    return `write END before ${shown}: CASE is not closed`
  if (isClause && open.bracket !== undefined && !isWord(tokens[open.bracket + 1], 'SELECT', 'WITH', 'VALUES'))
    return `write ) before ${shown}: a bracket is not closed`
  if (isClause) {
    const later = clauseBefore(
      tokens,
      range.from,
      at,
      CLAUSE_ORDER.slice(CLAUSE_ORDER.indexOf(token.value) + 1),
    )
    if (later !== undefined && CLAUSE_ORDER.includes(token.value))
      return `write it before ${later}: the order is SELECT, FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT`
  }
  return missingWord(source, range, at)
}

/** The hint for a text that ends too early. */
export function hintForEnd(source: Source, range: Range): string {
  const { tokens } = source
  const { brackets, cases } = lastOpen(tokens, range.from, range.to)
  if (cases > 0) return 'write END at the end: CASE is not closed'
  const last = tokens[range.to - 1]
  const isOpenEnded = last?.kind === 'word' || (last?.kind === 'op' && !isOp(last, ')'))
  if (
    brackets > 0
    && !(isOpenEnded && /^(?:AND|OR|NOT|IN|WHERE|BY|ON|SELECT|FROM|,|=|<>|<|>|\+|-)$/i.test(last.text))
  )
    return brackets === 1
      ? 'write ) at the end: a bracket is not closed'
      : `write ${')'.repeat(brackets)} at the end: ${brackets} brackets are not closed`
  return `something is missing after ${last?.text.slice(0, 40) ?? 'it'}`
}

/** What is open before an index. */
function lastOpen(
  tokens: readonly Token[],
  from: number,
  to: number,
): { readonly brackets: number; readonly bracket: number | undefined; readonly cases: number } {
  const brackets: number[] = []
  const cases: number[] = [0]
  for (let i = from; i < to; i++) {
    if (isOp(tokens[i], '(')) {
      brackets.push(i)
      cases.push(0)
    } else if (isOp(tokens[i], ')') && brackets.length > 0) {
      brackets.pop()
      cases.pop()
    } else if (isOp(tokens[i - 1], '.')) continue
    else if (isWord(tokens[i], 'CASE')) cases[cases.length - 1]!++
    else if (isWord(tokens[i], 'END') && cases.at(-1)! > 0) cases[cases.length - 1]!--
  }
  return { brackets: brackets.length, bracket: brackets.at(-1), cases: cases.at(-1)! }
}

/** The clause of the same query that begins before an index, of those given. */
function clauseBefore(
  tokens: readonly Token[],
  from: number,
  at: number,
  clauses: readonly string[],
): string | undefined {
  for (let i = at - 1, depth = 0; i >= from; i--) {
    if (isOp(tokens[i], ')')) depth++
    else if (isOp(tokens[i], '(') && depth-- === 0) return undefined
    else if (depth === 0 && isWord(tokens[i], 'UNION', 'INTERSECT', 'EXCEPT')) return undefined
    else if (depth === 0 && isWord(tokens[i], ...clauses) && !isOp(tokens[i - 1], '.'))
      return /^(?:GROUP|ORDER)$/.test(tokens[i]!.value) ? `${tokens[i]!.value} BY` : tokens[i]!.value
  }
  return undefined
}

/** The word, comma or operator that is missing before an operand. */
function missingWord({ text, tokens }: Source, range: Range, at: number): string | undefined {
  const token = tokens[at]!
  const before = tokens[at - 1]
  const isOperand = isName(token) || token.kind === 'string' || token.kind === 'number' || isOp(token, '(')
  if (!isOperand || at <= range.from + 1 || isWord(token, ...CLAUSE_ORDER, 'AS', 'ON', 'AND', 'OR', 'BY'))
    return undefined
  if (token.text.startsWith('['))
    return `write ${textBetween(text, tokens, at - 1, at)}.field for a field, or ${textBetween(text, tokens, at - 1, at)} ->> 0 for an element`
  const join = joinWithoutOn(tokens, range.from, at)
  if (join) return `write ON before ${token.text.slice(0, 40)}`
  const isAfterOperand =
    isName(before) || before?.kind === 'string' || before?.kind === 'number' || isOp(before, ')')
  if (!isAfterOperand) return undefined
  const shown = isOp(token, '(') ? textBetween(text, tokens, at, closingBracket(tokens, at) + 1) : token.text
  return `a comma, an operator or a keyword is missing before ${shown.slice(0, 40)}`
}

/** Whether only a table and its alias stand between an index and a JOIN before it. */
function joinWithoutOn(tokens: readonly Token[], from: number, at: number): boolean {
  for (let i = at - 1; i > from; i--) {
    if (isWord(tokens[i], 'JOIN'))
      return i < at - 1 && (isOp(tokens[at + 1], '.', '=') || isOp(tokens[at], '('))
    if (!isName(tokens[i]) && !isOp(tokens[i], '.')) return false
  }
  return false
}
