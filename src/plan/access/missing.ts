import type { Method, Param, Range } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { keyOf, type BoundCore, type ColumnPath, type TableRef } from '../binding/bound.ts'
import type { Disjunction } from '../predicates/constraints.ts'
import type { PlanContext } from '../context.ts'
import { sourcesOf } from '../key-sources.ts'
import { addressHints } from '../hosts.ts'
import { fullName, spanOf } from '../names.ts'
import { lowerBound } from './bound-hints.ts'
import type { Conditions } from './conditions.ts'
import { neededFor, covers } from './covers.ts'

/** The error for tables that no method can read: for each table the missing parameters of each method, and columns that have them. */
export function missingParameters(
  context: PlanContext,
  conditions: Conditions,
  refs: readonly TableRef[],
  known: (ref: TableRef) => Disjunction,
  isBounded: (ref: TableRef, method: Method) => boolean,
): ConfluentqlError {
  const [first] = refs
  const messages = refs.map(r => describe(context, conditions, r, known(r), m => isBounded(r, m)))
  return new ConfluentqlError('MISSING_PARAMETER', messages.map(m => m.message).join('; '), {
    hint: [...new Set(messages.flatMap(m => m.hints))].join('; '),
    ...(first && { span: spanOf(first.site?.source ?? first.source, first.site?.name ?? first.name) }),
  })
}

function describe(
  context: PlanContext,
  conditions: Conditions,
  ref: TableRef,
  known: Disjunction,
  isBounded: (method: Method) => boolean,
): { message: string; hints: string[] } {
  const name = fullName(ref.resource)
  const { cores } = conditions
  const missing = (m: Method): Param[] => [
    ...neededFor(m, ref, known, context).filter(
      p => !known.every(a => p.column !== undefined && a.has(p.column)),
    ),
    ...m.params.filter(p => p.range === 'from' && !isBounded(m)),
  ]
  const all = ref.resource.methods.filter(m => m.verb === 'select')
  const covering = all.filter(m => covers(m, ref))
  const selects = covering.length > 0 ? covering : all
  if (selects.length === 0) {
    const verbs = [...new Set(ref.resource.methods.map(m => m.verb.toUpperCase()))]
    return {
      message: `${name} cannot be read: ${unreadable(ref) || 'it has no SELECT method'}`,
      hints: [`its methods are for ${verbs.join(', ')}; SHOW METHODS IN ${name} lists them`],
    }
  }
  const alternatives = selects.map(m => missing(m).map(p => p.name)).sort((a, b) => a.length - b.length)
  const listed = (names: readonly string[]): string =>
    names
      .map(n => {
        const range = selects.find(m => m.range?.from === n)?.range
        if (!range) return `"${n}"`
        return `${range.open === undefined ? 'bounds' : 'a lower bound'} of "${range.column}"`
      })
      .join(' and ')
  const options = [...new Set(alternatives.map(listed))]
  if (options.includes(''))
    return {
      message: `${name} needs a value that no other table can give first`,
      hints: ['two tables need values from each other: give one of the values in WHERE'],
    }
  const shortest = alternatives.find(names => names.length > 0) ?? []
  const unusable = selects.flatMap(missing).find(p => p.column !== undefined && ref.unusable.has(p.column))
  if (unusable) {
    const hint =
      ref.unusable.get(unusable.column!) === 'number'
        ? `${unusable.name} is compared with a number, which both '1' and '01' equal, so no request can select all matches: compare it with a text, CAST(… AS TEXT) of an integer or iif(… IS NULL, NULL, format('%.15g', …)) of a number`
        : `${unusable.name} is compared with an expression whose value changes, such as random(): store it first, with CREATE TEMP TABLE … AS SELECT …`
    return { message: `${name} needs ${options.join(', or ')}`, hints: [hint] }
  }
  // Behind a view, the user can only name what the view calls the column.
  const visibleName = (param: string): string => {
    const { column } = selects.flatMap(m => m.params).find(p => p.name === param) ?? {}
    return (column !== undefined && ref.site && columnOfView(cores, ref, column)) || param
  }
  const rangeOf = (param: string): Range | undefined => selects.find(m => m.range?.from === param)?.range
  const exampleOf = (param: string): string => {
    const range = rangeOf(param)
    if (range)
      return (
        (range.open === undefined ? undefined : lowerBound(conditions, ref, range))
        ?? openBounds((ref.site && columnOfView(cores, ref, range.column)) ?? range.column, range)
      )
    const column = visibleName(param)
    return `${/^\w+$/.test(column) || column.includes('.') ? column : `"${column}"`} = '…'`
  }
  const isRange = shortest.every(rangeOf)
  const join = isRange ? '' : `, or join a table that has it${sourcesOf(ref.resource, shortest, selects)}`
  const examples = shortest.map(exampleOf)
  const open = shortest.find((n, i) => rangeOf(n) && examples[i]!.includes("'…'"))
  const hints = [
    `add WHERE ${examples.join(' AND ')}${join}`,
    ...(open === undefined ? [] : [formOf(rangeOf(open)!)]),
  ]
  return {
    message: `${name} needs ${options.join(', or ')}`,
    hints: [
      ...hints,
      ...endpointHints(context, ref, selects, shortest),
      ...[unreadable(ref)].filter(text => text !== ''),
      ...addressHints(selects, shortest, ref.resource.provider, context.catalog),
    ],
  }
}

/** Why SELECT methods of a table's documents cannot be called; empty if there are none. */
function unreadable({ resource }: TableRef): string {
  const all = resource.unsupported?.filter(u => u.verb === 'select') ?? []
  return all.map(u => `${u.name} cannot be called: ${u.reason}`).join('; ')
}

/** Conditions that bound a range, for a hint: a day in it would be taken for the one that is meant. */
function openBounds(column: string, { open }: Range): string {
  return `${column} >= '…'${open === undefined ? ` AND ${column} < '…'` : ''}`
}

/** How the bounds of a range are written. */
function formOf({ unit }: Range): string {
  return unit === 'day' ? "a day is written as '2026-10-01'" : "a time is written as '2026-10-01T08:00:00Z'"
}

/** The name that a view gives to a column of a resource in it. */
function columnOfView(cores: readonly BoundCore[], ref: TableRef, key: string): string | undefined {
  const isKeyOfRef = (from: ColumnPath): boolean => {
    const { relation, column, path } = from
    if (relation.kind === 'ref')
      return relation.ref === ref && keyOf(from).toLowerCase() === key.toLowerCase()
    const query =
      relation.kind === 'derived'
        ? relation.query
        : relation.kind === 'cte' && !relation.cte.recursive
          ? relation.cte.query
          : undefined
    return (
      query?.cores.some(c =>
        c.outputs?.some(
          o =>
            o.name.toLowerCase() === column.toLowerCase()
            && o.from !== undefined
            && path.length === 0
            && isKeyOfRef(o.from),
        ),
      ) ?? false
    )
  }
  const relations = cores.filter(c => c.parent.query.source === ref.site?.source).flatMap(c => c.relations)
  return relations.flatMap(relation =>
    relation.kind === 'ref'
      ? []
      : (relation.columns ?? []).filter(c => isKeyOfRef({ relation, column: c.name, path: [] })),
  )[0]?.name
}

/** Where to find the base URL, if it is missing. */
function endpointHints(
  { catalog }: PlanContext,
  ref: TableRef,
  methods: readonly Method[],
  missing: readonly string[],
): string[] {
  const hosts = [...new Set(methods.map(m => catalog.provider(ref.resource.provider)?.hosts[m.host]))]
  return hosts.flatMap(host => {
    const param = methods.flatMap(m => m.params).find(p => p.in === 'host' && p.name === host?.urlParam)
    if (!param || !missing.includes(param.name)) return []
    return `${param.name}: ${param.about ?? 'base URL'}; a profile can have it${host?.urlEnv === undefined ? '' : `, or ${host.urlEnv}`}`
  })
}
