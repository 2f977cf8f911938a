import { isOp, isWord } from './lexer.ts'
import type { Range, Source } from './query.ts'

/** Index of the token after the bracket that closes the one at `open`, or `end`. */
export function afterParen(source: Source, open: number, end: number): number {
  let depth = 0
  for (let i = open; i < end; i++) {
    const t = source.tokens[i]!
    if (t.kind !== 'op') continue
    if (t.value === '(') depth++
    else if (t.value === ')' && --depth === 0) return i + 1
  }
  return end
}

/** Whether each bracket in a range is closed inside it. */
export function isBalanced(source: Source, { from, to }: Range): boolean {
  let depth = 0
  for (let i = from; i < to; i++)
    if (isOp(source.tokens[i], '(', ')')) depth += isOp(source.tokens[i], '(') ? 1 : -1
  return depth === 0
}

/** Splits a range at its commas outside brackets; an empty range has no items. */
export function splitList(source: Source, range: Range): Range[] {
  const items: Range[] = []
  let from = range.from
  for (let i = range.from; i < range.to; i++) {
    const t = source.tokens[i]!
    if (t.kind !== 'op') continue
    if (t.value === '(') i = afterParen(source, i, range.to) - 1
    else if (t.value === ',') {
      items.push({ from, to: i })
      from = i + 1
    }
  }
  if (from < range.to) items.push({ from, to: range.to })
  return items
}

/** The words that a statement can begin with. */
export const STARTS = [
  'SELECT',
  'WITH',
  'VALUES',
  'EXPLAIN',
  'INSERT',
  'UPDATE',
  'REPLACE',
  'DELETE',
  'EXEC',
  'SHOW',
  'DESCRIBE',
  'DESC',
  'USE',
  'REGISTRY',
  'CREATE',
  'DROP',
  'REFRESH',
] as const

/** Whether a token begins a line, not the first of the statement, with a word that could begin another statement. */
export function isStartOfLine({ text, tokens }: Source, at: number): boolean {
  const [before, token] = [tokens[at - 1], tokens[at]]
  return (
    before !== undefined
    && token !== undefined
    && isWord(token, ...STARTS)
    && text.slice(before.end, token.start).includes('\n')
  )
}

const known = new WeakMap<Source, ReadonlySet<string>>()

/** The words, names and parameters of a text, in lower case. */
export function wordsOf(source: Source): ReadonlySet<string> {
  const found = known.get(source)
  if (found) return found
  const words = new Set<string>()
  for (const { kind, value } of source.tokens)
    if (kind === 'word' || kind === 'name' || kind === 'param') words.add(value.toLowerCase())
  known.set(source, words)
  return words
}
