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

/** A column of a view. */
export interface MatchColumn {
  readonly name: string
  readonly about: string
}

const MOST_TABLES = 12
const MOST_EXAMPLES = 6
const MOST_PARTS = 12
/** Paths into objects that are looked at: `spec.owner.id`. */
const DEPTH = 3
const SHORTEST_PREFIX = 4

/** What has the words in its name or description, the best of each kind first: tables and views, examples, columns and methods. */
export function matchesOf(
  catalog: Catalog,
  text: string,
  examples: readonly ExampleScript[] = [],
  viewColumns: ReadonlyMap<string, readonly MatchColumn[]> = new Map(),
): Match[] {
  const search = new TableSearch(catalog)
  const wanted = wantedOf(text)
  const has = (...texts: readonly string[]): boolean => {
    const stems = texts.flatMap(stemsOf)
    return (
      wanted.length > 0 && wanted.every(group => group.some(word => stems.some(stem => fits(stem, word))))
    )
  }
  /** Those that have the words in the name or the description, the former first. */
  const named = (all: readonly Match[]): Match[] => {
    const found = all.filter(m => has(lastPart(m.name), m.about))
    return [...found.filter(m => has(lastPart(m.name))), ...found.filter(m => !has(lastPart(m.name)))]
  }
  const resources = search.tables.flatMap(({ resource }) => resource ?? [])
  const ofViews = [...viewColumns].flatMap(([view, columns]) =>
    columns.map(({ name, about }): Match => ({ kind: 'column', name: `${view}.${name}`, about })),
  )
  return [
    ...search
      .find(text, MOST_TABLES)
      .map(({ name, summary, view }): Match => ({
        kind: view ? 'view' : 'table',
        name,
        about: brief(summary),
      })),
    ...examples
      .filter(example => has(example.title, example.text))
      .toSorted((x, y) => Number(has(y.title)) - Number(has(x.title)))
      .map(({ path, title }): Match => ({ kind: 'example', name: path, about: title }))
      .slice(0, MOST_EXAMPLES),
    ...named([...ofViews, ...resources.flatMap(columnsOf)]).slice(0, MOST_PARTS),
    ...named(resources.flatMap(methodsOf)).slice(0, MOST_PARTS),
  ]
}

const LONGEST_ABOUT = 160

/** The first clause of a long summary. */
function brief(summary: string): string {
  const end = summary.search(/[;.:] /)
  return summary.length > LONGEST_ABOUT && end > 0 ? summary.slice(0, end) : summary
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
