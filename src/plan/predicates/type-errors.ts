import type { ColumnType, Shape } from '../../catalog/types.ts'
import { ConfluentqlError, type Span } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import { isNumber } from '../coerce.ts'
import type { ValueKind } from '../binding/bound.ts'
import { spanOf, writtenText } from '../names.ts'

/** The error for a number, boolean or timestamp that is compared with a text. */
export function textError(name: string, type: ColumnType, text: string, other: Expression): ConfluentqlError {
  const param = other.kind === 'parameter' ? other.source.tokens[other.at]!.text : undefined
  const shown = `'${text.length > 40 ? `${text.slice(0, 39)}…` : text}'${param === undefined ? '' : ` of ${param}`}`
  return new ConfluentqlError(
    'VALUE',
    `${name} is ${type === 'integer' ? 'an' : 'a'} ${type}, which cannot be compared with the text ${shown}`,
    {
      span: spanOf(other.source, other.range),
      hint: type === 'timestamp' ? timeHint(text, other) : typeHint(name, type === 'boolean', text, param),
    },
  )
}

function typeHint(name: string, isBoolean: boolean, text: string, param: string | undefined): string {
  if (isBoolean) {
    const isFalse = /^(?:false|f|no|n|off|0)$/i.test(text.trim())
    return param === undefined
      ? `write ${String(!isFalse)}, without quotes`
      : `give ${param} as ${isFalse ? '0' : '1'}`
  }
  if (isNumber(text))
    return param === undefined ? `write ${text.trim()} without quotes` : `give ${param} as a number`
  return `compare it with a number, or as a text: CAST(${name} AS TEXT)`
}

function timeHint(text: string, other: Expression): string {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$/.exec(text) ?? []
  const format = "strftime('%Y-%m-%dT%H:%M:%SZ', "
  const example =
    day === undefined
      ? `a day or a time, such as '2026-01-31' or '2026-01-31T08:00:00Z'; for a time that is computed, ${format}'now')`
      : other.kind === 'literal' || other.kind === 'parameter'
        ? `'${day}T${time}Z'`
        : `${format}${writtenText(other.source, other.range)})`
  return `the API writes a T before the hour and a Z behind it: write ${example}`
}

export const isBooleanLiteral = (e: Expression): boolean => e.kind === 'literal' && e.type === 'boolean'

/** The error for a text or time that is compared with a number or boolean. */
export function numberError(
  name: string,
  type: ColumnType | 'date',
  value: string,
  other: Expression,
  equality: boolean,
): ConfluentqlError {
  const kind = isBooleanLiteral(other) ? 'boolean' : 'number'
  const number = other.kind === 'literal' && kind === 'boolean' ? other.source.tokens[other.at]!.text : value
  const text =
    kind === 'boolean' || (/^\d{4}$/.test(value) && other.kind === 'literal')
      ? `write '${number.toLowerCase()}'`
      : type === 'date'
        ? "write it as YYYY-MM-DD, such as '2026-01-31', or date('now', '-7 days')"
        : "compare it with a text such as '2026-01-31', or date('now', '-7 days')"
  return new ConfluentqlError(
    'VALUE',
    `${name} is a ${type}, which cannot be compared with the ${kind} ${number}`,
    {
      span: spanOf(other.source, other.range),
      hint:
        type === 'timestamp' || type === 'date'
          ? text
          : `${equality ? `write '${number.toLowerCase()}', or ` : ''}compare it as a number: CAST(${name} AS NUMERIC)`,
    },
  )
}

/** The error for an object or array that is compared with something that no JSON of one is. */
export function nestedError(name: string, shape: Shape, other: Expression): ConfluentqlError {
  return new ConfluentqlError(
    'VALUE',
    `${name} is an ${shape.type}, which cannot be compared with ${writtenText(other.source, other.range)}`,
    { span: spanOf(other.source, other.range), hint: nestedHint(name, shape, other) },
  )
}

function nestedHint(name: string, shape: Shape, other: Expression): string {
  if (shape.type === 'array')
    return `compare its elements: EXISTS (SELECT 1 FROM json_each(${name}) WHERE value = …)`
  const value =
    other.kind === 'literal' && other.type === 'string' ? other.source.tokens[other.at]!.value : ''
  const fields = scalarFields(shape)
  const likely = fields.filter(([, field]) => field.values?.includes(value))
  const named = (likely.length > 0 ? likely : fields).slice(0, 4).map(([path]) => `${name}.${path}`)
  return `compare a field of it: ${named.length > 0 ? named.join(', ') : `${name} ->> '$.…'`}`
}

function scalarFields({ fields = {} }: Shape): [path: string, shape: Shape][] {
  return Object.entries(fields).flatMap(([name, field]): [string, Shape][] =>
    isNested(field)
      ? scalarFields(field).map(([path, shape]) => [`${name}.${path}`, shape])
      : [[name, field]],
  )
}

/** Whether values are objects or arrays, which are texts of JSON to SQLite. */
export const isNested = ({ type }: Shape): boolean => type === 'object' || type === 'array'

/** A text or time that is compared with a number or boolean, of which neither is a constant. */
export interface TypePair {
  readonly text: string
  readonly textType: ValueKind
  readonly number: string
  readonly numberType: ValueKind
  /** The number or boolean. */
  readonly at: Expression
  /** It is something else in another part of a compound query. */
  readonly isMixed: boolean
  readonly equality: boolean
}

export function pairError({
  text,
  textType,
  number,
  numberType,
  at,
  isMixed,
  equality,
}: TypePair): ConfluentqlError {
  const isTime = textType === 'timestamp'
  const write =
    isTime && numberType !== 'boolean'
      ? `compare it with a text such as '2026-01-31', or date('now', '-7 days')`
      : equality || numberType === 'boolean'
        ? `write ${asText(number, numberType, isMixed)}${numberType === 'number' ? ', which is 744 for 744.0' : ''}`
        : `compare it as a number: CAST(${text} AS NUMERIC)`
  return new ConfluentqlError(
    'VALUE',
    `${text} is a ${isTime ? 'timestamp' : 'text'}, which cannot be compared with the ${numberName(numberType)} ${number}`,
    { span: spanOf(at.source, at.range), hint: write },
  )
}

/** The error for a timestamp that is compared with the result of datetime(). */
export function timePairError(time: string, text: string, at: Expression): ConfluentqlError {
  return new ConfluentqlError(
    'VALUE',
    `${time} is a timestamp, which cannot be compared with the text ${text}`,
    {
      span: spanOf(at.source, at.range),
      hint: `the API writes a T before the hour and a Z behind it: write datetime(${time}) instead of ${time}`,
    },
  )
}

/** The error for columns that USING or NATURAL equates. */
export function usingError(
  join: string,
  name: string,
  textType: ValueKind | undefined,
  numberType: ValueKind | undefined,
  span: Span,
): ConfluentqlError {
  const text = textType === 'timestamp' ? 'timestamp' : 'text'
  if (numberType === 'timestamp' || numberType === 'datetime')
    return new ConfluentqlError(
      'VALUE',
      `${join} would compare the timestamp ${name} with the result of datetime()`,
      { span, hint: `write JOIN … ON datetime(a.${name}) = b.${name}, where a has the timestamp` },
    )
  return new ConfluentqlError(
    'VALUE',
    `${join} would compare the ${text} ${name} with the ${numberName(numberType!)} ${name}`,
    {
      span,
      hint: `write JOIN … ON a.${name} = ${asText(`b.${name}`, numberType!)}, where a has the text${numberType === 'number' ? ": 744.0 is '744' then" : ''}`,
    },
  )
}

const numberName = (type: ValueKind): string => (type === 'boolean' ? 'boolean' : 'number')

/** SQL of the text that a text equal to a number or boolean has. */
export function asText(value: string, type: ValueKind, isMixed = false): string {
  if (type === 'boolean')
    return `CASE ${value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ${isMixed ? `ELSE ${value} ` : ''}END`
  if (isMixed)
    return `CASE typeof(${value}) WHEN 'real' THEN format('%.15g', ${value}) ELSE CAST(${value} AS TEXT) END`
  // format() makes a 0 of NULL
  return type === 'number'
    ? `iif(${value} IS NULL, NULL, format('%.15g', ${value}))`
    : `CAST(${value} AS TEXT)`
}
