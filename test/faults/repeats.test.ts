import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})

interface Thing {
  readonly id: string
  readonly name: string
}

/** Two rows a page, by their place; `change` happens between the first page and the second. */
async function listed(
  things: Thing[],
  change: () => void,
  sql: string,
  withEmptyPages = false,
): Promise<unknown[][]> {
  const server = createServer((request, response) => {
    const token = new URL(request.url!, 'http://127.0.0.1').searchParams.get('page_token') ?? '0'
    const from = Number.parseInt(token, 10)
    if (withEmptyPages && from > 0 && !token.endsWith('b')) {
      response.end(JSON.stringify({ data: [], metadata: { next: `?page_token=${from}b` } }))
      return
    }
    response.end(
      JSON.stringify({
        data: things.slice(from, from + 2),
        metadata: from + 2 < things.length ? { next: `?page_token=${from + 2}` } : {},
      }),
    )
    if (from === 0) change()
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const session = new Session({
    catalog: loadCatalog(world.providers),
    connect: async () =>
      createClient({ env: { P_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } }),
  })
  onTestFinished(async () => {
    await session.close()
    server.close()
  })
  const rows: unknown[][] = []
  for await (const result of session.run(sql)) for await (const row of result.rows) rows.push([...row])
  return rows
}

const things = (): Thing[] => ['a', 'b', 'c', 'd', 'e'].map(id => ({ id, name: `name of ${id}` }))

it.each(['SELECT id FROM p.s.things', 'SELECT count(*) FROM p.s.things'])(
  'a listing that changes while it is read fails %s',
  async sql => {
    const all = things()
    await expect(listed(all, () => all.unshift({ id: 'new', name: 'new' }), sql)).rejects.toMatchObject({
      code: 'RESPONSE',
      message: expect.stringMatching(/page_token=2: id "b" comes twice in the listing/),
      hint: expect.stringContaining('run the statement again'),
    })
  },
)

it('a listing that changes fails, also with an empty page between the two', async () => {
  const all = things()
  const change = () => all.unshift({ id: 'new', name: 'new' })
  await expect(listed(all, change, 'SELECT count(*) FROM p.s.things', true)).rejects.toMatchObject({
    message: expect.stringMatching(/page_token=2b: id "b" comes twice in the listing/),
  })
  expect(await listed(things(), () => {}, 'SELECT count(*) FROM p.s.things', true)).toEqual([[5]])
})

it('rows with one id that differ otherwise are separate rows', async () => {
  const all = ['x', 'y', 'z'].map(name => ({ id: 'same', name }))
  expect(await listed(all, () => {}, 'SELECT name FROM p.s.things ORDER BY 1')).toEqual([['x'], ['y'], ['z']])
})
