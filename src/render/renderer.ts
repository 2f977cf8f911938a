import { extname } from 'node:path'
import { ConfluentqlError } from '../errors.ts'
import { csv, tsv } from './csv.ts'
import { json, ndjson } from './json.ts'
import { markdown } from './markdown.ts'
import { table } from './table.ts'
import type { Format, Renderer, RenderOptions, Write } from './types.ts'
import { vertical } from './vertical.ts'

interface FormatInfo {
  /** With the dot, in lower case. */
  readonly extensions: readonly string[]
  /** One document can hold several results. */
  readonly several: boolean
  readonly open: (options: RenderOptions, write: Write) => Renderer
}

const FORMATS: Readonly<Record<Format, FormatInfo>> = {
  table: { extensions: ['.txt'], several: true, open: table },
  vertical: { extensions: [], several: true, open: vertical },
  csv: { extensions: ['.csv'], several: false, open: csv },
  tsv: { extensions: ['.tsv'], several: false, open: tsv },
  json: { extensions: ['.json'], several: false, open: json },
  ndjson: { extensions: ['.ndjson', '.jsonl'], several: true, open: ndjson },
  markdown: { extensions: ['.md'], several: true, open: markdown },
}

/** The names that `-o` takes. */
export const FORMAT_NAMES = Object.keys(FORMATS) as readonly Format[]

/** Begins the document of one run: `write` receives its text in chunks and is waited for. */
export function createRenderer(options: RenderOptions, write: Write): Renderer {
  const renderer = FORMATS[options.format].open(options, write)
  let count = 0
  return {
    async result(about, columns, rows) {
      count += 1
      checkResultCount(options.format, count)
      return renderer.result(about, columns, rows)
    },
    end: () => renderer.end(),
  }
}

/**
 * Throws OUTPUT if one document of the format cannot hold `count` results. A renderer checks it too, but
 * by then a statement has run: ask before running one that changes something.
 */
export function checkResultCount(format: Format, count: number): void {
  if (count < 2 || FORMATS[format].several) return
  const others = FORMAT_NAMES.filter((name) => FORMATS[name].several).join(', ')
  throw new ConfluentqlError('OUTPUT', `${format} holds one result, and this run has more`, {
    hint: `run each statement by itself, with its own --out file, or choose one of ${others}`,
  })
}

/** The format that a file's extension stands for, in any case. */
export function formatOf(path: string): Format {
  const extension = extname(path).toLowerCase()
  const found = FORMAT_NAMES.find((name) => FORMATS[name].extensions.includes(extension))
  if (found !== undefined) return found
  const known = FORMAT_NAMES.flatMap((name) => FORMATS[name].extensions).join(' ')
  const what = extension === '' ? 'has no extension' : `ends in ${JSON.stringify(extension)}, which is no known format`
  throw new ConfluentqlError('USAGE', `no format for ${JSON.stringify(path)}: it ${what}`, {
    hint: `name the format with -o, or end the file's name in one of ${known}`,
  })
}
