import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import { askAt, keyOf, realSandbox, type Answer } from './support.ts'

const { catalog, data } = realSandbox()
const SITE = 'lsrc-3x7g0n'

let registry: Sandbox
beforeAll(async () => {
  registry = await startSandbox({ catalog, data: data() })
})
afterAll(() => registry.close())

function send(request: string, body: unknown): Promise<Answer> {
  return askAt(registry.sites[SITE] ?? '', request, body, { Authorization: keyOf(data(), '', SITE) })
}

let subjects = 0

/** The messages of a backward check of a schema against the one before it. */
async function messages(
  schemaType: string,
  before: unknown,
  after: unknown,
  references: readonly object[] = [],
): Promise<string> {
  const text = (schema: unknown): string => (typeof schema === 'string' ? schema : JSON.stringify(schema))
  const subject = `rules-${++subjects}`
  const more = { schemaType, references }
  const first = await send(`POST /subjects/${subject}/versions`, { schema: text(before), ...more })
  expect(first).toMatchObject({ status: 200 })
  const path = `/compatibility/subjects/${subject}/versions/latest?verbose=true`
  const { body } = await send(`POST ${path}`, { schema: text(after), ...more })
  const answer = body as { is_compatible: boolean; messages: readonly string[] }
  expect(answer.is_compatible).toBe(answer.messages?.length === 0)
  return answer.messages.join('\n')
}

/** A case: what changes, from, to, and what the message says; none if it is compatible. */
type Case = readonly [change: string, before: unknown, after: unknown, message?: string]

function check(type: string, cases: readonly Case[]): void {
  test.each(cases)('%s', async (_, before, after, message) => {
    const found = await messages(type, before, after)
    if (message === undefined) expect(found).toBe('')
    else expect(found).toContain(message)
  })
}

describe('Avro', () => {
  const record = (...fields: readonly object[]) => ({ type: 'record', name: 'A', namespace: 'x', fields })
  const symbols = (name: string, list: readonly string[], more = {}) => ({
    type: 'enum',
    name,
    symbols: list,
    ...more,
  })
  const node = (...more: readonly object[]) =>
    record({ name: 'next', type: ['null', 'A'], default: null }, ...more)
  check('AVRO', [
    ['int to long', '"int"', '"long"'],
    ['long to int', '"long"', '"int"', 'cannot read "long" as "int"'],
    ['a type in an object', '{"type":"string"}', '"bytes"'],
    ['a union for a type', '"int"', '["null","long"]'],
    ['an enum with a default', symbols('E', ['A', 'B']), symbols('E', ['A'], { default: 'A' })],
    [
      'a renamed field',
      record({ name: 'a', type: 'int' }),
      record({ name: 'b', type: 'int' }),
      'default-less',
    ],
    [
      'a renamed field with an alias',
      record({ name: 'a', type: 'int' }),
      record({ name: 'b', type: 'int', aliases: ['a'] }),
    ],
    ['another namespace', record(), { ...record(), namespace: 'y' }],
    ['another name', record(), { ...record(), name: 'B' }, 'no alias found'],
    ['another name with an alias', record(), { ...record(), name: 'B', aliases: ['A'] }],
    ['a logical type', '"long"', '{"type":"long","logicalType":"timestamp-millis"}'],
    [
      'a recursive record',
      node(),
      node({ name: 'b', type: 'int' }),
      'no matching field for default-less x.A.b',
    ],
    [
      'a default of another branch than the first',
      record(),
      record({ name: 'a', type: ['null', 'string'], default: 'x' }),
    ],
    ['a long default', record(), record({ name: 'a', type: 'long', default: 2 ** 63 })],
    [
      'a fixed of another size',
      { type: 'fixed', name: 'F', size: 4 },
      { type: 'fixed', name: 'F', size: 8 },
      'cannot read',
    ],
  ])

  test('is stored in the order and with the names that the registry writes', async () => {
    const given = {
      fields: [
        {
          default: 'A',
          type: { symbols: ['A'], namespace: 'x', name: 'E', type: 'enum', doc: 'd' },
          name: 'e',
        },
        { name: 'f', type: 'x.E', k: 1 },
      ],
      aliases: ['B'],
      name: 'x.A',
      type: 'record',
    }
    const { body } = await send('POST /subjects/canonical/versions', {
      schema: JSON.stringify(given, null, 2),
    })
    expect(body.schema).toBe(
      '{"type":"record","name":"A","namespace":"x","fields":[{"name":"e","type":{"type":"enum","name":"E","doc":"d",'
        + '"symbols":["A"]},"default":"A"},{"name":"f","type":"E","k":1}],"aliases":["B"]}',
    )
  })

  test('refers to a type without a namespace', async () => {
    await send('POST /subjects/plain/versions', { schema: '{"type":"fixed","name":"F","size":2}' })
    const answer = await send('POST /subjects/refers/versions', {
      schema: JSON.stringify(record({ name: 'f', type: 'F' })),
      references: [{ name: 'F', subject: 'plain', version: 1 }],
    })
    expect(answer.status).toBe(200)
  })

  test.each([
    ['a default of another type', record({ name: 'a', type: 'int', default: 'x' })],
    ['two equal branches', ['int', 'int']],
    ['a symbol twice', symbols('E', ['A', 'A'])],
    ['a union in a union', ['null', ['int']]],
  ])('is refused: %s', async (_, schema) => {
    const { status, body } = await send('POST /subjects/bad/versions', { schema: JSON.stringify(schema) })
    expect([status, body.error_code]).toEqual([422, 42201])
  })
})

describe('JSON Schema', () => {
  const object = (properties: object, more = {}) => ({ type: 'object', properties, ...more })
  const closed = { additionalProperties: false }
  const draft = (version: string) => ({ $schema: `https://json-schema.org/draft/${version}/schema` })
  const a = { a: { type: 'string' } }
  const tree = (type: string) => ({
    $defs: { n: object({ v: { type }, next: { $ref: '#/$defs/n' } }) },
    $ref: '#/$defs/n',
  })
  check('JSON', [
    ['a property less where others may be', object(a), object({})],
    [
      'a property less where others may not be',
      object(a, closed),
      object({}, closed),
      'REMOVED_FROM_CLOSED_CONTENT_MODEL',
    ],
    [
      'a property less that the rest covers',
      object(a),
      object({}, { additionalProperties: { type: 'string' } }),
      'ADDITIONAL_PROPERTIES_NARROWED',
    ],
    [
      'a property that a pattern covers',
      object({}, { ...closed, patternProperties: { '^a': { type: 'string' } } }),
      object(a, closed),
    ],
    ['a closed model', object(a), object(a, closed), 'ADDITIONAL_PROPERTIES_REMOVED'],
    ['an opened model', object(a, closed), object(a)],
    [
      'a required property with a default',
      object({ a: { type: 'string' } }),
      object({ a: { type: 'string', default: '' } }, { required: ['a'] }),
    ],
    ['a lower maximum', { type: 'number', maximum: 9 }, { type: 'number', maximum: 5 }, 'MAXIMUM_DECREASED'],
    ['a pattern less', { type: 'string', pattern: 'x' }, { type: 'string' }],
    ['a type more', { type: 'string' }, { type: ['string', 'null'] }],
    ['a type less', { type: ['string', 'null'] }, { type: 'string' }, 'TYPE_CHANGED'],
    ['a choice more', { oneOf: [{ type: 'string' }] }, { oneOf: [{ type: 'string' }, { type: 'null' }] }],
    [
      'a choice less',
      { oneOf: [{ type: 'string' }, { type: 'null' }] },
      { oneOf: [{ type: 'string' }] },
      'SUM_TYPE_NARROWED',
    ],
    [
      'another choice',
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      { anyOf: [{ type: 'string' }, { type: 'boolean' }] },
      'COMBINED_TYPE_SUBSCHEMAS_CHANGED',
    ],
    ['a value more', { type: 'string', enum: ['a'] }, { type: 'string', enum: ['a', 'b'] }],
    [
      'a value less',
      { type: 'string', enum: ['a', 'b'] },
      { type: 'string', enum: ['a'] },
      'COMBINED_TYPE_SUBSCHEMAS_CHANGED',
    ],
    ['an enum for a text', { type: 'string' }, { type: 'string', enum: ['a'] }, 'TYPE_CHANGED'],
    ['a recursive schema', tree('integer'), tree('number')],
    ['a recursive schema that changes', tree('number'), tree('integer'), 'TYPE_NARROWED at #/properties/v'],
    [
      'definitions by either name',
      { definitions: { s: { type: 'string' } }, $ref: '#/definitions/s' },
      { definitions: { s: { type: 'string' } }, $ref: '#/$defs/s' },
    ],
    [
      'a tuple of draft 2020-12',
      { ...draft('2020-12'), type: 'array', prefixItems: [{ type: 'string' }], items: false },
      {
        ...draft('2020-12'),
        type: 'array',
        prefixItems: [{ type: 'string' }, { type: 'number' }],
        items: false,
      },
    ],
    [
      'draft 4',
      {
        $schema: 'http://json-schema.org/draft-04/schema#',
        id: 'x',
        type: 'number',
        minimum: 1,
        exclusiveMinimum: true,
      },
      { $schema: 'http://json-schema.org/draft-04/schema#', id: 'x', type: 'number' },
    ],
    [
      'a property named id',
      object({ id: { type: 'string' } }),
      object({ id: { type: 'integer' } }),
      'TYPE_CHANGED',
    ],
  ])

  test('refers to other subjects by names, which are relative to its id', async () => {
    await send('POST /subjects/part/versions', { schemaType: 'JSON', schema: '{"type":"string"}' })
    const references = [{ name: 'part.json', subject: 'part', version: 1 }]
    const whole = (type: object) => object({ p: type }, { $id: 'http://example.org/whole.json' })
    const using = whole({ $ref: 'part.json' })
    expect(await messages('JSON', using, whole({ type: 'string' }), references)).toBe('')
    expect(await messages('JSON', using, whole({ type: 'number' }), references)).toContain('TYPE_CHANGED')
    const { body } = await send('POST /subjects/bad/versions', {
      schemaType: 'JSON',
      schema: JSON.stringify(using),
    })
    expect(body.error_code).toBe(42201)
  })
})

describe('Protobuf', () => {
  const file = (text: string) => `syntax = "proto3"; package p; ${text}`
  check('PROTOBUF', [
    [
      'another package',
      file('message A {}'),
      'syntax = "proto3"; package q; message A {}',
      'PACKAGE_CHANGED',
    ],
    [
      'a nested message less',
      file('message A { message B {} }'),
      file('message A {}'),
      'MESSAGE_REMOVED at #/A/B',
    ],
    ['an enum less', file('message A {} enum E { X = 0; }'), file('message A {}')],
    [
      'an enum for an integer',
      file('message A { int32 a = 1; }'),
      file('enum E { X = 0; } message A { E a = 1; }'),
    ],
    ['a field less', file('message A { int32 a = 1; }'), file('message A { reserved 1; reserved "a"; }')],
    [
      'a map for a message',
      file('message A { B a = 1; } message B {}'),
      file('message A { map<string, B> a = 1; } message B {}'),
      'FIELD_KIND_CHANGED',
    ],
    [
      'other values of a map',
      file('message A { map<string, int32> a = 1; }'),
      file('message A { map<string, string> a = 1; }'),
      'FIELD_SCALAR_KIND_CHANGED',
    ],
    [
      'two fields in a oneof',
      file('message A { int32 a = 1; int32 b = 2; }'),
      file('message A { oneof o { int32 a = 1; int32 b = 2; } }'),
      'MULTIPLE_FIELDS_MOVED_TO_ONEOF',
    ],
    [
      'one field in a oneof',
      file('message A { int32 a = 1; }'),
      file('message A { oneof o { int32 a = 1; } }'),
    ],
    [
      'a field less in a oneof',
      file('message A { oneof o { int32 a = 1; int32 b = 2; } }'),
      file('message A { oneof o { int32 a = 1; } }'),
      'ONEOF_FIELD_REMOVED',
    ],
    ['an optional field', file('message A { int32 a = 1; }'), file('message A { optional int32 a = 1; }')],
    [
      'a label',
      file('message A { optional int32 a = 1; }'),
      file('message A { repeated int32 a = 1; }'),
      'FIELD_NUMERIC_LABEL_CHANGED',
    ],
    ['a required field', 'message A {}', 'message A { required int32 a = 1; }', 'REQUIRED_FIELD_ADDED'],
    [
      'another message',
      file('message A { B a = 1; } message B {} message C {}'),
      file('message A { C a = 1; } message B {} message C {}'),
      'FIELD_NAMED_TYPE_CHANGED',
    ],
    [
      'a message that refers to itself',
      file('message A { A a = 1; int32 b = 2; }'),
      file('message A { A a = 1; string b = 2; }'),
      'FIELD_SCALAR_KIND_CHANGED at #/A/2',
    ],
    [
      'a type that every library has',
      file('import "google/protobuf/timestamp.proto"; message A { google.protobuf.Timestamp a = 1; }'),
      file('import "google/protobuf/timestamp.proto"; message A { .google.protobuf.Timestamp a = 1; }'),
    ],
  ])

  test('imports by the names of its references', async () => {
    const part = (type: string) => ({ schemaType: 'PROTOBUF', schema: file(`message O { ${type} x = 1; }`) })
    const whole = file('import "o.proto"; message M { O o = 1; }')
    const using = (version: number) => ({
      schemaType: 'PROTOBUF',
      schema: whole,
      references: [{ name: 'o.proto', subject: 'o', version }],
    })
    await send('POST /subjects/o/versions', part('int32'))
    await send('PUT /config/o', { compatibility: 'NONE' })
    await send('POST /subjects/o/versions', part('string'))
    expect(await send('POST /subjects/m/versions', using(1))).toMatchObject({ status: 200 })
    expect(await send('POST /subjects/m/versions', using(2))).toMatchObject({ status: 409 })
    const { body } = await send('GET /subjects/m/versions/1?format=serialized', undefined)
    expect(Buffer.from(String(body.schema), 'base64').toString('latin1')).toMatch(
      /p.*o\.proto.*M.*O.*proto3/s,
    )
  })

  test('is the same in another order if it is normalized', async () => {
    const body = (fields: string) => ({ schemaType: 'PROTOBUF', schema: file(`message A { ${fields} }`) })
    await send('POST /subjects/ordered/versions', body('int32 a = 1; int32 b = 2;'))
    const other = body('int32 b = 2; /* the first */ int32 a = 1;')
    expect((await send('POST /subjects/ordered?normalize=true', other)).body).toMatchObject({ version: 1 })
    expect((await send('POST /subjects/ordered', other)).body).toMatchObject({ error_code: 40403 })
  })

  test.each([
    ['a type that is missing', file('message A { B b = 1; }')],
    ['a number that is reserved', file('message A { reserved 1; int32 a = 1; }')],
    ['a message twice', file('message A {} message A {}')],
    ['no message', file('')],
  ])('is refused: %s', async (_, schema) => {
    const { body } = await send('POST /subjects/bad/versions', { schemaType: 'PROTOBUF', schema })
    expect(body.error_code).toBe(42201)
  })
})
