import type { ColumnType, Value } from '../catalog/types.ts'
import type { PackedRows } from '../packed.ts'

/** A column of a result. `json`: text that holds JSON (from json_object(), say). `any`: as SQLite computed it. */
export interface ResultColumn {
  readonly name: string
  readonly type: ColumnType | 'json' | 'any'
}

export type Row = readonly Value[]

/** Rows to be read once: one by one, or as they come, some at a time. */
export interface Rows extends AsyncIterable<Row> {
  batches(): AsyncIterable<readonly Row[] | PackedRows>
}

export type Format =
  | 'table'
  | 'vertical'
  | 'csv'
  | 'tsv'
  | 'json'
  | 'ndjson'
  | 'markdown'
  | 'html'
  | 'xlsx'
  | 'parquet'
  | 'chart'

/** What the whole document says of itself, in formats that have room for it. */
export interface DocumentInfo {
  readonly title?: string | undefined
  /** The profile, or the sandbox, that was asked. */
  readonly profile?: string | undefined
  /** When it was asked. */
  readonly at: Date
}

export interface RenderOptions {
  readonly format: Format
  /** Column names in table, csv and tsv; the other formats always have them. */
  readonly header: boolean
  /** Shown for NULL in table, vertical, markdown, html, csv, tsv. Default: `NULL`; nothing in csv, `\N` in tsv. */
  readonly nullText?: string | undefined
  /** csv: one character instead of the comma; not a quote or a line end. */
  readonly delimiter?: string | undefined
  /** Columns of the terminal, when the output is one; a table never shortens values without it, a chart is then 80 wide. */
  readonly width?: number | undefined
  /** table: with `width`, shows rows as in vertical where they do not fit, instead of shortening their cells. */
  readonly expand?: boolean | undefined
  /** NULL is dimmed in table and vertical; bars and lines of a chart have colours. */
  readonly color?: boolean | undefined
  /** The reader's characters are ASCII alone: a chart draws with `#` and `*`. */
  readonly ascii?: boolean | undefined
  /** html and xlsx: what the document says of itself. */
  readonly document?: DocumentInfo | undefined
}

/** Receives text, or bytes, which stay as they are until it resolves; then more may be written. */
export type Write = (data: string | Uint8Array) => Promise<void>

/** What a result is of, for formats that people read. */
export interface About {
  /** From `-- title: …` above the statement. */
  readonly title?: string | undefined
  /** The other comments above the statement, as paragraphs. */
  readonly note?: string | undefined
  /** The statement as it may be shown: as it was written, without comments above it, the semicolon, and texts that may be secrets. */
  readonly sql?: string | undefined
}

/** Writes the results of one run as one document. */
export interface Renderer {
  /**
   * Writes one result and resolves with its number of rows. Formats for people show the title, formats for
   * programs leave it out. When `rows` fails, the rows that came are written and the failure is thrown on;
   * json is then left without its closing bracket, parquet without its footer, and html and xlsx say that they
   * are incomplete, so that no reader takes it for the whole.
   */
  result(about: About, columns: readonly ResultColumn[], rows: Rows): Promise<number>
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
