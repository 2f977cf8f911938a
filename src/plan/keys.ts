import type { BodyField, Method, Resource } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Source } from '../sql/query.ts'
import type { SetItem, Statement } from '../sql/statement.ts'
import type { Disjunction } from './predicates/constraints.ts'
import type { PlanContext } from './context.ts'
import { neededParams } from './access/hosts.ts'
import { suppliers } from './access/missing.ts'
import { fullName, spanOf } from './names.ts'
import type { Option } from './options.ts'
import { settable } from './targets.ts'

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
interface Given {
  readonly resource: Resource
  readonly methods: readonly Method[]
  readonly set: readonly SetItem[]
  readonly options: readonly Option[]
  readonly keys: Keys
}

/**
 * The method that carries a change out: one whose keys WHERE gives, and that takes what SET and the options say.
 * @throws ConfluentqlError MISSING_PARAMETER that says which keys or fields are missing
 */
export function chooseMethod(s: Change, given: Given, source: Source, context: PlanContext): Method {
  const { resource, methods, set, options, keys } = given
  const fits = methods.filter(
    m => set.every(i => settable(m, i.path)) && options.every(o => m.params.some(p => p.name === o.name)),
  )
  const isKnown = (path: string | undefined): boolean =>
    path !== undefined && keys.known.every(a => a.has(path))
  const missing = (m: Method): string[] =>
    neededParams(m, resource.provider, context)
      .filter(p => !isKnown(p.column) && !options.some(o => o.name === p.name))
      .map(p => p.column ?? p.name)
  const found = fits.find(m => missing(m).length === 0)
  if (!found) throw missingKeys(s, resource, missing(fits[0] ?? methods[0]!), source, context)
  const fields = unsetFields(found, set).filter(f => !isKnown(f.path))
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

function missingKeys(
  s: Change,
  resource: Resource,
  names: readonly string[],
  source: Source,
  context: PlanContext,
): ConfluentqlError {
  const verb = s.kind.toUpperCase()
  const own = resource.methods.some(
    m => m.verb === 'select' && m.params.every(p => !p.required || p.name !== names[0]),
  )
  const [supplier] = own ? [] : suppliers(context.catalog, resource, names[0]!)
  const column = supplier?.split('.').at(-1) ?? names[0]
  const table = supplier?.split('.').slice(0, -1).join('.') ?? fullName(resource)
  return new ConfluentqlError(
    'MISSING_PARAMETER',
    `${verb} of ${fullName(resource)} needs ${names.map(n => `"${n}"`).join(' and ')}: nothing is sent without the keys of the rows`,
    {
      span: spanOf(source, s.target.range),
      hint: `add WHERE ${names.map(n => `${n} = '…'`).join(' AND ')}, or pick rows with WHERE ${names[0]} IN (SELECT ${column} FROM ${table} WHERE …)`,
    },
  )
}

/** Fields that the body must have and SET does not give; where WHERE says what one is, it stays that. */
export function unsetFields(method: Method, set: readonly SetItem[]): readonly BodyField[] {
  return (
    method.body?.fields.filter(
      f => f.required && !set.some(i => covers(i.path.join('.').toLowerCase(), f.path.toLowerCase())),
    ) ?? []
  )
}

const covers = (given: string, wanted: string): boolean =>
  given === wanted || wanted.startsWith(`${given}.`) || given.startsWith(`${wanted}.`)
