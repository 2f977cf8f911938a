import { once } from 'node:events'
import { beforeAll, describe, expect, it } from 'vitest'
import type pg from 'pg'
import { bare, lines, PASSWORD, serve, stateOf, type Served } from './support.ts'

const SLOW = 'SELECT count(*) FROM generate_series(1, 2000000000)'

let server: Served
beforeAll(async () => {
  server = await serve(['--sandbox', '--max-connections', '6'])
  const client = await server.client()
  await client.end()
})

const works = async (): Promise<void> => {
  const client = await server.client()
  expect(await lines(client, 'SELECT 1')).toEqual(['1'])
  await client.end()
}

/** The error that a connection is refused with. */
async function refused(options: pg.ClientConfig): Promise<Partial<pg.DatabaseError>> {
  return server.client(options).then(
    () => ({ message: 'let in' }),
    (error: unknown) => error as pg.DatabaseError,
  )
}

/** A startup message of protocol 3.0. */
function startup(...words: string[]): Buffer {
  const body = Buffer.from(`${words.join('\0')}\0\0`)
  const head = Buffer.alloc(8)
  head.writeInt32BE(8 + body.length)
  head.writeInt32BE(3 << 16, 4)
  return Buffer.concat([head, body])
}

describe('nobody gets in without the password', () => {
  it.each(['wrong', `${PASSWORD} `, PASSWORD.toUpperCase()])('%s', async password => {
    expect(await refused({ password })).toMatchObject({ code: '28P01' })
  })

  it('a database that there is not, replication', async () => {
    expect(await refused({ database: 'postgres' })).toMatchObject({ code: '3D000' })
  })

  it.each([
    ['a query instead of a password', Buffer.from('Q\0\0\0\rSELECT 1\0', 'latin1')],
    ['a message without end', Buffer.from('p\x7f\xff\xff\xff', 'latin1')],
    ['garbage', Buffer.from('p\0\0\0\x09abcde', 'latin1')],
    [
      'a mechanism that was not offered',
      Buffer.concat([Buffer.from('p\0\0\0\x0d', 'latin1'), Buffer.from('PLAIN\0\0\0\0', 'latin1')]),
    ],
  ])('%s', async (_, message) => {
    const { socket, closed } = bare(server.port)
    socket.write(startup('user', 'confluentql'))
    await once(socket, 'data')
    socket.write(message)
    const answer = await closed
    expect(answer.includes('SELECT 1')).toBe(false)
    expect(answer.toString('latin1')).toMatch(/C(?:08P01|28P01)\0/)
    await works()
  })
})

describe('hostile starts', () => {
  it.each([
    ['http', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a long packet', Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0])],
    ['a negative length', Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 3, 0, 0])],
    ['protocol 2', Buffer.from([0, 0, 0, 8, 0, 2, 0, 0])],
    ['TLS, which is off', Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0])],
    ['parameters without end', Buffer.from([0, 0, 0, 12, 0, 3, 0, 0, 0x75, 0x73, 0x65, 0x72])],
    [
      'data behind a request for encryption',
      Buffer.concat([Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]), Buffer.from('x')]),
    ],
  ])('%s', async (_, bytes) => {
    const { socket, closed } = bare(server.port)
    socket.write(bytes)
    expect((await closed).includes(Buffer.from('R\0\0\0\x08\0\0\0\0'))).toBe(false)
    await works()
  })

  it('a newer protocol is negotiated down', async () => {
    const { socket } = bare(server.port)
    const packet = startup('user', 'confluentql')
    packet.writeInt32BE((3 << 16) + 2, 4)
    socket.write(packet)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer[0]).toBe('v'.charCodeAt(0))
  })

  it('clients that say nothing do not keep others out', async () => {
    for (let i = 0; i < 20; i++) bare(server.port)
    await works()
  })

  it('fifty connects at the same time', async () => {
    const found = await Promise.all(Array.from({ length: 50 }, () => refused({ password: 'wrong' })))
    expect(new Set(found.map(f => f.code))).toEqual(new Set(['28P01']))
    await works()
  })
})

describe('limits', () => {
  it('refuses a connection too many, and takes one when another has gone', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => server.client()))
    expect(await refused({})).toMatchObject({ code: '53300' })
    await Promise.all(clients.map(c => c.end()))
    await expect.poll(async () => (await refused({})).message).toBe('let in')
    await expect.poll(() => server.stderr().length).toBeGreaterThan(0)
  })

  it('cancels a statement; others answer in the meantime', async () => {
    const [client, other] = [await server.client(), await server.client()]
    const [{ pid }] = (await other.query('SELECT 1 AS pid')).rows as [{ pid: number }]
    expect(pid).toBe(1)
    const slow = stateOf(client, SLOW)
    expect(await lines(other, 'SELECT count(*) FROM iam.users')).toEqual(['140'])
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number }
    const wrong = bare(server.port)
    wrong.socket.write(cancel(processID, secretKey ^ 1))
    await wrong.closed
    const right = bare(server.port)
    right.socket.write(cancel(processID, secretKey))
    await right.closed
    expect(await slow).toBe('57014')
    expect(await lines(client, 'SELECT count(*) FROM iam.users')).toEqual(['140'])
  })

  it('ends a statement by statement_timeout', async () => {
    const client = await server.client()
    await client.query("SET statement_timeout = '200ms'")
    expect(await stateOf(client, SLOW)).toBe('57014')
    await client.query('RESET statement_timeout')
    expect(await lines(client, 'SELECT 1')).toEqual(['1'])
  })

  it('a client that goes ends its statement', async () => {
    const client = await server.client()
    const running = client.query(SLOW).catch((error: unknown) => error)
    ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
    await running
    await works()
  })
})

function cancel(pid: number, key: number): Buffer {
  const packet = Buffer.alloc(16)
  packet.writeInt32BE(16)
  packet.writeInt32BE(80_877_102, 4)
  packet.writeInt32BE(pid, 8)
  packet.writeInt32BE(key, 12)
  return packet
}

/** The first column of the rows of a statement whose parameter is sent in binary form, as this type. */
function withBinary(client: pg.Client, text: string, type: number, value: Buffer): Promise<string[]> {
  interface Wire {
    parse(message: object): void
    bind(message: object): void
    execute(message: object): void
    sync(): void
  }
  return new Promise((resolve, reject) => {
    const rows: string[] = []
    const query = {
      submit(wire: Wire): void {
        wire.parse({ text, types: [type] })
        wire.bind({ values: [value] })
        wire.execute({})
        wire.sync()
      },
      handleDataRow: ({ fields }: { fields: string[] }) => void rows.push(fields[0]!),
      handleCommandComplete: () => {},
      handleReadyForQuery: () => resolve(rows),
      handleError: reject,
    }
    client.query(query as never)
  })
}

describe('parameters', () => {
  it.each([
    ['float8', 701, '4008000000000000'],
    ['float4', 700, '40400000'],
    ['numeric', 1700, '00010000000000000003'],
    ['int2', 21, '0003'],
    ['int4', 23, '00000003'],
    ['int8', 20, '0000000000000003'],
  ])('LIMIT as binary %s', async (_, type, hex) => {
    const client = await server.client()
    const rows = await withBinary(client, 'SELECT id FROM iam.users LIMIT $1', type, Buffer.from(hex, 'hex'))
    expect(rows).toHaveLength(3)
    await client.end()
  })

  it('as many as a message can have', async () => {
    const client = await server.client()
    const values = Array.from({ length: 65_535 }, (__, i) => `x${i}`)
    const list = values.map((__, i) => `$${i + 1}`).join()
    expect(await lines(client, `SELECT max(x) FROM unnest(ARRAY[${list}]) x`, values)).toEqual(['x9999'])
    await client.end()
  })
})
