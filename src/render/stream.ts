import { now } from '../clock.ts'
import { PackedRows } from '../packed.ts'
import { Bytes } from './bytes.ts'
import type { About, Renderer, ResultColumn, Row, Write } from './types.ts'

/** Bytes gathered before a write, and milliseconds after which what there is is written: few system calls, and nobody waits for a row that is there. */
const CHUNK = 256 * 1024
const PATIENCE = 50

/** Gathers text into chunks and keeps `between` between two results. */
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

  /** A result begins: if it writes anything, it is set off from what was written before. */
  begin(): void {
    this.#gap = this.#written
  }

  /** Takes text; call `flush` when `full`. */
  add(text: string): void {
    if (text !== '') this.bytes().text(text)
  }

  /** Where text is to be added; call `flush` when `full`. */
  bytes(): Bytes {
    if (this.#gap) this.#bytes.text(this.#between)
    this.#gap = false
    this.#written = true
    return this.#bytes
  }

  get full(): boolean {
    return this.#bytes.length >= CHUNK
  }

  /** Nothing was written for a while. */
  get isDue(): boolean {
    return now() - this.#flushed > PATIENCE
  }

  async flush(): Promise<void> {
    this.#flushed = now()
    if (this.#bytes.length > 0) await this.#write(this.#bytes.take())
  }
}

/** The text of one result, for formats that need to see no more than one row at a time. `row` adds a row's to what it is given. */
export interface Layout {
  readonly head: string
  row(row: Row, index: number, bytes: Bytes): void
  /** The same for packed rows; undefined where they are to come one by one. */
  readonly packed?: ((rows: PackedRows, bytes: Bytes) => void) | undefined
  tail?(count: number): string
}

/** A renderer that writes rows as they come. `between`: written between two results. */
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

/** Writes what was gathered before `error`, then throws it; a second failure would only hide the first. */
export async function flushAfter(error: unknown, sink: Sink): Promise<never> {
  try {
    await sink.flush()
  } catch {
    throw error
  }
  throw error
}
