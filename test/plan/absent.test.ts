import { beforeAll, describe, expect, test } from 'vitest'
import { rowsOf, startChain, type Chain } from './nested-provider.ts'

let chain: Chain
beforeAll(async () => {
  chain = await startChain()
})

const E = 'p.s.environments'
const K = 'p.s.connectors'
const told = (n: number, all: number, names: string): string =>
  `p.s.connectors: ${n} of ${all} calls answered 404 and ${n === 1 ? 'has' : 'have'} no rows here: ${names}`

describe('keys from another table that answer 404', () => {
  test.each<readonly [sql: string, rows: unknown[][], notices: string[]]>([
    [
      `SELECT k.name FROM ${E} e JOIN ${K} k ON k.environment = e.id AND k.cluster = 'c1'`,
      [['k1'], ['k2']],
      [
        told(
          4,
          5,
          'environment e2 cluster c1, environment e3 cluster c1, environment e4 cluster c1, environment e5 cluster c1',
        ),
      ],
    ],
    [
      `SELECT e.id, count(k.name) FROM ${E} e LEFT JOIN ${K} k ON k.environment = e.id AND k.cluster = 'c1' WHERE e.id IN ('e1', 'e2') GROUP BY 1`,
      [
        ['e1', 2],
        ['e2', 0],
      ],
      [told(1, 2, 'environment e2 cluster c1')],
    ],
    [
      `SELECT name FROM ${K} WHERE environment IN (SELECT id FROM ${E} WHERE size < 3) AND cluster = 'c3'`,
      [['k3']],
      [told(2, 3, 'environment e1 cluster c3, environment e3 cluster c3')],
    ],
    [
      `SELECT a.name FROM ${K} a, ${K} b WHERE a.environment IN (SELECT id FROM ${E} WHERE size < 2) AND a.cluster = 'c3' AND b.environment = 'e2' AND b.cluster = 'c3'`,
      [['k3']],
      [told(1, 2, 'environment e1 cluster c3')],
    ],
  ])(
    'has no rows, and that is told, where its keys come from another table: %s',
    async (sql, rows, notices) => {
      const heard: string[] = []
      expect(await rowsOf(chain.session({ onNotice: text => heard.push(text) }), sql)).toEqual(rows)
      expect(heard).toEqual(notices)
    },
  )

  test.each([
    [
      'a key that the statement gives',
      `SELECT name FROM ${K} WHERE environment = 'e2' AND cluster = 'c1'`,
      404,
    ],
    [
      'one of the keys that the statement gives',
      `SELECT name FROM ${K} WHERE environment IN ('e1', 'e2') AND cluster = 'c1'`,
      404,
    ],
    [
      'keys of VALUES',
      `SELECT name FROM (VALUES ('e1'), ('e2')) v JOIN ${K} k ON k.environment = v.column1 AND k.cluster = 'c1'`,
      404,
    ],
    [
      'a given key that another part of the statement asks for as well',
      `SELECT a.name FROM ${K} a, ${K} b WHERE a.environment IN (SELECT id FROM ${E} WHERE size < 2) AND a.cluster = 'c3' AND b.environment = 'e1' AND b.cluster = 'c3'`,
      404,
    ],
    [
      'every call',
      `SELECT k.name FROM ${E} e JOIN ${K} k ON k.environment = e.id AND k.cluster = 'none'`,
      404,
    ],
    [
      'a page of HTML',
      `SELECT k.name FROM ${E} e JOIN ${K} k ON k.environment = e.id AND k.cluster = iif(e.size = 0, 'c1', 'html') WHERE e.size < 2`,
      404,
    ],
    [
      '403',
      `SELECT k.name FROM ${E} e JOIN ${K} k ON k.environment = e.id AND k.cluster = iif(e.size = 0, 'c1', 'denied') WHERE e.size < 2`,
      403,
    ],
  ])('is an error: %s', async (_, sql, status) => {
    const heard: string[] = []
    await expect(rowsOf(chain.session({ onNotice: text => heard.push(text) }), sql)).rejects.toMatchObject({
      code: 'API',
      status,
    })
    expect(heard).toEqual([])
  })
})
