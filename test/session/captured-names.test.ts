import { describe, expect, it } from 'vitest'
import { harness, rowsOf } from './support.ts'

const { open } = harness()
const [USERS, KEYS] = ['confluent.iam.users', 'confluent.iam.api_keys']

async function told(sql: string): Promise<readonly string[]> {
  const notices: string[] = []
  await rowsOf(open({ onNotice: text => notices.push(text) }), sql)
  return notices
}

const outer = (name: string, write: string): RegExp =>
  RegExp(`^no table of the subquery has a column ${name}, .*: write ${write} if that is meant$`)
const inner = (name: string, write: string, own: string): RegExp =>
  RegExp(`^${name} is a column of the subquery.*: write ${write} for .*, or ${own} if that of the subquery`)

const CAPTURED: readonly (readonly [where: string, notice: RegExp])[] = [
  [`email IN (SELECT email FROM ${KEYS})`, outer('email', 'users.email')],
  [`email IN (SELECT lower(email) FROM ${KEYS})`, outer('email', 'users.email')],
  [`email = (SELECT email FROM ${KEYS} LIMIT 1)`, outer('email', 'users.email')],
  [
    `id NOT IN (SELECT spec.owner.id FROM ${KEYS} WHERE auth_type = 'x')`,
    outer('auth_type', 'users.auth_type'),
  ],
  [
    `EXISTS (SELECT 1 FROM ${KEYS} k WHERE k.spec.owner.id = users.id AND (full_name = 'x' OR k.id = ''))`,
    outer('full_name', 'users.full_name'),
  ],
  [`NOT EXISTS (SELECT 1 FROM ${KEYS} k WHERE k.spec.owner.id = id)`, inner('id', 'users.id', 'k.id')],
  [`NOT EXISTS (SELECT 1 FROM ${KEYS} WHERE spec.owner.id = id)`, inner('id', 'users.id', 'api_keys.id')],
  [`2 < (SELECT count(*) FROM ${KEYS} k WHERE k.spec.owner.id = id)`, inner('id', 'users.id', 'k.id')],
  [`EXISTS (SELECT 1 FROM ${USERS} u WHERE u.email = id)`, inner('id', 'users.id', 'u.id')],
  [
    `id NOT IN (SELECT k.spec.owner.id FROM ${KEYS} k WHERE k.spec.display_name = id)`,
    inner('id', 'users.id', 'k.id'),
  ],
  [`id NOT IN (SELECT u.email FROM ${USERS} u WHERE u.full_name = id)`, inner('id', 'users.id', 'u.id')],
]

describe('a name without a table, which SQL takes for a column of another query than is meant', () => {
  it.each(CAPTURED)('is told in SELECT: %s', async (where, notice) => {
    const notices = await told(`SELECT id FROM ${USERS} WHERE ${where}`)
    expect(notices).toHaveLength(1)
    expect(notices[0]).toMatch(notice)
  })

  it.each(CAPTURED)('is an error in a change, before any request: %s', async (where, notice) => {
    const statements = [
      `DELETE FROM ${USERS} WHERE id IN (SELECT id FROM ${USERS}) AND ${where}`,
      `UPDATE ${USERS} SET full_name = 'a' WHERE id IN (SELECT id FROM ${USERS}) AND ${where}`,
    ]
    for (const sql of statements) {
      const error: unknown = await rowsOf(open(), sql).catch((e: unknown) => e)
      const { message, hint, code } = error as { message: string; hint: string; code: string }
      expect(code).toBe('VALUE')
      expect(`${message}: ${hint}`).toMatch(notice)
    }
  })

  it.each(CAPTURED)('with the table that the hint names is accepted: %s', async (where, notice) => {
    const name = /write (\w+)\\?\.(\w+)/.exec(notice.source)!
    // the last place: the first ones are outside the subquery
    const at = where.lastIndexOf(name[2]!)
    const written = `${where.slice(0, at)}${name[1]!}.${where.slice(at)}`
    expect(await told(`SELECT id FROM ${USERS} WHERE ${written}`)).toEqual([])
  })
})

const UNRELATED = `EXISTS (SELECT 1 FROM ${KEYS} k WHERE k.spec.display_name = 'x')`

describe('EXISTS with no column of the outer query', () => {
  it.each([UNRELATED, `NOT ${UNRELATED}`, `(email = '' OR ${UNRELATED})`])(
    'is told in SELECT, and an error in a change: %s',
    async where => {
      const wrong = /^no condition of EXISTS .*: add one, or write \(SELECT count/
      expect(await told(`SELECT id FROM ${USERS} WHERE ${where}`)).toEqual([expect.stringMatching(wrong)])
      const sql = `DELETE FROM ${USERS} WHERE id IN (SELECT id FROM ${USERS}) AND ${where}`
      await expect(open().plan(sql)).rejects.toThrow(/^no condition of \(?EXISTS/)
    },
  )

  it.each([
    `SELECT id FROM ${USERS} WHERE (SELECT count(*) FROM ${KEYS} k WHERE k.spec.display_name = 'x') > 0`,
    `SELECT id FROM ${USERS} WHERE id = 'u-08mnyy' AND ${UNRELATED}`,
    `SELECT id FROM ${USERS} WHERE id IN ('u-08mnyy', 'u-0flj82') AND ${UNRELATED}`,
    `SELECT ${UNRELATED} AS found`,
    `SELECT id, ${UNRELATED} AS found FROM ${USERS}`,
  ])('may be meant: %s', async sql => {
    expect(await told(sql)).toEqual([])
  })
})

it.each([
  `SELECT id FROM ${USERS} WHERE id IN (SELECT spec.owner.id FROM ${KEYS} WHERE spec.owner.id <> id)`,
  `SELECT id FROM ${USERS} u WHERE EXISTS (SELECT 1 FROM ${KEYS} WHERE spec.owner.id = u.id)`,
  // the rows of both queries are the same
  `SELECT id FROM ${USERS} WHERE id IN (SELECT u.id FROM ${USERS} u WHERE full_name = u.email)`,
  `SELECT id FROM ${USERS} WHERE id NOT IN (SELECT id FROM ${USERS} WHERE full_name = users.email)`,
  `SELECT id FROM ${KEYS} WHERE (spec.owner.id, id) IN (SELECT k.spec.owner.id, k.id FROM ${KEYS} k WHERE spec.description < k.spec.owner.id)`,
  `SELECT id FROM ${USERS} WHERE EXISTS (SELECT email FROM ${KEYS} k WHERE k.spec.owner.id = email)`,
  `SELECT id FROM ${USERS} WHERE EXISTS (SELECT 1 FROM ${KEYS} a JOIN ${KEYS} b ON a.id = b.spec.owner.id AND a.spec.owner.id = users.id)`,
  `SELECT id FROM ${USERS} WHERE email IN (SELECT max(email, full_name))`,
  `SELECT id FROM ${USERS} WHERE email IN (VALUES (full_name))`,
  `SELECT id FROM ${USERS} WHERE id IN (SELECT value FROM json_each(metadata) WHERE email = value)`,
  `SELECT id, (SELECT iif(count(*) > 9, email, '') FROM ${KEYS} k WHERE k.spec.owner.id = users.id) AS n FROM ${USERS}`,
  `SELECT id FROM ${USERS} WHERE email IN (SELECT 'a' FROM ${KEYS} k WHERE k.spec.owner.id = users.id GROUP BY k.spec.owner.id HAVING count(*) > length(email))`,
])('says nothing of names that are meant: %s', async sql => {
  expect(await told(sql)).toEqual([])
})
