import type { ServiceReader } from './compiled.ts'
import type { Resource } from '../types.ts'

/**
 * The resources of a service by name in lower case. Names are known without reading the resources; a resource is read when it is
 * asked for, all of them when they are listed.
 */
export class Resources implements ReadonlyMap<string, Resource> {
  readonly #source: ServiceReader
  readonly #names: ReadonlyMap<string, string>
  readonly #read = new Map<string, Resource>()
  #isWhole = false

  constructor(source: ServiceReader) {
    this.#names = new Map(source.names().map(name => [name.toLowerCase(), name]))
    this.#source = source
  }

  get size(): number {
    return this.#names.size
  }

  has(key: string): boolean {
    return this.#names.has(key)
  }

  get(key: string): Resource | undefined {
    const known = this.#read.get(key)
    const name = this.#names.get(key)
    if (known || name === undefined || this.#isWhole) return known
    const found = this.#source.one(name)
    if (found) this.#read.set(key, found)
    return found
  }

  keys(): MapIterator<string> {
    return this.#names.keys()
  }

  values(): MapIterator<Resource> {
    return this.#all().values()
  }

  entries(): MapIterator<[string, Resource]> {
    return this.#all().entries()
  }

  [Symbol.iterator](): MapIterator<[string, Resource]> {
    return this.entries()
  }

  forEach(use: (value: Resource, key: string, map: ReadonlyMap<string, Resource>) => void): void {
    this.#all().forEach((value, key) => use(value, key, this))
  }

  #all(): ReadonlyMap<string, Resource> {
    if (this.#isWhole) return this.#read
    const known = new Map(this.#read)
    this.#read.clear()
    for (const resource of this.#source.all()) {
      const key = resource.name.toLowerCase()
      this.#read.set(key, known.get(key) ?? resource)
    }
    this.#isWhole = true
    return this.#read
  }
}
