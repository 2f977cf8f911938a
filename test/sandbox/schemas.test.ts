import { beforeAll, afterAll, describe, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import { askAt, keyOf, realSandbox, type Answer } from './support.ts'

const { catalog, data } = realSandbox()
const SITE = 'lsrc-3x7g0n'

let registry: Sandbox
beforeAll(async () => {
  registry = await startSandbox({ catalog, data: data() })
})
afterAll(() => registry.close())

function send(request: string, body?: unknown): Promise<Answer> {
  return askAt(registry.sites[SITE] ?? '', request, body, { Authorization: keyOf(data(), '', SITE) })
}

async function register(subject: string, schema: unknown, more: object = {}): Promise<Answer> {
  const text = typeof schema === 'string' ? schema : JSON.stringify(schema)
  return send(`POST /subjects/${subject}/versions`, { schema: text, ...more })
}

/** The number of the error, or the status of a success. */
async function outcome(answer: Promise<Answer>): Promise<number> {
  const { status, body } = await answer
  return (body as { error_code?: number } | undefined)?.error_code ?? status
}

const record = (...fields: readonly object[]) => ({ type: 'record', name: 'A', namespace: 'x', fields })
const A = { name: 'a', type: 'string' }
const B = { name: 'b', type: ['null', 'string'], default: null }

async function fits(subject: string, schema: unknown, more: object = {}): Promise<boolean> {
  const text = typeof schema === 'string' ? schema : JSON.stringify(schema)
  const answer = await send(`POST /compatibility/subjects/${subject}/versions/latest`, {
    schema: text,
    ...more,
  })
  return (answer.body as { is_compatible: boolean }).is_compatible
}

describe('a schema', () => {
  test('has the same id and GUID in all subjects, however it is written', async () => {
    const first = (await register('same-1', record(A))).body
    expect((await register('same-2', record(A))).body).toEqual(first)
    const reordered = { fields: [{ type: 'string', name: 'a' }], namespace: 'x', name: 'A', type: 'record' }
    expect((await register('same-1', JSON.stringify(reordered, null, 2))).body).toMatchObject({
      id: first.id,
      version: 1,
    })
    expect(first).toEqual({
      id: first.id,
      version: 1,
      guid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      schema: JSON.stringify(record(A)),
    })
    expect((await send(`GET /schemas/ids/${first.id}/subjects`)).body).toEqual(['same-1', 'same-2'])
    expect((await send(`GET /schemas/guids/${first.guid}`)).body.schema).toBe(first.schema)
    expect((await send('POST /subjects/same-2', { schema: JSON.stringify(reordered) })).body).toMatchObject({
      subject: 'same-2',
      id: first.id,
    })
  })

  test.each([
    ['AVRO', '{"type":'],
    ['AVRO', '{"type":"record","name":"B"}'],
    ['AVRO', '{"type":"record","name":"B","fields":[{"name":"x","type":"none"}]}'],
    ['AVRO', '{"type":"enum","name":"B"}'],
    ['AVRO', '{"type":"array"}'],
    ['JSON', '{"type":'],
    ['JSON', '{"type":"strin"}'],
    ['JSON', '{"properties":{"a":1}}'],
    ['PROTOBUF', 'message {'],
    ['PROTOBUF', 'syntax = "proto3"; message A { string a = 0; }'],
    ['PROTOBUF', 'syntax = "proto3"; import "other.proto"; message A { string a = 1; }'],
    ['XML', '<a/>'],
    ['AVRO', ''],
  ])('of format %s is refused: %s', async (schemaType, schema) => {
    expect(await outcome(register('bad', schema, { schemaType }))).toBe(42201)
    expect(await outcome(send('GET /subjects/bad/versions'))).toBe(40401)
  })

  test('of Protobuf is stored as text if it comes as a descriptor', async () => {
    // message M { string a = 1; repeated int32 b = 2; } in package p
    const message = Buffer.from(
      '\n\x01M\x12\t\n\x01a\x18\x01 \x01(\t\x12\t\n\x01b\x18\x02 \x03(\x05',
      'latin1',
    )
    const file = Buffer.concat([
      Buffer.from('\n\x07m.proto\x12\x01p"', 'latin1'),
      Buffer.from([message.length]),
      message,
      Buffer.from('b\x06proto3', 'latin1'),
    ])
    const schema = file.toString('base64')
    await register('described', schema, { schemaType: 'PROTOBUF' })
    const text =
      'syntax = "proto3";\npackage p;\n\nmessage M {\n  string a = 1;\n  repeated int32 b = 2;\n}\n'
    expect((await send('GET /subjects/described/versions/1')).body).toMatchObject({ schema: text })
    expect((await send('GET /subjects/described/versions/1?format=serialized')).body.schema).toBe(schema)
    expect(await fits('described', text.replace('int32', 'string'), { schemaType: 'PROTOBUF' })).toBe(false)
  })
})

describe('compatibility', () => {
  test('follows the level of the subject', async () => {
    await register('levels', record(A))
    const more = record(A, { name: 'c', type: 'int' })
    expect([await fits('levels', record(A, B)), await fits('levels', more)]).toEqual([true, false])
    expect(await outcome(register('levels', more))).toBe(409)
    await send('PUT /config/levels', { compatibility: 'FORWARD' })
    expect([await fits('levels', more), await fits('levels', record(B))]).toEqual([true, false])
    await send('PUT /config/levels', { compatibility: 'FULL' })
    expect([await fits('levels', record(A, B)), await fits('levels', more)]).toEqual([true, false])
    await send('PUT /config/levels', { compatibility: 'NONE' })
    expect(await fits('levels', '"int"')).toBe(true)
    expect((await send('DELETE /config/levels')).body).toMatchObject({ compatibilityLevel: 'NONE' })
  })

  test('with all versions if the level is transitive', async () => {
    await register('all', '"int"')
    await register('all', '"long"')
    await register('all', '"double"')
    expect(await fits('all', '"double"')).toBe(true)
    await send('PUT /config/all', { compatibility: 'FORWARD_TRANSITIVE' })
    const answer = await send('POST /compatibility/subjects/all/versions?verbose=true', {
      schema: '"double"',
    })
    expect(answer.body).toEqual({
      is_compatible: false,
      messages: ['cannot read "double" as "int"', 'cannot read "double" as "long"'],
    })
  })

  test.each<readonly [string, string, string, string, boolean]>([
    [
      'AVRO',
      'an enum with fewer symbols',
      '{"type":"enum","name":"E","symbols":["A","B"]}',
      '{"type":"enum","name":"E","symbols":["A"]}',
      false,
    ],
    ['AVRO', 'a union with more branches', '["null","int"]', '["null","int","string"]', true],
    ['AVRO', 'a union with fewer branches', '["null","int"]', '["null"]', false],
    ['AVRO', 'other items', '{"type":"array","items":"int"}', '{"type":"array","items":"string"}', false],
    [
      'JSON',
      'one more required property',
      '{"type":"object","properties":{"a":true}}',
      '{"type":"object","properties":{"a":true},"required":["a"]}',
      false,
    ],
    [
      'JSON',
      'a new property where others may be',
      '{"type":"object"}',
      '{"type":"object","properties":{"a":{"type":"string"}}}',
      false,
    ],
    [
      'JSON',
      'a new property where others may not be',
      '{"type":"object","additionalProperties":false}',
      '{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string"}}}',
      true,
    ],
    ['JSON', 'a wider type', '{"type":"integer"}', '{"type":"number"}', true],
    [
      'PROTOBUF',
      'a new field',
      'message A { int32 a = 1; }',
      'message A { int32 a = 1; string b = 2; }',
      true,
    ],
    [
      'PROTOBUF',
      'a field of another type',
      'message A { int32 a = 1; }',
      'message A { string a = 1; }',
      false,
    ],
    [
      'PROTOBUF',
      'a message less',
      'message A { int32 a = 1; } message B {}',
      'message A { int32 a = 1; }',
      false,
    ],
  ])('%s: %s', async (schemaType, name, before, after, expected) => {
    const subject = encodeURIComponent(`${schemaType} ${name}`)
    expect(await outcome(register(subject, before, { schemaType }))).toBe(200)
    expect(await fits(subject, after, { schemaType })).toBe(expected)
  })

  test('of a new subject is given, of a version that is missing an error', async () => {
    expect(await fits('new', record(A))).toBe(true)
    const schema = '"int"'
    expect(await outcome(send('POST /compatibility/subjects/new/versions/1', { schema }))).toBe(40402)
    expect(await outcome(send('POST /compatibility/subjects/new/versions/x', { schema }))).toBe(42202)
  })
})

describe('errors', () => {
  test('tell subjects, versions and schemas apart', async () => {
    await register('told', record(A))
    const codes = async (...requests: readonly string[]) =>
      Promise.all(requests.map(one => outcome(send(one))))
    expect(
      await codes(
        'GET /subjects/none/versions/1',
        'GET /subjects/told/versions/9',
        'GET /subjects/told/versions/0',
      ),
    ).toEqual([40401, 40402, 42202])
    expect(await codes('DELETE /subjects/none/versions/1', 'DELETE /subjects/told/versions/9')).toEqual([
      40401, 40402,
    ])
    expect(await outcome(send('POST /subjects/none', { schema: '"int"' }))).toBe(40401)
    expect(await outcome(send('POST /subjects/told', { schema: '"int"' }))).toBe(40403)
    expect(await codes('DELETE /config/none', 'DELETE /mode/none')).toEqual([40401, 40401])
    expect(await outcome(send('PUT /config/told', { compatibility: 'SOME' }))).toBe(42203)
    expect(await outcome(send('PUT /mode/told', { mode: 'SOME' }))).toBe(42204)
  })

  test('of deletions say what was deleted before', async () => {
    await register('two', record(A))
    await register('two', record(A, B))
    const remove = (path: string) => outcome(send(`DELETE /subjects/two${path}`))
    expect(await remove('/versions/1?permanent=true')).toBe(40407)
    expect(await remove('/versions/1')).toBe(200)
    expect(await remove('/versions/1')).toBe(40406)
    expect(await remove('?permanent=true')).toBe(40405)
    expect((await send('DELETE /subjects/two')).body).toEqual([2])
    expect(await remove('')).toBe(40404)
    expect((await send('DELETE /subjects/two?permanent=true')).body).toEqual([1, 2])
  })

  test('of references: what is referenced is kept, what is missing refused', async () => {
    const more = (subject: string) => ({ references: [{ name: 'x.A', subject, version: 1 }] })
    const using = { type: 'record', name: 'R', fields: [{ name: 'a', type: 'x.A' }] }
    await register('used', record(A))
    expect(await outcome(register('user', using, more('none')))).toBe(42201)
    const { id } = (await register('user', using, more('used'))).body
    expect((await send('GET /subjects/used/versions/1/referencedby')).body).toEqual([id])
    expect(await outcome(send('DELETE /subjects/used/versions/1'))).toBe(42206)
    expect(await outcome(send('DELETE /subjects/used'))).toBe(42206)
    await send('DELETE /subjects/user')
    expect(await outcome(send('DELETE /subjects/used'))).toBe(200)
  })

  test('of modes', async () => {
    await register('moded', record(A))
    await send('PUT /mode/moded', { mode: 'READONLY' })
    expect(await outcome(register('moded', record(A, B)))).toBe(42205)
    expect(await outcome(send('DELETE /subjects/moded/versions/1'))).toBe(42205)
    expect(await outcome(send('PUT /mode/moded', { mode: 'IMPORT' }))).toBe(42205)
    expect(await outcome(register('imported', record(A), { id: 4711, version: 3 }))).toBe(42205)
    expect(await outcome(send('PUT /mode/imported', { mode: 'IMPORT' }))).toBe(200)
    expect((await register('imported', record(A), { id: 4711, version: 3 })).body).toMatchObject({
      id: 4711,
      version: 3,
    })
  })
})

test('versions are found by their properties, and contexts are there once a subject is in them', async () => {
  const properties = (v: string) => ({ metadata: { properties: { v } } })
  await register('with', record(A), properties('1'))
  await register('with', record(A), properties('2'))
  expect((await send('GET /subjects/with/metadata?key=v&value=1')).body.version).toBe(1)
  expect(await outcome(send('GET /subjects/with/metadata?key=v&value=3'))).toBe(40403)
  expect((await send('GET /subjects/:.:with/versions')).body).toEqual([1, 2])
  await register(':.other:s', record(A))
  expect((await send('GET /contexts')).body).toContain('.other')
  const subjects = async (prefix: string) =>
    (await send(`GET /subjects?subjectPrefix=${encodeURIComponent(prefix)}`)).body as unknown as string[]
  expect([await subjects(''), await subjects(':*:'), await subjects(':.other:')]).toEqual([
    expect.not.arrayContaining([':.other:s']),
    expect.arrayContaining([':.other:s', 'with']),
    [':.other:s'],
  ])
})
