import { beforeAll, describe, expect, it } from 'vitest'
import { parseProfiles } from '../../src/config/parse.ts'
import { refusal, world, type World } from './other-apis.ts'

const SERVICE = `
service: s
resources:
  users:
    summary: Users
    columns: { id: string, name: string }
    methods:
      list: { sql: select, call: GET /users, rows: $.data }
      create: { sql: insert, call: POST /users, body: { name: required } }
      remove: { sql: delete, call: 'DELETE /users/{id}' }
  sites:
    summary: A host of its own
    host: whole
    columns: { id: string }
    methods: { list: { sql: select, call: GET /sites, rows: $.data } }
`
const PROVIDER = (port: number): string => `
provider: p
title: Test
version: 1.0.0
hosts:
  main:
    url: 'http://127.0.0.1:${port}/{tenant}/{version}'
    variables: { tenant: { env: P_TENANT }, version: { env: P_VERSION, default: v1, values: [v1, v2] } }
    auth: { kind: headers, headers: [{ name: Authorization, prefix: 'SSWS ', env: P_TOKEN }] }
  whole:
    url: 'http://127.0.0.{node}:${port}'
    variables: { node: { env: P_NODE } }
    auth: { kind: headers, headers: [{ name: X-Key, env: P_KEY }, { name: X-App, env: P_APP }] }
host: main
services: { s: { title: S } }
`
const TOKEN = 'a-secret-token-0123456789'
const KEYS = { P_KEY: 'key-secret-123456', P_APP: 'app-secret-123456' }
const env = { P_TOKEN: TOKEN }

let w: World
let refused = 0
beforeAll(async () => {
  w = await world(PROVIDER, SERVICE, ({ method, url, headers }) => {
    if (refused > 0) {
      refused--
      return { status: 401, json: { error: `bad ${headers['authorization']}` } }
    }
    const tenant = url.split('/')[1]
    if (method === 'DELETE') return { status: 204 }
    return { json: method === 'GET' ? { data: [{ id: `${tenant}-1` }] } : { id: 'new' } }
  })
})

describe('variables of a base URL', () => {
  it('have their value from the statement, the profile, the environment or a default, in this order', async () => {
    const sql = 'SELECT id, tenant FROM p.s.users'
    const profile = { urlVariables: { main: { tenant: 'prof', version: 'v2' } } }
    expect(await w.rows(`${sql} WHERE tenant = 'acme'`, { env: { ...env, P_TENANT: 'e' }, profile })).toEqual(
      [{ id: 'acme-1', tenant: 'acme' }],
    )
    expect(w.asked()).toEqual(['GET /acme/v2/users'])
    expect(await w.rows(sql, { env: { ...env, P_TENANT: 'e' }, profile })).toEqual([
      { id: 'prof-1', tenant: 'prof' },
    ])
    expect(await w.rows(sql, { env: { ...env, P_TENANT: 'e' } })).toEqual([{ id: 'e-1', tenant: 'e' }])
    expect(w.asked()).toEqual(['GET /e/v1/users'])
    expect(w.seen[0]!.headers['authorization']).toBe(`SSWS ${TOKEN}`)
  })

  it('fan out over IN and joins, and are no column of *', async () => {
    const rows = await w.rows(
      `WITH t(n) AS (VALUES ('x'), ('y')) SELECT u.* FROM t JOIN p.s.users u ON u.tenant = t.n ORDER BY id`,
      { env },
    )
    expect(rows).toEqual([
      { id: 'x-1', name: null },
      { id: 'y-1', name: null },
    ])
    await w.rows(`SELECT id FROM p.s.users WHERE tenant IN ('a', 'b')`, { env })
    expect(w.asked().toSorted()).toEqual(['GET /a/v1/users', 'GET /b/v1/users'])
  })

  it('are named with all ways to give them when they are missing', async () => {
    const missing = await refusal(w.rows('SELECT id FROM p.s.users', { env }))
    expect(missing.code).toBe('MISSING_PARAMETER')
    for (const way of [`WHERE tenant = '…'`, 'variables: { main: { tenant: … } }', 'P_TENANT'])
      expect(missing.text).toContain(way)
    for (const sql of [
      `INSERT INTO p.s.users (name) VALUES ('n')`,
      `EXEC p.s.users.create @name = 'n'`,
      `DELETE FROM p.s.users WHERE id = 'x'`,
    ])
      expect((await refusal(w.rows(sql, { env }))).text).toContain('P_TENANT')
    expect(w.seen).toEqual([])
  })

  it('are ambiguous without a qualifier in a join, and no columns of NATURAL JOIN', async () => {
    const from = 'SELECT u.id FROM p.s.users u JOIN p.s.users v ON u.id = v.id WHERE'
    expect((await refusal(w.rows(`${from} tenant = 'a'`, { env }))).text).toContain('ambiguous')
    const both = `u.tenant = 'a' AND v.tenant = 'a'`
    expect(await w.rows(`${from} ${both}`, { env })).toEqual([{ id: 'a-1' }])
    const natural = await refusal(
      w.rows(`SELECT * FROM p.s.users u NATURAL JOIN p.s.users v WHERE ${both}`, { env }),
    )
    expect(natural).toMatchObject({ code: 'UNSUPPORTED' })
    const other = `WITH t(tenant) AS (VALUES ('b')) SELECT tenant, u.* FROM t JOIN p.s.users u ON u.tenant = t.tenant`
    expect(await w.rows(other, { env })).toEqual([{ tenant: 'b', id: 'b-1', name: null }])
  })

  it('are given to changes', async () => {
    await w.rows(`INSERT INTO p.s.users (tenant, name) VALUES ('t1', 'n')`, { env })
    await w.rows(`DELETE FROM p.s.users WHERE id = 'x' AND tenant = 't2'`, { env })
    expect(w.asked()).toEqual(['DELETE /t2/v1/users/x'])
  })

  it.each(['..', 'a/b', 'a.', '-a', 'https://evil.example', 'a..b', 'ä', 'a@b', 'a?x', ''])(
    'cannot be %j',
    async value => {
      expect(
        (await refusal(w.rows(`SELECT id FROM p.s.users WHERE tenant = '${value}'`, { env }))).code,
      ).toBe('VALUE')
      expect(
        (
          await refusal(
            w.rows('SELECT id FROM p.s.users', { env: { ...env, P_VERSION: 'v9', P_TENANT: 'a' } }),
          )
        ).text,
      ).toContain('v1, v2')
      expect(w.seen).toEqual([])
    },
  )

  it('send no credential where the statement decides the host, but where the settings do', async () => {
    const { code, text } = await refusal(w.rows(`SELECT id FROM p.s.sites WHERE node = '2'`, { env: KEYS }))
    expect(code).toBe('CREDENTIALS')
    expect(text).toContain('variables: { whole: { node: … } }')
    expect(text).not.toContain(KEYS.P_KEY)
    expect(w.seen).toEqual([])
    // the same host in the statement is still the user's
    await w.rows(`SELECT id FROM p.s.sites WHERE node = '3'`, { env: { ...KEYS, P_NODE: '3' } })
    expect(w.seen[0]!.headers['x-key']).toBe(KEYS.P_KEY)
    expect(
      (await refusal(w.rows(`SELECT id FROM p.s.sites WHERE node = '2'`, { env: { ...KEYS, P_NODE: '3' } })))
        .code,
    ).toBe('CREDENTIALS')
    await w.rows('SELECT id FROM p.s.sites', { env: { ...KEYS, P_NODE: '3' } })
    expect(w.seen[0]!.headers).toMatchObject({ 'x-key': KEYS.P_KEY, 'x-app': KEYS.P_APP })
  })
})

describe('credentials in headers', () => {
  const at = { P_TENANT: 't' }

  it('are asked for by their variables', async () => {
    const { code, text } = await refusal(w.rows('SELECT id FROM p.s.users', { env: at }))
    expect(code).toBe('CREDENTIALS')
    expect(text).toContain('P_TOKEN is not set')
    expect(text).toContain('{ for: main, token: … }')
    const several = await refusal(w.rows('SELECT id FROM p.s.sites', { env: { P_NODE: '1', P_KEY: 'k' } }))
    expect(several.text).toContain('P_APP is not set')
    expect(several.text).toContain('headers: { X-Key: …, X-App: … }')
  })

  it('come from a profile, are renewed once, and are in no message', async () => {
    const command = `[${JSON.stringify(process.execPath)}, -e, "console.log('${TOKEN}')"]`
    const { profiles } = await parseProfiles(
      `profiles: { default: { variables: { main: { tenant: t } }, credentials: [{ for: main, token: { command: ${command} } }, { for: whole, headers: { x-key: { env: P_KEY }, X-App: { env: P_APP } } }] } }`,
      'config.yaml',
      { usual: ['main', 'whole'], open: [] },
    )
    const profile = profiles.get('default')!
    refused = 1
    expect(await w.rows('SELECT id FROM p.s.users', { profile })).toHaveLength(1)
    expect(w.seen.map(s => s.headers['authorization'])).toEqual([`SSWS ${TOKEN}`, `SSWS ${TOKEN}`])
    refused = 2
    const { code, text } = await refusal(w.rows('SELECT id FROM p.s.users', { profile }))
    expect(code).toBe('API')
    expect(text).not.toContain(TOKEN)
    await w.rows('SELECT id FROM p.s.sites', { profile, env: { ...KEYS, P_NODE: '1' } })
    expect(w.seen[0]!.headers).toMatchObject({ 'x-key': KEYS.P_KEY, 'x-app': KEYS.P_APP })
  })

  it.each([
    ['variables: { main: { tenant: "https://x" } }', 'must be a part of a host name'],
    [
      'variables: { mian: { tenant: x } }',
      'is neither a kind of host (main) nor the id of a resource; did you mean main?',
    ],
    ['credentials: [{ for: main, token: a, headers: { b: c } }]', 'must have key and secret, or one of'],
  ])('with an error are refused: %s', async (text, message) => {
    const reading = parseProfiles(`profiles: { default: { ${text} } }`, 'config.yaml', {
      usual: ['main'],
      open: [],
    })
    expect((await refusal(reading)).text).toContain(message)
  })
})
