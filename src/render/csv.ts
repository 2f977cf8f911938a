import type { Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { DOUBLED, PLAIN, QUOTED, STRANGE } from './bytes.ts'
import { visibleLines } from './display.ts'
import { shielded } from './formula.ts'
import { streamed } from './stream.ts'
import type { Renderer, RenderOptions, ResultColumn, Write } from './types.ts'
import { textOf } from './values.ts'

/**
 * csv: RFC 4180, but lines end in LF: readers take both, and CR would trouble `cut`, `awk` and `diff`.
 * NULL is an empty field and empty text is `""`; with `nullText`, text equal to it is quoted, so the two stay distinct.
 * Texts that a spreadsheet would take for formulas are shielded (formula.ts).
 */
export function csv(options: RenderOptions, write: Write): Renderer {
  const delimiter = checkDelimiter(options.delimiter ?? ',')
  const nullText = options.nullText ?? ''
  const unsafe = new RegExp(`["\\r\\n\\u{${(delimiter.codePointAt(0) ?? 0).toString(16)}}]|^\\s|\\s$`, 'u')
  const quoted = (text: string): string => (unsafe.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const nullField = quoted(nullText)
  const field = (text: string): string => (text === '' || text === nullText ? `"${text.replaceAll('"', '""')}"` : quoted(text))
  const line = (fields: string[]): string => onTerminal(`${fields.join(delimiter)}\n`, options)
  const cell = (value: Value | undefined, column: ResultColumn): string => {
    if (typeof value === 'string') return field(shielded(value))
    const text = textOf(value, column)
    return text === undefined ? nullField : field(text)
  }
  const { kinds, ends } = kindsOf(delimiter)
  return streamed(write, '', (_about, columns) => ({
    head: options.header ? line(columns.map((column) => field(shielded(column.name)))) : '',
    row(row, _index, bytes) {
      if (options.width !== undefined) return bytes.text(line(columns.map((column, i) => cell(row[i], column))))
      for (let i = 0; i < columns.length; i++) {
        if (i > 0) bytes.text(delimiter)
        const value = row[i]
        const isDone = typeof value === 'string' && value !== nullText && bytes.field(value, kinds, ends)
        if (!isDone) bytes.text(cell(value, columns[i]!))
      }
      bytes.text('\n')
    },
  }))
}

/** What `field` needs to know for texts that are no formula and have ASCII at their ends, and no blanks, as most have. */
function kindsOf(delimiter: string): { kinds: Uint8Array; ends: Uint8Array } {
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
  const kindOf = (c: string): number => (c === '"' ? DOUBLED : c === delimiter || c === '\r' || c === '\n' ? QUOTED : PLAIN)
  // no byte of a longer UTF-8 sequence is that of an ASCII delimiter
  const beyond = Array<number>(128).fill(delimiter < '\u0080' ? PLAIN : STRANGE)
  return { kinds: Uint8Array.from([...ascii.map(kindOf), ...beyond]), ends: Uint8Array.from(ascii, (c) => (/[\s'=+\-@]/.test(c) ? STRANGE : PLAIN)) }
}

/**
 * tsv: what PostgreSQL's COPY writes and reads as its text format. Tab, line ends and backslash are
 * `\t`, `\n`, `\r`, `\\`; NULL is `\N`; empty text is an empty field.
 */
export function tsv(options: RenderOptions, write: Write): Renderer {
  const nullField = options.nullText?.replace(/[\t\n\r]/g, escapeTsv) ?? '\\N'
  const field = (text: string): string => text.replace(/[\b\t\n\v\f\r\\]/g, escapeTsv)
  const line = (fields: string[]): string => onTerminal(`${fields.join('\t')}\n`, options)
  return streamed(write, '', (_about, columns) => ({
    head: options.header ? line(columns.map((column) => field(column.name))) : '',
    row: (row, _index, bytes) =>
      bytes.text(line(
        columns.map((column, i) => {
          const text = textOf(row[i], column)
          return text === undefined ? nullField : field(text)
        }),
      )),
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

/** A file or pipe gets every byte; a terminal must not be told what to do by a value. */
function onTerminal(line: string, options: RenderOptions): string {
  return options.width === undefined ? line : visibleLines(line)
}

function checkDelimiter(delimiter: string): string {
  if (Array.from(delimiter).length === 1 && !/["\r\n\p{Cs}]/u.test(delimiter)) return delimiter
  throw new ConfluentqlError('USAGE', `the csv delimiter must be one character, not a quote or a line end: ${JSON.stringify(delimiter)}`, {
    hint: `for example --delimiter ';'`,
  })
}
