import { describe, expect, it } from 'vitest'
import { objects, outcome, startServer, Status } from './support.ts'

const server = await startServer()
const { open, requests, serve } = server

interface Rule {
  readonly kind: string
  readonly name: string
  readonly who: string | null
}
let rules: readonly Rule[] = []

/** A server that takes ANY and an empty text as no filter, and answers DELETE with the deleted rows. */
function start(): void {
  rules = [
    { kind: 'READ', name: 'a', who: 'ann' },
    { kind: 'READ', name: 'b', who: 'ann' },
    { kind: 'READ', name: 'b', who: 'bob' },
    { kind: 'WRITE', name: 'a', who: 'ann' },
    { kind: 'WRITE', name: 'c', who: null },
  ]
  const matching = (query: URLSearchParams): readonly Rule[] =>
    rules.filter(rule =>
      (['kind', 'name', 'who'] as const).every(key => {
        const wanted = query.get(key) ?? ''
        return wanted === '' || wanted === 'ANY' || rule[key] === wanted
      }),
    )
  serve({
    'GET /clusters/c1/rules': ({ query }) => ({ data: matching(query) }),
    'DELETE /clusters/c1/rules': ({ query }) => {
      const data = matching(query)
      rules = rules.filter(r => !data.includes(r))
      return { data }
    },
  })
}

const deletes = (): string[] => requests().filter(r => r.startsWith('DELETE'))

async function count(sql: string): Promise<unknown> {
  for await (const result of open().run(sql)) {
    for await (const _ of result.rows);
    result.finish()
    return result.affected
  }
}

describe('a wildcard value', () => {
  it.each([
    ["cluster = 'c1' AND «kind = 'ANY'»", 'kind = "ANY"'],
    ["cluster = 'c1' AND «kind = 'any'»", 'kind = "any"'],
    ["cluster = 'c1' AND «kind IN ('READ', 'Any')» AND who = 'ann'", 'kind = "Any"'],
    ["cluster = 'c1' AND kind = 'READ' AND «name = ''»", 'name = ""'],
    ["cluster = 'c1' AND «'A' || 'NY' = kind»", 'kind = "ANY"'],
  ])('is rejected in WHERE %s', async (marked, what) => {
    start()
    const before = 'DELETE FROM p.s.rules WHERE '
    const error = await objects(open(), before + marked.replace(/[«»]/g, '')).catch((e: unknown) => e)
    expect(error).toMatchObject({
      code: 'VALUE',
      message: `${what} also selects rows with other values, so a change cannot use it`,
      span: { start: before.length + marked.indexOf('«'), end: before.length + marked.indexOf('»') - 1 },
    })
    expect(requests()).toEqual([])
  })

  it('is rejected if a query gives it', async () => {
    start()
    const sql = "DELETE FROM p.s.rules WHERE cluster = 'c1' AND kind IN (SELECT 'READ' UNION SELECT 'ANY')"
    await expect(objects(open(), sql)).rejects.toMatchObject({
      code: 'VALUE',
      message: expect.stringMatching('"ANY"'),
    })
    expect(requests()).toEqual([])
  })

  it('deletes nothing if rows are read, since a SELECT finds none', async () => {
    start()
    expect(
      await count("DELETE FROM p.s.rules WHERE cluster = 'c1' AND kind = 'ANY' AND name LIKE '_%'"),
    ).toEqual({ verb: 'DELETE', count: 0 })
    expect(deletes()).toEqual([])
  })

  it('has a hint with a SELECT that selects the rows', async () => {
    start()
    const error = await objects(
      open(),
      "DELETE FROM p.s.rules WHERE cluster = 'c1' AND kind = 'ANY' AND name = 'a'",
    ).catch((e: unknown) => e)
    const { hint } = error as { hint: string }
    expect(hint).toBe(
      "select the rows by all their keys: DELETE FROM p.s.rules WHERE (cluster, kind, name, who) IN (SELECT cluster, kind, name, who FROM p.s.rules WHERE cluster = 'c1' AND name = 'a' AND …)",
    )
    const form = hint.slice(hint.indexOf('DELETE'))
    await expect(objects(open(), form)).rejects.toMatchObject({ code: 'UNKNOWN_NAME' })
    expect(requests()).toEqual([])
    expect(await count(form.replace('…', "kind = 'READ'"))).toEqual({ verb: 'DELETE', count: 1 })
  })

  it.each([
    "cluster = 'c1' AND kind = 'READ' AND who = ''",
    "cluster = 'c1' AND kind = 'ANY' AND who = ''",
    "cluster = 'c1' AND (kind, who) = ('ANY', 'bob')",
    "cluster = 'c1' AND kind = 'ANY' AND who IN (SELECT who FROM p.s.rules WHERE cluster = 'c1' AND kind = 'WRITE')",
  ])('has no hint that would drop another condition: WHERE %s', async where => {
    start()
    const error = await objects(open(), `DELETE FROM p.s.rules WHERE ${where}`).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'VALUE', hint: 'use values that rows have' })
    expect(requests()).toEqual([])
  })

  it('a row without a value for a filter is not deleted with others', async () => {
    start()
    const sql = "DELETE FROM p.s.rules WHERE cluster = 'c1' AND kind = 'WRITE' AND name LIKE 'c%'"
    await expect(objects(open(), sql)).rejects.toMatchObject({
      code: 'VALUE',
      message: 'who is NULL: a request without it would change other rows too',
    })
    expect(deletes()).toEqual([])
  })
})

describe('the row count of a DELETE whose answer lists the deleted rows', () => {
  it.each([
    ["cluster = 'c1' AND kind = 'READ'", 3],
    ["cluster = 'c1' AND kind = 'READ' AND who = 'ann'", 2],
    ["cluster = 'c1' AND kind = 'NONE'", 0],
    ["cluster = 'c1' AND kind IN ('READ', 'WRITE') AND name = 'a'", 2],
  ])('WHERE %s: %d', async (where, expected) => {
    start()
    const before = rules.length
    expect(await count(`DELETE FROM p.s.rules WHERE ${where}`)).toEqual({ verb: 'DELETE', count: expected })
    expect(before - rules.length).toBe(expected)
  })

  it('may be too low after a retry, which the notice says', async () => {
    serve({
      'DELETE /clusters/c1/rules': ({ nth }) =>
        nth === 1 ? new Status(503, { message: 'late' }) : { data: [] },
    })
    const session = open({}, 1)
    const sql = "DELETE FROM p.s.rules WHERE cluster = 'c1' AND kind = 'READ' RETURNING name"
    expect(await outcome(session, sql)).toEqual({ rows: [], error: undefined })
    expect(requests()).toHaveLength(2)
    expect(server.notices).toEqual([
      expect.stringMatching(
        /^p\.s\.rules: a request was sent again after an attempt that may have been carried out; what that deleted is not in the count or the rows: DELETE http.*kind=READ$/,
      ),
    ])
  })

  it('RETURNING returns those rows', async () => {
    start()
    const { rows } = await outcome(
      open(),
      "DELETE FROM p.s.rules WHERE cluster = 'c1' AND kind = 'READ' RETURNING kind, name, who, cluster",
    )
    expect(rows.map(r => Object.values(r).join(' '))).toEqual([
      'READ a ann c1',
      'READ b ann c1',
      'READ b bob c1',
    ])
  })
})

describe('the hint for missing keys', () => {
  it.each([
    ["DELETE FROM p.s.rules WHERE cluster = 'c1' AND who = 'ann'", ['READ b bob', 'WRITE c null']],
    [
      "DELETE FROM p.s.rules AS r WHERE (r.cluster = 'c1') AND r.name <> 'b' AND (r.kind = 'READ' OR name = 'a')",
      ['READ b ann', 'READ b bob', 'WRITE c null'],
    ],
    [
      "DELETE FROM p.s.rules WHERE cluster = 'c1' AND name = 'a' OR name > 'b' AND cluster = 'c1' -- both",
      ['READ b ann', 'READ b bob', 'WRITE c null'],
    ],
  ])('deletes just the rows of the condition: %s', async (sql, expected) => {
    start()
    const error = await objects(open(), sql).catch((e: unknown) => e)
    expect(error).toMatchObject({
      code: 'MISSING_PARAMETER',
      message: expect.stringContaining('needs "kind"'),
    })
    expect(requests()).toEqual([])
    const { hint } = error as { hint: string }
    expect(hint).toMatch(
      /^(?:add|write WHERE \(…\)) AND kind = '…', or let a SELECT give all keys of the rows: DELETE FROM /,
    )
    await objects(open(), hint.slice(hint.indexOf('DELETE')))
    expect(rules.map(r => `${r.kind} ${r.name} ${r.who}`)).toEqual(expected)
  })

  it.each([
    [
      "DELETE FROM p.s.subjects WHERE permanent = true AND subject LIKE 's%'",
      "DELETE FROM p.s.subjects WHERE subject IN (SELECT subject FROM p.s.subjects WHERE subject LIKE 's%') AND permanent = true",
    ],
    [
      'UPDATE p.s.docs AS d SET spec.name = upper(d.spec.name) /* all */ WHERE d.spec.limits.low > 1 RETURNING id',
      'UPDATE p.s.docs AS d SET spec.name = upper(d.spec.name) WHERE id IN (SELECT id FROM p.s.docs AS d WHERE d.spec.limits.low > 1) RETURNING id',
    ],
    ['DELETE FROM p.s.keys', 'DELETE FROM p.s.keys WHERE id IN (SELECT id FROM p.s.keys WHERE …)'],
    [
      `DELETE FROM p.s.keys WHERE name <> '${'long '.repeat(200)}'`,
      'DELETE FROM p.s.keys WHERE id IN (SELECT id FROM p.s.keys WHERE …)',
    ],
    [
      "DELETE FROM p.s.keys WHERE name <> 'a\nb'",
      'DELETE FROM p.s.keys WHERE id IN (SELECT id FROM p.s.keys WHERE …)',
    ],
  ])('keeps every part of the statement, or shows that one is left out: %s', async (sql, proposal) => {
    start()
    const error = await objects(open(), sql).catch((e: unknown) => e)
    expect((error as { hint: string }).hint).toMatch(/all keys of the rows: /)
    expect((error as { hint: string }).hint.split('all keys of the rows: ')[1]).toBe(proposal)
  })
})
