import type { Range, Source } from '../../sql/query.ts'
import type { SetItem } from '../../sql/statement.ts'
import type { BodyField, Method, Param, Resource, Shape } from '../../catalog/types.ts'
import { ConfluentqlError, type Span } from '../../errors.ts'
import type { PlanContext } from '../context.ts'
import { isAddress } from '../hosts.ts'
import { neededBy, type Given } from '../predicates/needed.ts'
import { insteadOfColumn } from '../instead.ts'
import { didYouMean, fullName, requiredOf, spanOf } from '../names.ts'
import type { CallTarget } from '../plan.ts'

/** The parameter, body field, or path inside a body field that a column of INSERT or SET means to a method. */
export function targetOf(method: Method, path: readonly string[]): CallTarget | undefined {
  const name = path.join('.').toLowerCase()
  const param = method.params.find(p => p.name.toLowerCase() === name)
  const field = method.body?.fields.find(f => f.path.toLowerCase() === name)
  if (field) return { kind: 'body', name: field.path, shape: field, ...(param && { param: param.name }) }
  if (param) return { kind: 'param', name: param.name, shape: param }
  const fields = method.body?.fields ?? []
  const above = fields.find(f => f.type === 'object' && name.startsWith(`${f.path.toLowerCase()}.`))
  if (above) return fieldInside(above, path)
  const below = fields.filter(f => f.path.toLowerCase().startsWith(`${name}.`))
  if (below.length > 0)
    return {
      kind: 'body',
      name: below[0]!.path.split('.').slice(0, path.length).join('.'),
      shape: { type: 'object' },
    }
  return undefined
}

/** The body field that SET of UPDATE and REPLACE assigns to. Parameters of the request, such as keys, belong in WHERE. */
export function settable(method: Method, path: readonly string[]): CallTarget | undefined {
  const target = targetOf(method, path)
  return target?.kind === 'body' ? { kind: 'body', name: target.name, shape: target.shape } : undefined
}

/** A field inside an object field of the body. */
function fieldInside(above: BodyField, path: readonly string[]): CallTarget | undefined {
  const depth = above.path.split('.').length
  const names = [above.path]
  let shape: Shape = above
  for (const name of path.slice(depth)) {
    const known = Object.keys(shape.fields ?? {})
    const key = known.find(k => k.toLowerCase() === name.toLowerCase())
    if (key === undefined && known.length > 0) return undefined
    names.push(key ?? name)
    shape = (key === undefined ? undefined : shape.fields?.[key]) ?? { type: 'string' }
  }
  return { kind: 'body', name: names.join('.'), shape }
}

/** Required body fields that SET does not assign. */
export function unsetFields(method: Method, set: readonly SetItem[]): readonly BodyField[] {
  return unassignedFields(method, set).filter(f => f.required)
}

/** Body fields that SET assigns neither as a whole nor in part. */
export function unassignedFields(method: Method, set: readonly SetItem[]): readonly BodyField[] {
  return (
    method.body?.fields.filter(
      f => !set.some(i => overlaps(i.path.join('.').toLowerCase(), f.path.toLowerCase())),
    ) ?? []
  )
}

const overlaps = (given: string, wanted: string): boolean =>
  given === wanted || wanted.startsWith(`${given}.`) || given.startsWith(`${wanted}.`)

/**
 * Refuses a field of the body together with a part of it: the two values might contradict each other.
 * @param ranges where the targets are written
 * @throws ConfluentqlError VALUE
 */
export function rejectParts(targets: readonly CallTarget[], ranges: readonly Range[], source: Source): void {
  const paths = targets.map(t => (t.kind === 'body' ? t.name.toLowerCase() : undefined))
  for (const [i, part] of paths.entries()) {
    const whole = targets[paths.findIndex(path => path !== undefined && part?.startsWith(`${path}.`))]?.name
    if (whole === undefined) continue
    throw new ConfluentqlError('VALUE', `"${targets[i]!.name}" is a part of "${whole}", which is given too`, {
      span: spanOf(source, ranges[i]!),
      hint: `give the parts of ${whole} one by one, or ${whole} as a whole`,
    })
  }
}

/** The error for a column that no method of INSERT takes. */
export function notInsertable(
  resource: Resource,
  methods: readonly Method[],
  path: readonly string[],
  span: Span,
  context: Pick<PlanContext, 'catalog'>,
): ConfluentqlError {
  const takes = methods.flatMap(m => [...fieldPaths(m), ...m.params.map(p => p.name)])
  return notTaken(resource, takes, path, span, context)
}

/** The error for an assignment that no method of UPDATE or REPLACE takes. */
export function notSettable(
  resource: Resource,
  methods: readonly Method[],
  path: readonly string[],
  span: Span,
  context: Pick<PlanContext, 'catalog'>,
): ConfluentqlError {
  const name = path.join('.').toLowerCase()
  const fields = methods.flatMap(fieldPaths)
  const param = methods
    .flatMap(m => m.params)
    .find(p => p.name.toLowerCase() === name || p.column?.toLowerCase() === name)
  if (!param) return notTaken(resource, fields, path, span, context)
  const isKey = param.column !== undefined
  return new ConfluentqlError(
    'VALUE',
    `"${path.join('.')}" of ${fullName(resource)} ${isKey ? 'says which row is meant' : 'is a parameter of the request'}, so it cannot be set`,
    { span, hint: `give it in WHERE: ${param.column ?? param.name} = …; SET takes ${listed(fields)}` },
  )
}

const fieldPaths = (method: Method): string[] => method.body?.fields.map(f => f.path) ?? []
const listed = (names: readonly string[]): string => [...new Set(names)].join(', ') || 'nothing'

function notTaken(
  resource: Resource,
  takes: readonly string[],
  path: readonly string[],
  span: Span,
  { catalog }: Pick<PlanContext, 'catalog'>,
): ConfluentqlError {
  const name = path.join('.')
  const hint = `it takes ${listed(takes)}`
  const isColumn = resource.columns.some(c => c.name.toLowerCase() === path[0]?.toLowerCase())
  if (isColumn)
    return new ConfluentqlError(
      'VALUE',
      `"${name}" of ${fullName(resource)} cannot be set: the API decides it`,
      { span, hint },
    )
  return new ConfluentqlError(
    'UNKNOWN_NAME',
    `no column "${name}" to set in ${fullName(resource)}${didYouMean(name, takes)}`,
    { span, hint: insteadOfColumn(name, resource, catalog) ?? hint },
  )
}

/** Names of required parameters and fields that are not among the targets. `values`: what the statement gives for a parameter. */
export function uncovered(
  method: Method,
  targets: readonly CallTarget[],
  provider: string,
  values: (param: Param) => readonly Given[],
  context: PlanContext,
): string[] {
  const given = targets.map(t => t.name.toLowerCase())
  const isGiven = (name: string): boolean =>
    given.some(g => g === name || name.startsWith(`${g}.`) || g.startsWith(`${name}.`))
  const url = neededBy(values, method, provider, context)
    .filter(isAddress)
    .map(p => p.name)
  return [...new Set([...requiredOf(method), ...url])].filter(name => !isGiven(name.toLowerCase()))
}

/** The methods of a verb. @throws ConfluentqlError UNSUPPORTED that names the statements of the resource */
export function methodsFor(resource: Resource, verb: Method['verb'], span: Span): readonly Method[] {
  const found = resource.methods.filter(m => m.verb === verb)
  if (found.length > 0) return found
  const unsupported = resource.unsupported?.filter(u => u.verb === verb) ?? []
  const verbs = [...new Set(resource.methods.map(m => m.verb.toUpperCase()))]
  const other =
    verb === 'update' && verbs.includes('REPLACE')
      ? 'use REPLACE … SET … WHERE, which sets the whole resource'
      : `it has ${verbs.join(', ')}; SHOW METHODS IN ${fullName(resource)} lists them`
  const why = unsupported.map(u => `${u.name} cannot be called: ${u.reason}`).join('; ')
  throw new ConfluentqlError(
    'UNSUPPORTED',
    `${fullName(resource)} has no ${verb.toUpperCase()}${why === '' ? '' : `: ${why}`}`,
    { span, hint: other },
  )
}
