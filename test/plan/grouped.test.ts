import { afterAll, describe, expect, test } from 'vitest'
import { Session } from '../../src/engine/session.ts'
import { ConfluentqlError } from '../../src/errors.ts'
import { compiledCatalog } from '../catalog/compiled.ts'

const catalog = compiledCatalog()
const sessions: Session[] = []
function open(): Session {
  const session = new Session({ catalog, connect: () => Promise.reject(new Error('nothing may be sent')) })
  sessions.push(session)
  return session
}
afterAll(async () => {
  for (const s of sessions) await s.close()
})

const USERS = 'confluent.iam.users'
const INVITED = 'confluent.iam.invitations'
const KEYS = 'confluent.iam.api_keys'
const ACCOUNTS = 'confluent.iam.service_accounts'
const JOINED = `${KEYS} k LEFT JOIN ${ACCOUNTS} s ON s.id = k.spec.owner.id`
const TOPICS = 'confluent.clusters c JOIN confluent.kafka_topics t ON t.cluster = c.id'

/** With «» around the column that the error names. */
const REFUSED = [
  `SELECT «email», count(*) FROM ${USERS}`,
  `SELECT «email», count(*) FROM ${USERS} GROUP BY auth_type`,
  `SELECT count(*), upper(«email») FROM ${USERS} GROUP BY lower(email)`,
  `SELECT auth_type FROM ${USERS} GROUP BY auth_type ORDER BY «email»`,
  `SELECT auth_type FROM ${USERS} GROUP BY auth_type HAVING «email» LIKE 'a%'`,
  `SELECT «email», min(metadata.created_at), max(metadata.created_at) FROM ${USERS}`,
  `SELECT «metadata», count(*) FROM ${USERS} GROUP BY metadata.created_at`,
  `SELECT «metadata ->> 'self'», count(*) FROM ${USERS} GROUP BY metadata.created_at`,
  `SELECT auth_type, (SELECT count(*) FROM ${INVITED} i WHERE i.user.id = «u.id») FROM ${USERS} u GROUP BY auth_type`,
  `SELECT email FROM ${USERS} WHERE id IN (SELECT max(id) FROM (SELECT «id», count(*) FROM ${USERS} GROUP BY email))`,
  `WITH n AS (SELECT «email», count(*) FROM ${USERS} GROUP BY auth_type) SELECT * FROM n`,
  `SELECT 1, 2 UNION ALL SELECT «email», count(*) FROM ${USERS}`,
  `SELECT rank() OVER (ORDER BY «email»), count(*) FROM ${USERS} GROUP BY auth_type`,
  // an outer join gives several rows without a match to one group
  `SELECT «k.spec.owner.id», count(*) FROM ${JOINED} GROUP BY s.id`,
  `SELECT s.display_name, «k.id», count(*) FROM ${JOINED} GROUP BY k.spec.owner.id`,
  `SELECT k.spec.owner.id, «s.display_name», count(*) FROM ${JOINED} AND k.spec.display_name <> 'a' GROUP BY k.spec.owner.id`,
  `SELECT «s.id», count(*) FROM ${KEYS} k LEFT JOIN ${ACCOUNTS} s ON s.id = 'sa-1' AND k.spec.display_name <> 'a'`,
  `SELECT i.email, «u.email», count(*) FROM ${INVITED} i LEFT JOIN ${USERS} u USING (email, auth_type) GROUP BY i.email`,
  `SELECT «b.email», count(*) FROM ${INVITED} i LEFT JOIN (${USERS} b JOIN ${ACCOUNTS} s ON b.email = 'a') ON b.id = i.user.id`,
  `SELECT «email», count(*) FROM ${INVITED} i FULL JOIN ${USERS} u USING (email) GROUP BY u.email`,
  `SELECT «email», count(*) FROM ${USERS} WHERE email = random()`,
  `SELECT k, «m», count(*) FROM (SELECT email = 'A' AS k, max(id) AS m FROM ${USERS} GROUP BY email = 'a') GROUP BY k`,
  // a name is no key
  `SELECT «c.id», count(*) FROM ${TOPICS} GROUP BY c.display_name`,
  `SELECT «e.key», count(*) FROM json_each('[1, 2]') e GROUP BY e.type`,
  `DELETE FROM ${INVITED} WHERE id IN (SELECT «id» FROM ${INVITED} GROUP BY email HAVING count(*) > 1)`,
  `CREATE TABLE t AS SELECT «email», count(*) AS n FROM ${USERS}`,
  `CREATE VIEW v AS SELECT «email», count(*) AS n FROM ${USERS}`,
]

const ALLOWED = [
  `SELECT auth_type, count(*) FROM ${USERS} GROUP BY 1`,
  `SELECT lower(auth_type) AS a, count(*) AS n FROM ${USERS} GROUP BY a HAVING n > 1 ORDER BY LOWER( (auth_type) ), n`,
  `SELECT (substr(email, 1, 1)) || '…', count(*) FROM ${USERS} GROUP BY substr(email,1,1)`,
  `SELECT CASE WHEN auth_type = 'a' THEN 1 ELSE 2 END, count(*) FROM ${USERS} GROUP BY CASE auth_type = 'a' WHEN true THEN 1 END, auth_type`,
  `SELECT email, max(metadata.created_at), count(*) FROM ${USERS} HAVING max(metadata.created_at) > '2020'`,
  `SELECT email, min(id) FILTER (WHERE email <> 'a') FROM ${USERS} GROUP BY auth_type`,
  `SELECT metadata.created_at, metadata ->> 'self', count(*) FROM ${USERS} GROUP BY metadata`,
  `SELECT i.user, i.user.id, count(*) FROM ${INVITED} i GROUP BY user`,
  `SELECT 'all', abs(-1), random(), date('now'), count(*) FROM ${USERS}`,
  `SELECT email, lower(email), count(*) FROM ${USERS} GROUP BY email COLLATE NOCASE`,
  // a constant in all rows
  `SELECT auth_type, count(*) FROM ${USERS} WHERE auth_type = 'AUTH_TYPE_SSO' AND email <> 'a'`,
  `SELECT auth_type, count(*) FROM ${USERS} WHERE auth_type IN ('AUTH_TYPE_SSO')`,
  `SELECT u.id, (SELECT count(*) || u.email FROM ${INVITED} i WHERE i.user.id = u.id) FROM ${USERS} u`,
  // the key of a resource, of the API or through a view
  `SELECT id, email, full_name, count(*) FROM ${USERS} GROUP BY id`,
  `SELECT *, count(*) FROM ${USERS} GROUP BY id`,
  `SELECT u.*, count(i.id) AS n FROM ${USERS} u LEFT JOIN ${INVITED} i ON i.creator.id = u.id GROUP BY u.id ORDER BY u.email`,
  `SELECT s.display_name, k.spec.owner.id, count(*) FROM ${JOINED} GROUP BY k.spec.owner.id`,
  `SELECT s.display_name, s.description, count(*) FROM ${ACCOUNTS} s JOIN ${KEYS} k ON k.spec.owner.id = s.id GROUP BY k.spec.owner.id`,
  `SELECT k.spec.owner.id, s.display_name, count(*) FROM ${JOINED} AND k.spec.display_name <> 'a' GROUP BY k.id`,
  `SELECT k.spec.owner.id, s.display_name, count(*) FROM ${JOINED} AND s.description <> 'a' GROUP BY k.spec.owner.id`,
  `SELECT i.email, u.email, count(*) FROM ${INVITED} i LEFT JOIN ${USERS} u USING (email, auth_type) GROUP BY i.email, i.auth_type`,
  `SELECT email, count(*) FROM ${INVITED} i RIGHT JOIN ${USERS} u USING (email) GROUP BY u.email`,
  `SELECT email, count(*) FROM ${INVITED} i FULL JOIN ${USERS} u USING (email) GROUP BY email`,
  `SELECT email, count(*) FROM ${USERS} WHERE email = lower('A')`,
  `SELECT c.display_name, c.environment_name, count(*) FROM ${TOPICS} GROUP BY c.id`,
  `SELECT c.environment_name, t.partitions FROM ${TOPICS} GROUP BY t.cluster, t.topic`,
  `SELECT g.auth_type, g.n, count(*) FROM (SELECT auth_type, count(*) AS n FROM ${USERS} GROUP BY 1) g GROUP BY g.auth_type`,
  `SELECT t.partitions_count, count(*) FROM kafka.kafka.topics t WHERE rest_endpoint = 'https://r' GROUP BY t.cluster_id, t.topic_name`,
  `SELECT e.key, e.value, count(*) FROM json_each('[1, 2]') e GROUP BY e.key`,
  `SELECT a.id, a.email, count(*) FROM ${USERS} a JOIN ${USERS} b USING (id) GROUP BY id`,
  // not a query that combines rows
  `SELECT email, count(*) OVER () FROM ${USERS} ORDER BY full_name`,
  `SELECT email, (SELECT count(*) FROM ${INVITED}) FROM ${USERS}`,
  `SELECT email, max(id, email) FROM ${USERS}`,
  `SELECT DISTINCT email FROM ${USERS} ORDER BY id`,
]

describe('a column that is neither grouped nor aggregated', () => {
  test.each(REFUSED)('is refused: %s', async marked => {
    const sql = marked.replace(/[«»]/g, '')
    const error = await open()
      .run(sql)
      .next()
      .then(
        () => undefined,
        (e: unknown) => e,
      )
    expect(error).toBeInstanceOf(ConfluentqlError)
    const { message, span, code } = error as ConfluentqlError
    const name = marked.slice(marked.indexOf('«') + 1, marked.indexOf('»'))
    expect(code).toBe('VALUE')
    expect(message).toContain(`"${name}" is neither in GROUP BY nor in an aggregate function, and`)
    expect(span && sql.slice(span.start, span.end)).toBe(name)
    expect(span?.start).toBe(marked.indexOf('«'))
  })

  test.each(ALLOWED)('is not refused: %s', async sql => {
    expect((await open().plan(sql)).kind).toBe('query')
  })

  test.each<readonly [sql: string, message: string, hint: string]>([
    [
      `SELECT email, count(*) FROM ${USERS}`,
      'count(*) combines all rows into one',
      'add GROUP BY email, or say which value is meant: min(email), max(email) or group_concat(DISTINCT email)',
    ],
    [
      `SELECT u.email FROM ${USERS} u GROUP BY auth_type`,
      'a group may have several values of it',
      'add u.email to GROUP BY, or say which value is meant: min(u.email), max(u.email) or group_concat(DISTINCT u.email)',
    ],
    [
      `SELECT metadata, count(*) FROM ${USERS}`,
      'count(*) combines all rows into one',
      'add GROUP BY metadata, or say which value is meant: json_group_array(json(metadata))',
    ],
    [
      `SELECT * FROM ${USERS} GROUP BY email`,
      '"id" is neither in GROUP BY',
      'add id to GROUP BY, or say which value is meant: min(id), max(id) or group_concat(DISTINCT id)',
    ],
  ])('says what to write: %s', async (sql, message, hint) => {
    await expect(open().plan(sql)).rejects.toMatchObject({ message: expect.stringContaining(message), hint })
  })

  test('every hint can be followed', async () => {
    for (const sql of [
      `SELECT email, count(*) FROM ${USERS} GROUP BY email`,
      `SELECT min(email), max(email), group_concat(DISTINCT email), count(*) FROM ${USERS}`,
      `SELECT json_group_array(json(metadata)), count(*) FROM ${USERS}`,
    ])
      expect((await open().plan(sql)).kind).toBe('query')
  })
})
