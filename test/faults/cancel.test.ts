import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import type { Catalog } from '../../src/catalog/types.ts'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import type { ClientOptions } from '../../src/http/types.ts'
import { startWorld, type World } from './world.ts'

let world: World
let catalog: Catalog
beforeAll(async () => {
  world = await startWorld()
  catalog = loadCatalog(world.providers)
})

interface Holding {
  readonly url: string
  /** Requests that wait for their answer, and connections that are open. */
  readonly held: Set<ServerResponse>
  readonly sockets: Set<Socket>
  readonly server: Server
}

/** A server that leaves requests without an answer, but for those that `answer` answers. */
async function holding(
  answer: (request: IncomingMessage, response: ServerResponse) => boolean,
): Promise<Holding> {
  const held = new Set<ServerResponse>()
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    if (answer(request, response)) return
    held.add(response)
    response.on('close', () => held.delete(response))
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, held, sockets, server }
}

function open(url: string, options: Partial<ClientOptions> = {}): Session {
  return new Session({
    catalog,
    connect: async onTrace => createClient({ env: { P_URL: url }, onTrace, retries: 0, ...options }),
  })
}

/** The timers and sockets of the process. */
const resources = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter(name => /Timeout|TCPSocketWrap|TLSWrap|GetAddrInfo/.test(name))
    .sort()

async function read(session: Session, sql: string, signal?: AbortSignal): Promise<number> {
  let count = 0
  for await (const result of session.run(sql, signal)) {
    for await (const _ of result.rows) count++
    result.finish()
  }
  return count
}

/** Waits until no resources are left beyond `others`, but not for ever; without expect.poll, which has timers of its own. What is left. */
async function left(others: readonly string[], tries: number): Promise<string[]> {
  const beyond = (): string[] =>
    resources().filter((name, i, all) => i - all.indexOf(name) >= others.filter(o => o === name).length)
  for (let n = 0; n < tries && beyond().length > 0; n++) await sleep(20)
  return beyond()
}

const LIST = 'SELECT id FROM p.s.things'
/** More calls than may be in flight at first. */
const FAN_OUT = `SELECT id FROM p.s.items WHERE grp IN (${Array.from({ length: 16 }, (_, i) => `'g${i}'`).join()})`
const page = (response: ServerResponse, next: string): boolean => {
  response.end(JSON.stringify({ data: [{ id: 'a' }, { id: 'b' }], metadata: { next } }))
  return true
}

describe('a statement that is cancelled', () => {
  it.each([
    ['a listing', LIST, 1],
    ['a fan-out', FAN_OUT, 8],
    ['a change', "DELETE FROM p.s.things WHERE id IN ('t1', 't2')", 1],
  ])('aborts the requests of %s in flight, and sends no more', async (_, sql, count) => {
    let asked = 0
    const server = await holding(() => {
      asked++
      return false
    })
    const session = open(server.url)
    const controller = new AbortController()
    const ended = expect(read(session, sql, controller.signal)).rejects.toMatchObject({ code: 'ABORTED' })
    await expect.poll(() => server.held.size).toBe(count)
    controller.abort()
    await ended
    await expect.poll(() => server.held.size).toBe(0)
    expect(asked).toBe(count)
    await session.close()
    await expect.poll(() => server.sockets.size).toBe(0)
  })

  it('leaves no timer or socket; nor does one that timed out or reached its LIMIT', async () => {
    // what test files before this one have left in this process, and may keep
    const others = await left([], 100)
    const server = await holding(
      (request, response) => !request.url!.includes('page_token') && page(response, '?page_token=2'),
    )
    const session = open(server.url, { timeout: 300 })
    await expect(read(session, LIST)).rejects.toMatchObject({ code: 'NETWORK' })
    expect(await read(session, `${LIST} LIMIT 2`)).toBe(2)
    const rows = (await session.run(LIST).next()).value!.rows[Symbol.asyncIterator]()
    await rows.next()
    await rows.return!()
    await expect.poll(() => server.held.size).toBe(0)
    const controller = new AbortController()
    const ended = expect(read(session, LIST, controller.signal)).rejects.toMatchObject({ code: 'ABORTED' })
    await expect.poll(() => server.held.size).toBe(1)
    controller.abort()
    await ended
    await session.close()
    await expect.poll(() => server.sockets.size).toBe(0)
    expect(await left(others, 300)).toEqual([])
  })

  it('reports the outcome of a change in flight as unknown, with a SELECT to check it', async () => {
    const server = await holding(() => false)
    const session = open(server.url)
    const controller = new AbortController()
    const ended = expect(
      read(session, "INSERT INTO p.s.things (id) VALUES ('n1')", controller.signal),
    ).rejects.toMatchObject({
      code: 'ABORTED',
      uncertain: true,
      hint: expect.stringContaining("SELECT * FROM p.s.things WHERE id = 'n1'"),
    })
    await expect.poll(() => server.held.size).toBe(1)
    controller.abort()
    await ended
    await session.close()
  })

  it.each([{}, { 'retry-after': '60' }])(
    'reports the outcome of a change as unknown if it ends while it waits to be sent again after 503 with %o',
    async headers => {
      const server = await holding((_, response) => {
        response.writeHead(503, headers).end()
        return true
      })
      const controller = new AbortController()
      const session = open(server.url, { retries: 3, onTrace: () => controller.abort() })
      await expect(
        read(session, "DELETE FROM p.s.things WHERE id IN ('t1', 't2')", controller.signal),
      ).rejects.toMatchObject({
        code: 'ABORTED',
        uncertain: true,
        message: expect.stringMatching(
          /failed at row 1 of 2 \(id t1\): interrupted; whether it was carried out is unknown$/,
        ),
        hint: expect.stringMatching(
          /the row after it was not sent\. .*SELECT \* FROM p\.s\.things WHERE id = 't1'$/,
        ),
      })
      await session.close()
    },
  )
})
