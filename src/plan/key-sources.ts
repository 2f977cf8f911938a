import type { Method, Parent, Resource } from '../catalog/types.ts'

/** The keys that a parent gives. */
export function keysOf(parent: Parent): readonly string[] {
  return 'key' in parent ? [parent.key] : Object.keys(parent.keys)
}

/** Where the values of a key are found: the column of its parent, or the list of all values. */
export function sourceOfKey({ parents }: Pick<Resource, 'parents'>, key: string): string | undefined {
  const parent = parents?.find(p => keysOf(p).includes(key))
  if (!parent) return undefined
  return 'key' in parent ? parent.values.join(' or ') : `${parent.table}.${parent.keys[key]!}`
}

/** ` (environment is confluent.org.environments.id, …)` for those of some names that have a source, or nothing. */
export function sourcesOf(
  resource: Pick<Resource, 'parents'>,
  names: readonly string[],
  methods: readonly Method[],
): string {
  const found = names.flatMap(name => {
    const { column = name } = methods.flatMap(m => m.params).find(p => p.name === name) ?? {}
    const source = sourceOfKey(resource, column)
    return source === undefined ? [] : [`${name} is ${source}`]
  })
  return found.length === 0 ? '' : ` (${found.join(', ')})`
}
