import { isName, isOp, isWord } from '../sql/lexer.ts'
import { splitList } from '../sql/predicate.ts'
import type { Range, Source } from '../sql/query.ts'
import { afterParen } from '../sql/skeleton.ts'

/** Text and token ranges, to be composed. */
export type Parts = readonly (string | Range)[]

/**
 * A condition on row values as conditions on the columns in it, which keys can be read from: `(a, b) = (1, 2)` is
 * `a = 1 AND b = 2`; of `(a, b) IN (SELECT …)`, which stays, it follows that each column is among those of the query.
 */
export function withoutRowValues(source: Source, range: Range): Parts {
  const { tokens } = source
  if (!isOp(tokens[range.from], '(')) return [range]
  const close = afterParen(source, range.from, range.to)
  const columns = splitList(source, { from: range.from + 1, to: close - 1 })
  if (close >= range.to || !columns.every(c => isColumn(source, c))) return [range]
  const right = { from: close + 1, to: range.to }
  if (isOp(tokens[close], '=', '==')) return equalities(source, columns, right) ?? [range]
  const isQuery = isWord(tokens[close], 'IN') && isOp(tokens[right.from], '(') && isWord(tokens[right.from + 1], 'SELECT', 'VALUES', 'WITH')
  if (!isQuery || afterParen(source, right.from, right.to) !== right.to) return [range]
  if (columns.length === 1) return [columns[0]!, ' IN ', right]
  const query = { from: right.from + 1, to: right.to - 1 }
  const names = columns.map((_, i) => `k${i}`)
  return [range, ...columns.flatMap((c, i) => [' AND ', c, ` IN (WITH "row~"(${names.join(', ')}) AS (`, query, `) SELECT ${names[i]} FROM "row~")`])]
}

function isColumn({ tokens }: Source, range: Range): boolean {
  return range.to > range.from && tokens.slice(range.from, range.to).every((t, i) => (i % 2 === 0 ? isName(t) : isOp(t, '.')))
}

function equalities(source: Source, columns: readonly Range[], right: Range): Parts | undefined {
  if (columns.length === 1) return [columns[0]!, ' = ', right]
  if (!isOp(source.tokens[right.from], '(') || afterParen(source, right.from, right.to) !== right.to) return undefined
  const inside = { from: right.from + 1, to: right.to - 1 }
  const values = isWord(source.tokens[inside.from], 'SELECT', 'VALUES', 'WITH') ? [] : splitList(source, inside)
  if (values.length !== columns.length) return undefined
  return columns.flatMap((c, i) => [...(i > 0 ? [' AND '] : []), c, ' = (', values[i]!, ')'])
}
