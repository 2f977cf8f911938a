import type { Verb } from '../catalog/types.ts'
import { partsOf } from './references.ts'
import { entriesOf, listOf, member, textOf } from './tree.ts'

/** In the order of SHOW METHODS. */
export const VERBS: readonly Verb[] = ['select', 'insert', 'update', 'replace', 'delete', 'exec']

/** Methods that have a verb by their name, in a resource that says nothing about the verb. */
const BY_NAME: Readonly<Partial<Record<Verb, readonly string[]>>> = {
  select: ['select', 'list', 'aggregatedList', 'get'],
  insert: ['insert', 'create'],
  delete: ['delete'],
}

/** A method of a resource under a verb. A method may have several verbs; one that has none is for EXEC. */
export interface VerbMethod {
  readonly name: string
  readonly verb: Verb
  readonly source: unknown
}

/** The methods of a resource with their verbs, in the order of the document. */
export function verbMethodsOf(resource: unknown): VerbMethod[] {
  const methods = new Map(entriesOf(member(resource, 'methods')))
  const found: VerbMethod[] = []
  const used = new Set<string>()
  for (const verb of VERBS) {
    const written = member(resource, 'sqlVerbs', verb)
    const names = Array.isArray(written)
      ? listOf(written).flatMap(one => partsOf(textOf(member(one, '$ref')) ?? '')?.at(-1) ?? [])
      : (BY_NAME[verb] ?? [])
    for (const name of new Set(names)) {
      if (!methods.has(name)) continue
      used.add(name)
      found.push({ name, verb, source: methods.get(name) })
    }
  }
  for (const [name, source] of methods) if (!used.has(name)) found.push({ name, verb: 'exec', source })
  return found
}
