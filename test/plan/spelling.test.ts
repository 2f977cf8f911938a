import { beforeAll, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const PROVIDER = oneHostProvider()
const SERVICE = `
service: s
resources:
  keys:
    summary: Keys
    columns:
      id: string
      spec:
        fields: { owner: { fields: { id: string, kind: string } }, cloud: string, size: integer, is_on: boolean }
      open: object
    methods:
      list_keys:
        sql: select
        call: GET /keys
        rows: $.data
        params: { spec.owner: { column: spec.owner.id, filter: exact }, spec.cloud: exact }
`
const KEYS = [
  {
    id: 'a',
    spec: { owner: { id: 'u-1', kind: 'User' }, cloud: 'AWS', size: 1, is_on: true },
    open: { x: '1' },
  },
  { id: 'b', spec: { owner: { id: 'u-2', kind: 'User' }, cloud: 'GCP', size: 2, is_on: false }, open: {} },
]
const asked: string[] = []
const notices: string[] = []
let session: Session

beforeAll(async () => {
  const url = await listen((request, response) => {
    asked.push(request.url!)
    const { searchParams: q } = new URL(request.url!, 'http://127.0.0.1')
    const owner = q.get('spec.owner')
    const cloud = q.get('spec.cloud')
    const data = KEYS.filter(
      k => (owner === null || k.spec.owner.id === owner) && (cloud === null || k.spec.cloud === cloud),
    )
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
  })
  session = new Session({
    catalog: loadCatalog(compiledProvider(PROVIDER, SERVICE)),
    connect: async () => createClient({ env: { P_URL: url } }),
    onNotice: text => notices.push(text),
  })
  atEnd(() => session.close())
})

async function run(sql: string): Promise<unknown[][]> {
  asked.length = 0
  notices.length = 0
  const rows: unknown[][] = []
  for await (const result of session.run(sql)) for await (const row of result.rows) rows.push([...row])
  return rows
}

describe('spellings of a field', () => {
  test.each([
    `spec.owner.id = 'u-1'`,
    `spec.owner = 'u-1'`,
    `"spec.owner" = 'u-1'`,
    `k."spec.owner.id" = 'u-1'`,
    `spec ->> '$.owner.id' = 'u-1'`,
    `k.spec ->> '$."owner".id' = 'u-1'`,
    `spec -> 'owner' ->> 'id' = 'u-1'`,
    `spec -> '$.owner' ->> '$.id' = 'u-1'`,
    `json_extract(k.spec, '$.owner.id') = 'u-1'`,
    `spec.owner ->> 'id' IN ('u-1')`,
    `(spec ->> '$.owner.id') = 'u-1'`,
  ])('%s is sent', async condition => {
    expect(await run(`SELECT id FROM p.s.keys k WHERE ${condition}`)).toEqual([['a']])
    expect(asked).toEqual(['/keys?spec.owner=u-1'])
    expect(notices).toEqual([])
  })

  test.each([
    [`spec -> 'cloud' = '"AWS"'`, 'gives JSON'],
    [`spec ->> '$.owner' = '{"id":"u-1","kind":"User"}'`, 'is an object as JSON'],
    [`json_extract(spec, '$.cloud', '$.size') = '["AWS",1]'`, 'is two fields'],
    [`spec ->> ('$.clo' || 'ud') = 'AWS'`, 'is computed'],
    [`json_extract(spec, '$') ->> 'cloud' = 'AWS'`, 'is below the whole'],
  ])('%s %s, which only SQLite evaluates', async condition => {
    expect(await run(`SELECT id FROM p.s.keys WHERE ${condition}`)).toEqual([['a']])
    expect(asked).toEqual(['/keys'])
  })

  test.each([`spec.size = '1'`, `spec ->> '$.size' = '1'`, `"spec.size" = '1'`, `spec ->> 'is_on' = 'true'`])(
    '%s is refused, since it holds for no row',
    async condition => {
      await expect(run(`SELECT id FROM p.s.keys WHERE ${condition}`)).rejects.toMatchObject({ code: 'VALUE' })
    },
  )

  test('a field in SQLite’s spelling that is not known is read, and told', async () => {
    expect(await run(`SELECT id, spec ->> '$.clowd' FROM p.s.keys WHERE id = 'a'`)).toEqual([['a', null]])
    expect(notices).toEqual(['spec of p.s.keys has no known field "clowd"; did you mean "cloud"?'])
    expect(await run(`SELECT open ->> 'x' FROM p.s.keys WHERE open ->> '$.x' = '1'`)).toEqual([['1']])
    expect(notices).toEqual([])
  })

  test('a result column keeps the name that SQLite gives it', async () => {
    for await (const result of session.run(
      `SELECT spec ->> '$.cloud', "spec.cloud", spec.cloud FROM p.s.keys`,
    ))
      expect(result.columns.map(c => c.name)).toEqual([`spec ->> '$.cloud'`, 'spec.cloud', 'spec.cloud'])
  })

  test('an unknown part of a name in one pair of quotes is an error', async () => {
    await expect(run(`SELECT "spec.clowd" FROM p.s.keys`)).rejects.toThrow('no field "clowd"')
    await expect(run(`SELECT "spek.cloud" FROM p.s.keys`)).rejects.toThrow('spek.cloud')
  })
})
