import { ConfluentqlError } from '../../errors.ts'
import { isName, isOp, isWord, typographic } from '../../sql/lexer.ts'
import type { Source } from '../../sql/query.ts'
import type { Refused } from './refused.ts'

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
      hint: 'something is missing at its end',
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
    ...hintFor(token.text, source, high),
  })
}

const FIRST_OF_EACH =
  'number the rows in a subquery: SELECT … FROM (SELECT *, row_number() OVER (PARTITION BY …) AS n FROM …) WHERE n = 1'

/** Words of other databases, and what SQLite has instead. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  ILIKE: "SQLite's LIKE already ignores case: write LIKE",
  '~': 'write LIKE with %, or GLOB with *',
  FORM: 'did you mean FROM?',
  FRM: 'did you mean FROM?',
  FETCH: 'write LIMIT n at the end',
  STRAIGHT_JOIN: 'write JOIN',
  OFFSET: 'write LIMIT -1 OFFSET n',
  EXCLUDE: 'name the columns',
  EXCEPT: 'name the columns',
  QUALIFY: FIRST_OF_EACH,
  INTERVAL:
    "SQLite has no intervals: write date('now', '-1 year'), or strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-2 hours')",
}
/** Functions that the SQL standard calls with keywords between the arguments, and what SQLite has instead. */
const OTHER_CALLS: Readonly<Record<string, string>> = {
  extract: "write strftime('%Y', t) for the year, '%m' for the month, '%d' for the day",
  substring: 'write substr(text, start, length)',
  trim: "write trim(text, 'characters'), ltrim or rtrim",
  overlay: 'write substr() and || around the new text',
  position: 'write instr(text, part)',
  cast: 'write CAST(value AS type)',
}

/** The name of the function whose arguments a token is in. */
function enclosingCall({ tokens }: Source, index: number): string | undefined {
  let depth = 0
  for (let i = index - 1; i > 0; i--) {
    if (isOp(tokens[i], ')')) depth++
    else if (isOp(tokens[i], '(') && depth-- === 0)
      return isName(tokens[i - 1]) ? tokens[i - 1]!.text : undefined
  }
  return undefined
}

/** The index of the first token of the dotted name that a dot is part of. */
function dottedNameStart({ tokens }: Source, dot: number): number {
  let at = dot - 1
  while (isOp(tokens[at - 1], '.') && isName(tokens[at - 2])) at -= 2
  return at
}

/** @param after the index behind the wrong token */
function hintFor(text: string, source: Source, after: number): { hint?: string } {
  const upper = text.toUpperCase()
  const before = source.tokens[after - 2]?.text.toUpperCase()
  const hint =
    before === 'FETCH'
      ? OTHER_WORDS.FETCH
      : before === 'LIMIT' && upper === 'ALL'
        ? 'leave LIMIT out'
        : before === 'INTERVAL'
          ? OTHER_WORDS.INTERVAL
          : before === 'DISTINCT' && upper === 'ON'
            ? OTHER_WORDS.QUALIFY
            : OTHER_WORDS[before === 'TOP' ? 'FETCH' : before === 'ILIKE' ? before : upper]
  const replacement =
    hint
    ?? source.tokens
      .slice(Math.max(0, after - 2), after)
      .filter(t => t.kind === 'word')
      .map(t => typographic(t.text))
      .find(t => t !== undefined)
  if (replacement !== undefined) return { hint: replacement }
  const called = OTHER_CALLS[enclosingCall(source, after - 1)?.toLowerCase() ?? '']
  if (called !== undefined) return { hint: called }
  if (text === '.' && isWord(source.tokens[dottedNameStart(source, after - 1) - 1], 'IN'))
    return {
      hint: 'IN takes values in brackets, or a query: IN (SELECT column FROM provider.service.resource)',
    }
  if (text === '.' && source.tokens[after])
    return { hint: 'a table is named provider.service.resource, in FROM or JOIN' }
  return {}
}
