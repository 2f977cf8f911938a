import { visible } from './display.ts'
import { streamed } from './stream.ts'
import type { Renderer, RenderOptions, Write } from './types.ts'
import { paragraphsOf, textOf } from './values.ts'

/** markdown: title and note, and a table as GitHub reads it, numbers to the right; every value is shown literally, line ends as `<br>`. */
export function markdown(options: RenderOptions, write: Write): Renderer {
  const nullCell = literal(options.nullText ?? 'NULL')
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |\n`
  return streamed(write, '\n', ({ title, note }, columns) => ({
    head:
      (title === undefined ? '' : `## ${literal(title)}\n\n`)
      + paragraphsOf(note)
        .map(text => `${literal(text)}\n\n`)
        .join('')
      + line(columns.map(column => literal(column.name)))
      + line(columns.map(({ type }) => (type === 'integer' || type === 'number' ? '---:' : '---'))),
    row: (row, _index, bytes) =>
      bytes.text(
        line(
          columns.map((column, i) => {
            const text = textOf(row[i], column)
            return text === undefined ? nullCell : literal(text)
          }),
        ),
      ),
  }))
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** An underscore inside a word is no markup, and ids are full of them. */
const MARKUP = /[\\`*[\]~|$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu

function literal(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map(part =>
      visible(part)
        .replace(MARKUP, String.raw`\$&`)
        .replace(/[&<>]/g, c => ENTITIES[c] ?? c),
    )
    .join('<br>')
}
