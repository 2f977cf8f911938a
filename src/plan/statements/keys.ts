import { keyText } from '../../catalog/keys.ts'
import type { BodyField, Method, Param, Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import { nameText } from '../../sql/operators.ts'
import type { Source } from '../../sql/query.ts'
import type { SetItem, Statement } from '../../sql/statement.ts'
import type { Disjunction } from '../predicates/constraints.ts'
import { neededBy, type Given } from '../predicates/needed.ts'
import type { PlanContext } from '../context.ts'
import { addressHints, isAddress } from '../hosts.ts'
import { sourcesOf } from '../key-sources.ts'
import { fullName, spanOf } from '../names.ts'
import type { Option } from './options.ts'
import { unassignedFields, settable, unsetFields } from './targets.ts'
import { allKeysHint, isData } from './whole-keys.ts'

export type Change = Extract<Statement, { kind: 'update' | 'replace' | 'delete' }>

/** What WHERE says about the rows to change. */
export interface Keys {
  readonly known: Disjunction
  /** The values that it gives for a parameter, an item for each conjunction. */
  readonly given: (param: Param) => readonly Given[]
  /** WHERE consists of conditions on keys, so no row has to be read. */
  readonly isKeysOnly: boolean
  /** The values of SET are the same for all rows. */
  readonly isConstant: boolean
  readonly alias: string
}

/** A change, as its method is chosen. */
export interface ChangeParts {
  readonly statement: Change
  readonly resource: Resource
  readonly methods: readonly Method[]
  readonly set: readonly SetItem[]
  /** Conditions of WHERE that select rows. */
  readonly conditions: readonly Expression[]
  readonly options: readonly Option[]
  readonly keys: Keys
}

/**
 * The method of a change: one whose keys WHERE gives, and that takes what SET and the options assign.
 * @throws ConfluentqlError MISSING_PARAMETER that says which keys or fields are missing
 */
export function chooseMethod(change: ChangeParts, source: Source, context: PlanContext): Method {
  const { statement: s, resource, methods, set, options, keys } = change
  const fits = methods.filter(
    m => set.every(i => settable(m, i.path)) && options.every(o => m.params.some(p => p.name === o.name)),
  )
  if (fits.length === 0) throw notTogether(change, source)
  const missing = (m: Method): string[] =>
    neededBy(keys.given, m, resource.provider, context)
      .filter(p => !isKnown(keys, p.column) && !options.some(o => o.name === p.name))
      .map(p => p.column ?? p.name)
  const found = fits.find(m => missing(m).length === 0)
  if (!found) {
    const method = fits[0]!
    throw missingKeys({ ...change, method }, missing(method), source, context)
  }
  const unchanged = unchangedFields({ ...change, method: found })
  const fields = unsetFields(found, set).filter(f => !unchanged.includes(f))
  if (fields.length === 0) return found
  throw new ConfluentqlError(
    'MISSING_PARAMETER',
    `${s.kind.toUpperCase()} of ${fullName(resource)} must also set ${fields.map(f => `"${f.path}"`).join(' and ')}`,
    {
      span: spanOf(source, s.target.range),
      hint: `add it to SET; its current value can be given in WHERE: AND ${fields.map(f => `${f.path} = …`).join(' AND ')}`,
    },
  )
}

/** The error if no method takes all assignments and options together. */
function notTogether(
  { statement: s, resource, methods, set, options }: ChangeParts,
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

/** Whether WHERE gives the value of a column in every row. */
export function isKnown({ known }: Keys, column: string | undefined): boolean {
  return column !== undefined && known.every(a => a.has(column))
}

function missingKeys(
  change: ChangeParts & { readonly method: Method },
  names: readonly string[],
  source: Source,
  context: PlanContext,
): ConfluentqlError {
  const { statement: s, resource, method } = change
  const complete = allKeysHint(change, names, source, context)
  // a hidden column is asked for by the name of its parameter
  const isHidden = (name: string): boolean => resource.columns.some(c => c.name === name && c.isHidden)
  const shown = names.map(n => keyText((isHidden(n) && method.params.find(p => p.column === n)?.name) || n))
  const conditions = shown.map(n => `${n.split('.').map(nameText).join('.')} = '…'`).join(' AND ')
  const pair = pairText(change, names)
  const added =
    pair !== undefined
      ? `take it from the row that has the id: ${pair}`
      : !s.where
        ? `add WHERE ${conditions}`
        : hasOr(change)
          ? `write WHERE (…) AND ${conditions}`
          : `add AND ${conditions}`
  return new ConfluentqlError(
    'MISSING_PARAMETER',
    `${s.kind.toUpperCase()} of ${fullName(resource)} needs ${shown.map(n => `"${n}"`).join(' and ')}: nothing is sent without the keys of the rows`,
    {
      span: spanOf(source, s.target.range),
      hint: `${added}${sourcesOf(resource, names, [])}${complete === undefined ? '' : `, or ${complete}`}${addressHints(
        change.methods,
        shown,
        resource.provider,
        context.catalog,
      )
        .map(hint => `; ${hint}`)
        .join('')}`,
    },
  )
}

/** A condition that takes a missing base URL from the same rows of the parent as the ids; undefined if one condition gives the id. */
function pairText(
  { resource, method, keys }: ChangeParts & { readonly method: Method },
  names: readonly string[],
): string | undefined {
  const [url, another] = method.params.filter(p => names.includes(p.column ?? ''))
  if (url?.in !== 'host' || another) return undefined
  for (const parent of resource.parents ?? []) {
    if (!('table' in parent) || !Object.hasOwn(parent.keys, url.column!)) continue
    const ids = Object.keys(parent.keys).filter(key => isKnown(keys, key))
    const isOne = keys.known.every(c =>
      ids.every(key => c.get(key)!.some(o => o.kind === 'values' && o.values.length === 1)),
    )
    if (ids.length === 0 || isOne) return undefined
    const columns = [...ids, url.column!]
    return `(${columns.join(', ')}) IN (SELECT ${columns.map(c => parent.keys[c]).join(', ')} FROM ${parent.table} WHERE …)`
  }
  return undefined
}

/** Whether WHERE is an OR, so a condition appended to it would bind to its last part only. */
export function hasOr({ conditions }: ChangeParts): boolean {
  return conditions.length === 1 && conditions[0]!.kind === 'or'
}

/** Whether requests of a method have no key apart from the body. */
function isKeyless(method: Method): boolean {
  return !method.params.some(p => p.column !== undefined && !isAddress(p))
}

/**
 * Rejects conditions for a method whose request has no key: it would write the values of SET whichever rows WHERE
 * selects. They are allowed if there is only one row, which they may exclude.
 * @throws ConfluentqlError UNSUPPORTED
 */
export function rejectKeyless(
  { statement: s, resource, conditions }: ChangeParts,
  method: Method,
  source: Source,
): void {
  const isSingleton = resource.methods.some(
    m => m.verb === 'select' && m.single === true && m.params.every(p => !p.required),
  )
  if (conditions.length === 0 || isSingleton || !isKeyless(method)) return
  throw new ConfluentqlError(
    'UNSUPPORTED',
    `${s.kind.toUpperCase()} of ${fullName(resource)} sends no key: the values that it writes identify the row`,
    {
      span: spanOf(source, conditions[0]!.range),
      hint: 'give the key in SET, or as column = value in WHERE, which takes no other conditions',
    },
  )
}

/**
 * Fields that SET does not assign and that are sent unchanged: those whose value WHERE gives, if they are required or are
 * keys in the body of a REPLACE; and all required fields of an UPDATE that reads its rows.
 */
export function unchangedFields(change: ChangeParts & { readonly method: Method }): readonly BodyField[] {
  const { statement: s, resource, method, set, keys } = change
  const known = knownFields(method, set, keys)
  if (s.kind !== 'update' || isDirect(change)) return known
  const read = unsetFields(method, set).filter(f => !known.includes(f) && isData(resource, f.path))
  return [...known, ...read]
}

function knownFields(method: Method, set: readonly SetItem[], keys: Keys): readonly BodyField[] {
  const isKey = (f: BodyField): boolean =>
    method.verb === 'replace' && (isKeyless(method) || method.params.some(p => p.column === f.path))
  return unassignedFields(method, set).filter(f => (f.required || isKey(f)) && isKnown(keys, f.path))
}

/** Whether WHERE and SET alone give everything that the requests need, so no row has to be read. */
export function isDirect({ method, set, keys }: ChangeParts & { readonly method: Method }): boolean {
  const sent = new Set([
    ...method.params.flatMap(p => (isKnown(keys, p.column) ? [p.column!] : [])),
    ...knownFields(method, set, keys).map(f => f.path),
  ])
  return keys.isKeysOnly && keys.isConstant && keys.known.every(a => [...a.keys()].every(k => sent.has(k)))
}
