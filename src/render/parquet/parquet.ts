import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { writeIndexes } from 'hyparquet-writer/src/indexes.js'
import type { SchemaElement } from 'hyparquet'
import type { Value } from '../../catalog/types.ts'
import type { About, DocumentInfo, Renderer, RenderOptions, ResultColumn, Row, Write } from '../types.ts'
import { distinctNames } from '../values.ts'
import { Narrowing, type Stored } from './columns.ts'
import { createCollector } from './collector.ts'
import { Footer } from './footer.ts'
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

/**
 * Bytes of the values in a page of a column. The library doubles its buffer: with the prefixes of the values, 1 MB of them would
 * need one of 2 MB.
 */
const PAGE_SIZE = 900_000

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
  for await (const rows of groups) {
    const column = (i: number): Value[] => rows.map(row => row[i] ?? null)
    const texts = (i: number): (Uint8Array | null)[] =>
      column(i).map(value => (value === null ? null : Buffer.from(String(value))))
    yield { length: rows.length, column, texts }
  }
}

function storedAs(columns: readonly ResultColumn[], types: readonly Narrowing[]): Stored[] {
  const names = distinctNames(columns)
  return types.map((type, i) => type.stored(names[i]!))
}

/** The garbage of so many row groups is collected together, in less than a hundredth of the time that they take. */
const COLLECTED = 16

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
  const writer = new ParquetWriter({ writer: bytes, schema })
  const footer = new Footer(schema)
  let collect: (() => void) | undefined
  for await (const group of groups) {
    const columnData = stored.map((column, i) => ({
      name: column.element.name,
      // read when the writer comes to the column: all columns of a group at once take several times the memory
      get data() {
        return column.data(group, i)
      },
      statistics: !isJson(column.element),
    }))
    await writer.write({ columnData, rowGroupSize: group.length, pageSize: PAGE_SIZE })
    // now, not in `finish`, which holds the metadata of all groups as objects
    writeIndexes(bytes, writer.pendingIndexes.splice(0))
    for (const written of writer.row_groups.splice(0)) footer.add(written)
    await flush()
    if (footer.groups % COLLECTED === 0) (collect ??= createCollector())()
  }
  // Only here: with this type the library would encode JSON again. DuckDB needs it to recognize JSON.
  const shown = schema.map(element =>
    isJson(element) ? { ...element, converted_type: 'JSON' as const } : element,
  )
  if (whole) footer.write(bytes, { schema: shown, created_by: 'confluentql', key_value_metadata: kvMetadata })
  await flush()
}

function isJson({ logical_type: type }: Partial<SchemaElement>): boolean {
  return type?.type === 'JSON'
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
