import { readdirSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cli, folder, page } from '../cli/support.ts'

interface Held {
  readonly url: string
  readonly sockets: ReadonlySet<Socket>
  /** Resolves when so many requests wait. */
  waiting(count: number): Promise<void>
  /** By performance.now(), when the last connection was closed. */
  closed(): number
}

/** A server that answers some requests with a first page and leaves the others waiting, and sees when connections end. */
async function holding(isAnswered: (url: string) => boolean): Promise<Held> {
  const sockets = new Set<Socket>()
  const held: ServerResponse[] = []
  let last = 0
  const waiters: { count: number; resolve: () => void }[] = []
  const server = createServer((request, response) => {
    if (isAnswered(request.url!))
      return response.end(
        page(
          Array.from({ length: 100 }, (_, i) => `u-${i}`),
          'two',
        ),
      )
    held.push(response)
    for (const { count, resolve } of waiters) if (held.length >= count) resolve()
    return undefined
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      last = performance.now()
    })
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    closed: () => last,
    waiting: count =>
      new Promise(resolve => {
        if (held.length >= count) resolve()
        else waiters.push({ count, resolve })
      }),
  }
}

const USERS = 'SELECT id FROM confluent.iam.users'
const FAN_OUT = `${USERS} WHERE id IN (${Array.from({ length: 8 }, (_, i) => `'u-${i}'`).join(', ')})`
const CASES: readonly (readonly [string, string, number])[] = [
  ['a first page', USERS, 1],
  ['a second page', `${USERS} /* two */`, 1],
  ['a fan-out', FAN_OUT, 4],
  ['a change', "INSERT INTO confluent.iam.invitations (email) VALUES ('a@b.example')", 1],
]

describe('requests in flight are aborted when the program is stopped', () => {
  it.each(CASES)('by SIGINT: %s', async (_, sql, count) => {
    const server = await holding(url => sql.includes('two') && !url.includes('page_token'))
    const dir = folder()
    let at = Infinity
    const { status } = await cli(
      [
        '--endpoint',
        server.url,
        '--retries',
        '0',
        '--out',
        'r.csv',
        ...(sql.startsWith('INSERT') ? [`${sql} RETURNING id`] : [sql]),
      ],
      {
        cwd: dir,
        started: child => {
          void server.waiting(count).then(() => {
            at = performance.now()
            return child.kill('SIGINT')
          })
        },
      },
    )
    expect(status).toBe(130)
    await expect.poll(() => server.sockets.size).toBe(0)
    if (process.env['SHOW_CANCEL'] !== undefined)
      console.log(`SIGINT, ${sql.slice(0, 40)}: ${(server.closed() - at).toFixed(1)} ms`)
    expect(readdirSync(dir)).toEqual([])
  })

  it('by --timeout, and because LIMIT is reached', async () => {
    const silent = await holding(() => false)
    expect(
      await cli(['--endpoint', silent.url, '--retries', '0', '--timeout', '0.5', FAN_OUT]),
    ).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('no complete answer within 0.5 s'),
    })
    await expect.poll(() => silent.sockets.size).toBe(0)

    const half = await holding(url => !url.includes('page_token'))
    expect(
      await cli([
        '--endpoint',
        half.url,
        '--retries',
        '0',
        '--timeout',
        '20',
        '-o',
        'csv',
        '--no-header',
        `${USERS} WHERE email LIKE '%' LIMIT 100`,
      ]),
    ).toMatchObject({ status: 0, stderr: '' })
    await expect.poll(() => half.sockets.size).toBe(0)
  })
})
