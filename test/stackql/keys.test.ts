import { describe, expect, it } from 'vitest'
import { array, convert, object, page, query, run, text } from './documents.ts'

const thing = { id: text, name: text }
const resources = {
  things: {
    methods: {
      get: { call: 'GET /things/{id}', answer: object(thing) },
      list: {
        call: 'GET /things',
        answer: page(thing),
        params: [query('page_token')],
        response: { objectKey: '$.data' },
      },
      remove: { call: 'DELETE /things/{id}' },
    },
    verbs: { select: ['get', 'list'], delete: ['remove'] },
  },
  parts: {
    methods: { list: { call: 'GET /things/{thing_id}/parts', answer: array(object({ part: text })) } },
    verbs: { select: ['list'] },
  },
}

describe('the key of listed rows', () => {
  it('is compared with what rows have, where it is not asked for', async () => {
    const rows = [
      { id: 'a', name: 'x' },
      { id: 'b', name: 'y' },
    ]
    const { rows: found, calls } = await run(
      url => ({ services: { test: { url, resources } } }),
      ({ url }) => {
        if (url === '/things') return { body: { data: rows } }
        if (url.endsWith('/parts')) return url.includes('/a/') ? [{ part: 'p' }] : []
        // an alias: the answer has another id
        return { body: url.endsWith('/me') ? rows[1] : rows.find(r => url.endsWith(`/${r.id}`)) }
      },
    )
    const left = `SELECT t.id, p.part FROM acme.test.things t LEFT JOIN acme.test.parts p ON p.thing_id = t.id ORDER BY 1`
    expect(await found(left)).toEqual([
      ['a', 'p'],
      ['b', null],
    ])
    expect(await found(`SELECT id FROM acme.test.things WHERE id = 'a' OR name = 'y'`)).toEqual([
      ['a'],
      ['b'],
    ])
    expect(await found(`SELECT id FROM acme.test.things WHERE NOT id = 'a'`)).toEqual([['b']])
    const some = `SELECT id FROM acme.test.things t WHERE EXISTS (SELECT 1 FROM acme.test.parts p WHERE p.thing_id = t.id)`
    expect(await found(some)).toEqual([['a']])
    calls()
    expect(await found(`SELECT id FROM acme.test.things WHERE id = 'me'`)).toEqual([['b']])
    expect(calls()).toEqual(['GET /things/me'])
  })

  it('is none where another path has it, or its answer is longer', () => {
    const below = {
      things: {
        ...resources.things,
        methods: {
          ...resources.things.methods,
          below: { call: 'GET /groups/{id}/things', answer: array(object(thing)) },
        },
        verbs: { ...resources.things.verbs, select: ['get', 'list', 'below'] },
      },
    }
    const long = {
      things: {
        ...resources.things,
        methods: {
          ...resources.things.methods,
          list: {
            call: 'GET /things',
            answer: array(object({ id: { ...text, description: 'The fully qualified path' } })),
          },
        },
        verbs: { select: ['list', 'get'] },
      },
    }
    const isAnswered = (of: typeof resources | typeof below): unknown =>
      convert({ resources: of as typeof resources })['things']!.columns.find(c => c.name === 'asked_id')
        ?.isAnswered
    expect(isAnswered(resources)).toBe(true)
    expect(isAnswered(below)).toBeUndefined()
    expect(isAnswered(long as unknown as typeof resources)).toBeUndefined()
  })
})

it('a parameter that only changes have is no condition of a SELECT, and the error says so', async () => {
  const { rows: found, calls } = await run(
    url => ({
      services: {
        test: {
          url,
          resources: {
            things: {
              methods: {
                list: { call: 'GET /things', answer: array(object(thing)) },
                remove: { call: 'DELETE /things/{owner}' },
              },
              verbs: { select: ['list'], delete: ['remove'] },
            },
          },
        },
      },
    }),
    () => [],
  )
  await expect(found(`SELECT id FROM acme.test.things WHERE owner = 'a'`)).rejects.toThrow(
    'no SELECT of acme.test.things takes "owner", which is a parameter of DELETE',
  )
  expect(calls()).toEqual([])
})

describe('a list', () => {
  it('has no rows where the answer leaves it out, unless another list has some', async () => {
    const answer = page(thing)
    const list = (name: string) => ({
      methods: { list: { call: `GET /${name}`, answer, response: { objectKey: '$.data' } } },
      verbs: { select: ['list'] },
    })
    const { rows } = await run(
      url => ({ services: { test: { url, resources: { none: list('none'), other: list('other') } } } }),
      ({ url }) => ({
        body: url === '/none' ? { kind: 'list', meta: { tags: [] } } : { result: { rows: [{ id: 'a' }] } },
      }),
    )
    expect(await rows('SELECT id FROM acme.test.none')).toEqual([])
    await expect(rows('SELECT id FROM acme.test.other')).rejects.toThrow('has nothing at $.data')
  })
})
