import { describe, expect, it } from 'vitest'
import { objects, outcome, startServer, Status } from './support.ts'

const server = await startServer()
const { open, requests, serve } = server

describe('arrays and forms', () => {
  it('an array body has one element, a request for each row', async () => {
    serve({ 'POST /defs': ({ body }) => JSON.parse(body) as unknown })
    const rows = await objects(
      open(),
      `INSERT INTO p.s.defs (name, level, attrs) VALUES ('a', 1, '[{"x":1}]'), ('b', NULL, NULL) RETURNING name, level`,
    )
    expect(requests()).toEqual([
      'POST /defs [{"name":"a","level":1,"attrs":[{"x":1}]}]',
      'POST /defs [{"name":"b"}]',
    ])
    expect(rows).toEqual([
      { name: 'a', level: 1 },
      { name: 'b', level: null },
    ])
  })

  it('REPLACE sends an array body', async () => {
    serve({ 'PUT /defs': ({ body }) => JSON.parse(body) as unknown })
    expect(await objects(open(), "REPLACE p.s.defs SET name = 'a', level = 2 RETURNING *")).toEqual([
      { name: 'a', level: 2, attrs: null },
    ])
    expect(requests()).toEqual(['PUT /defs [{"name":"a","level":2}]'])
  })

  it('@@json takes an array as it is, and wraps an object', async () => {
    serve({ 'POST /defs': ({ body }) => JSON.parse(body) as unknown })
    expect(
      await objects(open(), `EXEC p.s.defs.create_defs @@json = '[{"name":"a"},{"name":"b"}]'`),
    ).toMatchObject([{ name: 'a' }, { name: 'b' }])
    expect(requests()).toEqual(['POST /defs [{"name":"a"},{"name":"b"}]'])
  })

  it('a form is encoded, and its secrets are masked in --dry-run', async () => {
    serve({ 'POST /token': () => ({ access_token: 'tok', expires_in: 60 }) })
    const sql =
      "EXEC p.s.tokens.exchange_token @grant_type = 'urn:x:token exchange', @subject_token = 'a&b=c+d', @expires_in = 60"
    expect(await objects(open(), sql)).toEqual([{ response: '{"access_token":"********","expires_in":60}' }])
    expect(requests()).toEqual([
      'POST /token grant_type=urn%3Ax%3Atoken%20exchange&subject_token=a%26b%3Dc%2Bd&expires_in=60',
    ])
    const [row] = await objects(open({ dryRun: true }), sql)
    expect(row!.body).toBe('grant_type=urn%3Ax%3Atoken%20exchange&subject_token=********&expires_in=60')
  })
})

describe("StackQL's spelling of body fields", () => {
  it.each([
    [
      "INSERT INTO p.s.defs (data__name, DATA__level) VALUES ('a', 1) RETURNING name",
      'POST /defs [{"name":"a","level":1}]',
    ],
    ["REPLACE p.s.defs SET data__name = 'a', level = 2", 'PUT /defs [{"name":"a","level":2}]'],
    ["EXEC p.s.defs.create_defs @data__name = 'a'", 'POST /defs [{"name":"a"}]'],
    [`EXEC p.s.keys.check_key @id = 'k' @@json = '{"secret":"a"}'`, 'POST /keys/k/check {"secret":"a"}'],
  ])('%s', async (sql, request) => {
    serve({
      'POST /defs': ({ body }) => JSON.parse(body) as unknown,
      'PUT /defs': ({ body }) => JSON.parse(body) as unknown,
      'POST /keys/k/check': () => ({}),
    })
    await objects(open(), sql)
    expect(requests()).toEqual([request])
  })

  it.each([
    ["INSERT INTO p.s.defs (name, data__name) VALUES ('a', 'b')", '"name" is given twice'],
    ["REPLACE p.s.defs SET data__name = 'a', name = 'b'", '"name" is given twice'],
    ["EXEC p.s.defs.create_defs @name = 'a', @data__name = 'b'", '"name" is given twice'],
    [
      "INSERT INTO p.s.defs (data__nam) VALUES ('a')",
      'no column "nam" to set in p.s.defs; did you mean "name"?',
    ],
  ])('%s is an error', async (sql, message) => {
    serve({})
    await expect(objects(open(), sql)).rejects.toMatchObject({ message, span: expect.anything() as unknown })
    expect(requests()).toEqual([])
  })

  it('a table of the session can have such a column', async () => {
    const session = open()
    await objects(session, 'CREATE TABLE own (data__name TEXT)')
    await objects(session, "INSERT INTO own (data__name) VALUES ('a')")
    await objects(session, "UPDATE own SET data__name = data__name || 'b'")
    expect(await objects(session, 'SELECT data__name FROM own')).toEqual([{ data__name: 'ab' }])
  })
})

describe('one column for a parameter and a field', () => {
  it('INSERT fills both', async () => {
    serve({ 'POST /artifacts': ({ body }) => ({ id: 'a1', ...(JSON.parse(body) as object) }) })
    expect(
      await objects(
        open(),
        "INSERT INTO p.s.artifacts (cloud, region, name) VALUES ('AWS', 'eu', 'x') RETURNING id, cloud",
      ),
    ).toEqual([{ id: 'a1', cloud: 'AWS' }])
    expect(requests()).toEqual([
      'POST /artifacts?cloud=AWS&region=eu {"cloud":"AWS","region":"eu","name":"x"}',
    ])
  })

  it('UPDATE has the parameter from WHERE and the field from SET', async () => {
    serve({ 'PATCH /artifacts/a1': () => ({}) })
    const where = "id = 'a1' AND cloud = 'AWS' AND region = 'eu'"
    await objects(open(), `UPDATE p.s.artifacts SET region = 'us', name = 'y' WHERE ${where}`)
    await objects(open(), `UPDATE p.s.artifacts SET cloud = 'GCP', region = 'us' WHERE ${where}`)
    expect(requests()).toEqual([
      'PATCH /artifacts/a1?cloud=AWS&region=eu {"region":"us","name":"y"}',
      'PATCH /artifacts/a1?cloud=AWS&region=eu {"cloud":"GCP","region":"us"}',
    ])
  })

  it('SET does not give a parameter', async () => {
    serve({})
    await expect(
      objects(open(), "UPDATE p.s.artifacts SET cloud = 'GCP', region = 'us' WHERE id = 'a1'"),
    ).rejects.toMatchObject({
      code: 'MISSING_PARAMETER',
      message: expect.stringMatching('"cloud" and "region"'),
    })
    expect(requests()).toEqual([])
  })
})

describe('a parameter of the read method with the name of another column', () => {
  const answers = {
    'GET /types/topic/names/t1/tags': () => [
      { typeName: 'PII', kept: true },
      { typeName: 'OLD', kept: false },
    ],
    'DELETE /types/topic/names/t1/tags/PII': () => ({}),
    'DELETE /types/topic/names/t1/tags/OLD': () => ({}),
    'PATCH /types/topic/names/t1/tags/PII': () => ({}),
  }

  it.each([
    [
      "DELETE FROM p.s.tags WHERE ofType = 'topic' AND name = 't1' AND typeName = 'PII' AND kept",
      ['GET /types/topic/names/t1/tags', 'DELETE /types/topic/names/t1/tags/PII'],
    ],
    [
      "DELETE FROM p.s.tags WHERE ofType = 'topic' AND name = 't1' AND typeName IN (SELECT typeName FROM p.s.tags WHERE typeName = 'topic' AND name = 't1' AND kept) AND NOT kept = 0",
      ['GET /types/topic/names/t1/tags', 'DELETE /types/topic/names/t1/tags/PII'],
    ],
    [
      "UPDATE p.s.tags SET kept = false WHERE ofType = 'topic' AND name = 't1' AND typeName = 'PII' AND kept",
      ['GET /types/topic/names/t1/tags', 'PATCH /types/topic/names/t1/tags/PII {"kept":false}'],
    ],
  ])('is the column in a change that reads first: %s', async (sql, expected) => {
    serve(answers)
    await objects(open(), sql)
    expect(requests()).toEqual(expected)
  })

  it('is named by its column if it is missing', async () => {
    await expect(
      objects(open(), "DELETE FROM p.s.tags WHERE ofType = 'topic' AND name = 't1'"),
    ).rejects.toMatchObject({
      message: expect.stringContaining('needs "typeName"'),
      hint: "add AND typeName = '…', or let a SELECT give all keys of the rows: DELETE FROM p.s.tags WHERE (ofType, name, typeName) IN (SELECT ofType, name, typeName FROM p.s.tags WHERE ofType = 'topic' AND name = 't1')",
    })
  })
})

describe('a required body field of UPDATE', () => {
  const answers = {
    'GET /integrations/i1': () => ({ id: 'i1', environment: { id: 'e1' }, note: 'old' }),
    'PATCH /integrations/i1': () => ({}),
  }

  it.each([
    [
      "UPDATE p.s.integrations SET note = 'x' WHERE id = 'i1' AND environment.id = 'e1'",
      ['PATCH /integrations/i1 {"environment":{"id":"e1"},"note":"x"}'],
    ],
    [
      "UPDATE p.s.integrations SET note = 'x' WHERE id = 'i1' AND environment = 'e1'",
      ['PATCH /integrations/i1 {"environment":{"id":"e1"},"note":"x"}'],
    ],
    [
      "UPDATE p.s.integrations SET note = 'x' WHERE id = 'i1' AND environment = 'e1' AND note LIKE 'o%'",
      [
        'GET /integrations/i1?environment=e1',
        'PATCH /integrations/i1 {"environment":{"id":"e1"},"note":"x"}',
      ],
    ],
    [
      "UPDATE p.s.integrations SET note = 'x', environment.id = 'e2' WHERE id = 'i1'",
      ['PATCH /integrations/i1 {"note":"x","environment":{"id":"e2"}}'],
    ],
  ])('can be given in WHERE: %s', async (sql, expected) => {
    serve(answers)
    await objects(open(), sql)
    expect(requests()).toEqual(expected)
  })

  it('keeps the value of the rows if they are read', async () => {
    serve({
      'GET /clusters/c1': () => ({ id: 'c1', spec: { place: 'e1', size: 1 } }),
      'PATCH /clusters/c1': () => ({}),
    })
    await objects(open(), "UPDATE p.s.clusters SET spec.size = 2 WHERE id = 'c1' AND place = 'e1'")
    await objects(open(), "UPDATE p.s.clusters SET spec.size = 2 WHERE id = 'c1' AND spec.place = 'e1'")
    expect(requests()).toEqual([
      'GET /clusters/c1?place=e1',
      'PATCH /clusters/c1 {"spec":{"place":"e1","size":2}}',
      'PATCH /clusters/c1 {"spec":{"place":"e1","size":2}}',
    ])
  })

  it('is named by the error if it is missing', async () => {
    await expect(
      objects(open(), "UPDATE p.s.integrations SET note = 'x' WHERE id = 'i1'"),
    ).rejects.toMatchObject({
      message: 'UPDATE of p.s.integrations must also set "environment.id"',
      hint: 'add it to SET; its current value can be given in WHERE: AND environment.id = …',
    })
  })
})

describe('options of a DELETE', () => {
  const answers = {
    'DELETE /subjects/s1': () => [1],
    'DELETE /subjects/s2': () => [1],
    'GET /subjects': () => ['s1', 's2', 't1'],
  }

  it.each([
    ["subject = 's1' AND permanent = true", ['DELETE /subjects/s1?permanent=true']],
    ["permanent = 0 AND subject = 's1'", ['DELETE /subjects/s1?permanent=false']],
    [
      "subject = 's1' AND subjects.permanent = 'true' AND reason = 'a' || 'b'",
      ['DELETE /subjects/s1?permanent=true&reason=ab'],
    ],
    ["subject = 's1'", ['DELETE /subjects/s1']],
    [
      "subject IN ('s1', 's2') AND permanent = true",
      ['DELETE /subjects/s1?permanent=true', 'DELETE /subjects/s2?permanent=true'],
    ],
    [
      "subject IN (SELECT subject FROM p.s.subjects WHERE subject LIKE 's%') AND permanent = true",
      ['GET /subjects', 'DELETE /subjects/s1?permanent=true', 'DELETE /subjects/s2?permanent=true'],
    ],
    [
      "subject IN ('s1', 't1') AND subject LIKE 's%' AND permanent = true",
      ['GET /subjects', 'DELETE /subjects/s1?permanent=true'],
    ],
  ])('WHERE %s', async (where, expected) => {
    serve(answers)
    await objects(open(), `DELETE FROM p.s.subjects WHERE ${where}`)
    expect(requests()).toEqual(expected)
  })

  it.each(['NULL', "nullif('a', 'a')"])('given as %s, which no row equals, sends nothing', async value => {
    serve(answers)
    await expect(
      objects(open(), `DELETE FROM p.s.subjects WHERE subject = 's1' AND permanent = ${value}`),
    ).rejects.toMatchObject({ code: 'VALUE', message: 'permanent is NULL, which no row equals' })
    expect(requests()).toEqual([])
  })

  it.each([
    ["subject = 's1' AND «permanent» <> true", 'VALUE'],
    ["subject = 's1' OR «permanent» = true", 'VALUE'],
    ["subject = 's1' AND NOT «permanent»", 'VALUE'],
    ["subject = 's1' AND «permanent» IN (true)", 'VALUE'],
    ["subject = 's1' AND «permanent» = (SELECT 1)", 'VALUE'],
    ["subject = 's1' AND reason = 'a' AND «reason = 'b'»", 'VALUE'],
    ["subject = 's1' AND «permanent» = true = false", 'VALUE'],
    ["subject = 's1' AND «permanent» = true IS NULL", 'VALUE'],
    ["subject = 's1' AND «permanent» = 'x' LIKE 'y'", 'VALUE'],
    ["«permanent» = subject AND subject = 's1'", 'VALUE'],
  ])('are accepted in no other form: WHERE %s', async (marked, code) => {
    serve(answers)
    const before = 'DELETE FROM p.s.subjects WHERE '
    const error = await objects(open(), before + marked.replace(/[«»]/g, '')).catch((e: unknown) => e)
    expect(error).toMatchObject({
      code,
      span: { start: before.length + marked.indexOf('«'), end: before.length + marked.indexOf('»') - 1 },
    })
    expect(requests()).toEqual([])
  })

  it('an option alone selects no rows', async () => {
    serve(answers)
    await expect(objects(open(), 'DELETE FROM p.s.subjects WHERE permanent = true')).rejects.toMatchObject({
      code: 'MISSING_PARAMETER',
    })
  })

  it('several rows with the same keys make one request', async () => {
    serve({ ...answers, 'GET /subjects': () => ['s1', 's2', 's1', 's1'] })
    await objects(open(), "DELETE FROM p.s.subjects WHERE subject IN ('s1', 's2') AND length(subject) = 2")
    expect(requests()).toEqual(['GET /subjects', 'DELETE /subjects/s1', 'DELETE /subjects/s2'])
  })

  it('a value of the wrong type is found before anything is sent', async () => {
    serve(answers)
    await expect(
      objects(open(), "DELETE FROM p.s.subjects WHERE subject = 's1' AND permanent = 'maybe'"),
    ).rejects.toMatchObject({ code: 'VALUE', message: 'permanent needs true or false, not "maybe"' })
    expect(requests()).toEqual([])
  })
})

describe('resources with a single row', () => {
  it.each([
    ['DELETE FROM p.s.modes', ['DELETE /mode']],
    ['DELETE FROM p.s.modes WHERE 0', []],
    ["REPLACE p.s.modes SET mode = 'RO'", ['PUT /mode {"mode":"RO"}']],
    ["REPLACE p.s.modes SET mode = 'RO' WHERE force = true", ['PUT /mode?force=true {"mode":"RO"}']],
    ['REPLACE p.s.modes SET mode = lower(mode)', ['GET /mode', 'PUT /mode {"mode":"rw"}']],
    ["DELETE FROM p.s.modes WHERE mode = 'RO'", ['GET /mode']],
  ])('%s', async (sql, expected) => {
    serve({
      'GET /mode': () => ({ mode: 'RW' }),
      'PUT /mode': () => ({ mode: 'RO' }),
      'DELETE /mode': () => ({}),
    })
    await objects(open(), sql)
    expect(requests()).toEqual(expected)
  })
})

describe('deep paths and expressions', () => {
  const doc = {
    id: 'd1',
    spec: { name: 'one', limits: { low: 1, high: { soft: 5, hard: 9 } }, labels: { a: 'x' } },
  }
  const answers = {
    'GET /docs/d1': () => doc,
    'GET /docs': () => ({ data: [doc, { ...doc, id: 'd2', spec: { ...doc.spec, name: 'two' } }] }),
    'PATCH /docs/d1': () => doc,
    'PATCH /docs/d2': () => doc,
    'PUT /docs/d1': () => doc,
    'PUT /docs/d1/raw': () => new Status(204),
    'POST /docs': () => doc,
    'GET /subjects': () => ['s1', 's2'],
    'GET /keys': () => ({ data: [{ id: 'k1', name: 'd1' }] }),
  }

  it.each([
    [
      "UPDATE p.s.docs SET spec.limits.low = 2, spec.limits.high.hard = 10 WHERE id = 'd1'",
      ['PATCH /docs/d1 {"spec":{"limits":{"low":2,"high":{"hard":10}}}}'],
    ],
    [
      "UPDATE p.s.docs SET spec.limits.low = spec.limits.low + 1, spec.name = upper(spec.name) WHERE id = 'd1'",
      ['GET /docs/d1', 'PATCH /docs/d1 {"spec":{"limits":{"low":2},"name":"ONE"}}'],
    ],
    [
      "UPDATE p.s.docs SET spec.labels = json_set(spec.labels, '$.b', 'y') WHERE id IN (SELECT id FROM p.s.docs WHERE spec.name = 'two')",
      ['GET /docs', 'PATCH /docs/d2 {"spec":{"labels":{"a":"x","b":"y"}}}'],
    ],
    [
      `UPDATE p.s.docs SET spec.labels.team = 'core' WHERE id = 'd1'`,
      ['PATCH /docs/d1 {"spec":{"labels":{"team":"core"}}}'],
    ],
    [
      `UPDATE p.s.docs SET spec = '{"name":"n","limits":{"low":3}}' WHERE id = 'd1'`,
      ['PATCH /docs/d1 {"spec":{"name":"n","limits":{"low":3}}}'],
    ],
    [
      "UPDATE p.s.docs SET spec.limits.low = (SELECT count(*) FROM p.s.subjects) WHERE id = 'd1'",
      ['GET /subjects', 'PATCH /docs/d1 {"spec":{"limits":{"low":2}}}'],
    ],
    [
      "UPDATE p.s.docs AS d SET spec.name = (SELECT k.id FROM p.s.keys k WHERE k.name = d.id) WHERE d.id IN ('d1')",
      ['GET /docs/d1', 'GET /keys', 'PATCH /docs/d1 {"spec":{"name":"k1"}}'],
    ],
    [
      "REPLACE p.s.docs SET spec.name = 'r', spec.limits.low = 0 WHERE id = 'd1'",
      ['PUT /docs/d1 {"spec":{"name":"r","limits":{"low":0}}}'],
    ],
    [
      `EXEC p.s.docs.put_doc @id = 'd1', @@json = '{"a":{"b":[1,2]},"c":12345678901234567890}'`,
      ['PUT /docs/d1/raw {"a":{"b":[1,2]},"c":12345678901234567890}'],
    ],
    [
      `EXEC p.s.docs.update_doc @id = 'd1', @spec.limits.low = 7, @@json = '{"spec":{"name":"n"}}'`,
      ['PATCH /docs/d1 {"spec":{"name":"n","limits":{"low":7}}}'],
    ],
    [
      "INSERT INTO p.s.docs (spec.name, spec.limits.low, spec.limits.high.soft) SELECT k.name || '-' || s.subject, 1, 2 FROM p.s.keys k CROSS JOIN p.s.subjects s ORDER BY s.subject",
      [
        'GET /keys',
        'GET /subjects',
        'POST /docs {"spec":{"name":"d1-s1","limits":{"low":1,"high":{"soft":2}}}}',
        'POST /docs {"spec":{"name":"d1-s2","limits":{"low":1,"high":{"soft":2}}}}',
      ],
    ],
    [
      "INSERT INTO p.s.docs (spec.name) WITH a AS (SELECT subject FROM p.s.subjects) SELECT subject FROM a WHERE subject > 's1'",
      ['GET /subjects', 'POST /docs {"spec":{"name":"s2"}}'],
    ],
  ])('%s', async (sql, expected) => {
    serve(answers)
    await objects(open(), sql)
    const sent = requests()
    const isRead = (r: string): boolean => r.startsWith('GET')
    expect(sent.filter(isRead).sort()).toEqual(expected.filter(isRead).sort())
    expect(sent.filter(r => !isRead(r))).toEqual(expected.filter(r => !isRead(r)))
  })

  it('--dry-run of a script lists every change with its real body, and reads what they are made of', async () => {
    serve(answers)
    const script = `INSERT INTO p.s.docs (spec.name) SELECT subject FROM p.s.subjects; UPDATE p.s.docs SET spec.limits.low = spec.limits.low + 1 WHERE id = 'd1'; DELETE FROM p.s.keys WHERE id IN (SELECT id FROM p.s.keys WHERE name = 'd1'); EXEC p.s.docs.put_doc @id = 'd1', @@json = '{"password":"x","on":1}'`
    const { rows, error } = await outcome(open({ dryRun: true }), script)
    expect(error).toBeUndefined()
    expect(rows.map(r => `${String(r.method)} ${new URL(String(r.url)).pathname} ${String(r.body)}`)).toEqual(
      [
        'POST /docs {"spec":{"name":"s1"}}',
        'POST /docs {"spec":{"name":"s2"}}',
        'PATCH /docs/d1 {"spec":{"limits":{"low":2}}}',
        'DELETE /keys/k1 null',
        'PUT /docs/d1/raw {"password":"********","on":1}',
      ],
    )
    expect(requests()).toEqual(['GET /subjects', 'GET /docs/d1', 'GET /keys'])
  })
})

describe('row values', () => {
  const answers = {
    'GET /providers/a/pools': () => ({
      data: [
        { id: 'p1', name: 'x' },
        { id: 'p2', name: 'y' },
      ],
    }),
    'GET /providers/b/pools': () => ({ data: [{ id: 'p1', name: 'z' }] }),
    'GET /subjects': () => ['a', 'b'],
    'DELETE /providers/a/pools/p1': () => new Status(204),
    'DELETE /providers/b/pools/p1': () => new Status(204),
    'PUT /providers/a/pools/p1': () => ({}),
    'GET /providers/a/pools/p1': () => ({ id: 'p1', name: 'x' }),
    'GET /providers/b/pools/p1': () => ({ id: 'p1', name: 'z' }),
    'DELETE /keys/k1': () => new Status(204),
  }
  it.each([
    ["DELETE FROM p.s.keys WHERE (id) = ('k1')", ['DELETE /keys/k1']],
    ["DELETE FROM p.s.pools WHERE (id, provider_id) = ('p1', 'a')", ['DELETE /providers/a/pools/p1']],
    [
      "DELETE FROM p.s.pools WHERE (provider_id, id) IN (VALUES ('a', 'p1'), ('b', 'p1'))",
      ['DELETE /providers/a/pools/p1', 'DELETE /providers/b/pools/p1'],
    ],
    [
      "DELETE FROM p.s.pools WHERE (provider_id, id) IN (SELECT subject, 'p1' FROM p.s.subjects)",
      ['GET /subjects', 'DELETE /providers/a/pools/p1', 'DELETE /providers/b/pools/p1'],
    ],
    [
      "UPDATE p.s.pools AS x SET name = 'n' WHERE (x.provider_id, x.id) == ('a', 'p' || 1)",
      ['PUT /providers/a/pools/p1 {"name":"n"}'],
    ],
    ["DELETE FROM p.s.keys WHERE (id) IN (SELECT 'k1')", ['DELETE /keys/k1']],
  ])('%s', async (sql, expected) => {
    serve(answers)
    await objects(open(), sql)
    expect(requests()).toEqual(expected)
  })
})

describe('an OR in WHERE', () => {
  const data = [
    { id: 'd1', spec: { name: 'one' } },
    { id: 'd2', spec: { name: 'two' } },
    { id: 'd3', spec: { name: 'two' } },
  ]
  const answers = {
    'GET /docs': () => ({ data }),
    ...Object.fromEntries(
      data.flatMap(d => ['GET', 'PATCH', 'PUT'].map(m => [`${m} /docs/${d.id}`, () => d] as const)),
    ),
    'GET /subjects': () => ['s1', 's2', 't1'],
    'DELETE /subjects/s2': () => [1],
  }
  const changes = (): string[] => requests().filter(r => !r.startsWith('GET'))

  it.each([
    [
      "UPDATE p.s.docs SET spec.limits.low = 1 WHERE (id = 'd1' OR id = 'd2') AND spec.name = 'two'",
      ['PATCH /docs/d2 {"spec":{"limits":{"low":1}}}'],
    ],
    [
      "UPDATE p.s.docs SET spec.limits.low = 1 WHERE spec.name = 'two' AND ((id = 'd1' OR (id = 'd2')))",
      ['PATCH /docs/d2 {"spec":{"limits":{"low":1}}}'],
    ],
    ["UPDATE p.s.docs SET spec.limits.low = 1 WHERE (id = 'd1' OR id = 'd2') AND spec.name = 'nope'", []],
    [
      "REPLACE p.s.docs SET spec.name = 'n' WHERE id IN ('d1', 'd2', 'd3') AND (spec.name = 'one' OR id = 'd3')",
      ['PUT /docs/d1 {"spec":{"name":"n"}}', 'PUT /docs/d3 {"spec":{"name":"n"}}'],
    ],
    [
      "DELETE FROM p.s.subjects WHERE (subject = 's1' OR subject = 's2') AND (subject LIKE '%2' OR 0)",
      ['DELETE /subjects/s2'],
    ],
    [
      "DELETE FROM p.s.subjects WHERE permanent = true AND (subject = 's1' OR subject = 's2') AND NOT subject LIKE '%1'",
      ['DELETE /subjects/s2?permanent=true'],
    ],
  ])('stays one condition: %s', async (sql, expected) => {
    serve(answers)
    await objects(open(), sql)
    expect(changes()).toEqual(expected)
  })

  it('stays one condition in a table of the session', async () => {
    const session = open()
    await objects(
      session,
      "CREATE TABLE own AS SELECT column1 AS a, column2 AS b FROM (VALUES (1, 'x'), (2, 'y'))",
    )
    await objects(session, "DELETE FROM own WHERE (a = 1 OR a = 2) AND b = 'y'")
    expect(await objects(session, 'SELECT * FROM own')).toEqual([{ a: 1, b: 'x' }])
  })
})

describe('unbalanced brackets in a part of a statement', () => {
  it.each([
    ["DELETE FROM p.s.subjects WHERE subject = 's1'«)» OR (1", ')'],
    ["DELETE FROM p.s.subjects WHERE permanent = true AND «(»subject = 's1'", '('],
    ["UPDATE p.s.docs SET spec.name = 'x'«)» OR (1 WHERE id = 'd1'", ')'],
    ["EXEC p.s.networks.restart_network @id = 'n1'«)» || ('x'", ')'],
    ["INSERT INTO p.s.keys (name) VALUES ('x') RETURNING id«)», (name", ')'],
  ])('is rejected: %s', async (marked, bracket) => {
    serve({})
    const error = await objects(open(), marked.replace(/[«»]/g, '')).catch((e: unknown) => e)
    expect(error).toMatchObject({
      code: 'SYNTAX',
      message: `no bracket matches this "${bracket}"`,
      span: { start: marked.indexOf('«'), end: marked.indexOf('»') - 1 },
    })
    expect(requests()).toEqual([])
  })

  it('an alias after a value is an error', async () => {
    const session = open()
    await objects(session, 'CREATE TABLE own AS SELECT 1 AS a')
    await expect(objects(session, 'UPDATE own SET a = 2 b')).rejects.toMatchObject({ code: 'SYNTAX' })
    await expect(objects(session, "EXEC p.s.networks.restart_network @id = 'n1' AS b")).rejects.toMatchObject(
      { code: 'SYNTAX' },
    )
    expect(requests()).toEqual([])
  })
})

describe('SET', () => {
  const answers = {
    'PATCH /docs/d1': () => ({}),
    'PATCH /docs/d2': () => ({}),
    'GET /docs/d1': () => ({ id: 'd1', spec: { name: 'one' } }),
    'GET /docs/d2': () => ({ id: 'd2', spec: { name: 'two' } }),
  }

  it.each([
    [
      "UPDATE p.s.docs SET «id» = 'd2', spec.name = 'x' WHERE id = 'd1'",
      '"id" of p.s.docs says which row is meant, so it cannot be set',
      'give it in WHERE: id = …; SET takes spec.name, spec.limits.low, spec.limits.high, spec.labels',
    ],
    [
      "UPDATE p.s.docs SET spec.name = 'x', «ID» = id || '' WHERE id = 'd1'",
      '"ID" of p.s.docs says which row is meant, so it cannot be set',
      expect.stringContaining('SET takes spec.name'),
    ],
    [
      "UPDATE p.s.pools SET name = 'x', «provider_id» = 'b' WHERE id = 'p1' AND provider_id = 'a'",
      '"provider_id" of p.s.pools says which row is meant, so it cannot be set',
      'give it in WHERE: provider_id = …; SET takes name, token',
    ],
    [
      "REPLACE p.s.modes SET mode = 'RO', «force» = true",
      '"force" of p.s.modes is a parameter of the request, so it cannot be set',
      'give it in WHERE: force = …; SET takes mode',
    ],
    [
      "UPDATE p.s.tags SET «typeName» = 'x' WHERE ofType = 't' AND name = 'n' AND typeName = 'y'",
      '"typeName" of p.s.tags says which row is meant, so it cannot be set',
      'give it in WHERE: typeName = …; SET takes kept',
    ],
    [
      "UPDATE p.s.docs SET «id» = id WHERE id = 'd1'",
      expect.stringContaining('SET changes nothing'),
      undefined,
    ],
  ])('takes no key: %s', async (marked, message, hint) => {
    serve(answers)
    const error = await objects(open(), marked.replace(/[«»]/g, '')).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'VALUE', message, ...(hint !== undefined && { hint }) })
    expect((error as { span: { start: number } }).span.start).toBe(marked.indexOf('«'))
    expect(requests()).toEqual([])
  })

  it.each([
    [
      "UPDATE p.s.docs SET id = id, spec.name = 'x' WHERE id = 'd1'",
      ['PATCH /docs/d1 {"spec":{"name":"x"}}'],
    ],
    [
      "UPDATE p.s.docs AS d SET spec.name = 'x', \"ID\" = d.id WHERE id = 'd1'",
      ['PATCH /docs/d1 {"spec":{"name":"x"}}'],
    ],
    [
      "UPDATE p.s.docs SET spec.name = 'x' || id WHERE id IN ('d1', 'd2')",
      [
        'GET /docs/d1',
        'GET /docs/d2',
        'PATCH /docs/d1 {"spec":{"name":"xd1"}}',
        'PATCH /docs/d2 {"spec":{"name":"xd2"}}',
      ],
    ],
  ])('may assign a key to itself and use keys in values: %s', async (sql, expected) => {
    serve(answers)
    await objects(open(), sql)
    expect(requests()).toEqual(expected)
  })

  it.each([
    ['«v»', 'no column "v"'],
    ['«k0.v»', 'no table or object column "k0"'],
    ["upper(«v») || 'x'", 'no column "v"'],
    ['(SELECT «v»)', 'no column "v"'],
    ['(SELECT max(«k0.v») FROM p.s.subjects)', 'no table or object column "k0"'],
    ['«max(spec.name)»', 'the aggregate max(spec.name) cannot stand in'],
    ['«count(*)»', 'the aggregate count(*) cannot stand in'],
    ['row_number() OVER ()', 'row_number() is a window function'],
  ])('is validated over the columns of the target: SET spec.name = %s', async (marked, message) => {
    serve(answers)
    const before = 'UPDATE p.s.docs SET spec.name = '
    const value = marked.replace(/[«»]/g, '')
    const error = await objects(open(), `${before}${value} WHERE id IN ('d1', 'd2')`).catch((e: unknown) => e)
    expect(error).toMatchObject({
      message: expect.stringContaining(message),
      ...(marked.includes('«') && { span: { start: before.length + marked.indexOf('«') } }),
    })
    expect(requests()).toEqual([])
  })
})

describe('NULL', () => {
  const doc = { id: 'd1', spec: { name: 'one', limits: { low: null, high: {} }, labels: {} } }
  const answers = {
    'GET /docs/d1': () => doc,
    'GET /docs': () => ({ data: [doc, { id: 'd2', spec: { name: null } }] }),
    'PATCH /docs/d1': () => doc,
    'PUT /docs/d1': () => doc,
    'POST /docs': () => doc,
    'PUT /mode': () => ({}),
  }

  it.each([
    [
      "UPDATE p.s.docs SET spec.limits.high = NULL WHERE id = 'd1'",
      ['PATCH /docs/d1 {"spec":{"limits":{"high":null}}}'],
    ],
    [
      "UPDATE p.s.docs SET spec.name = 'x', spec.limits.high = spec.limits.low WHERE id = 'd1'",
      ['PATCH /docs/d1 {"spec":{"name":"x","limits":{"high":null}}}'],
    ],
    [
      "REPLACE p.s.docs SET spec.name = 'x', spec.labels = NULL WHERE id = 'd1'",
      ['PUT /docs/d1 {"spec":{"name":"x"}}'],
    ],
    [
      "INSERT INTO p.s.docs (spec.name, spec.limits.low) VALUES ('x', NULL)",
      ['POST /docs {"spec":{"name":"x"}}'],
    ],
  ])(
    'is null where the API takes that, and left out of what is sent as a whole: %s',
    async (sql, expected) => {
      serve(answers)
      await objects(open(), sql)
      expect(requests().filter(r => !r.startsWith('GET'))).toEqual(expected)
    },
  )

  it.each([
    [
      "UPDATE p.s.docs SET spec.name = NULL WHERE id = 'd1'",
      'spec.name cannot be cleared: the API takes no null for it',
      "SET spec.name = '' sends an empty text, which clears it where the API takes one; leave it out of SET to keep it as it is",
    ],
    [
      "UPDATE p.s.docs SET spec.name = 'x', spec.labels = NULL WHERE id = 'd1'",
      'spec.labels cannot be cleared: the API takes no null for it',
      expect.stringContaining("SET spec.labels = '{}' sends an empty object"),
    ],
    [
      "UPDATE p.s.docs SET spec.labels.team = NULL WHERE id = 'd1'",
      'spec.labels.team cannot be cleared: the API takes no null for it',
      expect.stringContaining('leave it out of SET'),
    ],
    [
      "UPDATE p.s.docs SET spec.limits.low = NULL WHERE id = 'd1'",
      'spec.limits.low cannot be cleared: the API takes no null for it',
      'give it another value; leave it out of SET to keep it as it is',
    ],
    [
      'UPDATE p.s.docs SET spec.name = spec.name WHERE id IN (SELECT id FROM p.s.docs) AND id IS NOT NULL',
      'spec.name in row 2 cannot be cleared: the API takes no null for it',
      expect.stringContaining("SET spec.name = ''"),
    ],
    [
      "REPLACE p.s.subsets SET note = NULL WHERE id = 'a'",
      'SET gives no field a value, so there is nothing to send',
      'it takes note',
    ],
  ])('is rejected where it cannot be sent: %s', async (sql, message, hint) => {
    serve(answers)
    await expect(objects(open(), sql)).rejects.toMatchObject({ code: 'VALUE', message, hint })
    expect(requests().filter(r => !r.startsWith('GET'))).toEqual([])
  })
})

describe('a REPLACE whose request has no key', () => {
  const answers = {
    'GET /defs': () => [
      { name: 'a', level: 1 },
      { name: 'b', level: 2 },
    ],
    'PUT /defs': ({ body }: { body: string }) => JSON.parse(body) as unknown,
  }

  it.each([
    ["REPLACE p.s.defs SET name = 'a', level = 3", ['PUT /defs [{"name":"a","level":3}]']],
    ["REPLACE p.s.defs SET level = 3 WHERE name = 'a'", ['PUT /defs [{"name":"a","level":3}]']],
    [
      "REPLACE p.s.defs SET level = 3 WHERE name IN ('a', 'b')",
      ['PUT /defs [{"name":"a","level":3}]', 'PUT /defs [{"name":"b","level":3}]'],
    ],
    ["REPLACE p.s.defs SET level = level + 1 WHERE name = 'b'", ['PUT /defs [{"name":"b","level":3}]']],
  ])('identifies the row in its body: %s', async (sql, expected) => {
    serve(answers)
    await objects(open(), sql)
    expect(requests().filter(r => !r.startsWith('GET'))).toEqual(expected)
  })

  it.each([
    "REPLACE p.s.defs SET name = 'a', level = 3 WHERE «name = 'b'»",
    "REPLACE p.s.defs SET name = 'a' WHERE «level > 1»",
    "REPLACE p.s.defs SET level = 3 WHERE «name = 'a'» AND level = 1 AND level > 0",
  ])('takes no other conditions: %s', async marked => {
    serve(answers)
    const error = await objects(open(), marked.replace(/[«»]/g, '')).catch((e: unknown) => e)
    expect(error).toMatchObject({
      code: 'UNSUPPORTED',
      message: 'REPLACE of p.s.defs sends no key: the values that it writes identify the row',
      span: { start: marked.indexOf('«'), end: marked.indexOf('»') - 1 },
    })
    expect(requests()).toEqual([])
  })
})

describe('keys whose names are keywords', () => {
  it('are in quotes in the hint, which can be followed', async () => {
    serve({
      'GET /groups/a/memberships': () => ({
        data: [
          { to: 'u-1', since: 'x' },
          { to: 'u-2', since: 'y' },
        ],
      }),
    })
    const where = `"group" = 'a' AND since = 'y'`
    const complete = `DELETE FROM p.s.memberships WHERE ("group", "to") IN (SELECT "group", "to" FROM p.s.memberships WHERE ${where})`
    await expect(objects(open(), `DELETE FROM p.s.memberships WHERE ${where}`)).rejects.toMatchObject({
      code: 'MISSING_PARAMETER',
      hint: `add AND "to" = '…', or let a SELECT give all keys of the rows: ${complete}`,
    })
    expect(requests()).toEqual([])
    serve({
      'GET /groups/a/memberships': () => ({
        data: [
          { to: 'u-1', since: 'x' },
          { to: 'u-2', since: 'y' },
        ],
      }),
      'DELETE /groups/a/memberships/u-2': () => new Status(204),
    })
    await objects(open(), complete)
    expect(requests()).toEqual(['GET /groups/a/memberships', 'DELETE /groups/a/memberships/u-2'])
  })
})

describe('a column with the full name of its table', () => {
  const T = 'p.s.messages'
  const answers = {
    'GET /messages': () => ({
      data: [
        { id: 'm1', text: 'a' },
        { id: 'm2', text: 'b' },
      ],
    }),
    'GET /messages/m1': () => ({ id: 'm1', text: 'a' }),
    'GET /messages/m2': () => ({ id: 'm2', text: 'b' }),
    'PATCH /messages/m1': () => ({ id: 'm1', text: 'x' }),
    'PATCH /messages/m2': () => ({ id: 'm2', text: 'x' }),
  }

  it.each([
    [`SET text = 'x' WHERE ${T}.id = 'm1'`, ['m1 {"text":"x"}']],
    [`SET text = ${T}.text || 'x' WHERE ${T}.id IN ('m1', 'm2') AND ${T}.text > 'a'`, ['m2 {"text":"bx"}']],
    [
      `SET text = 'x' WHERE id IN (SELECT id FROM ${T} WHERE ${T}.text = 'b') RETURNING ${T}.id`,
      ['m2 {"text":"x"}'],
    ],
  ])('is the column of the change: UPDATE %s', async (rest, sent) => {
    serve(answers)
    await objects(open(), `UPDATE ${T} ${rest}`)
    expect(requests().filter(r => r.startsWith('PATCH'))).toEqual(sent.map(s => `PATCH /messages/${s}`))
  })

  it('is found in a subquery as well, before the keys are missed', async () => {
    const sql = `UPDATE ${T} SET text = 'x' WHERE EXISTS (SELECT 1 FROM ${T} m WHERE m.text = ${T}.id)`
    await expect(open().plan(sql)).rejects.toMatchObject({ code: 'MISSING_PARAMETER' })
  })
})
