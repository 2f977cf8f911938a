import { describe, expect, it } from 'vitest'
import { harness, rowsOf } from './support.ts'

const { open } = harness()
const COUNT = 'SELECT count(*) FROM confluent.iam.users'
const LIST = 'SELECT id FROM confluent.iam.invitations'
const [USERS, INVITATIONS] = [140, 230]

describe('a second statement at the same time is rejected and leaves the first intact', () => {
  it.each([
    ['two counts', COUNT, COUNT],
    ['a list and a count', COUNT, LIST],
    ['a join and a snapshot', `${COUNT} u JOIN (SELECT 1) ON true`, `CREATE TABLE t AS ${LIST}`],
  ])('%s', async (_, first, second) => {
    const session = open()
    const [one, two] = await Promise.allSettled([rowsOf(session, first), rowsOf(session, second)])
    expect(one).toEqual({ status: 'fulfilled', value: [[USERS]] })
    expect(two).toMatchObject({
      status: 'rejected',
      reason: { code: 'USAGE', hint: expect.stringContaining('need a session each') },
    })
    expect(await rowsOf(session, COUNT)).toEqual([[USERS]])
  })

  it('a snapshot and a list', async () => {
    const session = open()
    const [one, two] = await Promise.allSettled([
      rowsOf(session, `CREATE TABLE t AS ${LIST}`),
      rowsOf(session, LIST),
    ])
    expect([one.status, two.status]).toEqual(['fulfilled', 'rejected'])
    expect(await rowsOf(session, 'SELECT count(*) FROM t')).toEqual([[INVITATIONS]])
  })

  it('rows of a second statement while those of the first are read', async () => {
    const session = open()
    const [piece] = session.statements(LIST)
    const [one, two] = [
      await session.runPiece(LIST, piece!, new AbortController().signal),
      await session.runPiece(LIST, piece!, new AbortController().signal),
    ]
    const first = one.rows[Symbol.asyncIterator]()
    await first.next()
    await expect(two.rows[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'USAGE',
      message: 'the result before this one is still being read',
    })
    let rest = 0
    while (!(await first.next()).done) rest++
    expect(rest).toBe(INVITATIONS - 1)
  })

  it('a plan, while rows are read', async () => {
    const session = open()
    const pages: number[] = []
    for await (const { rows } of session.run(LIST)) {
      for await (const batch of rows.batches()) {
        pages.push(batch.length)
        await expect(session.plan(`SELECT * FROM (${LIST}) JOIN confluent.iam.users`)).rejects.toMatchObject({
          code: 'USAGE',
        })
      }
    }
    expect(pages).toEqual([100, 100, 30])
  })
})

describe('a session that is closed', () => {
  it.each([
    ['streams', LIST],
    ['is sorted', `${LIST} ORDER BY 1`],
    [
      'takes long',
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT i, length(replace(hex(zeroblob(500000)), '0', 'ab')) FROM n",
    ],
    [
      'is joined',
      'SELECT k.id FROM confluent.iam.users u JOIN confluent.iam.api_keys k ON k.spec.owner.id = u.id',
    ],
  ])('while rows are read ends what %s, and says so', async (_, sql) => {
    const session = open()
    const reading = async (): Promise<void> => {
      for await (const { rows } of session.run(sql)) for await (const _row of rows) await session.close()
    }
    await expect(reading()).rejects.toMatchObject({
      name: 'ConfluentqlError',
      code: 'ABORTED',
      message: 'the session was closed',
    })
  })

  it('runs and plans nothing more, and closes as often as it is asked to', async () => {
    const session = open()
    await session.close()
    await session.close()
    await expect(session.plan(COUNT)).rejects.toMatchObject({
      code: 'ABORTED',
      message: 'the session was closed',
    })
    await expect(rowsOf(session, COUNT)).rejects.toMatchObject({
      code: 'ABORTED',
      message: 'the session was closed',
    })
  })
})
