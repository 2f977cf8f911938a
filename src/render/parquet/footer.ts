import type { FileMetaData, RowGroup, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'

/** Written after the metadata: its length. */
const LENGTH_BYTES = 4
/** Thrift's compact protocol: the type of a struct, and the size of a list that follows as a number of its own. */
const STRUCT = 12
const LONG_LIST = 15

type About = Pick<FileMetaData, 'schema' | 'created_by' | 'key_value_metadata'>

/**
 * The metadata of a file, written at its end. Row groups are encoded when they are added: as objects they take ten times the
 * memory, which would grow with the rows of the file.
 */
export class Footer {
  readonly #schema: SchemaElement[]
  readonly #groups: Uint8Array[] = []
  #rows = 0n

  /** `schema`: as the row groups were written. */
  constructor(schema: SchemaElement[]) {
    this.#schema = schema
  }

  /** How many were added. */
  get groups(): number {
    return this.#groups.length
  }

  add(group: RowGroup): void {
    const about = { schema: this.#schema }
    const { before, after } = around(about, 0n)
    const bytes = encoded(about, 0n, [group])
    this.#groups.push(bytes.slice(before.length + 1, bytes.length - after.length))
    this.#rows += group.num_rows
  }

  /** The metadata with all row groups, its length and the last bytes of a file. */
  write(writer: ByteWriter, about: About): void {
    const { before, after } = around(about, this.#rows)
    const start = writer.offset
    writer.appendBytes(before)
    const count = this.#groups.length
    writer.appendUint8((Math.min(count, LONG_LIST) << 4) | STRUCT)
    if (count >= LONG_LIST) writer.appendVarInt(count)
    for (const group of this.#groups) writer.appendBytes(group)
    writer.appendBytes(after)
    writer.appendUint32(writer.offset - start)
    writer.appendBytes(Buffer.from('PAR1'))
  }
}

/** What is before and after the list of row groups: the list is a byte if it is empty, and that byte differs if it is not. */
function around(about: About, rows: bigint): { readonly before: Uint8Array; readonly after: Uint8Array } {
  const empty = encoded(about, rows, [])
  const one = encoded(about, rows, [{ columns: [], total_byte_size: 0n, num_rows: 0n }])
  const at = empty.findIndex((byte, i) => byte !== one[i])
  return { before: empty.subarray(0, at), after: empty.subarray(at + 1) }
}

function encoded(about: About, rows: bigint, groups: RowGroup[]): Uint8Array {
  const writer = new ByteWriter()
  const metadata = { version: 2, ...about, num_rows: rows, row_groups: groups }
  // the library's type includes the length, which it would write as a field
  writeMetadata(writer, metadata as unknown as FileMetaData)
  return writer.getBytes().subarray(0, -LENGTH_BYTES)
}
