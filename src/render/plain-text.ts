import { visibleLines } from './display.ts'
import { streamed } from './stream.ts'
import type { Renderer, RenderOptions, Write } from './types.ts'
import { textOf } from './values.ts'

/**
 * text: StackQL's format, values between commas without quotes, which prints one value as it is. pptext: objects and
 * arrays are indented. Neither can be read back in general: csv can.
 */
export function plainText(options: RenderOptions, write: Write): Renderer {
  const nullText = options.nullText ?? 'null'
  const line = (values: readonly string[]): string => {
    const text = `${values.join(',')}\n`
    return options.width === undefined ? text : visibleLines(text)
  }
  return streamed(write, '', (_about, columns) => ({
    head: options.header ? line(columns.map(column => column.name)) : '',
    row: (row, _index, bytes) =>
      bytes.text(
        line(
          columns.map((column, i) => {
            const text = textOf(row[i], column)
            if (text === undefined) return nullText
            return options.format === 'pptext' ? indented(text) : text
          }),
        ),
      ),
  }))
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^\s[\]{},:"]+/g

/** The JSON text of an object or array with a line for each member, every digit kept; another text as it is. */
function indented(text: string): string {
  if (!/^\s*[[{]/.test(text) || !isJson(text)) return text
  const tokens = text.match(TOKEN) ?? []
  let depth = 0
  return tokens
    .map((token, i) => {
      const isEmpty = /^[[{]$/.test(tokens[i - 1] ?? '') && /^[\]}]$/.test(token)
      if (/^[\]}]$/.test(token)) depth--
      const indent = `\n${'  '.repeat(depth)}`
      const isFirst = /^[[{]$/.test(tokens[i - 1] ?? '')
      const breaks = (/^[\]}]$/.test(token) && !isEmpty) || (isFirst && !isEmpty) || tokens[i - 1] === ','
      if (/^[[{]$/.test(token)) depth++
      return `${breaks ? indent : ''}${token === ':' ? ': ' : token}`
    })
    .join('')
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
