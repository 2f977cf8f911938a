import { describe, expect, it } from 'vitest'
import { objects, startServer, Status } from './support.ts'

const server = await startServer()
const { open, requests, serve } = server

const answers = {
  'DELETE /keys/k1': () => new Status(204),
  'GET /keys': () => ({ data: [{ id: 'k1', name: 'n1', secret: 's3cret' }] }),
  'GET /keys/k1': () => ({ id: 'k1', name: 'n1' }),
  'POST /docs': () => ({ id: 'd1' }),
}
const DELETE = "DELETE FROM p.s.keys WHERE id = 'k1'"

describe('several statements', () => {
  it.each([
    ['SELECT «nope» FROM p.s.keys', 'UNKNOWN_NAME'],
    ['SELECT id FROM «p.s.nope»', 'UNKNOWN_NAME'],
    ['SELECT id FROM p.s.keys «WHEN» 1', 'SYNTAX'],
    ['«SELEC» 1', 'SYNTAX'],
    ["DELETE FROM «p.s.keys» WHERE name = 'x'", 'MISSING_PARAMETER'],
    ['USE «q»', 'UNKNOWN_NAME'],
    ['CREATE TABLE t AS SELECT id FROM p.s.keys; SELECT «name» FROM t', 'UNKNOWN_NAME'],
    ['CREATE TABLE t (a INTEGER, b TEXT); SELECT «c» FROM t', 'UNKNOWN_NAME'],
    ['CREATE TABLE t (a INTEGER); CREATE TABLE «t» (b TEXT)', 'VALUE'],
    ['CREATE TABLE t (a INTEGER; SELECT 1', 'VALUE'],
    ['CREATE TABLE t AS SELECT 1 AS a; DROP TABLE t; SELECT * FROM «t»', 'UNKNOWN_NAME'],
    ['CREATE VIEW v AS SELECT id FROM p.s.keys; SELECT «name» FROM v', 'UNKNOWN_NAME'],
    ['CREATE TABLE t AS SELECT secret FROM p.s.keys; SELECT 1 FROM t WHERE «secret» = 1', 'UNSUPPORTED'],
    ["UPDATE p.s.docs SET spec.limits.low = 'much' WHERE id = 'd1'", 'VALUE'],
    ["INSERT INTO p.s.docs (spec.name) VALUES ('a'), (NULL)", 'MISSING_PARAMETER'],
    ['INSERT INTO p.s.keys (settings) VALUES (\'{"a":"********"}\')', 'VALUE'],
    ["DELETE FROM p.s.keys WHERE id IN ('k2', '')", 'VALUE'],
    ["UPDATE p.s.pools SET name = 'x' WHERE provider_id = '..' AND id = 'p1'", 'VALUE'],
    ["SELECT name FROM p.s.keys WHERE id = ''", 'VALUE'],
    ["CREATE TABLE t AS SELECT name FROM p.s.keys WHERE id = '..'", 'VALUE'],
    ["EXPLAIN ANALYZE DELETE FROM p.s.keys WHERE id = 'k1'", 'UNSUPPORTED'],
    ["EXPLAIN DELETE FROM p.s.keys WHERE «nope» = 'k1'", 'UNKNOWN_NAME'],
    ["EXEC p.s.networks.restart_network @id = 'n1', «@nope» = 1", 'UNKNOWN_NAME'],
  ])('send nothing if a later one is wrong: %s', async (marked, code) => {
    serve(answers)
    const session = open()
    const script = `${DELETE}; ${marked.replace(/[«»]/g, '')}`
    const error = await objects(session, script).catch((e: unknown) => e)
    expect(error).toMatchObject({
      code,
      ...(marked.includes('«') && { span: { start: DELETE.length + 2 + marked.indexOf('«') } }),
    })
    expect(requests()).toEqual([])
    expect(session.names()).toMatchObject({ tables: [], views: [], provider: undefined })
  })

  it('know the definitions of earlier ones', async () => {
    serve(answers)
    const session = open()
    const script = `
      USE p;
      CREATE TABLE t AS SELECT id, name, spec FROM s.keys;
      CREATE VIEW v AS SELECT id FROM t WHERE spec.owner IS NULL;
      CREATE MATERIALIZED VIEW m AS SELECT id FROM v;
      CREATE TABLE own (a INTEGER, b TEXT);
      INSERT INTO own VALUES (1, 'x');
      UPDATE own SET b = 'y' WHERE a = 1;
      INSERT INTO own SELECT 2, id FROM m;
      REFRESH MATERIALIZED VIEW m;
      DELETE FROM s.keys WHERE id IN (SELECT id FROM m);
      INSERT INTO s.docs (spec.name) SELECT (SELECT max(b) FROM own);
      SELECT b FROM own ORDER BY a;
      DROP VIEW v;
      CREATE VIEW v AS SELECT 1 AS one;
      SELECT one FROM v`
    expect(await objects(session, script)).toEqual([{ b: 'y' }, { b: 'k1' }, { one: 1 }])
    expect(requests()).toEqual(['GET /keys', 'DELETE /keys/k1', 'POST /docs {"spec":{"name":"y"}}'])
  })

  it('know the tables of the session and do not change them', async () => {
    serve(answers)
    const session = open()
    await objects(session, "CREATE TEMP TABLE old AS SELECT 'k1' AS id; CREATE VIEW w AS SELECT id FROM old")
    await expect(
      objects(session, `${DELETE}; DROP TABLE old; CREATE TABLE old (x TEXT); SELECT id FROM old`),
    ).rejects.toMatchObject({ code: 'UNKNOWN_NAME' })
    expect(requests()).toEqual([])
    expect(await objects(session, 'SELECT id FROM w')).toEqual([{ id: 'k1' }])
    await objects(session, 'CREATE TABLE other (x TEXT); DELETE FROM p.s.keys WHERE id IN (SELECT id FROM w)')
    expect(requests()).toEqual(['DELETE /keys/k1'])
  })
})
