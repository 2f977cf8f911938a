import { isOp, isWord, type Token } from '../../sql/lexer.ts'
import { closingBracket } from '../../sql/nearby.ts'
import { readInterval, times, type Interval } from './intervals.ts'

/** `interval '1 month'`, `interval 1 month`, `interval '1' month`, `'1 month'::interval`, each also with `* 3`. */
export function intervalAt(
  tokens: readonly Token[],
  at: number,
): { readonly value: Interval; readonly to: number } | undefined {
  const [first, second, third] = tokens.slice(at, at + 3)
  let text: string | undefined
  let end = at
  if (isWord(first, 'INTERVAL') && second?.kind === 'string') {
    const isCount = /^[+-]?\d+$/.test(second.value) && third?.kind === 'word'
    text = isCount ? `${second.value} ${third.text}` : second.value
    end = at + (isCount ? 3 : 2)
  } else if (isWord(first, 'INTERVAL') && second?.kind === 'number' && third?.kind === 'word') {
    text = `${second.text} ${third.text}`
    end = at + 3
  } else if (first?.kind === 'string' && isOp(second, '::') && isWord(third, 'INTERVAL')) {
    text = first.value
    end = at + 3
  }
  const value = text === undefined ? undefined : readInterval(text)
  if (!value) return undefined
  let factor = 1
  for (; isOp(tokens[end], '*', '/', '%'); end += 2) {
    const count = tokens[end + 1]
    if (!isOp(tokens[end], '*') || count?.kind !== 'number' || !/^\d{1,6}$/.test(count.text)) return undefined
    factor *= Number(count.text)
  }
  return Number.isSafeInteger(factor) ? { value: times(value, factor), to: end } : undefined
}

/** The index behind the CASE … END at an index; undefined if there is none, or it does not end before `to`. */
export function caseEnd(tokens: readonly Token[], at: number, to: number): number | undefined {
  if (!isWord(tokens[at], 'CASE')) return undefined
  let open = 0
  for (let i = at; i < to; i++) {
    if (isOp(tokens[i - 1], '.')) continue
    if (isWord(tokens[i], 'CASE')) open++
    else if (isWord(tokens[i], 'END') && --open === 0) return i + 1
  }
  return undefined
}

/** The name of a type at an index, and the digits behind the point that it has; undefined if it has digits of another meaning. */
export function typeAt(
  tokens: readonly Token[],
  at: number,
): { readonly name: string; readonly scale?: string; readonly to: number } | undefined {
  const word = tokens[at]
  if (word?.kind !== 'word') return undefined
  const name = word.text.toLowerCase()
  const isDouble = name === 'double' && isWord(tokens[at + 1], 'PRECISION')
  const next = at + (isDouble ? 2 : 1)
  if (!isOp(tokens[next], '(')) return { name, to: next }
  const close = closingBracket(tokens, next)
  const digits = tokens.slice(next + 1, close).map(t => t.text)
  const [, scale = '0'] = /^\d+(?:,(\d+))?$/.exec(digits.join('')) ?? []
  if (name === 'float' && digits.length === 1) return { name, to: close + 1 }
  const isExact = /^(?:numeric|decimal)$/.test(name) && /^\d+(?:,\d+)?$/.test(digits.join(''))
  return isExact ? { name, to: close + 1, scale } : undefined
}
