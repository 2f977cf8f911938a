import { beforeAll, expect, it } from 'vitest'
import { Client } from 'pg'
import { Random } from '../fuzz/random.ts'
import { definitionFor, makeTables, answerAs, writeProvider } from '../server/random/world.ts'
import { Statements, type Generated } from '../server/random/statements.ts'
import { serve } from '../server/support.ts'
import { folder, listen } from '../support/cleanup.ts'
import { answerOf, type Answer, type How } from './answers.ts'
import { startPostgres } from './postgres.ts'

/*
 * The same statements over the same rows: `confluentql serve` against a Postgres of its own. SEED and COUNT choose others and more.
 */

const SEED = Number(process.env.SEED ?? 1)
const COUNT = Number(process.env.COUNT ?? 1500)

let ours: Client
let postgres: Client
beforeAll(async () => {
  const tables = makeTables()
  const url = await listen(answerAs(tables))
  const provider = writeProvider(tables, folder(), url)
  const server = await serve(['--provider-path', provider], { LAB_URL: url })
  ours = await server.client()
  postgres = await startPostgres()
  await postgres.query(definitionFor(tables))
})

const HOWS: readonly How[] = ['simple', 'text', 'binary', 'cursor', 'copy', 'portal']

it('statements at random have the answers of Postgres', async () => {
  const statements = new Statements(new Random(SEED), makeTables())
  const random = new Random(SEED + 1)
  const differences: string[] = []
  const counts = { rows: 0, empty: 0, errors: 0, refused: 0 }
  for (let i = 0; i < COUNT; i++) {
    const statement = statements.next()
    const hows = statement.values[0]!.length > 0 ? (['text', 'binary', 'portal'] as const) : HOWS
    const how = random.pick(hows)
    for (const values of statement.values) {
      const [expected, found] = await Promise.all(
        [postgres, ours].map(client => answerOf(client, statement, values, how)),
      )
      if (expected!.state !== undefined) counts.errors++
      else if (found!.state === '42P10') counts.refused++
      else if (expected!.rows.length > 0) counts.rows++
      else counts.empty++
      const text = difference(statement, expected!, found!)
      if (text === undefined) continue
      differences.push(`#${i} ${how} ${JSON.stringify(values)}\n${statement.sql}\n${text}`)
      break
    }
  }
  console.log(JSON.stringify(counts))
  expect(differences.slice(0, 20)).toEqual([])
  expect(counts.rows).toBeGreaterThan(COUNT / 2)
})

/** Whether errors are the same: for types that USING cannot compare, Postgres 15 has another one than Postgres 18, which PGlite is. */
const isSameError = (expected: Answer, found: Answer): boolean =>
  expected.state === found.state
  || (/ JOIN\/USING types .* cannot be matched$/.test(expected.message ?? '')
    && / operator does not exist: .* = /.test(found.message ?? ''))

function difference({ isOrdered }: Generated, expected: Answer, found: Answer): string | undefined {
  if (expected.state !== undefined || found.state !== undefined)
    return isSameError(expected, found) ? undefined : `error ${expected.message} / ${found.message}`
  if (expected.types.join() !== found.types.join())
    return `types ${expected.types.join()} / ${found.types.join()}`
  if (expected.tag !== found.tag) return `tag ${expected.tag} / ${found.tag}`
  const [a, b] = [expected, found].map(({ rows }) => (isOrdered ? rows : rows.toSorted()))
  if (JSON.stringify(a) === JSON.stringify(b)) return undefined
  const at = a!.findIndex((row, i) => row !== b![i])
  return `${a!.length} / ${b!.length} rows, first different: ${a![at] ?? 'none'} / ${b![at < 0 ? a!.length : at] ?? 'none'}`
}
