import { isObject, mergeObjects } from './json.ts'
import { fill, withNames, type Scope } from './template.ts'
import type { Behaviour, Json, JsonObject } from './types.ts'

/** A row that has just been made, and the scope with the values it was made of. */
export interface Made {
  readonly doc: JsonObject
  readonly scope: Scope
}

/**
 * Makes a row as the API would on a creation: the body, under what the server
 * sets and over its defaults. `given` replaces values that `let` would compute.
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
