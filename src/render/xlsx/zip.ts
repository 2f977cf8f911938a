import { Zip, ZipDeflate } from 'fflate'
import { ConfluentqlError } from '../../errors.ts'
import type { Write } from '../types.ts'

/** Characters buffered before they are compressed. */
const CHUNK = 256 * 1024
/** Sizes and offsets in a zip file have 32 bits. */
const LARGEST = 0xffff_ffff
/** The earliest time of zip files. All parts have this time, so that equal results give equal files. */
const EARLIEST = new Date(1980, 0, 1)

/** A zip file written incrementally. One part is open at a time; `flush` writes the compressed bytes. */
export class ZipFile {
  readonly #write: Write
  readonly #zip: Zip
  #ready: Uint8Array[] = []
  #part: ZipDeflate | undefined
  #text = ''
  #partSize = 0
  #size = 0

  constructor(write: Write) {
    this.#write = write
    this.#zip = new Zip((error, data) => {
      if (error) throw error
      this.#size += data.length
      this.#ready.push(data)
    })
  }

  /** Begins a part, and ends the one before it. */
  begin(name: string): void {
    this.#endPart()
    this.#part = new ZipDeflate(name, { level: 6 })
    this.#part.mtime = EARLIEST
    this.#zip.add(this.#part)
    this.#partSize = 0
  }

  /** Adds text to the part; call `flush` when `full`. */
  add(text: string): void {
    this.#text += text
    if (this.#text.length >= CHUNK) this.#push(false)
  }

  get full(): boolean {
    return this.#ready.length > 0
  }

  async flush(): Promise<void> {
    const ready = this.#ready
    this.#ready = []
    for (const data of ready) await this.#write(data)
  }

  async end(): Promise<void> {
    this.#endPart()
    this.#zip.end()
    await this.flush()
  }

  #endPart(): void {
    if (this.#part) this.#push(true)
    this.#part = undefined
  }

  #push(last: boolean): void {
    const bytes = Buffer.from(this.#text)
    this.#text = ''
    this.#partSize += bytes.length
    if (this.#partSize > LARGEST || this.#size > LARGEST) {
      throw new ConfluentqlError(
        'OUTPUT',
        'xlsx: the result is larger than 4 GiB, more than its zip file holds',
        { hint: 'write csv or parquet, or select less' },
      )
    }
    this.#part?.push(bytes, last)
  }
}
