import type { Value } from '../../catalog/types.ts'
import { ConfluentqlError, type Span } from '../../errors.ts'
import { didYouMean } from '../../plan/names.ts'
import { isSecretName, maskText } from '../../secrets.ts'
import { directiveOf, type CommentLine } from './comments.ts'

type VariableType = 'text' | 'integer' | 'number' | 'boolean' | 'timestamp'

/** A variable that a script declares: `-- var: name type = default -- what it is for`. */
export interface Declaration {
  readonly name: string
  readonly type: VariableType
  /** The default; undefined: a value must be given. */
  readonly value: Value | undefined
  readonly about: string | undefined
  readonly at: Span
}

const FORM = /^([A-Za-z_][A-Za-z0-9_]*)\s+([A-Za-z]+)(?:\s*=\s*('(?:[^']|'')*'|[^\s']\S*))?(?:\s+--\s*(.*))?$/
const TYPES: Readonly<Record<string, VariableType>> = {
  text: 'text',
  string: 'text',
  integer: 'integer',
  int: 'integer',
  number: 'number',
  boolean: 'boolean',
  bool: 'boolean',
  timestamp: 'timestamp',
  date: 'timestamp',
}
const WANTED: Readonly<Record<VariableType, string>> = {
  text: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  timestamp: 'a day (2026-01-31), a time (2026-01-31T12:00:00Z), today or now',
}

/** The declarations among the comments of a script. @throws ConfluentqlError SYNTAX */
export function declarationsOf(lines: readonly CommentLine[]): Map<string, Declaration> {
  const found = new Map<string, Declaration>()
  for (const line of lines) {
    const directive = directiveOf(line.text)
    if (directive?.name !== 'var') continue
    const declaration = readDeclaration(directive.value, { start: line.start, end: line.end })
    if (found.has(declaration.name))
      throw invalid(`variable ${declaration.name} is declared twice`, declaration.at)
    found.set(declaration.name, declaration)
  }
  return found
}

function readDeclaration(text: string, at: Span): Declaration {
  const [, name, typeName, written, about] = FORM.exec(text) ?? []
  if (name === undefined || typeName === undefined)
    throw invalid('cannot read the declaration of a variable', at)
  const type = TYPES[typeName.toLowerCase()]
  if (!type)
    throw invalid(
      `no type ${JSON.stringify(typeName)} for a variable${didYouMean(typeName, Object.keys(TYPES))}`,
      at,
      `types: ${[...new Set(Object.values(TYPES))].join(', ')}`,
    )
  if (written === undefined) return { name, type, value: undefined, about, at }
  const value =
    written.toLowerCase() === 'null'
      ? null
      : coerce(type, written.startsWith("'") ? written.slice(1, -1).replaceAll("''", "'") : written)
  if (value === undefined) throw invalid(`the default of ${name}, ${written}, is not ${WANTED[type]}`, at)
  return { name, type, value, about, at }
}

function invalid(
  message: string,
  span: Span,
  hint = 'write -- var: name type = default -- what it is for',
): ConfluentqlError {
  return new ConfluentqlError('SYNTAX', message, { span, hint })
}

/** Converts a given value to the declared type. @throws ConfluentqlError USAGE that names variable, value and type */
export function declaredValue({ name, type, about }: Declaration, given: Value): Value {
  const value = given === null ? null : coerce(type, String(given))
  if (value !== undefined) return value
  const shown = isSecretName(name) ? 'what was given' : JSON.stringify(maskText(String(given)))
  throw new ConfluentqlError(
    'USAGE',
    `:${name} cannot be ${shown}: it is declared ${type}, ${WANTED[type]}`,
    { ...(about !== undefined && { hint: `${name}: ${about}` }) },
  )
}

/** Converts a text to a type; undefined if it does not fit. */
function coerce(type: VariableType, text: string): Value | undefined {
  if (type === 'text') return text
  if (type === 'timestamp') return instant(text)
  if (type === 'boolean')
    return /^(?:true|yes|on|1)$/i.test(text) ? 1 : /^(?:false|no|off|0)$/i.test(text) ? 0 : undefined
  if (type === 'integer') return /^[+-]?\d{1,18}$/.test(text) ? BigInt(text) : undefined
  const isNumber =
    /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text))
  return isNumber ? (/^[+-]?\d{1,18}$/.test(text) ? BigInt(text) : Number(text)) : undefined
}

/** A timestamp in the form that compares as text: a date, or a time in UTC. A time without a zone is UTC. */
function instant(text: string): string | undefined {
  const now = new Date().toISOString()
  if (text.toLowerCase() === 'today') return now.slice(0, 10)
  if (text.toLowerCase() === 'now') return now
  const [, day, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text) ?? []
  if (day === undefined || !isDay(day)) return undefined
  if (time === undefined) return day
  const offset = zone === undefined ? 'Z' : zone.toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')
  const [whole = '', fraction] = time.split('.')
  const at = new Date(`${day}T${whole.length === 5 ? `${whole}:00` : whole}${offset}`)
  return Number.isNaN(at.getTime())
    ? undefined
    : `${at.toISOString().slice(0, 19)}${fraction === undefined ? '' : `.${fraction}`}Z`
}

function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}

/** The value of a variable without a declaration: a number in canonical form is a number (so that `> :n` compares numbers), anything else text. */
export function inferredValue(text: string): Value {
  const isDecimal = /^-?\d+\.\d+$/.test(text) && String(Number(text)) === text
  return /^(?:0|-?[1-9]\d{0,17})$/.test(text) ? BigInt(text) : isDecimal ? Number(text) : text
}

/** The variables of a statement: given values, converted to their declared types, and declared defaults. */
export function boundValues(
  scope: ReadonlyMap<string, Declaration>,
  given: Readonly<Record<string, Value>>,
): Record<string, Value> {
  const bound: Record<string, Value> = {}
  for (const { name, value } of scope.values()) if (value !== undefined) bound[name] = value
  for (const [name, value] of Object.entries(given)) {
    const declaration = scope.get(name)
    bound[name] = declaration ? declaredValue(declaration, value) : value
  }
  return bound
}
