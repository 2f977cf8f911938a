import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
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
  sent: string[] = [],
): Promise<unknown[][]> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET') {
      sent.push(`${request.method} ${request.url}`)
      response.end('{}')
      return
    }
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

it('rows with one id that differ otherwise are separate rows where a lookup can tell them apart', async () => {
  const all = ['x', 'y', 'z'].map(name => ({ id: 'same', name }))
  expect(await listed(all, () => {}, 'SELECT name FROM p.s.parts ORDER BY 1')).toEqual([['x'], ['y'], ['z']])
})

it('a row that comes again with other values fails the statement where its key is all that a lookup takes', async () => {
  const all = things()
  const change = () => all.push({ ...all[0]!, name: 'changed' })
  await expect(listed(all, change, 'SELECT name FROM p.s.things')).rejects.toThrow(
    'page_token=4: id "a" comes twice in the listing',
  )
})

describe('a list that is reordered while it is read', () => {
  const reorder = (all: Thing[]) => () => all.push(...all.splice(0, 2))

  it.each([
    'SELECT id FROM p.s.things',
    'SELECT count(*) FROM p.s.things',
    'SELECT id FROM p.s.things ORDER BY 1',
  ])('so that a row comes again inside of a later page fails %s', async sql => {
    const all = things()
    await expect(listed(all, reorder(all), sql)).rejects.toMatchObject({
      code: 'RESPONSE',
      message: expect.stringContaining('page_token=2: id "a" comes twice in the listing'),
    })
  })

  it.each([
    `INSERT INTO p.s.things (id, name) SELECT id || '2', name FROM p.s.things`,
    `UPDATE p.s.things SET name = 'x' WHERE id IN (SELECT id FROM p.s.things)`,
    `DELETE FROM p.s.things WHERE id IN (SELECT id FROM p.s.things)`,
  ])('fails before a request of %s', async sql => {
    const all = things()
    const sent: string[] = []
    await expect(listed(all, reorder(all), sql, false, sent)).rejects.toThrow('comes twice in the listing')
    expect(sent).toEqual([])
  })

  it('fails however many rows are between the two', async () => {
    const all = Array.from({ length: 3000 }, (_, i) => ({ id: `t${i}`, name: `name ${i % 7}` }))
    const change = () => all.splice(2990, 1, all[1]!)
    await expect(listed(all, change, 'SELECT count(*) FROM p.s.things')).rejects.toThrow(
      'page_token=2990: id "t1" comes twice in the listing',
    )
    expect(await listed(all.slice(0, 2990), () => {}, 'SELECT count(*) FROM p.s.things')).toEqual([[2990]])
  })
})

it('rows that differ only where few bytes of a long row are, and have one id, are separate rows', async () => {
  const text = 'x'.repeat(500)
  const all = Array.from({ length: 60 }, (_, i) => ({
    id: 'same',
    name: `${text.slice(0, i * 7)}y${text.slice(i * 7)}`,
  }))
  expect(await listed(all, () => {}, 'SELECT count(*) FROM p.s.parts')).toEqual([[60]])
  await expect(listed([...all, all[3]!], () => {}, 'SELECT count(*) FROM p.s.parts')).rejects.toThrow(
    'comes twice in the listing',
  )
})

it('rows without a value of their key are separate rows', async () => {
  const all = things().map(({ name }) => ({ id: null, name }) as unknown as Thing)
  expect(await listed(all, () => {}, 'SELECT count(*) FROM p.s.things')).toEqual([[5]])
})

it('rows of which one page has two with the same key are separate rows', async () => {
  const all = [0, 0, 0, 1, 1].map(i => things()[i]!)
  expect(await listed(all, () => {}, 'SELECT id FROM p.s.things')).toHaveLength(5)
})
