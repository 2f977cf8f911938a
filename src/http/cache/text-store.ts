/** Bytes of a block. A longer text gets a block of its own. */
const BLOCK = 2 ** 20

interface Block {
  readonly bytes: Buffer
  used: number
  texts: number
}

/** A text in the store. */
export interface StoredText {
  readonly block: Block
  readonly from: number
  readonly to: number
  readonly isAscii: boolean
}

/**
 * Texts outside the JavaScript heap, in blocks that are reused when their texts are removed. Strings of this size would leave
 * several times their size in garbage, which V8 collects late.
 */
export class TextStore {
  #current: Block = { bytes: Buffer.alloc(0), used: 0, texts: 0 }
  #free: Block[] = []
  #size = 0

  /** Bytes of all texts. */
  get size(): number {
    return this.#size
  }

  add(text: string): StoredText {
    const length = Buffer.byteLength(text)
    if (this.#current.used + length > this.#current.bytes.length)
      this.#current = (length <= BLOCK ? this.#free.pop() : undefined) ?? {
        bytes: Buffer.allocUnsafeSlow(Math.max(BLOCK, length)),
        used: 0,
        texts: 0,
      }
    const block = this.#current
    const from = block.used
    block.used += block.bytes.write(text, from)
    block.texts++
    this.#size += length
    return { block, from, to: block.used, isAscii: length === text.length }
  }

  read({ block, from, to, isAscii }: StoredText): string {
    return block.bytes.toString(isAscii ? 'latin1' : 'utf8', from, to)
  }

  remove({ block, from, to }: StoredText): void {
    this.#size -= to - from
    if (--block.texts > 0) return
    block.used = 0
    if (block !== this.#current && block.bytes.length === BLOCK) this.#free.push(block)
  }

  clear(): void {
    this.#current = { bytes: Buffer.alloc(0), used: 0, texts: 0 }
    this.#free = []
    this.#size = 0
  }
}
