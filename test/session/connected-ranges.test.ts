import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { Random } from '../fuzz/random.ts'
import { harness, rowsOf, run } from './support.ts'

const { open } = harness()

it('a notice says that two conditions are true for every value or for none exactly if they are', async () => {
  const random = new Random(20261203)
  const notices: string[] = []
  const session = open({ onNotice: text => notices.push(text) })
  const plain = new Database(':memory:')
  const columns = { n: 'REAL', i: 'INTEGER', t: 'TEXT' }
  const values = Array.from({ length: 23 }, (_, i) => i / 2 - 3)
  for (const [name, type] of Object.entries(columns)) {
    await run(session, `CREATE TABLE ${name} (${name} ${type})`)
    plain.exec(`CREATE TABLE ${name} (${name} ${type})`)
    for (const v of values) {
      const value = type === 'TEXT' ? `'m${v + 5}'` : type === 'INTEGER' ? String(v * 2) : String(v)
      plain.exec(`INSERT INTO ${name} VALUES (${value})`)
    }
  }
  const counts = { every: 0, no: 0, none: 0 }
  for (let k = 0; k < 600; k++) {
    const name = random.pick(Object.keys(columns))
    const constant = (): string => {
      const n = random.int(0, 3)
      return name === 't' ? `'m${n + 5}'` : String(name === 'i' ? n * 4 : n)
    }
    const operators: string[] = []
    const condition = (): string => {
      const operator = random.pick(['<', '<=', '>', '>=', '=', '<>'])
      const isNot = random.chance(0.2)
      operators.push(/[<>]=?$/.test(operator) && operator !== '<>' ? 'range' : 'equal')
      const text = random.chance(0.3)
        ? `${constant()} ${operator} ${name}`
        : `${name} ${operator} ${constant()}`
      return isNot ? `NOT ${text}` : text
    }
    const connective = random.pick(['AND', 'OR'])
    const where = random.chance(0.1)
      ? `${name} BETWEEN ${constant()} AND ${constant()}`
      : `${condition()} ${connective} ${condition()}`
    const met = Number(plain.prepare(`SELECT count(*) FROM ${name} WHERE ${where}`).pluck().get())
    const isEqualOnly = operators.length === 2 && operators.every(o => o === 'equal')
    const expected =
      connective === 'OR' && met === values.length
        ? 'every'
        : met === 0 && (connective === 'AND' || where.includes('BETWEEN'))
          ? 'no'
          : 'none'
    notices.length = 0
    await rowsOf(session, `SELECT count(*) FROM ${name} WHERE ${where}`)
    const found = /^(?:every|no)(?= value)/.exec(notices[0] ?? '')?.[0] ?? 'none'
    // x = 1 OR x <> 1 may be meant: it is true for all that are not NULL
    if (isEqualOnly && found === 'none') continue
    expect(found, `${where} ${notices[0]}`).toBe(expected)
    counts[found as keyof typeof counts]++
  }
  plain.close()
  expect(counts.every).toBeGreaterThan(40)
  expect(counts.no).toBeGreaterThan(40)
  expect(counts.none).toBeGreaterThan(200)
})
