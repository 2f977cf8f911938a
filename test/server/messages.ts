import type { Socket } from 'node:net'
import type { Served } from './support.ts'

/* Messages of the PostgreSQL protocol, sent and read byte by byte. */

function message(type: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map(p => (typeof p === 'string' ? Buffer.from(`${p}\0`) : p)))
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const int16 = (...values: number[]): Buffer => Buffer.from(values.flatMap(v => [v >> 8, v & 255]))
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export const query = (sql: string): Buffer => message('Q', sql)
export const parse = (name: string, sql: string): Buffer => message('P', name, sql, int16(0))
/** @param formats those of the results */
export const bind = (
  portal: string,
  name: string,
  values: readonly string[] = [],
  formats: readonly number[] = [],
): Buffer =>
  message(
    'B',
    portal,
    name,
    int16(0, values.length),
    ...values.flatMap(v => [int32(Buffer.byteLength(v)), Buffer.from(v)]),
    int16(formats.length, ...formats),
  )
export const describeMessage = (kind: 'S' | 'P', name: string): Buffer =>
  message('D', Buffer.from(kind), name)
export const executeMessage = (portal: string, most = 0): Buffer => message('E', portal, int32(most))
export const sync = message('S')
/** A call of the function with OID 0. */
export const functionCall = message('F', int32(0), int16(0, 0, 0))

/**
 * Takes over the connection of a client.
 * @returns sends messages, and resolves with the answer up to ReadyForQuery, a text for each message: `T 0` (format of the first
 *   column), `D a|b`, `C SELECT 1`, `E 22012`, `Z I`, `t 25` (types of parameters), otherwise its type
 */
export async function exchange(server: Served): Promise<(...sent: Buffer[]) => Promise<string[]>> {
  const client = await server.client()
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  stream.removeAllListeners('data')
  let rest: Buffer = Buffer.alloc(0)
  let found: string[] = []
  let isReady: () => void = () => {}
  stream.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const end = rest.readInt32BE(1) + 1
      const type = rest.toString('latin1', 0, 1)
      const shown = shownMessage(type, rest.subarray(5, end))
      rest = rest.subarray(end)
      if (!['S', 'N'].includes(type)) found.push(shown)
      if (type === 'Z') isReady()
    }
  })
  return async (...sent) => {
    found = []
    const answered = new Promise<void>(resolve => (isReady = resolve))
    stream.write(Buffer.concat(sent))
    await answered
    return found
  }
}

function shownMessage(type: string, body: Buffer): string {
  switch (type) {
    case 'C':
      return `C ${body.toString('utf8', 0, body.length - 1)}`
    case 'Z':
      return `Z ${body.toString()}`
    case 'E':
      return `E ${/\0C([^\0]*)\0/.exec(body.toString())![1]}`
    case 'T':
      return `T ${body.readInt16BE(body.indexOf(0, 2) + 17)}`
    case 't':
      return [
        't',
        ...Array.from({ length: body.readInt16BE(0) }, (_, i) => body.readInt32BE(2 + i * 4)),
      ].join(' ')
    case 'D':
      return `D ${fieldsOf(body).join('|')}`
    default:
      return type
  }
}

function fieldsOf(body: Buffer): string[] {
  let at = 2
  return Array.from({ length: body.readInt16BE(0) }, () => {
    const length = body.readInt32BE(at)
    const from = at + 4
    at = from + Math.max(0, length)
    return length < 0 ? 'NULL' : body.toString('latin1', from, at)
  })
}
