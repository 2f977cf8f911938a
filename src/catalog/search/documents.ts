import type { Catalog, Resource, Shape, ViewInfo } from '../types.ts'
import { stemsOf } from './words.ts'

/** A table in the search index: the weight of each stem. */
export interface Document {
  readonly name: string
  readonly summary: string
  readonly resource?: Resource
  readonly view?: ViewInfo
  readonly weights: ReadonlyMap<string, number>
}

/** The weight of a stem by the place where it occurs. */
const PLACES = { name: 8, service: 3, summary: 5, column: 2, values: 2, about: 1 } as const

/** The tables of all providers that SELECT can read, and their views. */
export function documentsOf(catalog: Catalog): Document[] {
  const stems = new Stems()
  return catalog.providers().flatMap(provider => {
    const services = new Map(provider.services.map(service => [service.name, service]))
    const resources = [...catalog.names(provider.name).keys()].flatMap(service =>
      [...(catalog.service(provider.name, service)?.values() ?? [])].filter(r =>
        r.methods.some(m => m.verb === 'select'),
      ),
    )
    return [
      ...resources.map(r => ofResource(r, services.get(r.service)?.title ?? '', stems)),
      ...(provider.views ?? []).map(view => ofView(view, stems)),
    ]
  })
}

/** The stems of texts, which are often the same in many tables. */
class Stems {
  readonly #known = new Map<string, readonly string[]>()

  of(text: string): readonly string[] {
    let found = this.#known.get(text)
    if (!found) this.#known.set(text, (found = stemsOf(text)))
    return found
  }
}

class Weights {
  readonly #stems: Stems
  readonly all = new Map<string, number>()

  constructor(stems: Stems) {
    this.#stems = stems
  }

  /** Counts the stems of a text; in a place, the best counts, and a longer text counts less. */
  add(text: string, weight: number): void {
    const stems = this.#stems.of(text)
    const each = weight / Math.sqrt(Math.max(1, stems.length / 2))
    for (const stem of stems) this.all.set(stem, Math.max(this.all.get(stem) ?? 0, each))
  }
}

function ofResource(resource: Resource, title: string, stems: Stems): Document {
  const { provider, service, name, summary, columns } = resource
  const weights = new Weights(stems)
  weights.add(name, PLACES.name)
  weights.add(`${service} ${title}`, PLACES.service)
  weights.add(summary, PLACES.summary)
  const addShape = (path: string, shape: Shape): void => {
    if (path.split('.').length < 4) weights.add(path, PLACES.column)
    weights.add(shape.about ?? '', PLACES.about)
    for (const value of shape.values ?? []) weights.add(value, PLACES.values)
    for (const [field, inner] of Object.entries(shape.fields ?? {})) addShape(`${path}.${field}`, inner)
    if (shape.items) addShape(path, shape.items)
  }
  for (const column of columns) {
    // the same in every table
    if (['metadata', 'kind', 'api_version'].includes(column.name)) continue
    addShape(column.name, column)
  }
  return { name: `${provider}.${service}.${name}`, summary, resource, weights: weights.all }
}

function ofView(view: ViewInfo, stems: Stems): Document {
  const weights = new Weights(stems)
  const [, ...parts] = view.name.split('.')
  weights.add(parts.at(-1) ?? '', PLACES.name)
  weights.add(parts.slice(0, -1).join(' '), PLACES.service)
  weights.add(view.summary, PLACES.summary)
  // names of its columns: `AS name`, and the last part of `table.name`
  for (const [, name = ''] of view.sql.matchAll(/(?:\bAS\s+|\b\w+\.)(\w+)(?=\s*,|\s+FROM\b)/gi))
    weights.add(name, PLACES.column)
  return { name: view.name, summary: view.summary, view, weights: weights.all }
}
