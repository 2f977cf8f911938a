import { expect, it } from 'vitest'
import { objects, startServer } from '../writes/support.ts'
import { MaskedStatements } from './masked.ts'
import { Random } from './random.ts'

const COUNT = Number(process.env.FUZZ_STATEMENTS ?? 200)
const SEED = Number(process.env.FUZZ_SEED ?? 1)

const { open, serve } = await startServer()
const SECRETS = ['pl4nted-1', 'pl4nted-2', 'pl4nted-1', '', null]
const KEYS = [1, 2, 3, 4, 5].map((n, i) => ({
  id: `k${n}`,
  name: n % 2 ? 'odd' : 'even',
  secret: SECRETS[i],
  spec: { owner: `u${n % 3}`, secret: SECRETS[(i + 2) % 5] },
  parts:
    n === 2
      ? null
      : [
          { name: 'a', value: SECRETS[(i + 1) % 5] },
          { name: `k${n}`, value: 'pl4nted-3' },
        ],
  settings: n === 3 ? null : { user: SECRETS[(i + 3) % 5] },
}))
const sorted = (rows: readonly object[]): string[] =>
  rows.map(row => JSON.stringify(row).replace(/pl4nted-\d/g, '********')).sort()

it('a statement over masked secrets gives the same rows as without masks, or is rejected', async () => {
  const statements = new MaskedStatements(new Random(SEED))
  serve({
    'GET /keys': () => ({ data: KEYS }),
    ...Object.fromEntries(KEYS.map(key => [`GET /keys/${key.id}`, () => key])),
  })
  const [masked, shown] = [open(), open({ showSecrets: true })]
  const counts = { rejected: 0, same: 0, failed: 0 }
  for (let i = 0; i < COUNT; i++) {
    const sql = statements.statement()
    const expected = await objects(shown, sql).then(sorted, (e: Error) => e)
    const actual = await objects(masked, sql).then(sorted, (e: Error) => e)
    const isRejected = actual instanceof Error && actual.message.includes('is a masked secret')
    counts[expected instanceof Error ? 'failed' : isRejected ? 'rejected' : 'same']++
    if (!(expected instanceof Error || isRejected))
      expect(actual, `seed ${SEED}, statement ${i}: ${sql}`).toEqual(expected)
  }
  expect(counts.failed).toBeLessThan(counts.same / 4)
  expect(counts.same).toBeGreaterThan(COUNT / 3)
})
