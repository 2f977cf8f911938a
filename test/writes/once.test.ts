import { describe, expect, it } from 'vitest'
import { objects, startServer, Status } from './support.ts'

const server = await startServer()
const { open, requests, serve } = server

const run = (sql: string): Promise<unknown> => objects(open(), sql).catch((e: unknown) => e)

describe('a key that is written in different ways', () => {
  it.each([
    ["p.s.switches WHERE id IN (SELECT '01' UNION ALL SELECT 1 UNION ALL SELECT '2')", 'switches', [1, 2]],
    ["p.s.keys WHERE id IN (SELECT 1 UNION ALL SELECT '1' UNION ALL SELECT '01')", 'keys', ['1', '01']],
  ])('is sent once: %s', async (from, path, keys) => {
    serve(Object.fromEntries(keys.map(k => [`DELETE /${path}/${k}`, () => new Status(204)])))
    for await (const result of open().run(`DELETE FROM ${from}`))
      expect(result.affected).toEqual({ verb: 'DELETE', count: 2 })
    expect(requests().sort()).toEqual(keys.map(k => `DELETE /${path}/${k}`).sort())
    expect(await objects(open({ dryRun: true }), `DELETE FROM ${from}`)).toHaveLength(2)
  })
})

describe('rows whose calls differ only in a number', () => {
  it.each([
    ['ratio', ['1.5', '2.5']],
    ["json_object('v', ratio)", ['{"v":1.5}', '{"v":2.5}']],
    ["'[' || n || '0.0]'", ['[10.0]', '[20.0]']],
    ['iif(n = 1, 9007199254740993, \'"9007199254740993n"\')', ['9007199254740993', '"9007199254740993n"']],
  ])('are all sent: SET any = %s', async (value, expected) => {
    serve({
      'GET /messages': () => ({
        data: [
          { id: 'k', n: 1, ratio: 1.5 },
          { id: 'k', n: 2, ratio: 2.5 },
        ],
      }),
      'PATCH /messages/k': () => ({}),
    })
    await run(`UPDATE p.s.messages SET any = ${value} WHERE n > 0 AND id IN (SELECT id FROM p.s.messages)`)
    expect(requests().filter(r => r.startsWith('PATCH'))).toEqual(
      expected.map(v => `PATCH /messages/k {"any":${v}}`),
    )
  })

  it('are all sent, with the digits they are written with', async () => {
    serve({ 'PATCH /switches/1/load': () => ({}) })
    const digits = [
      '1.00000000000000000001',
      '1.00000000000000000002',
      '+09007199254740993',
      '.12345678901234567890',
    ]
    for (const text of digits) await run(`UPDATE p.s.switches SET weight = '${text}' WHERE id = 1`)
    expect(requests()).toEqual(
      ['1.00000000000000000001', '1.00000000000000000002', '9007199254740993', '0.12345678901234567890'].map(
        n => `PATCH /switches/1/load {"weight":${n}}`,
      ),
    )
  })
})

describe('a row that fails after a duplicate', () => {
  const fail = (): Status => new Status(500)
  const done = (): Status => new Status(204)
  const answers = { 'DELETE /switches/1': done, 'DELETE /switches/2': fail, 'DELETE /switches/7': done }
  const KEYS = "(SELECT 1 UNION ALL SELECT '01' UNION ALL SELECT 2 UNION ALL SELECT '02' UNION ALL SELECT 7)"

  it('is counted among the rows of the statement', async () => {
    serve(answers)
    const error = await run(`DELETE FROM p.s.switches WHERE id IN ${KEYS}`)
    expect(requests()).toEqual(['DELETE /switches/1', 'DELETE /switches/2'])
    expect((error as Error).message).toContain('failed at row 3 of 5 (id 2)')
    expect((error as { hint: string }).hint).toContain('the 2 rows after it were not sent')
  })

  it('does not stop the others with CONTINUE', async () => {
    serve(answers)
    const error = await run(`DELETE /*+ CONTINUE */ FROM p.s.switches WHERE id IN ${KEYS}`)
    expect(requests()).toEqual(['DELETE /switches/1', 'DELETE /switches/2', 'DELETE /switches/7'])
    expect((error as { hint: string }).hint).toContain('all rows were tried, 2 succeeded')
  })
})

describe('a value that cannot be sent exactly', () => {
  it.each([
    ['size = 12345678901234567890 + 1', 'size needs an integer, not 12345678901234567000'],
    ["weight = '0x10'", 'weight needs a number, not "0x10"'],
    ["weight = ''", 'weight needs a number, not ""'],
  ])('is rejected: %s', async (set, message) => {
    serve({})
    expect(await run(`UPDATE p.s.switches SET ${set} WHERE id = 1`)).toMatchObject({ code: 'VALUE', message })
    expect(requests()).toEqual([])
  })

  it('does not include integers beyond double precision, which are sent exactly', async () => {
    serve({ 'PATCH /switches/1/load': () => ({}) })
    await run('UPDATE p.s.switches SET weight = 9007199254740993, size = 12345678901234567890 WHERE id = 1')
    expect(requests()).toEqual([
      'PATCH /switches/1/load {"weight":9007199254740993,"size":12345678901234567890}',
    ])
  })
})

describe('NULL for a parameter', () => {
  it.each(['NULL', "(SELECT 'a' WHERE 0)"])('of an EXEC that deletes does not widen it: %s', async value => {
    serve({ 'DELETE /clusters/c1/rules': () => ({ data: [] }) })
    const sql = `EXEC p.s.rules.delete_rules @cluster = 'c1', @kind = 'READ', @name = ${value}`
    expect(await run(sql)).toMatchObject({
      code: 'VALUE',
      message: 'name is NULL: a request without it would change other rows too',
      hint: 'give it a value',
    })
    expect(requests()).toEqual([])
  })
})

describe('columns that no method takes together', () => {
  it('are an error that says what each method takes', async () => {
    serve({})
    expect(await run("UPDATE p.s.switches SET state = 'on', size = 1 WHERE id = 1")).toMatchObject({
      code: 'VALUE',
      message: 'no UPDATE of p.s.switches takes state and size together',
      hint: 'write a statement for each: update_state takes state; update_load takes weight, size',
    })
    expect(requests()).toEqual([])
  })
})
