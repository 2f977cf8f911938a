import { isName, isOp, isWord } from '../sql/lexer.ts'
import { splitList } from '../sql/predicate.ts'
import type { Range, Source } from '../sql/query.ts'
import { afterParen } from '../sql/skeleton.ts'

/** Text and token ranges, to be composed. */
export type Parts = readonly (string | Range)[]

/** `(a, b) = (1, 2)` or `(a, b) IN (SELECT …)`: columns, and the values or the query that they are compared with. */
export interface RowTest {
  readonly columns: readonly Range[]
  readonly values?: readonly Range[]
  readonly query?: Range
}

/** Reads a condition on a row value of columns; undefined for any other. */
export function readRowTest(source: Source, range: Range): RowTest | undefined {
  const { tokens } = source
  if (!isOp(tokens[range.from], '(')) return undefined
  const close = afterParen(source, range.from, range.to)
  const columns = splitList(source, { from: range.from + 1, to: close - 1 })
  if (close >= range.to || !columns.every(c => isColumn(source, c))) return undefined
  const right = { from: close + 1, to: range.to }
  const equal = isOp(tokens[close], '=', '==') ? equalities(source, columns, right) : undefined
  if (equal) return equal
  // of the one row of `= (SELECT …)` it follows that it is among those of the query
  const isQuery =
    (isWord(tokens[close], 'IN') || (isOp(tokens[close], '=', '==') && columns.length > 1))
    && isOp(tokens[right.from], '(')
    && isWord(tokens[right.from + 1], 'SELECT', 'VALUES', 'WITH')
  if (!isQuery || afterParen(source, right.from, right.to) !== right.to) return undefined
  return { columns, query: { from: right.from + 1, to: right.to - 1 } }
}

/** A condition on row values as conditions on the columns in it, which keys can be read from: `(a, b) = (1, 2)` is `a = 1 AND b = 2`. */
export function withoutRowValues(source: Source, range: Range): Parts {
  const test = readRowTest(source, range)
  if (test?.query && test.columns.length === 1) return [test.columns[0]!, ' IN (', test.query, ')']
  if (!test?.values) return [range]
  return test.columns.flatMap((c, i) => [...(i > 0 ? [' AND '] : []), c, ' = (', test.values![i]!, ')'])
}

function isColumn({ tokens }: Source, range: Range): boolean {
  return (
    range.to > range.from
    && tokens.slice(range.from, range.to).every((t, i) => (i % 2 === 0 ? isName(t) : isOp(t, '.')))
  )
}

function equalities(source: Source, columns: readonly Range[], right: Range): RowTest | undefined {
  if (columns.length === 1) return isEnded(source, right) ? { columns, values: [right] } : undefined
  if (!isOp(source.tokens[right.from], '(') || afterParen(source, right.from, right.to) !== right.to)
    return undefined
  const inside = { from: right.from + 1, to: right.to - 1 }
  const values = isWord(source.tokens[inside.from], 'SELECT', 'VALUES', 'WITH')
    ? []
    : splitList(source, inside)
  return values.length === columns.length ? { columns, values } : undefined
}

/** Whether an operand goes to the end of a condition: nothing that binds looser than = stands in it. */
function isEnded(source: Source, range: Range): boolean {
  for (let i = range.from; i < range.to; i++) {
    if (isOp(source.tokens[i], '(')) i = afterParen(source, i, range.to) - 1
    else if (
      isOp(source.tokens[i], '=', '==', '<>', '!=')
      || isWord(
        source.tokens[i],
        'AND',
        'OR',
        'NOT',
        'IN',
        'IS',
        'LIKE',
        'BETWEEN',
        'GLOB',
        'MATCH',
        'REGEXP',
        'ISNULL',
        'NOTNULL',
        'CASE',
      )
    )
      return false
  }
  return true
}
