import { isObject, mergeObjects } from './json.ts'
import { fill, withNames, type Scope } from './template.ts'
import type { Behaviour, Json, JsonObject } from './types.ts'

/** A new row, and the scope with the values used for it. */
export interface Made {
  readonly doc: JsonObject
  readonly scope: Scope
}

/**
 * Makes a row as the API does on a creation: defaults, overridden by the body,
 * overridden by what the server sets. `given` replaces values computed by `let`.
 */
export function make(behaviour: Behaviour, body: JsonObject, scope: Scope, given: JsonObject = {}): Made {
  let inner = withNames(scope, { body, ...given })
  for (const [name, template] of Object.entries(behaviour.let ?? {})) {
    if (Object.hasOwn(given, name)) continue
    const value = fill(template, inner)
    if (value !== undefined) inner = withNames(inner, { [name]: value })
  }
  const set = filledObject(behaviour.set, inner)
  const doc = [filledObject(behaviour.defaults, inner), body, set].reduce(mergeObjects, set)
  return { doc, scope: inner }
}

/** A filled template as an object, empty if there is none. */
export function filledObject(template: Json | undefined, scope: Scope): JsonObject {
  const value = template === undefined ? undefined : fill(template, scope)
  return isObject(value) ? value : {}
}
