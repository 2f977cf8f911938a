import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet'
import { ConfluentqlError } from '../../errors.ts'
import type { World } from '../world.ts'
import { cellOfJson, cellOfText, exactly } from './cell.ts'
import type { Chunk } from './pages.ts'

/** The message for a corrupt file. */
export const DAMAGED = 'it is damaged'

const damaged = (file: string): ConfluentqlError =>
  new ConfluentqlError('USAGE', `cannot read ${file}: ${DAMAGED}`)

/**
 * The rows of a Parquet file as cells, read one row group at a time. Pages are validated before they are decoded.
 * @param columns gets the names of the columns before the first row
 * @param except a column that is not read
 * @param onBusy called with true before a row group is decoded, with false afterwards
 * @throws ConfluentqlError USAGE; RangeError, TypeError for damaged bytes
 */
export async function* parquetRows(
  file: string,
  columns: string[],
  except: string | undefined,
  onBusy: World['onBusy'],
): AsyncGenerator<string[], void, void> {
  const [{ asyncBufferFromFile, parquetMetadataAsync, parquetRead, parquetSchema }, { checkPages }] =
    await Promise.all([import('hyparquet'), import('./pages.ts')])
  const source = await asyncBufferFromFile(file)
  const metadata = await parquetMetadataAsync(source).catch((cause: unknown) => {
    throw new ConfluentqlError('USAGE', `cannot read ${file}: it is not a complete Parquet file`, {
      cause,
      hint: 'it may be incomplete',
    })
  })
  const schema = parquetSchema(metadata)
  if (!metadata.row_groups.every(group => isWhole(group, schema))) throw damaged(file)
  const read = schema.children.filter(c => c.element.name !== except)
  columns.push(...read.map(c => c.element.name))
  const isFlat = read.map(c => c.children.length === 0)
  // a decoder leaves out U+FEFF at the beginning of a text, which is part of the value
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const text = (bytes: Uint8Array | undefined): string | undefined => bytes && decoder.decode(bytes)
  const parsers = {
    timestampFromMilliseconds: (n: bigint) => timeOf(n, 1_000n),
    timestampFromMicroseconds: (n: bigint) => timeOf(n, 1_000_000n),
    timestampFromNanoseconds: (n: bigint) => timeOf(n, 1_000_000_000n),
    dateFromDays: (n: number) => new Date(n * 86_400_000).toISOString().slice(0, 10),
    stringFromBytes: text,
    jsonFromBytes: text,
  }
  let from = 0
  for (const group of metadata.row_groups) {
    const to = from + Number(group.num_rows)
    let rows: unknown[][] = []
    onBusy?.(true)
    try {
      for (const column of group.columns) checkPages(await chunkOf(column, source, schema))
      await parquetRead({
        file: source,
        metadata,
        parsers,
        columns,
        rowStart: from,
        rowEnd: to,
        onComplete: all => (rows = all),
      })
    } finally {
      onBusy?.(false)
    }
    for (const row of rows) {
      // NULL is null; undefined means a missing value
      if (row.some((value, i) => value === undefined && isFlat[i])) throw damaged(file)
      yield row.map(cellOf)
    }
    from = to
  }
}

/**
 * Whether a row group has exactly the columns of the schema, each with as many values as the group has rows. Otherwise the
 * decoder would fail in a promise that nothing awaits, which ends the process, or create as many rows as the group claims.
 */
function isWhole(
  { columns, num_rows: rows }: FileMetaData['row_groups'][number],
  schema: SchemaTree,
): boolean {
  const there = columns.map(c => c.meta_data?.path_in_schema[0])
  const isFilled = columns.every(
    c =>
      c.meta_data !== undefined
      && (c.meta_data.path_in_schema.length > 1
        ? c.meta_data.num_values >= rows
        : c.meta_data.num_values === rows),
  )
  const named = schema.children.map(c => [c.element.name, c.children.length > 0] as const)
  return (
    isFilled
    && there.every(name => named.some(([n]) => n === name))
    && named.every(([name, isNested]) => isNested || there.filter(n => n === name).length === 1)
  )
}

/** @throws RangeError if the file has no such bytes */
async function chunkOf(
  { meta_data: meta }: FileMetaData['row_groups'][number]['columns'][number],
  source: AsyncBuffer,
  schema: SchemaTree,
): Promise<Chunk> {
  if (meta === undefined) throw new RangeError('a column without a description')
  const path: SchemaTree[] = []
  for (const name of meta.path_in_schema) {
    const next = (path.at(-1) ?? schema).children.find(c => c.element.name === name)
    if (next === undefined) throw new RangeError('a column that the schema lacks')
    path.push(next)
  }
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset)
  const end = start + Number(meta.total_compressed_size)
  if (!(start >= 0 && end >= start && end <= source.byteLength))
    throw new RangeError('pages outside the file')
  const levels = (isOne: (type: string | undefined) => boolean): number =>
    path.filter(({ element }) => isOne(element.repetition_type)).length
  return {
    bytes: new Uint8Array(await source.slice(start, end)),
    codec: meta.codec,
    isBoolean: meta.type === 'BOOLEAN',
    isFlat: path.length === 1,
    values: Number(meta.num_values),
    definition: levels(type => type !== 'REQUIRED'),
    repetition: levels(type => type === 'REPEATED'),
  }
}

function cellOf(value: unknown): string {
  if (typeof value === 'string') return cellOfText(value)
  return typeof value === 'bigint' ? String(value) : cellOfJson(jsonValue(value))
}

/** Converts values without a JSON form as the other output formats do, also within lists and structs. */
function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return exactly(String(value))
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  if (Array.isArray(value)) return value.map(jsonValue)
  return typeof value === 'object' && value !== null ? jsonRow(value) : (value ?? null)
}

const jsonRow = (row: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, jsonValue(value)]))

/** RFC 3339 text of a time in fractions of a second since 1970, without trailing zeros. */
function timeOf(count: bigint, perSecond: bigint): string {
  const part = ((count % perSecond) + perSecond) % perSecond
  const seconds = (count - part) / perSecond
  const digits =
    part === 0n
      ? ''
      : `.${String(part)
          .padStart(String(perSecond).length - 1, '0')
          .replace(/0+$/, '')}`
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${digits}Z`
}
