import { describe, expect, it } from 'vitest'
import { objects, startServer } from './support.ts'

const { open, requests, serve } = await startServer()

const KEYS = [
  {
    id: 'k1',
    name: 'one',
    secret: 'pl4nted-1',
    spec: { owner: 'u1', secret: 'pl4nted-2' },
    parts: [{ name: 'a', value: 'pl4nted-4' }, { name: 'b' }],
    settings: { user: 'pl4nted-5' },
  },
  { id: 'k2', name: 'two', secret: '', spec: { owner: 'u2', secret: null }, parts: null, settings: null },
]
const routes = {
  'GET /keys': () => ({ data: KEYS }),
  'GET /keys/k1': () => KEYS[0],
  'GET /keys/k2': () => KEYS[1],
  'GET /docs': () => ({ data: [{ id: 'd1', spec: { name: 'k1' } }] }),
}

const CONDITION = 'in a condition'
const GROUP = 'for grouping'
const ORDER = 'for ordering'
const DISTINCT = 'for DISTINCT or a set operation'
const EXTREME = 'in min or max'

describe('comparisons of masked secrets are rejected', () => {
  it.each([
    // computed in a query, compared outside it
    ["SELECT id FROM (SELECT id, upper(secret) AS s FROM p.s.keys) WHERE «s» = 'X'", CONDITION],
    [
      "WITH a AS (SELECT id, secret || '' AS s FROM p.s.keys) SELECT a.id FROM a WHERE «a.s» = 'x'",
      CONDITION,
    ],
    [
      "WITH a(i, s) AS (SELECT id, substr(secret, 1, 3) FROM p.s.keys), b AS (SELECT * FROM a) SELECT i FROM b WHERE «s» LIKE 'x%'",
      CONDITION,
    ],
    [
      'SELECT d.id FROM p.s.docs d JOIN (SELECT lower(secret) AS s FROM p.s.keys) k ON «k.s» = d.id',
      CONDITION,
    ],
    [
      "SELECT count(*) FROM (SELECT id FROM p.s.docs UNION ALL SELECT secret FROM p.s.keys) WHERE «id» = 'x'",
      CONDITION,
    ],
    [
      "WITH RECURSIVE r(n, s) AS (SELECT 1, 'x' UNION ALL SELECT n + 1, (SELECT secret FROM p.s.keys) FROM r WHERE n < 3) SELECT n FROM r WHERE «s» = 'x'",
      CONDITION,
    ],
    [
      "WITH RECURSIVE r(n, a, b) AS (SELECT 1, (SELECT secret FROM p.s.keys), 'x' UNION ALL SELECT n + 1, b, a FROM r WHERE n < 3) SELECT n FROM r WHERE «b» = 'x'",
      CONDITION,
    ],
    [
      "SELECT id FROM (SELECT id, json_object('a', secret) AS o FROM p.s.keys) WHERE «o» ->> 'a' = 'x'",
      CONDITION,
    ],
    ["SELECT id FROM (SELECT id, spec -> 'secret' AS s FROM p.s.keys) WHERE «s» = '\"x\"'", CONDITION],
    ["SELECT * FROM (SELECT (SELECT «secret» FROM p.s.keys) = 'x' AS same)", CONDITION],
    ['SELECT id FROM p.s.docs WHERE id = (SELECT max(id || «secret») FROM p.s.keys)', CONDITION],
    ["SELECT id FROM p.s.keys WHERE «secret» REGEXP '^x'", CONDITION],
    ["SELECT id, regexp_like(«secret», '^x') FROM p.s.keys", CONDITION],
    ["SELECT regexp_substr(upper(«secret»), 'X') FROM p.s.keys", CONDITION],
    ["SELECT regexp_replace(«secret», 'x', '') FROM p.s.keys", CONDITION],
    ["SELECT split_part(«secret», '-', 1) FROM p.s.keys", CONDITION],
    ["SELECT json_equal(«settings», '{}') FROM p.s.keys", CONDITION],
    ["SELECT id FROM p.s.docs WHERE id = (SELECT 'x' || «secret» FROM p.s.keys)", CONDITION],
    ['SELECT id FROM (VALUES ((SELECT secret FROM p.s.keys))) v, p.s.docs WHERE id = «column1»', CONDITION],
    [
      "SELECT count(*) FROM (SELECT id, upper(secret) AS s FROM p.s.keys) a JOIN (SELECT 'X' AS s) b USING (s)",
      'in USING',
    ],
    [
      "SELECT count(*) FROM (SELECT id, upper(secret) AS s FROM p.s.keys) a NATURAL JOIN (SELECT 'X' AS s) b",
      'in NATURAL JOIN',
    ],
    ['SELECT id FROM p.s.docs d WHERE EXISTS (SELECT 1 FROM p.s.keys k WHERE «k.secret» = d.id)', CONDITION],
    [
      'SELECT id FROM p.s.docs d WHERE EXISTS (SELECT secret FROM p.s.keys k WHERE upper(«secret») = d.id)',
      CONDITION,
    ],
    [
      'SELECT secret AS s FROM p.s.keys k WHERE (SELECT count(*) FROM p.s.docs d WHERE d.id = «k.secret») = 0',
      CONDITION,
    ],
    // by the name of a result column
    ["SELECT id, secret AS s FROM p.s.keys WHERE «s» = 'x'", CONDITION],
    ['SELECT count(*), upper(secret) AS s FROM p.s.keys GROUP BY «s»', GROUP],
    ["SELECT name, group_concat(secret) AS s FROM p.s.keys GROUP BY name HAVING «s» = 'x'", CONDITION],
    // in a list of results
    ["SELECT id, 'x' IN («secret») AS same FROM p.s.keys", CONDITION],
    ["SELECT id, upper(«secret») = 'X' AS same FROM p.s.keys", CONDITION],
    ["SELECT id, 'x' = «secret» AS same FROM p.s.keys", CONDITION],
    ["SELECT id, «secret» || '' LIKE 'x%' FROM p.s.keys", CONDITION],
    ["SELECT id, («secret», id) = ('x', 'k1') FROM p.s.keys", CONDITION],
    ["SELECT id, 'x' BETWEEN 'a' AND «secret» FROM p.s.keys", CONDITION],
    ["SELECT id, CASE WHEN upper(«secret») = 'X' THEN 1 ELSE 0 END FROM p.s.keys", CONDITION],
    ["SELECT id, CASE 'x' WHEN «secret» THEN 1 END FROM p.s.keys", CONDITION],
    ["SELECT id, CASE WHEN id = 'k1' THEN «secret» END = 'x' FROM p.s.keys", CONDITION],
    ['SELECT id, iif(«secret», 1, 0), NOT id FROM p.s.keys', CONDITION],
    ["SELECT id, nullif(«secret», 'x') FROM p.s.keys", CONDITION],
    ["SELECT id, instr(«secret», 'x') FROM p.s.keys", CONDITION],
    ["SELECT id, like('x%', «secret») FROM p.s.keys", CONDITION],
    ["SELECT count(*) FILTER (WHERE lower(«secret») = 'x') FROM p.s.keys", CONDITION],
    ["SELECT id, 'x' IN (SELECT «secret» FROM p.s.keys) FROM p.s.docs", CONDITION],
    // in an unnested object
    ["SELECT name FROM p.s.keys, json_each(settings) WHERE «value» = 'x'", CONDITION],
    ["SELECT name FROM p.s.keys k, json_tree(k.spec) t WHERE t.key = 'secret' AND «t.atom» = 'x'", CONDITION],
    ["SELECT name FROM p.s.keys, json_each(parts) e WHERE «e.value» ->> 'value' = 'x'", CONDITION],
    [
      "SELECT id FROM p.s.keys WHERE EXISTS (SELECT 1 FROM json_each(parts) WHERE «value» ->> '$.value' = 'x')",
      CONDITION,
    ],
    ['SELECT «value», count(*) FROM p.s.keys, json_each(settings) GROUP BY 1', GROUP],
    ["SELECT name FROM p.s.keys, json_each(spec) e WHERE «e.json» LIKE '%b%'", CONDITION],
    [
      "SELECT id FROM (SELECT * FROM p.s.keys a JOIN (p.s.docs d JOIN p.s.docs e ON 1) USING (id)) WHERE «secret» = 'a'",
      CONDITION,
    ],
    // orders
    ['SELECT id FROM p.s.keys ORDER BY «secret»', ORDER],
    ['SELECT id FROM p.s.keys ORDER BY name, lower(«spec.secret») DESC LIMIT 1', ORDER],
    ['SELECT id, upper(secret) AS s FROM p.s.keys ORDER BY «s»', ORDER],
    ['SELECT id, «secret» FROM p.s.keys ORDER BY 2', ORDER],
    ['SELECT * FROM p.s.keys ORDER BY «3»', ORDER],
    ['SELECT upper(secret) AS id FROM p.s.keys ORDER BY «id»', ORDER],
    ['SELECT id FROM p.s.docs UNION ALL SELECT «secret» FROM p.s.keys ORDER BY 1', ORDER],
    ['SELECT spec.name FROM p.s.docs UNION ALL SELECT «secret» FROM p.s.keys ORDER BY spec.name', ORDER],
    ['SELECT id FROM p.s.docs UNION ALL SELECT «spec.secret» FROM p.s.keys ORDER BY spec.secret', ORDER],
    ["SELECT id FROM p.s.keys ORDER BY «secret» = 'x'", CONDITION],
    ['SELECT id, row_number() OVER (ORDER BY «secret») FROM p.s.keys', ORDER],
    [
      'SELECT id, row_number() OVER (PARTITION BY name ORDER BY id, upper(«secret») DESC) FROM p.s.keys',
      ORDER,
    ],
    ['SELECT id, row_number() OVER w FROM p.s.keys WINDOW w AS (ORDER BY «secret» DESC)', ORDER],
    ['SELECT id, row_number() OVER w FROM p.s.keys WINDOW w AS (PARTITION BY id, «secret»)', GROUP],
    ['SELECT group_concat(id ORDER BY «secret») FROM p.s.keys', ORDER],
    // the least and the greatest, and what is distinct
    ['SELECT id, max(«secret») FROM p.s.keys', EXTREME],
    ['SELECT min(id, «secret») FROM p.s.keys', EXTREME],
    ['SELECT min(«settings») FROM p.s.keys', EXTREME],
    ['SELECT count(DISTINCT upper(«secret»)) FROM p.s.keys', DISTINCT],
    ["SELECT count(DISTINCT s) FROM (SELECT secret || '' AS s FROM p.s.keys)", DISTINCT],
    ['SELECT count(*) FROM (SELECT DISTINCT «s» FROM (SELECT upper(secret) AS s FROM p.s.keys))', DISTINCT],
    ['SELECT id FROM p.s.docs EXCEPT SELECT «s» FROM (SELECT upper(secret) AS s FROM p.s.keys)', DISTINCT],
    ['SELECT id FROM p.s.docs INTERSECT SELECT * FROM (SELECT upper(secret) AS s FROM p.s.keys)', DISTINCT],
    ['SELECT *, count(*) FROM (SELECT secret FROM p.s.keys) GROUP BY «1»', GROUP],
  ])('%s', async (marked, what) => {
    serve(routes)
    const span = marked.includes('«') && {
      span: { start: marked.indexOf('«'), end: marked.indexOf('»') - 1 },
    }
    await expect(objects(open(), marked.replace(/[«»]/g, ''))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(`is a masked secret and cannot be used ${what}`),
      hint: expect.stringContaining('--show-secrets'),
      ...span,
    })
    expect(requests()).toEqual([])
  })
})

describe('statements that compare no secret are accepted', () => {
  it.each([
    'SELECT id FROM p.s.docs d WHERE EXISTS (SELECT secret FROM p.s.keys) AND NOT EXISTS (SELECT spec FROM p.s.keys k WHERE k.id = d.id)',
    "SELECT e.value ->> 'name' AS n, json_group_array(json(e.value)) FROM p.s.keys, json_each(parts) e WHERE e.value ->> 'name' = 'a' GROUP BY n ORDER BY 1",
    "SELECT key, json_group_array(value) FROM p.s.keys, json_each(settings) WHERE key = 'user' GROUP BY key ORDER BY key",
    'SELECT id FROM p.s.keys k WHERE (SELECT count(*) FROM json_each(k.parts)) > 1',
    "SELECT id, CASE WHEN secret IS NULL OR secret = '' THEN 'no' ELSE 'yes' END AS has FROM p.s.keys WHERE has = 'yes' ORDER BY has",
    "WITH a AS (SELECT id, secret, upper(secret) AS s FROM p.s.keys) SELECT id, s || '!' FROM a WHERE id = 'k1' AND secret <> '' ORDER BY id",
    'SELECT count(secret), count(DISTINCT id) FROM p.s.keys HAVING count(secret) > 0',
    'SELECT max(id) OVER (PARTITION BY name ORDER BY id), secret, (secret) FROM p.s.keys ORDER BY spec.owner DESC NULLS LAST LIMIT 1',
    "SELECT id FROM p.s.docs WHERE (SELECT k.secret FROM p.s.keys k WHERE k.id = 'k1') IS NOT NULL",
    "SELECT a FROM (SELECT id AS a, secret AS b FROM p.s.keys UNION ALL SELECT id, id FROM p.s.docs) WHERE a = 'k1' ORDER BY a",
    "SELECT json_object('s', secret, 'n', name = 'one') AS o FROM p.s.keys ORDER BY name = 'one', secret IS NULL LIMIT 1",
    'SELECT k.id FROM p.s.keys k LEFT JOIN (SELECT id, secret FROM p.s.keys) b ON b.id = k.id WHERE b.secret IS NOT NULL LIMIT 1',
    "SELECT secret || CASE WHEN id = 'k1' THEN '!' ELSE secret END, iif(id = 'k1', secret, ''), coalesce(secret, id) FROM p.s.keys WHERE id = 'k1'",
    "WITH RECURSIVE r(id, s, n) AS (SELECT id, secret, 1 FROM p.s.keys WHERE id = 'k1' UNION ALL SELECT id, s, n + 1 FROM r WHERE n < 3) SELECT id, s FROM r WHERE n = 3 AND id = 'k1' AND s IS NOT NULL",
    'SELECT DISTINCT k.spec.owner FROM (SELECT spec, secret FROM p.s.keys) k ORDER BY k.spec.owner LIMIT 1',
  ])('%s', async sql => {
    serve(routes)
    const rows = await objects(open(), sql)
    expect(rows).toHaveLength(1)
    serve(routes)
    const shown = JSON.stringify(await objects(open({ showSecrets: true }), sql)).replace(
      /pl4nted-\d/gi,
      '********',
    )
    expect(JSON.stringify(rows)).toBe(shown)
  })
})

describe('tables and views of the session', () => {
  it.each([
    ['CREATE TABLE t AS SELECT id, upper(secret) AS s FROM p.s.keys'],
    ["CREATE TABLE t AS SELECT id, secret AS s FROM p.s.keys UNION ALL SELECT 'x', 'y'"],
    ["CREATE MATERIALIZED VIEW t AS SELECT k.id, json_object('a', spec.secret) AS s FROM p.s.keys k"],
    ['CREATE VIEW t AS SELECT k.id, upper(secret) AS s FROM p.s.keys k'],
    [
      'CREATE TABLE t (id TEXT, s TEXT)',
      'INSERT INTO t SELECT id, secret FROM p.s.keys',
      'INSERT INTO t (s, id) SELECT secret, id FROM p.s.keys',
    ],
    [
      'CREATE TABLE t (id TEXT, s TEXT)',
      "INSERT INTO t VALUES ('k1', 'a')",
      'UPDATE t SET s = (SELECT k.secret FROM p.s.keys k WHERE k.id = t.id)',
    ],
  ])('keep values computed from masked secrets masked: %s', async (...statements) => {
    serve(routes)
    const session = open()
    for (const sql of statements) await objects(session, sql)
    expect(
      await objects(session, "SELECT id FROM t WHERE id = 'k1' AND s IS NOT NULL LIMIT 1").catch(
        () => 'refused',
      ),
    ).toEqual(
      statements[0]!.includes('upper') && statements[0]!.includes('VIEW') ? 'refused' : [{ id: 'k1' }],
    )
    for (const sql of [
      "SELECT id FROM t WHERE s = 'x'",
      'DELETE FROM t WHERE length(s) = 8',
      'SELECT DISTINCT s FROM t',
    ]) {
      if (statements[0]!.includes('VIEW') && sql.startsWith('DELETE')) continue
      await expect(objects(session, sql)).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringContaining('is a masked secret'),
      })
    }
  })

  it('an error within a view points to the name of the view', async () => {
    serve(routes)
    const session = open()
    await objects(session, "CREATE VIEW v AS SELECT id FROM p.s.keys WHERE secret = 'x'")
    await expect(objects(session, 'SELECT 1, id FROM v')).rejects.toMatchObject({
      span: { start: 18, end: 19 },
    })
  })
})
