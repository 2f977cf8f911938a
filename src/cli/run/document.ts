import type { Rows } from '../../engine/result.ts'
import { openOutput, type StandardOutput } from '../../render/output.ts'
import { createRenderer } from '../../render/renderer.ts'
import type { About, Format, Output, Renderer, RenderOptions, ResultColumn } from '../../render/types.ts'

/** Formats that can start again with other options after a result. */
const RESTARTS: ReadonlySet<Format> = new Set(['table', 'vertical', 'csv', 'tsv', 'text', 'pptext', 'ndjson'])
const LF = 10
const PAGES: ReadonlySet<Format> = new Set(['table', 'vertical'])

/** The content of one file or of standard output: a series of results. */
export class Document {
  /** A result was begun but not completed. */
  isBroken = false
  /** It has rows of completed changes, which cannot be fetched again. */
  hasChangedRows = false
  #results = 0
  #renderer: Renderer | undefined
  #options: RenderOptions | undefined
  #isDone = false
  #isLineOpen = false
  readonly #output: Output

  private constructor(output: Output) {
    this.#output = output
  }

  /** @throws ConfluentqlError OUTPUT for a file that cannot be written */
  static async open(path: string | undefined, standard: StandardOutput): Promise<Document> {
    return new Document(await openOutput(path, standard))
  }

  /** The reader has closed the pipe. */
  get closed(): boolean {
    return this.#output.closed
  }

  /** Writes a result; resolves with its number of rows. */
  async result(
    options: RenderOptions,
    about: About,
    columns: readonly ResultColumn[],
    rows: Rows,
  ): Promise<number> {
    const renderer = await this.#begin(options)
    this.#results++
    try {
      return await renderer.result(about, columns, rows)
    } catch (error) {
      this.isBroken = true
      throw error
    }
  }

  async #begin(options: RenderOptions): Promise<Renderer> {
    const before = this.#options
    const isSame =
      before !== undefined
      && before.format === options.format
      && (!RESTARTS.has(options.format) || keyOf(before) === keyOf(options))
    if (this.#renderer && isSame) return this.#renderer
    await this.#renderer?.end()
    let gap =
      this.#results > 0 && before !== undefined && PAGES.has(before.format) && PAGES.has(options.format)
        ? '\n'
        : ''
    this.#renderer = undefined
    const renderer = createRenderer(options, async data => {
      if (gap !== '') await this.#output.write(gap)
      gap = ''
      this.#isLineOpen =
        data.length > 0 ? data.at(-1) !== (typeof data === 'string' ? '\n' : LF) : this.#isLineOpen
      await this.#output.write(data)
    })
    this.#options = options
    this.#renderer = renderer
    return renderer
  }

  /** Ends an unfinished line of a broken result, so that the error begins on a new line of the terminal. */
  async endLine(): Promise<void> {
    if (this.isBroken && this.#isLineOpen) await this.#output.write('\n')
    this.#isLineOpen = false
  }

  /** Completes and commits the output; after a broken result, commits it as it is. `isEmptyToo`: renders an empty document if there is no result. */
  async end(options: RenderOptions, isEmptyToo: boolean): Promise<void> {
    if (this.#isDone) return
    this.#isDone = true
    try {
      if (!this.isBroken && (this.#results > 0 || isEmptyToo))
        await (this.#renderer ?? createRenderer(options, this.#output.write)).end()
      await this.#output.commit()
    } catch (error) {
      await this.#output.abort()
      throw error
    }
  }

  /** Ends the document at a prompt, unless its last result is broken. The next result begins a new one. */
  async pause(): Promise<void> {
    const renderer = this.isBroken ? undefined : this.#renderer
    this.#renderer = undefined
    this.#results = 0
    this.isBroken = false
    await renderer?.end()
  }

  /** Discards the output; a file keeps its previous content. */
  async abort(): Promise<void> {
    this.#isDone = true
    await this.#output.abort()
  }
}

function keyOf({ header, nullText, delimiter, width, color, whole }: RenderOptions): string {
  return JSON.stringify([header, nullText, delimiter, width, color, whole])
}
