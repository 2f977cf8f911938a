const FIRST_SLOTS = 1 << 11
/** Slots of 8 bytes each. Of a listing with more rows than two such tables hold, only the latest are remembered. */
const MOST_SLOTS = 1 << 18

/** Hashes of 64 bits of the rows of a listing, by open addressing. Its memory is bounded. */
export class RowHashes {
  #slots = new Int32Array(2 * FIRST_SLOTS)
  #count = 0
  /** The table that was full before this one. */
  #full: Int32Array<ArrayBuffer> | undefined

  /** Adds a hash; true if it is there already. */
  add(high: number, low: number): boolean {
    // in an empty slot it is 0
    const first = high === 0 ? 1 : high
    if (this.#full && this.#full[slotOf(this.#full, first, low)] !== 0) return true
    const slot = slotOf(this.#slots, first, low)
    if (this.#slots[slot] !== 0) return true
    this.#slots[slot] = first
    this.#slots[slot + 1] = low
    if (++this.#count * 3 > this.#slots.length) this.#grow()
    return false
  }

  #grow(): void {
    const slots = this.#slots
    if (slots.length >= 2 * MOST_SLOTS) {
      this.#slots = this.#full?.fill(0) ?? new Int32Array(slots.length)
      this.#full = slots
      this.#count = 0
      return
    }
    const grown = new Int32Array(4 * slots.length)
    for (let i = 0; i < slots.length; i += 2) {
      if (slots[i] === 0) continue
      const slot = slotOf(grown, slots[i]!, slots[i + 1]!)
      grown[slot] = slots[i]!
      grown[slot + 1] = slots[i + 1]!
    }
    this.#slots = grown
  }
}

/** The slot that has a hash, or the empty one where it belongs. */
function slotOf(slots: Int32Array, high: number, low: number): number {
  const last = slots.length - 2
  let slot = (low << 1) & last
  while (slots[slot] !== 0 && (slots[slot] !== high || slots[slot + 1] !== low)) slot = (slot + 2) & last
  return slot
}

/** Hashes bytes of a page. Sixteen are mixed into a state of 128 bits at once, one-to-one, so that rows which differ in few bytes have different hashes. */
export class Hasher {
  high = 0
  low = 0
  readonly #page: Buffer
  #a = 0
  #b = 0
  #c = 0
  #d = 0

  constructor(page: Buffer) {
    this.#page = page
  }

  /** Starts a hash. */
  begin(): void {
    this.#a = 0x165667b1
    this.#b = 0x3c6ef372
    this.#c = 0x1b873593
    this.#d = 0x7ed55d16
  }

  /** Adds all bytes between two offsets. */
  add(from: number, to: number): void {
    const page = this.#page
    let [a, b, c, d] = [this.#a ^ (to - from), this.#b, this.#c, this.#d]
    let at = from
    for (const end = to - 16; at <= end; at += 16) {
      a = Math.imul(a ^ wordAt(page, at), 0x9e3779b1)
      b = Math.imul(b ^ wordAt(page, at + 4), 0x85ebca6b)
      c = Math.imul(c ^ wordAt(page, at + 8), 0xc2b2ae35)
      d = Math.imul(d ^ wordAt(page, at + 12), 0x27d4eb2f)
      a ^= b >>> 13
      b ^= c >>> 15
      c ^= d >>> 14
      d ^= a >>> 12
    }
    for (; at < to; at++) {
      a = Math.imul(a ^ page[at]!, 0x9e3779b1) ^ (b >>> 13)
      b = Math.imul(b ^ a, 0x85ebca6b)
    }
    this.#a = a
    this.#b = b
    this.#c = c
    this.#d = d
  }

  /** Ends a hash: `high` and `low` have it. */
  end(): void {
    const [c, d] = [this.#c, this.#d]
    let a = Math.imul(this.#a ^ (c >>> 15), 0x85ebca6b) ^ c
    let b = Math.imul(this.#b ^ (d >>> 13), 0xc2b2ae35) ^ d
    a = Math.imul(a ^ (a >>> 16) ^ b, 0x9e3779b1)
    b = Math.imul(b ^ (b >>> 15) ^ a, 0x27d4eb2f)
    this.high = a ^ (a >>> 14)
    this.low = b ^ (b >>> 16)
  }
}

/** Four bytes of a page. A DataView would read them faster, but takes memory for each page. */
function wordAt(page: Buffer, at: number): number {
  return page[at]! | (page[at + 1]! << 8) | (page[at + 2]! << 16) | (page[at + 3]! << 24)
}
