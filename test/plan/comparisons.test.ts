import { afterAll, describe, expect, test } from 'vitest'
import { Session } from '../../src/engine/session.ts'
import { ConfluentqlError } from '../../src/errors.ts'
import { compiledCatalog } from '../catalog/compiled.ts'

const catalog = compiledCatalog()
const sessions: Session[] = []
function open(variables = {}): Session {
  const session = new Session({
    catalog,
    variables,
    connect: () => Promise.reject(new Error('nothing may be sent')),
  })
  sessions.push(session)
  return session
}
afterAll(async () => {
  for (const s of sessions) await s.close()
})

const POOLS = "SELECT id FROM confluent.flink_compute_pools.compute_pools p WHERE environment = 'e' AND "
const KEYS = 'SELECT id FROM confluent.iam.api_keys k WHERE '
const INVITED = 'SELECT id FROM confluent.iam.invitations WHERE '
const KEKS =
  "SELECT name FROM confluent.encryption_keys.key_encryption_keys WHERE rest_endpoint = 'https://x' AND name = 'k' AND "
const INT = "cannot be compared with the text '3'"

const LIKE_API = 'the API writes a T before the hour and a Z behind it: write'
const COMPUTED = "; for a time that is computed, strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"

/** With «» around the text that the error points to. */
const REFUSED: readonly (readonly [sql: string, message: string, hint: string])[] = [
  // an object is the field that a parameter of its name filters on: SQLite would find no row or, with <, every row
  ...['user = «5»', "user IN ('a', «5»)", "coalesce(user, 'x') = «5»", "(email, user) = ('a', «5»)"].map(
    (condition): [string, string, string] => [
      `${INVITED}${condition}`,
      'user.id is a string, which cannot be compared with the number 5',
      "write '5', or compare it as a number: CAST(user.id AS NUMERIC)",
    ],
  ),
  [
    `${INVITED}user > «5»`,
    'user.id is a string, which cannot be compared with the number 5',
    'compare it as a number: CAST(user.id AS NUMERIC)',
  ],
  [
    "DELETE FROM confluent.iam.invitations WHERE id IN ('i-1', 'i-2') AND NOT user < «5»",
    'user.id is a string, which cannot be compared with the number 5',
    'compare it as a number: CAST(user.id AS NUMERIC)',
  ],
  // no text or number equals the JSON of an object or array, and every number is less than it
  ...[
    "= «'FAILED'»",
    "<> «'FAILED'»",
    "NOT IN ('{}', «'FAILED'»)",
    '> «5»',
    '= «true»',
    'BETWEEN «1» AND 2',
  ].map((condition): [string, string, string] => [
    `${POOLS}status ${condition}`,
    `status is an object, which cannot be compared with ${/«(.*)»/.exec(condition)![1]}`,
    // a known value shows which field is meant
    `compare a field of it: status.phase${condition.includes('FAILED') ? '' : ', status.current_cfu'}`,
  ]),
  // also as the result of a subquery
  ...["= (SELECT «'FAILED'»)", "IN (SELECT «'FAILED'»)", "NOT IN (SELECT '{}' UNION SELECT «'FAILED'»)"].map(
    (condition): [string, string, string] => [
      `${POOLS}status ${condition}`,
      "status is an object, which cannot be compared with 'FAILED'",
      'compare a field of it: status.phase',
    ],
  ),
  [
    `${POOLS}spec.max_cfu NOT IN (SELECT «'3'»)`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `${INVITED}lower(email) = (SELECT «5»)`,
    'lower(email) is a string, which cannot be compared with the number 5',
    "write '5', or compare it as a number: CAST(lower(email) AS NUMERIC)",
  ],
  [
    `${KEYS}k.id IN ('a', 'b') OR CASE k.metadata WHEN «'x'» THEN 1 END`,
    "k.metadata is an object, which cannot be compared with 'x'",
    'compare a field of it: k.metadata.self, k.metadata.resource_name, k.metadata.created_at, k.metadata.updated_at',
  ],
  // nor does a column of texts, so that a join has no rows
  ...[
    "SELECT c.id FROM confluent.org.environments e LEFT JOIN confluent.managed_kafka_clusters.clusters c ON c.environment = 'e' AND c.spec.environment = «e.id»",
    "SELECT c.id FROM confluent.org.environments e, confluent.managed_kafka_clusters.clusters c WHERE c.environment = 'e' AND (c.id, «e.id») = ('c', c.spec.environment)",
    "SELECT c.id FROM confluent.managed_kafka_clusters.clusters c WHERE environment = 'e' AND c.spec.environment IN (SELECT «e.id» FROM confluent.org.environments e)",
    "SELECT id FROM confluent.org.environments e WHERE «e.id» NOT IN (SELECT c.spec.environment FROM confluent.managed_kafka_clusters.clusters c WHERE environment = 'e')",
  ].map((sql): [string, string, string] => [
    sql,
    'c.spec.environment is an object, which cannot be compared with e.id',
    'compare a field of it: c.spec.environment.id, c.spec.environment.environment, c.spec.environment.related, c.spec.environment.resource_name',
  ]),
  // SQLite would look for '7', '1.1' and the like
  ...['007', '1.10', '1e3', '-0', '12345678901234567890'].flatMap(number =>
    [`«${number}»`, `'a' OR id IN ('b', «${number}»)`, `'a' OR (id, email) = («${number}», 'b')`].map(
      (condition): [string, string, string] => [
        `${INVITED}id = ${condition}`,
        `id is a string, which cannot be compared with the number ${number}`,
        `write '${number}', or compare it as a number: CAST(id AS NUMERIC)`,
      ],
    ),
  ),
  // the type is that of the column that the value comes from
  ...[
    `${POOLS}+spec.max_cfu > «'3'»`,
    `${POOLS}spec.max_cfu COLLATE NOCASE = «'3'»`,
    `${POOLS}CASE WHEN id = 'x' THEN spec.max_cfu END = «'3'»`,
    `${POOLS}coalesce(spec.max_cfu, NULL) = «'3'»`,
    `${POOLS}(id, spec.max_cfu) = ('a', «'3'»)`,
    `${POOLS}(id, spec.max_cfu) IN (VALUES ('a', «'3'»))`,
    `${POOLS}«'3'» IN (spec.max_cfu)`,
    `${POOLS}(SELECT spec.max_cfu) = «'3'»`,
    "SELECT count(*) FILTER (WHERE spec.max_cfu = «'3'») FROM confluent.flink_compute_pools.compute_pools WHERE environment = 'e'",
    "SELECT display_name FROM (SELECT id AS display_name, spec.max_cfu FROM confluent.flink_compute_pools.compute_pools WHERE environment = 'e') GROUP BY 1 HAVING max(\"spec.max_cfu\") > «'3'»",
  ].map((sql): [string, string, string] => [
    sql,
    `${sql.includes('"spec.max_cfu"') ? '"spec.max_cfu"' : 'spec.max_cfu'} is an integer, which ${INT}`,
    'write 3 without quotes',
  ]),
  ...[
    "SELECT id, spec.max_cfu AS m FROM confluent.flink_compute_pools.compute_pools WHERE environment = 'e' AND m = «'3'»",
    "SELECT id FROM (SELECT id, spec.max_cfu AS m FROM confluent.flink_compute_pools.compute_pools WHERE environment = 'e') WHERE m = «'3'»",
    "WITH c(n, m) AS (SELECT id, spec.max_cfu FROM confluent.flink_compute_pools.compute_pools WHERE environment = 'e') SELECT n FROM c WHERE (m) IN (1, «'3'»)",
  ].map((sql): [string, string, string] => [sql, `m is an integer, which ${INT}`, 'write 3 without quotes']),
  [`${POOLS}spec.max_cfu > «'3'»`, `spec.max_cfu is an integer, which ${INT}`, 'write 3 without quotes'],
  [`${POOLS}p.spec.max_cfu = «'3'»`, `p.spec.max_cfu is an integer, which ${INT}`, 'write 3 without quotes'],
  [`${POOLS}«'3'» <= spec.max_cfu`, `spec.max_cfu is an integer, which ${INT}`, 'write 3 without quotes'],
  [
    `${POOLS}NOT ((spec.max_cfu) <> «'3'»)`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `${POOLS}spec.max_cfu IN (1, «'3'»)`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `${POOLS}spec.max_cfu NOT IN («'3'», 1)`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `${POOLS}spec.max_cfu BETWEEN 1 AND «'3'»`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `${POOLS}spec.max_cfu NOT BETWEEN «'3'» AND 9`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `${POOLS}«'3'» BETWEEN spec.max_cfu AND 9`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `${POOLS}spec.max_cfu IS NOT DISTINCT FROM «'3'»`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `${POOLS}(id = 'x' OR spec.max_cfu = «'3' || ''»)`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `${POOLS}CASE spec.max_cfu WHEN 1 THEN 0 WHEN «'3'» THEN 1 END`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `${POOLS}nullif(spec.max_cfu, «'3'») IS NULL`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `${POOLS}EXISTS (SELECT 1 FROM (SELECT spec.max_cfu AS n FROM confluent.flink_compute_pools.compute_pools WHERE environment = 'e') d WHERE n = «'3'»)`,
    `n is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `SELECT count(*) FILTER (WHERE spec.max_cfu > «'3'») FROM confluent.flink_compute_pools.compute_pools WHERE environment = 'e'`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `SELECT 1 FROM confluent.org.environments e JOIN confluent.flink_compute_pools.compute_pools p ON p.environment = e.id AND p.spec.max_cfu = «'3'»`,
    `p.spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `${POOLS}spec.max_cfu > «'many'»`,
    "spec.max_cfu is an integer, which cannot be compared with the text 'many'",
    'compare it with a number, or as a text: CAST(spec.max_cfu AS TEXT)',
  ],
  [
    `${POOLS}spec.max_cfu > «:size»`,
    "spec.max_cfu is an integer, which cannot be compared with the text '7' of :size",
    'give :size as a number',
  ],
  [
    `${KEKS}shared = «'true'»`,
    "shared is a boolean, which cannot be compared with the text 'true'",
    'write true, without quotes',
  ],
  [
    `${KEKS}«'FALSE'» = shared`,
    "shared is a boolean, which cannot be compared with the text 'FALSE'",
    'write false, without quotes',
  ],
  [
    `${KEKS}shared IN («'true'»)`,
    "shared is a boolean, which cannot be compared with the text 'true'",
    'write true, without quotes',
  ],
  [
    `${KEKS}shared = «:on»`,
    "shared is a boolean, which cannot be compared with the text 'true' of :on",
    'give :on as 1',
  ],
  [
    `${KEKS}ts > «'2024-01-01'»`,
    "ts is an integer, which cannot be compared with the text '2024-01-01'",
    'compare it with a number, or as a text: CAST(ts AS TEXT)',
  ],
  [
    `${KEYS}metadata.created_at < «2025»`,
    'metadata.created_at is a timestamp, which cannot be compared with the number 2025',
    "write '2025'",
  ],
  [
    `${KEYS}«1735689600» > k.metadata.created_at`,
    'k.metadata.created_at is a timestamp, which cannot be compared with the number 1735689600',
    "compare it with a text such as '2026-01-31', or date('now', '-7 days')",
  ],
  [
    `${KEYS}metadata.created_at < «julianday('2026-01-01') - 90»`,
    'metadata.created_at is a timestamp, which cannot be compared with the number 2460951.5',
    "compare it with a text such as '2026-01-31', or date('now', '-7 days')",
  ],
  [
    'SELECT id FROM confluent.iam.api_keys_with_owners WHERE created_at < «2025»',
    'created_at is a timestamp, which cannot be compared with the number 2025',
    "write '2025'",
  ],
  [
    `${INVITED}expires_at < «1735689600»`,
    'expires_at is a timestamp, which cannot be compared with the number 1735689600',
    "compare it with a text such as '2026-01-31', or date('now', '-7 days')",
  ],
  [
    `${KEYS}spec.display_name IN ('x', «12»)`,
    'spec.display_name is a string, which cannot be compared with the number 12',
    "write '12', or compare it as a number: CAST(spec.display_name AS NUMERIC)",
  ],
  [
    `${INVITED}email > «7 * 24»`,
    'email is a string, which cannot be compared with the number 168',
    'compare it as a number: CAST(email AS NUMERIC)',
  ],
  [
    `CREATE VIEW v AS ${INVITED}email BETWEEN 'a' AND «5»`,
    'email is a string, which cannot be compared with the number 5',
    'compare it as a number: CAST(email AS NUMERIC)',
  ],
  [
    `${INVITED}strftime('%Y', expires_at) = «2025»`,
    "strftime('%Y', expires_at) is a string, which cannot be compared with the number 2025",
    "write '2025', or compare it as a number: CAST(strftime('%Y', expires_at) AS NUMERIC)",
  ],
  [
    `SELECT y FROM (SELECT substr(expires_at, 1, 4) AS y FROM confluent.iam.invitations) WHERE y > «2024»`,
    'y is a string, which cannot be compared with the number 2024',
    'compare it as a number: CAST(y AS NUMERIC)',
  ],
  [
    `${INVITED}coalesce(email, upper(status)) > «5»`,
    'email is a string, which cannot be compared with the number 5',
    'compare it as a number: CAST(email AS NUMERIC)',
  ],
  [
    `${INVITED}expires_at < «'01/06/2025'»`,
    "expires_at is a timestamp, which cannot be compared with the text '01/06/2025'",
    `${LIKE_API} a day or a time, such as '2026-01-31' or '2026-01-31T08:00:00Z'${COMPUTED}`,
  ],
  [
    `${INVITED}expires_at IN ('2025-06-01', «'2025-6-1'»)`,
    "expires_at is a timestamp, which cannot be compared with the text '2025-6-1'",
    `${LIKE_API} a day or a time, such as '2026-01-31' or '2026-01-31T08:00:00Z'${COMPUTED}`,
  ],
  // nullif() returns the time, and cannot compare it as one
  [
    `${INVITED}nullif(expires_at, «'2025-06-30 23:59:59'») IS NULL`,
    "expires_at is a timestamp, which cannot be compared with the text '2025-06-30 23:59:59'",
    `${LIKE_API} '2025-06-30T23:59:59Z'`,
  ],
  [
    `${KEYS}nullif(metadata.created_at, «datetime('2026-01-01', '-90 days')») IS NULL`,
    "metadata.created_at is a timestamp, which cannot be compared with the text '2025-10-03 00:00:00'",
    `${LIKE_API} strftime('%Y-%m-%dT%H:%M:%SZ', datetime('2026-01-01', '-90 days'))`,
  ],
  [
    `${INVITED}expires_at < «:when»`,
    "expires_at is a timestamp, which cannot be compared with the text 'yesterday' of :when",
    `${LIKE_API} a day or a time, such as '2026-01-31' or '2026-01-31T08:00:00Z'${COMPUTED}`,
  ],
  // times that a query computes: in a view of the provider, a derived table, a CTE
  ...[
    "SELECT authority FROM confluent.iam.certificate_expiry WHERE t < «'3.10.2026'»",
    "SELECT topic FROM (SELECT *, link AS topic FROM confluent.kafka_mirror_topics) WHERE t < «'3.10.2026'»",
    "SELECT owner FROM (SELECT spec.owner.id AS owner, max(metadata.created_at) AS t FROM confluent.iam.api_keys GROUP BY 1) WHERE t < «'3.10.2026'»",
    "WITH c AS (SELECT coalesce(accepted_at, expires_at) AS t FROM confluent.iam.invitations) SELECT t FROM c WHERE «'3.10.2026'» > t",
  ].map((sql): [string, string, string] => {
    const column = sql.includes('expiry') ? 'expires_at' : sql.includes('mirror') ? 'state_since' : 't'
    return [
      sql.replace(/\bt (?=<)/, `${column} `),
      `${column} is a timestamp, which cannot be compared with the text '3.10.2026'`,
      `${LIKE_API} a day or a time, such as '2026-01-31' or '2026-01-31T08:00:00Z'${COMPUTED}`,
    ]
  }),
  // booleans and numbers that a query computes
  [
    "SELECT id FROM confluent.iam.pending_invitations WHERE is_past_expiry = «'true'»",
    "is_past_expiry is a boolean, which cannot be compared with the text 'true'",
    'write true, without quotes',
  ],
  [
    "SELECT owner FROM (SELECT spec.owner.id AS owner, count(*) AS n FROM confluent.iam.api_keys GROUP BY 1) WHERE n > «'3'»",
    `n is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    "SELECT spec.owner.id, count(*) FROM confluent.iam.api_keys GROUP BY 1 HAVING count(*) > «'3'»",
    `count(*) is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    "SELECT spec.owner.id, count(*) AS n FROM confluent.iam.api_keys GROUP BY 1 HAVING n = «'3'»",
    `n is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    "SELECT id FROM confluent.iam.users WHERE length(email) - 1 IN (4, «'3'»)",
    `length(email) - 1 is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    "WITH c AS (SELECT avg(amount) AS n FROM confluent.costs WHERE day >= '2026-10-01') SELECT n FROM c WHERE n < «'3'»",
    `n is a number, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 9) SELECT n FROM c WHERE n > «'3'»",
    `n is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    "SELECT (SELECT count(*) FROM confluent.iam.users) AS n FROM confluent.iam.invitations WHERE n > «'3'»",
    `n is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [`${POOLS}-spec.max_cfu < «'3'»`, `-spec.max_cfu is an integer, which ${INT}`, 'write 3 without quotes'],
  [
    `${POOLS}coalesce(spec.max_cfu, 0) = «'3'»`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
  [
    `${INVITED}(expires_at < '2026') = «'true'»`,
    "(expires_at < '2026') is a boolean, which cannot be compared with the text 'true'",
    'write true, without quotes',
  ],
  [
    `${INVITED}CAST(length(email) AS TEXT) > «5»`,
    'CAST(length(email) AS TEXT) is a string, which cannot be compared with the number 5',
    'compare it as a number: CAST(CAST(length(email) AS TEXT) AS NUMERIC)',
  ],
  [
    `${INVITED}coalesce(email, '5') = «5»`,
    'email is a string, which cannot be compared with the number 5',
    "write '5', or compare it as a number: CAST(email AS NUMERIC)",
  ],
  [
    `${INVITED}email = «TRUE»`,
    'email is a string, which cannot be compared with the boolean TRUE',
    "write 'true', or compare it as a number: CAST(email AS NUMERIC)",
  ],
  [
    `CREATE VIEW v AS ${KEKS}shared = «'true'»`,
    "shared is a boolean, which cannot be compared with the text 'true'",
    'write true, without quotes',
  ],
  [
    `UPDATE confluent.flink_compute_pools.compute_pools SET spec.max_cfu = 5 WHERE id = 'x' AND environment = 'e' AND spec.max_cfu = «'3'»`,
    `spec.max_cfu is an integer, which ${INT}`,
    'write 3 without quotes',
  ],
]

const LOCAL_POOLS =
  'SELECT p.id FROM confluent.flink_compute_pools.compute_pools p, confluent.iam.users u WHERE '
const asText = (value: string): string => `write CAST(${value} AS TEXT)`
const asNumber = (value: string): string => `compare it as a number: CAST(${value} AS NUMERIC)`
const asBoolean = (value: string): string => `write CASE ${value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END`

/** Neither side is a constant. */
const PAIRS: typeof REFUSED = [
  // SQLite makes a text of the number, or compares it as it is
  ...[
    [`${LOCAL_POOLS}«p.spec.max_cfu» > u.email`, asNumber('u.email')],
    [`${LOCAL_POOLS}u.email BETWEEN 'a' AND «length(u.email)»`, asNumber('u.email')],
    [`${LOCAL_POOLS}upper(u.email) = «p.spec.max_cfu»`, asText('p.spec.max_cfu')],
    [`${LOCAL_POOLS}u.email < (SELECT «count(*)» FROM confluent.iam.invitations)`, asNumber('u.email')],
    [`${LOCAL_POOLS}«p.spec.max_cfu» IN (u.email)`, asText('p.spec.max_cfu')],
    [`${LOCAL_POOLS}nullif(u.email, «length(u.email)») IS NULL`, asText('length(u.email)')],
    [
      `${LOCAL_POOLS}lower(u.email) IN (SELECT «count(*)» FROM confluent.iam.invitations)`,
      asText('count(*)'),
    ],
    [
      `${LOCAL_POOLS}(lower(u.email), 1) IN (SELECT «length(email)», 1 FROM confluent.iam.invitations)`,
      asText('length(email)'),
    ],
    [`${LOCAL_POOLS}CASE lower(u.email) WHEN «length(u.email)» THEN 1 END`, asText('length(u.email)')],
    [
      `SELECT lower(email) FROM confluent.iam.users GROUP BY 1 HAVING lower(email) = «count(*)»`,
      asText('count(*)'),
    ],
    [
      'SELECT 1 FROM confluent.iam.users u JOIN (SELECT count(*) AS n FROM confluent.iam.users UNION SELECT email FROM confluent.iam.users) c ON upper(u.email) = «c.n»',
      "write CASE typeof(c.n) WHEN 'real' THEN format('%.15g', c.n) ELSE CAST(c.n AS TEXT) END",
    ],
    [
      'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 9) SELECT 1 FROM c JOIN confluent.iam.users u ON upper(u.email) = «c.n»',
      asText('c.n'),
    ],
    [`${LOCAL_POOLS}u.email = «(u.email IS NULL)»`, asBoolean('(u.email IS NULL)')],
    [`${KEKS}name = «(shared IS NOT NULL)»`, asBoolean('(shared IS NOT NULL)')],
  ].map(([sql = '', hint = '']): [string, string, string] => {
    const number = sql.slice(sql.indexOf('«') + 1, sql.indexOf('»'))
    const text = /(?:upper|lower)\((?:u\.)?email\)|u\.email|name(?= =)/.exec(sql)![0]
    const kind = hint.includes('WHEN 1') ? 'boolean' : 'number'
    return [sql, `${text} is a text, which cannot be compared with the ${kind} ${number}`, hint]
  }),
  [
    `${INVITED}expires_at > «length(email)»`,
    'expires_at is a timestamp, which cannot be compared with the number length(email)',
    "compare it with a text such as '2026-01-31', or date('now', '-7 days')",
  ],
  [
    `${INVITED}expires_at = «datetime(accepted_at)»`,
    'expires_at is a timestamp, which cannot be compared with the text datetime(accepted_at)',
    'the API writes a T before the hour and a Z behind it: write datetime(expires_at) instead of expires_at',
  ],
  [
    '«SELECT 1 FROM (SELECT count(*) AS k FROM confluent.iam.users) JOIN (SELECT lower(email) AS k FROM confluent.iam.users) USING (k)»',
    'USING would compare the text k with the number k',
    'write JOIN … ON a.k = CAST(b.k AS TEXT), where a has the text',
  ],
  [
    '«SELECT 1 FROM (SELECT count(*) AS k FROM confluent.iam.users UNION SELECT email FROM confluent.iam.users) NATURAL JOIN (SELECT length(email) AS k FROM confluent.iam.users)»',
    'NATURAL JOIN would compare the text k with the number k',
    'write JOIN … ON a.k = CAST(b.k AS TEXT), where a has the text',
  ],
  [
    '«SELECT 1 FROM (SELECT expires_at AS k FROM confluent.iam.invitations) JOIN (SELECT datetime(expires_at) AS k FROM confluent.iam.invitations) USING (k)»',
    'USING would compare the timestamp k with the result of datetime()',
    'write JOIN … ON datetime(a.k) = b.k, where a has the timestamp',
  ],
]

describe('a number or boolean compared with a text', () => {
  test.each([...REFUSED, ...PAIRS])('%s', async (marked, message, hint) => {
    const sql = marked.replace(/[«»]/g, '')
    const error: unknown = await open({ size: '7', on: 'true', when: 'yesterday' })
      .plan(sql)
      .catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ConfluentqlError)
    const { code, span, ...found } = error as ConfluentqlError
    expect({ code, message: (error as ConfluentqlError).message, hint: found.hint }).toEqual({
      code: 'VALUE',
      message,
      hint,
    })
    expect(span && sql.slice(span.start, span.end)).toBe(
      marked.slice(marked.indexOf('«') + 1, marked.indexOf('»')),
    )
  })

  test.each([
    `${POOLS}spec.max_cfu > 3`,
    `${POOLS}spec.max_cfu > '3' + 0`,
    `${POOLS}CAST(spec.max_cfu AS TEXT) = '3'`,
    `${POOLS}CAST(spec.max_cfu AS INTEGER) = '3'`,
    `${POOLS}spec.max_cfu > :n`,
    `${POOLS}spec.max_cfu || '' = '3'`,
    `${POOLS}spec.max_cfu <> ''`,
    `${POOLS}coalesce(spec.max_cfu, '') = ''`,
    `${POOLS}spec.max_cfu LIKE '3%'`,
    `${POOLS}spec.display_name = '3'`,
    `${KEKS}shared = '1'`,
    `${KEKS}ts > '1700000000000'`,
    `${KEYS}metadata.created_at < '2025'`,
    `${KEYS}metadata.created_at < :n`,
    `${KEYS}spec.display_name = 12 || ''`,
    `${KEYS}spec.display_name IS NOT NULL AND spec.display_name IS NOT TRUE`,
    `${KEYS}length(spec.display_name) = 12 AND julianday(metadata.created_at) < 2460951.5`,
    `${INVITED}expires_at < 2026 AND email = 12`,
    `${INVITED}expires_at IN ('2026', '2026-', '2026-01', '2026-01-31', '2026-01-31T08:00:00.123+02:00', '') AND expires_at <> ''`,
    `${INVITED}expires_at < strftime('%Y-%m-%dT%H:%M:%SZ', 'now') AND datetime(expires_at) < datetime('now') AND date(expires_at) = '2026-01-31'`,
    `${INVITED}expires_at LIKE '%-01-%' AND substr(expires_at, 6, 2) = '01' AND coalesce(accepted_at, 'never') = 'never'`,
    "SELECT name FROM confluent.connect.connectors WHERE environment_id = 'e' AND kafka_cluster_id = 'c' AND config.\"tasks.max\" = 1",
    `${INVITED}email > CAST(5 AS INTEGER) AND email BETWEEN CAST('1' AS REAL) AND 'x'`,
    `${INVITED}expires_at > '' AND expires_at <= ''`,
    `${INVITED}expires_at < '2025-06-01T01:00:00+02:00' OR expires_at BETWEEN '2025-06-01' AND '2025-06-30 23:59:59'`,
    `${POOLS}status > '' AND status <> '' AND max(metadata, '') > ''`,
    `${INVITED}expires_at > datetime(accepted_at) OR expires_at < datetime('2026-01-01', '-90 days')`,
    "SELECT t FROM (SELECT max(expires_at) AS t FROM confluent.iam.invitations) WHERE t > ''",
    `${INVITED}CAST(strftime('%Y', expires_at) AS INTEGER) = 2025 AND strftime('%s', expires_at) > CAST(5 AS INTEGER)`,
    `${INVITED}CAST(length(email) AS TEXT) = 5 AND lower(email) IS NOT TRUE AND coalesce(nullif(email, ''), 0) > 5`,
    `${KEKS}shared = true`,
    `${KEKS}shared = (SELECT true) AND name IN (SELECT 5)`,
    `${POOLS}spec.max_cfu = (SELECT 3) AND status IN (SELECT '{}') AND status <> (SELECT '[]')`,
    `${INVITED}lower(email) IN (SELECT CAST('5' AS INTEGER)) AND email IN (SELECT 5 UNION SELECT 'x')`,
    `${INVITED}expires_at >= (SELECT '2026-01-31') AND expires_at < (SELECT '2026-02-01 00:00:00')`,
    `${KEKS}shared IS NOT TRUE`,
    `${KEKS}name = 'true'`,
    `${KEKS}(shared, name) = (1, 'x')`,
    "SELECT t FROM (SELECT coalesce(accepted_at, 'never') AS t FROM confluent.iam.invitations) WHERE t = 'never'",
    "SELECT t FROM (SELECT max(expires_at) AS t FROM confluent.iam.invitations UNION ALL SELECT max(email) FROM confluent.iam.users) WHERE t > 'x y'",
    "SELECT id FROM confluent.iam.pending_invitations WHERE is_past_expiry = 1 AND is_past_expiry IS TRUE AND days_waiting > '3' AND is_past_expiry <> ''",
    "SELECT id FROM confluent.iam.users WHERE coalesce(length(email), 'none') = 'none' AND length(email) <> ''",
    "SELECT spec.owner.id FROM confluent.iam.api_keys GROUP BY 1 HAVING CAST(count(*) AS TEXT) > '3' AND count(*) || '' = '3'",
    "SELECT n FROM (SELECT count(*) AS n FROM confluent.iam.users UNION ALL SELECT email FROM confluent.iam.users) WHERE n > '3'",
    `${LOCAL_POOLS}u.email = p.spec.max_cfu AND u.email = length(u.email) AND coalesce(p.spec.max_cfu, u.email) = u.email`,
    `${LOCAL_POOLS}u.email IN (SELECT 1.5 UNION ALL SELECT length(u.email)) AND CAST(u.email AS NUMERIC) < p.spec.max_cfu`,
    `${LOCAL_POOLS}(u.email IS NULL) = (p.spec.max_cfu > 1) AND (u.email IS NULL) = p.spec.max_cfu`,
    "SELECT file FROM confluent.iam.certificate_expiry WHERE expires_at < '2026-02' AND datetime(expires_at) < datetime('now')",
  ])('is not refused: %s', async sql => {
    expect((await open({ n: 3n }).plan(sql)).kind).toBe('query')
  })
})
