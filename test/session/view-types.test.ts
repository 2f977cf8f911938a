import { expect, test } from 'vitest'
import { Session } from '../../src/engine/session.ts'
import { compiledCatalog } from '../catalog/compiled.ts'

/** A label of a metric, which is sent as a filter. */
const UNKNOWN = ['confluent.topic_throughput.topic']

async function rowsOf(session: Session, sql: string): Promise<(readonly unknown[])[]> {
  const all: (readonly unknown[])[] = []
  for await (const { rows } of session.run(sql)) for await (const row of rows) all.push(row)
  return all
}

test('DESCRIBE gives the types and descriptions of the columns of every view', async () => {
  const session = new Session({
    catalog: compiledCatalog(),
    connect: () => Promise.reject(new Error('nothing may be sent')),
  })
  const views = await rowsOf(session, "SHOW TABLES WHERE type = 'view'")
  expect(views.length).toBeGreaterThan(20)
  const without: string[] = []
  const undescribed: string[] = []
  for (const [name] of views)
    for (const [column, type, about] of await rowsOf(session, `DESCRIBE ${String(name)}`)) {
      if (type === null) without.push(`${String(name)}.${String(column)}`)
      if (about === null) undescribed.push(`${String(name)}.${String(column)}`)
    }
  await session.close()
  expect(without).toEqual(UNKNOWN)
  expect(undescribed).toEqual([])
})

test('a description of a column goes through views and subqueries; a view may have another', async () => {
  const session = new Session({
    catalog: compiledCatalog(),
    connect: () => Promise.reject(new Error('nothing may be sent')),
  })
  await rowsOf(
    session,
    'CREATE VIEW mine AS WITH c AS (SELECT k.cluster AS kafka, k.total_lag + 1 AS more FROM (SELECT * FROM confluent.kafka_consumer_lag) k) SELECT * FROM c',
  )
  expect(await rowsOf(session, 'DESCRIBE mine')).toEqual([
    ['kafka', 'string', 'Id, lkc-…'],
    ['more', 'integer', null],
  ])
  const ofAccess = await rowsOf(session, 'DESCRIBE confluent.iam.access_by_cluster')
  // of iam.principals, of the view itself, of iam.role_bindings
  expect(ofAccess).toEqual(
    expect.arrayContaining([
      ['principal_name', 'string', 'Name, or the e-mail address'],
      ['cluster_name', 'string', 'Name of the cluster'],
      ['crn_pattern', 'string', 'CRN of the resource of the role'],
    ]),
  )
  await session.close()
})

test('a table of the rows of a query has the types of its computed columns, and compares them as the query does', async () => {
  const session = new Session({
    catalog: compiledCatalog(),
    connect: () => Promise.reject(new Error('nothing may be sent')),
  })
  const computed =
    "count(*) AS n, avg(x) AS mean, max(x) || '!' AS text, max(x) > 1 AS more, NULL AS none, CAST(max(x) AS INTEGER) AS whole"
  await rowsOf(
    session,
    `CREATE VIEW v AS SELECT ${computed} FROM (SELECT 2 AS x); CREATE TABLE t AS SELECT * FROM v`,
  )
  const types = await rowsOf(session, 'DESCRIBE t')
  expect(types.map(([name, type]) => [name, type])).toEqual([
    ['n', 'integer'],
    ['mean', 'number'],
    ['text', 'string'],
    ['more', 'boolean'],
    ['none', null],
    ['whole', 'integer'],
  ])
  expect(types).toEqual(await rowsOf(session, 'DESCRIBE v'))
  const compared = 'SELECT typeof(n), typeof(mean), typeof(text), n < none, whole = n + 1, n IN (1, 2)'
  expect(await rowsOf(session, `${compared} FROM t`)).toEqual(await rowsOf(session, `${compared} FROM v`))
  await session.close()
})
