import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfluentqlError } from '../../src/errors.ts'
import { objects, outcome, startServer, Status } from './support.ts'

const server = await startServer()
const { open, requests, serve, traces } = server

const gone = new Status(404, { errors: [{ detail: 'not found' }] })
const broken = new Status(500, { errors: [{ detail: 'broken' }] })

/** Deletes k1, k3, k5; fails for k2 and k4; k6 is gone. */
const answers = {
  'DELETE /keys/k1': () => new Status(204),
  'DELETE /keys/k2': () => broken,
  'DELETE /keys/k3': () => new Status(204),
  'DELETE /keys/k4': () => new Status(409, { errors: [{ detail: 'in use' }] }),
  'DELETE /keys/k5': () => new Status(204),
  'DELETE /keys/k6': () => gone,
  'DELETE /keys/k7': () => gone,
  'GET /keys': () => ({ data: ['k1', 'k2', 'k6'].map(id => ({ id, name: id })) }),
  'POST /docs': ({ body }: { body: string }) =>
    body.includes('bad') ? broken : { id: (JSON.parse(body) as { spec: { name: string } }).spec.name },
}
const KEYS = "('k1', 'k2', 'k3', 'k4', 'k5')"

async function affected(session: ReturnType<typeof open>, sql: string): Promise<unknown> {
  for await (const result of session.run(sql)) {
    for await (const _ of result.rows);
    try {
      result.finish()
    } catch {
      // a failed change has a count too
    }
    return result.affected
  }
}

describe('a change that keeps going', () => {
  it('throws its failure where the caller of run() does not ask for it', async () => {
    serve(answers)
    const readAll = async (sql: string): Promise<void> => {
      for await (const result of open().run(sql)) for await (const _ of result.rows);
    }
    await expect(readAll("DELETE FROM p.s.keys WHERE id = 'k2'")).rejects.toThrow(/500 .*broken/)
    await expect(readAll(`DELETE /*+ CONTINUE */ FROM p.s.keys WHERE id IN ${KEYS}`)).rejects.toThrow(
      /2 of 5 rows failed/,
    )
    const leave = async (): Promise<void> => {
      for await (const _ of open().run("DELETE FROM p.s.keys WHERE id = 'k4'")) break
    }
    await expect(leave()).rejects.toThrow(/in use/)
  })

  it.each([
    ['by a hint', `DELETE /*+ CONTINUE */ FROM p.s.keys WHERE id IN ${KEYS}`, {}],
    ['by one of several hints', `DELETE /*+ AWAIT, CONTINUE */ FROM p.s.keys WHERE id IN ${KEYS}`, {}],
    ['by an option', `DELETE FROM p.s.keys WHERE id IN ${KEYS}`, { continueOnError: true }],
  ])('%s tries all rows and reports each failure', async (_, sql, options) => {
    serve(answers)
    const { error } = await outcome(open(options), sql)
    expect(requests().filter(r => r.startsWith('DELETE'))).toEqual(
      ['k1', 'k2', 'k3', 'k4', 'k5'].map(id => `DELETE /keys/${id}`),
    )
    expect(error).toMatchObject({
      code: 'API',
      status: 500,
      message: 'DELETE on p.s.keys: 2 of 5 rows failed: row 2 (id k2), row 4 (id k4)',
      hint: 'all rows were tried, 3 succeeded',
    })
    const { failures } = error as ConfluentqlError
    expect(failures.map(f => f.message)).toEqual([
      expect.stringMatching(/^DELETE on p\.s\.keys failed at row 2 of 5 \(id k2\): DELETE .*: 500 .*broken/),
      expect.stringMatching(/^DELETE on p\.s\.keys failed at row 4 of 5 \(id k4\): DELETE .*: 409 .*in use/),
    ])
  })

  it('counts the successful rows, which RETURNING returns', async () => {
    serve(answers)
    expect(await affected(open(), `DELETE /*+ CONTINUE */ FROM p.s.keys WHERE id IN ${KEYS}`)).toEqual({
      verb: 'DELETE',
      count: 3,
    })
    const { rows, error } = await outcome(
      open(),
      "INSERT /*+ CONTINUE */ INTO p.s.docs (spec.name) VALUES ('a'), ('bad'), (NULL), ('b') RETURNING id",
    )
    expect(rows).toEqual([{ id: 'a' }, { id: 'b' }])
    expect(error).toMatchObject({
      message: 'INSERT on p.s.docs: 2 of 4 rows failed: row 2 (spec.name bad), row 3',
      hint: 'all rows were tried, 2 succeeded',
    })
    expect((error as ConfluentqlError).failures.map(f => f.message)).toEqual([
      expect.stringContaining('failed at row 2 of 4'),
      'INSERT on p.s.docs failed at row 3 of 4: spec.name in row 3 is required and cannot be NULL',
    ])
  })

  it.each([
    ["('a'), (NULL), ('b'), (NULL)", '2 of 4 rows cannot be sent: row 2, row 4', [2, 4]],
    ["('a'), ('b'), (NULL)", '1 of 3 rows cannot be sent: row 3', [3]],
  ])('shows in a dry run what would be sent: %s', async (values, message, failed) => {
    serve(answers)
    const sql = `INSERT /*+ CONTINUE */ INTO p.s.docs (spec.name) VALUES ${values}`
    const { rows, error } = await outcome(open({ dryRun: true }), sql)
    expect(rows.map(r => r.body)).toEqual(['{"spec":{"name":"a"}}', '{"spec":{"name":"b"}}'])
    expect(error).toMatchObject({ code: 'MISSING_PARAMETER', message: `INSERT on p.s.docs: ${message}` })
    expect((error as ConfluentqlError).failures.map(f => f.message)).toEqual(
      failed.map(
        n => expect.stringContaining(`spec.name in row ${n} is required and cannot be NULL`) as string,
      ),
    )
    expect(requests()).toEqual([])
    await expect(objects(open({ dryRun: true }), sql.replace('/*+ CONTINUE */', ''))).rejects.toThrow(
      'is required and cannot be NULL',
    )
  })

  it('reports a single failed row directly', async () => {
    serve(answers)
    const { error } = await outcome(
      open(),
      "DELETE /*+ CONTINUE */ FROM p.s.keys WHERE id IN ('k1', 'k2', 'k3')",
    )
    expect(error).toMatchObject({
      message: expect.stringMatching(/^DELETE on p\.s\.keys failed at row 2 of 3 \(id k2\): /),
      hint: expect.stringMatching(/^all rows were tried, 2 succeeded\. /),
      failures: [],
    })
  })

  it('ends when it is cancelled', async () => {
    const abort = new AbortController()
    serve({
      ...answers,
      'DELETE /keys/k3': () => {
        abort.abort(new ConfluentqlError('ABORTED', 'enough'))
        return new Status(204)
      },
    })
    const session = open()
    const sql = `DELETE /*+ CONTINUE */ FROM p.s.keys WHERE id IN ${KEYS}`
    for await (const result of session.run(sql, abort.signal))
      expect(() => result.finish()).toThrow(expect.objectContaining({ code: 'ABORTED' }) as Error)
    expect(requests()).toHaveLength(3)
  })

  it.each([
    [3, 'before row 3 of 5: enough', 'rows 1 to 2 succeeded (id k1, id k2); the other 3 rows were not sent'],
    [1, 'before row 1 of 5: enough', 'nothing was sent'],
  ])('says what was not sent if it is cancelled before row %d', async (row, message, hint) => {
    const abort = new AbortController()
    serve({
      ...answers,
      'DELETE /keys/k2': () => new Status(204),
      [`DELETE /keys/k${row}`]: () => new Status(429, {}, { 'retry-after': '60' }),
    })
    const session = open({}, 4)
    const isWaiting = (): boolean => traces.some(t => t.retryIn !== undefined)
    const run = (async () => {
      for await (const result of session.run(`DELETE FROM p.s.keys WHERE id IN ${KEYS}`, abort.signal))
        result.finish()
    })()
    while (!isWaiting()) await new Promise(setImmediate)
    abort.abort(new ConfluentqlError('ABORTED', 'enough'))
    await expect(run).rejects.toMatchObject({ message: `DELETE on p.s.keys ${message}`, hint })
  })

  it('stops at the first failure without CONTINUE', async () => {
    serve(answers)
    const { error } = await outcome(open(), `DELETE FROM p.s.keys WHERE id IN ${KEYS}`)
    expect(requests()).toEqual(['DELETE /keys/k1', 'DELETE /keys/k2'])
    expect(error).toMatchObject({
      message: expect.stringMatching(/failed at row 2 of 5/),
      hint: expect.stringMatching(/^row 1 succeeded \(id k1\); the 3 rows after it were not sent\. /),
    })
  })
})

describe('a DELETE of rows that do not exist', () => {
  it.each([
    ["id IN ('k1', 'k6', 'k3')", 2, '1 of 3 rows was not there (404), so there was nothing to delete: id k6'],
    ["id = 'k6' OR id = 'k1'", 1, '1 of 2 rows was not there (404), so there was nothing to delete: id k6'],
    [
      "id IN ('k6', 'k7')",
      0,
      '2 of 2 rows were not there (404), so there was nothing to delete: id k6; id k7',
    ],
    [
      "(id) IN (VALUES ('k1'), ('k6'))",
      1,
      '1 of 2 rows was not there (404), so there was nothing to delete: id k6',
    ],
  ])('is no error if the statement lists the keys: %s', async (where, count, notice) => {
    serve(answers)
    expect(await affected(open(), `DELETE FROM p.s.keys WHERE ${where}`)).toEqual({ verb: 'DELETE', count })
    expect(server.notices).toEqual([`p.s.keys: ${notice}`])
  })

  it.each([
    ["cluster IN ('c1', 'c2') AND name IN (SELECT id FROM p.s.keys)", 2, '4 of 6'],
    ["cluster = 'c1' AND name IN (SELECT id FROM p.s.keys)", 1, '2 of 3'],
    ["cluster IN (SELECT 'c' || value FROM json_each('[1, 2]')) AND name = 'k2'", 1, '1 of 2'],
  ])('is no error if not every combination of keys is a row: %s', async (where, count, part) => {
    const found = new Set(['/clusters/c1/connectors/k1', '/clusters/c2/connectors/k2'])
    const pairs = ['c1', 'c2'].flatMap(c => ['k1', 'k2', 'k6'].map(k => `/clusters/${c}/connectors/${k}`))
    serve({
      ...answers,
      ...Object.fromEntries(
        pairs.map(path => [`DELETE ${path}`, () => (found.has(path) ? new Status(204) : gone)]),
      ),
    })
    expect(await affected(open(), `DELETE FROM p.s.connectors WHERE ${where}`)).toEqual({
      verb: 'DELETE',
      count,
    })
    expect(server.notices).toEqual([expect.stringContaining(`p.s.connectors: ${part} rows w`)])
  })

  it('takes keys from a list of rows', async () => {
    serve({
      'GET /clusters/c1/connectors/k1': () => ({ name: 'k1' }),
      'GET /clusters/c2/connectors/k2': () => ({ name: 'k2' }),
      'GET /clusters/c2/connectors/k6': () => gone,
      'DELETE /clusters/c1/connectors/k1': () => new Status(204),
      'DELETE /clusters/c2/connectors/k2': () => new Status(204),
    })
    const where = "WHERE (cluster, name) IN (('c1', 'k1'), ('c2', 'k2'), ('c2', 'k6'), ('c1', NULL))"
    const rows = await objects(open(), `SELECT cluster, name FROM p.s.connectors ${where} ORDER BY 1`)
    expect(rows).toEqual([
      { cluster: 'c1', name: 'k1' },
      { cluster: 'c2', name: 'k2' },
    ])
    expect(await affected(open(), `DELETE FROM p.s.connectors ${where}`)).toEqual({
      verb: 'DELETE',
      count: 2,
    })
  })

  it('says if one may not have been there when its request was sent again', async () => {
    const busy = new Status(503, {})
    serve({ ...answers, 'DELETE /keys/k6': ({ nth }: { nth: number }) => (nth === 1 ? busy : gone) })
    expect(await affected(open({}, 1), "DELETE FROM p.s.keys WHERE id IN ('k1', 'k6', 'k7')")).toEqual({
      verb: 'DELETE',
      count: 2,
    })
    expect(server.notices).toEqual([
      expect.stringMatching(
        /^p\.s\.keys: a request was answered 404 when sent again: the first attempt deleted the row, which is counted, or it was not there before: DELETE http.*\/keys\/k6$/,
      ),
      'p.s.keys: 1 of 3 rows was not there (404), so there was nothing to delete: id k7',
    ])
    serve({ ...answers, 'DELETE /keys/k6': ({ nth }: { nth: number }) => (nth === 1 ? busy : gone) })
    expect(await affected(open({}, 1), "DELETE FROM p.s.keys WHERE id = 'k6'")).toEqual({
      verb: 'DELETE',
      count: 1,
    })
    expect(server.notices).toEqual([])
  })

  it('is no error if a query gives the keys', async () => {
    serve({ ...answers, 'DELETE /keys/k2': () => new Status(204) })
    const sql = 'DELETE FROM p.s.keys WHERE id IN (SELECT id FROM p.s.keys)'
    expect(await affected(open(), sql)).toEqual({ verb: 'DELETE', count: 2 })
    expect(server.notices).toEqual([expect.stringContaining('p.s.keys: 1 of 3 rows was not there (404)')])
  })

  it.each([
    "DELETE FROM p.s.keys WHERE id = 'k6'",
    "DELETE FROM p.s.keys WHERE id IN ('k6')",
    "UPDATE p.s.keys SET name = 'x' WHERE id IN ('k6', 'k7')",
  ])('is an error otherwise: %s', async sql => {
    serve({ ...answers, 'DELETE /keys/k2': () => new Status(204) })
    await expect(objects(open(), sql)).rejects.toMatchObject({ code: 'API', status: 404 })
    expect(server.notices).toEqual([])
  })
})

describe('a change of several candidate keys', () => {
  const there = ['p1/pools/a', 'p2/pools/b']
  const pool = (path: string): object => ({ id: path.slice(-1), name: 'old' })
  const pools = {
    'GET /keys': () => ({ data: [{ id: 'a' }, { id: 'b' }] }),
    'GET /providers/p1/pools': () => ({ data: [pool(there[0]!)] }),
    'GET /providers/p2/pools': () => ({ data: [pool(there[1]!)] }),
    ...Object.fromEntries(
      there.flatMap(path => [
        [`GET /providers/${path}`, () => pool(path)],
        [`PUT /providers/${path}`, () => pool(path)],
        [`DELETE /providers/${path}`, () => new Status(204)],
      ]),
    ),
  }
  const UPDATE = "UPDATE p.s.pools SET name = 'x'"
  const COMBINED = "provider_id IN ('p1', 'p2') AND id IN ('a', 'b')"
  const changes = (): string[] => requests().filter(r => !r.startsWith('GET'))

  it.each(
    [COMBINED, "provider_id IN ('p1', 'p2') AND id IN (SELECT id FROM p.s.keys)"].flatMap(where => [
      [`${UPDATE} WHERE ${where}`, 'PUT', ' {"name":"x"}', 'update'],
      [`DELETE FROM p.s.pools WHERE ${where}`, 'DELETE', '', 'delete'],
    ]),
  )('changes the rows of a SELECT with the same WHERE: %s', async (sql, method, body, word) => {
    serve(pools)
    const where = sql.slice(sql.indexOf('WHERE'))
    const rows = await objects(open(), `SELECT provider_id, id FROM p.s.pools ${where} ORDER BY 1`)
    expect(rows).toEqual([
      { provider_id: 'p1', id: 'a' },
      { provider_id: 'p2', id: 'b' },
    ])
    serve(pools)
    expect(await affected(open(), sql)).toMatchObject({ count: rows.length })
    const combinations = ['p1', 'p2'].flatMap(p => ['a', 'b'].map(id => `${p}/pools/${id}`))
    expect(changes().sort()).toEqual(combinations.map(path => `${method} /providers/${path}${body}`))
    expect(server.notices).toEqual([
      expect.stringContaining(
        `p.s.pools: 2 of 4 rows were not there (404), so there was nothing to ${word}: provider_id p1, id b; `,
      ),
    ])
  })

  it('names the rows of an UPDATE by their keys, not by what is set', async () => {
    const update = "UPDATE p.s.keys SET name = 'x' WHERE id IN ('k1', 'k6')"
    serve({ 'PATCH /keys/k1': () => ({ id: 'k1' }), 'PATCH /keys/k6': () => gone })
    expect(await affected(open(), update)).toMatchObject({ count: 1 })
    expect(server.notices).toEqual([
      'p.s.keys: 1 of 2 rows was not there (404), so there was nothing to update: id k6',
    ])
    serve({ 'PATCH /keys/k1': () => broken })
    const { error } = await outcome(open(), update)
    expect((error as Error).message).toContain('failed at row 1 of 2 (id k1): ')
  })

  it.each([
    ['a list and a constant', "provider_id IN ('p1', 'p2') AND id = 'b'"],
    ['a constant and a list', "provider_id = 'p2' AND id IN ('a', 'b')"],
    [
      'rows of a query',
      '(id, provider_id) IN (SELECT k.id, e.value FROM p.s.keys k, json_each(\'["p1","p2"]\') e WHERE k.id > \'a\')',
    ],
    ['rows of values', "(id, provider_id) IN (VALUES ('b', 'p1'), ('b', 'p2'))"],
  ])('goes on after one of %s that is missing, in any statement', async (_, where) => {
    serve(pools)
    const rows = await objects(open(), `SELECT provider_id, id FROM p.s.pools WHERE ${where}`)
    expect(rows).toEqual([{ provider_id: 'p2', id: 'b' }])
    for (const [sql, method] of [
      [`${UPDATE} WHERE ${where}`, 'PUT'],
      [`DELETE FROM p.s.pools WHERE ${where}`, 'DELETE'],
    ] as const) {
      serve(pools)
      expect(await affected(open(), sql)).toMatchObject({ count: 1 })
      const sent = changes().map(r => r.split(' ').slice(0, 2).join(' '))
      expect(sent).toHaveLength(2)
      expect(sent).toContain(`${method} /providers/p2/pools/b`)
      expect(server.notices).toEqual([expect.stringContaining('p.s.pools: 1 of 2 rows was not there (404)')])
      serve(pools)
      expect(await objects(open({ dryRun: true }), sql)).toHaveLength(2)
      expect(changes()).toEqual([])
    }
  })

  it.each([
    ['listed rows', "(id, provider_id) IN (('b', 'p1'), ('b', 'p2'))"],
    ['conditions with OR', "provider_id = 'p1' AND id = 'b' OR provider_id = 'p2' AND id = 'b'"],
  ])('reads the rows first for %s', async (_, where) => {
    for (const sql of [`${UPDATE} WHERE ${where}`, `DELETE FROM p.s.pools WHERE ${where}`]) {
      serve(pools)
      expect(await affected(open(), sql)).toMatchObject({ count: 1 })
      expect(changes()).toEqual([expect.stringMatching(/^(?:PUT|DELETE) \/providers\/p2\/pools\/b/)])
    }
  })

  it.each([
    `${UPDATE} WHERE provider_id = 'p1' AND id = 'b'`,
    "DELETE FROM p.s.pools WHERE provider_id IN ('p1') AND id = 'b'",
  ])('does not apply to a single one: %s', async sql => {
    serve(pools)
    await expect(objects(open(), sql)).rejects.toMatchObject({ code: 'API', status: 404 })
  })

  it.each<readonly [what: string, sql: string]>([
    ['all combinations', `${UPDATE} WHERE provider_id IN ('p3', 'p4') AND id IN ('a', 'b')`],
    ['a listed key', `${UPDATE} WHERE provider_id = 'p1' AND id IN ('b', 'c')`],
    ['a row of keys', `${UPDATE} WHERE (provider_id, id) IN (VALUES ('p1', 'b'), ('p1', 'c'))`],
  ])('is an error if the API answers 404 for %s', async (_, sql) => {
    serve(pools)
    await expect(objects(open(), sql)).rejects.toMatchObject({ code: 'API', status: 404 })
    expect(server.notices).toEqual([])
  })

  it.each([
    [
      '',
      /failed at row 3 of 4 \(provider_id p2, id a\): PUT .*: 409/,
      'of rows 1 to 2, 1 succeeded (provider_id p1, id a), 1 was not there; the row after it was not sent. ',
    ],
    [
      ' /*+ CONTINUE */',
      /failed at row 3 of 4 \(provider_id p2, id a\): PUT .*: 409/,
      'all rows were tried, 2 succeeded, 1 was not there. ',
    ],
  ])('says which rows were not there if one fails:%s', async (hint, message, outcomes) => {
    serve({ ...pools, 'PUT /providers/p2/pools/a': () => new Status(409, {}) })
    const sql = `UPDATE${hint} p.s.pools SET name = 'x' WHERE ${COMBINED}`
    const { error } = await outcome(open(), sql)
    expect(error).toMatchObject({ status: 409, message: expect.stringMatching(message) as string })
    expect((error as ConfluentqlError).hint).toContain(outcomes)
  })

  it('says that no row is there', async () => {
    serve(pools)
    await expect(
      objects(open(), `${UPDATE} WHERE provider_id IN ('p3', 'p4') AND id IN ('a', 'b')`),
    ).rejects.toThrow(/^UPDATE on p\.s\.pools: none of 4 rows is there: PUT .*\/providers\/p3\/pools\/a: 404/)
    expect(changes()).toHaveLength(4)
  })

  it('is the error of the row if there is only one', async () => {
    serve({ 'GET /keys': () => ({ data: [{ id: 'a' }] }) })
    await expect(
      objects(open(), `${UPDATE} WHERE provider_id = 'p3' AND id IN (SELECT id FROM p.s.keys)`),
    ).rejects.toThrow(/^PUT .*\/providers\/p3\/pools\/a: 404/)
  })

  it.each(["'p3', 'p4'", "'p3'"])('masks a sent secret that the API repeats: IN (%s)', async providers => {
    const answer = (): Status => new Status(404, { detail: 'no pool takes tok-4711-abcd' })
    serve({
      'GET /keys': () => ({ data: [{ id: 'a' }] }),
      'PUT /providers/p3/pools/a': answer,
      'PUT /providers/p4/pools/a': answer,
    })
    const sql = `UPDATE p.s.pools SET token = 'tok-4711-abcd' WHERE provider_id IN (${providers}) AND id IN (SELECT id FROM p.s.keys)`
    const { error } = await outcome(open(), sql)
    expect((error as ConfluentqlError).message).toContain('no pool takes ********')
    expect(inspect(error, { depth: 9 })).not.toContain('tok-4711')
  })
})
