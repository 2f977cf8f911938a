import type { ColumnType, Value } from '../catalog/types.ts'

/** A column of a result. `json`: text that holds JSON (from json_object(), say). `any`: as SQLite computed it. */
export interface ResultColumn {
  readonly name: string
  readonly type: ColumnType | 'json' | 'any'
}

export type Row = readonly Value[]

export type Format = 'table' | 'vertical' | 'csv' | 'tsv' | 'json' | 'ndjson' | 'markdown'

export interface RenderOptions {
  readonly format: Format
  /** Column names in table, csv and tsv; the other formats always have them. */
  readonly header: boolean
  /** Shown for NULL in table, vertical, markdown, csv, tsv. Default: `NULL` in table, vertical and markdown, nothing in csv, `\N` in tsv. */
  readonly nullText?: string | undefined
  /** csv: one character instead of the comma; not a quote or a line end. */
  readonly delimiter?: string | undefined
  /** Columns of the terminal, when the output is one; a table never shortens values without it. */
  readonly width?: number | undefined
  /** table: with `width`, shows rows as in vertical where they do not fit, instead of shortening their cells. */
  readonly expand?: boolean | undefined
  /** What the results together are of, for formats that people read: a title, the profile they were read with, the time. */
  readonly document?: { readonly title?: string | undefined; readonly profile?: string | undefined; readonly at: Date } | undefined
  /** NULL is dimmed in table and vertical. */
  readonly color?: boolean | undefined
}

/** Receives text, or bytes of a binary format; resolves when more may be written. */
export type Write = (data: string | Uint8Array) => Promise<void>

/** What a result is of, for formats that people read. */
export interface About {
  /** From `-- title: …` above the statement. */
  readonly title?: string | undefined
  /** The other comments above the statement, as paragraphs. */
  readonly note?: string | undefined
  /** The statement as it was written, without comments above it and the semicolon. */
  readonly sql?: string | undefined
}

/** Writes the results of one run as one document. */
export interface Renderer {
  /**
   * Writes one result and resolves with its number of rows. Formats for people show the title, formats for
   * programs leave it out. When `rows` fails, the rows that came are written and the failure is thrown on;
   * json is then left without its closing bracket, so that no reader takes it for the whole.
   */
  result(about: About, columns: readonly ResultColumn[], rows: AsyncIterable<Row>): Promise<number>
  /** Completes the document. Nothing is written after it. */
  end(): Promise<void>
}

/** Where a document goes. It ends with either `commit` or `abort`; after that both do nothing. */
export interface Output {
  readonly write: Write
  /** The reader has gone (`| head`): `write` fails with ABORTED, which is no error to tell anybody. */
  readonly closed: boolean
  /** A file: it now stands under its name, whole. */
  commit(): Promise<void>
  /** A file: nothing was there, or what was there before is untouched. It is gone even if the process ends at once. */
  abort(): Promise<void>
}
