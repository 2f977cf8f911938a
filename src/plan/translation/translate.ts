import { ConfluentqlError } from '../../errors.ts'
import { isName, isOp, isWord, isWordOf, type Token } from '../../sql/lexer.ts'
import { closingBracket } from '../../sql/nearby.ts'
import { hintForCharacter } from '../../sql/odd-characters.ts'
import type { Range, Source } from '../../sql/query.ts'
import { compose, type Composed, type Part } from '../compose.ts'
import { translateCall, type Reading } from './calls.ts'
import { caseEnd, intervalAt, typeAt } from './forms.ts'
import { times } from './intervals.ts'
import { likeAt } from './like.ts'
import { presentAt } from './present.ts'
import { checkTimeOf, literalAt } from './literals.ts'
import { NO_OPERANDS, OWN_BRACKETS, SIGNS } from './words.ts'
import { quotation, restoration, textOf, withOwnTexts, type Translated } from './quotation.ts'
import {
  append,
  baseOf,
  CONVERSIONS,
  fill,
  merged,
  NUMBERS,
  shift,
  strict,
  type Kind,
  type Operand,
} from './operands.ts'

/** A statement in SQLite's SQL, and what each translated expression was. */
export interface Translation extends Composed {
  /** The name of a result column as typed. */
  restore(name: string): string
  /** A message with the expressions as typed. */
  quoted(message: string): string
}

/** Brackets in brackets that are looked into. */
const MOST_NESTED = 400

/**
 * The statement with forms of Postgres, DuckDB and BigQuery that SQLite does not have replaced by the same in SQLite: intervals, `::date`,
 * date_trunc(), extract(), ILIKE. Undefined if it has none. Forms that would mean something else stay: they are errors with a hint.
 *
 * @throws ConfluentqlError SYNTAX for `::` with a type that SQLite does not have
 */
export function translate(source: Source): Translation | undefined {
  if (!hasSign(source.tokens)) return undefined
  const reader = new Reader(source)
  const parts = reader.partsOf({ from: 0, to: source.tokens.length })
  if (!parts.some(part => typeof part === 'string')) return undefined
  let known: readonly Translated[] | undefined
  const texts = (): readonly Translated[] =>
    (known ??= reader.translated.map(({ range, parts: written }) => ({
      from: compose(source, merged(written), false).source.text.trimEnd(),
      to: textOf(source, range),
    })))
  const restore = (name: string): string => restoration(texts())(name)
  const quoted = (message: string): string => quotation(texts())(message)
  const composed = compose(source, parts, false)
  return { ...composed, run: plan => composed.run(() => withOwnTexts(plan, quoted)), restore, quoted }
}

function hasSign(tokens: readonly Token[]): boolean {
  for (const { kind, value } of tokens)
    if (kind === 'word' ? SIGNS.has(value) : kind === 'op' && value === '::') return true
  return false
}

class Reader implements Reading {
  readonly source: Source
  readonly #tokens: readonly Token[]
  /** The translated expressions, also those in others. */
  readonly translated: { readonly range: Range; readonly parts: readonly Part[] }[] = []
  #depth = 0
  readonly #read = new Map<string, Operand | undefined>()

  constructor(source: Source) {
    this.source = source
    this.#tokens = source.tokens
  }

  /** The tokens of a range with their translation. */
  partsOf({ from, to }: Range): Part[] {
    const parts: Part[] = []
    for (let i = from; i < to;) {
      const found = likeAt(this.#tokens, i, to, range => this.partsBelow(range)) ?? this.#expressionAt(i, to)
      if (!found) this.#refuseCast(i)
      for (const part of found?.parts ?? [{ from: i, to: i + 1 }]) append(parts, part)
      i = found?.to ?? i + 1
      if (typeof parts.at(-1) === 'string' && i < to && !isOp(this.#tokens[i], ',', ')')) parts.push(' ')
    }
    return parts
  }

  /** An operand with the conversions and the intervals behind it. */
  #expressionAt(at: number, to: number): Operand | undefined {
    this.#depth++
    let operand = this.#convertedAt(at, to)
    const isFirst = !isOp(this.#tokens[at - 1], '*', '/', '%', '||', '+', '-', '->', '->>')
    let next = operand
    while (next) {
      operand = next
      next = isFirst ? this.#shifted(operand, to) : undefined
    }
    this.#depth--
    if (operand?.isTranslated)
      this.translated.push({ range: { from: at, to: operand.to }, parts: operand.parts })
    return operand
  }

  shiftedAt(at: number, to: number): Operand | undefined {
    this.#depth++
    const operand = this.#expressionAt(at, to)
    this.#depth--
    return operand
  }

  convertedAt(at: number, to: number): Operand | undefined {
    this.#depth++
    const operand = this.#convertedAt(at, to)
    this.#depth--
    return operand
  }

  /** An operand with the conversions behind it: `x::date`. */
  #convertedAt(at: number, to: number): Operand | undefined {
    let operand = this.#operandAt(at, to)
    const before = this.#tokens[at - 1]
    if (isOp(before, '->', '->>', '.') || (isOp(this.#tokens[at], '(') && isWordOf(before, OWN_BRACKETS)))
      return operand
    while (operand && operand.to < to && isOp(this.#tokens[operand.to], '::')) {
      const next = this.#converted(operand, operand.to + 1)
      if (!next) this.#refuseCast(operand.to)
      operand = next
    }
    return operand
  }

  /** An operand converted to the type at an index; undefined for a type that has no equivalent. */
  #converted(operand: Operand, at: number): Operand | undefined {
    const type = typeAt(this.#tokens, at)
    if (!type) return undefined
    const [write, kind] =
      CONVERSIONS[type.name]
      ?? (Object.hasOwn(NUMBERS, type.name) ? [NUMBERS[type.name]!, 'any' as const] : [])
    if (write === undefined) return undefined
    if (kind !== 'any') checkTimeOf(this.source, operand)
    const parts = fill(write, operand.parts)
    const isRounded = type.scale !== undefined && write.startsWith('exact_number')
    return {
      to: type.to,
      parts: isRounded ? ['round(', ...parts, `, ${type.scale})`] : parts,
      kind: kind ?? 'any',
      isTranslated: true,
    }
  }

  /** `x + interval '1 day'`, `current_date - 30`, the days between two days. */
  #shifted(operand: Operand, to: number): Operand | undefined {
    const sign = this.#tokens[operand.to]
    if (operand.to + 1 >= to || !isOp(sign, '+', '-')) return undefined
    const factor = sign!.value === '-' ? -1 : 1
    const interval = intervalAt(this.#tokens, operand.to + 1)
    if (interval && interval.to <= to) {
      checkTimeOf(this.source, operand)
      return shift(operand, times(interval.value, factor), interval.to)
    }
    if (operand.kind !== 'date') return undefined
    return this.#shiftedByDays(operand, factor, to) ?? this.#daysBetween(operand, factor, to)
  }

  #shiftedByDays(operand: Operand, factor: number, to: number): Operand | undefined {
    const at = operand.to + 1
    const count = this.#tokens[at]!
    if (at < to && isOp(this.#tokens[at + 1], '*', '/', '%', '::')) return undefined
    if (count.kind === 'number' && /^\d{1,9}$/.test(count.text))
      return shift(operand, { months: 0, days: factor * Number(count.text), seconds: 0 }, at + 1)
    if (count.kind !== 'param' || count.text === '?') return undefined
    const days = [factor < 0 ? '(-exact_integer(' : '(exact_integer(', { from: at, to: at + 1 }, '))']
    return {
      to: at + 1,
      parts: [strict('date('), ...baseOf(operand, true), ', ', ...days, " || ' days')"],
      kind: 'date',
      isTranslated: true,
    }
  }

  #daysBetween(operand: Operand, factor: number, to: number): Operand | undefined {
    const other = this.#convertedAt(operand.to + 1, to)
    if (factor > 0 || other?.kind !== 'date') return undefined
    return {
      to: other.to,
      parts: [
        strict('CAST(julianday('),
        ...operand.parts,
        strict(') - julianday('),
        ...other.parts,
        ') AS INTEGER)',
      ],
      kind: 'any',
      isTranslated: true,
    }
  }

  /** A name, a literal, a call, CASE or brackets, translated; undefined for other tokens. It is read once: forms look ahead. */
  #operandAt(at: number, to: number): Operand | undefined {
    const key = `${at} ${to}`
    if (!this.#read.has(key)) this.#read.set(key, this.#readOperand(at, to))
    return this.#read.get(key)
  }

  #readOperand(at: number, to: number): Operand | undefined {
    const [first, next] = [this.#tokens[at]!, this.#tokens[at + 1]]
    const isAfterDot = isOp(this.#tokens[at - 1], '.')
    if (isOp(first, '(')) return this.#bracketsAt(at, to)
    const behind = isAfterDot ? undefined : caseEnd(this.#tokens, at, to)
    if (behind !== undefined && this.#depth <= MOST_NESTED) {
      const inside = this.partsBelow({ from: at + 1, to: behind })
      return { to: behind, parts: [{ from: at, to: at + 1 }, ...inside], kind: 'any' }
    }
    if (first.kind === 'op' || (!isAfterDot && isWordOf(first, NO_OPERANDS))) return undefined
    const plain = (end: number, kind: Kind): Operand => ({ to: end, parts: [{ from: at, to: end }], kind })
    if (first.kind === 'string')
      return plain(at + 1, /^\d{4}-\d\d-\d\d$/.test(first.value) ? 'period' : 'any')
    if (!isName(first)) return plain(at + 1, 'any')
    if (isOp(next, '(') && at + 1 < to) return this.#callAt(at, to)
    if (!isAfterDot && next?.kind === 'string' && isWord(first, 'DATE', 'TIMESTAMP', 'TIMESTAMPTZ'))
      return literalAt(this.source, at)
    if (isWord(first, 'CURRENT_DATE')) return { ...plain(at + 1, 'date'), isToday: true }
    if (isWord(first, 'CURRENT_TIMESTAMP')) {
      const parts = presentAt(this.#tokens, at)
      return parts ? { to: at + 1, parts, kind: 'now', isTranslated: true } : plain(at + 1, 'now')
    }
    let close = at + 1
    while (close + 1 < to && isOp(this.#tokens[close], '.') && isName(this.#tokens[close + 1])) close += 2
    return isOp(this.#tokens[close], '(') && close < to ? undefined : plain(close, 'any')
  }

  #bracketsAt(at: number, to: number): Operand {
    const close = Math.min(closingBracket(this.#tokens, at), to - 1)
    if (this.#depth > MOST_NESTED) return { to: close + 1, parts: [{ from: at, to: close + 1 }], kind: 'any' }
    this.#depth++
    const inner = this.#expressionAt(at + 1, close)
    this.#depth--
    const isWhole = inner?.to === close
    const parts = isWhole ? inner.parts : this.partsBelow({ from: at + 1, to: close })
    return {
      to: close + 1,
      parts: [{ from: at, to: at + 1 }, ...parts, { from: close, to: close + 1 }],
      kind: isWhole ? inner.kind : 'any',
      isTranslated: isWhole && inner.isTranslated === true,
    }
  }

  #callAt(at: number, to: number): Operand {
    const close = Math.min(closingBracket(this.#tokens, at + 1), to - 1)
    if (this.#depth > MOST_NESTED) return { to: close + 1, parts: [{ from: at, to: close + 1 }], kind: 'any' }
    const inside = { from: at + 2, to: close }
    const name = this.#tokens[at]!.text.toLowerCase()
    const found = isOp(this.#tokens[at - 1], '.') ? undefined : translateCall(this, name, inside)
    if (found) return { ...found, to: close + 1, isTranslated: true }
    this.#depth++
    const parts = this.partsOf(inside)
    this.#depth--
    let end = close + 1
    while (isWord(this.#tokens[end], 'FILTER', 'OVER') && end + 1 < to) {
      const isNamed = isWord(this.#tokens[end], 'OVER') && this.#tokens[end + 1]!.kind !== 'op'
      if (!isNamed && !isOp(this.#tokens[end + 1], '(')) break
      end = isNamed ? end + 2 : closingBracket(this.#tokens, end + 1) + 1
    }
    const after = end > close + 1 ? this.partsOf({ from: close + 1, to: end }) : []
    return {
      to: end,
      parts: [{ from: at, to: at + 2 }, ...parts, { from: close, to: close + 1 }, ...after],
      kind: name === 'date' ? 'period' : 'any',
      isTranslated: parts.some(part => typeof part === 'string'),
    }
  }

  partsBelow(range: Range): Part[] {
    this.#depth++
    const parts = this.partsOf(range)
    this.#depth--
    return parts
  }

  /** @throws ConfluentqlError SYNTAX for a `::` that is not translated */
  #refuseCast(at: number): void {
    const token = this.#tokens[at]
    if (!token || !isOp(token, '::')) return
    const hint = hintForCharacter(this.source.text, token.start, this.#tokens.slice(0, at))
    throw new ConfluentqlError('SYNTAX', 'SQLite has no conversion with "::"', {
      span: { start: token.start, end: token.end },
      ...(hint !== undefined && { hint }),
    })
  }
}
