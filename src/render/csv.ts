import type { Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { NULL, FIELD, type Packing, ROW } from '../packed.ts'
import { DOUBLED, END, type FieldStyle, PLAIN, QUOTED } from './bytes.ts'
import { visibleLines } from './display.ts'
import { shielded } from './formula.ts'
import { streamed } from './stream.ts'
import type { Renderer, RenderOptions, ResultColumn, Write } from './types.ts'
import { textOf } from './values.ts'

/**
 * csv: RFC 4180, but lines end in LF: readers accept both, and CR causes problems in `cut`, `awk` and `diff`.
 * NULL is an empty field and empty text is `""`; with `nullText`, text equal to it is quoted, so the two stay distinct.
 * Texts that a spreadsheet would run as formulas get an apostrophe (formula.ts).
 */
export function csv(options: RenderOptions, write: Write): Renderer {
  const { delimiter, nullText, quoted, field } = fieldsOf(options)
  const nullField = quoted(nullText)
  const line = (fields: string[]): string => onTerminal(`${fields.join(delimiter)}\n`, options)
  const cell = (value: Value | undefined, column: ResultColumn): string => {
    if (typeof value === 'string') return field(shielded(value))
    const text = textOf(value, column)
    return text === undefined ? nullField : field(text)
  }
  const style = styleOf(options)
  return streamed(write, '', (_about, columns) => ({
    head: options.header ? line(columns.map(column => field(shielded(column.name)))) : '',
    row(row, _index, bytes) {
      if (!style) return bytes.text(line(columns.map((column, i) => cell(row[i], column))))
      for (let i = 0; i < columns.length; i++) {
        if (i > 0) bytes.text(delimiter)
        const value = row[i]
        if (typeof value === 'string' && value !== nullText) bytes.field(value, style)
        else bytes.text(cell(value, columns[i]!))
      }
      bytes.text('\n')
    },
    packed:
      style && nullText === ''
        ? (rows, bytes) => {
            bytes.rows(rows, style)
          }
        : undefined,
  }))
}

/** How csv with these options takes packed rows: as its lines, unless a character or the terminal needs each value. */
export function csvPacking(options: RenderOptions): Packing | undefined {
  return (options.nullText ?? '') === '' ? styleOf(options) : undefined
}

interface Fields {
  readonly delimiter: string
  readonly nullText: string
  /** A text as a field, quoted if necessary. */
  readonly quoted: (text: string) => string
  /** The same; quoted also if it would be read as NULL. */
  readonly field: (text: string) => string
}

function fieldsOf(options: RenderOptions): Fields {
  const delimiter = checkDelimiter(options.delimiter ?? ',')
  const nullText = options.nullText ?? ''
  const unsafe = new RegExp(`["\\r\\n\\u{${(delimiter.codePointAt(0) ?? 0).toString(16)}}]|^\\s|\\s$`, 'u')
  const quoted = (text: string): string => (unsafe.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const field = (text: string): string =>
    text === '' || text === nullText ? `"${text.replaceAll('"', '""')}"` : quoted(text)
  return { delimiter, nullText, quoted, field }
}

/**
 * Byte tables for the common case: a field that begins and ends with ASCII, not blank, and is not a formula. Undefined if
 * the delimiter is not ASCII, or a terminal shows the csv.
 */
function styleOf(options: RenderOptions): FieldStyle | undefined {
  const { delimiter, field } = fieldsOf(options)
  if (delimiter >= '\u0080' || options.width !== undefined) return undefined
  const kindOf = (c: string): number =>
    c === '"' ? DOUBLED : c === delimiter || c === '\r' || c === '\n' ? QUOTED : PLAIN
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
  const kinds = new Uint8Array(256)
  kinds.set(ascii.map(kindOf))
  for (const byte of [FIELD, ROW, NULL]) kinds[byte] = END
  const ends = new Uint8Array(256).fill(1)
  ends.set(ascii.map(c => (/[\s'=+\-@]/.test(c) ? 1 : 0)))
  return { kinds, ends, delimiter: delimiter.charCodeAt(0), fallback: text => field(shielded(text)) }
}

/**
 * tsv: the text format of PostgreSQL's COPY. Tab, line ends and backslash are
 * `\t`, `\n`, `\r`, `\\`; NULL is `\N`; empty text is an empty field.
 */
export function tsv(options: RenderOptions, write: Write): Renderer {
  const nullField = options.nullText?.replace(/[\t\n\r]/g, escapeTsv) ?? '\\N'
  const field = (text: string): string => text.replace(/[\b\t\n\v\f\r\\]/g, escapeTsv)
  const line = (fields: string[]): string => onTerminal(`${fields.join('\t')}\n`, options)
  return streamed(write, '', (_about, columns) => ({
    head: options.header ? line(columns.map(column => field(column.name))) : '',
    row: (row, _index, bytes) =>
      bytes.text(
        line(
          columns.map((column, i) => {
            const text = textOf(row[i], column)
            return text === undefined ? nullField : field(text)
          }),
        ),
      ),
  }))
}

const TSV: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\\': '\\\\',
}

function escapeTsv(character: string): string {
  return TSV[character] ?? character
}

/** A file or pipe gets every byte. On a terminal, a value must not act as an escape sequence. */
function onTerminal(line: string, options: RenderOptions): string {
  return options.width === undefined ? line : visibleLines(line)
}

function checkDelimiter(delimiter: string): string {
  if (Array.from(delimiter).length === 1 && !/["\r\n\p{Cs}]/u.test(delimiter)) return delimiter
  throw new ConfluentqlError(
    'USAGE',
    `the csv delimiter must be one character, not a quote or a line end: ${JSON.stringify(delimiter)}`,
    { hint: `for example --delimiter ';'` },
  )
}
