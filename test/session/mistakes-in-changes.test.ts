import { expect, it } from 'vitest'
import type { ConfluentqlError } from '../../src/index.ts'
import { asMeant } from '../support/as-meant.ts'
import { Random } from '../fuzz/random.ts'
import { harness, rowsOf } from './support.ts'

const { open, requestsOf } = harness()
const USERS = 'confluent.iam.users'
const KEYS = 'confluent.iam.api_keys'
const deletion = (where: string): string =>
  `DELETE FROM ${USERS} WHERE id IN (SELECT id FROM ${USERS}) AND ${where}`

async function refusal(sql: string): Promise<string> {
  const error = await rowsOf(open(), sql).then(
    () => undefined,
    (e: unknown) => e as { message: string; hint: string },
  )
  return error ? `${error.message}: ${error.hint}` : ''
}

it.each([
  ["auth_type <> 'LOCAL'", /did you mean 'AUTH_TYPE_LOCAL'\?/],
  ["auth_type NOT IN ('LOCAL')", /did you mean 'AUTH_TYPE_LOCAL'\?/],
  ["auth_type IS NOT 'x' AND NOT auth_type = 'LOCAL'", /did you mean 'AUTH_TYPE_LOCAL'\?/],
  [`id NOT IN (SELECT id FROM ${USERS} WHERE auth_type = 'LOCAL')`, /did you mean 'AUTH_TYPE_LOCAL'\?/],
  [
    `NOT EXISTS (SELECT 1 FROM ${USERS} u WHERE u.auth_type = 'LOCAL' AND u.id = users.id)`,
    /did you mean 'AUTH_TYPE_LOCAL'\?/,
  ],
  [`(SELECT count(*) FROM ${USERS} u WHERE u.auth_type = 'LOCAL') = 0`, /did you mean 'AUTH_TYPE_LOCAL'\?/],
  ["email NOT LIKE 'a*'", /as in LIKE 'a%'/],
  ["metadata.created_at <> '2025-01-01'", /write \(metadata.created_at < '2025-01-01' OR /],
  ["NOT metadata.created_at <= '2025-01-01'", /write metadata.created_at < '2025-01-02'/],
  ['NOT auth_type', /write auth_type = 'true'/],
  [`id IN (SELECT u.id FROM ${USERS} u, ${KEYS} k WHERE k.id <> '')`, /write CROSS JOIN if that is meant/],
  ["email < '5'", /compare exact_number\(email\)/],
  [
    "email NOT IN (SELECT 'x' FROM confluent.managed_kafka_clusters.clusters WHERE lower(status) <> 'provisioned')",
    /compare one of its fields/,
  ],
  ["NOT (auth_type = 'AUTH_TYPE_SSO' OR 'AUTH_TYPE_LOCAL')", /write auth_type = 'AUTH_TYPE_LOCAL'/],
  ["(auth_type <> 'a' OR email = 'b' OR auth_type <> 'b')", /write auth_type NOT IN \('a', 'b'\)/],
  ["NOT (email = 'a' AND email = 'b')", /write email IN \('a', 'b'\)/],
  // conditions inside of another one, which is true where they are not
  ['iif(full_name = NULL, 0, 1)', /write full_name IS NULL/],
  ['ifnull(full_name = NULL, 1)', /write full_name IS NULL/],
  ['CASE WHEN full_name = NULL THEN 0 ELSE 1 END', /write full_name IS NULL/],
  ['(full_name = NULL) IS NULL', /write full_name IS NULL/],
  ["CASE auth_type WHEN 'LOCAL' THEN 0 ELSE 1 END", /did you mean 'AUTH_TYPE_LOCAL'\?/],
  ['full_name IS FALSE', /write full_name = 'true'/],
  // conditions that are true for all rows
  ["(full_name = 'a' OR '5')", /write full_name = '5' instead/],
  ['(length(full_name) = 1 OR 5)', /write length\(full_name\) = 5 instead/],
  ['length(full_name) <> 1 AND 5', /write length\(full_name\) <> 5 instead/],
  ["(auth_type NOT IN ('a') OR auth_type NOT IN ('b', 'c'))", /write auth_type NOT IN \('a', 'b', 'c'\)/],
  ["(NOT auth_type = 'a' OR auth_type IS NOT 'b')", /write auth_type NOT IN \('a', 'b'\)/],
  ['full_name = full_name', /write full_name IS NOT NULL/],
  [
    `EXISTS (SELECT 1 FROM ${KEYS} k WHERE k.spec.owner.id = k.spec.owner.id)`,
    /add one, or write \(SELECT count/,
  ],
  [`id IN (SELECT u.id FROM ${USERS} u JOIN ${KEYS} k ON u.id = u.id)`, /write u.id IS NOT NULL/],
  ['NOT full_name <> full_name', /write another column on one side/],
  [`id IN (SELECT u.id FROM ${USERS} u, ${USERS} v WHERE v.auth_type = 'AUTH_TYPE_SSO')`, /write CROSS JOIN/],
  ["auth_type NOT LIKE 'local'", /did you mean '%local'\?/],
  ["auth_type NOT LIKE 'LO%'", /did you mean '%LO%'\?/],
  ["auth_type NOT GLOB 'LOCAL'", /did you mean '\*LOCAL'\?/],
  ["full_name IS NOT 'NULL'", /write full_name IS NOT NULL, or 'NULL' \|\| '' instead of 'NULL'/],
  ["full_name + '-old' = 0", /write full_name \|\| '-old'/],
  ["'a' < email < 'b'", /write 'a' < email AND email < 'b'/],
  // known values behind functions
  ["coalesce(auth_type, '') <> 'LOCAL'", /did you mean 'AUTH_TYPE_LOCAL'\?/],
  ["lower(auth_type) <> 'local'", /did you mean 'auth_type_local'\?/],
  ["upper(trim(ifnull(auth_type, ''))) NOT IN ('LOCAL')", /did you mean 'AUTH_TYPE_LOCAL'\?/],
  ["iif(email > 'm', auth_type, 'x') IS NOT 'LOCAL'", /did you mean 'AUTH_TYPE_LOCAL'\?/],
  [
    `(SELECT u.auth_type FROM ${USERS} u WHERE u.id = users.id) <> 'LOCAL'`,
    /did you mean 'AUTH_TYPE_LOCAL'\?/,
  ],
  ["lower(full_name) <> 'Admin'", /did you mean 'admin'\?/],
  ["trim(full_name) <> ' admin'", /did you mean 'admin'\?/],
  // texts in the form of something else
  ["email <> '%@x.org'", /write email NOT LIKE '%@x.org', or email \|\| ''/],
  ["lower(email) NOT IN ('a', 'admin@%')", /write lower\(email\) NOT LIKE 'admin@%'/],
  ["email NOT IN ('a@x.org, b@x.org')", /write email NOT IN \('a@x.org', 'b@x.org'\)/],
  ["id <> 'u-1,u-2'", /write id NOT IN \('u-1', 'u-2'\)/],
  // ranges
  ["(full_name > 'a' OR full_name <= 'm')", /write \(full_name > 'a' AND full_name <= 'm'\)/],
  ["(full_name <> 'a' OR full_name < 'm')", /write \(full_name <> 'a' AND full_name < 'm'\)/],
  ["NOT (full_name > 'm' AND full_name < 'a')", /write \(full_name > 'm' OR full_name < 'a'\)/],
  ["full_name NOT BETWEEN 'm' AND 'a'", /write full_name NOT BETWEEN 'a' AND 'm'/],
  [
    "(metadata.created_at > '2026-01-01' OR metadata.created_at < '2026-02-01T08:00:00Z')",
    /write \(metadata.created_at > '2026-01-01' AND /,
  ],
  // joins that leave out nothing
  [`id IN (SELECT u.id FROM ${USERS} u JOIN ${KEYS} k ON k.spec.owner.id <> u.id)`, /write CROSS JOIN/],
  [`id IN (SELECT u.id FROM ${USERS} u JOIN ${KEYS} k ON NOT k.spec.owner.id = u.id)`, /write CROSS JOIN/],
  [
    `id IN (SELECT u.id FROM ${USERS} u LEFT JOIN ${KEYS} k ON k.spec.owner.id = u.id AND k.id > '')`,
    /write JOIN instead of LEFT JOIN/,
  ],
  [`id IN (SELECT u.id FROM ${USERS} u LEFT JOIN ${USERS} k USING (id))`, /write JOIN instead of LEFT JOIN/],
  // lists that lack what is meant
  [
    `id NOT IN (SELECT substr(principal, 6) FROM confluent.iam.access WHERE environment = 'env-p7r2k1')`,
    /^environment is NULL .*write environment \|\| ''/,
  ],
  [
    `id NOT IN (SELECT s.subject FROM confluent.subjects_with_compatibility s WHERE s.compatibility IS NULL)`,
    /^s.compatibility IS NULL: /,
  ],
  [
    `id NOT IN (SELECT resource.id FROM confluent.billing.costs WHERE start_date = '2026-10-01' AND end_date = '2026-10-31')`,
    /write start_date >= '2026-10-01' AND start_date <= '2026-10-31'/,
  ],
  [
    `id NOT IN (SELECT id FROM (SELECT id, metadata.created_at AS k FROM ${USERS}) JOIN (SELECT date(metadata.created_at) AS k FROM ${USERS}) USING (k))`,
    /write JOIN … ON with date\(k\)/,
  ],
  // the text of a boolean
  ["lower(auth_type = 'AUTH_TYPE_SSO') <> 'true'", /write \(auth_type = 'AUTH_TYPE_SSO'\) <> true/],
  ["coalesce(trim(CAST(email IS NULL AS TEXT)), '') NOT IN ('False')", /write \(email IS NULL\) <> false/],
  [
    "NOT EXISTS (SELECT 1 FROM confluent.managed_kafka_clusters.clusters c WHERE environment = 'env-1' AND c.spec.display_name = users.full_name AND lower(c.spec.deletion_protection) = 'true')",
    /write c.spec.deletion_protection = true/,
  ],
  // true for every row
  [
    `EXISTS (SELECT count(*) FROM ${KEYS} k WHERE k.spec.owner.id = users.id)`,
    /is true for every row, .*: write 1 instead of count\(\*\)$/,
  ],
  [
    `NOT EXISTS (SELECT max(k.id), 2 FROM ${KEYS} k WHERE k.spec.owner.id = users.id)`,
    /write 1 instead of max\(k.id\), 2$/,
  ],
  ["email LIKE '%' || '' || '%'", /write email IS NOT NULL if that is meant/],
  ["email REGEXP ''", /write email IS NOT NULL if that is meant/],
  [
    "(email = 'a' OR 1 = 1)",
    /leave 1 = 1 out; if the condition is meant as it is, write true instead of email = 'a' OR 1 = 1$/,
  ],
  ["(TRUE OR email = 'a' AND id > '')", /leave TRUE out/],
  ["(email = 'a' OR email LIKE 'b%' OR 1)", /leave 1 out/],
  ["(email = 'a' OR 'x' = 'x')", /leave 'x' = 'x' out/],
  [`id IN (SELECT id FROM ${USERS} WHERE email = 'a' OR NOT 1 > 2)`, /leave NOT 1 > 2 out/],
  [`id IN (SELECT u.id FROM ${USERS} u JOIN ${KEYS} k ON k.spec.owner.id = u.id OR true)`, /leave true out/],
  ["(email = 'a' OR (SELECT true))", /leave \(SELECT true\) out; .* write true instead of email = 'a' OR/],
  ["(email = 'a' OR EXISTS (SELECT 1))", /leave EXISTS \(SELECT 1\) out/],
  ["(email = 'a' OR NOT EXISTS (SELECT 1 WHERE 1 = 0))", /leave NOT EXISTS \(SELECT 1 WHERE 1 = 0\) out/],
  ["(email = 'a' OR 1 IN (SELECT 1) AND 2 = (SELECT 2))", /leave 1 IN \(SELECT 1\) AND 2 = \(SELECT 2\) out/],
  ["(email = 'a' OR 1 / (SELECT 2.0))", /leave 1 \/ \(SELECT 2.0\) out/],
  ["(email = 'a' OR 'x' IN ('x', full_name))", /leave 'x' IN \('x', full_name\) out/],
  ["(email = 'a' OR id IN ('u-1', id))", /write id IS NOT NULL/],
  ["NOT (email <> 'a' AND 1 = 0)", /leave 1 = 0 out; .* write false instead of email <> 'a' AND 1 = 0$/],
  ["(email = 'a' AND 1 = 0) = 0", /leave 1 = 0 out/],
  ["(email = 'a' AND EXISTS (SELECT 1 WHERE false)) IS FALSE", /leave EXISTS \(SELECT 1 WHERE false\) out/],
  ["(email = 'a' OR email <> 'a')", /leave one of them out; .* write \(email = 'a'\) IS NOT NULL instead of/],
  ["(email < 'm' OR id > '' OR NOT email < 'm')", /write \(email < 'm'\) IS NOT NULL OR id > '' instead of/],
  ['(full_name IS NULL OR full_name IS NOT NULL)', /write \(full_name IS NULL\) IS NOT NULL instead of/],
  ["(email IN ('a', 'b') OR email NOT IN ('a', 'b'))", /leave one of them out/],
  ["full_name LIKE '%'", /write full_name IS NOT NULL/],
  ["(email = 'a' OR full_name GLOB '**')", /write full_name IS NOT NULL/],
  // AND comes before OR
  [
    "(auth_type = 'AUTH_TYPE_SSO' AND email = 'a' OR email = 'b')",
    /write auth_type = 'AUTH_TYPE_SSO' AND \(email = 'a' OR email = 'b'\), or brackets around/,
  ],
  [
    "(email LIKE 'a%' OR email LIKE 'b%' AND auth_type = 'AUTH_TYPE_SSO')",
    /write \(email LIKE 'a%' OR email LIKE 'b%'\) AND auth_type = 'AUTH_TYPE_SSO', or brackets around/,
  ],
])(
  'a change by a condition that is true for rows which are hardly meant sends nothing: %s',
  async (where, hint) => {
    const sent = await requestsOf(async () => {
      expect(await refusal(deletion(where))).toMatch(hint)
      expect(
        await refusal(
          deletion(where).replace('DELETE FROM', 'UPDATE').replace(' WHERE', " SET full_name = 'a' WHERE"),
        ),
      ).toMatch(hint)
    })
    expect(sent).toEqual([])
  },
)

it.each([
  ["auth_type || '' <> 'LOCAL' AND id = 'u-x'"],
  ["auth_type = 'LOCAL' OR id = 'u-x'"],
  [`id IN (SELECT id FROM ${USERS} WHERE auth_type = 'LOCAL')`],
  [`EXISTS (SELECT 1 FROM ${USERS} u WHERE u.auth_type = 'LOCAL' AND u.id = users.id)`],
  [`id IN (SELECT u.id FROM ${USERS} u CROSS JOIN ${KEYS} k WHERE k.spec.description = 'none')`],
  [`id IN (SELECT id FROM ${USERS} WHERE metadata ->> '$.self' = email)`],
  ["lower(auth_type) = 'local'"],
  ["lower(auth_type = 'AUTH_TYPE_SSO') <> '0' AND id = 'u-x'"],
  ["lower(email) <> 'true' AND id = 'u-x'"],
  ["email IN ('%@x.org')"],
  ["coalesce(auth_type, 'none') <> 'none' AND id = 'u-x'"],
  [`id IN (SELECT u.id FROM ${USERS} u LEFT JOIN ${KEYS} k ON k.spec.owner.id = u.id WHERE k.id = 'x')`],
  [
    `id IN (SELECT u.id FROM ${USERS} u LEFT JOIN ${KEYS} k ON k.spec.owner.id = u.id GROUP BY u.id HAVING count(*) > 99)`,
  ],
  ["((auth_type = 'AUTH_TYPE_SSO' AND email = 'a') OR email = 'b')"],
  ["(auth_type = 'AUTH_TYPE_SSO' AND email = 'a' OR auth_type = 'AUTH_TYPE_LOCAL' AND email = 'b')"],
  ["(auth_type = 'AUTH_TYPE_SSO' AND email = 'a' OR full_name = 'b')"],
  ["(email = 'a' OR false) AND 1 = 1"],
  ["(1 = 1 OR 1 = 2) AND email = 'a'"],
  ["(email = 'a' AND 1 = 0 OR id = 'u-x')"],
  ["(email = 'a' OR 1 IN (SELECT 2) OR EXISTS (SELECT 1 WHERE false))"],
  ["(email = 'a' OR 'x' IN ('y', full_name) OR 1 / (SELECT 2))"],
  [`(id = 'u-x' OR (SELECT count(*) FROM ${USERS}) < 0)`],
  ["(email < 'm' OR email > 'm') AND id = 'u-x'"],
])('a change by a condition that can only leave rows out is carried out: %s', async where => {
  expect(await refusal(deletion(where))).toBe('')
})

it('a change may take all rows for a value of a parameter', async () => {
  const session = open({ variables: { all: 'no', email: 'a' }, dryRun: true })
  expect(await rowsOf(session, deletion("(:all = 'no' OR email = :email) AND id = 'u-x'"))).toEqual([])
})

it.each([
  ["auth_type = 'AUTH_TYPE_SSO' OR 'AUTH_TYPE_LOCAL'", /: write auth_type = 'AUTH_TYPE_LOCAL' instead/],
  ["email NOT LIKE 'a%' AND 'b%'", /: write email NOT LIKE 'b%' instead/],
  [
    "(full_name, email) <> ('a', 'b') OR (full_name, email) <> ('a', 'c')",
    /^every value of email .* write \(\(full_name, email\) <> \('a', 'b'\) AND \(full_name, email\) <> \('a', 'c'\)\)$/,
  ],
  ["auth_type <> 'a' OR auth_type <> 'b'", /^every value .* write auth_type NOT IN \('a', 'b'\)/],
  ['length(email) = 5 OR 6', /: write length\(email\) = 6 instead/],
  ["full_name IS 'null'", /: write full_name IS NULL/],
  [
    `EXISTS (SELECT count(*) FROM ${KEYS} k WHERE k.spec.owner.id = users.id)`,
    /^EXISTS .* is true for every row, .*: write 1 instead of count\(\*\)$/,
  ],
  ["auth_type LIKE 'SSO'", /; did you mean '%SSO'\?/],
  ["email = 'a' AND id > '' AND email = 'b'", /^no value .* write email IN \('a', 'b'\)/],
  ["email > 'm' AND id > '' AND email < 'b'", /^no value .* write \(email > 'm' OR email < 'b'\)/],
  ["email BETWEEN 'm' AND 'b'", /^no value of email .* write email BETWEEN 'b' AND 'm'/],
  ["coalesce(auth_type, '') = 'LOCAL'", /; did you mean 'AUTH_TYPE_LOCAL'\?/],
  ["email = '%@x.org'", /: write email LIKE '%@x.org'/],
  ["email IN ('a@x.org,b@x.org')", /: write email IN \('a@x.org', 'b@x.org'\)/],
  [
    `id IN (SELECT u.id FROM ${USERS} u JOIN ${KEYS} k ON k.spec.owner.id <> u.id)`,
    /^no condition but .* links u with k/,
  ],
])('a query has a notice: %s', async (where, notice) => {
  const notices: string[] = []
  await rowsOf(open({ onNotice: text => notices.push(text) }), `SELECT id FROM ${USERS} WHERE ${where}`)
  expect(notices).toHaveLength(1)
  expect(notices[0]).toMatch(notice)
})

it.each([
  ["auth_type <> 'a' OR email <> 'b'"],
  ["email = 'a' COLLATE NOCASE AND email = 'A' COLLATE NOCASE"],
  ["metadata.created_at = '2025-01-01T00:00:01Z' AND metadata.created_at = '2025-01-01T00:00:01.0Z'"],
  ["metadata.created_at <> '2025-01-01T00:00:01Z' OR metadata.created_at <> '2025-01-01T01:00:01+01:00'"],
  ["auth_type <> 'a' AND auth_type <> 'b'"],
  ["auth_type = 'a' OR auth_type = 'b'"],
  [`EXISTS (SELECT 1 FROM ${USERS} v WHERE users.email = 'a' AND v.email = 'b')`],
  ["email LIKE 'a%' OR 1"],
  ["email = 'a' OR 1"],
  ['length(email) > 3 AND 1'],
  ["auth_type IN ('a', 'b') AND auth_type IN ('b', 'c')"],
  ["auth_type <> 'a' OR auth_type NOT IN ('a', 'b')"],
  ["auth_type <> 'a' OR NOT auth_type IN ('b', email)"],
  [`EXISTS (SELECT 1 FROM ${USERS} v WHERE v.email = users.email)`],
  [`EXISTS (SELECT count(*) FROM ${USERS} v WHERE v.email = users.email GROUP BY v.id)`],
  [`EXISTS (SELECT count(*) FROM ${USERS} v WHERE v.email = users.email HAVING count(*) > 1)`],
  [`EXISTS (SELECT max(v.email, v.id) FROM ${USERS} v WHERE v.email = users.email)`],
  ["auth_type LIKE '%sso'"],
  ["auth_type LIKE 'AUTH%'"],
  ["email > 'a' = true"],
  ["(email = 'a') = (id = 'u-b')"],
  ["true = email > 'a'"],
  ["coalesce(auth_type, 'none') = 'none' OR lower(auth_type) = 'auth_type_local'"],
  ["auth_type COLLATE NOCASE = 'auth_type_local' OR lower(email) = 'a' OR upper(email) = 'A'"],
  [
    "full_name = '50%' OR full_name = '%41b' OR full_name = '%' OR full_name = 'Doe, Jane' OR full_name = 'a,b'",
  ],
  ["full_name > 'm' OR full_name < 'a'"],
  ["full_name >= 'a' AND full_name < 'm' OR full_name BETWEEN 'a' AND 'a'"],
  ["full_name > 'a' OR email < 'm'"],
  ["auth_type = 'AUTH_TYPE_SSO' AND email = 'a' OR email = 'b'"],
  [`id IN (SELECT u.id FROM ${USERS} u LEFT JOIN ${KEYS} k ON k.spec.owner.id = u.id)`],
  [`id IN (SELECT u.id FROM ${USERS} u JOIN ${USERS} v ON u.id < v.id)`],
  [`id IN (SELECT u.id FROM ${USERS} u JOIN ${USERS} v ON u.email = v.email AND u.id <> v.id)`],
])('says nothing of conditions that are meant: %s', async where => {
  const notices: string[] = []
  await rowsOf(open({ onNotice: text => notices.push(text) }), `SELECT id FROM ${USERS} WHERE ${where}`)
  expect(notices).toEqual([])
})

it.each([
  ["full_name = 'x' AND email = 'y'", true],
  ["full_name = email = 'y'", true],
  ["full_name = 'x' OR 'y'", true],
  ["full_name = (id = 'u-1' AND email = 'y')", false],
  ["full_name = iif(email = 'x' AND id = 'u-1', 'a', 'b')", false],
])('a condition is no value of a text, unless it is in brackets: SET %s', async (set, isRefused) => {
  const plan = open().plan(`UPDATE ${USERS} SET ${set} WHERE id = 'u-1'`)
  if (isRefused) await expect(plan).rejects.toThrow(/is a condition, so full_name would be true or false/)
  else await expect(plan).resolves.toBeDefined()
})

/** A condition with the comparison of a text that no row has, at a random place. */
function condition(random: Random, depth: number, mistake: string): string {
  const below = (): string => condition(random, depth - 1, mistake)
  const other = (): string =>
    random.pick([
      "auth_type = 'AUTH_TYPE_SSO'",
      "email > 'm'",
      "id < 'u-m'",
      "email LIKE '%com'",
      '1',
      'full_name IS NOT NULL',
    ])
  if (depth === 0) return mistake
  const n = random.int(0, 40)
  return random.pick([
    () => `${below()} AND ${other()}`,
    () => `${other()} OR ${below()}`,
    () => `NOT (${below()})`,
    () => `(${below()}) = 0`,
    () => `iif(${below()}, ${other()}, ${other()})`,
    () => `CASE WHEN ${below()} THEN ${other()} ELSE ${other()} END`,
    () => `id IN (SELECT u.id FROM ${USERS} u WHERE ${below()})`,
    () => `id NOT IN (SELECT u.id FROM ${USERS} u WHERE ${below()})`,
    () => `id IN (SELECT u.id FROM ${USERS} u WHERE ${other()} OR ${below()} ORDER BY u.id LIMIT ${n})`,
    () =>
      `id IN (SELECT u.id FROM ${USERS} u WHERE u.email > 'g' EXCEPT SELECT v.id FROM ${USERS} v WHERE ${below()})`,
    () =>
      `id IN (SELECT u.id FROM ${USERS} u LEFT JOIN ${USERS} v ON v.id = u.id AND v.${mistake} WHERE v.id IS NULL)`,
    () =>
      `id IN (WITH c AS (SELECT id FROM ${USERS} WHERE ${below()}) SELECT id FROM c WHERE id > 'u-m' UNION SELECT id FROM ${USERS} WHERE id NOT IN (SELECT id FROM c))`,
    () =>
      `id IN (WITH c AS (SELECT id, auth_type FROM ${USERS} WHERE ${below()}) SELECT id FROM c WHERE auth_type > '')`,
    () => `EXISTS (SELECT count(*) FROM ${USERS} u WHERE u.id = users.id AND ${below()} HAVING count(*) = 0)`,
  ])()
}

it('whatever a change accepts selects no row that it would not select if the condition were true', async () => {
  const random = new Random(20261201)
  const session = open()
  await rowsOf(session, `CREATE TABLE users AS SELECT * FROM ${USERS}`)
  const counts = { accepted: 0, refused: 0, wrong: 0 }
  for (let i = 0; i < 250; i++) {
    const mark = "auth_type = 'LOCAL'"
    const where = condition(random, random.int(1, 3), mark)
    const ids = async (value: string): Promise<Set<unknown>> =>
      new Set(
        (
          await rowsOf(
            session,
            `SELECT id FROM users WHERE ${where.replaceAll(USERS, 'users').replaceAll(/(?:\bv\.)?auth_type = 'LOCAL'/g, value)}`,
          )
        ).map(([id]) => id),
      )
    const [untrue, isTrue] = [await ids('0'), await ids('1')]
    const isSafe = [...untrue].every(id => isTrue.has(id))
    const error = await session.plan(deletion(`(${where})`)).then(
      () => undefined,
      (e: unknown) => (e as Error).message,
    )
    expect(error ?? 'LOCAL', where).toContain('LOCAL')
    if (error === undefined) counts.accepted++
    else counts.refused++
    if (!isSafe) {
      counts.wrong++
      expect(error, where).toBeDefined()
    }
  }
  expect(counts.accepted).toBeGreaterThan(30)
  expect(counts.wrong).toBeGreaterThan(30)
})

it.each([
  `INSERT INTO confluent.iam.service_accounts (display_name) SELECT full_name FROM ${USERS} WHERE auth_type <> 'LOCAL'`,
  `INSERT INTO confluent.iam.service_accounts (display_name) SELECT iif(auth_type = 'LOCAL', 'a', 'b') FROM ${USERS}`,
  `INSERT INTO confluent.iam.service_accounts (display_name) SELECT u.id FROM ${USERS} u, ${KEYS} k`,
  `INSERT INTO confluent.iam.service_accounts (display_name) VALUES ((SELECT max(id) FROM ${USERS} WHERE auth_type = 'LOCAL'))`,
  `EXEC ${USERS}.update_auth_type_iam_v2user @id = (SELECT max(id) FROM ${USERS} WHERE auth_type = 'LOCAL'), @auth_type = 'AUTH_TYPE_SSO'`,
])('what is sent for other rows than are meant is refused too: %s', async sql => {
  const sent = await requestsOf(async () => {
    expect(await refusal(sql)).toMatch(/did you mean 'AUTH_TYPE_LOCAL'|or write CROSS JOIN/)
  })
  expect(sent).toEqual([])
})

it('INSERT has a notice of a condition that only leaves rows out', async () => {
  const notices: string[] = []
  const sql = `INSERT INTO confluent.iam.service_accounts (display_name) SELECT full_name FROM ${USERS} WHERE auth_type = 'LOCAL'`
  await rowsOf(open({ onNotice: text => notices.push(text) }), sql)
  expect(notices).toEqual([expect.stringMatching(/did you mean 'AUTH_TYPE_LOCAL'\?/)])
})

it.each([
  "auth_type <> 'LOCAL'",
  "coalesce(auth_type, '') <> 'LOCAL'",
  "'LOCAL' <> lower(auth_type)",
  "CASE WHEN email > 'm' THEN auth_type ELSE 'x' END NOT IN ('y', 'LOCAL')",
  "NOT full_name = email AND email NOT LIKE 'a*'",
  "auth_type NOT LIKE 'LO%'",
  "id NOT IN ('foo')",
  "email <> '%@x.org'",
  "email NOT IN ('a@x.org,b@x.org')",
  "email > '5'",
  "(auth_type = 'AUTH_TYPE_LOCAL' AND email > 'm' OR email < 'c')",
  "full_name IS NOT 'NULL'",
  "(email = 'a' OR (SELECT true))",
  "NOT (email <> 'a' AND 1 = 0)",
  "(email < 'm' OR id > '' OR NOT email < 'm')",
  '(full_name IS NULL OR full_name IS NOT NULL)',
])('a refused change says how to write what is meant as it is: %s', async where => {
  const session = open()
  const rows = await rowsOf(session, `SELECT id FROM ${USERS} WHERE ${where}`)
  expect(rows.length).toBeGreaterThan(0)
  const refused = deletion(where)
  const error = (await session.plan(refused).catch((e: unknown) => e)) as ConfluentqlError
  const meant = asMeant(refused, error)!
  expect(meant).not.toBe(refused)
  await expect(session.plan(meant)).resolves.toBeDefined()
  const asQuery = meant.replace('DELETE', 'SELECT id')
  expect(await rowsOf(session, asQuery)).toEqual(rows)
})

it.each([
  "id = 'a' OR 1 = 1",
  "NOT (id <> 'a' AND 1 = 0)",
  "id IS NOT 'NULL'",
  'id = id',
  "id NOT LIKE 'a*'",
  `id <> (SELECT max(id) FROM ${USERS} WHERE auth_type = 'LOCAL')`,
])('so is a change of a table of the session: %s', async where => {
  const session = open()
  await rowsOf(session, 'CREATE TABLE kept (id TEXT)')
  await rowsOf(session, "INSERT INTO kept VALUES ('a'), ('b')")
  for (const change of ['DELETE FROM kept', "UPDATE kept SET id = 'c'"]) {
    const sql = `${change} WHERE ${where}`
    const error = (await rowsOf(session, sql).catch((e: unknown) => e)) as ConfluentqlError
    expect(error).toMatchObject({ code: 'VALUE', hint: expect.stringMatching(/./) as string })
    expect(await rowsOf(session, 'SELECT id FROM kept ORDER BY id')).toEqual([['a'], ['b']])
  }
})

it('says what OR means before it asks for keys', async () => {
  expect(await refusal(`DELETE FROM ${USERS} WHERE id = 'u-1' OR 'u-2'`)).toMatch(
    /needs "id".*: 'u-2' is a text, of which only a number .*: write id = 'u-2' instead of it; write WHERE/,
  )
  expect(await refusal(`DELETE FROM ${USERS} WHERE id = 'u-1' OR auth_type <> 'LOCAL'`)).toMatch(
    /^auth_type of .* is compared with 'LOCAL'/,
  )
})
