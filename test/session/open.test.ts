import { expect, it } from 'vitest'
import { objects, startServer } from '../writes/support.ts'

const { open, requests, serve, notices } = await startServer()

it.each([
  ["SELECT n FROM p.s.results WHERE name = 'r'", [1, 2, 3]],
  ["SELECT sum(n) AS n FROM p.s.results WHERE name = 'r'", [6]],
  [
    "SELECT a.n FROM p.s.results a JOIN p.s.results b ON b.n = a.n AND b.name = 'r' WHERE a.name = 'r'",
    [1, 2, 3],
  ],
])(
  'a listing that goes on while more may come ends at an empty page, which is told: %s',
  async (sql, expected) => {
    const pages = [[{ n: 1 }, { n: 2 }], [{ n: 3 }], []]
    serve({
      'GET /statements/r/results': ({ nth }) => ({ data: pages[nth - 1], next: `x?page_token=${nth}` }),
    })
    expect((await objects(open(), sql)).map(r => r.n)).toEqual(expected)
    expect(requests()).toHaveLength(3)
    expect(notices).toEqual([
      'p.s.results: these are the rows so far; it is not finished, and may have more later (name r)',
    ])
  },
)

it('a listing that is finished gives no notice', async () => {
  serve({ 'GET /statements/r/results': () => ({ data: [] }) })
  expect(await objects(open(), "SELECT n FROM p.s.results WHERE name = 'r'")).toEqual([])
  expect(notices).toEqual([])
})
