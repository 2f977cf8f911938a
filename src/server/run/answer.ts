import { reportOf, SqlError } from '../wire/errors.ts'
import type { Field } from '../wire/rows.ts'

/** Complete DataRow messages, or CopyData messages. They are valid until the next chunk is asked for. */
export interface RowChunk {
  readonly bytes: Buffer
  readonly count: number
}

/** The answer to a statement. */
export interface Answer {
  /** Its columns; undefined if it has no rows. */
  readonly fields: readonly Field[] | undefined
  /** The formats of its values, if they are not those that were asked for. */
  readonly formats?: readonly number[]
  readonly rows: AsyncIterable<RowChunk>
  /** The command tag after so many rows. */
  readonly tag: (count: number) => string
  /** Messages before the rows: notices, changed parameters. */
  readonly notices?: readonly Buffer[]
  /** CopyOutResponse; `rows` are then CopyData. */
  readonly copy?: Buffer
}

/** An answer without rows. */
export function command(tag: string, notices: readonly Buffer[] = []): Answer {
  return { fields: undefined, rows: noRows(), tag: () => tag, notices }
}

async function* noRows(): AsyncGenerator<RowChunk, void, void> {}

/** Returns the rows of an answer in portions. */
export class RowStream {
  readonly answer: Answer
  readonly #rows: AsyncIterator<RowChunk>
  #rest: RowChunk | undefined
  #isDone = false
  #failure: unknown

  constructor(answer: Answer) {
    this.answer = answer
    this.#rows = answer.rows[Symbol.asyncIterator]()
  }

  /**
   * At most `most` rows of the stream; undefined at its end.
   * @throws also after a failure, since the rows before it are not all
   */
  async next(most = Infinity): Promise<RowChunk | undefined> {
    if (this.#failure !== undefined)
      throw new SqlError('55000', `no more rows: ${reportOf(this.#failure).message}`)
    const chunk = this.#rest ?? (await this.#read())
    this.#rest = undefined
    if (!chunk || chunk.count <= most) return chunk
    let at = 0
    for (let n = 0; n < most; n++) at += 1 + chunk.bytes.readInt32BE(at + 1)
    this.#rest = { bytes: chunk.bytes.subarray(at), count: chunk.count - most }
    return { bytes: chunk.bytes.subarray(0, at), count: most }
  }

  async #read(): Promise<RowChunk | undefined> {
    while (!this.#isDone) {
      const { value, done } = await this.#nextChunk()
      if (done) this.#isDone = true
      else if (value.bytes.length > 0) return value
    }
    return undefined
  }

  async #nextChunk(): Promise<IteratorResult<RowChunk, unknown>> {
    try {
      return await this.#rows.next()
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  /** Aborts the requests that produce the rows. */
  async close(): Promise<void> {
    this.#isDone = true
    this.#rest = undefined
    await this.#rows.return?.()
  }
}
