import { describe, expect, it } from 'vitest'
import { Session } from '../../src/index.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { run } from '../session/support.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const providers = compiledProvider(
  oneHostProvider(`paging:
  token: { kind: token, param: page_token, next: $.metadata.next }
  offset: { kind: offset, offset: offset, limit: limit, max: 2, total: $.total }
`),
  `
service: s
resources:
  things:
    summary: Things
    columns: { id: string }
    methods: { list: { sql: select, call: GET /things, rows: $.data, paging: token } }
  counted:
    summary: Things by offset
    columns: { id: string }
    methods: { list: { sql: select, call: GET /counted, rows: $.data, paging: offset } }
`,
)

/** Rows and notices of a list of five things, two a page, whose pages say these totals. */
async function listed(
  sql: string,
  totals: readonly unknown[],
): Promise<{ rows: unknown; notices: string[] }> {
  const url = await listen((request, response) => {
    const { searchParams: query } = new URL(request.url!, 'http://127.0.0.1')
    const from = Number(query.get('page_token') ?? query.get('offset') ?? 0)
    const data = ['a', 'b', 'c', 'd', 'e'].slice(from, from + 2).map(id => ({ id }))
    const total = totals[from / 2]
    response.end(
      JSON.stringify({ metadata: { total_size: total, next: from < 4 ? `${from + 2}` : null }, total, data }),
    )
  })
  const notices: string[] = []
  const session = new Session({
    env: { P_URL: url },
    builtIn: providers,
    onNotice: text => notices.push(text),
  })
  atEnd(() => session.close())
  return { rows: (await run(session, sql)).rows, notices }
}

const TOKEN = 'SELECT count(*) FROM p.s.things'
const OFFSET = 'SELECT count(*) FROM p.s.counted'

describe('the number of all rows in a list', () => {
  it.each([
    [TOKEN, [6, 6, 5], 'p.s.things', 5],
    [TOKEN, [5, 6, 6], 'p.s.things', 6],
    [OFFSET, [6, 5, 5], 'p.s.counted', 5],
  ])('is in a notice if it changes: %s', async (sql, totals, table, last) => {
    const { rows, notices } = await listed(sql, totals)
    expect(rows).toEqual([[5]])
    expect(notices).toEqual([
      `${table}: rows may be missing: the list had ${totals[0]} rows and then ${last} while its pages were read; run the statement again`,
    ])
  })

  it.each([
    ['the same', [5, 5, 5]],
    ['the same, but wrong', [7, 7, 7]],
    ['in the first page alone', [5]],
    ['absent', []],
    ['no number', ['many', 'few', 'one']],
    ['that of the rows in the page', [2, 2, 1]],
    ['that of the rows from the page on', [5, 3, 1]],
  ])('is not in a notice if it is %s', async (_, totals) => {
    for (const sql of [TOKEN, 'SELECT id FROM p.s.things'])
      expect((await listed(sql, totals)).notices).toEqual([])
  })
})
