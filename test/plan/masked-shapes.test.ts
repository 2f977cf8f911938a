import { beforeAll, expect, test } from 'vitest'
import { listen, atEnd } from '../support/cleanup.ts'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'

const SERVICE = `
service: s
resources:
  things:
    summary: Things with secrets
    columns:
      id: string
      config: { type: object, secret: members }
      login: { type: object, fields: { user: string, code: { type: string, secret: true } } }
    methods: { list: { sql: select, call: GET /things, rows: $.data } }
`
let answer = ''
let session: Session

beforeAll(async () => {
  const url = await listen((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  })
  session = new Session({
    catalog: loadCatalog(compiledProvider(oneHostProvider(''), SERVICE)),
    connect: async onTrace => createClient({ env: { P_URL: url }, onTrace }),
  })
  atEnd(() => session.close())
})

/** Secrets are masked by the names of members; an answer may have them in another shape than documented. */
test.each([
  [
    'as documented',
    '{"config":{"a":"1","password":"HIDDEN"},"login":{"user":"u","code":"HIDDEN"}}',
    '{"a":"1","password":"********"}',
    '{"user":"u","code":"********"}',
  ],
  [
    'a name twice',
    '{"config":{"a":1.10,"password":"HIDDEN","password":"HIDDEN"},"login":{"code":"HIDDEN","user":"u","code":"HIDDEN"}}',
    '{"a":1.10,"password":"********"}',
    '{"code":"********","user":"u"}',
  ],
  [
    'a name twice, once with an escape',
    String.raw`{"config":{"pass\u0077ord":"HIDDEN","password":"HIDDEN"},"login":{"code":"HIDDEN","cod\u0065":"HIDDEN"}}`,
    '{"password":"********"}',
    '{"code":"********"}',
  ],
  ['an array', '{"config":[{"password":"HIDDEN"}],"login":[{"code":"HIDDEN"}]}', '"********"', '"********"'],
  ['an array without such members', '{"config":["a"],"login":null}', '["a"]', null],
  ['none', '{"config":{},"login":null}', '{}', null],
])('%s', async (_, row, config, login) => {
  answer = `{"data":[${row}]}`
  const rows: unknown[][] = []
  for await (const result of session.run('SELECT config, login FROM p.s.things'))
    for await (const values of result.rows) rows.push([...values])
  expect(rows).toEqual([[config, login]])
})
