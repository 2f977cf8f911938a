import { describe, expect, it } from 'vitest'
import { Session } from '../../src/index.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { run } from '../session/support.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const providers = compiledProvider(
  oneHostProvider(),
  `
service: s
resources:
  things:
    summary: Things
    columns: { id: string, name: string, size: integer }
    methods:
      get: { sql: select, call: 'GET /things/{id}' }
      list: { sql: select, call: GET /things, rows: $.data }
      delete: { sql: delete, call: 'DELETE /things/{id}' }
`,
)

interface Asked {
  readonly rows: readonly (readonly unknown[])[]
  readonly requests: readonly string[]
  readonly notices: readonly string[]
}

/** What a statement gives where paths are answered by these texts, or by a redirect to `location`; any other by 404. */
async function asked(
  sql: string,
  answers: Readonly<Record<string, string | { readonly location: string }>>,
): Promise<Asked> {
  const requests: string[] = []
  const notices: string[] = []
  const url = await listen((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const found = answers[request.url!]
    if (request.method !== 'GET') response.writeHead(204).end()
    else if (found === undefined) response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
    else if (typeof found === 'string') response.end(found)
    else response.writeHead(302, found).end()
  })
  const session = new Session({
    env: { P_URL: url },
    builtIn: providers,
    onNotice: text => notices.push(text),
  })
  atEnd(() => session.close())
  const ran = await run(session, sql)
  if (ran.error !== undefined) throw ran.error
  return { rows: ran.rows, requests, notices }
}

describe('a row that has a member twice with different values', () => {
  const ok = '{"id":"a","name":"x","size":1}'

  it.each([
    ['a column', '{"id":"b","id":"c"}', 'id'],
    ['a column, further on', '{"id":"b","name":"x","size":2,"other":{},"name":"y"}', 'name'],
    ['written otherwise', String.raw`{"id":"b","\u0069d":"c"}`, 'id'],
    ['no column', '{"id":"b","other":1,"name":"x","other":2}', 'other'],
    [
      'one of many',
      `{"id":"b",${Array.from({ length: 300 }, (_, i) => `"n${i}":1`).join()},"n250":2}`,
      'n250',
    ],
  ])('is an error: %s', async (_, row, name) => {
    const data = `{"data":[${ok},${row},${ok.replace('a', 'z')}]}`
    const message = `has a row with two values of "${name}"`
    const isColumn = name !== 'n250'
    for (const sql of ['SELECT id, name FROM p.s.things ORDER BY 1', 'SELECT count(*) FROM p.s.things'])
      await expect(asked(sql, { '/things': data })).rejects.toThrow(message)
    if (isColumn)
      for (const sql of ['SELECT id, name FROM p.s.things', 'SELECT * FROM p.s.things'])
        await expect(asked(sql, { '/things': data })).rejects.toThrow(message)
    await expect(asked("SELECT name FROM p.s.things WHERE id = 'b'", { '/things/b': row })).rejects.toThrow(
      message,
    )
  })

  it('is not one whose members have the same value', async () => {
    const data = '{"data":[{"id":"a","id":"a","name":"x","name":"x"},{"id":"b"}]}'
    for (const sql of ['SELECT id FROM p.s.things', 'SELECT id FROM p.s.things ORDER BY id'])
      expect((await asked(sql, { '/things': data })).rows).toEqual([['a'], ['b']])
  })

  it('is not one whose values or rows repeat', async () => {
    const wide = `{"id":"b",${Array.from({ length: 300 }, (_, i) => `"n${i}":{"id":1}`).join()}}`
    const data = `{"data":[${ok},${wide},{"name":"x","id":"name"},${wide},${ok}]}`
    expect((await asked('SELECT id FROM p.s.things', { '/things': data })).rows).toEqual(
      ['a', 'b', 'name', 'b', 'a'].map(id => [id]),
    )
  })
})

describe('a redirect of a lookup', () => {
  const GET = "SELECT id, name FROM p.s.things WHERE id = 'a'"

  it.each([GET, "DELETE FROM p.s.things WHERE id = 'a' AND name = 'of b'", `${GET} AND name = 'of b'`])(
    'to a row with another key is an error: %s',
    async sql => {
      const answers = { '/things/a': { location: '/things/b' }, '/things/b': '{"id":"b","name":"of b"}' }
      await expect(asked(sql, answers)).rejects.toMatchObject({
        code: 'RESPONSE',
        message: expect.stringMatching(
          /^GET http.*\/things\/a is redirected to \/things\/b, whose row has id b instead of a$/,
        ),
        hint: "If that is the row you mean, ask for id = 'b'",
      })
    },
  )

  it('to the same row is followed', async () => {
    const answers = { '/things/a': { location: '/v2/a/' }, '/v2/a/': '{"id":"a","name":"x"}' }
    expect(await asked(GET, answers)).toMatchObject({ rows: [['a', 'x']], notices: [] })
    const upper = { ...answers, '/v2/a/': '{"id":"A","name":"x"}' }
    expect(await asked(GET, upper)).toMatchObject({
      rows: [['a', 'x']],
      notices: [expect.stringContaining('the API answered with id A')],
    })
  })

  it('is not followed to another row where a list has the rows as well', async () => {
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`)
    const rows = keys.map(id => `{"id":"${id}","name":"of ${id}"}`)
    const answers = {
      ...Object.fromEntries(keys.map((id, i) => [`/things/${id}`, rows[i]!])),
      '/things/k7': { location: '/things/k8' },
      '/things': `{"data":[${rows.filter((_, i) => i !== 7).join()}]}`,
    }
    const list = keys.map(id => `'${id}'`).join()
    const found = await asked(`SELECT id FROM p.s.things WHERE id IN (${list})`, answers)
    expect(found.rows).toHaveLength(39)
  })
})
