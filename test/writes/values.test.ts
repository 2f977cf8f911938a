import { describe, expect, it } from 'vitest'
import { harness, rowsOf } from '../session/support.ts'
import { objects, startServer } from './support.ts'

const server = await startServer()
const { open, requests, serve } = server

const answers = {
  'POST /messages': () => ({ id: 'm1' }),
  'POST /send': () => ({}),
  'PATCH /messages/m1': () => ({}),
  'PATCH /messages/m2': () => ({}),
  'PUT /messages/m1': () => ({}),
  'GET /messages': () => ({
    data: [
      { id: 'm1', text: 'x', flag: true, n: 3, ratio: 1.5 },
      { id: 'm2', text: '', flag: false, n: 0, ratio: 2 },
    ],
  }),
}

/** The bodies of the changes that a statement sent. */
async function bodiesOf(sql: string): Promise<string[]> {
  serve(answers)
  await objects(open(), sql)
  return requests()
    .filter(r => !r.startsWith('GET'))
    .map(r => r.split(' ').slice(2).join(' '))
}

describe('a field of text', () => {
  it.each([
    ['true', '"true"'],
    ['FALSE', '"false"'],
    ['(true)', '"true"'],
    ['1', '"1"'],
    ['1.0', '"1.0"'],
    ['-0.25', '"-0.25"'],
    ['12345678901234567', '"12345678901234567"'],
    ["'1'", '"1"'],
    ['1 < 2', '"true"'],
    ['NOT 1', '"false"'],
    ["'a' IN ('b')", '"false"'],
    ['CASE WHEN 1 THEN false ELSE NULL END', '"false"'],
    ['CASE WHEN 1 THEN 0 ELSE true END', '"0"'],
    ['coalesce(NULL, true)', '"true"'],
    ['1 IS DISTINCT FROM 2', '"true"'],
    ['CASE WHEN NULL IS NOT DISTINCT FROM NULL THEN 5 END', '"5"'],
    ['iif(1, false, true)', '"false"'],
    ['1 + (2 > 1)', '"2"'],
    ["'true' || ''", '"true"'],
    ['true || 1', '"11"'],
  ])('gets %s as %s in each statement', async (value, expected) => {
    expect(await bodiesOf(`INSERT INTO p.s.messages (text) VALUES (${value})`)).toEqual([
      `{"text":${expected}}`,
    ])
    expect(await bodiesOf(`INSERT INTO p.s.messages (n, text) SELECT 1, ${value} AS v`)).toEqual([
      `{"n":1,"text":${expected}}`,
    ])
    expect(await bodiesOf(`UPDATE p.s.messages SET text = ${value} WHERE id = 'm1'`)).toEqual([
      `{"text":${expected}}`,
    ])
    expect(await bodiesOf(`EXEC p.s.messages.send_message @text = ${value}`)).toEqual([
      `{"text":${expected}}`,
    ])
    expect(await bodiesOf(`UPDATE p.s.messages SET settings.any.key = ${value} WHERE id = 'm1'`)).toEqual([
      `{"settings":{"any":{"key":${expected}}}}`,
    ])
  })

  it.each([
    ['007', '007'],
    ['1.10', '1.10'],
    ['1e3', '1e3'],
    ['(-0)', '-0'],
    ['0x10', '0x10'],
    ['12345678901234567890', '12345678901234567890'],
    ['CASE WHEN 1 THEN 007 ELSE NULL END', '007'],
    ["coalesce(1.50, 'x')", '1.50'],
  ])('gets no other digits than those of %s', async (value, written) => {
    for (const sql of [
      `INSERT INTO p.s.messages (text) VALUES ('x'), (${value})`,
      `INSERT INTO p.s.messages (n, text) SELECT 1, ${value}`,
      `UPDATE p.s.messages SET text = ${value} WHERE id = 'm1'`,
      `EXEC p.s.messages.send_message @text = ${value}`,
    ]) {
      await expect(bodiesOf(sql), sql).rejects.toMatchObject({
        code: 'VALUE',
        message: `${written} is a number, which has other digits as a text`,
        hint: `write '${written}'`,
      })
      expect(requests()).toEqual([])
    }
  })

  it("gets a value for each row, and booleans as 'true' and 'false'", async () => {
    expect(
      await bodiesOf("INSERT INTO p.s.messages (text, n) VALUES (true, 1), ('x', TRUE), (2, NULL)"),
    ).toEqual(['{"text":"true","n":1}', '{"text":"x","n":1}', '{"text":"2"}'])
    expect(
      await bodiesOf('INSERT INTO p.s.messages (text) SELECT flag FROM p.s.messages ORDER BY id'),
    ).toEqual(['{"text":"true"}', '{"text":"false"}'])
    expect(
      await bodiesOf(
        'UPDATE p.s.messages AS m SET text = m.flag WHERE id IN (SELECT id FROM p.s.messages) AND n < 9',
      ),
    ).toEqual(['{"text":"true"}', '{"text":"false"}'])
    expect(
      await bodiesOf('INSERT INTO p.s.messages (text) SELECT true UNION ALL SELECT n > 1 FROM p.s.messages'),
    ).toEqual(['{"text":"true"}', '{"text":"true"}', '{"text":"false"}'])
  })

  it('leaves fields of other types as they are', async () => {
    expect(
      await bodiesOf(
        'INSERT INTO p.s.messages (flag, n, ratio, settings) VALUES (true, true, 1.0, \'{"a":1.0,"b":1e3,"c":[0.10]}\')',
      ),
    ).toEqual(['{"flag":true,"n":1,"ratio":1,"settings":{"a":1.0,"b":1e3,"c":[0.10]}}'])
  })
})

describe('a field that takes any JSON', () => {
  it.each([
    [`'{"a":1.0,"b":[true,null]}'`, '{"a":1.0,"b":[true,null]}'],
    [`'"text"'`, '"text"'],
    ["'5'", '5'],
    ["'1.0'", '1.0'],
    ["'12345678901234567890'", '12345678901234567890'],
    ["'-0'", '-0'],
    ["'null'", 'null'],
    ["'[]'", '[]'],
    ['5', '5'],
    ['1.0', '1.0'],
    ['true', 'true'],
    ['2 > 3', 'false'],
    ["json_object('a', json('true'))", '{"a":true}'],
    [String.raw`'"\u00001:5"'`, String.raw`"\u00001:5"`],
  ])('gets %s as %s', async (value, expected) => {
    expect(await bodiesOf(`INSERT INTO p.s.messages (any) VALUES (${value})`)).toEqual([
      `{"any":${expected}}`,
    ])
    expect(await bodiesOf(`UPDATE p.s.messages SET any = ${value} WHERE id = 'm1'`)).toEqual([
      `{"any":${expected}}`,
    ])
    expect(await bodiesOf(`EXEC p.s.messages.send_message @any = ${value}`)).toEqual([`{"any":${expected}}`])
  })

  it.each([
    ['JSON', `'{"a":"x"}'`, '{"a":"x"}'],
    ['json', "'[1]'", '[1]'],
    ['STRING', "'5'", '"5"'],
    ['string', `'{"a":1}'`, String.raw`"{\"a\":1}"`],
    ['STRING', '5', '"5"'],
    ['STRING', 'true', '"true"'],
    ['BINARY', "x'00ff10'", '"AP8Q"'],
    ['BINARY', "'AP8Q'", '"AP8Q"'],
    ['BINARY', "x''", '""'],
    ['JSON', 'NULL', 'null'],
  ])('follows the type beside it: %s, %s', async (type, value, expected) => {
    expect(
      await bodiesOf(`INSERT INTO p.s.messages (value.type, value.data) VALUES ('${type}', ${value})`),
    ).toEqual([`{"value":{"type":"${type}","data":${expected}}}`])
  })

  it.each([
    [
      "(value.type, value.data) VALUES ('JSON', 'hello')",
      'value.data needs JSON, not "hello"',
      `a text is written with quotes in it, '"…"', or with value.type = 'STRING'`,
    ],
    [
      "(value.type, value.data) VALUES ('STRING', x'00')",
      'value.data needs JSON, not a blob',
      "a blob is for value.type = 'BINARY'",
    ],
    ["(any) VALUES ('{a:1}')", 'any needs JSON, not "{a:1}"', expect.stringContaining('quotes')],
    ["(text) VALUES (x'00')", 'text needs a string, not a blob', undefined],
  ])('rejects other values: %s', async (rest, message, hint) => {
    serve(answers)
    await expect(objects(open(), `INSERT INTO p.s.messages ${rest}`)).rejects.toMatchObject({
      code: 'VALUE',
      message,
      ...(hint !== undefined && { hint }),
    })
    expect(requests()).toEqual([])
  })
})

describe('JSON that a function makes of values', () => {
  const rows = [
    {
      id: 'm1',
      text: '{"a":1}',
      flag: true,
      n: 1,
      settings: { on: false, off: null, deep: { k: [true, '1'] }, 'a.b': true },
    },
    { id: 'm2', text: 'x', flag: false, n: 0 },
  ]
  const sent = async (sql: string): Promise<unknown[]> => {
    serve({ ...answers, 'GET /messages': () => ({ data: rows }), 'GET /messages/m1': () => rows[0] })
    await objects(open(), sql)
    return requests()
      .filter(r => !r.startsWith('GET'))
      .map(r => JSON.parse(r.split(' ').slice(2).join(' ')).settings)
  }
  const LIST = 'p.s.messages'
  const M1 = `FROM ${LIST} WHERE id = 'm1'`

  it.each([
    [
      "json_object('a', true, 'b', false, 'c', 1 = 2, 'd', NULL, 'e', 1)",
      { a: true, b: false, c: false, d: null, e: 1 },
    ],
    ["json_object('a', flag, 'b', NOT flag, 'c', coalesce(flag, false))", { a: true, b: false, c: true }],
    ["json_object('a', CASE WHEN n > 0 THEN true END, 't', text)", { a: true, t: '{"a":1}' }],
    ["json_set('{}', '$.a', flag, '$.b', json_array(flag, 'x'))", { a: true, b: [true, 'x'] }],
    ["json_insert(json_replace('{\"a\":1}', '$.a', n > 5), '$.b', flag AND n = 1)", { a: false, b: true }],
    [
      "json_object('s', settings, 'on', settings.on, 'off', settings.off)",
      { s: rows[0]!.settings, on: false, off: null },
    ],
    [
      "json_object('d', settings.deep, 'k', settings ->> '$.deep.k', 'ab', json_extract(settings, '$.\"a.b\"'))",
      { d: { k: [true, '1'] }, k: [true, '1'], ab: true },
    ],
    [
      "json_object('none', settings.none, 'text', CAST(settings AS TEXT))",
      { none: null, text: JSON.stringify(rows[0]!.settings) },
    ],
    [
      `json_object('a', (SELECT flag ${M1}), 'b', (SELECT settings ${M1}))`,
      { a: true, b: rows[0]!.settings },
    ],
    [`json_object('l', (SELECT json_group_array(flag ORDER BY id) FROM ${LIST}))`, { l: [true, false] }],
    [`json_object('o', (SELECT json_group_object(id, flag) FROM ${LIST}))`, { o: { m1: true, m2: false } }],
    [
      `json_object('j', (SELECT j FROM (SELECT id, json_object('f', flag) AS j FROM ${LIST}) WHERE id = 'm1'))`,
      { j: { f: true } },
    ],
    [`json_object('j', (WITH c AS (SELECT json_array(flag) AS j ${M1}) SELECT j FROM c))`, { j: [true] }],
  ])('is sent as the values are: %s', async (value, expected) => {
    expect(await sent(`UPDATE ${LIST} SET settings = ${value} WHERE id = 'm1'`)).toEqual([expected])
    expect(await sent(`INSERT INTO ${LIST} (settings) SELECT ${value} ${M1}`)).toEqual([expected])
    expect(
      await sent(
        `INSERT INTO ${LIST} (settings) SELECT j FROM (SELECT id, ${value} AS j FROM ${LIST}) WHERE id = 'm1'`,
      ),
    ).toEqual([expected])
  })

  it('a query has the values of SQLite', async () => {
    serve({ ...answers, 'GET /messages': () => ({ data: rows }), 'GET /messages/m1': () => rows[0] })
    expect(await objects(open(), `SELECT json_object('a', flag, 'b', true) AS j ${M1}`)).toEqual([
      { j: '{"a":1,"b":1}' },
    ])
  })
})

describe('on the sandbox', () => {
  const sandbox = harness()

  it('accepts records of every type', async () => {
    const RECORD = 'INSERT INTO kafka.kafka.records (cluster_id, topic_name, value.type, value.data)'
    for (const [type, data] of [
      ['JSON', `'{"a":[1.0]}'`],
      ['JSON', 'true'],
      ['STRING', "'plain'"],
      ['BINARY', "x'00ff'"],
      ['JSON', 'NULL'],
    ])
      expect(
        await rowsOf(
          sandbox.open(),
          `${RECORD} VALUES ('lkc-7p2v9d', 'orders.events', '${type}', ${data}) RETURNING error_code, value.type`,
        ),
      ).toEqual([[200, type]])
  })

  it('REPLACE of a materialized table sends its cluster', async () => {
    const keys =
      "organization_id = '3f6c1d0e-52b7-4c1a-9f27-8e0d4b7a91c5' AND environment_id = 'env-p7r2k1' AND spec.kafka_cluster_id = 'lkc-7p2v9d' AND name = 't'"
    const [row] = await rowsOf(
      sandbox.open({ dryRun: true }),
      `REPLACE confluent.sql.materialized_tables SET spec.stopped = true WHERE ${keys} AND rest_endpoint = 'https://flink.eu-central-1.aws.confluent.cloud'`,
    )
    expect(row![2]).toBe('{"name":"t","spec":{"kafka_cluster_id":"lkc-7p2v9d","stopped":true}}')
  })
})

it('REPLACE sends keys that are body fields', async () => {
  expect(await bodiesOf("REPLACE p.s.messages SET text = 'x' WHERE id = 'm1'")).toEqual([
    '{"id":"m1","text":"x"}',
  ])
})

it('an EXEC that only reads reports no accepted change', async () => {
  serve({ 'GET /messages/m1/deep': () => ({ data: 'no list' }) })
  const error = await objects(open(), "EXEC p.s.messages.look_up @id = 'm1'").catch(
    (e: unknown) => e as Error,
  )
  expect(`${(error as Error).message} ${(error as { hint?: string }).hint}`).not.toMatch(/accepted/)
  expect(error).toMatchObject({ name: 'ConfluentqlError' })
})

describe('values that SQLite would compute in another way', () => {
  const rows = {
    ...answers,
    'POST /docs': () => ({}),
    'GET /messages': () => ({
      data: [
        { id: 'm1', text: '5', settings: { on: true, n: 2.5, size: 7 } },
        { id: 'm2', text: 'x', settings: { on: false, n: 'none', size: '1' } },
      ],
    }),
  }
  const [first, second] = rows['GET /messages']().data
  Object.assign(rows, { 'GET /messages/m1': () => first, 'GET /messages/m2': () => second })
  const sentBy = async (sql: string): Promise<string[]> => {
    serve(rows)
    await objects(open(), sql)
    return requests().flatMap(r => (r.startsWith('GET') ? [] : [r.split(' ').slice(2).join(' ')]))
  }
  const ALL = 'id IN (SELECT id FROM p.s.messages)'

  it.each([
    ['settings.on', ['true', 'false']],
    ["settings ->> 'on'", ['true', 'false']],
    ['coalesce(settings.on, text)', ['true', 'false']],
    ["CASE WHEN text = '5' THEN settings.on ELSE text END", ['true', 'x']],
    ['(SELECT m.settings.on FROM p.s.messages m WHERE m.id = messages.id)', ['true', 'false']],
    ["'is ' || settings.on", ['is true', 'is false']],
    ['substr(settings.on, 2)', ['rue', 'alse']],
    ["replace(settings.on, 'e', settings.n)", ['tru2.5', 'falsnone']],
  ])('a boolean of an unknown field is sent to a text by %s', async (value, texts) => {
    const bodies = texts.map(text => `{"text":"${text}"}`)
    expect(await sentBy(`UPDATE p.s.messages SET text = ${value} WHERE ${ALL}`)).toEqual(bodies)
    expect(await sentBy(`INSERT INTO p.s.messages (text) SELECT ${value} FROM p.s.messages`)).toEqual(bodies)
    expect(
      await sentBy(
        `INSERT INTO p.s.messages (text, flag) SELECT ${value}, true FROM p.s.messages ORDER BY messages.id DESC`,
      ),
    ).toEqual(texts.toReversed().map(text => `{"text":"${text}","flag":true}`))
  })

  it('a compound query can be sorted by a field that is sent to a text', async () => {
    const query = ["'m1'", "'m2'"].map(id => `SELECT settings.on FROM p.s.messages WHERE id = ${id}`)
    const sql = `INSERT INTO p.s.messages (text) ${query.join(' UNION ')} ORDER BY settings.on DESC`
    expect(await sentBy(sql)).toEqual(['{"text":"true"}', '{"text":"false"}'])
  })

  it('EXEC sends a boolean of an unknown field to a text', async () => {
    const sql =
      "EXEC p.s.messages.send_message @text = (SELECT settings.on FROM p.s.messages WHERE id = 'm2')"
    expect(await sentBy(sql)).toEqual(['{"text":"false"}'])
  })

  it.each([
    `UPDATE p.s.messages SET text = text * 2 WHERE ${ALL}`,
    `UPDATE p.s.messages SET text = -text WHERE ${ALL}`,
    `UPDATE p.s.messages SET text = 1 + coalesce(text, '') WHERE ${ALL}`,
    `UPDATE p.s.messages SET text = (SELECT max(m.text + 1) FROM p.s.messages m) WHERE ${ALL}`,
    'INSERT INTO p.s.messages (n) SELECT text + 1 FROM p.s.messages',
    'INSERT INTO p.s.messages (n, text) SELECT text + 1, true FROM p.s.messages',
    "EXEC p.s.messages.send_message @text = (SELECT text + 1 FROM p.s.messages WHERE id = 'm2')",
    `UPDATE p.s.messages SET text = text & 2 WHERE ${ALL}`,
    `UPDATE p.s.messages SET text = ~text WHERE ${ALL}`,
    `UPDATE p.s.messages SET text = round(text) WHERE ${ALL}`,
    'INSERT INTO p.s.messages (n) SELECT sum(text) FROM p.s.messages',
    'INSERT INTO p.s.messages (n) SELECT x FROM (SELECT text + 1 AS x FROM p.s.messages)',
    'INSERT INTO p.s.messages (n) WITH a AS (SELECT abs(text) AS x FROM p.s.messages) SELECT * FROM a',
  ])('sends nothing if arithmetic takes a text that is not a number: %s', async sql => {
    serve(rows)
    await expect(objects(open(), sql)).rejects.toMatchObject({
      code: 'VALUE',
      message: '"x" is not a number',
    })
    await expect(
      objects(
        open(),
        sql
          .replaceAll('text', 'settings.n')
          .replaceAll('SET settings.n', 'SET text')
          .replaceAll('@settings.n', '@text')
          .replaceAll('(n, settings.n)', '(n, text)'),
      ),
    ).rejects.toMatchObject({ message: '"none" is not a number' })
    expect(requests().filter(r => !r.startsWith('GET'))).toEqual([])
  })

  it.each([
    `UPDATE p.s.messages SET text = CAST(text AS INTEGER) WHERE ${ALL}`,
    `UPDATE p.s.messages SET text = CAST(lower(text) AS REAL) WHERE ${ALL}`,
    `UPDATE p.s.messages SET text = coalesce(CAST(text AS NUMERIC), 1) WHERE ${ALL}`,
    "UPDATE p.s.messages SET text = CAST('x' AS INTEGER) WHERE id = 'm1'",
    "UPDATE p.s.messages SET text = CAST(:word AS INTEGER) WHERE id = 'm1'",
    "UPDATE p.s.messages SET text = :word + 1 WHERE id = 'm1'",
    "UPDATE p.s.messages SET text = abs(:word) WHERE id = 'm1'",
    `UPDATE p.s.messages SET text = 'y' WHERE ${ALL} AND CAST(text AS INTEGER) = 0`,
    `UPDATE p.s.messages SET text = 'y' WHERE ${ALL} AND NOT CAST(text AS INTEGER) > 9`,
    `UPDATE p.s.messages SET text = 'y' WHERE ${ALL} AND id IN (SELECT id FROM p.s.messages WHERE CAST(text AS INTEGER) < 9)`,
    `UPDATE p.s.messages SET text = printf('%s has %05d', id, text) WHERE ${ALL}`,
    `UPDATE p.s.messages SET text = format('%d%%', text) WHERE ${ALL}`,
    `UPDATE p.s.messages SET text = 'y' WHERE ${ALL} AND sqrt(text) IS NULL`,
    `UPDATE p.s.messages SET text = floor(text) WHERE ${ALL}`,
    "INSERT INTO p.s.messages (n) VALUES (CAST('x' AS INTEGER))",
    'INSERT INTO p.s.messages (n) VALUES (1), (CAST(:word AS INTEGER))',
    'INSERT INTO p.s.messages (n) SELECT CAST(text AS INTEGER) FROM p.s.messages',
    'INSERT INTO p.s.messages (n) SELECT sum(CAST(text AS INTEGER)) FROM p.s.messages',
    'INSERT INTO p.s.messages (n) WITH w AS (SELECT CAST(text AS INTEGER) AS v FROM p.s.messages) SELECT v FROM w',
    "EXEC p.s.messages.send_message @text = (SELECT CAST(text AS INTEGER) FROM p.s.messages WHERE id = 'm2')",
    "DELETE FROM p.s.switches WHERE id = CAST('x' AS INTEGER)",
    'DELETE FROM p.s.switches WHERE id = CAST(:word AS INTEGER)',
    'DELETE FROM p.s.switches WHERE id IN (SELECT CAST(text AS INTEGER) FROM p.s.messages)',
  ])('sends nothing if a number is made of a text that is none: %s', async sql => {
    serve({ ...rows, 'DELETE /switches/0': () => ({}), 'DELETE /switches/5': () => ({}) })
    await expect(objects(open({ variables: { word: 'x' } }), sql)).rejects.toMatchObject({
      code: 'VALUE',
      message: expect.stringMatching(/["']x["'] is not a number/),
    })
    expect(requests().filter(r => !r.startsWith('GET'))).toEqual([])
  })

  it.each([
    [`UPDATE p.s.messages SET text = CAST(text AS INTEGER) + 1 WHERE ${ALL} AND text <> 'x'`, '6'],
    ["UPDATE p.s.messages SET text = CAST(' 12.7 ' AS INTEGER) WHERE id = 'm1'", '12'],
    ["UPDATE p.s.messages SET text = CAST(:n AS INTEGER) * 2 WHERE id = 'm1'", '14'],
    ["UPDATE p.s.messages SET text = CAST(NULL AS INTEGER) IS NULL WHERE id = 'm1'", 'true'],
    ["UPDATE p.s.messages SET text = CAST(settings.n AS INTEGER) WHERE id = 'm1'", '2'],
    ["UPDATE p.s.messages SET text = CAST(strftime('%Y', '2026-10-01') AS INTEGER) WHERE id = 'm1'", '2026'],
    ["UPDATE p.s.messages SET text = printf('%s:%d', id, text) WHERE id = 'm1'", 'm1:5'],
    ["UPDATE p.s.messages SET text = printf('%d', 9) WHERE id = 'm1'", '9'],
  ])('sends the number that a text is: %s', async (sql, text) => {
    serve({ ...rows, 'PATCH /messages/m1': () => ({}) })
    await objects(open({ variables: { n: '7' } }), sql)
    expect(requests().filter(r => r.startsWith('PATCH'))).toEqual([`PATCH /messages/m1 {"text":"${text}"}`])
  })

  it('computes with texts that are numbers, and where a condition leaves out others', async () => {
    expect(
      await sentBy(`UPDATE p.s.messages SET text = text * 2 + 1 WHERE ${ALL} AND text GLOB '[0-9]*'`),
    ).toEqual(['{"text":"11"}'])
    expect(
      await sentBy(
        `UPDATE p.s.messages SET text = CASE WHEN text GLOB '[0-9]*' THEN text / 2 ELSE '0' END WHERE ${ALL}`,
      ),
    ).toEqual(['{"text":"2"}', '{"text":"0"}'])
  })

  it.each([
    ['settings.n > 1', 'settings.n', 'none'],
    ["2 <= settings ->> 'n'", "settings ->> 'n'", 'none'],
    ['NOT settings.n < 10', 'settings.n', 'none'],
    ['settings.n NOT BETWEEN 0 AND 1', 'settings.n', 'none'],
    ['coalesce(settings.n, 0) > 1', 'coalesce(settings.n, 0)', 'none'],
    ["(settings.n, id) > (1, 'a')", 'settings.n', 'none'],
    ['id IN (SELECT m.id FROM p.s.messages m WHERE m.settings.n > 1)', 'm.settings.n', 'none'],
    [
      'id IN (SELECT v.id FROM (SELECT id, settings.n AS k FROM p.s.messages) v WHERE v.k > 1)',
      'v.k',
      'none',
    ],
    ['settings.size <> 1', 'settings.size', '1'],
    ['settings.size NOT IN (1, 2)', 'settings.size', '1'],
    ['NOT 1 = settings.size', 'settings.size', '1'],
    ['settings.size > 1', 'settings.size', '1'],
  ])('sends nothing if a condition compares a text with a number: %s', async (where, of, text) => {
    serve(rows)
    for (const sql of [
      `REPLACE p.s.messages SET text = 'y' WHERE ${ALL} AND ${where}`,
      `UPDATE p.s.messages SET text = 'y' WHERE ${ALL} AND ${where}`,
      `INSERT INTO p.s.messages (text) SELECT id FROM p.s.messages WHERE ${where}`,
      `EXEC p.s.messages.send_message @text = (SELECT max(id) FROM p.s.messages WHERE ${where})`,
    ])
      await expect(objects(open(), sql)).rejects.toMatchObject({
        code: 'VALUE',
        message: `${of} is the text "${text}" in a row, and is compared with a number`,
        hint: expect.stringContaining(`exact_number(${of})`),
      })
    expect(requests().filter(r => !r.startsWith('GET'))).toEqual([])
  })

  it.each([
    ['n < settings.n', '"none" is not a number'],
    ['settings.n * 2 < 6', '"none" is not a number'],
    [
      'id IN (SELECT v.id FROM (SELECT id, settings.n + 0 AS k FROM p.s.messages) v WHERE v.k < 1)',
      '"none" is not a number',
    ],
    ['text + 1 < 1', '"x" is not a number'],
  ])('sends nothing if a condition makes a number of a text: %s', async (where, message) => {
    serve(rows)
    await expect(
      objects(open(), `REPLACE p.s.messages SET text = 'y' WHERE ${ALL} AND ${where}`),
    ).rejects.toMatchObject({ code: 'VALUE', message })
    expect(requests().filter(r => !r.startsWith('GET'))).toEqual([])
  })

  it.each([
    ["typeof(settings.n) <> 'text' AND settings.n > 1", ['m1']],
    ['settings.n <> 1', ['m1', 'm2']],
    ['settings.n = 2.5', ['m1']],
    ["settings.n IN (2.5, 'none')", ['m1', 'm2']],
    ['exact_number(settings.size) > 3', ['m1']],
    ['length(id) < settings.size', ['m1']],
  ])('takes the rows of SELECT for %s', async (where, ids) => {
    serve(rows)
    expect(await objects(open(), `SELECT id FROM p.s.messages WHERE ${where}`)).toEqual(
      ids.map(id => ({ id })),
    )
    serve({ ...rows, 'PATCH /messages/m1': () => ({}), 'PATCH /messages/m2': () => ({}) })
    await objects(open(), `UPDATE p.s.messages SET text = 'y' WHERE ${ALL} AND ${where}`)
    expect(requests().filter(r => r.startsWith('PATCH'))).toEqual(
      ids.map(id => `PATCH /messages/${id} {"text":"y"}`),
    )
  })

  it('divides integers of unknown fields as SQLite does', async () => {
    expect(await sentBy("UPDATE p.s.messages SET text = settings.size / 2 WHERE id = 'm1'")).toEqual([
      '{"text":"3"}',
    ])
  })

  it.each([
    `INSERT INTO p.s.docs (spec.name, spec.labels, spec.labels.team) VALUES ('a', '{"team":"x"}', 'y')`,
    `INSERT INTO p.s.docs (spec.labels.team, spec.name, spec.labels) VALUES ('y', 'a', '{"team":"x"}')`,
    `EXEC p.s.docs.create_doc @spec.name = 'a', @spec.labels = '{"team":"x"}', @spec.labels.team = 'y'`,
  ])('an object is not given together with a part of it: %s', async sql => {
    serve(rows)
    await expect(objects(open(), sql)).rejects.toMatchObject({
      code: 'VALUE',
      message: '"spec.labels.team" is a part of "spec.labels", which is given too',
    })
    expect(requests()).toEqual([])
  })
})
