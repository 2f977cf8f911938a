import { keyPart, keyParts } from '../../catalog/keys.ts'
import { shapeAt } from '../../catalog/compile/shapes.ts'
import type { Column, Method, Resource, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { fullName } from '../../plan/names.ts'
import type { CallsPlan } from '../../plan/plan.ts'
import { quote, valueText } from '../../plan/splice.ts'
import type { Prepared } from './body.ts'
import { MASK } from '../../secrets.ts'
import { withoutSecrets } from '../secrets.ts'

/** Adds to the error of a change whose outcome is unknown the SELECT that shows whether it was carried out; returns other errors unchanged. */
export function withLookupHint(plan: CallsPlan, prepared: Prepared, error: unknown): unknown {
  if (!(error instanceof ConfluentqlError) || !error.uncertain) return error
  const sql = lookupSelect(plan, prepared)
  if (sql === undefined) return error
  const { code, message, status, cause } = error
  const before = plan.verb === 'DELETE' ? 'Look whether it is still there' : 'Look whether it was carried out'
  return new ConfluentqlError(code, message, {
    hint: `${before} before you send it again: ${sql}`,
    uncertain: true,
    cause,
    ...(status !== undefined && { status }),
  })
}

/** Most conditions besides the required keys. */
const MAX_CONDITIONS = 3
/** Longer texts are not used in conditions. */
const MAX_LENGTH = 100

/** The SELECT for the row that a call should have made, changed or deleted, by the values sent; undefined if they suffice for no method. */
export function lookupSelect(plan: CallsPlan, prepared: Prepared): string | undefined {
  const { resource } = plan
  const sent = valuesSent(plan, prepared)
  const selects = resource.methods
    .filter(m => m.verb === 'select' && hasAllColumns(m, resource))
    .map(method => ({
      method,
      keys: method.params
        .filter(p => p.required)
        .map(p => (p.column !== undefined && sent.has(p.column) ? p.column : p.name)),
    }))
    .filter(({ keys }) => keys.every(key => sent.has(key)))
  // prefer the method with the most keys
  const [best] = selects.sort((a, b) => b.keys.length - a.keys.length)
  if (best === undefined) return undefined
  const url = best.method.params.find(p => p.in === 'host')?.name
  const address = url !== undefined && sent.has(url) ? [url] : []
  const keys = [...new Set([...address, ...best.keys])]
  const more = best.method.single
    ? []
    : [...sent.keys()]
        .filter(path => !keys.includes(path) && isComparable(resource, best.method, path))
        .slice(0, MAX_CONDITIONS)
  const where = [...keys, ...more].map(
    path => `${keyParts(path).map(name).join('.')} = ${valueText(sent.get(path)!)}`,
  )
  return `SELECT * FROM ${fullName(resource)}${where.length > 0 ? ` WHERE ${where.join(' AND ')}` : ''}`
}

/** Whether a method's rows have all columns of the resource. */
function hasAllColumns({ columns }: Method, resource: Resource): boolean {
  return !columns || resource.columns.every(({ name: wanted }) => columns.some(c => c.name === wanted))
}

/** The values sent, by column path, without secrets. */
function valuesSent(plan: CallsPlan, { args, body }: Prepared): Map<string, Value> {
  const { method, resource } = plan
  const sent = new Map<string, Value>()
  for (const [param, values] of Object.entries(args)) {
    const found = method.params.find(p => p.name === param)
    if (values.length === 1 && values[0] !== null) sent.set(found?.column ?? param, values[0]!)
  }
  for (const [path, value] of leaves(withoutSecrets(body, method, resource).shown, [])) sent.set(path, value)
  for (const { name: column, isInput } of resource.columns) {
    if (!isInput || sent.has(column)) continue
    // the id of a parent may be sent as spec.environment.id, for example
    const path = [...sent.keys()].find(p => p.endsWith(`.${column}.id`) || p.endsWith(`.${column}`))
    if (path !== undefined) sent.set(column, sent.get(path)!)
  }
  return sent
}

function leaves(value: unknown, path: readonly string[]): (readonly [string, Value])[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value).flatMap(([key, v]) => leaves(v, [...path, key]))
  if ((typeof value === 'string' && value.includes(MASK)) || path.length === 0) return []
  if (typeof value === 'boolean') return [[path.join('.'), value ? 1 : 0]]
  const isPlain =
    typeof value === 'number'
    || typeof value === 'bigint'
    || (typeof value === 'string' && value.length <= MAX_LENGTH)
  return isPlain ? [[path.join('.'), value]] : []
}

/** Whether rows can be compared by the value at a path: a known scalar column or field without secrets. */
function isComparable(resource: Resource, method: Method, path: string): boolean {
  const columns: readonly Column[] = resource.columns.filter(
    c => !c.isInput || method.params.some(p => p.column === keyPart(c.name)),
  )
  const shape = shapeAt(columns, path)
  if (shape === undefined || shape === 'open' || shape.secret) return false
  return shape.type !== 'object' && shape.type !== 'array'
}

function name(text: string): string {
  return /^[a-z_]\w*$/i.test(text) ? text : quote(text)
}
