import { createReadStream } from 'node:fs'
import { readFile as readWhole } from 'node:fs/promises'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { ConfluentqlError } from '../../errors.ts'
import { cannotRead } from '../script/scripts.ts'
import { unshielded } from '../../render/formula.ts'
import type { World } from '../world.ts'
import { cellOfJson, cellOfText, parseExact } from './cell.ts'
import { DAMAGED, parquetRows } from './parquet.ts'
import { distinct, type Side } from './types.ts'

/**
 * A saved result. The file is read when its rows are.
 * @param onBusy called with true before decoding blocks the thread, with false afterwards
 * @param except a column of a Parquet file that is not read
 */
export function readFile(
  file: string,
  delimiter: string | undefined,
  onBusy: World['onBusy'],
  except?: string,
): Side {
  const extension = extname(file).toLowerCase()
  const columns: string[] = []
  const side = (rows: AsyncIterable<readonly string[]>, typing: Side['typing'] = 'types'): Side => ({
    name: file,
    typing,
    columns,
    rows: readable(file, rows),
  })
  switch (extension) {
    case '.csv':
      return side(csvRows(file, columns, delimiter ?? ','), 'text')
    case '.tsv':
      return side(tsvRows(file, columns), 'text')
    case '.parquet':
      return side(parquetRows(file, columns, except, onBusy), 'times')
    case '.json':
      return side(objects(file, columns, jsonRows(file)))
    default:
      return side(objects(file, columns, lines(file, true)))
  }
}

/** Converts errors of reading to errors that name the file. */
async function* readable<T>(file: string, rows: AsyncIterable<T>): AsyncGenerator<T, void, void> {
  try {
    yield* rows
  } catch (cause) {
    if (cause instanceof ConfluentqlError) throw cause
    // errors inside a decoder mean damaged bytes; their messages would not help the user
    const isDamaged =
      cause instanceof TypeError
      || cause instanceof RangeError
      || (cause as Error).message.includes('undefined')
    throw cannotRead(file, isDamaged ? new Error(DAMAGED, { cause }) : cause)
  }
}

/** Converts objects to cells. Columns are in order of first occurrence. */
async function* objects(
  file: string,
  columns: string[],
  rows: AsyncIterable<unknown>,
): AsyncGenerator<string[], void, void> {
  const places = new Map<string, number>()
  let count = 0
  for await (const row of rows) {
    count++
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw wrong(file, `row ${count} is not an object`)
    const cells: string[] = Array.from({ length: columns.length }, () => 'null')
    for (const [name, value] of Object.entries(row)) {
      const place = places.get(name) ?? columns.push(name) - 1
      places.set(name, place)
      cells[place] = cellOfJson(value)
    }
    yield cells
  }
}

const wrong = (file: string, what: string): ConfluentqlError =>
  new ConfluentqlError('USAGE', `cannot read ${file}: ${what}`)

function parsed(file: string, text: string, line: number): unknown {
  try {
    return parseExact(text)
  } catch (cause) {
    throw new ConfluentqlError('USAGE', `cannot read ${file}: line ${line} is not JSON`, {
      cause,
      hint: 'it may be incomplete',
    })
  }
}

/** One object a line: ndjson (`isBare`), or json as this program writes it, with brackets and commas. */
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
  if (!isClosed)
    throw new ConfluentqlError('USAGE', `cannot read ${file}: its last line is not ]`, {
      hint: 'it is incomplete',
    })
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

/** Whether the first line is a bracket and the second a complete object. */
async function isLineByLine(file: string): Promise<boolean> {
  let beginning = ''
  for await (const chunk of createReadStream(file, { encoding: 'utf8', end: BEGINNING }))
    beginning += chunk as string
  const [first, second] = beginning.split('\n')
  try {
    return first?.trim() === '[' && typeof JSON.parse(second?.trim().replace(/,$/, '') ?? '') === 'object'
  } catch {
    return false
  }
}

async function* csvRows(
  file: string,
  columns: string[],
  delimiter: string,
): AsyncGenerator<string[], void, void> {
  const { parse } = await import('csv-parse')
  const parser = parse({ bom: true, delimiter, skip_empty_lines: false })
  // pipe() does not forward errors of its source
  createReadStream(file)
    .on('error', error => parser.destroy(error))
    .pipe(parser)
  let isHeader = true
  for await (const record of parser as AsyncIterable<string[]>) {
    if (isHeader) columns.push(...distinct(record.map(unshielded), file))
    else yield record.map(text => cellOfText(unshielded(text)))
    isHeader = false
  }
  if (isHeader) throw missingHeader(file)
}

const missingHeader = (file: string): ConfluentqlError =>
  new ConfluentqlError('USAGE', `cannot read ${file}: it is empty, without even names of columns`, {
    hint: 'it may be incomplete',
  })

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  '\\': '\\',
}

async function* tsvRows(file: string, columns: string[]): AsyncGenerator<string[], void, void> {
  const unescaped = (text: string): string => text.replace(/\\(.)/g, (_all, c: string) => ESCAPES[c] ?? c)
  let count = 0
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    const fields = (count++ === 0 ? line.replace(/^\ufeff/, '') : line).split('\t')
    if (count === 1) columns.push(...distinct(fields.map(unescaped), file))
    else if (fields.length !== columns.length)
      throw wrong(file, `line ${count} has ${fields.length} values, the first line ${columns.length}`)
    else yield fields.map(field => (field === '\\N' ? 'null' : cellOfText(unescaped(field))))
  }
  if (count === 0) throw missingHeader(file)
}
