import { ConfluentqlError } from '../../errors.ts'
import { isName, isOp, isWord, typographic } from '../../sql/lexer.ts'
import type { Source } from '../../sql/query.ts'
import { insteadOfCall } from '../instead-of-calls.ts'
import { hintForForm, misspelt } from './forms.ts'
import { KEYWORDS } from './other-forms.ts'
import type { Refused } from './refused.ts'
import { hintForEnd, hintForStructure } from './structure.ts'

/** The error for a text that SQLite cannot parse, at the last token of the shortest prefix that SQLite calls wrong rather than incomplete. */
export function syntaxError(r: Refused): ConfluentqlError {
  const { source, range, context, binder } = r
  const isWrong = (to: number): boolean => {
    // The name of a table is replaced as a whole, so a prefix must not end inside it.
    const text = binder.splices.render(source, { from: range.from, to: binder.splices.wholeEnd(source, to) })
    const { error } = context.validator.check(text, r.tables)
    return (
      error !== undefined && /syntax error|unrecognized token/.test(error) && !error.startsWith('near ""')
    )
  }
  if (!isWrong(range.to)) {
    const end = source.tokens[range.to - 1]?.end ?? 0
    return new ConfluentqlError('SYNTAX', 'the statement is not finished', {
      span: { start: Math.max(0, end - 1), end },
      hint: hintForEnd(source, range),
    })
  }
  let low = range.from
  let high = range.to
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (isWrong(middle)) high = middle
    else low = middle
  }
  const token = source.tokens[high - 1]!
  return new ConfluentqlError('SYNTAX', `syntax error near "${token.text.slice(0, 40)}"`, {
    span: { start: token.start, end: token.end },
    ...hintFor(r, high - 1),
  })
}

/** The index of the first token of the dotted name that a dot is part of. */
function dottedNameStart({ tokens }: Source, dot: number): number {
  let at = dot - 1
  while (isOp(tokens[at - 1], '.') && isName(tokens[at - 2])) at -= 2
  return at
}

/** Functions that the SQL standard calls with keywords between the arguments, and what SQLite has instead. */
const OTHER_CALLS: Readonly<Record<string, string>> = {
  substring: 'write substr(text, start, length)',
  trim: "write trim(text, 'characters'), ltrim or rtrim",
  overlay: 'write substr() and || around the new text',
  position: 'write instr(text, part)',
  cast: 'write CAST(value AS type)',
  try_cast: 'write CAST, which gives 0 for what is no number',
  safe_cast: 'write CAST, which gives 0 for what is no number',
}

/** The index of the name of the function whose arguments a token is in. */
function enclosingCall({ tokens }: Source, index: number): number | undefined {
  let depth = 0
  for (let i = index - 1; i > 0; i--) {
    if (isOp(tokens[i], ')')) depth++
    else if (isOp(tokens[i], '(') && depth-- === 0) return isName(tokens[i - 1]) ? i - 1 : undefined
  }
  return undefined
}

/** @param at the index of the wrong token */
function hintFor(r: Refused, at: number): { hint?: string } {
  const { source } = r
  const hint =
    oddMarks(source, at)
    ?? variableHint(source, at)
    ?? hintForForm(r, at)
    ?? misspelt(r, at, KEYWORDS)
    ?? callHint(source, at)
    ?? dottedHint(source, at)
    ?? hintForStructure(source, r.range, at)
  return hint === undefined ? {} : { hint }
}

/** The hint for typographic characters in the words around a token. */
function oddMarks({ tokens }: Source, at: number): string | undefined {
  return tokens
    .slice(Math.max(0, at - 1), at + 1)
    .filter(t => t.kind === 'word')
    .map(t => typographic(t.text))
    .find(t => t !== undefined)
}

/** The hint for a variable in the place of a table. */
function variableHint({ tokens }: Source, at: number): string | undefined {
  return tokens[at]?.kind === 'param' && isWord(tokens[at - 1], 'FROM', 'JOIN', 'INTO', 'UPDATE')
    ? 'a variable is a value, and never the name of a table: write the name itself'
    : undefined
}

/** The hint for the call that a token is in. */
function callHint(source: Source, at: number): string | undefined {
  const name = enclosingCall(source, at)
  if (name === undefined) return undefined
  const called = source.tokens[name]!.text.toLowerCase()
  return isWord(source.tokens[name], 'EXTRACT') ? insteadOfCall(source, name) : OTHER_CALLS[called]
}

/** The hint for a dotted name where none can stand. */
function dottedHint(source: Source, at: number): string | undefined {
  if (!isOp(source.tokens[at], '.')) return undefined
  if (isWord(source.tokens[dottedNameStart(source, at) - 1], 'IN'))
    return 'IN takes values in brackets, or a query: IN (SELECT column FROM provider.service.resource)'
  return source.tokens[at + 1] ? 'a table is named provider.service.resource, in FROM or JOIN' : undefined
}
