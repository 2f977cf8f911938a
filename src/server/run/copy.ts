import { frame, int16, int32 } from '../wire/frames.ts'
import { copyLine, type Format } from '../wire/rows.ts'
import type { Answer, RowChunk } from './answer.ts'
import { sessionRows, type SessionContext } from './database.ts'
import { plainRows, type PlainScan } from './plain.ts'

/** The header of the binary format (sql-copy, "Binary Format"): signature, flags, and no extension. */
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), int32(0), int32(0)])
const TRAILER = int16(-1)
const DATA = 'd'.charCodeAt(0)

/** COPY … TO STDOUT of a plain scan, whose rows are streamed. */
export function copyAnswer(scan: PlainScan, format: 'text' | 'binary', context: SessionContext): Answer {
  const code = format === 'binary' ? 1 : 0
  const columns = scan.types.map(() => int16(code))
  return {
    fields: undefined,
    copy: frame('H', Buffer.from([code]), int16(columns.length), ...columns),
    rows: format === 'binary' ? binaryRows(scan, context) : textRows(scan, context),
    tag: count => `COPY ${count}`,
  }
}

async function* textRows(
  { sql, types }: PlainScan,
  context: SessionContext,
): AsyncGenerator<RowChunk, void, void> {
  for await (const batch of sessionRows(sql, context)) {
    const lines: Buffer[] = []
    for (const row of batch) lines.push(frame('d', Buffer.from(copyLine(row, types))))
    yield { bytes: Buffer.concat(lines), count: lines.length }
  }
}

/** A row of the binary format is the body of a DataRow message. As from Postgres, the first message begins with the header. */
async function* binaryRows(scan: PlainScan, context: SessionContext): AsyncGenerator<RowChunk, void, void> {
  const formats = scan.types.map((): Format => 1)
  let isFirst = true
  for await (const { bytes, count } of plainRows(scan, formats, context)) {
    if (count === 0) continue
    for (let at = 0; at < bytes.length; at += 1 + bytes.readInt32BE(at + 1)) bytes[at] = DATA
    if (isFirst) {
      const end = 1 + bytes.readInt32BE(1)
      yield { bytes: Buffer.concat([frame('d', HEADER, bytes.subarray(5, end)), bytes.subarray(end)]), count }
    } else yield { bytes, count }
    isFirst = false
  }
  yield { bytes: isFirst ? frame('d', HEADER, TRAILER) : frame('d', TRAILER), count: 0 }
}
