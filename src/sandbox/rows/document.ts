import { at, isObject, mergeObjects, nest } from './json.ts'
import { fill, withNames, type Scope } from './template.ts'
import type { Behaviour, Json, JsonObject } from '../types.ts'

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
  return { doc: masked(behaviour, doc), scope: inner }
}

const MASK = '****************'

/** A row without the values that are never shown again. */
export function masked({ masks = {} }: Behaviour, doc: JsonObject): JsonObject {
  return Object.entries(masks).reduce((all, [path, names]) => {
    const members = Object.keys((at(all, path) ?? {}) as JsonObject).filter(name =>
      new RegExp(names).test(name),
    )
    return members.length === 0
      ? all
      : mergeObjects(all, nest(path, Object.fromEntries(members.map(name => [name, MASK]))) as JsonObject)
  }, doc)
}

/** A filled template as an object, empty if there is none. */
export function filledObject(template: Json | undefined, scope: Scope): JsonObject {
  const value = template === undefined ? undefined : fill(template, scope)
  return isObject(value) ? value : {}
}
