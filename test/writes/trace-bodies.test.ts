import { expect, it } from 'vitest'
import { createHider } from '../../src/http/auth/hider.ts'
import { traceBodies } from '../../src/http/trace-bodies.ts'
import { outcome, startServer, Status } from './support.ts'

const { open, serve, traces } = await startServer()

/** The bodies in the traces of a statement that is answered so. */
async function bodiesOf(sql: string, routes: Parameters<typeof serve>[0]) {
  serve(routes)
  await outcome(open(), sql).catch(() => undefined)
  return traces.map(t => [t.requestBody, t.responseBody])
}

const key = { id: 'k1', name: 'one', secret: 'pl4nted-1', spec: { owner: 'u', secret: 'pl4nted-2' } }

it('a trace has the bodies of requests and answers', async () => {
  expect(
    await bodiesOf("INSERT INTO p.s.defs (name, level) VALUES ('a', 1)", {
      'POST /defs': () => ({ name: 'a', note: null }),
    }),
  ).toEqual([['[{"name":"a","level":1}]', '{"name":"a","note":null}']])
  expect(await bodiesOf('SELECT id FROM p.s.docs', { 'GET /docs': () => ({ data: [] }) })).toEqual([
    [undefined, '{"data":[]}'],
  ])
})

it('secrets of columns and fields, of telling names and of settings are masked', async () => {
  const [listed] = await bodiesOf('SELECT id FROM p.s.keys', {
    'GET /keys': () => ({
      data: [
        { ...key, codes: ['pl4nted-3'], parts: [{ name: 'a', value: 'pl4nted-4' }] },
        { id: 'k2', secret: '', password: 'pl4nted-5', settings: { user: 'pl4nted-6', port: 17 } },
        {
          id: 'k3',
          config: [{ name: 'sasl.jaas.config', value: 'pl4nted-7' }],
          url: 'https://u:pl4nted-8@h/',
        },
      ],
    }),
  })
  expect(listed![1]).not.toContain('pl4nted')
  expect(listed![1]).toContain('"id":"k1","name":"one","secret":"********"')
  expect(listed![1]).toContain('{"id":"k2","secret":"","password":"********"')
  expect(listed![1]).toContain('"parts":[{"name":"a","value":"********"}]')
  const [sent] = await bodiesOf(
    `UPDATE p.s.keys SET name = 'n', secret = 'pl4nted-9', settings = '{"u":"pl4nted-10"}' WHERE id = 'k1'`,
    {
      'PATCH /keys/k1': () => new Status(400, { errors: [{ detail: 'pl4nted-9 and pl4nted-10 are weak' }] }),
    },
  )
  expect(sent).toEqual([
    '{"name":"n","secret":"********","settings":{"u":"********"}}',
    '{"errors":[{"detail":"******** and ******** are weak"}]}',
  ])
  const [form] = await bodiesOf(
    "EXEC p.s.tokens.exchange_token @grant_type = 'g', @subject_token = 'pl4nted-11', @expires_in = 60",
    { 'POST /token': () => ({ access_token: 'pl4nted-12' }) },
  )
  expect(form).toEqual(['grant_type=g&subject_token=********&expires_in=60', '{"access_token":"********"}'])
})

it('a long body is cut with a note', async () => {
  const [long] = await bodiesOf('SELECT id FROM p.s.docs', {
    'GET /docs': () => ({ data: [], note: 'x '.repeat(10_000) }),
  })
  expect(long![1]).toMatch(/^\{"data":\[\],"note":"x x .*… \(10021 more characters\)$/)
})

it('large integers of an answer stay exact, and other texts than JSON are masked', () => {
  const request = { method: 'GET', isRead: true, origin: 'http://h', path: '/', headers: {} } as const
  const shown = (text: string): string | undefined => {
    const answer = {
      status: 200,
      reason: '',
      headers: {},
      text,
      bytes: 0,
      ms: 0,
      attempts: 1,
      uncertain: false,
    }
    return traceBodies(request, answer, createHider()).responseBody
  }
  expect(shown('{ "n": 9007199254740993, "t": "9007199254740993", "x": -1.50 }')).toBe(
    '{"n":9007199254740993,"t":"9007199254740993","x":-1.5}',
  )
  expect(shown('password=pl4nted-1 <html>')).toBe('password=******** <html>')
})
