import type { Catalog, Resource, Shape } from '../types.ts'
import type { ExampleScript } from './examples.ts'
import { TableSearch } from './search.ts'
import { stemsOf, wantedOf } from './words.ts'

/** Something that a search has found. */
export interface Match {
  readonly kind: 'table' | 'view' | 'example' | 'column' | 'method'
  /** Its full name; of an example the path of the script. */
  readonly name: string
  readonly about: string
}

const MOST_TABLES = 12
const MOST_EXAMPLES = 6
const MOST_PARTS = 20
/** Paths into objects that are looked at: `spec.owner.id`. */
const DEPTH = 3
const SHORTEST_PREFIX = 4

/** What has the words in its name or description: tables and views, the best first, examples, columns and methods. */
export function matchesOf(catalog: Catalog, text: string, examples: readonly ExampleScript[] = []): Match[] {
  const search = new TableSearch(catalog)
  const wanted = wantedOf(text)
  const has = (...texts: readonly string[]): boolean => {
    const stems = texts.flatMap(stemsOf)
    return (
      wanted.length > 0 && wanted.every(group => group.some(word => stems.some(stem => fits(stem, word))))
    )
  }
  const resources = search.tables.flatMap(({ resource }) => resource ?? [])
  return [
    ...search
      .find(text, MOST_TABLES)
      .map(({ name, summary, view }): Match => ({ kind: view ? 'view' : 'table', name, about: summary })),
    ...examples
      .filter(example => has(example.title, example.text))
      .toSorted((a, b) => Number(has(b.title)) - Number(has(a.title)))
      .map(({ path, title }): Match => ({ kind: 'example', name: path, about: title }))
      .slice(0, MOST_EXAMPLES),
    ...resources
      .flatMap(columnsOf)
      .filter(m => has(lastPart(m.name), m.about))
      .slice(0, MOST_PARTS),
    ...resources
      .flatMap(methodsOf)
      .filter(m => has(lastPart(m.name), m.about))
      .slice(0, MOST_PARTS),
  ]
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** A stem fits a word that it equals, or that begins with it or it with the word. */
function fits(stem: string, word: string): boolean {
  if (stem === word) return true
  const length = Math.min(stem.length, word.length)
  return length >= SHORTEST_PREFIX && stem.slice(0, length) === word.slice(0, length)
}

const fullName = ({ provider, service, name }: Resource): string => `${provider}.${service}.${name}`

function columnsOf(resource: Resource): Match[] {
  const paths = (path: string, shape: Shape, depth: number): Match[] => [
    { kind: 'column', name: `${fullName(resource)}.${path}`, about: shape.about ?? '' },
    ...(depth < DEPTH
      ? Object.entries(shape.fields ?? {}).flatMap(([name, field]) =>
          paths(`${path}.${name}`, field, depth + 1),
        )
      : []),
  ]
  return resource.columns.flatMap(column => paths(column.name, column, 1))
}

function methodsOf(resource: Resource): Match[] {
  return resource.methods
    .filter(method => method.verb !== 'select')
    .map(method => ({
      kind: 'method',
      name: `${fullName(resource)}.${method.name}`,
      about: method.about ?? `${method.http} ${method.path}`,
    }))
}
