import { isName, isOp, isOpOf, isWord, isWordOf, nameOf } from '../sql/lexer.ts'
import type { Range, Source } from '../sql/query.ts'

/** Words that are never a column by themselves (sqlite.org/lang_keywords.html, those without a fallback to a name). */
const RESERVED = new Set(
  `ADD ALL ALTER AND AS BETWEEN CASE CHECK COLLATE COMMIT CONSTRAINT CREATE DEFAULT DELETE DISTINCT DROP ELSE ESCAPE EXCEPT
   EXISTS FOREIGN FROM GROUP HAVING IN INDEX INSERT INTERSECT INTO IS ISNULL JOIN LIMIT NOT NOTNULL NULL ON OR ORDER PRIMARY
   REFERENCES SELECT SET TABLE THEN TO UNION UNIQUE UPDATE USING VALUES WHEN WHERE`.split(/\s+/),
)
export const COMPARE = ['=', '==', '<>', '!=', '<', '<=', '>', '>=']
export const MATCH = ['IN', 'LIKE', 'GLOB', 'REGEXP', 'BETWEEN']
/** Words that a whole side of a comparison can stand behind or before. */
export const BOUNDARY = [
  'WHERE',
  'ON',
  'AND',
  'OR',
  'NOT',
  'HAVING',
  'WHEN',
  'CASE',
  'THEN',
  'ELSE',
  'END',
  'SELECT',
  'DISTINCT',
  'BY',
  'GROUP',
  'ORDER',
  'LIMIT',
  'FROM',
  'UNION',
  'EXCEPT',
  'INTERSECT',
  'LEFT',
  'RIGHT',
  'FULL',
  'INNER',
  'CROSS',
  'NATURAL',
  'JOIN',
  'WINDOW',
  'AS',
]

/** Calls `visit` for each chain of names in a range that can be a column reference, leaving out the ranges in `skip`. */
export function eachChain(
  source: Source,
  range: Range,
  skip: readonly Range[],
  visit: (range: Range, parts: string[]) => void,
): void {
  const { tokens } = source
  for (let i = range.from; i < range.to; i++) {
    const inside = skip.length === 0 ? undefined : skip.find(s => i >= s.from && i < s.to)
    if (inside) {
      i = inside.to - 1
      continue
    }
    const token = tokens[i]!
    if (!isName(token) || (token.kind === 'word' && RESERVED.has(token.value))) continue
    const before = tokens[i - 1]
    if (
      before?.kind === 'word'
      && (before.value === 'COLLATE' || before.value === 'OVER' || (before.value === 'AS' && i > range.from))
    )
      continue
    const parts = [nameOf(token)]
    const from = i
    while (i + 2 < range.to && isOp(tokens[i + 1], '.') && isName(tokens[i + 2])) {
      parts.push(nameOf(tokens[i + 2]!))
      i += 2
    }
    if (isOp(tokens[i + 1], '(') && i + 1 < range.to) continue
    if (isOp(tokens[i + 1], '.')) continue
    visit({ from, to: i + 1 }, parts)
  }
}

export const COMPARES: ReadonlySet<string> = new Set(COMPARE)
const MATCHES = new Set(MATCH)
/** What can stand before the left side of a comparison. */
export const OPENS = { ops: new Set(['(', ',', ...COMPARE]), words: new Set([...BOUNDARY, ...MATCH, 'IS']) }
const CLOSES = { ops: new Set([')', ',', ';']), words: new Set(BOUNDARY) }

/**
 * Whether the tokens in a range are one whole side of a comparison with a
 * scalar (=, <>, <, IN, LIKE, BETWEEN, IS …, but not IS NULL), so that an
 * object standing there can only mean one of its fields.
 */
export function isCompared(source: Source, range: Range): boolean {
  const { tokens } = source
  const before = tokens[range.from - 1]
  const after = tokens[range.to]
  const opens = before === undefined || isOpOf(before, OPENS.ops) || isWordOf(before, OPENS.words)
  const negated = isWord(after, 'NOT') ? tokens[range.to + 1] : after
  if (opens && (isOpOf(after, COMPARES) || isWordOf(negated, MATCHES))) return true
  if (opens && isWord(after, 'IS')) {
    let i = range.to + 1
    while (isWord(tokens[i], 'NOT', 'DISTINCT', 'FROM')) i++
    return !isWord(tokens[i], 'NULL')
  }
  const closes = after === undefined || isOpOf(after, CLOSES.ops) || isWordOf(after, CLOSES.words)
  return closes && isOpOf(before, COMPARES)
}

/** Whether the tokens in a range are one side of = or the left side of IN, and the other side is not a column of the same name. */
export function isEquated(source: Source, range: Range): boolean {
  const { tokens } = source
  if (!isCompared(source, range)) return false
  const after = isOp(tokens[range.to], '=', '==')
  const before = isOp(tokens[range.from - 1], '=', '==')
  if (!after && !before) return isWord(tokens[range.to], 'IN')
  const own = nameOf(tokens[range.to - 1]!).toLowerCase()
  const token = tokens[after ? endOfChain(source, range.to + 1) : range.from - 2]
  return !(token && isName(token) && nameOf(token).toLowerCase() === own)
}

/** Index of the last name of a dotted chain that begins at `from`. */
function endOfChain({ tokens }: Source, from: number): number {
  let at = from
  while (isOp(tokens[at + 1], '.') && isName(tokens[at + 2])) at += 2
  return at
}
