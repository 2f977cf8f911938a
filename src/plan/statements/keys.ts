import type { BodyField, Method, Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Source } from '../../sql/query.ts'
import type { SetItem, Statement } from '../../sql/statement.ts'
import type { Disjunction } from '../predicates/constraints.ts'
import type { PlanContext } from '../context.ts'
import { neededParams } from '../hosts.ts'
import { suppliers } from '../access/missing.ts'
import { fullName, spanOf } from '../names.ts'
import type { Option } from './options.ts'
import { fieldsBeside, settable, unsetFields } from './targets.ts'
import { byWholeKeys, isData } from './whole-keys.ts'

export type Change = Extract<Statement, { kind: 'update' | 'replace' | 'delete' }>

/** What WHERE says of the rows to change. */
export interface Keys {
  readonly known: Disjunction
  /** WHERE says nothing but values of keys: no row need be read. */
  readonly whole: boolean
  /** The values of SET are the same for all rows. */
  readonly constant: boolean
  readonly alias: string
}

/** What a change gives to the method that carries it out. */
export interface Given {
  readonly statement: Change
  readonly resource: Resource
  readonly methods: readonly Method[]
  readonly set: readonly SetItem[]
  /** Conditions of WHERE that pick rows. */
  readonly conditions: readonly Expression[]
  readonly options: readonly Option[]
  readonly keys: Keys
}

/**
 * The method that carries a change out: one whose keys WHERE gives, and that takes what SET and the options say.
 * @throws ConfluentqlError MISSING_PARAMETER that says which keys or fields are missing
 */
export function chooseMethod(given: Given, source: Source, context: PlanContext): Method {
  const { statement: s, resource, methods, set, options, keys } = given
  const fits = methods.filter(
    m => set.every(i => settable(m, i.path)) && options.every(o => m.params.some(p => p.name === o.name)),
  )
  if (fits.length === 0) throw notTogether(given, source)
  const missing = (m: Method): string[] =>
    neededParams(m, resource.provider, context)
      .filter(p => !isKnown(keys, p.column) && !options.some(o => o.name === p.name))
      .map(p => p.column ?? p.name)
  const found = fits.find(m => missing(m).length === 0)
  if (!found) {
    const method = fits[0]!
    throw missingKeys({ ...given, method }, missing(method), source, context)
  }
  const kept = keptFields({ ...given, method: found })
  const fields = unsetFields(found, set).filter(f => !kept.includes(f))
  if (fields.length === 0) return found
  throw new ConfluentqlError(
    'MISSING_PARAMETER',
    `${s.kind.toUpperCase()} of ${fullName(resource)} must also set ${fields.map(f => `"${f.path}"`).join(' and ')}`,
    {
      span: spanOf(source, s.target.range),
      hint: `add it to SET; what it is already can be said in WHERE: AND ${fields.map(f => `${f.path} = …`).join(' AND ')}`,
    },
  )
}

/** The error where each assignment and option has a method that takes it, and no method takes all. */
function notTogether(
  { statement: s, resource, methods, set, options }: Given,
  source: Source,
): ConfluentqlError {
  const names = [...set.map(i => i.path.join('.')), ...options.map(o => o.name)]
  const takes = (m: Method): string =>
    [...(m.body?.fields.map(f => f.path) ?? []), ...m.params.flatMap(p => (p.column ? [] : [p.name]))].join(
      ', ',
    )
  return new ConfluentqlError(
    'VALUE',
    `no ${s.kind.toUpperCase()} of ${fullName(resource)} takes ${names.join(' and ')} together`,
    {
      span: spanOf(source, s.target.range),
      hint: `write a statement for each: ${methods.map(m => `${m.name} takes ${takes(m)}`).join('; ')}`,
    },
  )
}

/** Whether WHERE says what a column equals in each row. */
export function isKnown({ known }: Keys, column: string | undefined): boolean {
  return column !== undefined && known.every(a => a.has(column))
}

function missingKeys(
  given: Given & { readonly method: Method },
  names: readonly string[],
  source: Source,
  context: PlanContext,
): ConfluentqlError {
  const { statement: s, resource } = given
  const complete = byWholeKeys(given, names, source, context)
  const supply = names.flatMap(n =>
    suppliers(context.catalog, resource, n)
      .slice(0, 1)
      .map(c => `${n} is ${c}`),
  )
  const conditions = names.map(n => `${n} = '…'`).join(' AND ')
  const added = !s.where
    ? `add WHERE ${conditions}`
    : hasOr(given)
      ? `write WHERE (…) AND ${conditions}`
      : `add AND ${conditions}`
  return new ConfluentqlError(
    'MISSING_PARAMETER',
    `${s.kind.toUpperCase()} of ${fullName(resource)} needs ${names.map(n => `"${n}"`).join(' and ')}: nothing is sent without the keys of the rows`,
    {
      span: spanOf(source, s.target.range),
      hint: `${added}${supply.length === 0 ? '' : ` (${supply.join(', ')})`}${complete === undefined ? '' : `, or let a SELECT give all keys of the rows: ${complete}`}`,
    },
  )
}

/** Whether WHERE is an OR, so that what is added behind it would belong to its last part alone. */
function hasOr({ conditions }: Given): boolean {
  return conditions.length === 1 && conditions[0]!.kind === 'or'
}

/** Whether a request says only in its body which row is meant. */
export function isKeyless(method: Method): boolean {
  return !method.params.some(p => p.column !== undefined && p.in !== 'host')
}

/**
 * Refuses a WHERE that picks rows for a method whose request has no key: it would write what SET says, whichever rows
 * WHERE picks. Of what there is but one, WHERE may say whether it is changed.
 * @throws ConfluentqlError UNSUPPORTED
 */
export function refuseKeyless(
  { statement: s, resource, conditions }: Given,
  method: Method,
  source: Source,
): void {
  const isOnly = resource.methods.some(
    m => m.verb === 'select' && m.single === true && m.params.every(p => !p.required),
  )
  if (conditions.length === 0 || isOnly || !isKeyless(method)) return
  throw new ConfluentqlError(
    'UNSUPPORTED',
    `${s.kind.toUpperCase()} of ${fullName(resource)} has no key in its request: what it writes says which row is meant`,
    {
      span: spanOf(source, conditions[0]!.range),
      hint: 'say once what names the row, in SET or as column = value in WHERE; other conditions are for a SELECT',
    },
  )
}

/**
 * Fields that SET does not give and that are sent as they are: those that WHERE says, if the body must have them or they are
 * keys of what is written as a whole; and of an UPDATE that reads its rows, all that the body must have.
 */
export function keptFields(given: Given & { readonly method: Method }): readonly BodyField[] {
  const { statement: s, resource, method, set, keys } = given
  const known = knownFields(method, set, keys)
  if (s.kind !== 'update' || isKeysOnly(given)) return known
  const read = unsetFields(method, set).filter(f => !known.includes(f) && isData(resource, f.path))
  return [...known, ...read]
}

function knownFields(method: Method, set: readonly SetItem[], keys: Keys): readonly BodyField[] {
  const isKey = (f: BodyField): boolean =>
    method.verb === 'replace' && (isKeyless(method) || method.params.some(p => p.column === f.path))
  return fieldsBeside(method, set).filter(f => (f.required || isKey(f)) && isKnown(keys, f.path))
}

/** Whether WHERE says nothing but what the request takes, and SET the same for all rows: no row need be read. */
export function isKeysOnly({ method, set, keys }: Given & { readonly method: Method }): boolean {
  const named = new Set([
    ...method.params.flatMap(p => (isKnown(keys, p.column) ? [p.column!] : [])),
    ...knownFields(method, set, keys).map(f => f.path),
  ])
  return keys.whole && keys.constant && keys.known.every(a => [...a.keys()].every(k => named.has(k)))
}
