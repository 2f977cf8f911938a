import { rowsOf, type Rows } from '../../engine/result.ts'
import { openOutput } from '../../render/output.ts'
import { createRenderer } from '../../render/renderer.ts'
import type { World } from '../world.ts'
import { pipeOutput } from './pipe-output.ts'
import type { Target } from './route.ts'
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
  /** Removes what was written since the result began. */
  #undo: (() => Promise<void>) | undefined
  readonly #output: Output

  /** The output is a command, which may stop reading at any time. */
  readonly #isPipe: boolean
  /** All rows are read, even if the command has stopped reading. */
  #readsAll = false

  private constructor(output: Output, isPipe: boolean) {
    this.#output = output
    this.#isPipe = isPipe
  }

  /** `isOnce`: it gets one result. @throws ConfluentqlError OUTPUT for a file that cannot be written */
  static async open({ path, command }: Target, world: World, isOnce = false): Promise<Document> {
    const output =
      command === undefined ? await openOutput(path, world) : pipeOutput(command, isOnce, world.openPipe!)
    return new Document(output, command !== undefined)
  }

  /** The reader has closed the pipe. */
  get closed(): boolean {
    return this.#output.closed
  }

  /** It has replaced a file that had content. */
  get hasReplaced(): boolean {
    return this.#output.hasReplaced ?? false
  }

  /** Writes a result; resolves with its number of rows. `isChange`: its rows are read to the end even if a command has stopped reading. */
  async result(
    options: RenderOptions,
    about: About,
    columns: readonly ResultColumn[],
    rows: Rows,
    isChange = false,
  ): Promise<number> {
    this.#readsAll = isChange
    const renderer = await this.#begin(options)
    this.#undo = isChange || !RESTARTS.has(options.format) ? undefined : this.#output.mark?.()
    this.#results++
    const counted = counting(rows)
    try {
      return await renderer.result(about, columns, counted.rows)
    } catch (error) {
      if (this.#isPipe && this.closed) return counted.count
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
      await this.#output.write(data).catch((error: unknown) => {
        if (!(this.#readsAll && this.#isPipe && this.closed)) throw error
      })
    })
    this.#options = options
    this.#renderer = renderer
    return renderer
  }

  /** Removes the rows of a broken result, so that those before it can be kept. Resolves with whether it could. */
  async removeBroken(): Promise<boolean> {
    if (!this.isBroken || !this.#undo) return false
    await this.#undo()
    this.#renderer?.discard?.()
    this.#renderer = undefined
    this.#results--
    this.isBroken = false
    return true
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
      const isRead = !(this.#isPipe && this.closed)
      if (isRead && !this.isBroken && (this.#results > 0 || isEmptyToo))
        await (this.#renderer ?? createRenderer(options, this.#output.write))
          .end()
          .catch((error: unknown) => {
            if (!(this.#isPipe && this.closed)) throw error
          })
      else this.#renderer?.discard?.()
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
    this.#renderer?.discard?.()
    await this.#output.abort()
  }
}

/** Whether the file has no complete content, so that its previous content is kept. */
export function isDiscarded(target: Target, document: Document, failed: WeakSet<Target>): boolean {
  return (
    !document.hasChangedRows
    && target.command === undefined
    && (document.isBroken || (target.path !== undefined && target.results === 0 && failed.has(target)))
  )
}

/** The rows, and how many of them have been read so far. */
function counting(rows: Rows): { readonly rows: Rows; readonly count: number } {
  const counted = {
    count: 0,
    rows: rowsOf(async function* () {
      for await (const batch of rows.batches()) {
        counted.count += batch.length
        yield batch
      }
    }),
  }
  return counted
}

function keyOf({ header, nullText, delimiter, width, color, whole }: RenderOptions): string {
  return JSON.stringify([header, nullText, delimiter, width, color, whole])
}
