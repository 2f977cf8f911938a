import { streamed } from './stream.ts'
import type { Renderer, RenderOptions, ResultColumn, Row, Write } from './types.ts'
import { distinctNames, jsonOf, quote } from './values.ts'

/** json: one array, one object per line, keys in column order. A repeated column name becomes `name_2`. */
export function json(_options: RenderOptions, write: Write): Renderer {
  return streamed(write, '', (_about, columns) => {
    const object = objects(columns)
    return {
      head: '[',
      row: (row, index, bytes) => bytes.text(`${index === 0 ? '' : ','}\n${object(row)}`),
      tail: count => (count === 0 ? ']\n' : '\n]\n'),
    }
  })
}

/** ndjson: the same objects, one per line, without an array; results follow one another. */
export function ndjson(_options: RenderOptions, write: Write): Renderer {
  return streamed(write, '', (_about, columns) => {
    const object = objects(columns)
    return { head: '', row: (row, _index, bytes) => bytes.text(`${object(row)}\n`) }
  })
}

function objects(columns: readonly ResultColumn[]): (row: Row) => string {
  const keys = distinctNames(columns).map(quote)
  return row => `{${columns.map((column, i) => `${keys[i]}:${jsonOf(row[i], column)}`).join(',')}}`
}
