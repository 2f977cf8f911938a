import { sorted } from './format.ts'
import { isObject, type Members } from './json-schema-nodes.ts'

/** Of these only a higher value accepts what was accepted. */
const MOST = ['maxLength', 'maximum', 'exclusiveMaximum', 'maxProperties', 'maxItems', 'maxContains']
/** Of these only a lower one does. */
const LEAST = ['minLength', 'minimum', 'exclusiveMinimum', 'minProperties', 'minItems', 'minContains']

/** Limits that a schema has and an earlier one did not have. */
export function limitsBetween(before: Members, now: Members, at: string): readonly string[] {
  const limits = [...MOST, ...LEAST].flatMap(keyword => {
    const [old, value] = [before[keyword], now[keyword]]
    const name = keyword.replaceAll(/[A-Z]/g, letter => `_${letter}`).toUpperCase()
    if (typeof value !== 'number') return []
    if (typeof old !== 'number') return [`${name}_ADDED at ${at}/${keyword}`]
    if (MOST.includes(keyword)) return value < old ? [`${name}_DECREASED at ${at}/${keyword}`] : []
    return value > old ? [`${name}_INCREASED at ${at}/${keyword}`] : []
  })
  return [
    ...limits,
    ...(now.type === 'integer' && before.type === 'number' ? [`TYPE_NARROWED at ${at}`] : []),
    ...(now.uniqueItems === true && before.uniqueItems !== true
      ? [`UNIQUE_ITEMS_ADDED at ${at}/uniqueItems`]
      : []),
    ...ofPatterns(before.pattern, now.pattern, `${at}/pattern`),
    ...ofMultiples(before.multipleOf, now.multipleOf, `${at}/multipleOf`),
    ...ofDependencies(before.dependencies, now.dependencies, `${at}/dependencies`),
  ]
}

function ofPatterns(before: unknown, now: unknown, at: string): readonly string[] {
  if (now === undefined || now === before) return []
  return [`${before === undefined ? 'PATTERN_ADDED' : 'PATTERN_CHANGED'} at ${at}`]
}

function ofMultiples(before: unknown, now: unknown, at: string): readonly string[] {
  if (typeof now !== 'number') return []
  if (typeof before !== 'number') return [`MULTIPLE_OF_ADDED at ${at}`]
  if (before % now === 0) return []
  return [`${now % before === 0 ? 'MULTIPLE_OF_EXPANDED' : 'MULTIPLE_OF_CHANGED'} at ${at}`]
}

/** Properties that others require. */
function ofDependencies(before: unknown, now: unknown, at: string): readonly string[] {
  const old = isObject(before) ? before : {}
  return Object.entries(isObject(now) ? now : {}).flatMap(([name, value]) => {
    const kind = Array.isArray(value) ? 'DEPENDENCY_ARRAY' : 'DEPENDENCY_SCHEMA'
    if (old[name] === undefined) return [`${kind}_ADDED at ${at}/${name}`]
    if (!Array.isArray(value))
      return sorted(old[name]) === sorted(value) ? [] : [`TYPE_CHANGED at ${at}/${name}`]
    const known = new Set([old[name]].flat())
    return value.every(one => known.has(one)) ? [] : [`DEPENDENCY_ARRAY_EXTENDED at ${at}/${name}`]
  })
}
