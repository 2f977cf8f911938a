import { Elements, KIND } from './jsonb.ts'
import type { RowPlaces } from './row-places.ts'

/** Most names to compare one by one: an object with more is a map. */
const MAX_NAMES = 100

interface Known {
  /** The name as it is in the page, with its header. */
  readonly bytes: Uint8Array
  readonly text: string
  /** The last object that has it. */
  in: number
}

/** Finds a name that an object has twice: SQLite reads the first of the members, other programs the last. Objects mostly have the same names in one order. */
export class RowNames {
  readonly #known: Known[] = []
  #object = 0
  readonly #more = new Set<string>()

  /** A name that a row of a page has twice. */
  repeatedIn(places: RowPlaces, page: Buffer): string | undefined {
    const elements = new Elements(page)
    let name: string | undefined
    places.some(elements, at => (name = this.#repeated(elements, at)) !== undefined)
    return name
  }

  #repeated(elements: Elements, start: number): string | undefined {
    elements.read(start)
    if (elements.kind !== KIND.object) return undefined
    const { bytes, to } = elements
    const object = ++this.#object
    if (this.#more.size > 0) this.#more.clear()
    for (let at = elements.from, i = 0; at < to; i++) {
      const likely = this.#known[i]
      if (likely !== undefined && likely.in !== object && isAt(likely.bytes, bytes, at)) {
        likely.in = object
        at += likely.bytes.length
      } else {
        elements.read(at)
        if (this.#isRepeated(elements, at)) return elements.text()
        at = elements.to
      }
      const size = bytes[at]! >> 4
      if (size < 12) at += size + 1
      else {
        elements.read(at)
        at = elements.to
      }
    }
    return undefined
  }

  /** Whether the name that was read was read before in its object. */
  #isRepeated(elements: Elements, at: number): boolean {
    const text = elements.text()
    const known = this.#known.find(k => k.text === text)
    if (known) {
      const isRepeated = known.in === this.#object
      known.in = this.#object
      return isRepeated
    }
    if (this.#known.length < MAX_NAMES) {
      const bytes = Uint8Array.from(elements.bytes.subarray(at, elements.to))
      this.#known.push({ bytes, text, in: this.#object })
      return false
    }
    const { size } = this.#more
    return this.#more.add(text).size === size
  }
}

function isAt(name: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false
  return true
}
