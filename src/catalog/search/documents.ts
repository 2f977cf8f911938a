import type { Catalog, Resource, Shape, ViewInfo } from '../types.ts'
import { isStop, stemsOf } from './words.ts'

/** Where a stem occurs, the most telling place first. */
export const PLACE = { name: 0, service: 1, column: 2, summary: 3, other: 4 } as const

/** A table in the search index: the weight of each stem, and the best place where it occurs. */
export interface Document {
  readonly name: string
  readonly summary: string
  readonly resource?: Resource
  readonly view?: ViewInfo
  readonly weights: ReadonlyMap<string, number>
  readonly places: ReadonlyMap<string, number>
  /** From 0 to 1: less for settings, and for what is part of an object that has to be known. */
  readonly interest: number
}

/** The weight of a stem by the part of a table that has it, and its place. */
const PARTS = {
  name: [8, PLACE.name],
  service: [3, PLACE.service],
  summary: [5, PLACE.summary],
  column: [2, PLACE.column],
  field: [2, PLACE.other],
  values: [2, PLACE.other],
  about: [1, PLACE.other],
} as const

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
  readonly weights = new Map<string, number>()
  readonly places = new Map<string, number>()

  constructor(stems: Stems) {
    this.#stems = stems
  }

  /** Counts the stems of a text; in a place, the best counts, and a longer text counts less. */
  add(text: string, part: keyof typeof PARTS): void {
    const [weight, place] = PARTS[part]
    const stems = this.#stems.of(text)
    const telling = stems.filter(stem => !isStop(stem)).length
    const each = weight / Math.sqrt(Math.max(1, telling / 2))
    for (const stem of stems) {
      this.weights.set(stem, Math.max(this.weights.get(stem) ?? 0, each))
      this.places.set(stem, Math.min(this.places.get(stem) ?? place, place))
    }
  }
}

function ofResource(resource: Resource, title: string, stems: Stems): Document {
  const { provider, service, name, summary, columns } = resource
  const found = new Weights(stems)
  found.add(name, 'name')
  found.add(`${service} ${title}`, 'service')
  found.add(summary, 'summary')
  const addShape = (path: string, shape: Shape): void => {
    const parts = path.split('.').length
    if (parts < 4) found.add(path, parts < 3 ? 'column' : 'field')
    found.add(shape.about ?? '', 'about')
    for (const value of shape.values ?? []) found.add(value, 'values')
    for (const [field, inner] of Object.entries(shape.fields ?? {})) addShape(`${path}.${field}`, inner)
    if (shape.items) addShape(path, shape.items)
  }
  for (const column of columns) {
    // the same in every table
    if (['metadata', 'kind', 'api_version'].includes(column.name)) continue
    addShape(column.name, column)
  }
  return {
    name: `${provider}.${service}.${name}`,
    summary,
    resource,
    weights: found.weights,
    places: found.places,
    interest: interestOf(resource),
  }
}

function ofView(view: ViewInfo, stems: Stems): Document {
  const found = new Weights(stems)
  const [, ...parts] = view.name.split('.')
  found.add(parts.at(-1) ?? '', 'name')
  found.add(parts.slice(0, -1).join(' '), 'service')
  found.add(view.summary, 'summary')
  // names of its columns: `AS name`, and the last part of `table.name`
  for (const [, name = ''] of view.sql.matchAll(/(?:\bAS\s+|\b\w+\.)(\w+)(?=\s*,|\s+FROM\b)/gi))
    found.add(name, 'column')
  return {
    name: view.name,
    summary: view.summary,
    view,
    weights: found.weights,
    places: found.places,
    interest: interestOfName(parts.at(-1) ?? ''),
  }
}

/** Words for settings in names of tables. */
const SETTINGS: ReadonlySet<string> = new Set(['config', 'configs', 'settings', 'options'])

/** Keys that most tables need: an environment and a cluster. */
const USUAL_KEYS = 2

function interestOf({ name, methods }: Resource): number {
  const keys = methods
    .filter(m => m.verb === 'select')
    .map(m => m.params.filter(p => p.required && p.in !== 'host').length)
  return interestOfName(name) / Math.max(1, Math.min(...keys) - USUAL_KEYS + 1)
}

const interestOfName = (name: string): number => (name.split('_').some(word => SETTINGS.has(word)) ? 0.5 : 1)
