import { describe, expect, it } from 'vitest'
import { array, convert, number, object, page, query, run, text, type ProviderSource } from './documents.ts'

const FILTER = object({ state: text })
const BODY = object(
  {
    project: text,
    kind: { type: 'string', enum: ['small', 'large'] },
    limit: { type: 'integer', maximum: 2 },
    cursor: text,
    urgent: { type: 'boolean' },
    weight: number,
    labels: array(text),
    filter: FILTER,
  },
  ['project'],
)

/** A search whose answer has the next cursor. */
const source = (url: string): ProviderSource => ({
  services: {
    test: {
      url,
      resources: {
        issues: {
          methods: {
            search: {
              call: 'POST /v1/{team}/search',
              body: BODY,
              answer: object({ data: array(object({ id: text, kind: text })), next_cursor: text }),
              response: { objectKey: '$.data' },
              request: { mediaType: 'application/json', base: '{"view":"full"}' },
            },
          },
          verbs: { select: ['search'] },
        },
        keys: {
          methods: {
            list: { call: 'POST /v1/keys', answer: page({ id: text }), response: { objectKey: '$.data' } },
          },
          verbs: { select: ['list'] },
        },
        pages: {
          methods: {
            list: {
              call: 'POST /v1/pages',
              body: object({ page: number, per_page: { type: 'integer', maximum: 2 } }),
              answer: page({ id: number }),
              response: { objectKey: '$.data' },
            },
          },
          verbs: { select: ['list'] },
        },
      },
    },
  },
})

const sentBodies = (asked: readonly { body: string }[]): unknown[] =>
  asked.map(({ body }) => (body === '' ? undefined : (JSON.parse(body) as unknown)))

describe('a SELECT by POST', () => {
  it('takes the fields of its body from WHERE, and pages through it', async () => {
    const acme = await run(source, ({ body }) => {
      const { cursor } = JSON.parse(body) as { cursor?: string }
      return cursor === undefined
        ? {
            body: {
              data: [
                { id: 'i1', kind: 'small' },
                { id: 'i2', kind: 'small' },
              ],
              next_cursor: '7',
            },
          }
        : { body: { data: [{ id: 'i3', kind: 'small' }] } }
    })
    const rows = await acme.rows(
      `SELECT id FROM acme.test.issues WHERE team = 't' AND project = 'p' AND kind = 'small' AND urgent = true
       AND weight = 9007199254740993 AND labels = '["a", "b"]' AND filter = '{"state": "open"}'`,
    )
    expect(rows).toEqual([['i1'], ['i2'], ['i3']])
    expect(acme.asked.map(one => `${one.method} ${one.url}`)).toEqual(Array(2).fill('POST /v1/t/search'))
    const fields = {
      view: 'full',
      project: 'p',
      kind: 'small',
      urgent: true,
      labels: ['a', 'b'],
      filter: { state: 'open' },
      limit: 2,
    }
    expect(acme.asked[0]!.body).toContain('"weight":9007199254740993')
    const weightless = (body: unknown): unknown => {
      const { weight: _, ...rest } = body as { weight: number }
      return rest
    }
    expect(sentBodies(acme.asked).map(weightless)).toEqual([fields, { ...fields, cursor: '7' }])
    expect(acme.asked[0]!.headers['content-type']).toBe('application/json')
  })

  it('takes them from other tables too, a call for each value', async () => {
    const acme = await run(source, ({ body }) => {
      const { project } = JSON.parse(body) as { project: string }
      return { body: { data: [{ id: `${project}-1`, kind: 'large' }] } }
    })
    const rows = await acme.rows(
      `SELECT p.name, i.id FROM (SELECT 'a' AS name UNION SELECT 'b') p
       JOIN acme.test.issues i ON i.project = p.name AND i.team = 't' ORDER BY p.name`,
    )
    expect(rows).toEqual([
      ['a', 'a-1'],
      ['b', 'b-1'],
    ])
    expect(acme.asked).toHaveLength(2)
  })

  it('takes the names of StackQL for the fields of a body', async () => {
    const acme = await run(source, () => ({ body: { data: [{ id: 'i', kind: 'small' }] } }))
    for (const where of [
      "team = 't' AND data__project = 'p' AND data__kind = 'small'",
      "issues.team = 't' AND issues.data__project = 'p' AND kind IN ('small')",
    ])
      expect(await acme.rows(`SELECT id FROM acme.test.issues WHERE ${where}`)).toEqual([['i']])
    const fields = { view: 'full', project: 'p', kind: 'small', limit: 2 }
    expect(sentBodies(acme.asked)).toEqual([fields, fields])
    await expect(
      acme.rows("SELECT id FROM acme.test.issues WHERE team = 't' AND data__nosuch = 'p'"),
    ).rejects.toThrow('data__nosuch')
  })

  it('is a read: sent again after a failure of the server, and shown by EXPLAIN with its body', async () => {
    let failures = 1
    const acme = await run(source, () => (failures-- > 0 ? { status: 503 } : { body: { data: [] } }))
    expect(await acme.rows("SELECT id FROM acme.test.issues WHERE team = 't' AND project = 'p'")).toEqual([])
    expect(acme.asked).toHaveLength(2)
    const plan = JSON.stringify(
      await acme.rows("EXPLAIN SELECT id FROM acme.test.issues WHERE team = 't' AND project = 'p'"),
    )
    expect(plan).toContain('POST ')
    expect(plan).toContain('\\"project\\":\\"p\\"')
    const joined = JSON.stringify(
      await acme.rows(
        `EXPLAIN SELECT i.id FROM acme.test.keys k JOIN acme.test.issues i ON i.labels = k.id AND i.weight = k.id
         AND i.project = k.id AND i.team = 't'`,
      ),
    )
    expect(joined).toContain('/v1/t/search')
  })

  it('without a body sends none, and pages by numbers in one that has them', async () => {
    const acme = await run(source, ({ url, body }) => {
      if (url === '/v1/keys') return { body: { data: [{ id: 'k' }] } }
      const { page: n } = JSON.parse(body) as { page: number }
      return { body: { data: [1, 2, 3].slice((n - 1) * 2, n * 2).map(id => ({ id })) } }
    })
    expect(await acme.rows('SELECT id FROM acme.test.keys')).toEqual([['k']])
    expect(acme.asked.splice(0).map(one => one.body)).toEqual([''])
    expect(await acme.rows('SELECT id FROM acme.test.pages')).toEqual([[1], [2], [3]])
    expect(sentBodies(acme.asked)).toEqual([
      { page: 1, per_page: 2 },
      { page: 2, per_page: 2 },
      { page: 3, per_page: 2 },
    ])
  })

  it('tells of pages that are asked for in an object of its body', () => {
    const search = (body: unknown): unknown =>
      convert({
        resources: {
          logs: {
            methods: {
              search: {
                call: 'POST /v1/logs',
                body,
                answer: object({
                  data: array(object({ id: text })),
                  meta: object({ page: object({ after: text }) }),
                }),
                response: { objectKey: '$.data' },
              },
            },
            verbs: { select: ['search'] },
          },
        },
      })['logs']!.methods[0]!.pagedBy
    expect(search(object({ query: text, page: object({ cursor: text, limit: number }) }))).toBe('page.cursor')
    expect(search(object({ query: text, page: object({ color: text }), size: object({}) }))).toBeUndefined()
  })

  it('needs its required fields, and the form that they have', async () => {
    const acme = await run(source, () => ({ body: { data: [] } }))
    await expect(acme.rows("SELECT id FROM acme.test.issues WHERE team = 't'")).rejects.toThrow(/project/)
    await expect(
      acme.rows("SELECT id FROM acme.test.issues WHERE team = 't' AND project = 'p' AND labels = 'a'"),
    ).rejects.toThrow('labels needs a JSON array, not "a"')
    expect(acme.asked).toEqual([])
  })

  it('keeps a reason where its body cannot be made', () => {
    const { things } = convert({
      resources: {
        things: {
          methods: {
            search: { call: 'POST /v1/things', body: array(text), answer: page({ id: text }) },
            put: { call: 'PUT /v1/things', body: FILTER, answer: page({ id: text }) },
          },
          verbs: { select: ['search', 'put'] },
        },
      },
    })
    expect(things?.unsupported?.map(({ name, reason }) => [name, reason])).toEqual([
      ['search', 'its body is a list of values'],
      ['put', 'a SELECT by PUT is not supported'],
    ])
  })

  it('has parameters of the query beside those of its body, each under a name of its own', () => {
    const { things } = convert({
      resources: {
        things: {
          methods: {
            search: {
              call: 'POST /v1/things',
              params: [query('state')],
              body: object({ state: text, id: text }),
              answer: page({ id: text }),
              response: { objectKey: '$.data' },
            },
          },
          verbs: { select: ['search'] },
        },
      },
    })
    expect(things?.methods[0]?.params.map(p => [p.name, p.in, p.wire, p.column, p.filter])).toEqual([
      ['state', 'query', undefined, 'state', 'exact'],
      ['state_2', 'body', 'state', 'state_2', 'exact'],
      ['id', 'body', undefined, 'id', 'inexact'],
    ])
  })
})
