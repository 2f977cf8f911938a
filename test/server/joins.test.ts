import { beforeAll, expect, it } from 'vitest'
import type pg from 'pg'
import { lines, serve, type Served } from './support.ts'

let server: Served
let client: pg.Client
beforeAll(async () => {
  server = await serve(['--sandbox', '--cache', '0'])
  client = await server.client()
})

const USER = 'u-08mnyy'
const STAGED = "i.status = 'INVITE_STATUS_STAGED'"
const INVITED = /^GET \/iam\/v2\/invitations\?\S* 200$/
const GET_USER = /^GET \/iam\/v2\/users\/u-\w+ 200$/
const LIST_USERS = /^GET \/iam\/v2\/users\?\S* 200$/
const ENVIRONMENTS = /^GET \/org\/v2\/environments\S* 200$/
const CLUSTERS = /^GET \/cmk\/v2\/clusters\?\S* 200$/
const CLUSTERS_OF = /^GET \/cmk\/v2\/clusters\?\S*environment=env-p7r2k1\S* 200$/
const TOPICS = /^GET \/kafka\/v3\/clusters\/lkc-\w+\/topics 200$/

/** Each statement with the kinds of requests that it may send; the first is the table that gives the keys. */
const STATEMENTS: readonly (readonly [string, readonly RegExp[]])[] = [
  [
    `SELECT i.email, u.email FROM iam.invitations i JOIN iam.users u ON u.id = i.creator ->> 'id' WHERE ${STAGED}`,
    [INVITED, GET_USER],
  ],
  [
    `SELECT i.email, u.email FROM iam.users u JOIN iam.invitations i ON i.creator ->> 'id' = u.id WHERE ${STAGED}`,
    [INVITED, GET_USER],
  ],
  [
    `SELECT i.email, u.email FROM iam.invitations i LEFT JOIN iam.users u ON u.id = i.creator ->> 'id' WHERE ${STAGED}`,
    [INVITED, GET_USER],
  ],
  [
    `SELECT i.email, u.email FROM iam.users u RIGHT JOIN iam.invitations i ON i.creator ->> 'id' = u.id WHERE ${STAGED}`,
    [INVITED, GET_USER],
  ],
  [
    `SELECT i.email, u.email FROM iam.invitations i, iam.users u WHERE u.id = i.creator ->> 'id' AND ${STAGED} ORDER BY 1 LIMIT 3`,
    [INVITED, GET_USER],
  ],
  [
    `SELECT count(*) FROM iam.users u WHERE u.id IN (SELECT i.creator ->> 'id' FROM iam.invitations i WHERE ${STAGED})`,
    [INVITED, GET_USER, LIST_USERS],
  ],
  [
    `SELECT count(*) FROM iam.users u WHERE EXISTS (SELECT FROM iam.invitations i WHERE i.creator ->> 'id' = u.id AND ${STAGED})`,
    [INVITED, GET_USER, LIST_USERS],
  ],
  [
    `WITH s AS (SELECT i.creator ->> 'id' AS by FROM iam.invitations i WHERE ${STAGED}) SELECT u.email FROM s JOIN iam.users u ON u.id = s.by`,
    [INVITED, GET_USER],
  ],
  [
    `SELECT u.email, count(*) FROM iam.invitations i JOIN iam.users u ON u.id = i.creator ->> 'id' WHERE ${STAGED} GROUP BY 1`,
    [INVITED, GET_USER],
  ],
  [
    `SELECT i.email, u.email FROM iam.invitations i CROSS JOIN LATERAL (SELECT * FROM iam.users v WHERE v.id = i.creator ->> 'id') u WHERE ${STAGED}`,
    [INVITED, GET_USER],
  ],
  [
    "SELECT e.display_name, c.id FROM org.environments e JOIN managed_kafka_clusters.clusters c ON c.environment = e.id WHERE e.id = 'env-p7r2k1'",
    [ENVIRONMENTS, CLUSTERS_OF],
  ],
  [
    "SELECT e.display_name, c.id FROM managed_kafka_clusters.clusters c JOIN org.environments e ON c.environment = e.id AND e.id = 'env-p7r2k1'",
    [ENVIRONMENTS, CLUSTERS_OF],
  ],
  [
    'SELECT e.display_name, c.id FROM org.environments e JOIN managed_kafka_clusters.clusters c ON c.environment = e.id',
    [ENVIRONMENTS, CLUSTERS],
  ],
  [
    'SELECT e.display_name, c.id FROM org.environments e LEFT JOIN managed_kafka_clusters.clusters c ON c.environment = e.id',
    [ENVIRONMENTS, CLUSTERS],
  ],
  [
    'SELECT e.display_name, count(c.id) FROM org.environments e LEFT JOIN managed_kafka_clusters.clusters c ON c.environment = e.id GROUP BY 1',
    [ENVIRONMENTS, CLUSTERS],
  ],
  [
    "SELECT c.id, t.topic_name FROM managed_kafka_clusters.clusters c JOIN kafka.topics t ON t.cluster_id = c.id WHERE c.environment = 'env-p7r2k1'",
    [CLUSTERS_OF, ENVIRONMENTS, CLUSTERS, TOPICS],
  ],
  [
    `SELECT u.email, i.email FROM iam.users u JOIN iam.invitations i ON i.email = u.email WHERE u.id = '${USER}'`,
    [GET_USER, INVITED],
  ],
  [
    `SELECT u.email FROM iam.users u LEFT JOIN iam.invitations i ON i.creator ->> 'id' = u.id AND ${STAGED} WHERE u.id = '${USER}'`,
    [GET_USER, INVITED],
  ],
  [
    `SELECT u.email FROM iam.users u FULL JOIN iam.invitations i ON i.creator ->> 'id' = u.id AND ${STAGED}`,
    [LIST_USERS, INVITED],
  ],
  [
    `SELECT u.email, v.email FROM iam.users u JOIN iam.users v ON v.id = u.id WHERE u.id = '${USER}'`,
    [GET_USER, LIST_USERS],
  ],
]

/** Through derived tables, CTEs and views; whatever Postgres joins by, the requests are the same. */
const DERIVED: typeof STATEMENTS = [
  [
    `SELECT u.email FROM (SELECT DISTINCT i.creator ->> 'id' AS by FROM iam.invitations i WHERE ${STAGED}) s JOIN iam.users u ON u.id = s.by`,
    [INVITED, GET_USER],
  ],
  [
    `SELECT u.email, n FROM (SELECT i.creator ->> 'id' AS by, count(*) AS n FROM iam.invitations i WHERE ${STAGED} GROUP BY 1) s JOIN iam.users u ON u.id = s.by`,
    [INVITED, GET_USER],
  ],
  [
    `SELECT u.email FROM (SELECT i.creator ->> 'id' AS by FROM iam.invitations i WHERE ${STAGED} ORDER BY 1 LIMIT 2) s JOIN iam.users u ON u.id = s.by`,
    [INVITED, GET_USER],
  ],
  [
    `WITH s AS MATERIALIZED (SELECT i.creator ->> 'id' AS by FROM iam.invitations i WHERE ${STAGED}) SELECT u.email FROM s JOIN iam.users u ON u.id = s.by`,
    [INVITED, GET_USER],
  ],
  [
    `SELECT i.email FROM iam.invitations i WHERE ${STAGED} AND NOT EXISTS (SELECT FROM iam.users u WHERE u.id = i.creator ->> 'id')`,
    [INVITED, GET_USER],
  ],
  [
    `SELECT i.email, (SELECT u.email FROM iam.users u WHERE u.id = i.creator ->> 'id') FROM iam.invitations i WHERE ${STAGED}`,
    [INVITED, GET_USER],
  ],
  [
    `SELECT u.email FROM iam.users u NATURAL JOIN (SELECT i.creator ->> 'id' AS id FROM iam.invitations i WHERE ${STAGED}) x`,
    [INVITED, GET_USER],
  ],
  [
    "SELECT c.id, t.topic_name FROM clusters c JOIN kafka.topics t ON t.cluster_id = c.id AND t.rest_endpoint = c.http_endpoint WHERE c.environment = 'env-p7r2k1'",
    [CLUSTERS_OF, ENVIRONMENTS, TOPICS],
  ],
]

const [FIRST, SECOND] = ["'u-08mnyy'", "'u-ol6txr'"]
const CREATORS = `SELECT i.creator ->> 'id' AS id FROM iam.invitations i WHERE ${STAGED}`

/** Keys that are constants of the statement, or the value of a subquery. */
const CONSTANTS: typeof STATEMENTS = [
  [
    `SELECT u.email FROM iam.users u JOIN (VALUES (${FIRST}), (NULL), (${SECOND})) v(id) ON u.id = v.id`,
    [GET_USER],
  ],
  [
    `SELECT v.id, u.email FROM (VALUES (1, ${FIRST}), (2, 'u-nobody')) v(n, id) LEFT JOIN iam.users u ON u.id = v.id`,
    [GET_USER, /^GET \/iam\/v2\/users\/u-nobody 404$/],
  ],
  [
    `WITH k(id) AS MATERIALIZED (VALUES (${FIRST}), (${SECOND}::text)) SELECT u.email FROM k JOIN iam.users u ON u.id = k.id`,
    [GET_USER],
  ],
  [
    `SELECT u.email FROM iam.users u JOIN unnest(ARRAY[${FIRST}, ${SECOND}]) v(id) ON u.id = v.id`,
    [GET_USER],
  ],
  [
    `SELECT u.email, v.n FROM unnest(string_to_array('u-08mnyy,u-ol6txr', ',')) WITH ORDINALITY v(id, n) LEFT JOIN iam.users u USING (id)`,
    [GET_USER],
  ],
  [`SELECT u.email FROM iam.users u WHERE u.id = (SELECT ${FIRST})`, [GET_USER]],
  [
    `SELECT u.email FROM iam.users u WHERE u.id = (SELECT min(x.id) FROM (${CREATORS}) x)`,
    [INVITED, GET_USER],
  ],
  [`SELECT u.email FROM iam.users u WHERE u.id = ANY (ARRAY(${CREATORS}))`, [INVITED, GET_USER]],
  [
    `WITH m AS (SELECT max(x.id) AS id FROM (${CREATORS}) x) SELECT u.email FROM iam.users u WHERE u.id = (SELECT id FROM m)`,
    [INVITED, GET_USER],
  ],
]

/** Whose values the plan does not show: all rows are asked for, and none is missing. */
const UNKNOWN: typeof STATEMENTS = [
  [
    `SELECT u.email FROM iam.users u JOIN (SELECT min(x.id) AS id FROM (${CREATORS}) x) m ON m.id = u.id`,
    [INVITED, LIST_USERS],
  ],
  [
    `SELECT u.email FROM iam.users u JOIN (SELECT ${FIRST} AS id UNION ALL SELECT ${SECOND}) v ON u.id = v.id`,
    [LIST_USERS],
  ],
  [
    `SELECT u.email FROM iam.users u JOIN (SELECT unnest(ARRAY[${FIRST}]) AS id UNION SELECT unnest(ARRAY[${SECOND}])) v ON u.id = v.id`,
    [LIST_USERS],
  ],
  [
    `SELECT u.email FROM iam.users u JOIN (VALUES (${FIRST}), ((SELECT max(id) FROM org.environments))) v(id) ON u.id = v.id`,
    [LIST_USERS, ENVIRONMENTS],
  ],
  [
    `SELECT u.email FROM iam.users u JOIN (VALUES (${FIRST}), (${FIRST}) UNION VALUES (${SECOND}), (${SECOND})) v(id) ON u.id = v.id`,
    [LIST_USERS],
  ],
  [
    `SELECT u.email FROM iam.users u WHERE u.id = (SELECT min(x.id) || '' FROM (${CREATORS}) x) OR u.id = ${FIRST}`,
    [INVITED, LIST_USERS],
  ],
  [
    `SELECT u.email FROM iam.users u WHERE u.id = ANY (ARRAY(${CREATORS} UNION ALL SELECT ${FIRST}))`,
    [INVITED, LIST_USERS],
  ],
]

const EACH_WAY = [
  'RESET ALL',
  'SET enable_hashjoin = off',
  'SET enable_hashjoin = off; SET enable_mergejoin = off',
]

it.each([...STATEMENTS, ...UNKNOWN])('%s', (sql, kinds) => check(sql, kinds))

it('takes VALUES with parameters in any form', async () => {
  const sql = 'SELECT u.id FROM iam.users u JOIN (VALUES ($2), ($1)) v(id) ON u.id = v.id'
  server.requests()
  expect((await lines(client, sql, ['u-08mnyy', 'u-ol6txr'])).toSorted()).toEqual(['u-08mnyy', 'u-ol6txr'])
  expect(server.requests().filter(r => !GET_USER.test(r))).toEqual([])
})

it.each(
  EACH_WAY.flatMap(setting =>
    [...DERIVED, ...CONSTANTS].map(([sql, kinds]) => [setting, sql, kinds] as const),
  ),
)('%s: %s', async (setting, sql, kinds) => {
  await client.query(setting)
  await check(sql, kinds)
  await client.query('RESET ALL')
})

async function check(sql: string, kinds: readonly RegExp[]): Promise<void> {
  server.requests()
  const found = await lines(client, sql)
  const requests = server.requests()
  expect(requests.length).toBeGreaterThan(0)
  expect(requests.filter(r => !kinds.some(kind => kind.test(r)))).toEqual([])
  // the same from complete tables: a condition that no API can filter by, and no key
  const complete = sql
    .replaceAll('iam.users', '(SELECT * FROM iam.users OFFSET 0)')
    .replaceAll('iam.invitations', '(SELECT * FROM iam.invitations OFFSET 0)')
    .replaceAll('org.environments', '(SELECT * FROM org.environments OFFSET 0)')
  expect(found.toSorted()).toEqual((await lines(client, complete)).toSorted())
}
