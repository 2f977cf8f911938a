import type { Json, JsonObject } from '../types.ts'

/** True for an object that is neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a dotted path, or undefined. A key that contains dots is found too. */
export function at(value: Json | undefined, path: string): Json | undefined {
  if (!isObject(value)) return undefined
  if (Object.hasOwn(value, path)) return value[path]
  const dot = path.indexOf('.')
  if (dot < 0) return undefined
  const head = path.slice(0, dot)
  return Object.hasOwn(value, head) ? at(value[head], path.slice(dot + 1)) : undefined
}

/** All values at a dotted path; arrays on the path and at its end are expanded to their elements. */
export function allAt(value: Json | undefined, path: string): readonly Json[] {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(element => allAt(element, path))
  if (path === '') return value === undefined ? [] : [value]
  if (!isObject(value)) return []
  if (Object.hasOwn(value, path)) return allAt(value[path], '')
  const dot = path.indexOf('.')
  if (dot < 0) return []
  const head = path.slice(0, dot)
  return Object.hasOwn(value, head) ? allAt(value[head], path.slice(dot + 1)) : []
}

/** The object `{a: {b: value}}` for the path `a.b`. */
export function nest(path: string, value: Json): Json {
  return path.split('.').reduceRight<Json>((inner, key) => ({ [key]: inner }), value)
}

/** Merges `patch` into a copy of `base`: objects member by member; any other value replaces the old one. */
export function merge(base: Json | undefined, patch: Json | undefined): Json {
  if (patch === undefined) return base ?? null
  if (!isObject(base) || !isObject(patch)) return patch
  const merged: Record<string, Json> = { ...base }
  for (const [key, value] of Object.entries(patch))
    define(merged, key, Object.hasOwn(base, key) ? merge(base[key], value) : value)
  return merged
}

/** `merge` for objects. */
export function mergeObjects(base: JsonObject, patch: Json | undefined): JsonObject {
  return isObject(patch) ? (merge(base, patch) as JsonObject) : base
}

/** Sets a member of any name, including `__proto__`. */
export function define(target: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}

/** The object without the member at a dotted path. */
export function without(value: JsonObject, path: string): JsonObject {
  const [head = '', ...rest] = path.split('.')
  if (!Object.hasOwn(value, head)) return value
  const { [head]: member, ...others } = value
  return rest.length > 0 && isObject(member) ? { ...value, [head]: without(member, rest.join('.')) } : others
}

/** A value with `change` applied to each text in it; the value itself if nothing changes. */
export function mapTexts<T extends Json>(value: T, change: (text: string) => Json): T {
  if (typeof value === 'string') return change(value) as T
  if (typeof value !== 'object' || value === null) return value
  let copy: Record<string, Json> | undefined
  for (const key of Object.keys(value)) {
    const member = (value as JsonObject)[key] ?? null
    const put = mapTexts(member, change)
    if (put === member) continue
    copy ??= (
      Array.isArray(value) ? [...(value as readonly Json[])] : { ...(value as JsonObject) }
    ) as Record<string, Json>
    define(copy, key, put)
  }
  return copy === undefined ? value : (copy as unknown as T)
}
