import { expect, it } from 'vitest'
import { world } from './other-apis.ts'

const PAGES = 40

const PROVIDER = (port: number): string => `
provider: p
title: Test
version: 1.0.0
hosts: { main: { url: 'http://127.0.0.1:${port}', auth: { kind: none } } }
host: main
paging: { token: { kind: token, param: token, next: $.next } }
services: { s: { title: S } }
`

const SERVICE = `
service: s
resources:
  things:
    summary: x
    columns: { id: integer }
    methods: { list: { sql: select, call: GET /things, rows: $.data, paging: token } }
`

/** A CTE that takes longer than reading some pages, and gives one row. */
const costly = (steps: number): string =>
  `WITH RECURSIVE n(i) AS MATERIALIZED (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${steps}), c AS MATERIALIZED (SELECT max(i) AS i FROM n)`

it('rows for a LIMIT are not counted after each page if that takes longer than reading it', async () => {
  const w = await world(PROVIDER, SERVICE, ({ url }) => {
    const page = Number(new URL(url, 'http://x').searchParams.get('token') ?? 0)
    const data = Array.from({ length: 10 }, (_, i) => ({ id: page * 10 + i + 1 }))
    return { json: { data, next: page + 1 < PAGES ? String(page + 1) : null } }
  })
  const requestsFor = async (steps: number): Promise<number> => {
    const rows = await w.rows(
      `${costly(steps)} SELECT t.id FROM p.s.things t JOIN c ON c.i > t.id WHERE t.id > 20 LIMIT 10`,
    )
    expect(rows.map(r => r['id'])).toEqual(Array.from({ length: 10 }, (_, i) => i + 21))
    return w.asked().length
  }
  expect(await requestsFor(1000)).toBe(3)
  expect(await requestsFor(700_000)).toBeGreaterThan(3)
})
