import { shapeAt } from '../catalog/shapes.ts'
import type { Column, Method, Resource, Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { fullName } from '../plan/names.ts'
import type { CallsPlan } from '../plan/plan.ts'
import { quote, valueText } from '../plan/splice.ts'
import type { Prepared } from './body.ts'
import { MASK } from '../secrets.ts'
import { withoutSecrets } from './secrets.ts'

/** The error of a change whose outcome is unknown, with the SELECT that tells what became of it; any other as it is. */
export function withLook(plan: CallsPlan, prepared: Prepared, error: unknown): unknown {
  if (!(error instanceof ConfluentqlError) || !error.uncertain) return error
  const sql = lookFor(plan, prepared)
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

/** Conditions beyond the keys that a SELECT needs. */
const MOST = 3
/** A longer text makes no condition. */
const LONGEST = 100

/** The SELECT that finds what a call was to make, change or delete, by what was sent; undefined where no method can be called with that. */
export function lookFor(plan: CallsPlan, prepared: Prepared): string | undefined {
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
  // by its keys where they are known: what has most of them
  const [best] = selects.sort((a, b) => b.keys.length - a.keys.length)
  if (best === undefined) return undefined
  const url = best.method.params.find(p => p.in === 'host')?.name
  const address = url !== undefined && sent.has(url) ? [url] : []
  const keys = [...new Set([...address, ...best.keys])]
  const more = best.method.single
    ? []
    : [...sent.keys()]
        .filter(path => !keys.includes(path) && isComparable(resource, best.method, path))
        .slice(0, MOST)
  const where = [...keys, ...more].map(
    path => `${path.split('.').map(name).join('.')} = ${valueText(sent.get(path)!)}`,
  )
  return `SELECT * FROM ${fullName(resource)}${where.length > 0 ? ` WHERE ${where.join(' AND ')}` : ''}`
}

/** Whether a method serves `SELECT *`. */
function hasAllColumns({ columns }: Method, resource: Resource): boolean {
  return !columns || resource.columns.every(({ name: wanted }) => columns.some(c => c.name === wanted))
}

/** Values that were sent, by the paths of columns; no secrets. */
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
    // the id of a parent is sent as spec.environment.id, say
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
    || (typeof value === 'string' && value.length <= LONGEST)
  return isPlain ? [[path.join('.'), value]] : []
}

/** Whether rows of a method can be told by what they have at a path: a known field that holds one value. */
function isComparable(resource: Resource, method: Method, path: string): boolean {
  const columns: readonly Column[] = resource.columns.filter(
    c => !c.isInput || method.params.some(p => p.column === c.name),
  )
  const shape = shapeAt(columns, path)
  if (shape === undefined || shape === 'open' || shape.secret) return false
  return shape.type !== 'object' && shape.type !== 'array'
}

function name(text: string): string {
  return /^[a-z_]\w*$/i.test(text) ? text : quote(text)
}
