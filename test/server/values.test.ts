import { beforeAll, describe, expect, it } from 'vitest'
import type { Client } from 'pg'
import { JsonBytes } from '../../src/server/sql/json-bytes.ts'
import { canonicalJson } from '../../src/server/sql/jsonb.ts'
import { timestamp, timestampMicros } from '../../src/server/sql/timestamps.ts'
import { floatText } from '../../src/server/sql/types.ts'
import { FIELD } from '../../src/packed.ts'
import { listen } from '../support/cleanup.ts'
import { lines, serve, stateOf } from './support.ts'

/** A generator of numbers from 0 to 1: the same in each run. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

const next = random(7)
const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!

const TEXTS = [
  '',
  ' ',
  'a\tb',
  'a\nb\r\n',
  '\\',
  '\\N',
  '\\.',
  '"',
  "it's",
  '{}',
  'ü€😀',
  '\u0001\u001f',
  '\u007f\u0085',
  'NULL',
  'x'.repeat(3000),
]
const NUMBERS = [
  '0',
  '-0',
  '-0.0',
  '1',
  '1.0',
  '1.50',
  '1e5',
  '1E-7',
  '-2.5e3',
  '1.5e-3',
  '0.1',
  '100',
  '1e20',
  '3.0e0',
]

/** JSON text that Postgres would write otherwise. */
function json(depth: number): string {
  const kind = depth > 3 ? next() * 0.5 : next()
  if (kind < 0.2) return pick(NUMBERS)
  if (kind < 0.4) return JSON.stringify(pick(TEXTS))
  if (kind < 0.5) return pick(['null', 'true', 'false', '{}', '[]', '"\\u00e9\\/\\ud83d\\ude00"'])
  const count = Math.floor(next() * 4)
  if (kind < 0.7) return `[${Array.from({ length: count }, () => json(depth + 1)).join(' ,')}]`
  const key = (): string => JSON.stringify(pick(['a', 'b', 'aa', 'id', 'é', 'zzz', '"', '']))
  return `{ ${Array.from({ length: count }, () => `${key()} :${json(depth + 1)}`).join(',')}}`
}

function time(): string {
  const fraction = pick(['', '.5', '.123456', '.1234567', '.999999999', '.000001', '.10'])
  const zone = pick(['Z', 'Z', '+00:00', '-05:30', '+14:00'])
  return `${pick(['0001', '1969', '1999', '2024', '9998'])}-0${1 + Math.floor(next() * 9)}-${10 + Math.floor(next() * 18)}T0${Math.floor(next() * 9)}:59:5${Math.floor(next() * 9)}${fraction}${zone}`
}

const ROWS = Array.from(
  { length: 300 },
  (_, i) =>
    `{"id":"i-${i}","email":${JSON.stringify(pick(TEXTS))},"status":${next() < 0.1 ? 'null' : '"x"'},"accepted_at":${next() < 0.1 ? 'null' : `"${time()}"`},"metadata":{"created_at":"${time()}","x":${json(0)}},"creator":{"id":"u-1","y":${json(0)}}}`,
)

const USERS = [
  '{"id":"u-1","full_name":"zero \\u0000 byte","metadata":{}}',
  '{"id":"u-2","full_name":"json","metadata":{"a":"\\u0000"}}',
]

let client: Client
beforeAll(async () => {
  const url = await listen((request, response) => {
    const rows = request.url?.startsWith('/iam/v2/users') ? USERS : ROWS
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(`{"data":[${rows.join(',')}],"metadata":{}}`)
  })
  client = await (await serve(['--endpoint', url, '--cache', '0'])).client()
})

describe('values', () => {
  const sql = 'SELECT id, email, status, accepted_at, metadata, creator FROM iam.invitations'

  it('are written alike by the server and by Postgres, as text', async () => {
    const streamed = await lines(client, sql)
    expect(streamed).toHaveLength(300)
    expect((await lines(client, `${sql} ORDER BY id`)).toSorted()).toEqual(streamed.toSorted())
  })

  it('and in binary form', async () => {
    const read = async (text: string): Promise<string[]> => {
      const types = { getTypeParser: () => (value: unknown) => (value as Buffer).toString('hex') }
      const config = { text, rowMode: 'array', binary: true, types, values: [] } as const
      const { rows } = await client.query(config as never)
      return (rows as unknown as (string | null)[][]).map(row => row.join('|')).toSorted()
    }
    const streamed = await read(sql)
    expect(streamed).toHaveLength(300)
    expect(await read(`${sql} ORDER BY id`)).toEqual(streamed)
  })

  it.each(['text', 'binary'])('and by COPY in %s format, message by message', async format => {
    const read = async (query: string): Promise<string[]> => {
      const messages: string[] = []
      const { connection } = client as unknown as { connection: NodeJS.EventEmitter }
      const onData = ({ chunk }: { chunk: Buffer }): void => void messages.push(chunk.toString('hex'))
      connection.on('copyData', onData)
      await client.query(`COPY (${query}) TO STDOUT (FORMAT ${format})`)
      connection.off('copyData', onData)
      return messages
    }
    const rest = [
      ['', 300],
      [' LIMIT 1', 1],
      [" WHERE email = 'none'", 0],
    ] as const
    for (const [end, count] of rest) {
      const streamed = await read(sql + end)
      expect(streamed).toEqual(await read(`SELECT * FROM (${sql} OFFSET 0) x${end}`))
      expect(streamed).toHaveLength(format === 'text' ? count : count + 1)
    }
  })

  it('half a microsecond is rounded as Postgres rounds it', async () => {
    const texts = ['0000005', '0000015', '0000025', '00000351', '9999995'].map(
      digits => `2024-02-29T23:59:59.${digits}Z`,
    )
    const [row] = await lines(client, `SELECT ${texts.map(text => `timestamptz '${text}'`).join(', ')}`)
    expect(texts.map(timestamp).join('|')).toBe(row)
  })

  it.each(['0000-12-31T23:59:59Z', '9999-12-31T23:59:59.9999999Z', '0001-01-01T00:00:00+01:00'])(
    'a time outside of the years 1 to 9999 is an error in both formats: %s',
    text => {
      expect(() => timestamp(text)).toThrow(/out of range/)
      expect(() => timestampMicros(text)).toThrow(/out of range/)
    },
  )

  it.each(['1e131072', '1e-16384', '1.5e-16383', `0.${'1'.repeat(16_384)}`])(
    'a number in JSON that jsonb cannot hold is an error: %.20s',
    number => {
      expect(() => canonicalJson(`[${number}]`)).toThrow(/more digits/)
      const bytes = Buffer.concat([Buffer.from(`[${number}]`), Buffer.of(FIELD)])
      expect(new JsonBytes().write(bytes, 0, Buffer.alloc(2 * bytes.length), 0)).toBe(-1)
    },
  )

  it('floating-point numbers are written as Postgres writes them', async () => {
    const view = new DataView(new ArrayBuffer(8))
    const others: number[] = []
    const numbers = [0, -0, 1, 0.1, 1e15, 123_456_789_012_345.6, 1e-4, 9.9e-5, 1e21, 5e-324, 1.797e308]
    for (let i = 0; i < 3000; i++) {
      view.setUint32(0, next() * 2 ** 32)
      view.setUint32(4, next() * 2 ** 32)
      numbers.push(Math.round(next() * 1e9) / 10 ** Math.floor(next() * 12))
      // of two shortest texts Postgres may choose another, but of the same number
      if (Number.isFinite(view.getFloat64(0))) others.push(view.getFloat64(0))
    }
    const list = `{${numbers.map(n => (Object.is(n, -0) ? '-0' : String(n))).join(',')}}`
    expect(await lines(client, 'SELECT unnest($1::float8[])', [list])).toEqual(numbers.map(floatText))
    const read = await lines(client, 'SELECT unnest($1::float8[])', [`{${others.map(floatText).join(',')}}`])
    expect(read.map(Number)).toEqual(others)
  })

  it.each([
    ['SELECT full_name FROM iam.users', '22021'],
    ['SELECT full_name FROM iam.users ORDER BY id', '22021'],
    ['SELECT metadata FROM iam.users', '22P05'],
    ['SELECT metadata FROM iam.users ORDER BY id', '22P05'],
  ])('what Postgres cannot hold is an error: %s', async (text, state) => {
    expect(await stateOf(client, text)).toBe(state)
  })
})
