import { describe, expect, it } from 'vitest'
import type { Session } from '../../src/index.ts'
import { compiledCatalog } from '../catalog/compiled.ts'
import { harness, ORG, rowsOf, run } from './support.ts'

const { open } = harness()

async function told(sql: string, variables = {}): Promise<readonly string[]> {
  const notices: string[] = []
  await rowsOf(open({ variables, onNotice: text => notices.push(text) }), sql)
  return notices
}

const text = (path: string, table: string, asked: string, meant: string): string =>
  `${path} of confluent.${table} is compared with '${asked}', which is none of its known values; did you mean '${meant}'?`
const LOCAL = text('auth_type', 'iam.users', 'auth_type_local', 'AUTH_TYPE_LOCAL')
const SENT = text('status', 'iam.invitations', 'SENT', 'INVITE_STATUS_SENT')

describe('warns of a text that is close to a known value', () => {
  it.each<readonly [sql: string, ...notices: string[]]>([
    ["SELECT id FROM confluent.iam.users WHERE auth_type = 'auth_type_local'", LOCAL],
    ["SELECT count(*) FROM confluent.iam.users WHERE auth_type = 'auth_type_local'", LOCAL],
    ["SELECT id FROM confluent.iam.invitations WHERE status IN ('SENT', 'INVITE_STATUS_STAGED')", SENT],
    ['SELECT id FROM confluent.iam.invitations WHERE status = :status', SENT],
    ["SELECT id FROM confluent.iam.pending_invitations WHERE status = 'SENT'", SENT],
    [
      "SELECT a.id FROM confluent.iam.invitations a, confluent.iam.invitations b WHERE a.status = 'SENT' AND b.status = 'SENT'",
      SENT,
      'no condition links a with b, so each row of one is joined with each row of the other: add the condition, or write CROSS JOIN if that is meant',
    ],
    [
      "SELECT id FROM confluent.managed_kafka_clusters.clusters WHERE environment = 'env-p7r2k1' AND status.phase = 'Provisioned'",
      text('status.phase', 'managed_kafka_clusters.clusters', 'Provisioned', 'PROVISIONED'),
    ],
  ])('%s', async (sql, ...notices) => {
    expect(await told(sql, { status: 'SENT' })).toEqual(notices)
  })

  it.each([
    "SELECT id FROM confluent.iam.users WHERE auth_type = 'AUTH_TYPE_LOCAL'",
    "SELECT id FROM confluent.iam.users WHERE auth_type = 'AUTH_TYPE_NEW' OR auth_type = ''",
    "SELECT id FROM confluent.iam.users WHERE auth_type LIKE 'auth_type_local'",
    "SELECT id FROM confluent.iam.users WHERE lower(auth_type) = 'auth_type_local'",
    "SELECT id FROM confluent.iam.users WHERE email = 'local'",
  ])('does not warn of other texts: %s', async sql => {
    expect(await told(sql)).toEqual([])
  })
})

it('names the metric that is meant by the end of its name', async () => {
  const notices: string[] = []
  const sql =
    "SELECT value FROM confluent.metrics.label_values WHERE metric = 'received_bytes' AND label = 'metric.topic' AND kafka_id = 'lkc-7p2v9d'"
  const rows = rowsOf(open({ onNotice: notice => notices.push(notice) }), sql)
  await expect(rows).rejects.toThrow('Unknown metric')
  expect(notices).toEqual([
    "metric is compared with 'received_bytes', but its values begin with 'io.confluent.'; did you mean 'io.confluent.kafka.server/received_bytes'?",
  ])
})

it('does not say what to write in the SQL of a view of the provider', async () => {
  const notices = await told(
    "SELECT count(*) FROM confluent.kafka_acls WHERE cluster = 'lkc-7p2v9d' AND principal = 'User:sa-b1f1qj'",
  )
  expect(notices.filter(n => n.includes('answers it'))).toEqual([])
})

const ACCESS = 'SELECT count(*) FROM confluent.iam.role_bindings_with_names WHERE '
const ACCOUNTS = 'SELECT count(*) FROM confluent.iam.service_accounts s WHERE '
const BINDINGS = 'confluent.iam.all_role_bindings b'

/** Statements with no rows, or all rows, that nobody means; for each the notice, and a statement by its hint, which has rows. */
const MISTAKES: readonly (readonly [sql: string, notice: string, right: string])[] = [
  [
    `${ACCESS}principal_kind = 'service account'`,
    "principal_kind is compared with 'service account', but its values are 'User', 'ServiceAccount', 'IdentityPool', 'CertificatePool', 'GroupMapping'; did you mean 'ServiceAccount'?",
    `${ACCESS}principal_kind = 'ServiceAccount'`,
  ],
  [
    "SELECT count(*) FROM (SELECT CASE WHEN email LIKE 'a%' THEN 'First' ELSE 'Other' END AS part FROM confluent.iam.users) WHERE part = 'other'",
    "part is compared with 'other', but its values are 'First', 'Other'; did you mean 'Other'?",
    "SELECT count(*) FROM (SELECT CASE WHEN email LIKE 'a%' THEN 'First' ELSE 'Other' END AS part FROM confluent.iam.users) WHERE part = 'Other'",
  ],
  [
    `${ACCESS}role_name = 'Organization Admin'`,
    text('role_name', 'iam.role_bindings', 'Organization Admin', 'OrganizationAdmin'),
    `${ACCESS}role_name = 'OrganizationAdmin'`,
  ],
  [
    "SELECT count(*) FROM confluent.managed_kafka_clusters.clusters WHERE environment IN (SELECT id FROM confluent.org.environments) AND upper(status) = 'PROVISIONED'",
    "upper(status) is compared with 'PROVISIONED', but it is the JSON of an object: compare one of its fields",
    "SELECT count(*) FROM confluent.managed_kafka_clusters.clusters WHERE environment IN (SELECT id FROM confluent.org.environments) AND upper(status.phase) = 'PROVISIONED'",
  ],
  [
    `${ACCOUNTS}s.display_name < '10.5'`,
    "s.display_name < '10.5' compares texts, in which '9' is greater than '10': compare exact_number(s.display_name) with a number without quotes",
    `${ACCOUNTS}CASE WHEN s.display_name GLOB '*[^0-9]*' THEN 1 ELSE exact_number(s.display_name) < 10.5 END`,
  ],
  [
    "SELECT count(*) FROM (SELECT display_name AS value, 1 AS number FROM confluent.iam.service_accounts) WHERE value < '-3'",
    "value < '-3' compares texts, in which '9' is greater than '10': compare number with a number without quotes",
    "SELECT count(*) FROM (SELECT display_name AS value, 1 AS number FROM confluent.iam.service_accounts) WHERE number > -3 AND value <> '3' AND value > '2026-01'",
  ],
  [
    `${ACCESS}principal = 'sa-b1f1qj'`,
    "principal is compared with 'sa-b1f1qj', but its values begin with 'User:'; did you mean 'User:sa-b1f1qj'?",
    `${ACCESS}principal = 'User:sa-b1f1qj'`,
  ],
  [
    `${ACCESS}principal IN ('user:sa-b1f1qj', 'User:nobody')`,
    "principal is compared with 'user:sa-b1f1qj', but its values begin with 'User:'; did you mean 'User:sa-b1f1qj'?",
    `${ACCESS}principal IN ('User:sa-b1f1qj')`,
  ],
  [
    `${ACCESS}principal LIKE 'sa-%'`,
    "principal is compared with 'sa-%', but its values begin with 'User:'; did you mean 'User:sa-%'?",
    `${ACCESS}principal LIKE 'User:sa-%'`,
  ],
  [
    "SELECT count(*) FROM confluent.iam.api_keys_with_owners WHERE owner_id = 'User:sa-274qen'",
    "owner_id is compared with 'User:sa-274qen', but its values begin with 'u-', 'sa-' or 'pool-'; did you mean 'sa-274qen'?",
    "SELECT count(*) FROM confluent.iam.api_keys_with_owners WHERE owner_id = 'sa-274qen'",
  ],
  [
    "SELECT count(*) FROM confluent.org.environments WHERE id = 'production'",
    "id is compared with 'production', but its values begin with 'env-' and the like; names are in display_name",
    "SELECT count(*) FROM confluent.org.environments WHERE display_name = 'production'",
  ],
  [
    `SELECT count(*) FROM confluent.org.environments WHERE id = '${ORG}/environment=env-p7r2k1/cloud-cluster=lkc-7p2v9d'`,
    `id is compared with '${ORG}/environment=env-p7r2k1/cloud-cluster=lkc-7p2v9d', but its values begin with 'env-' and the like; did you mean 'env-p7r2k1'?`,
    "SELECT count(*) FROM confluent.org.environments WHERE id = 'env-p7r2k1'",
  ],
  [
    "SELECT count(*) FROM confluent.clusters WHERE id = 'orders-prod'",
    "id is compared with 'orders-prod', but its values begin with 'lkc-'; names are in display_name",
    "SELECT count(*) FROM confluent.clusters WHERE display_name = 'orders-prod'",
  ],
  [
    "SELECT count(CASE WHEN principal = 'u-1' THEN 1 END) FROM confluent.iam.all_role_bindings",
    "principal is compared with 'u-1', but its values begin with 'User:'; did you mean 'User:u-1'?",
    "SELECT count(CASE WHEN principal LIKE 'User:u-%' THEN 1 END) FROM confluent.iam.all_role_bindings",
  ],
  [
    `SELECT count(*) FROM confluent.iam.service_accounts s JOIN ${BINDINGS} ON b.principal = s.id`,
    "no row can meet b.principal = s.id: values of b.principal begin with 'User:', those of id of confluent.iam.service_accounts with 'sa-'; write 'User:' || s.id",
    `SELECT count(*) FROM confluent.iam.service_accounts s JOIN ${BINDINGS} ON b.principal = 'User:' || s.id`,
  ],
  [
    `${ACCOUNTS}s.id IN (SELECT principal FROM ${BINDINGS})`,
    `no row can meet s.id IN (SELECT principal FROM confluent.iam.all_role_bindi…: values of s.id begin with 'sa-', those of principal of confluent.iam.role_bindings with 'User:'; write 'User:' || s.id`,
    `${ACCOUNTS}'User:' || s.id IN (SELECT principal FROM ${BINDINGS})`,
  ],
  [
    "SELECT count(*) FROM confluent.iam.service_accounts WHERE display_name LIKE 'orders*'",
    "LIKE 'orders*' has no wildcard: that of LIKE is %, as in LIKE 'orders%'",
    "SELECT count(*) FROM confluent.iam.service_accounts WHERE display_name LIKE 'orders%'",
  ],
  [
    "SELECT count(*) FROM confluent.iam.service_accounts WHERE display_name GLOB 'orders%'",
    "GLOB 'orders%' has no wildcard: that of GLOB is *, as in GLOB 'orders*'",
    "SELECT count(*) FROM confluent.iam.service_accounts WHERE display_name GLOB 'orders*'",
  ],
  [
    "SELECT count(*) FROM confluent.iam.users u WHERE u.metadata LIKE 'created%'",
    "no value of u.metadata is LIKE 'created%': it is the JSON of an object: compare one of its fields",
    "SELECT count(*) FROM confluent.iam.users u WHERE u.metadata LIKE '%created%'",
  ],
  [
    'SELECT count(*) FROM confluent.iam.users WHERE full_name = NULL',
    'full_name = NULL is never true: write full_name IS NULL',
    'SELECT count(*) FROM confluent.iam.users WHERE full_name IS NULL',
  ],
  [
    'SELECT count(*) FROM confluent.iam.users WHERE NULL <> full_name',
    'NULL <> full_name is never true: write full_name IS NOT NULL',
    'SELECT count(*) FROM confluent.iam.users WHERE full_name IS NOT NULL',
  ],
  [
    "SELECT count(*) FROM confluent.iam.users WHERE full_name NOT IN ('a', NULL)",
    "full_name NOT IN ('a', NULL) is never true, since its list has a NULL: leave it out",
    "SELECT count(*) FROM confluent.iam.users WHERE full_name NOT IN ('a')",
  ],
  [
    "SELECT count(*) FROM confluent.iam.users WHERE full_name IN ('a', NULL)",
    "NULL in a list equals nothing: write (full_name IN ('a') OR full_name IS NULL) for rows without a value",
    "SELECT count(*) FROM confluent.iam.users WHERE (full_name IN ('a') OR full_name IS NULL)",
  ],
]

const shownNotices: string[] = []
let shared: Session | undefined

async function countAndNotices(sql: string): Promise<{ count: number; notices: readonly string[] }> {
  shared ??= open({ onNotice: notice => shownNotices.push(notice) })
  shownNotices.length = 0
  const [row] = await rowsOf(shared, sql)
  return { count: Number(row![0]), notices: [...shownNotices] }
}

describe('warns of conditions that can never be as they are meant', () => {
  it.each(MISTAKES)('%s', async (sql, notice, right) => {
    expect(await countAndNotices(sql)).toEqual({ count: 0, notices: [notice] })
    const { count, notices } = await countAndNotices(right)
    expect(count).toBeGreaterThan(0)
    expect(notices).toEqual([])
  })

  it('says that every row meets NOT IN and <> of such columns', async () => {
    const meant = "values of s.id begin with 'sa-', those of principal of"
    const sql = `${ACCOUNTS}s.id NOT IN (SELECT principal FROM ${BINDINGS})`
    const { count, notices } = await countAndNotices(sql)
    expect(notices).toEqual([expect.stringMatching(`^every row meets s\\.id NOT IN .*: ${meant}`)])
    expect(count).toBeGreaterThan(
      (await countAndNotices(sql.replace('s.id NOT', "'User:' || s.id NOT"))).count,
    )
    expect((await countAndNotices(sql.replace('s.id NOT IN', 'NOT s.id IN'))).notices).toEqual([
      expect.stringMatching(`^no row can meet s\\.id IN .*: ${meant}`),
    ])
    const join = `SELECT count(*) FROM confluent.iam.service_accounts s JOIN ${BINDINGS} ON b.principal <> s.id`
    expect((await countAndNotices(join)).notices).toContainEqual(
      expect.stringMatching(
        /^every row meets b\.principal <> s\.id: values of b\.principal begin with 'User:'/,
      ),
    )
  })

  it.each([
    "SELECT id FROM confluent.iam.users WHERE id > 'a' AND id <> '' AND email LIKE '%*' AND email NOT LIKE 'a_*' AND email LIKE 'a*' ESCAPE '*'",
    `SELECT s.id FROM confluent.iam.service_accounts s WHERE s.id NOT IN (SELECT k.spec.owner.id FROM confluent.iam.api_keys k WHERE k.spec.owner.id IS NOT NULL)`,
    'SELECT k.id FROM confluent.iam.api_keys k JOIN confluent.iam.users u ON u.id = k.spec.owner.id',
    "SELECT id FROM confluent.org.environments WHERE id = 't36285' OR id LIKE '%production' OR id LIKE 'en%'",
    "SELECT id FROM confluent.iam.all_role_bindings WHERE principal LIKE '%sa-1' OR principal = 'User:12345' OR principal = 'User:*' OR principal > 'sa-'",
    'SELECT full_name IS NULL, nullif(full_name, NULL) FROM confluent.iam.users WHERE full_name IS NOT NULL',
  ])('does not warn of what may be meant: %s', async sql => {
    expect(await told(sql)).toEqual([])
  })
})

describe('warns of a text as a condition', () => {
  const USERS = 'SELECT count(*) FROM confluent.iam.users WHERE '

  it.each([
    `${USERS}full_name`,
    `${USERS}NOT full_name`,
    `${USERS}id <> '' AND full_name`,
    `${USERS}full_name IS TRUE`,
    `${USERS}iif(full_name, 1, 0) = 1`,
    'SELECT count(*) FROM confluent.iam.users u JOIN confluent.iam.users v USING (id) WHERE u.full_name',
    'SELECT count(*) FROM confluent.iam.users u JOIN confluent.iam.users v ON u.full_name AND v.id = u.id',
    'SELECT count(*) FILTER (WHERE full_name) FROM confluent.iam.users',
  ])('%s', async sql => {
    const name = sql.includes('u.full_name') ? 'u.full_name' : 'full_name'
    expect((await countAndNotices(sql)).notices).toEqual([
      `${name} is a text, of which only a number other than 0 is true: write ${name} = 'true', or ${name} <> ''`,
    ])
  })

  it.each([
    [`${USERS}NOT metadata`, 'metadata is an object', 'metadata IS NOT NULL, or name a field'],
    [`${USERS}id = '' OR metadata`, 'metadata is an object', 'metadata IS NOT NULL, or name a field'],
    [
      'SELECT count(*) FROM confluent.iam.ip_groups g WHERE g.cidr_blocks',
      'g.cidr_blocks is an array',
      'g.cidr_blocks IS NOT NULL, or json_array_length(g.cidr_blocks) > 0',
    ],
  ])('also of an object or array: %s', async (sql, what, meant) => {
    expect(await told(sql)).toEqual([`${what}, which is never true: write ${meant}`])
  })

  it.each([`${USERS}full_name IS NOT NULL AND id <> 'u-a'`, `${USERS}'x'`, `${USERS}length(full_name)`])(
    'not of %s',
    async sql => {
      expect((await countAndNotices(sql)).notices).toEqual([])
    },
  )
})

describe('warns of tables that no condition links', () => {
  const without = (one: string, other: string, add: string): string =>
    `no condition links ${one} with ${other}, so each row of one is joined with each row of the other: ${add}, or write CROSS JOIN if that is meant`
  const [USERS, SERVICES] = ['confluent.iam.users u', 'confluent.iam.service_accounts s']
  const PARENTS = ['confluent.org.environments e', 'confluent.managed_kafka_clusters.clusters c']

  it.each([
    [`${USERS} JOIN ${SERVICES}`, without('u', 's', 'add the condition')],
    [`${USERS}, ${SERVICES} WHERE u.id <> '' AND s.id <> ''`, without('u', 's', 'add the condition')],
    [
      `${USERS}, ${SERVICES}, confluent.iam.api_keys k WHERE k.spec.owner.id = u.id`,
      without('u', 's', 'add the condition'),
    ],
    [`${PARENTS.join(', ')}`, without('e', 'c', 'add c.environment = e.id')],
    [`${PARENTS.toReversed().join(' LEFT JOIN ')}`, without('c', 'e', 'add c.environment = e.id')],
    [
      `(SELECT id FROM confluent.iam.users) JOIN ${SERVICES}`,
      without('a subquery', 's', 'add the condition'),
    ],
  ])('%s', async (from, notice) => {
    const { notices } = await countAndNotices(`SELECT count(*) FROM ${from}`)
    expect(notices.filter(n => n.startsWith('no condition'))).toEqual([notice])
  })

  it.each([
    `${USERS} CROSS JOIN ${SERVICES}`,
    `${USERS} JOIN ${SERVICES} USING (id)`,
    `(SELECT id FROM confluent.iam.users) NATURAL JOIN (SELECT id FROM confluent.iam.service_accounts)`,
    `${USERS}, ${SERVICES} WHERE s.id = 'sa-x'`,
    `${USERS}, ${SERVICES} WHERE s.display_name = u.full_name OR s.id LIKE u.id || '%'`,
    `${USERS}, ${SERVICES} WHERE EXISTS (SELECT 1 FROM confluent.iam.api_keys k WHERE k.id = u.id AND k.spec.owner.id = s.id)`,
    `${USERS}, json_each(u.metadata)`,
    `${USERS}, (SELECT max(id) AS last FROM confluent.iam.service_accounts)`,
    `${USERS}, (SELECT date('now') AS today)`,
    `${USERS}, (SELECT id FROM confluent.iam.service_accounts ORDER BY 1 LIMIT 1)`,
  ])('not of %s', async from => {
    const { notices } = await countAndNotices(`SELECT count(*) FROM ${from}`)
    expect(notices.filter(n => n.startsWith('no condition'))).toEqual([])
  })
})

it('warns of a text beside a column of booleans', async () => {
  const condition = 'u.full_name = f.flag'
  const notices: string[] = []
  const session = open({ onNotice: notice => notices.push(notice) })
  await run(session, 'CREATE TABLE f (flag BOOLEAN)')
  await rowsOf(session, `SELECT count(*) FROM confluent.iam.users u JOIN f ON ${condition}`)
  expect(notices).toEqual([
    `${condition} compares a text with 1 and 0: if it is 'true' or 'false', write CASE f.flag WHEN 1 THEN 'true' WHEN 0 THEN 'false' END instead of f.flag`,
  ])
})

describe('warns of rows that a condition leaves out although they may be meant', () => {
  const ENVIRONMENT =
    'is NULL for roles of the whole organization, which apply to each environment: confluent.iam.access_by_environment has them as well'
  const CLUSTER =
    'is NULL for roles of environments and of the organization, which apply to each cluster in them: confluent.iam.access_by_cluster has them as well'

  it.each([
    ["FROM confluent.iam.access WHERE environment_name = 'production'", `environment_name ${ENVIRONMENT}`],
    ["FROM confluent.iam.access a WHERE a.cluster IN ('lkc-7p2v9d', 'lkc-8q3w0f')", `a.cluster ${CLUSTER}`],
    ["FROM confluent.iam.all_role_bindings WHERE 'env-p7r2k1' = environment", `environment ${ENVIRONMENT}`],
  ])('%s', async (from, notice) => {
    const { count, notices } = await countAndNotices(`SELECT count(*) ${from}`)
    expect(count).toBeGreaterThan(0)
    expect(notices).toEqual([notice])
  })

  it('the view that the notice names has them', async () => {
    const of = async (view: string, condition: string): Promise<number> =>
      (await countAndNotices(`SELECT count(*) FROM confluent.iam.${view} WHERE ${condition}`)).count
    const own = await of('access', "environment_name = 'production'")
    const above = await of('access', "scope_kind = 'organization'")
    expect(above).toBeGreaterThan(0)
    expect(await of('access_by_environment', "environment_name = 'production'")).toBe(own + above)
  })

  it.each([
    "FROM confluent.iam.access WHERE environment_name = 'production' OR environment IS NULL",
    "FROM confluent.iam.access WHERE environment_name = 'production' AND environment IS NOT NULL",
    "FROM confluent.iam.access WHERE environment_name <> 'production' OR role_name = 'MetricsViewer'",
    "FROM confluent.iam.access_by_environment WHERE environment_name = 'production'",
    "FROM confluent.iam.access_by_cluster WHERE cluster_name = 'orders-prod' AND environment_name = 'production'",
  ])('not where they are mentioned or not left out: %s', async from => {
    expect((await countAndNotices(`SELECT count(*) ${from}`)).notices).toEqual([])
  })

  it('a default where NULL is asked for', async () => {
    const { count, notices } = await countAndNotices(
      "SELECT count(*) FROM confluent.subjects_with_compatibility s WHERE environment_name = 'production' AND (s.compatibility IS NULL OR s.compatibility = 'NONE')",
    )
    const own = 'confluent.schema_registry.subject_level_config'
    expect(notices).toEqual([
      `s.compatibility IS NULL: a subject without a compatibility of its own has that of its registry here; ${own} has only subjects with one of their own`,
    ])
    const [[without]] = (await rowsOf(
      open(),
      `SELECT count(*) FROM confluent.subjects s LEFT JOIN ${own} o ON o.subject = s.subject AND o.rest_endpoint = s.registry_url
       WHERE s.environment_name = 'production' AND o.compatibilityLevel IS NULL`,
    )) as [[number]]
    expect(Number(without)).toBeGreaterThan(count)
    const right =
      "SELECT count(*) FROM confluent.subjects_with_compatibility WHERE environment_name = 'production' AND compatibility = 'NONE'"
    expect((await countAndNotices(right)).notices).toEqual([])
  })

  it('the columns exist', async () => {
    const session = open()
    for (const view of compiledCatalog()
      .provider('confluent')!
      .views!.filter(v => v.nulls ?? v.defaults)) {
      const names = (await rowsOf(session, `DESCRIBE ${view.name}`)).map(([name]) => name)
      expect(names).toEqual(expect.arrayContaining(Object.keys({ ...view.nulls, ...view.defaults })))
    }
  })
})

const OWNED = 'SELECT count(*) FROM confluent.iam.service_accounts WHERE '
const CREATED = 'SELECT count(*) FROM confluent.iam.users WHERE metadata.created_at'

describe('warns of NOT IN with a NULL in its list', () => {
  const never = (column: string): string =>
    `id NOT IN (SELECT …) is never true, since the query gives a NULL: add WHERE ${column} IS NOT NULL to it`

  it.each([
    [`${OWNED}id NOT IN (SELECT spec.owner.id FROM confluent.iam.api_keys)`, 'spec.owner.id'],
    [`${OWNED}NOT id IN (SELECT owner_id FROM confluent.iam.api_keys_with_owners)`, 'owner_id'],
    [
      `${OWNED}id NOT IN (WITH k AS (SELECT spec.owner.id AS o FROM confluent.iam.api_keys) SELECT k.o FROM k)`,
      'k.o',
    ],
    [`${OWNED}id NOT IN (SELECT nullif(:a, 'x'))`, "nullif(:a, 'x')"],
    [
      `${OWNED}id NOT IN (SELECT DISTINCT spec.owner.id FROM confluent.iam.api_keys ORDER BY 1)`,
      'spec.owner.id',
    ],
  ])('%s', async (sql, column) => {
    const notices: string[] = []
    const session = open({ variables: { a: 'x' }, onNotice: notice => notices.push(notice) })
    expect(await rowsOf(session, sql)).toEqual([[0]])
    expect(notices).toEqual([never(column)])
  })

  it('also where the rows are those of a table of the session, or become them', async () => {
    const notices: string[] = []
    const session = open({ onNotice: notice => notices.push(notice) })
    const none = `${OWNED.replace('count(*)', 'id')}id NOT IN (SELECT spec.owner.id FROM confluent.iam.api_keys)`
    await rowsOf(session, `CREATE TEMP TABLE unowned AS ${none}`)
    await rowsOf(session, `INSERT INTO unowned ${none}`)
    await rowsOf(session, "INSERT INTO unowned VALUES ('sa-x'), (NULL)")
    expect(notices).toEqual([never('spec.owner.id'), never('spec.owner.id')])
    await rowsOf(session, "SELECT id FROM unowned WHERE 'sa-y' NOT IN (SELECT id FROM unowned)")
    expect(notices.slice(2)).toEqual([`'sa-y' NOT IN ${never('id').slice('id NOT IN '.length)}`])
  })

  it.each<readonly [query: string, write: string, right: string]>([
    [
      "SELECT spec.owner.id FROM confluent.iam.api_keys WHERE id <> ''",
      'add AND spec.owner.id IS NOT NULL to its WHERE',
      "SELECT spec.owner.id FROM confluent.iam.api_keys WHERE id <> '' AND spec.owner.id IS NOT NULL",
    ],
    ...[
      "SELECT spec.owner.id FROM confluent.iam.api_keys WHERE id = 'x' OR id <> ''",
      'SELECT max(spec.owner.id) FROM confluent.iam.api_keys GROUP BY spec.owner.id',
      'SELECT id FROM confluent.iam.users UNION SELECT spec.owner.id FROM confluent.iam.api_keys',
      'SELECT spec.owner.id FROM confluent.iam.api_keys ORDER BY spec.owner.id LIMIT 1',
      "VALUES ('sa-x'), (NULL)",
      'SELECT * FROM (SELECT spec.owner.id FROM confluent.iam.api_keys)',
    ].map(query => {
      const right = `WITH listed(value) AS (${query}) SELECT value FROM listed WHERE value IS NOT NULL`
      return [query, `write (${right})`, right] as const
    }),
  ])('what to write instead of %s', async (query, write, right) => {
    expect(await countAndNotices(`${OWNED}id NOT IN (${query})`)).toEqual({
      count: 0,
      notices: [`id NOT IN (SELECT …) is never true, since the query gives a NULL: ${write}`],
    })
    const meant = await countAndNotices(`${OWNED}id NOT IN (${right})`)
    expect(meant.count).toBeGreaterThan(0)
    expect(meant.notices).toEqual([])
  })

  it('also if the condition selects the rows of a change', async () => {
    const notices: string[] = []
    const session = open({ onNotice: notice => notices.push(notice) })
    const unused = 's.id NOT IN (SELECT spec.owner.id FROM confluent.iam.api_keys)'
    const sql = `DELETE FROM confluent.iam.service_accounts
      WHERE id IN (SELECT s.id FROM confluent.iam.service_accounts s WHERE ${unused})`
    expect((await run(session, sql)).affected?.count).toBe(0)
    expect(notices).toContain(`s.${never('spec.owner.id')}`)
  })

  it.each([
    `${OWNED}id NOT IN (SELECT spec.owner.id FROM confluent.iam.api_keys WHERE spec.owner.id IS NOT NULL)`,
    `${OWNED}id NOT IN (SELECT id FROM confluent.iam.api_keys) AND id IN (SELECT spec.owner.id FROM confluent.iam.api_keys)`,
    'SELECT count(*) FROM confluent.iam.users u WHERE id NOT IN (SELECT k.spec.owner.id FROM confluent.iam.api_keys k WHERE k.spec.owner.id = u.id)',
  ])('not of a list without one: %s', async sql => {
    const { count, notices } = await countAndNotices(sql)
    expect(count).toBeGreaterThan(0)
    expect(notices).toEqual([])
  })
})

describe('warns of a time that is taken for a day', () => {
  const all = async (condition: string): Promise<number> =>
    (await countAndNotices(`${CREATED}${condition}`)).count

  /** A day on which a user was created, the next one, the first of its month and of the next month. */
  async function days(): Promise<readonly [day: string, next: string, month: string, nextMonth: string]> {
    const [row] = await rowsOf(
      open(),
      `SELECT d, date(d, '+1 day'), date(d, 'start of month'), date(d, 'start of month', '+1 month')
       FROM (SELECT date(max(metadata.created_at)) AS d FROM confluent.iam.users)`,
    )
    return row as [string, string, string, string]
  }

  it('says nothing of texts that are no day, or after which there is none', async () => {
    for (const bound of ['9999-12-31', '9999', '9999-12', '2026-02-30', '2026-13', '0000-01-01'])
      for (const condition of [`<= '${bound}'`, `BETWEEN '2000' AND '${bound}'`, `= '${bound}'`])
        expect((await countAndNotices(`${CREATED} ${condition}`)).notices, condition).toEqual([])
  })

  it('says what has the rows of a day or month', async () => {
    const [day, next, month, nextMonth] = await days()
    const at = 'metadata.created_at'
    for (const [condition, reason, right] of [
      [`= '${day}'`, `${at} equals '${day}' only at midnight`, `>= '${day}' AND ${at} < '${next}'`],
      [
        `IN ('${day.slice(0, 7)}')`,
        `${at} never equals '${day.slice(0, 7)}', which is no time`,
        `>= '${month}' AND ${at} < '${nextMonth}'`,
      ],
      [
        `BETWEEN '2000' AND '${day}'`,
        `${at} BETWEEN '2000' AND '${day}' ends where ${day} begins, and leaves out later times of that day`,
        `>= '2000' AND ${at} < '${next}'`,
      ],
      [
        `<= '${day}'`,
        `${at} <= '${day}' ends where ${day} begins, and leaves out later times of that day`,
        `< '${next}'`,
      ],
    ] as const) {
      const { count, notices } = await countAndNotices(`${CREATED} ${condition}`)
      expect(notices).toEqual([`${reason}: write ${at} ${right}`])
      expect(await all(` ${right}`)).toBeGreaterThan(count)
    }
  })

  it('says what leaves out the rows of a day', async () => {
    const [day, next] = await days()
    const outside = `(metadata.created_at < '${day}' OR metadata.created_at >= '${next}')`
    expect((await countAndNotices(`${CREATED} <> '${day}'`)).notices).toEqual([
      `metadata.created_at equals '${day}' only at midnight: write ${outside}`,
    ])
    const inside = await all(` >= '${day}' AND metadata.created_at < '${next}'`)
    expect(inside).toBeGreaterThan(0)
    expect(await all(` IS NOT NULL AND ${outside}`)).toBe((await all(' IS NOT NULL')) - inside)
  })

  it('of a time that a query computes, and of one in a view', async () => {
    const [day, next] = await days()
    const latest =
      'SELECT count(*) FROM (SELECT max(metadata.created_at) AS t FROM confluent.iam.users GROUP BY id) WHERE t'
    const { count, notices } = await countAndNotices(`${latest} <= '${day}'`)
    expect(notices).toEqual([
      `t <= '${day}' ends where ${day} begins, and leaves out later times of that day: write t < '${next}'`,
    ])
    expect((await countAndNotices(`${latest} < '${next}'`)).count).toBeGreaterThan(count)
    const expiry = "SELECT count(*) FROM confluent.iam.certificate_expiry WHERE expires_at = '2026-01-31'"
    expect((await countAndNotices(expiry)).notices).toEqual([
      "expires_at equals '2026-01-31' only at midnight: write expires_at >= '2026-01-31' AND expires_at < '2026-02-01'",
    ])
  })

  it.each([
    ["'2026-01-31T08:00'", "'2026-01-31T08:00:00Z'"],
    ["'2026-01-31T08:00:01.50'", "'2026-01-31T08:00:01.5Z'"],
    ["'2026-01-31T08:00:00+02:00'", "'2026-01-31T06:00:00Z'"],
  ])(
    'says what a time in another form than the API writes is not equal to in nullif(): %s',
    async (given, right) => {
      const test = (time: string) =>
        countAndNotices(`SELECT count(nullif(metadata.created_at, ${time})) FROM confluent.iam.users`)
      expect((await test(given)).notices).toEqual([
        `metadata.created_at is compared with the text ${given}, and the API writes times in UTC with a Z: write ${right}`,
      ])
      expect((await test(right)).notices).toEqual([])
      for (const operator of ['=', '<>', '<'])
        expect(await countAndNotices(`${CREATED} ${operator} ${given}`)).toEqual(
          await countAndNotices(`${CREATED} ${operator} ${right}`),
        )
    },
  )

  it('of a day that is taken for a time', async () => {
    const from = 'SELECT count(*) FROM confluent.billing.costs WHERE start_date'
    const until = "start_date < '2026-12-01'"
    for (const [condition, reason, right] of [
      [
        ">= '2026-10-02 08:00:00'",
        "start_date >= '2026-10-02 08:00:00' leaves out the day 2026-10-02, which begins before it: write '2026-10-02' instead of '2026-10-02 08:00:00'",
        ">= '2026-10-02'",
      ],
      [
        "BETWEEN datetime('2026-10-02', '+1 hour') AND '2026-10-05'",
        "start_date BETWEEN datetime('2026-10-02', '+1 hour') AND '2026-10-05' leaves out the day 2026-10-02, which begins before it: write date(datetime('2026-10-02', '+1 hour')) instead of datetime('2026-10-02', '+1 hour')",
        "BETWEEN date(datetime('2026-10-02', '+1 hour')) AND '2026-10-05'",
      ],
      [
        "IN ('2026-10-02T01:00:00Z')",
        "start_date never equals '2026-10-02T01:00:00Z', which is no day: write '2026-10-02' instead of '2026-10-02T01:00:00Z'",
        "IN ('2026-10-02')",
      ],
    ] as const) {
      const { count, notices } = await countAndNotices(`${from} ${condition} AND ${until}`)
      expect(notices).toEqual([reason])
      const meant = await countAndNotices(`${from} ${right} AND ${until}`)
      expect(meant.notices).toEqual([])
      expect(meant.count).toBeGreaterThan(count)
    }
    for (const [midnight, day] of [
      [">= '2026-10-02 00:00:00'", ">= '2026-10-02'"],
      ["BETWEEN datetime('2026-10-02') AND '2026-10-05'", "BETWEEN '2026-10-02' AND '2026-10-05'"],
      [">= '2026-10-01' AND start_date < datetime('2026-10-02')", "= '2026-10-01'"],
      ["IN ('2026-10-02T00:00:00Z', '2026-10-03T02:00:00+02:00')", "IN ('2026-10-02', '2026-10-03')"],
    ])
      expect(await countAndNotices(`${from} ${midnight} AND ${until}`)).toEqual(
        await countAndNotices(`${from} ${day} AND ${until}`),
      )
  })

  it('of a time beside a day, of which neither is a constant', async () => {
    const from = 'SELECT count(*) FROM confluent.iam.users u JOIN confluent.iam.users v'
    const [at, day] = ['u.metadata.created_at', 'date(v.metadata.created_at)']
    for (const [condition, reason] of [
      [`${at} = ${day}`, 'takes no time for equal to its day'],
      [`${at} IN (SELECT ${day})`, 'takes no time for equal to its day'],
      [`${day} >= ${at}`, 'leaves out the times of the day itself'],
    ] as const) {
      const { count, notices } = await countAndNotices(`${from} ON ${condition}`)
      expect(notices).toEqual([`${condition} ${reason}: write date(${at}) instead of ${at}`])
      const right = await countAndNotices(`${from} ON ${condition.replace(at, `date(${at})`)}`)
      expect(right.notices).toEqual([])
      expect(right.count).toBeGreaterThan(count)
    }
    const using = `(SELECT metadata.created_at AS k FROM confluent.iam.users) JOIN (SELECT date(metadata.created_at) AS k FROM confluent.iam.users) USING (k)`
    expect((await countAndNotices(`SELECT count(*) FROM ${using}`)).notices).toEqual([
      'USING compares a day with a time in k, which takes no time for equal to its day: write JOIN … ON with date(k) of the time',
    ])
  })

  it.each([
    `${CREATED} >= '2025-12-02' AND metadata.created_at < '2026' AND metadata.created_at > '2025-12'`,
    `${CREATED} = '2025-12-02T04:19:28.122696Z' OR metadata.created_at <= '2025-12-02T04:19:28Z' OR metadata.created_at <> ''`,
    `SELECT count(*) FROM confluent.iam.users WHERE date(metadata.created_at) <= '2025-12-02' OR email = '2025-12-02'`,
  ])('not of what is meant: %s', async sql => {
    expect((await countAndNotices(sql)).notices).toEqual([])
  })
})

describe('warns of the bounds of a period as those of a day', () => {
  const COSTS = 'SELECT count(*) FROM confluent.billing.costs WHERE '
  const [first, last, after] = ['2026-10-01', '2026-10-31', '2026-11-01']

  it.each([
    [
      `${COSTS}start_date = '${first}' AND '${last}' = end_date`,
      `start_date and end_date are the day of a row and the day after it: for the days from '${first}' to '${last}' write start_date >= '${first}' AND start_date <= '${last}'`,
      `${COSTS}start_date >= '${first}' AND start_date <= '${last}'`,
    ],
    [
      "SELECT count(*) FROM confluent.costs WHERE day = '2026-10'",
      `day never equals '2026-10', which is no day: write day >= '${first}' AND day < '${after}'`,
      `SELECT count(*) FROM confluent.costs WHERE day >= '${first}' AND day < '${after}'`,
    ],
  ])('%s', async (sql, notice, right) => {
    expect(await countAndNotices(sql)).toEqual({ count: 0, notices: [notice] })
    const { count, notices } = await countAndNotices(right)
    expect(count).toBeGreaterThan(0)
    expect(notices).toEqual([])
  })

  it.each([
    `${COSTS}start_date = '${last}' AND end_date = '${after}'`,
    `SELECT count(*) FROM confluent.costs WHERE day BETWEEN '${first}' AND '${last}'`,
    `${COSTS}start_date >= '${first}' AND start_date < '${after}' AND end_date <= '${last}'`,
  ])('not of those of a day, or of others: %s', async sql => {
    const { count, notices } = await countAndNotices(sql)
    expect(count).toBeGreaterThan(0)
    expect(notices).toEqual([])
  })
})
