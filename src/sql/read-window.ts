import type { Expression, Window } from './expression.ts'
import { isName, isOp, isWord, nameOf } from './lexer.ts'
import type { Range, Source } from './query.ts'
import { afterParen, splitList } from './tokens.ts'

/** A term of ORDER BY without its direction. */
export function withoutOrder({ tokens }: Source, { from, to }: Range): Range {
  let end = to
  if (isWord(tokens[end - 1], 'FIRST', 'LAST') && isWord(tokens[end - 2], 'NULLS')) end -= 2
  if (isWord(tokens[end - 1], 'ASC', 'DESC')) end--
  return { from, to: Math.max(from, end) }
}

/** Reads the definition of a window, without its brackets. */
export function readWindow(source: Source, range: Range, read: (range: Range) => Expression): Window {
  const { tokens } = source
  const words = ['PARTITION', 'ORDER', 'ROWS', 'RANGE', 'GROUPS']
  const stops: number[] = []
  for (let i = range.from; i < range.to; i++) {
    if (isOp(tokens[i], '(')) i = afterParen(source, i, range.to) - 1
    else if (
      isWord(tokens[i], ...words)
      && (isWord(tokens[i + 1], 'BY') || !isWord(tokens[i], 'PARTITION', 'ORDER'))
    )
      stops.push(i)
  }
  const first = tokens[range.from]
  const name = isName(first) && stops[0] !== range.from && range.from < range.to ? nameOf(first) : undefined
  const part = (...named: string[]): Range | undefined => {
    const at = stops.findIndex(i => isWord(tokens[i], ...named))
    return at < 0 ? undefined : { from: stops[at]!, to: stops[at + 1] ?? range.to }
  }
  const list = (found: Range | undefined): Expression[] =>
    found
      ? splitList(source, { from: found.from + 2, to: found.to }).map(term =>
          read(withoutOrder(source, term)),
        )
      : []
  const frame = part('ROWS', 'RANGE', 'GROUPS')
  const bounds = frame ? frameBounds(source, frame, read) : []
  return { name, partitionBy: list(part('PARTITION')), orderBy: list(part('ORDER')), bounds }
}

/** The expressions before PRECEDING and FOLLOWING. */
function frameBounds(source: Source, { from, to }: Range, read: (range: Range) => Expression): Expression[] {
  const { tokens } = source
  const found: Expression[] = []
  let start = from + 1
  for (let i = from + 1; i < to; i++) {
    if (isOp(tokens[i], '(')) i = afterParen(source, i, to) - 1
    else if (isWord(tokens[i], 'BETWEEN', 'AND')) start = i + 1
    else if (isWord(tokens[i], 'PRECEDING', 'FOLLOWING')) {
      const isExpression = i > start && !isWord(tokens[start], 'UNBOUNDED')
      if (isExpression) found.push(read({ from: start, to: i }))
    }
  }
  return found
}
