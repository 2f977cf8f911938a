import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { About, DocumentInfo, Renderer, RenderOptions, ResultColumn, Row, Write } from '../types.ts'
import { distinctNames } from '../values.ts'
import { Narrowing, type Stored } from './columns.ts'
import { type Group, Held } from './held.ts'

/**
 * parquet: one result with typed columns, compressed with snappy. Keeps the whole result, since the type of a computed
 * column depends on all its values. A repeated column name becomes `name_2`.
 */
export function parquet(options: RenderOptions, write: Write): Renderer {
  return {
    async result(about, columns, rows) {
      const types = columns.map(column => new Narrowing(column))
      const held = new Held(columns.length)
      let count = 0
      let failure: { readonly error: unknown } | undefined
      try {
        for await (const batch of rows.batches()) {
          for (const row of batch) {
            for (const [i, type] of types.entries()) type.add(row[i] ?? null)
            count += 1
            if (held.add(row)) await held.settle()
          }
        }
      } catch (error) {
        failure = { error }
      }
      try {
        if (options.declaredTypes) for (const type of types) type.check()
        await writeGroups(
          storedAs(columns, types),
          held.groups(),
          properties(about, options.document),
          failure === undefined,
          write,
        )
      } catch (error) {
        throw failure?.error ?? error
      } finally {
        held.close()
      }
      if (failure !== undefined) throw failure.error
      return count
    },
    async end() {},
  }
}

/** Writes a file with columns of given types; a name occurs once. `groups` are its row groups. */
export async function writeParquet(
  columns: readonly Stored[],
  groups: Iterable<readonly Row[]> | AsyncIterable<readonly Row[]>,
  about: About,
  document: DocumentInfo | undefined,
  write: Write,
): Promise<void> {
  await writeGroups(columns, byColumns(groups), properties(about, document), true, write)
}

async function* byColumns(
  groups: Iterable<readonly Row[]> | AsyncIterable<readonly Row[]>,
): AsyncGenerator<Group, void, void> {
  for await (const rows of groups) yield { length: rows.length, column: i => rows.map(row => row[i] ?? null) }
}

function storedAs(columns: readonly ResultColumn[], types: readonly Narrowing[]): Stored[] {
  const names = distinctNames(columns)
  return types.map((type, i) => type.stored(names[i]!))
}

/** Without `whole` the footer is omitted, so that readers reject the file. */
async function writeGroups(
  stored: readonly Stored[],
  groups: AsyncIterable<Group>,
  kvMetadata: { key: string; value: string }[],
  whole: boolean,
  write: Write,
): Promise<void> {
  const bytes = new ByteWriter()
  const flush = async (): Promise<void> => {
    const ready = bytes.getBytes().slice()
    bytes.index = 0
    if (ready.length > 0) await write(ready)
  }
  const schema = [{ name: 'result', num_children: stored.length }, ...stored.map(({ element }) => element)]
  const writer = new ParquetWriter({ writer: bytes, schema, kvMetadata, createdBy: 'confluentql' })
  for await (const group of groups) {
    const columnData = stored.map(({ element, convert }, i) => ({
      name: element.name,
      // read when the writer comes to the column: all columns of a group at once take several times the memory
      get data() {
        return group.column(i).map(convert)
      },
      statistics: element.logical_type?.type !== 'JSON',
    }))
    await writer.write({ columnData, rowGroupSize: group.length })
    await flush()
  }
  // Set after writing: with this type the library would encode JSON again. DuckDB needs it to recognize JSON.
  writer.schema = schema.map(element =>
    'logical_type' in element && element.logical_type?.type === 'JSON'
      ? { ...element, converted_type: 'JSON' }
      : element,
  )
  if (whole) await writer.finish()
  await flush()
}

/** Title, note, statement, profile and time as metadata of the file. */
function properties(
  { title, note, sql }: About,
  document: DocumentInfo | undefined,
): { key: string; value: string }[] {
  const all = { title, note, sql, profile: document?.profile, at: document?.at.toISOString() }
  return Object.entries(all).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key: `confluentql.${key}`, value }],
  )
}
