import { ConfluentqlError } from '../../errors.ts'
import type { Call, Cast, Comparison, Expression } from '../../sql/expression.ts'
import { isInBrackets } from '../../sql/nearby.ts'
import { conversionTo } from '../../sql/odd-characters.ts'
import type { Binder } from '../binding/binder.ts'
import { coresOf, pathOf, type BoundQuery } from '../binding/bound.ts'
import { onlyOrigin } from '../binding/origins.ts'
import { nodesOf, operationsIn } from '../binding/traverse.ts'
import { kindOf, typed, valueType } from '../binding/value-types.ts'
import { isNumeric } from '../coerce.ts'
import { spanOf } from '../names.ts'
import { unsupportedCode } from '../time-formats.ts'
import { timeType } from './type-checks.ts'

/**
 * Rejects forms of other databases that SQLite accepts in another meaning, so that the result would be silently wrong:
 * - `CAST(x AS date)` and other types that SQLite takes for numbers: CAST('2026-01-31' AS date) is 2026;
 * - `strftime(x, '%Y')`, the order of arguments of DuckDB, which is NULL;
 * - `strftime('%b', x)` and other codes that SQLite does not have, which make it NULL;
 * - `now - created_at` and `day + 1`: SQLite computes with the years that the texts begin with;
 * - `date(n)` of a column of numbers, which SQLite takes for Julian days;
 * - `'n: ' || n + 1`, which adds to the text that is joined first;
 * - `name + '-old'`, which is 0 for texts;
 * - `1 < n < 5`, which compares 1 or 0 with 5, and `a = b IN (…)`, which looks for it in the list;
 * - `column['field']`, where the brackets are SQLite's quotes around an alias.
 * @throws ConfluentqlError SYNTAX
 */
export function checkMistakenForms(binder: Binder, root: BoundQuery): void {
  for (const e of operationsIn(nodesOf(root.query))) {
    if (e.kind === 'cast') checkCast(binder, e)
    if (e.kind === 'call' && e.name === 'strftime') checkFormat(binder, e)
    if (e.kind === 'call' && Object.hasOwn(TAKE_TIMES, e.name)) checkTimeArgument(binder, e)
    if (e.kind === 'comparison') checkChain(binder, e)
    if (e.kind === 'in list' || e.kind === 'in query' || e.kind === 'match') checkFirst(binder, e, e.left)
    if (e.kind === 'between') checkFirst(binder, e, e.operand)
    if (e.kind === 'binary' && ['+', '-', '*', '/', '%'].includes(e.operator)) checkArithmetic(binder, e)
  }
  for (const { core } of coresOf(root))
    for (const { expr, alias } of core.items) if (alias !== undefined) checkSubscript(binder, expr)
}

/** Comparisons in a row: the result of the first one is 1 or 0, which is hardly meant to be less than something, or equal to a number. */
function checkChain(binder: Binder, e: Comparison): void {
  const [first, other] = isChained(e.left) ? [e.left, e.right] : [e.right, e.left]
  if (!isChained(first) || isChained(other)) return
  const isBoolean = kindOf(other, binder) === 'boolean' || /^(?:true|false|1|0)$/i.test(textOf(binder, other))
  if (isBoolean && (e.operator === '=' || e.operator === '<>')) return
  const middle = first === e.left ? first.right : first.left
  const rest = first === e.left ? [middle, e.operator, other] : [other, e.operator, middle]
  const text = (part: Expression | string): string => (typeof part === 'string' ? part : textOf(binder, part))
  const parts = [textOf(binder, first), rest.map(text).join(' ')]
  throw new ConfluentqlError('SYNTAX', `${textOf(binder, e)} compares the 1 or 0 of ${parts[0]!}`, {
    span: spanOf(e.source, e.range),
    hint: `write ${(first === e.left ? parts : parts.toReversed()).join(' AND ')}, or brackets around ${parts[0]!} if its 1 or 0 is meant`,
  })
}

/** `a = b IN (0, 1)`, where SQLite compares a with b first. */
function checkFirst(binder: Binder, e: Expression, first: Expression): void {
  if (!isChained(first)) return
  if (e.kind === 'in list' && e.list.every(item => kindOf(item, binder) === 'boolean')) return
  const [text, compared] = [textOf(binder, e), textOf(binder, first)]
  const { source, range } = first.right
  const rest = binder.splices.original(source, { from: range.from, to: e.range.to })
  throw new ConfluentqlError('SYNTAX', `${text} compares the 1 or 0 of ${compared}`, {
    span: spanOf(e.source, e.range),
    hint: `write brackets around ${rest}, or around ${compared} if its 1 or 0 is meant`,
  })
}

const isChained = (e: Expression): e is Comparison => e.kind === 'comparison' && !isInBrackets(e)

/** Functions that take a time, by the index of that argument. */
const TAKE_TIMES: Readonly<Record<string, number>> = {
  date: 0,
  time: 0,
  datetime: 0,
  julianday: 0,
  unixepoch: 0,
  strftime: 1,
}

/** A number without a modifier that says what it counts is taken for a Julian day, which no number of an API is. */
function checkTimeArgument(binder: Binder, e: Call): void {
  const at = TAKE_TIMES[e.name]!
  const [time, ...modifiers] = e.args.slice(at)
  const column = time && binder.columnOf(time)
  if (!column || !isNumeric(column.shape.type) || onlyOrigin(pathOf(column))?.relation.kind !== 'ref') return
  if (modifiers.some(m => m.kind !== 'literal' || /^(?:unixepoch|auto|julianday)$/i.test(valueOf(m)))) return
  const name = textOf(binder, time)
  throw new ConfluentqlError('VALUE', `${name} is a number, which ${e.name}() takes for a Julian day`, {
    span: spanOf(e.source, e.range),
    hint: `write datetime(${name}, 'unixepoch') if it counts seconds, or datetime(${name} / 1000, 'unixepoch') if it counts milliseconds`,
  })
}

const valueOf = ({ source, at }: Extract<Expression, { kind: 'literal' }>): string => source.tokens[at]!.value

const textOf = (binder: Binder, e: Expression): string => binder.splices.original(e.source, e.range)

function checkCast(binder: Binder, e: Cast): void {
  const [type = ''] = e.type.toLowerCase().split(/[ (]/)
  const isBoolean = /^bool(?:ean)?$/.test(type)
  const write = conversionTo(type)
  if (write === undefined || /AS (?:INTEGER|REAL)/.test(write) || /int|char|text/.test(type)) return
  if (isBoolean && valueType(e.operand, binder) !== 'string') return
  const operand = textOf(binder, e.operand)
  throw new ConfluentqlError('SYNTAX', `SQLite has no type ${type}: CAST makes a number of the value`, {
    span: spanOf(e.source, e.range),
    hint: `write ${isBoolean ? `${operand} = 'true'` : write.replaceAll('{x}', () => operand)}`,
  })
}

function checkFormat(binder: Binder, e: Call): void {
  const [first, second] = e.args
  const isFormat = (x: Expression | undefined): boolean =>
    x?.kind === 'literal' && x.type === 'string' && x.source.tokens[x.at]!.value.includes('%')
  if (first?.kind === 'literal' && first.type === 'string') checkCodes(binder, valueOf(first), e)
  if (!first || !isFormat(second) || isFormat(first) || first.kind === 'parameter') return
  throw new ConfluentqlError('SYNTAX', 'strftime() takes the format first, then the time', {
    span: spanOf(e.source, e.range),
    hint: `write strftime(${textOf(binder, second!)}, ${textOf(binder, first)})`,
  })
}

/** strftime() is NULL for every row if its format has a code that SQLite does not have. */
function checkCodes(binder: Binder, format: string, e: Call): void {
  const found = unsupportedCode(
    format,
    e.args.slice(1).map(arg => textOf(binder, arg)),
  )
  if (!found) return
  throw new ConfluentqlError('SYNTAX', `strftime() of SQLite has no ${found.code}: it would be NULL`, {
    span: spanOf(e.source, e.range),
    hint:
      found.write === undefined
        ? 'leave it out; there are %Y, %m, %d, %H, %M, %S, %j (day of the year), %w (0 is Sunday), %G and %V (ISO year and week)'
        : `write ${found.write}`,
  })
}

/** Whether an expression is a time or a day, which is a text that begins with the year. */
function isTime(binder: Binder, e: Expression): boolean {
  const column = typed(binder.columnOf(e), binder)
  const kind = kindOf(e, binder)
  if (kind === 'day' || kind === 'timestamp' || kind === 'datetime') return true
  if ((column && timeType(column) !== undefined) || /^current_(?:date|timestamp)$/i.test(textOf(binder, e)))
    return true
  if (e.kind === 'literal' && e.type === 'string') return /^\d{4}-\d\d-\d\d/.test(valueOf(e))
  if (e.kind !== 'call') return false
  const [format] = e.args
  const isDayFormat =
    format?.kind === 'literal' && /%Y-%m-|%[FT]/.test(format.source.tokens[format.at]!.value)
  return e.name === 'strftime' && isDayFormat
}

function checkArithmetic(binder: Binder, e: Extract<Expression, { kind: 'binary' }>): void {
  const sides = [e.left, e.right]
  const joined = sides.find(side => side.kind === 'binary' && side.operator === '||' && !isInBrackets(side))
  if (joined)
    throw new ConfluentqlError(
      'SYNTAX',
      `"||" comes before "${e.operator}" in SQLite, which would compute with the text ${textOf(binder, joined)}`,
      { span: spanOf(e.source, e.range), hint: `write brackets around the operands of "${e.operator}"` },
    )
  const word = sides.find(isWord)
  if (word)
    throw new ConfluentqlError(
      'SYNTAX',
      `${textOf(binder, word)} is a text, which is 0 for "${e.operator}"`,
      {
        span: spanOf(e.source, e.range),
        hint:
          e.operator === '+'
            ? `write ${textOf(binder, e.left)} || ${textOf(binder, e.right)}`
            : 'write a number',
      },
    )
  const time = sides.find(side => isTime(binder, side))
  if (!time) return
  const other = time === e.left ? e.right : e.left
  const count = /^\d+$/.exec(textOf(binder, other))?.[0]
  const isOfYears = count !== undefined && e.operator === '-' && (other === e.left || count.length === 4)
  const day = (side: Expression): string =>
    valueType(side, binder) === 'number' ? textOf(binder, side) : `julianday(${textOf(binder, side)})`
  const hint =
    count === undefined && e.operator === '-'
      ? `write ${day(e.left)} - ${day(e.right)}, which are days; unixepoch() gives seconds`
      : isOfYears
        ? `write ${sides.map(side => (side === time ? `strftime('%Y', ${textOf(binder, time)})` : count)).join(' - ')}, which are years`
        : `write date(${textOf(binder, time)}, '${e.operator === '-' ? '-' : '+'}${count ?? 'N'} days')`
  throw new ConfluentqlError('SYNTAX', `a time is a text: "${e.operator}" would compute with its year`, {
    span: spanOf(e.source, e.range),
    hint,
  })
}

/** A text that is no number, nor a time, of which other messages say more. */
const isWord = (e: Expression): boolean =>
  e.kind === 'literal' && e.type === 'string' && !/^\s*[+-]?\.?\d|^now$/i.test(valueOf(e))

function checkSubscript(binder: Binder, { source, range, kind }: Expression): void {
  const alias = source.tokens[range.to]
  const isAdjacent = alias?.start === source.tokens[range.to - 1]!.end
  if (kind !== 'column' || !isAdjacent || !/^\[(?:'|"|-?\d+\])/.test(alias.text)) return
  const column = binder.splices.original(source, range)
  const key = alias.value.replace(/^'(.*)'$/s, '$1')
  const isField = /^[A-Za-z_]\w*$/.test(key)
  throw new ConfluentqlError('SYNTAX', `${alias.text} after ${column} would only be its name in the result`, {
    span: spanOf(source, { from: range.from, to: range.to + 1 }),
    hint: `write ${isField ? `${column}.${key}` : `${column} ->> ${/^-?\d+$/.test(key) ? key : `'${key.replaceAll("'", "''")}'`}`}`,
  })
}
