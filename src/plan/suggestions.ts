import { closest } from '../catalog/names.ts'
import type { PlanContext } from './context.ts'

/** Most names that a message offers. */
const MOST_OFFERED = 4

type Tables = Pick<PlanContext, 'catalog' | 'tables' | 'views'>

/**
 * `; did you mean x or y?` with the tables and views that a name of other parts may mean: those with its last part as name, those
 * whose name ends in it, those that have its words in another form (`confluent_kafka_topic`), or else the closest. Empty if none is close.
 */
export function offerTables(parts: readonly string[], context: Tables): string {
  const near = nearNames(parts, allNames(context), ranking(parts.at(-1)!.toLowerCase(), context))
  return near.length === 0 ? '' : `; ${meant(near)}`
}

/** The names of tables among all that a name of other parts may mean, the likeliest first. */
export function nearNames(
  parts: readonly string[],
  all: readonly string[],
  rankOf: (name: string) => number = () => 0,
): readonly string[] {
  const last = parts.at(-1)!.toLowerCase()
  const within =
    parts.length === 2
      ? all.filter(name => name.split('.').at(-2)?.toLowerCase() === parts[0]!.toLowerCase())
      : parts.length === 1
        ? all
        : []
  const found = firstFound([
    () => within.filter(name => lastOf(name) === last),
    () => (parts.length > 1 ? sameWords(parts, all) : []),
    () => all.filter(name => lastOf(name) === last),
    () => sameWords(parts, all),
    () => all.filter(name => lastOf(name).endsWith(`_${last}`)),
  ])
  const ending = parts.length < 3 ? all.filter(name => lastOf(name).endsWith(`_${last}`)) : []
  const offered = [...new Set([...found, ...ending])].toSorted((a, b) => rankOf(b) - rankOf(a))
  if (offered.length > 0) return offered.slice(0, MOST_OFFERED)
  const near = closest(parts.join('.'), all) ?? closestLast(last, all)
  return near === undefined ? [] : [near]
}

/** How likely a name means a table: by its own name, then as a view, then by the number of views that read it. */
function ranking(last: string, { views }: Tables): (name: string) => number {
  const all = [...views.values()]
  const viewNames = new Set(all.map(v => v.name))
  const words = String(wordsOf(last))
  return name => {
    const own = lastOf(name) === last ? 2 : String(wordsOf(lastOf(name))) === words ? 1 : 0
    const readers = all.filter(v => v.sql.includes(name)).length
    return 1e6 * own + (viewNames.has(name) ? 1e5 : readers)
  }
}

/** `did you mean x or y?` */
export function meant(names: readonly string[]): string {
  return `did you mean ${names.length > 1 ? `${names.slice(0, -1).join(', ')} or ` : ''}${names.at(-1)!}?`
}

function firstFound(searches: readonly (() => string[])[]): string[] {
  for (const search of searches) {
    const found = search()
    if (found.length > 0) return found
  }
  return []
}

function allNames({ catalog, tables, views }: Tables): string[] {
  const resources = catalog
    .providers()
    .flatMap(p =>
      [...catalog.names(p.name)].flatMap(([service, names]) =>
        names.map(name => `${p.name}.${service}.${name}`),
      ),
    )
  return [...[...views.values()].map(v => v.name), ...[...tables.values()].map(t => t.name), ...resources]
}

const lastOf = (name: string): string => name.split('.').at(-1)!.toLowerCase()

/** The names whose words are those of a name that is written otherwise: without dots, in the singular. */
function sameWords(parts: readonly string[], all: readonly string[]): string[] {
  const providers = new Set(all.map(name => name.split('.')[0]!.toLowerCase()))
  const words = wordsOf(parts.join('_'))
  const withoutProvider = providers.has(words[0]!) ? words.slice(1) : []
  const whole = havingWords(words, all)
  return whole.length > 0 && withoutProvider.length < 2
    ? whole
    : [...new Set([...whole, ...havingWords(withoutProvider, all)])]
}

/** The names whose last part has these words, then those that have them with the names of their services. */
function havingWords(wanted: readonly string[], all: readonly string[]): string[] {
  if (wanted.length === 0) return []
  const isSame = (name: string): boolean => String(wordsOf(lastOf(name))) === String(wanted)
  const covers = (name: string): boolean => {
    const whole = wordsOf(name)
    return wordsOf(lastOf(name)).every(w => wanted.includes(w)) && wanted.every(w => whole.includes(w))
  }
  return [...new Set([...all.filter(isSame), ...all.filter(covers)])]
}

/** The words of a name in the singular. */
function wordsOf(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[._-]+/)
    .map(word => word.replace(/ies$/, 'y').replace(/(?<=s|x|ch|sh)es$|(?<!s)s$/, ''))
}

/** The one table whose last part is closest to a name. */
function closestLast(last: string, all: readonly string[]): string | undefined {
  const near = closest(last, new Set(all.map(lastOf)))
  const found = all.filter(name => lastOf(name) === near)
  return found.length === 1 ? found[0] : undefined
}
