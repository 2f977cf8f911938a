import type { Rows } from '../../engine/result.ts'
import { openOutput } from '../../render/output.ts'
import { createRenderer } from '../../render/renderer.ts'
import type { About, Format, Output, Renderer, RenderOptions, ResultColumn } from '../../render/types.ts'
import type { Writable } from 'node:stream'

/** Formats in which a result can follow another that was written with other options. */
const RESTARTS: ReadonlySet<Format> = new Set(['table', 'vertical', 'csv', 'tsv', 'ndjson'])
const LF = 10
const PAGES: ReadonlySet<Format> = new Set(['table', 'vertical'])

/** What is written to one file, or to standard output, from the first result to the last. */
export class Document {
  /** A result was begun and not completed. */
  isBroken = false
  /** It has rows of changes that were made, which no second run will give again. */
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
  static async open(path: string | undefined, stdout: Writable): Promise<Document> {
    return new Document(await openOutput(path, stdout))
  }

  /** The reader has gone. */
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

  /** Ends the line that a broken result ended in: on a terminal its error begins a line. */
  async endLine(): Promise<void> {
    if (this.isBroken && this.#isLineOpen) await this.#output.write('\n')
    this.#isLineOpen = false
  }

  /** Nothing more comes: what there is stands, as it is when a result of it is broken. `isEmptyToo`: without any result as well. */
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

  /** Ends the document at a prompt, unless a result of it is broken; the next result begins another. */
  async pause(): Promise<void> {
    const renderer = this.isBroken ? undefined : this.#renderer
    this.#renderer = undefined
    this.#results = 0
    this.isBroken = false
    await renderer?.end()
  }

  /** A file: it is as it was before. */
  async abort(): Promise<void> {
    this.#isDone = true
    await this.#output.abort()
  }
}

function keyOf({ header, nullText, delimiter, width, color, expand }: RenderOptions): string {
  return JSON.stringify([header, nullText, delimiter, width, color, expand])
}
