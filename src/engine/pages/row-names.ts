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

/** Finds a name that an object has twice, with different values: SQLite reads the first of the members, other programs the last. Objects mostly have the same names in one order. */
export class RowNames {
  readonly #known: Known[] = []
  #object = 0
  readonly #more = new Set<string>()

  /** A name that a row of a page has twice, with different values. */
  repeatedIn(places: RowPlaces, page: Buffer): string | undefined {
    const elements = new Elements(page)
    let name: string | undefined
    places.some(elements, at => (name = this.#repeated(elements, at)) !== undefined)
    return name
  }

  #repeated(elements: Elements, start: number): string | undefined {
    elements.read(start)
    if (elements.kind !== KIND.object) return undefined
    const { bytes, from, to } = elements
    const object = ++this.#object
    if (this.#more.size > 0) this.#more.clear()
    for (let at = from, i = 0; at < to; i++) {
      const likely = this.#known[i]
      if (likely !== undefined && likely.in !== object && isAt(likely.bytes, bytes, at)) {
        likely.in = object
        at += likely.bytes.length
      } else {
        elements.read(at)
        const end = elements.to
        const name = elements.text()
        if (this.#isRepeated(elements, at, name) && hasOtherValue(bytes, name, end, from, to)) return name
        at = end
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
  #isRepeated(elements: Elements, at: number, text: string): boolean {
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

/** Whether a name that ends at an offset has another value there than at its first occurrence between two offsets. */
function hasOtherValue(bytes: Buffer, text: string, end: number, from: number, to: number): boolean {
  const elements = new Elements(bytes)
  const first = elements.member({ text, bytes: Buffer.from(text) }, from, to)
  elements.read(first)
  const value = bytes.subarray(first, elements.to)
  elements.read(end)
  return !value.equals(bytes.subarray(end, elements.to))
}

function isAt(name: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false
  return true
}
