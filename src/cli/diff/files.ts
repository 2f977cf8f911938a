import { createReadStream } from 'node:fs'
import { readFile as readWhole } from 'node:fs/promises'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { ConfluentqlError } from '../../errors.ts'
import { cannotRead } from '../script/scripts.ts'
import { unshielded } from '../../render/formula.ts'
import { cellOfJson, cellOfText, parseExact } from './cell.ts'
import { distinct, type Side } from './types.ts'

/** A saved result; nothing of it is read before its rows are. */
export function readFile(file: string, delimiter: string | undefined): Side {
  const extension = extname(file).toLowerCase()
  const columns: string[] = []
  const side = (rows: AsyncIterable<readonly string[]>, has: Side['has'] = 'types'): Side => ({ name: file, has, columns, rows: readable(file, rows) })
  switch (extension) {
    case '.csv': return side(csvRows(file, columns, delimiter ?? ','), 'text')
    case '.tsv': return side(tsvRows(file, columns), 'text')
    case '.parquet': return side(objects(file, columns, parquetRows(file)), 'times')
    case '.json': return side(objects(file, columns, jsonRows(file)))
    default: return side(objects(file, columns, lines(file, true)))
  }
}

const DAMAGED = 'it is damaged'

/** What the system says of a file becomes an error that names it. */
async function* readable<T>(file: string, rows: AsyncIterable<T>): AsyncGenerator<T, void, void> {
  try {
    yield* rows
  } catch (cause) {
    if (cause instanceof ConfluentqlError) throw cause
    // what a reader trips over where bytes are not what they should be says nothing to its user
    const isDamaged = cause instanceof TypeError || cause instanceof RangeError || (cause as Error).message.includes('undefined')
    throw cannotRead(file, isDamaged ? new Error(DAMAGED, { cause }) : cause)
  }
}

/** Objects as cells; a column is where its name was first seen. */
async function* objects(file: string, columns: string[], rows: AsyncIterable<unknown>): AsyncGenerator<string[], void, void> {
  const places = new Map<string, number>()
  let count = 0
  for await (const row of rows) {
    count++
    if (typeof row !== 'object' || row === null || Array.isArray(row)) throw wrong(file, `row ${count} is not an object`)
    const cells: string[] = Array.from({ length: columns.length }, () => 'null')
    for (const [name, value] of Object.entries(row)) {
      const place = places.get(name) ?? columns.push(name) - 1
      places.set(name, place)
      cells[place] = cellOfJson(value)
    }
    yield cells
  }
}

const wrong = (file: string, what: string): ConfluentqlError => new ConfluentqlError('USAGE', `cannot read ${file}: ${what}`)

function parsed(file: string, text: string, line: number): unknown {
  try {
    return parseExact(text)
  } catch (cause) {
    throw new ConfluentqlError('USAGE', `cannot read ${file}: line ${line} is not JSON`, { cause, hint: 'it may have been written in part only' })
  }
}

/** An object a line. `json` as this program writes it has them between brackets, with commas. */
async function* lines(file: string, isBare: boolean): AsyncGenerator<unknown, void, void> {
  let count = 0
  let isClosed = isBare
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    count++
    const text = (count === 1 ? line.replace(/^\ufeff/, '') : line).trim()
    if (text === '' || (!isBare && count === 1)) continue
    if (!isBare && text === ']') isClosed = true
    else yield parsed(file, isBare ? text : text.replace(/,$/, ''), count)
  }
  if (!isClosed) throw new ConfluentqlError('USAGE', `cannot read ${file}: its last line is not ]`, { hint: 'it was written in part only' })
}

const BEGINNING = 64 * 1024

async function* jsonRows(file: string): AsyncGenerator<unknown, void, void> {
  if (await isLineByLine(file)) {
    yield* lines(file, false)
    return
  }
  const value = parsed(file, (await readWhole(file, 'utf8')).replace(/^\ufeff/, ''), 1)
  if (!Array.isArray(value)) throw wrong(file, 'it is not an array of objects')
  yield* value
}

/** Whether the file begins with a bracket alone in its line, and a whole object in the next. */
async function isLineByLine(file: string): Promise<boolean> {
  let beginning = ''
  for await (const chunk of createReadStream(file, { encoding: 'utf8', end: BEGINNING })) beginning += chunk as string
  const [first, second] = beginning.split('\n')
  try {
    return first?.trim() === '[' && typeof JSON.parse(second?.trim().replace(/,$/, '') ?? '') === 'object'
  } catch {
    return false
  }
}

async function* csvRows(file: string, columns: string[], delimiter: string): AsyncGenerator<string[], void, void> {
  const { parse } = await import('csv-parse')
  const parser = parse({ bom: true, delimiter, skip_empty_lines: false })
  // a pipe passes on no error of its source
  createReadStream(file).on('error', error => parser.destroy(error)).pipe(parser)
  let isHead = true
  for await (const record of parser as AsyncIterable<string[]>) {
    if (isHead) columns.push(...distinct(record.map(unshielded), file))
    else yield record.map(text => cellOfText(unshielded(text)))
    isHead = false
  }
  if (isHead) throw headless(file)
}

const headless = (file: string): ConfluentqlError => new ConfluentqlError('USAGE', `cannot read ${file}: it is empty, without even names of columns`, { hint: 'it may have been written in part only' })

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r', '\\': '\\' }

async function* tsvRows(file: string, columns: string[]): AsyncGenerator<string[], void, void> {
  const plain = (text: string): string => text.replace(/\\(.)/g, (_all, c: string) => ESCAPES[c] ?? c)
  let count = 0
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    const fields = (count++ === 0 ? line.replace(/^\ufeff/, '') : line).split('\t')
    if (count === 1) columns.push(...distinct(fields.map(plain), file))
    else if (fields.length !== columns.length) throw wrong(file, `line ${count} has ${fields.length} values, the first line ${columns.length}`)
    else yield fields.map(field => (field === '\\N' ? 'null' : cellOfText(plain(field))))
  }
  if (count === 0) throw headless(file)
}

async function* parquetRows(file: string): AsyncGenerator<unknown, void, void> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import('hyparquet')
  const source = await asyncBufferFromFile(file)
  const metadata = await parquetMetadataAsync(source).catch((cause: unknown) => {
    throw new ConfluentqlError('USAGE', `cannot read ${file}: it is no whole parquet file`, { cause, hint: 'it may have been written in part only' })
  })
  // a column that is in a part of the file and not in its schema would fail where nothing waits for it, which ends the program;
  // and as many rows are made as a part says that it has
  const named = parquetSchema(metadata).children.map(c => [c.element.name, c.children.length > 0] as const)
  for (const { columns, num_rows: rows } of metadata.row_groups) {
    const there = columns.map(c => c.meta_data?.path_in_schema[0])
    const isFilled = columns.every(c => c.meta_data !== undefined && (c.meta_data.path_in_schema.length > 1 ? c.meta_data.num_values >= rows : c.meta_data.num_values === rows))
    const isWhole = isFilled && there.every(name => named.some(([n]) => n === name)) && named.every(([name, isNested]) => isNested || there.filter(n => n === name).length === 1)
    if (!isWhole) throw wrong(file, DAMAGED)
  }
  const decoder = new TextDecoder()
  const parsers = {
    timestampFromMilliseconds: (n: bigint) => timeOf(n, 1_000n), timestampFromMicroseconds: (n: bigint) => timeOf(n, 1_000_000n),
    timestampFromNanoseconds: (n: bigint) => timeOf(n, 1_000_000_000n), dateFromDays: (n: number) => new Date(n * 86_400_000).toISOString().slice(0, 10),
    jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && decoder.decode(bytes),
  }
  let from = 0
  for (const group of metadata.row_groups) {
    const to = from + Number(group.num_rows)
    for (const row of await parquetReadObjects({ file: source, metadata, parsers, rowStart: from, rowEnd: to })) yield plainOf(row)
    from = to
  }
}

/** What JSON has no form for, as the other formats write it. */
function plainOf(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, v]) => {
    if (typeof v === 'bigint') return [name, `\u0001\u0002${v}`]
    if (v instanceof Uint8Array) return [name, `x'${Buffer.from(v).toString('hex')}'`]
    return [name, v ?? null]
  }))
}

/** RFC 3339 of a time in parts of a second since 1970, as few digits as it needs. */
function timeOf(count: bigint, perSecond: bigint): string {
  const part = ((count % perSecond) + perSecond) % perSecond
  const seconds = (count - part) / perSecond
  const digits = part === 0n ? '' : `.${String(part).padStart(String(perSecond).length - 1, '0').replace(/0+$/, '')}`
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${digits}Z`
}
