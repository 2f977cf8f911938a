import { cstring, Fields, frame, int16, int32 } from './frames.ts'
import type { Field, Format } from './rows.ts'

export const PARSE_COMPLETE = frame('1')
export const BIND_COMPLETE = frame('2')
export const CLOSE_COMPLETE = frame('3')
export const NO_DATA = frame('n')
export const EMPTY_QUERY = frame('I')
export const SUSPENDED = frame('s')
export const COPY_DONE = frame('c')

export const authentication = (kind: number, data: Uint8Array = Buffer.alloc(0)): Buffer =>
  frame('R', int32(kind), data)
export const parameterStatus = (name: string, value: string): Buffer =>
  frame('S', cstring(name), cstring(value))
export const readyForQuery = (status: string): Buffer => frame('Z', Buffer.from(status))
export const commandComplete = (tag: string): Buffer => frame('C', cstring(tag))

export function rowDescription(fields: readonly Field[], formats: readonly Format[]): Buffer {
  const parts = fields.flatMap((f, i) => [
    cstring(f.name),
    int32(f.table | 0),
    int16(f.column),
    int32(f.type | 0),
    int16(f.size),
    int32(f.modifier),
    int16(formats[i] ?? 0),
  ])
  return frame('T', int16(fields.length), ...parts)
}

/** The columns of a RowDescription. */
export function readRowDescription(body: Buffer): Field[] {
  const fields = new Fields(body)
  return Array.from({ length: fields.count() }, () => {
    const field = {
      name: fields.text(),
      table: fields.int32() >>> 0,
      column: fields.int16(),
      type: fields.int32() >>> 0,
      size: fields.int16(),
      modifier: fields.int32(),
    }
    fields.int16()
    return field
  })
}

export function parameterDescription(types: readonly number[]): Buffer {
  return frame(
    't',
    list(types, t => int32(t | 0)),
  )
}

export function readParameterDescription(body: Buffer): number[] {
  const fields = new Fields(body)
  return Array.from({ length: fields.count() }, () => fields.int32() >>> 0)
}

/** What a client gives to a prepared statement. */
export interface Binding {
  /** The formats of the parameters, as sent: none, one for all, or one each. */
  readonly formats: readonly number[]
  /** null: NULL. */
  readonly values: readonly (Buffer | null)[]
  readonly resultFormats: readonly number[]
}

export const NO_BINDING: Binding = { formats: [], values: [], resultFormats: [] }

/** Reads a Bind message. */
export function readBind(body: Buffer): { portal: string; statement: string; binding: Binding } {
  const fields = new Fields(body)
  const portal = fields.text()
  const statement = fields.text()
  const formats = Array.from({ length: fields.count() }, () => fields.int16())
  const values = Array.from({ length: fields.count() }, () => {
    const length = fields.int32()
    return length === -1 ? null : Buffer.from(fields.bytes(length))
  })
  const resultFormats = Array.from({ length: fields.count() }, () => fields.int16())
  return { portal, statement, binding: { formats, values, resultFormats } }
}

/** The format of each of `count` values. */
export function formatsOf(formats: readonly number[], count: number): Format[] {
  return Array.from({ length: count }, (_, i) =>
    (formats.length === 1 ? formats[0] : formats[i]) === 1 ? 1 : 0,
  )
}

/** A count and its items. There may be 65,535, more than a function takes as arguments. */
const list = <T>(items: readonly T[], bytesOf: (item: T) => Buffer): Buffer =>
  Buffer.concat([int16(items.length), ...items.map(bytesOf)])

/** Parse, Bind, … of the unnamed statement and portal, for Postgres. */
export const request = {
  query: (sql: string): Buffer => frame('Q', cstring(sql)),
  parse: (sql: string, types: readonly number[] = []): Buffer =>
    frame(
      'P',
      Buffer.from([0]),
      cstring(sql),
      list(types, t => int32(t | 0)),
    ),
  bind: ({ formats, values, resultFormats }: Binding): Buffer =>
    frame(
      'B',
      Buffer.from([0, 0]),
      list(formats, int16),
      list(values, v => (v === null ? int32(-1) : Buffer.concat([int32(v.length), v]))),
      list(resultFormats, int16),
    ),
  describeStatement: frame('D', cstring('S')),
  describePortal: frame('D', cstring('P')),
  execute: frame('E', Buffer.from([0]), int32(0)),
  sync: frame('S'),
  copyData: (data: Uint8Array): Buffer => frame('d', data),
  copyDone: frame('c'),
}
