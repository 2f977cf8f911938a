import { now } from '../clock.ts'
import { PackedRows } from '../packed.ts'
import { Bytes } from './bytes.ts'
import type { About, Renderer, ResultColumn, Row, Write } from './types.ts'

/** A write is made when this many bytes are buffered, or when this many milliseconds have passed since the last one. */
const CHUNK = 256 * 1024
const MAX_DELAY_MS = 50

/** Buffers text into chunks and writes `between` between two results. */
export class Sink {
  readonly #write: Write
  readonly #between: string
  readonly #bytes = new Bytes()
  #written = false
  #gap = false
  #flushed = -Infinity

  constructor(write: Write, between = '') {
    this.#write = write
    this.#between = between
  }

  /** Begins a result: its first text is preceded by `between` if anything was written before. */
  begin(): void {
    this.#gap = this.#written
  }

  /** Adds text; call `flush` when `full`. */
  add(text: string): void {
    if (text !== '') this.bytes().text(text)
  }

  /** The buffer to add text to; call `flush` when `full`. */
  bytes(): Bytes {
    if (this.#gap) this.#bytes.text(this.#between)
    this.#gap = false
    this.#written = true
    return this.#bytes
  }

  get full(): boolean {
    return this.#bytes.length >= CHUNK
  }

  /** Whether the last write was more than MAX_DELAY_MS ago. */
  get isDue(): boolean {
    return now() - this.#flushed > MAX_DELAY_MS
  }

  async flush(): Promise<void> {
    this.#flushed = now()
    if (this.#bytes.length > 0) await this.#write(this.#bytes.take())
  }
}

/** The text of one result, for formats that need one row at a time. `row` appends the text of a row to `bytes`. */
export interface Layout {
  readonly head: string
  row(row: Row, index: number, bytes: Bytes): void
  /** The same for packed rows; undefined if the format needs rows one by one. */
  readonly packed?: ((rows: PackedRows, bytes: Bytes) => void) | undefined
  tail?(count: number): string
}

/** A renderer that writes rows as they arrive. `between`: written between two results. */
export function streamed(
  write: Write,
  between: string,
  layoutOf: (about: About, columns: readonly ResultColumn[]) => Layout,
): Renderer {
  const sink = new Sink(write, between)
  return {
    async result(about, columns, rows) {
      const layout = layoutOf(about, columns)
      sink.begin()
      sink.add(layout.head)
      let count = 0
      try {
        for await (const batch of rows.batches()) {
          if (layout.packed && batch instanceof PackedRows) {
            layout.packed(batch, sink.bytes())
            count += batch.length
          } else {
            for (const row of batch) {
              layout.row(row, count, sink.bytes())
              count += 1
              if (sink.full) await sink.flush()
            }
          }
          if (sink.full || sink.isDue) await sink.flush()
        }
      } catch (error) {
        await flushAfter(error, sink)
      }
      sink.add(layout.tail?.(count) ?? '')
      await sink.flush()
      return count
    },
    end: () => sink.flush(),
  }
}

/** Writes what is buffered, then throws `error`. A failure of this write is ignored: it would hide the first. */
export async function flushAfter(error: unknown, sink: Pick<Sink, 'flush'>): Promise<never> {
  try {
    await sink.flush()
  } catch {
    throw error
  }
  throw error
}
