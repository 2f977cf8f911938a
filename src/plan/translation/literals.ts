import { dayText } from '../../catalog/times.ts'
import { ConfluentqlError } from '../../errors.ts'
import { isWord } from '../../sql/lexer.ts'
import type { Range, Source } from '../../sql/query.ts'
import { spanOf } from '../names.ts'
import { CONVERSIONS, fill, type Operand } from './operands.ts'

/** A day or a time as SQLite reads it. Of other texts it makes NULL, or takes a number for that of a day. */
const TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?\s*(?:Z|[+-]\d\d:\d\d)?)?$/i

const MEANT: Readonly<Record<string, string>> = {
  today: 'current_date',
  yesterday: 'current_date - 1',
  tomorrow: 'current_date + 1',
}

/** Whether SQLite reads a text as the day or time that it looks like. */
export function isTime(text: string): boolean {
  const [, year, month, day] = TIME.exec(text) ?? []
  return day !== undefined && dayText(Number(year), Number(month), Number(day)) === text.slice(0, 10)
}

/** @throws ConfluentqlError VALUE if tokens are one text, which is no day or time */
export function checkTime(source: Source, range: Range): void {
  const token = source.tokens[range.from]
  if (range.to - range.from !== 1 || token?.kind !== 'string') return
  if (isTime(token.value) || token.value === 'now') return
  const write = MEANT[token.value.toLowerCase()]
  throw new ConfluentqlError('VALUE', `${token.text} is no day or time`, {
    span: spanOf(source, range),
    hint: `write ${write ?? "it as '2026-01-31' or '2026-01-31T08:00:00Z'"}`,
  })
}

/** @throws ConfluentqlError VALUE if an operand is a text that is no day or time */
export function checkTimeOf(source: Source, { parts, to }: Operand): void {
  const [first] = parts
  if (typeof first === 'object' && first.to === to) checkTime(source, first)
}

/** `DATE '2026-01-31'`, `TIMESTAMP '2026-01-31 08:00'`; undefined for another text, which is the name of a result column. */
export function literalAt(source: Source, at: number): Operand | undefined {
  const isDate = isWord(source.tokens[at], 'DATE')
  const text = source.tokens[at + 1]!.value
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined
  const range = { from: at + 1, to: at + 2 }
  checkTime(source, range)
  const isWritten = isDate ? text.length === 10 : /^.{10}T\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(text)
  const [write, kind] = CONVERSIONS[isDate ? 'date' : 'timestamp']!
  // a text between others makes the range of tokens no longer contiguous
  const parts = isWritten ? [' ', range] : fill(write, [range])
  return { to: at + 2, parts, kind, isTranslated: true }
}
