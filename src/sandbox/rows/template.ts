import { ConfluentqlError } from '../../errors.ts'
import { at, define, isObject, mergeObjects } from './json.ts'
import { characters, type Random } from './random.ts'
import type { Json, JsonObject, Reference, Template } from '../types.ts'

/** The values for filling templates. */
export interface Scope {
  /** Named values: `now`, `body`, `doc`, `param`, the data's `vars`, and what `let` defines. */
  readonly names: JsonObject
  readonly references: Readonly<Record<string, Reference>>
  /** The document of a resource's row with that id, where rows can be looked up. */
  readonly rowOf?: ((resource: string, id: string) => JsonObject | undefined) | undefined
  readonly random: Random
  /** Name of the request's server, if there are several of its kind. */
  readonly site?: string | undefined
}

/** The scope with more names, which hide earlier ones. */
export function withNames(scope: Scope, names: JsonObject): Scope {
  return { ...scope, names: { ...scope.names, ...names } }
}

const PLACEHOLDER = /\{([^{}]+)\}/g

/**
 * Fills a template; undefined if it refers to a missing value. A member whose
 * template is undefined is left out.
 *
 * In a string, `{…}` is one of these, or alternatives separated by `|`, of which
 * the first that is defined is used:
 *   `name`, `name.path`   a value of the scope; `@x` as a step of the path is the value of `x`, `@(x.y)` that of `x.y`
 *   `now+7d`, `now-30d`   a time, days away
 *   `base36:5`            that many random characters (also upper, hex, digits, base64)
 *   `'text'`              itself
 * A string that is one placeholder becomes the value, whatever its type.
 *
 * `{"$ref": "id"}` is a reference object for an id, and `{"$refs": "path"}` one for
 * each element of a list of objects with ids.
 * `{"$case": "path", "A": …, "$else": …}` is the member named by the value at the path, or by its first element with a member.
 * `{"$each": "path", "key": "{item}", "value": …}` has a member for each element of a list; without `key` it is a list.
 */
export function fill(template: Template, scope: Scope): Json | undefined {
  if (typeof template === 'string') return fillText(template, scope)
  if (Array.isArray(template)) {
    return (template as readonly Template[])
      .map(element => fill(element, scope))
      .filter(value => value !== undefined)
  }
  if (!isObject(template)) return template
  if (typeof template.$ref === 'string') {
    const id = fillText(template.$ref, scope)
    return typeof id === 'string' ? reference(id, scope) : undefined
  }
  if (typeof template.$refs === 'string') {
    const list = lookUp(template.$refs, scope)
    if (!Array.isArray(list)) return undefined
    return (list as readonly Json[]).map(element =>
      isObject(element) ? mergeObjects(element, reference(at(element, 'id'), scope)) : element,
    )
  }
  if (typeof template.$case === 'string') return chosen(template.$case, template, scope)
  if (typeof template.$each === 'string') return repeated(template.$each, template, scope)
  const filled: Record<string, Json> = {}
  for (const [key, member] of Object.entries(template)) {
    const value = fill(member, scope)
    if (value !== undefined) define(filled, key, value)
  }
  return filled
}

function chosen(path: string, branches: JsonObject, scope: Scope): Json | undefined {
  const value = lookUp(path, scope)
  const names = Array.isArray(value) ? (value as readonly Json[]) : [value]
  const name = names.map(String).find(one => Object.hasOwn(branches, one))
  const branch = branches[name ?? '$else']
  return branch === undefined ? undefined : fill(branch, scope)
}

function repeated(path: string, { key, value }: JsonObject, scope: Scope): Json | undefined {
  const list = lookUp(path, scope)
  if (!Array.isArray(list)) return undefined
  const scopes = (list as readonly Json[]).map(item => withNames(scope, { item }))
  const values = scopes.map(inner => fill(value ?? '{item}', inner) ?? null)
  if (key === undefined) return values
  return Object.fromEntries(scopes.map((inner, index) => [fillString(key, inner), values[index] ?? null]))
}

/** Fills a template that must give text. */
export function fillString(template: Template, scope: Scope): string {
  const value = fill(template, scope)
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

function fillText(text: string, scope: Scope): Json | undefined {
  const whole = /^\{([^{}]+)\}$/.exec(text)
  if (whole?.[1] !== undefined) return evaluate(whole[1], scope)
  let known = true
  const filled = text.replace(PLACEHOLDER, (_, expression: string) => {
    const value = evaluate(expression, scope)
    if (value === undefined) known = false
    return typeof value === 'string' ? value : JSON.stringify(value ?? null)
  })
  return known ? filled : undefined
}

function evaluate(expression: string, scope: Scope): Json | undefined {
  for (const alternative of expression.split('|')) {
    const value = evaluateOne(alternative.trim(), scope)
    if (value !== undefined) return value
  }
  return undefined
}

function evaluateOne(expression: string, scope: Scope): Json | undefined {
  if (expression.startsWith("'") && expression.endsWith("'")) return expression.slice(1, -1)
  const days = /^now([+-]\d+)d$/.exec(expression)
  if (days !== null) return addDays(String(scope.names.now), Number(days[1]))
  const generated = /^(\w+):(\d+)$/.exec(expression)
  if (generated?.[1] !== undefined) {
    const made = characters(scope.random, generated[1], Number(generated[2]))
    if (made === undefined)
      throw new ConfluentqlError('PROVIDER', `sandbox data: unknown generator {${expression}}`)
    return made
  }
  return lookUp(expression, scope)
}

const STEP = /@\([^)]*\)|[^.]+/g

function lookUp(path: string, scope: Scope): Json | undefined {
  const steps = (path.match(STEP) ?? []).map(step =>
    step.startsWith('@') ? at(scope.names, step.replace(/^@\(?|\)$/g, '')) : step,
  )
  if (!steps.every(step => typeof step === 'string')) return undefined
  return steps.reduce<Json | undefined>((value, step) => at(value, step), scope.names)
}

/** The reference object for the longest known prefix of `id`; an object with just the id if there is none. */
function reference(id: Json | undefined, scope: Scope): Json {
  if (typeof id !== 'string') return {}
  const prefix = Object.keys(scope.references)
    .filter(known => id.startsWith(known))
    .sort((a, b) => b.length - a.length)[0]
  const known = prefix === undefined ? undefined : scope.references[prefix]
  if (known === undefined) return { id }
  const row = known.in === undefined ? undefined : scope.rowOf?.(known.in, id)
  return fill(known.as, withNames(scope, { id, ...(row && { row }) })) ?? { id }
}

/** A timestamp in the API's format, `days` later; its six decimals stay unchanged. */
export function addDays(time: string, days: number): string {
  const moved = new Date(Date.parse(`${time.slice(0, 19)}Z`) + days * 86_400_000).toISOString()
  return `${moved.slice(0, 19)}${time.slice(19)}`
}

/** A timestamp of the API's form in milliseconds since 1970. */
export function milliseconds(time: string): number {
  return Date.parse(`${time.slice(0, 19)}Z`)
}

/** A timestamp of the API's form, `seconds` after `time`. */
export function addSeconds(time: string, seconds: number): string {
  const moved = new Date(Date.parse(`${time.slice(0, 19)}Z`) + seconds * 1000).toISOString()
  return `${moved.slice(0, 19)}${time.slice(19)}`
}
