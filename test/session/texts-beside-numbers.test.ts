import Database from 'better-sqlite3'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Session } from '../../src/index.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { Random } from '../fuzz/random.ts'
import { atEnd, listen } from '../support/cleanup.ts'
import { rowsOf, run } from './support.ts'

const SERVICE = `
service: s
resources:
  connectors:
    summary: Connectors, whose configuration has texts
    columns: { id: string, name: string, tasks: integer, config: object }
    methods:
      list_connectors: { sql: select, call: GET /connectors, rows: $.data }
  tasks:
    summary: Tasks of a connector
    columns: { id: string, connector: { type: string, input: true } }
    methods:
      list_tasks: { sql: select, call: 'GET /connectors/{connector}/tasks', rows: $.data }
`
const CONNECTORS = [
  { id: 'c1', name: '12', tasks: 1, config: { n: 7, 'tasks.max': '7', mixed: 1, only: 3 } },
  { id: 'c2', name: 'b', tasks: 2, config: { n: 2.5, 'tasks.max': '10', mixed: 'none', only: 9 } },
  { id: 'c3', name: '', tasks: 3, config: { n: 0, 'tasks.max': '2', mixed: '3', only: 4 } },
  { id: 'c4', name: 'd', tasks: 4, config: { n: -1, mixed: null, only: 5 } },
]

let session: Session
const notices: string[] = []
const asked: string[] = []
beforeAll(async () => {
  const url = await listen((request, response) => {
    asked.push(request.url!)
    const data = request.url === '/connectors' ? CONNECTORS : [{ id: 't1' }]
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
  })
  session = new Session({
    env: { P_URL: url },
    builtIn: compiledProvider(oneHostProvider(''), SERVICE),
    onNotice: text => notices.push(text),
  })
  atEnd(() => session.close())
})
beforeEach(() => {
  notices.length = 0
  asked.length = 0
})

const compared = (of: string, text: string): string =>
  `${of} is the text "${text}" in a row, and is compared with a number: a text is greater than every number, and equals none. Compare exact_number(${of}), which makes numbers of digits; typeof(${of}) <> 'text' AND … leaves texts out`
const computed = (of: string, text: string): string =>
  `${of} is the text "${text}" in a row, for which arithmetic takes the number that it begins with, or 0: typeof(${of}) <> 'text' AND … leaves texts out`

const FROM = 'FROM p.s.connectors'

describe('a notice about a text beside a number', () => {
  it.each([
    [`SELECT id ${FROM} WHERE config ->> 'tasks.max' > 5`, "config ->> 'tasks.max'", '7', 3],
    [`SELECT id ${FROM} WHERE 5 > config ->> 'tasks.max'`, "config ->> 'tasks.max'", '7', 0],
    [`SELECT id ${FROM} WHERE config ->> 'tasks.max' = 7`, "config ->> 'tasks.max'", '7', 0],
    [`SELECT id ${FROM} WHERE config ->> 'tasks.max' NOT IN (7, 8)`, "config ->> 'tasks.max'", '7', 3],
    [`SELECT id ${FROM} WHERE config ->> 'tasks.max' IN (SELECT 7)`, "config ->> 'tasks.max'", '7', 0],
    [`SELECT id ${FROM} WHERE config.mixed BETWEEN 0 AND 5`, 'config.mixed', 'none', 1],
    [
      `SELECT id ${FROM} WHERE json_extract(config, '$.mixed') >= 2`,
      "json_extract(config, '$.mixed')",
      'none',
      2,
    ],
    [`SELECT id ${FROM} WHERE config.mixed > tasks`, 'config.mixed', 'none', 1],
    [`SELECT id, iif(config.mixed > 2, 'big', 'small') AS size ${FROM}`, 'config.mixed', 'none', 4],
    [`SELECT CASE config.mixed WHEN 3 THEN 'three' END AS x ${FROM}`, 'config.mixed', '3', 4],
    [`SELECT id ${FROM} ORDER BY config.mixed > 2, id`, 'config.mixed', 'none', 4],
    [
      `SELECT config.mixed > 2 AS is_big, count(*) ${FROM} GROUP BY config.mixed > 2`,
      'config.mixed',
      'none',
      3,
    ],
    [`SELECT tasks ${FROM} GROUP BY tasks HAVING max(config.mixed) > 2`, 'max(config.mixed)', 'none', 2],
    [
      `SELECT a.id ${FROM} a JOIN p.s.connectors b ON b.id = a.id AND a.config.mixed > 2`,
      'a.config.mixed',
      'none',
      2,
    ],
    [`WITH w AS (SELECT config.mixed AS k ${FROM}) SELECT k FROM w WHERE k > 2`, 'k', 'none', 2],
    [`SELECT m FROM (SELECT max(config.mixed) AS m ${FROM}) WHERE m > 2`, 'm', 'none', 1],
    [`SELECT m FROM (SELECT coalesce(config.mixed, 0) AS m ${FROM}) WHERE m > 2`, 'm', 'none', 2],
    [`SELECT id ${FROM} WHERE config.mixed > 2 LIMIT 1`, 'config.mixed', 'none', 1],
    [`SELECT e.value FROM json_each('["4", 3]') e WHERE e.value > 3`, 'e.value', '4', 1],
  ])('%s', async (sql, of, text, count) => {
    expect((await rowsOf(session, sql)).length).toBe(count)
    expect(notices).toEqual([compared(of, text)])
  })

  it.each([
    [`SELECT sum(config.mixed) ${FROM}`, 'config.mixed', 'none', 4],
    [`SELECT total(name) ${FROM}`, 'name', 'b', 12],
    [`SELECT max(name + 1) ${FROM}`, 'name', 'b', 13],
    [`SELECT abs(config.mixed) ${FROM} WHERE id = 'c2'`, 'config.mixed', 'none', 0],
    [`SELECT m FROM (SELECT sum(-config.mixed) AS m ${FROM})`, 'config.mixed', 'none', -4],
  ])('in arithmetic: %s', async (sql, of, text, value) => {
    expect(await rowsOf(session, sql)).toEqual([[value]])
    expect(notices).toEqual([computed(of, text)])
  })

  it.each([
    [`SELECT id ${FROM} WHERE config.only > 3`, 3],
    [`SELECT id ${FROM} WHERE config.n >= 0 AND config.n IN (7, 0)`, 2],
    [`SELECT id ${FROM} WHERE typeof(config.mixed) <> 'text' AND config.mixed > 0`, 1],
    [`SELECT id ${FROM} WHERE exact_number(config ->> 'tasks.max') > 5`, 2],
    [`SELECT id ${FROM} WHERE CAST(config ->> 'tasks.max' AS INTEGER) > 5`, 2],
    [`SELECT id ${FROM} WHERE (config ->> 'tasks.max')::int > 5`, 2],
    [`SELECT id ${FROM} WHERE config ->> 'tasks.max' + 0 > 5`, 2],
    [`SELECT id ${FROM} WHERE config ->> 'tasks.max' > tasks`, 2],
    [`SELECT id ${FROM} WHERE config.mixed = 1`, 1],
    [`SELECT id ${FROM} WHERE config.mixed IN (1, 3, 'none', '3')`, 3],
    [`SELECT max(config.mixed), config.only ${FROM} GROUP BY 2 ORDER BY config.mixed`, 4],
    [`SELECT id ${FROM} WHERE tasks > 1 AND config.only + tasks > 7`, 2],
  ])('none where each value is compared as it is meant: %s', async (sql, count) => {
    expect((await rowsOf(session, sql)).length).toBe(count)
    expect(notices).toEqual([])
  })

  it('is given once for an operand, also in the key query of another table', async () => {
    const sql = `SELECT t.id ${FROM} c JOIN p.s.tasks t ON t.connector = c.id WHERE c.config.mixed < 2 AND c.config.mixed < 5`
    expect(await rowsOf(session, sql)).toEqual([['t1']])
    expect(notices).toEqual([compared('c.config.mixed', 'none')])
    expect(asked.toSorted()).toEqual(['/connectors', '/connectors/c1/tasks'])
  })

  it('is given for tables of the session and by EXPLAIN ANALYZE, but not again for the next statement', async () => {
    await run(session, `CREATE TABLE kept AS SELECT id, config.mixed AS m ${FROM} WHERE config.mixed > 2`)
    expect(notices.splice(0)).toEqual([compared('config.mixed', 'none')])
    await rowsOf(session, 'SELECT id FROM kept WHERE m < 5')
    expect(notices.splice(0)).toEqual([compared('m', 'none')])
    await rowsOf(session, "SELECT id FROM kept WHERE m = 'none' AND m < 5")
    await run(session, 'INSERT INTO kept SELECT id, m FROM kept WHERE m > 9')
    expect(notices.splice(0)).toEqual([compared('m', 'none'), compared('m', 'none')])
    for (const sql of [
      'DELETE FROM kept WHERE m > 9',
      "UPDATE kept SET id = 'x' WHERE m > 9",
      'UPDATE kept SET m = m + 1',
    ])
      await expect(run(session, sql)).rejects.toMatchObject({ code: 'VALUE' })
    expect(await rowsOf(session, 'SELECT count(*), count(DISTINCT id) FROM kept')).toEqual([[4, 2]])
    await rowsOf(session, `EXPLAIN ANALYZE SELECT id ${FROM} WHERE config.mixed > 2`)
    expect(notices.splice(0)).toEqual([compared('config.mixed', 'none')])
    await rowsOf(session, `SELECT id ${FROM} WHERE config.mixed > 2 AND false`)
    await rowsOf(session, `SELECT id ${FROM} WHERE config.only > 2`)
    expect(notices).toEqual([])
  })

  it('quotes what was written, and sorts a compound query by the same expression', async () => {
    const sql = `SELECT config.mixed + 1 ${FROM} UNION SELECT config.mixed+1 ${FROM} ORDER BY config.mixed + 1`
    expect(await rowsOf(session, sql)).toEqual([[null], [1], [2], [4]])
    expect(notices.splice(0)).toEqual([computed('config.mixed', 'none')])
    await rowsOf(session, `SELECT id ${FROM} WHERE coalesce(config.mixed, 1::bigint) > 2`)
    expect(notices).toEqual([compared('coalesce(config.mixed, 1::bigint)', 'none')])
  })
})

describe('statements that are made at random', () => {
  const FIELDS = ['n', 'tasks.max', 'mixed', 'only'] as const
  const plain = new Database(':memory:')
  plain.exec('CREATE TABLE connectors (id TEXT, name TEXT, tasks INTEGER, config TEXT)')
  for (const { id, name, tasks, config } of CONNECTORS)
    plain
      .prepare('INSERT INTO connectors VALUES (?, ?, CAST(? AS INTEGER), ?)')
      .run(id, name, tasks, JSON.stringify(config))

  /** A condition, and the SQL for the rows that have a text which it does not compare as a number. */
  function condition(pick: <T>(of: readonly T[]) => T): { sql: string; texts: string } {
    const field = `config ->> '$.${pick(FIELDS.map(f => (f === 'tasks.max' ? '"tasks.max"' : f)))}'`
    const [a, b] = [pick([-1, 0, 1, 2.5, 3, 7]), pick([3, 4, 9])]
    const isText = `typeof(${field}) = 'text'`
    const isOf = (...numbers: number[]): string =>
      `${isText} AND ${field} <> 'none' AND CAST(${field} AS REAL) IN (${numbers.join(', ')})`
    return pick([
      ...['<', '<=', '>', '>='].map(op => ({ sql: `${field} ${op} ${a}`, texts: isText })),
      ...['<', '>='].map(op => ({ sql: `${b} ${op} ${field}`, texts: isText })),
      ...['=', '<>', 'IS NOT'].map(op => ({ sql: `${field} ${op} ${a}`, texts: isOf(a) })),
      { sql: `${field} NOT IN (${a}, ${b})`, texts: isOf(a, b) },
      { sql: `${field} NOT BETWEEN ${a} AND ${a + 2}`, texts: isText },
      { sql: `coalesce(${field}, 0) < ${b}`, texts: isText },
      { sql: `${field} + ${a} < ${b}`, texts: `${field} = 'none'` },
      { sql: `round(${field}) <= ${b}`, texts: `${field} = 'none'` },
    ])
  }

  it('have the rows of SQLite, and a notice if and only if a row has such a text', async () => {
    const random = new Random(17)
    const pick = <T>(of: readonly T[]): T => random.pick(of)
    let withRows = 0
    let withNotices = 0
    for (let i = 0; i < 300; i++) {
      const { sql, texts } = condition(pick)
      const [before, after] = pick([
        ['SELECT id FROM connectors WHERE ', ' ORDER BY id'],
        ['SELECT count(*) FROM connectors WHERE ', ''],
        ['SELECT id, ', ' AS x FROM connectors ORDER BY id'],
        ['SELECT v.id FROM (SELECT id, config FROM connectors) v WHERE ', ' ORDER BY 1'],
        [
          'WITH w AS (SELECT config, id FROM connectors) SELECT max(id) FROM w WHERE ',
          ' HAVING count(*) > 0',
        ],
        [
          'SELECT a.id FROM connectors a JOIN (SELECT id AS i, tasks AS k FROM connectors) b ON a.id = b.i WHERE ',
          ' ORDER BY b.k',
        ],
      ])
      const statement = `${before}${sql}${after}`
      notices.length = 0
      const rows = await rowsOf(session, statement.replaceAll(/\bconnectors\b/g, 'p.s.connectors'))
      const expected = plain.prepare(statement).raw().all() as unknown[][]
      expect(rows, statement).toEqual(expected)
      const hasText = plain.prepare(`SELECT EXISTS (SELECT 1 FROM connectors WHERE ${texts})`).pluck().get()
      expect(notices.length, statement).toBe(hasText)
      if (rows.length > 0) withRows++
      if (hasText) withNotices++
    }
    expect(withRows).toBeGreaterThan(200)
    expect(withNotices).toBeGreaterThan(75)
    expect(withNotices).toBeLessThan(250)
  })
})
