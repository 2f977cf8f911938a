import type { Params, Store } from '../store/store.ts'

/** The values of some parameters, as statements of SQLite take them. */
export function bound(store: Store, params: readonly string[]): [] | [Params] {
  return params.length === 0 ? [] : [Object.fromEntries(params.map(p => [p, store.params[p] ?? null]))]
}
