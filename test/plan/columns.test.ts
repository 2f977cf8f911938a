import { afterAll, expect, test } from 'vitest'
import { Session } from '../../src/engine/session.ts'
import { compiledCatalog } from '../catalog/compiled.ts'

const session = new Session({
  catalog: compiledCatalog(),
  variables: { n: 'x' },
  connect: () => Promise.reject(new Error('nothing may be sent')),
})
afterAll(() => session.close())

test.each<readonly [sql: string, ...names: string[]]>([
  ['SELECT (SELECT count(*) FROM confluent.iam.users)', '(SELECT count(*) FROM confluent.iam.users)'],
  [
    'SELECT (SELECT count(*) FROM confluent.iam.pending_invitations)',
    '(SELECT count(*) FROM confluent.iam.pending_invitations)',
  ],
  [
    'SELECT metadata.self = :n, upper( metadata.self ) FROM confluent.iam.users',
    'metadata.self = :n',
    'upper( metadata.self )',
  ],
  [
    'SELECT (SELECT 1 FROM confluent.iam.users), u.* FROM (SELECT id FROM confluent.iam.users) u',
    '(SELECT 1 FROM confluent.iam.users)',
    'id',
  ],
  [
    'SELECT a.*, b.*, (SELECT 1 FROM confluent.iam.users) FROM (SELECT 1 AS x) a, (SELECT 2 AS y) b',
    'x',
    'y',
    '(SELECT 1 FROM confluent.iam.users)',
  ],
  ['SELECT confluent.iam.users.id, (email), metadata.self AS s FROM confluent.iam.users', 'id', 'email', 's'],
])('a column without an alias is named as it was written: %s', async (sql, ...names) => {
  const plan = await session.plan(sql)
  expect(plan.kind === 'query' && plan.columns.map(c => c.name)).toEqual(names)
})
