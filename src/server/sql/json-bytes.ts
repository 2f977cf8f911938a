/*
 * The same as jsonb.ts over UTF-8 bytes, in a tenth of the time, for the usual JSON: without white space, escapes, exponents and
 * repeated keys.
 */

/** 1: a byte that a JSON string holds as it is. */
const PLAIN = new Uint8Array(256).map((_, byte) =>
  byte >= 0x20 && byte < 0xfd && byte !== 0x22 && byte !== 0x5c ? 1 : 0,
)
const [QUOTE, COMMA, COLON, SPACE, MINUS, POINT] = [0x22, 0x2c, 0x3a, 0x20, 0x2d, 0x2e] as const
const [OBJECT, END_OBJECT, ARRAY, END_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d] as const
const WORDS: ReadonlyMap<number, Buffer> = new Map(
  ['true', 'false', 'null'].map(word => [word.charCodeAt(0), Buffer.from(word)] as const),
)
const DEEPEST = 64
/** Digits after a point that Postgres accepts in any case. */
const MOST_DECIMALS = 1000
/** Most members of a value, and of all values in it. */
const MOST = 2000

/** Numbers of a value: its key, from and to; itself, from and to; its first member; the next one beside it; how many members. */
const [KEY, KEY_END, FROM, TO, FIRST, NEXT, COUNT, SIZE] = [0, 1, 2, 3, 4, 5, 6, 7] as const

/** Writes JSON as Postgres prints jsonb. */
export class JsonBytes {
  readonly #values = new Int32Array(MOST * SIZE)
  #input: Uint8Array = new Uint8Array()
  #output: Uint8Array = new Uint8Array()
  #used = 0
  #at = 0
  #to = 0

  /**
   * Writes the JSON that begins at `from` and ends before a byte that is no UTF-8. It takes at most twice its length.
   * @returns where its end was written; -1 if it is unusual, or no JSON
   */
  write(input: Uint8Array, from: number, output: Uint8Array, to: number): number {
    this.#input = input
    this.#output = output
    this.#used = SIZE
    this.#at = from
    this.#to = to
    this.#values[KEY_END] = 0
    if (!this.#read(0, DEEPEST) || input[this.#at]! < 0xfd) return -1
    this.#print(0)
    return this.#to
  }

  /** The offset after the last JSON that was written. */
  get end(): number {
    return this.#at
  }

  /** Reads the value at the current offset into `value`. Returns whether it is usual. */
  #read(value: number, depth: number): boolean {
    const values = this.#values
    const from = this.#at
    const byte = this.#input[from]!
    values[value + FROM] = from
    values[value + FIRST] = 0
    values[value + COUNT] = -1
    let isRead: boolean
    if (byte === QUOTE) isRead = this.#skipString()
    else if (byte === OBJECT || byte === ARRAY)
      isRead = depth > 0 && this.#members(value, byte === OBJECT, depth - 1)
    else isRead = byte < 0x40 ? this.#skipNumber() : this.#skipWord(byte)
    values[value + TO] = this.#at
    return isRead
  }

  #members(parent: number, isObject: boolean, depth: number): boolean {
    const values = this.#values
    const input = this.#input
    const close = isObject ? END_OBJECT : END_ARRAY
    let count = 0
    let last = 0
    if (input[++this.#at] !== close)
      for (;;) {
        const value = this.#used
        this.#used += SIZE
        if (this.#used > values.length) return false
        if (isObject) {
          values[value + KEY] = this.#at
          if (input[this.#at] !== QUOTE || !this.#skipString()) return false
          values[value + KEY_END] = this.#at
          if (input[this.#at++] !== COLON) return false
        }
        if (!this.#read(value, depth)) return false
        last = isObject ? this.#insert(parent, value, last) : this.#append(parent, value, last)
        if (last < 0) return false
        count++
        const separator = input[this.#at]
        if (separator === close) break
        if (separator !== COMMA) return false
        this.#at++
      }
    this.#at++
    values[parent + COUNT] = count
    return true
  }

  #append(parent: number, value: number, last: number): number {
    const values = this.#values
    values[value + NEXT] = 0
    values[last === 0 ? parent + FIRST : last + NEXT] = value
    return value
  }

  /** Adds a member in the order of keys. Returns the last one; -1 if there is one with this key. */
  #insert(parent: number, value: number, last: number): number {
    const values = this.#values
    if (last === 0 || this.#compare(last, value) < 0) return this.#append(parent, value, last)
    let before = 0
    let next = values[parent + FIRST]!
    let order = this.#compare(next, value)
    while (order < 0) {
      before = next
      next = values[next + NEXT]!
      order = this.#compare(next, value)
    }
    if (order === 0) return -1
    values[value + NEXT] = next
    values[before === 0 ? parent + FIRST : before + NEXT] = value
    return last
  }

  /** Shorter keys are first. */
  #compare(a: number, b: number): number {
    const values = this.#values
    const input = this.#input
    let [x, y] = [values[a + KEY]!, values[b + KEY]!]
    const end = values[a + KEY_END]!
    const longer = end - x - (values[b + KEY_END]! - y)
    if (longer !== 0) return longer
    for (; x < end; x++, y++) if (input[x] !== input[y]) return input[x]! - input[y]!
    return 0
  }

  #skipString(): boolean {
    const input = this.#input
    let at = this.#at + 1
    while (PLAIN[input[at]!] === 1) at++
    this.#at = at + 1
    return input[at] === QUOTE
  }

  #skipWord(first: number): boolean {
    const word = WORDS.get(first)
    if (!word) return false
    for (const byte of word) if (this.#input[this.#at++] !== byte) return false
    return true
  }

  /** Digits, also with a point; negative ones without, since Postgres knows no negative zero. */
  #skipNumber(): boolean {
    const input = this.#input
    const isNegative = input[this.#at] === MINUS
    if (isNegative) this.#at++
    const from = this.#at
    const digits = this.#skipDigits()
    if (digits === 0 || (input[from] === 0x30 && (digits > 1 || isNegative))) return false
    if (input[this.#at] === POINT) {
      this.#at++
      const decimals = this.#skipDigits()
      if (isNegative || decimals === 0 || decimals > MOST_DECIMALS) return false
    }
    return (input[this.#at]! | 0x20) !== 0x65
  }

  #skipDigits(): number {
    const from = this.#at
    while (this.#input[this.#at]! >= 0x30 && this.#input[this.#at]! <= 0x39) this.#at++
    return this.#at - from
  }

  #print(value: number): void {
    const values = this.#values
    if (values[value + COUNT]! < 0) return this.#copy(values[value + FROM]!, values[value + TO]!)
    const output = this.#output
    const isObject = this.#input[values[value + FROM]!] === OBJECT
    output[this.#to++] = isObject ? OBJECT : ARRAY
    let member = values[value + FIRST]!
    for (let left = values[value + COUNT]!; left > 0; left--) {
      if (isObject) {
        this.#copy(values[member + KEY]!, values[member + KEY_END]!)
        output[this.#to++] = COLON
        output[this.#to++] = SPACE
      }
      this.#print(member)
      if (left > 1) {
        output[this.#to++] = COMMA
        output[this.#to++] = SPACE
      }
      member = values[member + NEXT]!
    }
    output[this.#to++] = isObject ? END_OBJECT : END_ARRAY
  }

  #copy(from: number, end: number): void {
    const input = this.#input
    const output = this.#output
    let to = this.#to
    for (let at = from; at < end; at++) output[to++] = input[at]!
    this.#to = to
  }
}
