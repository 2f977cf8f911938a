import type { FieldTest, Shape, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { CallsPlan, CallTarget } from '../../plan/plan.ts'
import { isWildcard, wildcardMessage } from '../../plan/statements/wildcards.ts'
import { typedValue } from './typed.ts'

/** One call that will be sent: arguments, and a body if the method has one. */
export interface Prepared {
  readonly args: Record<string, readonly Value[]>
  readonly body?: unknown
}

/**
 * Makes the call for a row of values.
 * @throws ConfluentqlError VALUE for a value outside its type, MISSING_PARAMETER for a required one that is NULL
 */
export function prepareCall(plan: CallsPlan, row: readonly Value[], number: number): Prepared {
  const args: Record<string, readonly Value[]> = {}
  let body: unknown = plan.method.body ? {} : undefined
  plan.targets.forEach((target, i) => {
    const value = row[i] ?? null
    const at = `${target.name}${number > 0 ? ` in row ${number}` : ''}`
    if (value === null) {
      if (fieldOf(plan, target)?.nullable)
        setPath(body as Record<string, unknown>, target.name.split('.'), null)
      else checkNull(plan, target, at)
      return
    }
    checkKey(plan, target, value, at)
    const typed = typedValue(value, target.shape, at, {
      from: plan.each.columns[i]?.type,
      fieldIs: test => meets(test, plan, row),
    })
    const param = target.kind === 'param' ? target.name : target.param
    if (param !== undefined) args[param] = [typed as Value]
    if (target.kind === 'param') return
    if (target.kind === 'whole body') body = merge(typed, body)
    else setPath(body as Record<string, unknown>, target.name.split('.'), typed)
  })
  checkBody(plan, body)
  return { args, ...(body !== undefined && { body }) }
}

/** Handles NULL for a target that is not nullable: INSERT, REPLACE and EXEC leave it out; elsewhere it may be an error. */
function checkNull(plan: CallsPlan, target: CallTarget, at: string): void {
  if (isRequired(plan, target))
    throw new ConfluentqlError('MISSING_PARAMETER', `${at} is required and cannot be NULL`)
  checkKey(plan, target, null, at)
  if (plan.verb !== 'UPDATE' || target.kind !== 'body') return
  const empty = EMPTY[target.shape.type]
  throw new ConfluentqlError('VALUE', `${at} cannot be cleared: the API takes no null for it`, {
    hint: `${empty === undefined ? 'give it another value' : `SET ${target.name} = '${empty[0]}' sends ${empty[1]}, which clears it where the API takes one`}; leave it out of SET to keep it as it is`,
  })
}

/** The value to send instead of null to clear a field, and its name. */
const EMPTY: Readonly<Partial<Record<Shape['type'], readonly [string, string]>>> = {
  string: ['', 'an empty text'],
  array: ['[]', 'an empty array'],
  object: ['{}', 'an empty object'],
}

function checkBody({ verb, method }: CallsPlan, body: unknown): void {
  if (verb !== 'UPDATE' && verb !== 'REPLACE') return
  if (!method.body || method.body.fields.length === 0 || !isObject(body) || Object.keys(body).length > 0)
    return
  throw new ConfluentqlError('VALUE', 'SET gives no field a value, so there is nothing to send', {
    hint: `it takes ${method.body.fields.map(f => f.path).join(', ')}`,
  })
}

function fieldOf({ method }: CallsPlan, { kind, name }: CallTarget) {
  return kind === 'body' ? method.body?.fields.find(f => f.path === name) : undefined
}

/** Whether a row meets a test of fields. */
function meets(test: FieldTest, plan: CallsPlan, row: readonly Value[]): boolean {
  return Object.entries(test).every(([path, values]) => {
    const given = row[plan.targets.findIndex(t => t.kind === 'body' && t.name === path)] ?? null
    return given !== null && values.some(v => v.toLowerCase() === String(given).toLowerCase())
  })
}

/** Merges single fields into the whole body; the fields take precedence. */
function merge(whole: unknown, fields: unknown): unknown {
  if (!isObject(whole) || !isObject(fields)) return fields !== undefined && !isObject(fields) ? fields : whole
  const all = { ...whole }
  for (const [name, value] of Object.entries(fields)) {
    Object.defineProperty(all, name, {
      value: Object.hasOwn(all, name) ? merge(all[name], value) : value,
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return all
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Refuses values by which a change would affect more rows than its keys name. */
function checkKey({ verb, method }: CallsPlan, target: CallTarget, value: Value, at: string): void {
  if (target.kind !== 'param' || method.verb === 'insert' || method.verb === 'select') return
  const param = method.params.find(p => p.name === target.name)
  if (!param) return
  // an option compared with NULL: in SQL no row meets such a condition
  if (param.column === undefined) {
    if (value !== null || verb === 'EXEC') return
    throw new ConfluentqlError('VALUE', `${at} is NULL, which no row equals`, {
      hint: `give ${param.name} a value, or leave it out`,
    })
  }
  // EXEC passes the API's wildcards
  if (verb !== 'EXEC' && isWildcard(param, value))
    throw new ConfluentqlError('VALUE', wildcardMessage(param, value), { hint: 'use values that rows have' })
  if (value === null && param.in === 'query')
    throw new ConfluentqlError('VALUE', `${at} is NULL: a request without it would change other rows too`, {
      hint: verb === 'EXEC' ? 'give it a value' : `add AND ${param.column} IS NOT NULL`,
    })
}

function isRequired(plan: CallsPlan, target: CallTarget): boolean {
  if (target.kind === 'param') return plan.method.params.some(p => p.name === target.name && p.required)
  return plan.method.body?.fields.some(f => f.required && f.path === target.name) ?? false
}

function setPath(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = into
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(at, key) ? at[key] : undefined
    const child =
      typeof next === 'object' && next !== null && !Array.isArray(next)
        ? (next as Record<string, unknown>)
        : {}
    Object.defineProperty(at, key, { value: child, enumerable: true, writable: true, configurable: true })
    at = child
  }
  const last = path.at(-1)!
  const known = Object.hasOwn(at, last) ? at[last] : undefined
  const both =
    typeof known === 'object'
    && known !== null
    && typeof value === 'object'
    && value !== null
    && !Array.isArray(value)
  Object.defineProperty(at, last, {
    value: both ? { ...value, ...known } : value,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}
