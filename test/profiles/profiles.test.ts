import { beforeAll, describe, expect, test } from 'vitest'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Session, type SessionOptions } from '../../src/index.ts'
import { compiledProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const PROVIDER = `
provider: p
title: Test
version: 1.0.0
hosts:
  main: { url: 'http://127.0.0.1:1', url_env: P_URL, auth: { kind: basic, user_env: P_KEY, password_env: P_SECRET } }
host: main
services: { s: { title: S } }
parents:
  s.environments: { environment: id }
views:
  all_clusters:
    summary: Clusters
    sql: SELECT c.id, e.name AS env_name FROM p.s.environments e JOIN p.s.clusters c ON c.environment = e.id
  named:
    summary: Names of clusters
    sql: SELECT a.id || '/' || a.env_name AS name FROM p.all_clusters a
`
const SERVICE = `
service: s
resources:
  environments:
    summary: Environments
    columns: { id: string, name: string }
    methods:
      get_environment: { sql: select, call: 'GET /environments/{id}' }
      list_environments: { sql: select, call: GET /environments, rows: $.data }
      create_environment: { sql: insert, call: POST /environments, body: { name: required } }
      delete_environment: { sql: delete, call: 'DELETE /environments/{id}' }
      check_environment: { sql: exec, call: 'POST /environments/{id}/check', rows: none }
  clusters:
    summary: Clusters
    columns: { id: string, size: integer, environment: { type: string, input: true } }
    methods:
      list_clusters: { sql: select, call: GET /clusters, rows: $.data, params: { environment: required } }
`
/** The key says whose data an answer has. */
const DATA: Readonly<
  Record<string, { environments: { id: string; name: string }[]; clusters: Record<string, unknown[]> }>
> = {
  ka: {
    environments: [
      { id: 'a1', name: 'prod' },
      { id: 'a2', name: 'dev' },
    ],
    clusters: { a1: [{ id: 'ca', size: 1 }], a2: [] },
  },
  kb: { environments: [{ id: 'b1', name: 'prod' }], clusters: { b1: [{ id: 'cb', size: 2 }] } },
}
const asked: string[] = []
const notices: string[] = []
let session: Session
let options: SessionOptions

beforeAll(async () => {
  const url = await listen((request, response) => {
    const key = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64')
      .toString()
      .split(':')[0]!
    asked.push(`${key} ${request.method === 'GET' ? '' : `${request.method!} `}${request.url!}`)
    const { pathname, searchParams: q } = new URL(request.url!, 'http://127.0.0.1')
    const own = DATA[key]
    const answer =
      own === undefined
        ? undefined
        : pathname === '/environments'
          ? { data: own.environments }
          : pathname === '/clusters'
            ? own.clusters[q.get('environment')!] && { data: own.clusters[q.get('environment')!] }
            : own.environments.find(e => pathname === `/environments/${e.id}`)
    response
      .writeHead(answer ? 200 : own ? 404 : 401, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer ?? { errors: [{ detail: 'no' }] }))
  })
  const home = mkdtempSync(join(tmpdir(), 'profiles-'))
  writeFileSync(
    join(home, 'config.yaml'),
    `profiles:\n${['a', 'b'].map(n => `  ${n}:\n    endpoints: { main: '${url}' }\n    credentials: [{ for: main, key: { env: KEY_${n} }, secret: { env: KEY_${n} } }]\n`).join('')}`,
    { mode: 0o600 },
  )
  options = {
    builtIn: compiledProvider(PROVIDER, SERVICE),
    profiles: ['a', 'b'],
    env: {
      CONFLUENTQL_CONFIG: join(home, 'config.yaml'),
      KEY_a: 'ka',
      KEY_b: 'kb',
      P_KEY: 'kx',
      P_SECRET: 'kx',
      // each profile has its own address
      P_URL: 'http://127.0.0.1:1',
    },
    onNotice: text => notices.push(text),
  }
  session = new Session(options)
  atEnd(async () => {
    await session.close()
    rmSync(home, { recursive: true })
  })
})

async function run(sql: string): Promise<unknown[][]> {
  asked.length = 0
  notices.length = 0
  const rows: unknown[][] = []
  for await (const result of session.run(sql)) for await (const row of result.rows) rows.push([...row])
  return rows
}

const E = 'p.s.environments'
const C = 'p.s.clusters'

describe('several profiles', () => {
  test.each<[string, string, unknown[][], string[]]>([
    [
      'a table is read with each of them',
      `SELECT profile, id FROM ${E} ORDER BY id`,
      [
        ['a', 'a1'],
        ['a', 'a2'],
        ['b', 'b1'],
      ],
      ['ka /environments', 'kb /environments'],
    ],
    [
      'or with those that the statement gives',
      `SELECT id FROM ${E} WHERE profile = 'b'`,
      [['b1']],
      ['kb /environments'],
    ],
    [
      'by any condition',
      `SELECT id FROM ${E} WHERE profile LIKE 'B%' ORDER BY 1`,
      [['b1']],
      ['ka /environments', 'kb /environments'],
    ],
    [
      'keys from parents are asked with the profile of their row',
      `SELECT profile, environment, id FROM ${C} ORDER BY 1`,
      [
        ['a', 'a1', 'ca'],
        ['b', 'b1', 'cb'],
      ],
      [
        'ka /environments',
        'kb /environments',
        'ka /clusters?environment=a1',
        'ka /clusters?environment=a2',
        'kb /clusters?environment=b1',
      ],
    ],
    [
      'and so are keys from a join that does not name the profile',
      `SELECT e.name, c.id FROM ${E} e JOIN ${C} c ON c.environment = e.id WHERE e.name = 'prod' ORDER BY 2`,
      [
        ['prod', 'ca'],
        ['prod', 'cb'],
      ],
      ['ka /environments', 'kb /environments', 'ka /clusters?environment=a1', 'kb /clusters?environment=b1'],
    ],
    [
      'a key that the statement gives is asked where it is',
      `SELECT profile, id FROM ${C} WHERE environment = 'b1'`,
      [['b', 'cb']],
      ['ka /environments', 'kb /environments', 'kb /clusters?environment=b1'],
    ],
    [
      'views of the provider have the column too',
      `SELECT * FROM p.all_clusters ORDER BY 1`,
      [
        ['ca', 'prod', 'a'],
        ['cb', 'prod', 'b'],
      ],
      [
        'ka /environments',
        'kb /environments',
        'ka /clusters?environment=a1',
        'ka /clusters?environment=a2',
        'kb /clusters?environment=b1',
      ],
    ],
    [
      'a view of views is narrowed by it',
      `SELECT name FROM p.named WHERE profile = 'b'`,
      [['cb/prod']],
      ['kb /environments', 'kb /clusters?environment=b1'],
    ],
  ])('%s', async (_, sql, rows, requests) => {
    expect(await run(sql)).toEqual(rows)
    expect([...asked].sort()).toEqual([...requests].sort())
  })

  test('EXPLAIN shows requests whose profile is not known yet', async () => {
    const rows = await run(`EXPLAIN SELECT id FROM ${C}`)
    expect(rows.map(row => row.join(' ')).join()).toContain('/clusters?environment=')
    expect(asked).toEqual([])
    expect((await run(`EXPLAIN DELETE FROM ${E} WHERE id = 'a1' AND profile = 'a'`)).length).toBe(1)
  })

  test('a change must give one', async () => {
    await expect(run(`INSERT INTO ${E} (name) VALUES ('x')`)).rejects.toThrow('"profile"')
    await expect(run(`DELETE FROM ${E} WHERE id = 'a1'`)).rejects.toThrow('"profile"')
    await expect(run(`EXEC ${E}.check_environment @id = 'a1'`)).rejects.toThrow('@profile')
    expect(asked).toEqual([])
  })

  test('a change is sent with the one that it gives', async () => {
    await run(`DELETE FROM ${E} WHERE id = 'a1' AND profile = 'a'`).catch(() => undefined)
    expect(asked).toContain('ka DELETE /environments/a1')
    await run(`INSERT INTO ${E} (profile, name) VALUES ('b', 'x')`).catch(() => undefined)
    expect(asked).toEqual(['kb POST /environments'])
    await run(`EXEC ${E}.check_environment @id = 'a1', @profile = 'a'`).catch(() => undefined)
    expect(asked).toEqual(['ka POST /environments/a1/check'])
  })

  test('a dry run shows it, since the requests may be equal', async () => {
    const dry = new Session({ ...options, dryRun: true })
    atEnd(() => dry.close())
    asked.length = 0
    const rows: unknown[] = []
    for await (const result of dry.run(
      `DELETE FROM ${E} WHERE id = 'a1' AND profile IN ('b', 'a'); EXEC ${E}.check_environment @id = 'a1', @profile = 'b'`,
    )) {
      expect(result.columns.map(c => c.name)).toEqual(['profile', 'method', 'url', 'body'])
      for await (const row of result.rows) rows.push([...row].slice(0, 2))
    }
    expect(rows).toEqual([
      ['b', 'DELETE'],
      ['a', 'DELETE'],
      ['b', 'POST'],
    ])
    expect(asked).toEqual([])
  })

  test('a profile that the session does not have is an error', async () => {
    await expect(run(`SELECT id FROM ${E} WHERE profile = 'c'`)).rejects.toThrow('no profile "c"')
  })

  test('credentials of the environment are not used', async () => {
    await run(`SELECT id FROM ${E}`)
    expect(asked.some(a => a.startsWith('kx'))).toBe(false)
  })
})
