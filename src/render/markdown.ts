import { shownText } from './column-format.ts'
import { visible } from './display.ts'
import { Totals } from './total.ts'
import { streamed } from './stream.ts'
import type { Renderer, RenderOptions, Write } from './types.ts'
import { paragraphsOf } from './values.ts'

/** markdown: title, note, and a GitHub table with numbers aligned right. Values are escaped; line ends are `<br>`. */
export function markdown(options: RenderOptions, write: Write): Renderer {
  const nullCell = literal(options.nullText ?? 'NULL')
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |\n`
  return streamed(write, '\n', ({ title, note, lacks = [] }, columns) => {
    const totals = new Totals(columns)
    return {
      tail: () => {
        const { texts } = totals
        return texts ? line(texts.map(text => (text === undefined ? '' : `**${literal(text)}**`))) : ''
      },
      head:
        (title === undefined ? '' : `## ${literal(title)}\n\n`)
        + [...lacks, ...paragraphsOf(note)].map(text => `${literal(text)}\n\n`).join('')
        + line(columns.map(column => literal(column.name)))
        + line(columns.map(({ type }) => (type === 'integer' || type === 'number' ? '---:' : '---'))),
      row: (row, _index, bytes) => {
        totals.add(row)
        bytes.text(
          line(
            columns.map((column, i) => {
              const text = shownText(row[i], column)
              return text === undefined ? nullCell : literal(text)
            }),
          ),
        )
      },
    }
  })
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function literal(text: string): string {
  // An underscore inside a word is not markup and stays unescaped: ids often contain one. Compiled here, not at load:
  // V8 builds Unicode tables for it.
  const markup = /[\\`*[\]~|$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu
  return text
    .split(/\r\n|\r|\n/)
    .map(part =>
      visible(part)
        .replace(markup, String.raw`\$&`)
        .replace(/[&<>]/g, c => ENTITIES[c] ?? c),
    )
    .join('<br>')
}
