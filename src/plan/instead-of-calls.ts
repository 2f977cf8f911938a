import { isName, isOp, isWord } from '../sql/lexer.ts'
import { closingBracket, textBetween } from '../sql/nearby.ts'
import type { Source } from '../sql/query.ts'
import { splitList } from '../sql/tokens.ts'
import { ADVICE, DIFFERENCES, PARTS, PERIODS, REPLACEMENTS, TABLE_FUNCTIONS } from './other-functions.ts'
import { insteadOfDateFormat, insteadOfToChar } from './time-formats.ts'

/** A call in a text: the texts of its arguments. */
export interface WrittenCall {
  readonly name: string
  readonly args: readonly string[]
}

/** The call whose name is at an index. `extract(unit FROM t)` has two arguments. */
export function callAt(source: Source, at: number): WrittenCall {
  const { text, tokens } = source
  const close = closingBracket(tokens, at + 1)
  const inside = { from: at + 2, to: isOp(tokens[close], ')') ? close : close + 1 }
  const from = tokens.findIndex((t, i) => i >= inside.from && i < inside.to && isWord(t, 'FROM'))
  const parts =
    isWord(tokens[at], 'EXTRACT') && from > 0
      ? [
          { from: inside.from, to: from },
          { from: from + 1, to: inside.to },
        ]
      : splitList(source, inside)
  return {
    name: (tokens[at]?.text ?? '').toLowerCase(),
    args: parts.map(p => textBetween(text, tokens, p.from, p.to)),
  }
}

/** What to write instead of a call of another database's function; undefined if nothing is known. */
export function insteadOfCall(source: Source, at: number): string | undefined {
  const call = callAt(source, at)
  const [unit = '', first = 't', second = 't'] = call.args
  const plain = unit.replace(/^'(.*)'$/s, '$1').toLowerCase()
  const times = ['', first, second]
  switch (call.name) {
    case 'date_trunc':
    case 'datetrunc':
      if (call.args.length > 2) return 'leave the time zone out: the times of the API are in UTC'
      return writeUnit(PERIODS, plain, times)
    case 'date_part':
    case 'datepart':
    case 'extract':
      return writeUnit(PARTS, plain, times)
    case 'date_diff':
    case 'datediff':
    case 'timestampdiff':
      return call.args.length === 2
        ? write('CAST(julianday($2) - julianday($3) AS INTEGER)', ['', unit, first])
        : writeUnit(DIFFERENCES, plain.replace(/s$/, ''), times)
    case 'to_char':
    case 'date_format':
      return insteadOfFormat(call)
  }
  if (isSeries(call.name)) return `write value instead, and FROM ${series(call.name, call.args)}`
  if (call.args.length === 1 && Object.hasOwn(PARTS, call.name)) return write(PARTS[call.name]!, ['', unit])
  if (Object.hasOwn(REPLACEMENTS, call.name)) return write(REPLACEMENTS[call.name]!, call.args)
  return Object.hasOwn(ADVICE, call.name) ? ADVICE[call.name] : undefined
}

/** A replacement by the unit of a call. Of a unit that has none, another one would be another time. */
function writeUnit(
  templates: Readonly<Record<string, string>>,
  unit: string,
  times: readonly string[],
): string | undefined {
  if (Object.hasOwn(templates, unit)) return write(templates[unit]!, times)
  const [, first = 't'] = times
  const swapped = first.toLowerCase()
  if (Object.hasOwn(templates, swapped)) return write(templates[swapped]!, ['', unit])
  const known = Object.keys(templates).filter(
    name => !name.endsWith('s') || !(name.slice(0, -1) in templates),
  )
  return `the units are ${known.join(', ')}`
}

/** A replacement with arguments; `…` stands for those that the call does not have. */
export function write(template: string, args: readonly string[]): string {
  const filled = template.replace(
    /(\(|, |)\$(\d|\*)(?=(\)|,|))/g,
    (_, before: string, n: string, after: string) => {
      if (n === '*') return before + args.join(', ')
      const arg = args[Number(n) - 1] ?? '…'
      const isAlone = (before !== '' && after !== '') || isOperand(arg)
      return before + (isAlone ? arg : `(${arg})`)
    },
  )
  return `write ${filled}`
}

/** Whether a text can stand beside an operator without brackets. */
function isOperand(text: string): boolean {
  return /^(?:…|[\w.]+|'[^']*'|[\w.]+\([^()]*\)|\([^()]*\))$/.test(text)
}

/** What to write for a function whose format has no equivalent in one call. */
function insteadOfFormat({ name, args }: WrittenCall): string {
  const [value = 't', format = ''] = args
  const text = /^'(.*)'$/s.exec(format)?.[1]?.replaceAll("''", "'")
  const found =
    text === undefined || args.length !== 2
      ? undefined
      : name === 'to_char'
        ? insteadOfToChar(text, value)
        : insteadOfDateFormat(text, [value])
  return found === undefined
    ? `write strftime('%Y-%m', ${value}) for months, date(${value}) for days: nothing here writes ${format || 'other formats'}`
    : `write ${found}`
}

/** What to write instead of a table function of another database; undefined if nothing is known. */
export function insteadOfTableFunction(source: Source, at: number): string | undefined {
  const { name, args } = callAt(source, at)
  if (!isSeries(name)) {
    const text = Object.hasOwn(TABLE_FUNCTIONS, name) ? TABLE_FUNCTIONS[name]! : undefined
    return text?.startsWith('write ') ? write(text.slice('write '.length), args) : text
  }
  const alias = aliasAfter(source, closingBracket(source.tokens, at + 1) + 1)
  return `write ${series(name, args, alias)}`
}

const isSeries = (name: string): boolean => name === 'generate_series' || name === 'range'

/**
 * The query for a series of numbers, days or times. That of range() ends before its last argument.
 * @param alias of the function, which statements use for its values
 */
function series(name: string, args: readonly string[], alias?: string): string {
  const [first = '…', last = '…', by = '1'] = args.length === 1 ? ['0', args[0]] : args
  const isOfTimes = /'|date|time|now/i.test(first) || /'/.test(by)
  const [step, time] = isOfTimes ? timeStep(by) : [by]
  const [start, end, next] = time
    ? [`${time}(${first})`, `${time}(${last})`, `${time}(value, '${step}')`]
    : [first, last, `value + ${step}`]
  const before = (step.startsWith('-') ? '>' : '<') + (name === 'range' ? '' : '=')
  return `(WITH RECURSIVE series(value) AS (VALUES (${start}) UNION ALL SELECT ${next} FROM series WHERE ${next} ${before} ${end}) SELECT value${alias === undefined ? '' : ` AS ${alias}`} FROM series)`
}

/** The modifier of SQLite's functions of times for a step such as `interval '1 week'`, and the function that keeps its unit. */
function timeStep(by: string): readonly [step: string, time: 'date' | 'datetime'] {
  const [, sign, digits = '1', unit = 'day'] = /(-?)(\d+)\W*([a-z]+?)s?\W*$/i.exec(by) ?? []
  const isOfWeeks = /^week$/i.test(unit)
  const count = Number(digits) * (isOfWeeks ? 7 : 1)
  const name = isOfWeeks ? 'day' : unit.toLowerCase()
  return [`${sign || '+'}${count} ${name}s`, /^(?:day|month|year)$/.test(name) ? 'date' : 'datetime']
}

/** The alias at an index: a statement uses that of a series for its value. */
function aliasAfter({ tokens }: Source, at: number): string | undefined {
  const name = isWord(tokens[at], 'AS') ? tokens[at + 1] : tokens[at]
  const isClause = isWord(name, 'WHERE', 'LEFT', 'JOIN', 'CROSS', 'INNER', 'GROUP', 'ORDER', 'LIMIT', 'ON')
  return isName(name) && !isClause ? name.text : undefined
}
