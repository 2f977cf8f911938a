import type { Method, Resource, Verb } from '../../catalog/types.ts'
import type { Candidate } from './candidate.ts'
import type { Known } from './session-info.ts'
import { isKeyword } from './words.ts'

const BARE_NAME = /^[A-Za-z_][A-Za-z0-9_$]*$/

/** A name in SQL: quoted if it is a keyword or not a plain identifier. */
export function spelled(name: string): string {
  return BARE_NAME.test(name) && !isKeyword(name.toUpperCase()) ? name : `"${name.replaceAll('"', '""')}"`
}

/** What the statement does with the table. */
export type Use = Verb | 'any'

/** The next part of a table name: providers, services, resources; views and tables of the session. */
export function tables(qualifier: readonly string[], use: Use, known: Known): Candidate[] {
  const { sessionInfo } = known
  const isNamed = use === 'select' || use === 'any'
  const own = isNamed || qualifier.length === 0 ? namedParts(qualifier, known) : []
  const direct = resourceParts(qualifier, use, known)
  const full = sessionInfo.provider === undefined ? undefined : [sessionInfo.provider, ...qualifier]
  const short = full ? [...resourceParts(full, use, known), ...(isNamed ? namedParts(full, known) : [])] : []
  return unique([...own, ...direct, ...short]).toSorted((a, b) => (a.text < b.text ? -1 : 1))
}

/** Most tables that are offered by parts of their names. */
const MOST_BY_PARTS = 30

/** Full names of tables and views that have the typed letters as beginnings of words: `apik` is in `confluent.iam.api_keys`. */
export function tablesByParts(typed: string, use: Use, { catalog, sessionInfo }: Known): Candidate[] {
  const letters = typed.toLowerCase().replaceAll(/[._]/g, '')
  if (letters.length < 2) return []
  const isNamed = use === 'select' || use === 'any'
  const resources = catalog
    .providers()
    .flatMap(p => [...catalog.names(p.name)].flatMap(([s, all]) => all.map(r => [p.name, s, r])))
  const named = isNamed ? sessionInfo.tables.map(t => t.name.split('.')) : []
  return [...named, ...resources]
    .filter(parts =>
      hasWords(
        parts.flatMap(p => p.toLowerCase().split('_')),
        letters,
      ),
    )
    .map(parts => parts.map(spelled).join('.'))
    .toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))
    .slice(0, MOST_BY_PARTS)
    .map(text => ({ text, suffix: use === 'exec' ? '.' : ' ' }))
}

/** Whether letters are beginnings of words, in their order. */
function hasWords(words: readonly string[], letters: string): boolean {
  if (letters === '') return true
  return words.some((word, i) => {
    for (let n = Math.min(word.length, letters.length); n > 0; n--)
      if (word.startsWith(letters.slice(0, n)) && hasWords(words.slice(i + 1), letters.slice(n))) return true
    return false
  })
}

/** The part after a qualifier in the names of views and of the session's tables. */
function namedParts(qualifier: readonly string[], { sessionInfo }: Known): Candidate[] {
  const before = qualifier.map(q => q.toLowerCase())
  return sessionInfo.tables.flatMap(({ name }) => {
    const parts = name.split('.')
    if (parts.length <= before.length || !before.every((q, i) => q === parts[i]!.toLowerCase())) return []
    const isLast = parts.length === before.length + 1
    return [{ text: spelled(parts[before.length]!), suffix: isLast ? ' ' : '.' }]
  })
}

function resourceParts(qualifier: readonly string[], use: Use, { catalog }: Known): Candidate[] {
  const [provider, service] = qualifier
  if (provider === undefined) return catalog.providers().map(p => ({ text: p.name, suffix: '.' }))
  if (service === undefined)
    return (catalog.provider(provider)?.services ?? []).map(s => ({ text: s.name, suffix: '.' }))
  if (qualifier.length > 2) return []
  const resources = [...(catalog.service(provider, service)?.values() ?? [])]
  return resources
    .filter(r => use === 'any' || r.methods.some(m => m.verb === use))
    .map(r => ({ text: spelled(r.name), suffix: use === 'exec' ? '.' : ' ' }))
}

/** Methods of a resource, after its three parts. */
export function methods(qualifier: readonly string[], { catalog }: Known): Candidate[] {
  const [provider = '', service = '', resource = ''] = qualifier
  return (catalog.resource(provider, service, resource)?.methods ?? []).map(m => ({
    text: m.name,
    suffix: ' ',
  }))
}

/** Names of the parameters that every method for a verb requires; if no name is common to all, those of the method that requires fewest. */
export function required(resource: Resource, verb: Verb): ReadonlySet<string> {
  const needs = resource.methods
    .filter(m => m.verb === verb)
    .map(m => m.params.filter(p => p.required && p.in !== 'host').map(p => p.name))
  const least = Math.min(...needs.map(n => n.length))
  if (needs.length === 0 || least === 0) return new Set()
  const all = needs[0]!.filter(name => needs.every(n => n.includes(name)))
  return new Set(all.length > 0 ? all : needs.find(n => n.length === least))
}

/** What a change can set: body fields, and for INSERT parameters; the required ones first, with a star. */
export function settable(resource: Resource, verb: Verb): Candidate[] {
  const found = resource.methods.filter(m => m.verb === verb)
  const taken = verb === 'insert' ? inputs : fieldsOf
  const all = found.flatMap(taken)
  const isRequired = (name: string): boolean =>
    found.every(m => taken(m).some(i => i.name === name && i.required))
  return requiredFirst(
    all.map(i => i.name),
    isRequired,
  )
}

/** The arguments of EXEC for a method. */
export function argumentsOf(method: Method): Candidate[] {
  const all = inputs(method)
  return requiredFirst(
    all.map(i => i.name),
    name => all.some(i => i.name === name && i.required),
  ).map(c => ({ text: `@${c.text}`, label: `@${c.label ?? c.text}`, suffix: ' = ' }))
}

type Input = { readonly name: string; readonly required: boolean }

const fieldsOf = ({ body }: Method): Input[] =>
  (body?.fields ?? []).map(f => ({ name: f.path, required: f.required }))

const inputs = (method: Method): Input[] => [
  ...method.params.map(p => ({ name: p.name, required: p.required })),
  ...fieldsOf(method),
]

/** Candidates for these names; the required ones first, with a star. */
export function requiredFirst(names: readonly string[], isRequired: (name: string) => boolean): Candidate[] {
  const all = [...new Set(names)]
  return [
    ...all.filter(isRequired).map(name => ({ text: spelledPath(name), label: `${name}*` })),
    ...all.filter(name => !isRequired(name)).map(name => ({ text: spelledPath(name) })),
  ]
}

const spelledPath = (path: string): string =>
  path
    .split('.')
    .map((part, i) => (i === 0 ? spelled(part) : part))
    .join('.')

/** One candidate for each text. */
export function unique(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Map<string, Candidate>()
  for (const c of candidates) {
    const other = seen.get(c.text)
    // both a complete name and the prefix of others: the user types what follows
    if (other && other.suffix !== c.suffix)
      seen.set(c.text, { text: c.text, ...(other.label !== undefined && { label: other.label }) })
    else if (!other) seen.set(c.text, c)
  }
  return [...seen.values()]
}
