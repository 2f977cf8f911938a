import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { Value } from '../../catalog/types.ts'
import type { About, DocumentInfo, Renderer, RenderOptions, ResultColumn, Write } from '../types.ts'
import { distinctNames } from '../values.ts'
import { storedAs } from './columns.ts'

/** Rows that are encoded and written at once. */
const ROWS_OF_A_GROUP = 100_000

/**
 * parquet: one result, its columns typed, snappy. It holds the result, since what a computed column is shows only when
 * all its values are there. Of two columns with one name, the second is `name_2`.
 */
export function parquet(options: RenderOptions, write: Write): Renderer {
  return {
    async result(about, columns, rows) {
      const values: Value[][] = columns.map(() => [])
      let count = 0
      let failure: { readonly error: unknown } | undefined
      try {
        for await (const row of rows) {
          for (const [i, column] of values.entries()) column.push(row[i] ?? null)
          count += 1
        }
      } catch (error) {
        failure = { error }
      }
      await writeFile(columns, values, count, properties(about, options.document), failure === undefined, write)
      if (failure !== undefined) throw failure.error
      return count
    },
    async end() {},
  }
}

/** Without `whole` the footer is left out, without which no reader takes the file. */
async function writeFile(
  columns: readonly ResultColumn[], values: Value[][], count: number, kvMetadata: { key: string; value: string }[], whole: boolean, write: Write,
): Promise<void> {
  const bytes = new ByteWriter()
  const flush = async (): Promise<void> => {
    const ready = bytes.getBytes().slice()
    bytes.index = 0
    if (ready.length > 0) await write(ready)
  }
  const names = distinctNames(columns)
  const stored = columns.map((column, i) => storedAs(column, names[i] ?? '', values[i] ?? []))
  const schema = [{ name: 'result', num_children: columns.length }, ...stored.map(({ element }) => element)]
  const writer = new ParquetWriter({ writer: bytes, schema, kvMetadata, createdBy: 'confluentql' })
  for (let start = 0; start < count; start += ROWS_OF_A_GROUP) {
    const columnData = stored.map(({ element, convert }, i) => ({
      name: element.name,
      data: (values[i] ?? []).slice(start, start + ROWS_OF_A_GROUP).map((value) => convert(value)),
      statistics: element.logical_type?.type !== 'JSON',
    }))
    await writer.write({ columnData, rowGroupSize: ROWS_OF_A_GROUP })
    await flush()
  }
  // Told of it earlier, the library would make JSON strings of what is JSON already. DuckDB knows JSON by this type alone.
  writer.schema = schema.map((element) => ('logical_type' in element && element.logical_type?.type === 'JSON' ? { ...element, converted_type: 'JSON' } : element))
  if (whole) await writer.finish()
  await flush()
}

/** What was asked, for whoever finds the file. */
function properties({ title, note, sql }: About, document: DocumentInfo | undefined): { key: string; value: string }[] {
  const all = { title, note, sql, profile: document?.profile, at: document?.at.toISOString() }
  return Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [{ key: `confluentql.${key}`, value }]))
}

