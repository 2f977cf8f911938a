import { isOp, isWord } from '../../sql/lexer.ts'
import { closingBracket } from '../../sql/nearby.ts'
import type { Range, Source } from '../../sql/query.ts'
import { splitList } from '../../sql/tokens.ts'
import type { Part } from '../compose.ts'
import { PARTS, PERIODS } from '../other-functions.ts'
import { isDivided } from './divided.ts'
import { intervalAt, typeAt } from './forms.ts'
import { times } from './intervals.ts'
import { blanksFor, presentParts } from './present.ts'
import { checkTime } from './literals.ts'
import { CONVERSIONS, fill, formatOf, shift, strict, type Operand } from './operands.ts'

/** Reads what is in the brackets of a call. */
export interface Reading {
  readonly source: Source
  /** The tokens of a range with their translation. */
  partsBelow(range: Range): Part[]
  /** An operand with the conversions behind it. */
  convertedAt(at: number, to: number): Operand | undefined
  /** An operand with the conversions and the intervals behind it. */
  shiftedAt(at: number, to: number): Operand | undefined
}

const PRESENT = /^(?:now|current_timestamp|getdate)$/
const CURRENT_DAY = /^(?:today|curdate|current_date)$/
/** Parts of times that all databases count alike; those of others are hints. */
const SAME_PARTS = /^(?:years?|quarter|months?|days?|hours?|minutes?|week|doy|dow|isodow|epoch)$/
const DAYS_AT_LEAST = /^(?:year|quarter|month|week|day)$/

/** The translation of a call of another database; undefined if it is none, or not exactly the same. */
export function translateCall(r: Reading, name: string, inside: Range): Omit<Operand, 'to'> | undefined {
  const { from, to } = inside
  if (from === to) {
    if (PRESENT.test(name)) return { parts: presentParts(name), kind: 'now' }
    return CURRENT_DAY.test(name)
      ? { parts: [`date(${blanksFor(name)}'now')`], kind: 'date', isToday: true }
      : undefined
  }
  const of = (range: Range): Part[] => r.partsBelow(range)
  const divider = (word: string): number => {
    let at = from
    while (at < to && !isWord(r.source.tokens[at], word))
      at = isOp(r.source.tokens[at], '(') ? closingBracket(r.source.tokens, at) + 1 : at + 1
    return Math.min(at, to)
  }
  if (name === 'cast') {
    const as = divider('AS')
    const type = as < to ? typeAt(r.source.tokens, as + 1) : undefined
    const [write, kind] = type?.to === to ? (CONVERSIONS[type.name] ?? []) : []
    if (write === undefined) return undefined
    checkTime(r.source, { from, to: as })
    return { parts: fill(write, of({ from, to: as })), kind: kind! }
  }
  const [first, second, ...more] = splitList(r.source, inside)
  if (name === 'extract') {
    const word = divider('FROM')
    return partOfTime(r, wordOf(r.source, { from, to: word }), { from: word + 1, to }, inside)
  }
  if (!first || more.length > 0) return undefined
  if (!second) return /^(?:year|month)$/.test(name) ? partOfTime(r, name, first, inside) : undefined
  if (name === 'date_part') return partOfTime(r, wordOf(r.source, first), second, inside)
  if (name === 'date_trunc') {
    const isBigQuery = r.source.tokens[first.from]!.kind !== 'string'
    return period(r, wordOf(r.source, isBigQuery ? second : first), isBigQuery ? first : second)
  }
  if (name === 'to_char') {
    const format = formatOf(r.source.tokens[second.from], second)
    return format === undefined
      ? undefined
      : { parts: [strict(`strftime(${format}, `), ...of(first), ')'], kind: 'any' }
  }
  const factor = /^(?:date|timestamp)_(?:(add)|sub)$/.exec(name)
  const interval = factor && intervalAt(r.source.tokens, second.from)
  if (interval?.to !== second.to) return undefined
  const operand = r.convertedAt(first.from, first.to)
  if (operand?.to !== first.to) return undefined
  return shift(operand, times(interval.value, factor![1] === undefined ? -1 : 1), second.to)
}

function wordOf({ tokens }: Source, { from, to }: Range): string {
  const token = tokens[from]
  if (to - from !== 1 || !token || !['word', 'string'].includes(token.kind)) return ''
  return token.value.toLowerCase()
}

function period(r: Reading, unit: string, range: Range): Omit<Operand, 'to'> | undefined {
  if (!Object.hasOwn(PERIODS, unit)) return undefined
  const parts = fill(PERIODS[unit]!.replaceAll('$2', '{x}'), r.partsBelow(range))
  return { parts, kind: DAYS_AT_LEAST.test(unit) ? 'period' : 'time' }
}

function partOfTime(r: Reading, unit: string, range: Range, call: Range): Omit<Operand, 'to'> | undefined {
  if (!SAME_PARTS.test(unit)) return undefined
  const difference = differenceAt(r, range)
  // these parts are no integers in Postgres, and a division has a fraction
  const isNumeric = unit !== 'epoch' && isDivided(r.source.tokens, call)
  const [opening, closing] = isNumeric ? ['(1.0 * (', '))'] : ['(', ')']
  if (difference) {
    const [a, b] = difference.map(side => fill(PARTS['epoch']!.replaceAll('$2', '{x}'), side))
    // a difference of such numbers is rarely exact
    const seconds: Part[] = ['round(', ...a!, ' - ', ...b!, ', 3)']
    if (unit === 'epoch') return { parts: seconds, kind: 'any' }
    if (!/^days?$/.test(unit)) return undefined
    return { parts: [opening, 'CAST(', ...seconds, ' / 86400 AS INTEGER)', closing], kind: 'any' }
  }
  return {
    parts: [opening, ...fill(PARTS[unit]!.replaceAll('$2', '{x}'), r.partsBelow(range)), closing],
    kind: 'any',
  }
}

/** The operands of `a - b`, which is an interval in a part of a time. */
function differenceAt(
  r: Reading,
  { from, to }: Range,
): readonly [readonly Part[], readonly Part[]] | undefined {
  if (isOp(r.source.tokens[from], '(') && closingBracket(r.source.tokens, from) === to - 1)
    return differenceAt(r, { from: from + 1, to: to - 1 })
  // a day with a number of days before it is a day
  const whole = r.shiftedAt(from, to)
  if (whole?.to === to && whole.kind !== 'any') return undefined
  const left = r.convertedAt(from, to)
  const isMinus = left && left.to + 1 < to && isOp(r.source.tokens[left.to], '-')
  if (isMinus && intervalAt(r.source.tokens, left.to + 1)) return undefined
  const right = isMinus ? r.convertedAt(left.to + 1, to) : undefined
  const isCount = ['number', 'param'].includes(r.source.tokens[left ? left.to + 1 : to]?.kind ?? '')
  return left && right?.to === to && !isCount ? [left.parts, right.parts] : undefined
}
