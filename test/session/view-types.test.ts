import { expect, test } from 'vitest'
import { Session } from '../../src/engine/session.ts'
import { compiledCatalog } from '../catalog/compiled.ts'

/** A label of a metric, which is sent as a filter, and a column that is NULL in one part of a UNION. */
const UNKNOWN = ['confluent.topic_throughput.topic', 'confluent.iam.principals.filter']

async function rowsOf(session: Session, sql: string): Promise<(readonly unknown[])[]> {
  const all: (readonly unknown[])[] = []
  for await (const { rows } of session.run(sql)) for await (const row of rows) all.push(row)
  return all
}

test('DESCRIBE gives the types of the columns of every view', async () => {
  const session = new Session({
    catalog: compiledCatalog(),
    connect: () => Promise.reject(new Error('nothing may be sent')),
  })
  const views = await rowsOf(session, "SHOW TABLES WHERE type = 'view'")
  expect(views.length).toBeGreaterThan(20)
  const without: string[] = []
  for (const [name] of views)
    for (const [column, type] of await rowsOf(session, `DESCRIBE ${String(name)}`))
      if (type === null) without.push(`${String(name)}.${String(column)}`)
  await session.close()
  expect(without.toSorted()).toEqual(UNKNOWN.toSorted())
})
