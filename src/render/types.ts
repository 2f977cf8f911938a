import type { ColumnType, Value } from '../catalog/types.ts'
import type { PackedRows } from '../packed.ts'
import type { Display } from './column-format.ts'

/** A column of a result. `json`: text that is JSON, for example from json_object(). `any`: computed, of no declared type. */
export interface ResultColumn {
  readonly name: string
  readonly type: ColumnType | 'date' | 'json' | 'any'
  /** How formats for people show its values. */
  readonly display?: Display | undefined
  /**
   * In table. `heading`: rows are blocks, a line of the headings and an indented line for each other value. `wrapped`: on a
   * terminal no cell of the result is shortened; texts of this column go on below their beginning.
   */
  readonly layout?: 'heading' | 'wrapped' | undefined
}

export type Row = readonly Value[]

/** Rows to be read once: one by one, or in batches as they arrive. */
export interface Rows extends AsyncIterable<Row> {
  batches(): AsyncIterable<readonly Row[] | PackedRows>
}

export type Format =
  | 'table'
  | 'vertical'
  | 'csv'
  | 'tsv'
  | 'text'
  | 'pptext'
  | 'json'
  | 'ndjson'
  | 'markdown'
  | 'html'
  | 'xlsx'
  | 'parquet'
  | 'chart'

/** Metadata of a document, for formats that can show it. */
export interface DocumentInfo {
  readonly title?: string | undefined
  /** The profile that was queried, or the sandbox. */
  readonly profile?: string | undefined
  /** The time of the run. */
  readonly at: Date
}

export interface RenderOptions {
  readonly format: Format
  /** Column names in table, csv, tsv, text and pptext; the other formats always have them. */
  readonly header: boolean
  /** Shown for NULL in table, vertical, markdown, html, csv, tsv. Default: `NULL`; nothing in csv, `\N` in tsv, `null` in text and pptext. */
  readonly nullText?: string | undefined
  /** csv: one character instead of the comma; not a quote or a line end. */
  readonly delimiter?: string | undefined
  /** Columns of the terminal, if the output is one. Without it, a table shortens nothing and a chart is 80 wide. */
  readonly width?: number | undefined
  /** Lines of the terminal, if the output is one: lines of a chart take about half of them. */
  readonly height?: number | undefined
  /** table: shown whole even if it is wider than `width`: neither with shortened cells nor as in vertical. */
  readonly whole?: boolean | undefined
  /** table: called when a cell is shortened, so that the reader can be told. */
  readonly onCut?: (() => void) | undefined
  /** NULL is dimmed in table and vertical; bars and lines of a chart have colours. */
  readonly color?: boolean | undefined
  /** The terminal shows only ASCII: a chart draws with `#` and `*`. */
  readonly ascii?: boolean | undefined
  /** parquet: a value that does not have the declared type of its column is an error. */
  readonly declaredTypes?: boolean | undefined
  /** html, xlsx and parquet: metadata of the document. */
  readonly document?: DocumentInfo | undefined
}

/** Receives text or bytes. The caller does not change the bytes, and writes no more, until the promise resolves. */
export type Write = (data: string | Uint8Array) => Promise<void>

/** What a result answers, for formats that people read. */
export interface About {
  /** From `-- title: …` above the statement. */
  readonly title?: string | undefined
  /** The other comments above the statement, as paragraphs. */
  readonly note?: string | undefined
  /** The statement as written, without the comments above it, the semicolon, and literals that may be secrets. */
  readonly sql?: string | undefined
  /** What the result lacks, if calls were left out. Shown by html and markdown; xlsx marks the sheet. */
  readonly lacks?: readonly string[] | undefined
}

/** Writes the results of one run as one document. */
export interface Renderer {
  /**
   * Writes one result and resolves with its number of rows. Formats for people show the title, formats for
   * programs leave it out. If `rows` fails, the rows so far are written and the error is rethrown. So that no reader
   * takes the document for complete, json then has no closing bracket, parquet no footer, and html and xlsx contain
   * a notice.
   */
  result(about: About, columns: readonly ResultColumn[], rows: Rows): Promise<number>
  /** Completes the document. Nothing is written after it. */
  end(): Promise<void>
  /** Releases what is held of a document that is not completed. */
  discard?(): void
}

/** Destination of a document. It is closed by either `commit` or `abort`; after that both do nothing. */
export interface Output {
  readonly write: Write
  /** The reader has closed its end (`| head`): `write` fails with ABORTED, which is not reported to the user. */
  readonly closed: boolean
  /** A file appears under its name, complete. */
  commit(): Promise<void>
  /** `commit` has replaced a file that had content. */
  readonly hasReplaced?: boolean
  /** Marks the end of what was written. Calling the result removes what is written after it. Only a regular file has it. */
  readonly mark?: () => () => Promise<void>
  /** A file is discarded; an earlier one of its name is unchanged. The temporary file is removed synchronously. */
  abort(): Promise<void>
}
