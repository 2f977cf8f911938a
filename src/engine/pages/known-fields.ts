import type { Column, Method, Resource } from '../../catalog/types.ts'
import { type Elements, KIND, namesIn } from './jsonb.ts'

/**
 * The names of the members that the one row of an answer can have. An object with none of them is not a row: a gateway may have
 * answered in place of the API. An empty object may be a row without values.
 */
export class KnownFields {
  readonly #names: ReadonlySet<string> | undefined

  constructor(method: Method, resource: Resource) {
    if (method.verb !== 'select' || method.rows?.kind !== 'one') return
    const columns = (method.columns ?? resource.columns).filter(c => !c.isInput || c.at !== undefined)
    const names = columns.map(namesOf)
    if (names.length > 0 && names.every(each => each !== undefined)) this.#names = new Set(names.flat())
  }

  /** Whether the element at an offset is an object that has members, but none of a row. */
  areMissing(elements: Elements, at: number): boolean {
    elements.read(at)
    if (this.#names === undefined || elements.kind !== KIND.object || elements.from === elements.to)
      return false
    const { from, to } = elements
    for (let next = from; next < to; next = elements.to) {
      elements.read(next)
      if (this.#names.has(elements.text())) return false
      elements.read(elements.to)
    }
    return true
  }
}

/** The members that a column is read from; undefined if its value does not say which. */
function namesOf({ name, at, orAt }: Column): readonly string[] | undefined {
  const paths = [at, orAt].filter(path => path !== undefined)
  const firsts = paths.map(path => (path.startsWith('$') ? namesIn(path)[0]?.text : undefined))
  if (firsts.includes(undefined)) return undefined
  return at === undefined ? [name, ...(firsts as string[])] : (firsts as string[])
}
