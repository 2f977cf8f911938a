import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Session } from '../../src/index.ts'
import { compiledProvider } from '../catalog/compiled.ts'
import { atEnd, folder, listen } from '../support/cleanup.ts'

const PROVIDER = `
provider: p
title: Test
version: 1.0.0
hosts: { cloud: { url: 'http://127.0.0.1:1', url_env: P_URL, auth: { kind: basic, user_env: P_KEY, password_env: P_SECRET } } }
host: cloud
services: { s: { title: S } }
`
const SERVICE = `
service: s
resources:
  environments:
    summary: Environments
    columns: { id: string, name: string }
    methods:
      list: { sql: select, call: GET /environments, rows: $.data }
      create: { sql: insert, call: POST /environments, body: { name: required } }
`

test('RETURNING of an INSERT has the profile that each row was sent with', async () => {
  const asked: string[] = []
  const url = await listen(async (request, response) => {
    for await (const _ of request) continue
    const [user] = Buffer.from(request.headers.authorization!.slice(6), 'base64').toString().split(':')
    asked.push(`${user} ${request.method} ${request.url}`)
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ id: `e-${user}`, name: 'x' }))
  })
  const config = join(folder('profiles'), 'config.yaml')
  const profile = (name: string): string =>
    `  ${name}: { credentials: [{ for: cloud, key: ${name}, secret: s }], endpoints: { cloud: '${url}' } }\n`
  writeFileSync(config, `profiles:\n${profile('a')}${profile('b')}`, { mode: 0o600 })
  const session = new Session({
    builtIn: compiledProvider(PROVIDER, SERVICE),
    env: { CONFLUENTQL_CONFIG: config },
    profiles: ['a', 'b'],
  })
  atEnd(() => session.close())
  const sql = `INSERT INTO p.s.environments (name, profile) VALUES ('x', 'b'), ('x', 'a') RETURNING profile, id`
  const rows: unknown[] = []
  for await (const result of session.run(sql)) for await (const row of result.rows) rows.push([...row])
  expect(rows).toEqual([
    ['b', 'e-b'],
    ['a', 'e-a'],
  ])
  expect(asked).toEqual(['b POST /environments', 'a POST /environments'])
})
