import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Client } from 'pg'
import { untilBusy } from '../support/busy.ts'
import { folder } from '../support/cleanup.ts'
import { bare, CACHE, freePort, lines, serve, stateOf, type Served } from './support.ts'

const SLOW = 'SELECT count(*) FROM generate_series(1, 2000000000)'

let server: Served
let healthPort = 0
beforeAll(async () => {
  healthPort = await freePort()
  server = await serve(['--sandbox', '--max-connections', '50', '--health-port', String(healthPort)])
  await works()
})

/** A new connection, and both kinds of statements: one of Postgres, one that is streamed. */
async function works(): Promise<void> {
  const client = await server.client()
  expect(await lines(client, 'SELECT count(*) FROM iam.users')).toEqual(['140'])
  expect(await lines(client, 'SELECT id FROM iam.users LIMIT 2')).toHaveLength(2)
  await client.end()
}

/** The socket of a client. */
const socketOf = (client: Client): { write(bytes: Buffer): void; pause(): void; destroy(): void } =>
  (client as unknown as { connection: { stream: ReturnType<typeof socketOf> } }).connection.stream

/** The processes of a server that evaluate. */
const evaluatorsOf = ({ child }: Served): number[] =>
  readFileSync(`/proc/${child.pid!}/task/${child.pid!}/children`, 'utf8').match(/\d+/g)?.map(Number) ?? []

describe('clients that stall', () => {
  it.each([
    ['before the first byte', Buffer.alloc(0)],
    ['in the length of the first packet', Buffer.from([0, 0])],
    ['in the first packet', Buffer.from([0, 0, 0, 100, 0, 3, 0, 0, 0x75, 0x73])],
  ])('%s: however many there are, they are let go, and others get in', async (_, bytes) => {
    const stalled = Array.from({ length: 160 }, () => bare(server.port))
    for (const { socket } of stalled) socket.write(bytes)
    await expect
      .poll(
        () =>
          works().then(
            () => 'works',
            (error: unknown) => String(error),
          ),
        { timeout: 8000, interval: 200 },
      )
      .toBe('works')
    for (const { socket } of stalled) socket.destroy()
  })

  it('in the middle of a message: it keeps its connection, and no other waits', async () => {
    const client = await server.client()
    socketOf(client).write(Buffer.from('Q\0\0\0\xffSELECT', 'latin1'))
    await works()
    socketOf(client).destroy()
  })

  it('that do not read their rows: the server waits, and neither its memory nor others suffer', async () => {
    const client = await server.client()
    const memory = await meter('memory')
    socketOf(client).pause()
    const rows = client.query("SELECT repeat('x', 1000000) FROM generate_series(1, 120)").catch(() => 'gone')
    await works()
    expect((await meter('memory')) - memory).toBeLessThan(400 * 2 ** 20)
    socketOf(client).destroy()
    await rows
    await expect.poll(() => meter('connections')).toBe(0)
    await works()
  })
})

describe('clients that break the protocol', () => {
  it.each([
    ['a length that no message has', Buffer.from('Q\0\0\0\x02', 'latin1')],
    ['a length beyond every limit', Buffer.from('Q\x7f\xff\xff\xff', 'latin1')],
    ['a letter that no message has', Buffer.from('~\0\0\0\x04', 'latin1')],
    ['a Bind that is too short', Buffer.from('B\0\0\0\x06\0\0', 'latin1')],
    ['random bytes', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919 + 13) % 251))],
  ])('%s', async (_, bytes) => {
    const client = await server.client()
    const ended = new Promise<void>(resolve => void client.on('end', resolve))
    socketOf(client).write(bytes)
    await ended
    await works()
  })
})

describe('many clients', () => {
  it('the one after the last is refused, and the others go on', async () => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => server.client()))
    await expect(server.client()).rejects.toMatchObject({ code: '53300' })
    const counts = await Promise.all(clients.map(client => lines(client, 'SELECT count(*) FROM iam.users')))
    expect(new Set(counts.flat())).toEqual(new Set(['140']))
    await Promise.all(clients.map(client => client.end()))
    await expect.poll(() => meter('connections')).toBe(0)
  })

  it('five hundred connects at once: each is let in, refused or reset, and none hangs', async () => {
    const found = await Promise.all(
      Array.from({ length: 500 }, (_, i) =>
        server.client(i % 2 === 0 ? {} : { password: 'wrong' }).then(
          async client => {
            const answer = await lines(client, 'SELECT 1').catch((error: unknown) => String(error))
            await client.end()
            return i % 2 === 0 ? String(answer) : 'a wrong password is let in'
          },
          (error: { code?: string; message: string }) => error.code ?? error.message,
        ),
      ),
    )
    const kinds = new Set(found.map(text => (text.startsWith('Connection terminated') ? 'ECONNRESET' : text)))
    kinds.delete('EPIPE')
    expect([...kinds].filter(kind => !['1', '53300', '28P01', 'ECONNRESET'].includes(kind))).toEqual([])
    expect(kinds).toContain('1')
    await works()
  })
})

it('when the process that evaluates is killed, its statement fails, and the next is answered', async () => {
  const [client, other] = [await server.client(), await server.client()]
  const running = stateOf(client, SLOW)
  await expect.poll(() => evaluatorsOf(server).length).toBeGreaterThan(0)
  // any of them may have the statement; one that is being started uses less processor time
  const busy = evaluatorsOf(server).map(async pid => {
    await untilBusy(pid, 3)
    return pid
  })
  process.kill(await Promise.race(busy), 'SIGKILL')
  expect(await running).toBe('53200')
  expect(await lines(other, 'SELECT count(*) FROM iam.users')).toEqual(['140'])
  expect(await lines(client, 'SELECT count(*) FROM iam.users')).toEqual(['140'])
  await Promise.all([client.end(), other.end()])
  await expect.poll(() => meter('connections')).toBe(0)
})

/** A count of the server's meter. */
async function meter(name: 'connections' | 'statements' | 'rows' | 'memory'): Promise<number> {
  const [response] = (await once(get(`http://127.0.0.1:${healthPort}/healthz`), 'response')) as [
    NodeJS.ReadableStream,
  ]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return (JSON.parse(text) as Record<string, number>)[name]!
}

it('SIGUSR1 prints the meter that /healthz answers', async () => {
  const before = server.stderr().length
  const client = await server.client()
  server.child.kill('SIGUSR1')
  await expect.poll(() => server.stderr().slice(before)).toMatch(/^\{.*\}$/m)
  const [line = ''] = /^\{.*\}$/m.exec(server.stderr().slice(before)) ?? []
  const printed = JSON.parse(line) as Record<string, number>
  expect(printed['connections']).toBe(1)
  expect(printed['statements']).toBeGreaterThan(0)
  expect(Object.keys(printed)).toEqual(['connections', 'statements', 'errors', 'rows', 'uptime', 'memory'])
  await client.end()
})

it('with a damaged dump, and without room for another, it serves all the same', async () => {
  const whole = readdirSync(join(CACHE, 'confluentql')).filter(name => /^postgres-.*\.tar\.gz$/.test(name))
  const cache = folder()
  mkdirSync(join(cache, 'confluentql'), { recursive: true })
  for (const name of whole)
    writeFileSync(
      join(cache, 'confluentql', name),
      readFileSync(join(CACHE, 'confluentql', name)).subarray(0, 100_000),
    )
  // no file may have more than 64 kB: that of the dump has megabytes
  const limited = await serve(['--sandbox'], { XDG_CACHE_HOME: cache }, 64)
  const client = await limited.client()
  expect(await lines(client, 'SELECT count(*) FROM iam.users')).toEqual(['140'])
  expect(whole).not.toEqual([])
  // no part of a new one is left
  expect(readdirSync(join(cache, 'confluentql')).filter(name => name.startsWith('postgres-'))).toEqual(whole)
})

it('has written the dump before it serves, without a process of Postgres that waits', async () => {
  const cache = folder()
  const fresh = await serve(['--sandbox'], { XDG_CACHE_HOME: cache })
  expect(readdirSync(join(cache, 'confluentql'))).toEqual(
    expect.arrayContaining([expect.stringMatching(/^postgres-.*\.tar\.gz$/)]),
  )
  expect(evaluatorsOf(fresh)).toEqual([])
  expect(fresh.stderr()).toMatch(
    /^preparing Postgres, once .*\nserving on .*; the first connection takes some seconds/s,
  )
  const client = await fresh.client()
  expect(await lines(client, 'SELECT count(*) FROM iam.users')).toEqual(['140'])
  await client.end()
})
