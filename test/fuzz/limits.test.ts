import { afterAll, beforeAll, expect, test } from 'vitest'
import { Harness } from './harness.ts'
import { Random } from './random.ts'
import { makeData } from './schema.ts'

const DATASETS = Number(process.env.FUZZ_STATEMENTS ?? 4)
const SEED = Number(process.env.FUZZ_SEED ?? 1)

const FROM = [
  'fz.main.orgs o JOIN fz.main.members t ON t.org = o.id',
  'fz.main.orgs o JOIN fz.main.projects p ON p.org = o.id JOIN fz.main.tasks t ON t.org = p.org AND t.project = p.id',
  'fz.main.orgs o LEFT JOIN fz.main.projects t ON t.org = o.id',
  'fz.main.members t JOIN fz.main.members m ON m.org = t.org AND m.user = t.user',
]
const WHERE = [
  '',
  "WHERE t.org IN ('o1', 'O1', 'ö/3', '01')",
  'WHERE EXISTS (SELECT 1 FROM fz.main.members x WHERE x.org = t.org)',
]

const harness = new Harness()
beforeAll(() => harness.start())
afterAll(() => harness.stop())

const rowsOf = async (sql: string): Promise<string[]> =>
  (await harness.execute(sql)).rows.map(row => JSON.stringify(row))

test('LIMIT of a join gives as many of its rows, each at most as often', async () => {
  const faults: string[] = []
  for (let seed = SEED; seed < SEED + DATASETS; seed++) {
    const r = new Random(seed)
    await harness.load(makeData(r), [32, 1, 2][seed % 3])
    for (const from of FROM)
      for (const limit of [1, 3, 10]) {
        const query = `SELECT ${r.pick(['', 'DISTINCT '])}t.* FROM ${from} ${r.pick(WHERE)}`
        const rest = await rowsOf(query)
        const expected = Math.min(limit, rest.length)
        const some = await rowsOf(`${query} LIMIT ${limit}`)
        const others = some.filter(row => rest.splice(rest.indexOf(row) >>> 0, 1).length === 0)
        if (some.length !== expected || others.length > 0)
          faults.push(
            `FUZZ_SEED=${seed} FUZZ_STATEMENTS=1: ${query} LIMIT ${limit}: ${some.length} of ${expected}`,
          )
      }
  }
  expect(faults).toEqual([])
}, 3_600_000)
