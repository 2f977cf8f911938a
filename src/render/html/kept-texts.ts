import { type Piece, TemporaryFile } from '../temporary-file.ts'

/** Characters in memory before they are moved to the file. */
const MOST = 4 * 2 ** 20

/** The texts of a document until it is written: the last of them in memory, the others in a temporary file. */
export class KeptTexts {
  readonly #file = new TemporaryFile()
  readonly #texts: (string | Piece)[] = []
  /** How many texts are in the file, and the characters of the others. */
  #moved = 0
  #size = 0

  get count(): number {
    return this.#texts.length
  }

  /** Whether `settle` must be called before more is added. */
  get isFull(): boolean {
    return this.#size >= MOST
  }

  add(text: string): void {
    this.#texts.push(text)
    this.#size += text.length
  }

  /** Moves the texts in memory to the file. @throws ConfluentqlError OUTPUT */
  async settle(): Promise<void> {
    for (; this.#moved < this.#texts.length; this.#moved++)
      this.#texts[this.#moved] = await this.#file.append(Buffer.from(this.#texts[this.#moved] as string))
    this.#size = 0
  }

  /** The texts from index `from` to before `to`. */
  async *read(from: number, to: number): AsyncGenerator<string | Uint8Array, void, void> {
    for (const text of this.#texts.slice(from, to))
      yield typeof text === 'string' ? text : await this.#file.read(text)
  }

  close(): void {
    this.#file.close()
  }
}
