import { afterAll, beforeAll, expect, test } from 'vitest'
import { Random } from './random.ts'
import { Bench } from './run.ts'
import { DOMAINS, makeData } from './world.ts'

const COUNT = Number(process.env.FUZZ_STATEMENTS ?? 600)
const SEED = Number(process.env.FUZZ_SEED ?? 1)
const PER_DATASET = 100

/** A table, how its parents are joined by hand, and values of its columns. */
interface Child {
  readonly short: string
  readonly joined: string
  readonly plain: string
  readonly columns: Readonly<Record<string, readonly (string | number | boolean)[]>>
}

const CHILDREN: readonly Child[] = [
  {
    short: 'fz.main.projects t',
    joined: 'fz.main.orgs o JOIN fz.main.projects t ON t.org = o.id',
    plain: 'projects t',
    columns: { org: DOMAINS.org, id: DOMAINS.project, state: DOMAINS.kind, title: DOMAINS.word },
  },
  {
    short: 'fz.main.members t',
    joined: 'fz.main.orgs o JOIN fz.main.members t ON t.org = o.id',
    plain: 'members t',
    columns: { org: DOMAINS.org, user: DOMAINS.user, role: DOMAINS.kind },
  },
  {
    short: 'fz.main.tasks t',
    joined:
      'fz.main.orgs o JOIN fz.main.projects p ON p.org = o.id JOIN fz.main.tasks t ON t.org = p.org AND t.project = p.id',
    plain: 'tasks t',
    columns: { org: DOMAINS.org, project: DOMAINS.project, status: DOMAINS.kind, assignee: DOMAINS.user },
  },
]

const quoted = (value: unknown): string => `'${String(value).replaceAll("'", "''")}'`

function condition(r: Random, columns: Child['columns'], depth = 0): string {
  const name = r.pick(Object.keys(columns))
  const values = columns[name]!
  const value = (): string => quoted(r.pick(values))
  const simple = r.pick([
    () => `t.${name} = ${value()}`,
    () => `t.${name} <> ${value()}`,
    () => `t.${name} > ${value()}`,
    () => `t.${name} IN (${value()}, ${value()})`,
    () => `t.${name} NOT IN (${value()}, ${value()})`,
    () => `t.${name} LIKE ${quoted(`${String(r.pick(values)).slice(0, 1)}%`)}`,
    () => `length(t.${name}) < 3`,
    () => `coalesce(t.${name}, 'x') <> ${value()}`,
  ])()
  if (depth > 1 || !r.chance(0.4)) return simple
  const other = condition(r, columns, depth + 1)
  return r.pick([
    () => `(${simple} OR ${other})`,
    () => `(${simple} AND ${other})`,
    () => `NOT (${simple} AND ${other})`,
  ])()
}

const bench = new Bench()
beforeAll(() => bench.start())
afterAll(() => bench.stop())

/** By hand, an object is read by its id below each parent; without a parent it is looked for in the lists, which may have more pages. */
const isGet = (url: string): boolean => /\/projects\/[^/?]+(?:\?|$)/.test(url)

const sorted = (rows: readonly (readonly unknown[])[]): string[] =>
  rows.map(row => row.map(String).join('|')).sort()

test(`${COUNT} statements without keys from seed ${SEED} give the rows of the complete tables, with no more requests than the same with the parents joined`, async () => {
  const faults: string[] = []
  let loaded = -1
  for (let seed = SEED; seed < SEED + COUNT && faults.length === 0; seed++) {
    const dataset = Math.floor(seed / PER_DATASET)
    if (dataset !== loaded) await bench.load(makeData(new Random(dataset + 3_000_000)))
    loaded = dataset
    const r = new Random(seed)
    const child = r.pick(CHILDREN)
    const columns = Object.keys(child.columns)
      .map(name => `t.${name}`)
      .join(', ')
    const where = r.chance(0.85) ? ` WHERE ${condition(r, child.columns)}` : ''
    const limit = r.chance(0.3) ? r.int(0, 4) : undefined
    const tail = limit === undefined ? '' : ` LIMIT ${limit}`
    const short = `SELECT ${columns} FROM ${child.short}${where}`
    const expected = bench.reference.run(`SELECT ${columns} FROM ${child.plain}${where}`, {})
    if (!('rows' in expected)) throw new Error(`${short}: ${expected.error}`)
    const cost = async (sql: string): Promise<{ rows: string[]; asked: string[]; error: unknown }> => {
      bench.provider.asked.length = 0
      const { rows, error } = await bench.ours(sql)
      return { rows: sorted(rows), asked: [...bench.provider.asked], error }
    }
    const ours = await cost(short + tail)
    const byHand = await cost(`SELECT ${columns} FROM ${child.joined}${where}${tail}`)
    const all = sorted(expected.rows)
    const isRight =
      limit === undefined
        ? JSON.stringify(ours.rows) === JSON.stringify(all)
        : ours.rows.length === Math.min(limit, all.length) && ours.rows.every(row => all.includes(row))
    const told = `FUZZ_SEED=${seed} FUZZ_STATEMENTS=1: ${short}${tail}`
    if (ours.error !== undefined) faults.push(`${told}\n  ${String(ours.error)}`)
    else if (!isRight) faults.push(`${told}\n  expected ${all.join(' ')}\n  got ${ours.rows.join(' ')}`)
    else if (
      byHand.error === undefined
      && !byHand.asked.some(isGet)
      && ours.asked.length > byHand.asked.length
    )
      faults.push(`${told}\n  ${ours.asked.join(' ')}\n  by hand: ${byHand.asked.join(' ')}`)
  }
  expect(faults.join('\n\n')).toBe('')
}, 3_600_000)
