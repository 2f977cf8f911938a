import type { KeyPath, ParentsSource, ProviderSource } from './format.ts'
import type { NamedShape } from './shapes.ts'
import type { Method, Parent } from '../types.ts'

/** The parents that apply to all resources of a provider or a service. */
export interface OuterParents {
  readonly provider: ProviderSource
  readonly service: ParentsSource | undefined
}

/**
 * The parents of a resource: its own, then those of the service and the provider for keys that have none yet. `methods` are its
 * methods: a key is what a parameter of a select selects by.
 * @throws ConfluentqlError PROVIDER for a parent of its own that no select takes
 */
export function parentsOf(
  source: ParentsSource | undefined,
  path: KeyPath,
  methods: readonly Method[],
  { parents: outer, wrong }: { parents: OuterParents; wrong: NamedShape['wrong'] },
): Parent[] {
  const keys = keysOf(methods)
  const found: Parent[] = []
  const taken = new Set<string>()
  const add = (parents: ParentsSource | undefined, isOwn: boolean): void => {
    const known = new Set(taken)
    for (const [table, written] of Object.entries(parents ?? {})) {
      const pairs = pairsOf(written)
      const strange = Object.keys(pairs).find(key => !keys.has(key) || taken.has(key))
      if (isOwn && strange !== undefined)
        throw wrong(
          [...path, table],
          taken.has(strange)
            ? `${strange} has a parent already`
            : `no parameter of a select selects by ${strange}`,
        )
      const own = Object.fromEntries(
        Object.entries(pairs).filter(([key]) => keys.has(key) && !known.has(key)),
      )
      for (const parent of table === 'values' ? valuesOf(own) : tableOf(table, own, outer.provider)) {
        for (const key of 'key' in parent ? [parent.key] : Object.keys(parent.keys)) taken.add(key)
        found.push(parent)
      }
    }
  }
  add(source, true)
  add(outer.service, false)
  add(outer.provider.parents, false)
  return found
}

/** The keys that only a statement can give. @throws ConfluentqlError PROVIDER for one that is no required key, or has a parent */
export function givenOf(
  source: Readonly<Record<string, string>>,
  path: KeyPath,
  methods: readonly Method[],
  parents: readonly Parent[],
  wrong: NamedShape['wrong'],
): Readonly<Record<string, string>> {
  const ranges = methods.flatMap(m => m.range?.column ?? [])
  const keys = new Set([...keysOf(methods), ...ranges])
  const taken = new Set(parents.flatMap(p => ('key' in p ? [p.key] : Object.keys(p.keys))))
  for (const key of Object.keys(source)) {
    if (!keys.has(key)) throw wrong([...path, key], 'no parameter of a select selects by it')
    if (taken.has(key)) throw wrong([...path, key], 'has a parent')
  }
  return source
}

function keysOf(methods: readonly Method[]): Set<string> {
  const params = methods.filter(m => m.verb === 'select').flatMap(m => m.params)
  return new Set(params.flatMap(p => p.column ?? []))
}

type Written = ParentsSource[string]

function pairsOf(written: Written): Readonly<Record<string, string | readonly string[]>> {
  return Array.isArray(written)
    ? Object.fromEntries((written as readonly string[]).map(key => [key, key]))
    : (written as Exclude<Written, readonly string[]>)
}

function valuesOf(lists: Readonly<Record<string, string | readonly string[]>>): Parent[] {
  return Object.entries(lists).map(([key, values]) => ({ key, values: [values].flat() }))
}

function tableOf(
  table: string,
  pairs: Readonly<Record<string, string | readonly string[]>>,
  provider: ProviderSource,
): Parent[] {
  const keys = Object.fromEntries(Object.entries(pairs).map(([key, column]) => [key, String(column)]))
  return Object.keys(keys).length === 0 ? [] : [{ table: fullNameOf(table, provider), keys }]
}

/** `service.resource` and the name of a view are those of the provider; `other.service.resource` and `other.view` are whole. */
function fullNameOf(table: string, { provider, services }: ProviderSource): string {
  const parts = table.split('.')
  const isWhole = parts.length === 3 || (parts.length === 2 && !Object.hasOwn(services, parts[0]!))
  return isWhole ? table : `${provider}.${table}`
}
