import type { Catalog, Method, Resource } from '../../catalog/types.ts'
import type { Operation } from './model.ts'

/** A method of a provider file. */
export interface Ours {
  readonly service: string
  readonly resource: Resource
  readonly method: Method
}

/** What belongs together, and what stands alone. */
export interface Matched {
  /** Operations of documents with the methods that call them, at least one each. */
  readonly pairs: readonly { readonly operation: Operation; readonly methods: readonly Ours[] }[]
  readonly onlyOurs: readonly Ours[]
  readonly onlyTheirs: readonly Operation[]
  /** Services of which no method is in a document, as `provider.service`. They are not compared. */
  readonly undescribed: readonly string[]
}

/** All methods of all provider files. */
export function methodsOf(catalog: Catalog): Ours[] {
  return catalog
    .providers()
    .flatMap(provider =>
      provider.services.flatMap(service =>
        [...(catalog.service(provider.name, service.name)?.values() ?? [])].flatMap(resource =>
          resource.methods.map(method => ({ service: `${provider.name}.${service.name}`, resource, method })),
        ),
      ),
    )
}

/** Matches methods and operations by HTTP method and path; names of parameters in the path do not matter. */
export function match(ours: readonly Ours[], operations: readonly Operation[]): Matched {
  const theirs = new Map<string, Operation>()
  for (const operation of operations) {
    const key = keyOf(operation, operation.query)
    if (!theirs.has(key)) theirs.set(key, operation)
  }
  const pairs = new Map<Operation, Ours[]>()
  const alone: Ours[] = []
  for (const one of ours) {
    const { method } = one
    const query = Object.entries(method.query ?? {}).map(([name, value]) => `${name}=${value}`)
    const operation = theirs.get(keyOf(method, query.join('&'))) ?? theirs.get(keyOf(method, ''))
    if (operation) pairs.set(operation, [...(pairs.get(operation) ?? []), one])
    else alone.push(one)
  }
  const compared = new Set([...pairs.values()].flat().map(one => one.service))
  return {
    pairs: [...pairs].map(([operation, methods]) => ({ operation, methods })),
    onlyOurs: alone.filter(one => compared.has(one.service)),
    onlyTheirs: [...theirs.values()].filter(operation => !pairs.has(operation)),
    undescribed: [...new Set(ours.map(one => one.service))].filter(service => !compared.has(service)),
  }
}

const keyOf = ({ http, path }: { readonly http: string; readonly path: string }, query: string): string =>
  `${http} ${unnamed(path)}${query === '' ? '' : `?${query}`}`

/** A path without the names of its parameters. */
export const unnamed = (path: string): string => path.replaceAll(/\{[^{}]*\}/g, '{}')

/** `GET /iam/v2/users/{id}` */
export const callOf = ({ http, path }: { readonly http: string; readonly path: string }): string =>
  `${http} ${path}`

/** The path of what an operation belongs to: without a parameter at its end. */
export const collectionOf = ({ path }: Operation): string => path.replace(/\/\{[^{}]*\}$/, '')
