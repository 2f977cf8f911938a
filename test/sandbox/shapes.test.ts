import { afterEach, describe, expect, test } from 'vitest'
import type { Column, Method } from '../../src/catalog/types.ts'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import { fill, type Scope } from '../../src/sandbox/rows/template.ts'
import type { Behaviour, JsonObject } from '../../src/sandbox/types.ts'
import { askAt, method, smallCatalog } from './support.ts'

let sandbox: Sandbox | undefined
afterEach(async () => {
  await sandbox?.close()
  sandbox = undefined
})

const column = (name: string, more: Partial<Column> = {}): Column => ({ name, type: 'string', ...more })

async function serve(
  methods: readonly Method[],
  docs: readonly JsonObject[],
  more: Behaviour & { columns?: readonly Column[] } = {},
) {
  const { columns = [column('id'), column('name')], ...behaviour } = more
  sandbox = await startSandbox({
    catalog: smallCatalog(['main'], { things: { columns, methods } }),
    data: {
      now: '2026-11-01T00:00:00.000000Z',
      credentials: { user: 'sandbox', password: 'sandbox' },
      vars: {},
      references: {},
      resources: { 'p.s.things': { ...behaviour, rows: docs.map(doc => ({ doc })) } },
    },
  })
  const { url } = sandbox
  return (request: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
    askAt(url, request, body, headers)
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `${index}` }))

describe('answers of other shapes', () => {
  test('a bare array, paged by offset and limit', async () => {
    const paging = { kind: 'offset', offset: 'offset', limit: 'limit', max: 100 } as const
    const ask = await serve(
      [method('GET', '/things', { rows: { at: '$', kind: 'array' }, paging })],
      numbered(7),
    )
    expect((await ask('GET /things')).body).toHaveLength(7)
    expect((await ask('GET /things?offset=5&limit=10')).body).toEqual([{ id: '5' }, { id: '6' }])
    expect((await ask('GET /things?limit=-1&offset=6')).body).toEqual([{ id: '6' }])
    expect((await ask('GET /things?offset=-1')).status).toBe(422)
  })

  test('a map has rows by their key', async () => {
    const columns = [column('name', { at: '#key' }), column('state')]
    const ask = await serve(
      [method('GET', '/things', { rows: { at: '$', kind: 'map' } })],
      [{ name: 'a', state: 'UP' }],
      { columns },
    )
    expect((await ask('GET /things')).body).toEqual({ a: { state: 'UP' } })
  })

  test("rows and the next page are at the method's paths", async () => {
    const paging = { kind: 'token', param: 't', next: '$.meta.pages.next', size: 'n', max: 3 } as const
    const ask = await serve(
      [method('GET', '/things', { rows: { at: '$.result.items', kind: 'array' }, paging })],
      numbered(5),
    )
    const { body } = await ask('GET /things')
    expect(body.result.items).toHaveLength(3)
    expect((await ask(`GET ${body.meta.pages.next}`)).body.result.items).toEqual([{ id: '3' }, { id: '4' }])
  })

  test('a literal path takes precedence over one with a parameter', async () => {
    const one = { rows: { at: '$', kind: 'one' } } as const
    const ask = await serve(
      [
        method('GET', '/things/{id}', one),
        method('GET', '/things/all', { rows: { at: '$', kind: 'array' } }),
      ],
      [{ id: 'a' }],
    )
    expect((await ask('GET /things/all')).body).toEqual([{ id: 'a' }])
    expect((await ask('GET /things/a')).body).toEqual({ id: 'a' })
  })

  test('an id with reserved characters is found', async () => {
    const ask = await serve(
      [method('GET', '/things/{id}', { rows: { at: '$', kind: 'one' } })],
      [{ id: 'a/b ?&é%' }],
    )
    expect((await ask(`GET /things/${encodeURIComponent('a/b ?&é%')}`)).body).toEqual({ id: 'a/b ?&é%' })
  })
})

describe('bodies of other shapes', () => {
  const fields = [
    { path: 'name', type: 'string', required: true },
    { path: 'size', type: 'integer', required: false },
    { path: 'share', type: 'number', required: false },
    { path: 'on', type: 'boolean', required: false },
    { path: 'when', type: 'timestamp', required: false },
    { path: 'tags', type: 'array', items: { type: 'string' }, required: false },
    { path: 'owner', type: 'object', fields: { id: { type: 'string' } }, required: false },
  ] as const
  const columns = ['id', ...fields.map(({ path }) => path)].map(name => column(name))
  const taking = (kind: 'object' | 'array' | 'form') =>
    method('POST', '/things', {
      body: { media: 'application/json', kind, fields },
      rows: { at: '$', kind: 'one' },
    })
  const made = { columns, let: { id: 't-{digits:3}' }, set: { id: '{id}' } }

  test('an array of one object is accepted as the object', async () => {
    const ask = await serve([taking('array')], [], made)
    expect((await ask('POST /things', [{ name: 'a' }])).body).toMatchObject({ name: 'a' })
  })

  test('a form is read with its characters decoded', async () => {
    const ask = await serve([taking('form')], [], made)
    const { status, body } = await ask('POST /things', 'name=a+b%26c', {
      'Content-Type': 'application/x-www-form-urlencoded',
    })
    expect([status, body.name]).toEqual([201, 'a b&c'])
  })

  test('each type is checked; unknown members of an object are left out', async () => {
    const ask = await serve([taking('object')], [], made)
    const whole = {
      name: 'a',
      size: 2,
      share: 0.5,
      on: false,
      when: '2026-01-01T00:00:00Z',
      tags: ['x'],
      owner: { id: 'u', other: 1 },
    }
    expect((await ask('POST /things', whole)).body).toMatchObject({ ...whole, owner: { id: 'u' } })
    expect((await ask('POST /things', whole)).body.owner).toEqual({ id: 'u' })
    const wrong: [JsonObject, string][] = [
      [{ size: 1.5 }, '/size'],
      [{ size: '1' }, '/size'],
      [{ share: '1' }, '/share'],
      [{ on: 1 }, '/on'],
      [{ when: 'soon' }, '/when'],
      [{ tags: 'x' }, '/tags'],
      [{ tags: ['x', 1] }, '/tags/1'],
      [{ owner: 'u' }, '/owner'],
      [{ owner: { id: 1 } }, '/owner/id'],
    ]
    for (const [part, pointer] of wrong) {
      const { status, body } = await ask('POST /things', { name: 'a', ...part })
      expect([status, body.errors[0].source]).toEqual([422, { pointer }])
    }
  })

  test('ids differ even when the generator repeats itself', async () => {
    const ask = await serve([taking('object')], [], { ...made, let: { id: '{digits:1}' } })
    const ids = new Set<string>()
    for (let count = 0; count < 8; count++) ids.add((await ask('POST /things', { name: 'a' })).body.id)
    expect(ids.size).toBe(8)
  })
})

describe('invalid data', () => {
  test('an unknown generator or resource is a 500 with the reason', async () => {
    const post = method('POST', '/things', {
      body: { media: 'application/json', kind: 'object', fields: [] },
    })
    const ask = await serve([post], [], { let: { id: '{letters:3}' } })
    expect((await ask('POST /things', {})).body.errors[0]).toMatchObject({
      status: '500',
      detail: expect.stringContaining('{letters:3}'),
    })
    await sandbox?.close()
    const other = await serve([post], [], {
      after: [{ on: ['POST'], delete: { in: 'p.s.none', where: { id: 'x' } } }],
    })
    expect((await other('POST /things', {})).body.errors[0].detail).toContain('p.s.none')
  })

  test('circular effects end', async () => {
    const remove = method('DELETE', '/things/{id}')
    const round = { on: ['DELETE'] as const, delete: { in: 'p.s.things', where: { name: '{doc.id}' } } }
    const chain = Array.from({ length: 20 }, (_, index) => ({ id: `${index + 1}`, name: `${index}` }))
    const ask = await serve([remove], [...chain, { id: '0', name: 'none' }], { after: [round] })
    expect((await ask('DELETE /things/0')).body.errors[0]).toMatchObject({
      status: '500',
      detail: expect.stringContaining('no end'),
    })
  })
})

describe('templates', () => {
  const scope: Scope = {
    names: {
      now: '2026-02-27T10:20:30.123456Z',
      body: { n: 5, list: [{ id: 'u-1' }], none: null, kinds: ['X', 'Y'] },
      which: 'b',
      map: { b: 'found' },
    },
    references: {
      'u-': { as: { id: '{id}', kind: 'User' } },
      'u-1': { as: { id: '{id}', kind: 'First' } },
      'r-': { in: 'rows', as: { id: '{id}', name: '{row.name|none}', kind: "{row.kind|'Unknown'}" } },
    },
    rowOf: (resource: string, id: string) =>
      resource === 'rows' && id === 'r-1' ? { name: 'first', kind: 'Row' } : undefined,
    random: () => 0,
  }
  test.each([
    ['plain', 'plain'],
    ['{body.n}', 5],
    ['n={body.n}', 'n=5'],
    ['{body.none}', null],
    ['{body.missing}', undefined],
    ['x{body.missing}', undefined],
    ["{body.missing|'else'}", 'else'],
    ['{body.missing|body.n}', 5],
    ['{now+2d}', '2026-03-01T10:20:30.123456Z'],
    ['{now-27d}', '2026-01-31T10:20:30.123456Z'],
    ['{map.@which}', 'found'],
    ['{map.@missing}', undefined],
    ['{base36:3}-{hex:2}', '000-00'],
    [{ a: '{body.missing}', b: ['{body.n}', '{body.missing}'] }, { b: [5] }],
    [{ $ref: 'u-2' }, { id: 'u-2', kind: 'User' }],
    [{ $ref: 'u-1' }, { id: 'u-1', kind: 'First' }],
    [{ $ref: 'x-1' }, { id: 'x-1' }],
    [{ $ref: 'r-1' }, { id: 'r-1', name: 'first', kind: 'Row' }],
    [{ $ref: 'r-2' }, { id: 'r-2', kind: 'Unknown' }],
    [{ $case: 'which', a: 1, b: '{body.n}' }, 5],
    [{ $case: 'which', a: 1 }, undefined],
    [{ $case: 'body.kinds', Y: 'second', Z: 'last' }, 'second'],
    [{ $case: 'body.missing', a: 1 }, undefined],
    [{ $case: 'body.missing', a: 1, $else: '{which}' }, 'b'],
    [
      { $each: 'body.kinds', key: 'k-{item}', value: '{item}{body.n}' },
      { 'k-X': 'X5', 'k-Y': 'Y5' },
    ],
    [{ $each: 'body.kinds', value: '{item}!' }, ['X!', 'Y!']],
    [{ $each: 'body.missing', value: '{item}!' }, undefined],
    [{ a: { $ref: '{body.missing}' } }, {}],
    [{ $refs: 'body.list' }, [{ id: 'u-1', kind: 'First' }]],
    [true, true],
  ])('%j gives %j', (template, expected) => {
    expect(fill(template, scope)).toEqual(expected)
  })
})
