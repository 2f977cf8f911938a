import { extname } from 'node:path'
import { ConfluentqlError } from '../errors.ts'
import type { Packing } from '../packed.ts'
import { csv, csvPacking, tsv } from './csv.ts'
import { json, ndjson } from './json.ts'
import { markdown } from './markdown.ts'
import { plainText } from './plain-text.ts'
import { table } from './table.ts'
import type { Format, Renderer, RenderOptions, Write } from './types.ts'
import { vertical } from './vertical.ts'

interface FormatInfo {
  /** With the dot, in lower case. */
  readonly extensions: readonly string[]
  /** One document can hold several results. */
  readonly several: boolean
  /** The document is bytes, not text. */
  readonly binary?: true
  /** How it takes packed rows, which are faster to write; undefined: row by row. */
  readonly packing?: (options: RenderOptions) => Packing | undefined
  /** Large formats are imported at first use. */
  readonly open: (options: RenderOptions, write: Write) => Renderer | Promise<Renderer>
}

const FORMATS: Readonly<Record<Format, FormatInfo>> = {
  table: { extensions: ['.txt'], several: true, open: table },
  vertical: { extensions: [], several: true, open: vertical },
  csv: { extensions: ['.csv'], several: false, packing: csvPacking, open: csv },
  tsv: { extensions: ['.tsv'], several: false, open: tsv },
  text: { extensions: [], several: true, open: plainText },
  pptext: { extensions: [], several: true, open: plainText },
  json: { extensions: ['.json'], several: false, open: json },
  ndjson: { extensions: ['.ndjson', '.jsonl'], several: true, open: ndjson },
  markdown: { extensions: ['.md'], several: true, open: markdown },
  html: {
    extensions: ['.html', '.htm'],
    several: true,
    open: async (options, write) => (await import('./html/html.ts')).html(options, write),
  },
  xlsx: {
    extensions: ['.xlsx'],
    several: true,
    binary: true,
    open: async (options, write) => (await import('./xlsx/xlsx.ts')).xlsx(options, write),
  },
  parquet: {
    extensions: ['.parquet'],
    several: false,
    binary: true,
    open: async (options, write) => (await import('./parquet/parquet.ts')).parquet(options, write),
  },
  chart: {
    extensions: [],
    several: true,
    open: async (options, write) => (await import('./chart/chart.ts')).chart(options, write),
  },
}

/** The names that `-o` accepts. */
export const FORMAT_NAMES = Object.keys(FORMATS) as readonly Format[]

/** Begins the document of one run: `write` receives it in chunks and is awaited. @throws ConfluentqlError USAGE, OUTPUT */
export function createRenderer(options: RenderOptions, write: Write): Renderer {
  const {
    open,
    binary,
    extensions: [extension = ''],
  } = FORMATS[options.format]
  if (binary && options.width !== undefined) {
    throw new ConfluentqlError('OUTPUT', `${options.format} is not text, and the output is a terminal`, {
      hint: `name a file: --out report${extension}`,
    })
  }
  const opening = open(options, write)
  let count = 0
  return {
    async result(about, columns, rows) {
      count += 1
      checkResultCount(options.format, count)
      return (await opening).result(about, columns, rows)
    },
    end: async () => (await opening).end(),
    discard: () =>
      void Promise.resolve(opening).then(
        renderer => renderer.discard?.(),
        () => {},
      ),
  }
}

/** How a document with these options takes packed rows; undefined if it needs rows one by one. */
export function packingOf(options: RenderOptions): Packing | undefined {
  return FORMATS[options.format].packing?.(options)
}

/** Whether a document of the format is bytes, not text. */
export function isBinary(format: Format): boolean {
  return FORMATS[format].binary ?? false
}

/** The file extensions that select a format. */
export function extensionsOf(format: Format): readonly string[] {
  return FORMATS[format].extensions
}

/** Whether a document of the format is complete with its first result. */
export function holdsOne(format: Format): boolean {
  return !FORMATS[format].several
}

/**
 * Throws OUTPUT if one document of the format cannot hold `count` results. A renderer checks this too, but
 * only after a statement has run: call this before running one that changes something.
 */
export function checkResultCount(format: Format, count: number): void {
  if (count < 2 || FORMATS[format].several) return
  const others = FORMAT_NAMES.filter(name => FORMATS[name].several).join(', ')
  throw new ConfluentqlError('OUTPUT', `${format} holds one result, and this run has more`, {
    hint: `give each result its own file (.once FILE on a line before its statement, or a run with --out FILE), or choose one of ${others}`,
  })
}

/**
 * The format that a file's extension selects, case-insensitively. `others`: extensions that the caller writes by itself,
 * where no option names the format.
 * @throws ConfluentqlError USAGE
 */
export function formatOf(path: string, others: readonly string[] = []): Format {
  const extension = extname(path).toLowerCase()
  const found = FORMAT_NAMES.find(name => FORMATS[name].extensions.includes(extension))
  if (found !== undefined) return found
  const known = [...FORMAT_NAMES.flatMap(name => FORMATS[name].extensions), ...others].join(' ')
  const what =
    extension === '' ? 'has no extension' : `ends in ${JSON.stringify(extension)}, which is no known format`
  throw new ConfluentqlError('USAGE', `no format for ${JSON.stringify(path)}: it ${what}`, {
    hint: `${others.length > 0 ? '' : 'name the format with -o FORMAT, or '}end the file's name in one of ${known}`,
  })
}
