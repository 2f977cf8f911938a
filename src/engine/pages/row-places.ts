import type { RowsAt } from '../../catalog/types.ts'
import { type Elements, KIND, type MemberName, namesIn } from './jsonb.ts'

/** Where the rows of an answer are in its binary JSON; the same as `rowsFrom` in SQL. */
export class RowPlaces {
  readonly #kind: RowsAt['kind']
  /** The names between the `[*]` of the path. */
  readonly #paths: readonly (readonly MemberName[])[]

  constructor({ at, kind }: RowsAt) {
    this.#kind = kind
    this.#paths = at.split('[*]').map(namesIn)
  }

  /** The kind of element that contains all rows; undefined if there is none. */
  container(elements: Elements): number | undefined {
    return elements.find(this.#paths[0]!) < 0 ? undefined : elements.kind
  }

  /** A name in the path to the rows that its object has twice: rows may be in either member. */
  repeated(elements: Elements): string | undefined {
    let at = 0
    for (const name of this.#paths[0]!) {
      elements.read(at)
      const { to } = elements
      at = elements.find([name], at)
      if (at < 0) return undefined
      if (elements.member(name, elements.to, to) >= 0) return name.text
    }
    return undefined
  }

  /** Calls `test` with the offset of each row until it returns true. Returns whether it did. */
  some(elements: Elements, test: (at: number) => boolean): boolean {
    return this.#some(elements, 0, 0, test)
  }

  #some(elements: Elements, start: number, level: number, test: (at: number) => boolean): boolean {
    const place = elements.find(this.#paths[level]!, start)
    if (place < 0) return false
    const isLast = level === this.#paths.length - 1
    if (isLast && this.#kind === 'one') return test(place)
    const { kind, from, to } = elements
    const isObject = kind === KIND.object
    const isWanted = isLast
      ? isObject === (this.#kind === 'map') && (isObject || kind === KIND.array)
      : isObject || kind === KIND.array
    if (!isWanted) return false
    for (let at = from; at < to;) {
      elements.read(at)
      // the name of a member
      if (isObject) elements.read((at = elements.to))
      const next = elements.to
      if (isLast ? test(at) : this.#some(elements, at, level + 1, test)) return true
      at = next
    }
    return false
  }
}
