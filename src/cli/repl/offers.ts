import type { Method, Resource, Verb } from '../../catalog/types.ts'
import type { Candidate } from './candidate.ts'
import type { Known } from './session-info.ts'
import { isKeyword } from './words.ts'

const PLAIN = /^[A-Za-z_][A-Za-z0-9_$]*$/

/** A name as SQL takes it: in quotes where it would be a keyword or is no word. */
export function spelled(name: string): string {
  return PLAIN.test(name) && !isKeyword(name.toUpperCase()) ? name : `"${name.replaceAll('"', '""')}"`
}

/** What a table is wanted for. */
export type Use = Verb | 'any'

/** Names of tables, one part at a time: providers, services, resources; views and tables of the session. */
export function tables(qualifier: readonly string[], use: Use, known: Known): Candidate[] {
  const { sessionInfo } = known
  const own = use === 'select' || use === 'any' || qualifier.length === 0 ? namedParts(qualifier, known) : []
  const direct = resourceParts(qualifier, use, known)
  const short =
    sessionInfo.provider === undefined ? [] : resourceParts([sessionInfo.provider, ...qualifier], use, known)
  return unique([...own, ...direct, ...short]).toSorted((a, b) => (a.text < b.text ? -1 : 1))
}

/** The parts after a qualifier of the names of views and own tables. */
function namedParts(qualifier: readonly string[], { sessionInfo }: Known): Candidate[] {
  const before = qualifier.map(q => q.toLowerCase())
  return sessionInfo.tables.flatMap(({ name }) => {
    const parts = name.split('.')
    if (parts.length <= before.length || !before.every((q, i) => q === parts[i]!.toLowerCase())) return []
    const isLast = parts.length === before.length + 1
    return [{ text: spelled(parts[before.length]!), tail: isLast ? ' ' : '.' }]
  })
}

function resourceParts(qualifier: readonly string[], use: Use, { catalog }: Known): Candidate[] {
  const [provider, service] = qualifier
  if (provider === undefined) return catalog.providers().map(p => ({ text: p.name, tail: '.' }))
  if (service === undefined)
    return (catalog.provider(provider)?.services ?? []).map(s => ({ text: s.name, tail: '.' }))
  if (qualifier.length > 2) return []
  const resources = [...(catalog.service(provider, service)?.values() ?? [])]
  return resources
    .filter(r => use === 'any' || r.methods.some(m => m.verb === use))
    .map(r => ({ text: spelled(r.name), tail: use === 'exec' ? '.' : ' ' }))
}

/** Methods of a resource, after its three parts. */
export function methods(qualifier: readonly string[], { catalog }: Known): Candidate[] {
  const [provider = '', service = '', resource = ''] = qualifier
  return (catalog.resource(provider, service, resource)?.methods ?? []).map(m => ({
    text: m.name,
    tail: ' ',
  }))
}

/** Names of what a statement must give for a table to be read, by the parameters that each way to read it requires. */
export function required(resource: Resource, verb: Verb): ReadonlySet<string> {
  const needs = resource.methods
    .filter(m => m.verb === verb)
    .map(m => m.params.filter(p => p.required && p.in !== 'host').map(p => p.name))
  const least = Math.min(...needs.map(n => n.length))
  if (needs.length === 0 || least === 0) return new Set()
  const all = needs[0]!.filter(name => needs.every(n => n.includes(name)))
  return new Set(all.length > 0 ? all : needs.find(n => n.length === least))
}

/** What a change sets: parts of the body, and parameters; the required ones first and marked. */
export function settable(resource: Resource, verb: Verb): Candidate[] {
  const found = resource.methods.filter(m => m.verb === verb)
  const all = found.flatMap(inputs)
  const isRequired = (name: string): boolean =>
    found.every(m => inputs(m).some(i => i.name === name && i.required))
  return marked(
    all.map(i => i.name),
    isRequired,
  )
}

/** What a method takes, as arguments of EXEC. */
export function argumentsOf(method: Method): Candidate[] {
  const all = inputs(method)
  return marked(
    all.map(i => i.name),
    name => all.some(i => i.name === name && i.required),
  ).map(c => ({ text: `@${c.text}`, shown: `@${c.shown ?? c.text}`, tail: ' = ' }))
}

const inputs = ({ params, body }: Method): { name: string; required: boolean }[] => [
  ...params.map(p => ({ name: p.name, required: p.required })),
  ...(body?.fields ?? []).map(f => ({ name: f.path, required: f.required })),
]

/** Candidates of these names; what is required comes first, with a star. */
export function marked(names: readonly string[], isRequired: (name: string) => boolean): Candidate[] {
  const all = [...new Set(names)]
  return [
    ...all.filter(isRequired).map(name => ({ text: spelledPath(name), shown: `${name}*` })),
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
    // a name that is whole and the beginning of others: what follows is for the user to say
    if (other && other.tail !== c.tail)
      seen.set(c.text, { text: c.text, ...(other.shown !== undefined && { shown: other.shown }) })
    else if (!other) seen.set(c.text, c)
  }
  return [...seen.values()]
}
