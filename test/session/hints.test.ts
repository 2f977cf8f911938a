import { describe, expect, test } from 'vitest'
import { openSandbox } from './sandbox.ts'

/*
 * Statements as people write them who know other databases. Each hint is followed to the letter, and what that gives must run:
 * the text in «» is replaced by what stands after `write` in the hint. Where a hint has words beside the new text, or concerns
 * another place, the mended statement is given.
 */

const COSTS = "FROM confluent.costs WHERE day >= '2026-10-25'"
const USERS = 'FROM confluent.iam.users'

/** Hints that are the new text itself. */
const REPLACED: readonly (readonly [sql: string, hint: string])[] = [
  [`SELECT auth_type, count(*) ${USERS} «GROUP BY ALL»`, 'write GROUP BY 1'],
  [`SELECT kind, count(*), auth_type ${USERS} «GROUP BY ALL»`, 'write GROUP BY 1, 3'],
  [`SELECT id, email ${USERS} «ORDER BY ALL»`, 'write ORDER BY 1, 2'],
  [`SELECT id ${USERS} «ORDER id»`, 'write ORDER BY id'],
  [`SELECT count(*) ${USERS} «GROUP auth_type»`, 'write GROUP BY auth_type'],
  [
    `SELECT «percentile_cont(0.5) WITHIN GROUP (ORDER BY amount)» ${COSTS}`,
    'write percentile_cont(amount, 0.5)',
  ],
  [
    `SELECT «percentile_disc(0.9) WITHIN GROUP (ORDER BY amount DESC)» ${COSTS}`,
    'write percentile_disc(amount, 0.9)',
  ],
  [
    `SELECT «listagg(email, ', ') WITHIN GROUP (ORDER BY email)» ${USERS}`,
    "write string_agg(email, ', ' ORDER BY email)",
  ],
  [`SELECT «quantile(amount, 0.9)» ${COSTS}`, 'write percentile_cont(amount, 0.9)'],
  [`SELECT «approx_quantile(amount, 0.9)» ${COSTS}`, 'write percentile_cont(amount, 0.9)'],
  [
    `SELECT «stddev(amount)» ${COSTS}`,
    'write sqrt((avg(amount * amount) - avg(amount) * avg(amount)) * count(amount) / (count(amount) - 1))',
  ],
  [
    `SELECT «var_pop(amount + 1)» ${COSTS}`,
    'write avg((amount + 1) * (amount + 1)) - avg(amount + 1) * avg(amount + 1)',
  ],
  [
    `SELECT «array_agg(DISTINCT email ORDER BY email)» ${USERS}`,
    'write json_group_array(DISTINCT email ORDER BY email)',
  ],
  [`SELECT «list(email)» ${USERS}`, 'write json_group_array(email)'],
  [`SELECT «json_object_agg(id, email)» ${USERS}`, 'write json_group_object(id, email)'],
  [`SELECT «bool_and(email = 'x')» ${USERS}`, "write min(email = 'x')"],
  [`SELECT «count_if(email = 'x')» ${USERS}`, "write count(*) FILTER (WHERE (email = 'x'))"],
  [`SELECT «count(DISTINCT id, email)» ${USERS}`, 'write count(DISTINCT json_array(id, email))'],
  [`SELECT «string_agg(DISTINCT email)» ${USERS}`, 'write group_concat(DISTINCT email)'],
  [`SELECT «array_length(metadata)» ${USERS}`, 'write json_array_length(metadata)'],
  [`SELECT «id::text» ${USERS}`, 'write CAST(id AS TEXT)'],
  [`SELECT «id::varchar(3)» ${USERS}`, 'write substr(CAST(id AS TEXT), 1, 3)'],
  [`SELECT «left(id, 3)» ${USERS}`, 'write substr(id, 1, 3)'],
  [`SELECT «right(id, 3)» ${USERS}`, 'write substr(id, -3)'],
  [`SELECT «date_format(day, '%Y-%m')» ${COSTS}`, "write strftime('%Y-%m', day)"],
  [`SELECT «strftime(day, '%Y-%m')» ${COSTS}`, "write strftime('%Y-%m', day)"],
  [
    `SELECT «date_diff('day', day, '2026-11-01')» ${COSTS}`,
    "write CAST(julianday(date('2026-11-01')) - julianday(date(day)) AS INTEGER)",
  ],
  [`SELECT «age(metadata.created_at)» ${USERS}`, "write julianday('now') - julianday(metadata.created_at)"],
  ['SELECT «make_date(2026, 1, 1)»', "write printf('%04d-%02d-%02d', 2026, 1, 1)"],
  [`SELECT id ${USERS} WHERE «email ~ '^a.*'»`, "write email REGEXP '^a.*'"],
  [`SELECT id ${USERS} WHERE «email !~ '^a.*'»`, "write email NOT REGEXP '^a.*'"],
  [`SELECT id ${USERS} WHERE «email RLIKE 'a.*'»`, "write email REGEXP 'a.*'"],
  [`SELECT id ${USERS} WHERE «email CONTAINS 'a'»`, "write instr(email, 'a') > 0"],
  [`SELECT id ${USERS} WHERE email = 'x' «&&» id = 'y'`, 'write AND'],
  [`SELECT id ${USERS} WHERE id «=>» 'u'`, 'write >='],
  [`SELECT id ${USERS} WHERE «!»(id = 'a')`, 'write NOT'],
  [`SELECT id ${USERS} WHERE id «BETWEEN 'a' , 'b'»`, "write BETWEEN 'a' AND 'b'"],
  [`SELECT id ${USERS} WHERE id «= ANY(ARRAY['a', 'b'])»`, "write IN ('a', 'b')"],
  [`SELECT «upper(id)::text» ${USERS}`, 'write CAST(upper(id) AS TEXT)'],
  [
    `SELECT «extract(second FROM metadata.created_at)» ${USERS}`,
    "write CAST(strftime('%S', metadata.created_at) AS INTEGER)",
  ],
  [
    `SELECT id ${USERS} WHERE «now() - metadata.created_at > interval '90 days'»`,
    "write metadata.created_at < now() - interval '90 days'",
  ],
  [`SELECT «day - 30» ${COSTS}`, "write date(day, '-30 days')"],
  [`SELECT «CAST(id AS string)» ${USERS}`, 'write CAST(id AS TEXT)'],
  [`SELECT «CAST(id AS boolean)» ${USERS}`, "write id = 'true'"],
  [`SELECT «metadata['created_at']» ${USERS}`, 'write metadata.created_at'],
  [`SELECT «left(id, 3)» ${USERS}`, 'write substr(id, 1, 3)'],
  [`SELECT «right(id, 3)» ${USERS}`, 'write substr(id, -3)'],
  [`SELECT «strpos(id, 'x')» ${USERS}`, "write instr(id, 'x')"],
  [`SELECT «starts_with(id, 'u-')» ${USERS}`, "write substr(id, 1, length('u-')) = 'u-'"],
  [`SELECT «lpad(id, 12)» ${USERS}`, "write format('%*s', 12, id)"],
  [`SELECT «repeat('x', 3)»`, "write replace(hex(zeroblob(3)), '00', 'x')"],
  [`SELECT «greatest(1, 2)»`, 'write max(1, 2)'],
  [`SELECT «nvl(full_name, id)» ${USERS}`, 'write ifnull(full_name, id)'],
  [`SELECT «regexp_extract(id, '[a-z]+')» ${USERS}`, "write regexp_substr(id, '[a-z]+')"],
  [`SELECT «array_contains('[1,2]', 2)»`, "write EXISTS (SELECT 1 FROM json_each('[1,2]') WHERE value = 2)"],
  [`SELECT «ARRAY[1, 2]»`, 'write json_array(1, 2)'],
  [
    `SELECT * FROM «generate_series(1, 10)»`,
    'write (WITH RECURSIVE series(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM series WHERE value + 1 <= 10) SELECT value FROM series)',
  ],
  [`SELECT «to_char(sum(amount), 'FM999,990.00')» ${COSTS}`, "write format('%,.2f', sum(amount))"],
  [
    `SELECT d FROM «generate_series('2026-11-01', '2026-11-30', '1 day')» d`,
    "write (WITH RECURSIVE series(value) AS (VALUES (date('2026-11-01')) UNION ALL SELECT date(value, '+1 days') FROM series WHERE date(value, '+1 days') <= date('2026-11-30')) SELECT value AS d FROM series)",
  ],
  [`SELECT * FROM «unnest('[1,2]')»`, "write json_each('[1,2]')"],
  [`SELECT id ${USERS} «OFFSET 5»`, 'write LIMIT -1 OFFSET 5'],
  [`SELECT «* EXCLUDE (metadata, kind)» ${USERS}`, 'write id, api_version, auth_type, email, full_name'],
  [`SELECT «* EXCEPT (metadata)» ${USERS}`, 'write id, api_version, auth_type, email, full_name, kind'],
  [`SELECT u.id ${USERS} u JOIN confluent.iam.service_accounts i «USING id»`, 'write USING (id)'],
  [`SELECT 1 «MINUS» SELECT 2`, 'write EXCEPT'],
  ['SHOW «DATABASES»', 'write SHOW PROVIDERS'],
  ['SHOW «VIEWS»', "write SHOW TABLES WHERE type = 'view'"],
]

/** A chain of CTEs of which each joins the one before it with itself. */
const doubled = (as: string): string => {
  const later = Array.from(
    { length: 8 },
    (_, i) => `, c${i + 1} AS${as} (SELECT a.id FROM c${i} a JOIN c${i} b ON a.id = b.id)`,
  )
  return `WITH c0 AS (SELECT 1 AS id)${later.join('')} SELECT count(*) FROM c8`
}

/** Hints that say what to change: the statement, the hint, the mended statement. */
const MENDED: readonly (readonly [sql: string, hint: string, mended: string])[] = [
  [
    'CREATE INDEX i ON t (id)',
    'joins make their indexes; for RIGHT and FULL JOIN write CREATE TABLE t (id TEXT PRIMARY KEY), and INSERT INTO t SELECT …',
    'CREATE TEMP TABLE indexed (id TEXT PRIMARY KEY)',
  ],
  [
    doubled(''),
    'write AS MATERIALIZED (…) for the CTEs that are named more than once',
    doubled(' MATERIALIZED'),
  ],
  [
    `SELECT string_agg(DISTINCT email, ', ') ${USERS}`,
    'leave the separator out, which is then a comma; or take DISTINCT in a subquery: FROM (SELECT DISTINCT … FROM …)',
    `SELECT string_agg(email, ', ') FROM (SELECT DISTINCT email ${USERS})`,
  ],
  [
    `SELECT group_concat(DISTINCT email, ', ') ${USERS}`,
    'leave the separator out, which is then a comma; or take DISTINCT in a subquery: FROM (SELECT DISTINCT … FROM …)',
    `SELECT group_concat(DISTINCT email) ${USERS}`,
  ],
  [
    `SELECT DISTINCT ON (auth_type) id, auth_type ${USERS}`,
    'number the rows in a subquery: SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY auth_type ORDER BY …) AS n FROM …) WHERE n = 1',
    `SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY auth_type ORDER BY id) AS n ${USERS}) WHERE n = 1`,
  ],
  [
    `SELECT id, row_number() OVER (PARTITION BY auth_type) AS n ${USERS} QUALIFY n = 1`,
    'put the query in FROM: SELECT * FROM (SELECT …) WHERE n = 1',
    `SELECT * FROM (SELECT id, row_number() OVER (PARTITION BY auth_type) AS n ${USERS}) WHERE n = 1`,
  ],
  [`SELECT id ${USERS} FETCH FIRST 5 ROWS ONLY`, 'write LIMIT 5 at the end', `SELECT id ${USERS} LIMIT 5`],
  [
    'SELECT generate_series(1, 3)',
    'write value instead, and FROM (WITH RECURSIVE series(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM series WHERE value + 1 <= 3) SELECT value FROM series)',
    'SELECT value FROM (WITH RECURSIVE series(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM series WHERE value + 1 <= 3) SELECT value FROM series)',
  ],
  [
    `SELECT auth_type, count(*) ${USERS} GROUP BY 1 ORDER BY count DESC`,
    'name the result column: count(*) AS count; columns: id, api_version, auth_type, email, full_name, kind, metadata',
    `SELECT auth_type, count(*) AS count ${USERS} GROUP BY 1 ORDER BY count DESC`,
  ],
  [
    `SELECT auth_type, count(*) ${USERS} GROUP BY 1 WITH ROLLUP`,
    'write a query for each level, with UNION ALL between them',
    `SELECT auth_type, count(*) ${USERS} GROUP BY 1 UNION ALL SELECT NULL, count(*) ${USERS}`,
  ],
  [`SELECT TOP 5 id ${USERS}`, 'leave TOP 5 out, and write LIMIT 5 at the end', `SELECT id ${USERS} LIMIT 5`],
  ['SELECT id FORM confluent.iam.users', 'did you mean FROM?', `SELECT id ${USERS}`],
  [`SELECT id ${USERS} WERE id = 'x'`, 'did you mean WHERE?', `SELECT id ${USERS} WHERE id = 'x'`],
  [`SELECT id ${USERS} ORDERBY id`, 'did you mean ORDER BY?', `SELECT id ${USERS} ORDER BY id`],
  [`SELECT id ${USERS} LIMT 5`, 'did you mean LIMIT?', `SELECT id ${USERS} LIMIT 5`],
  [`SELEC id ${USERS}`, 'did you mean SELECT?', `SELECT id ${USERS}`],
  [`SELECT email, ${USERS}`, 'leave the comma before FROM out', `SELECT email ${USERS}`],
  [
    `SELECT id ${USERS} WHERE id IN ('a', 'b',)`,
    'leave the comma before ) out',
    `SELECT id ${USERS} WHERE id IN ('a', 'b')`,
  ],
  [
    'WITH x AS (SELECT 1), SELECT * FROM x',
    'leave the comma before SELECT out',
    'WITH x AS (SELECT 1) SELECT * FROM x',
  ],
  [
    `SELECT id email full_name ${USERS}`,
    'a comma, an operator or a keyword is missing before full_name',
    `SELECT id email, full_name ${USERS}`,
  ],
  [
    `SELECT id ${USERS} WHERE id IN ('a' 'b')`,
    "a comma, an operator or a keyword is missing before 'b'",
    `SELECT id ${USERS} WHERE id IN ('a', 'b')`,
  ],
  [`SELECT count(* ${USERS}`, 'write ) before FROM: a bracket is not closed', `SELECT count(*) ${USERS}`],
  [`SELECT count(*)) ${USERS}`, 'leave this bracket out: none is open', `SELECT count(*) ${USERS}`],
  [
    `SELECT id ${USERS} WHERE (id = 'x'`,
    'write ) at the end: a bracket is not closed',
    `SELECT id ${USERS} WHERE (id = 'x')`,
  ],
  [
    `SELECT CASE id WHEN 'x' THEN 1 ${USERS}`,
    'write END before FROM: CASE is not closed',
    `SELECT CASE id WHEN 'x' THEN 1 END ${USERS}`,
  ],
  [
    "SELECT CASE 1 WHEN 1 THEN 'x'",
    'write END at the end: CASE is not closed',
    "SELECT CASE 1 WHEN 1 THEN 'x' END",
  ],
  [
    `SELECT id ${USERS} ORDER BY id WHERE id = 'x'`,
    'write it before ORDER BY: the order is SELECT, FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT',
    `SELECT id ${USERS} WHERE id = 'x' ORDER BY id`,
  ],
  [
    `SELECT u.id ${USERS} u JOIN confluent.iam.invitations i u.id = i.user.id`,
    'write ON before u',
    `SELECT u.id ${USERS} u JOIN confluent.iam.invitations i ON u.id = i.user.id`,
  ],
  [
    `SELECT u.id ${USERS} u OUTER JOIN confluent.iam.invitations i ON u.id = i.user.id`,
    'write JOIN, LEFT JOIN, RIGHT JOIN, FULL JOIN or CROSS JOIN',
    `SELECT u.id ${USERS} u FULL JOIN confluent.iam.invitations i ON u.id = i.user.id`,
  ],
  [
    `SELECT u.id ${USERS} u ANTI JOIN confluent.iam.invitations i ON u.id = i.user.id`,
    'write WHERE NOT EXISTS (SELECT 1 FROM … WHERE …)',
    `SELECT u.id ${USERS} u WHERE NOT EXISTS (SELECT 1 FROM confluent.iam.invitations i WHERE u.id = i.user.id)`,
  ],
  [
    `SELECT id, lag(email) ${USERS}`,
    'write lag(email) OVER (ORDER BY …)',
    `SELECT id, lag(email) OVER (ORDER BY id) ${USERS}`,
  ],
  [
    `SELECT auth_type ${USERS} HAVING count(*) > 1`,
    'write GROUP BY 1 before HAVING',
    `SELECT auth_type ${USERS} GROUP BY 1 HAVING count(*) > 1`,
  ],
  [
    `SELECT auth_type ${USERS} HAVING auth_type = 'x'`,
    'write WHERE instead of HAVING',
    `SELECT auth_type ${USERS} WHERE auth_type = 'x'`,
  ],
  [
    `SELECT id ${USERS} WHERE count(*) > 1`,
    'write GROUP BY 1 HAVING count(*) > 1 instead of WHERE',
    `SELECT id ${USERS} GROUP BY 1 HAVING count(*) > 1`,
  ],
  [
    `SELECT sum(amount) ${COSTS} AND sum(amount) > 3`,
    'write HAVING sum(amount) > 3',
    `SELECT sum(amount) ${COSTS} HAVING sum(amount) > 3`,
  ],
  [
    `SELECT id ${USERS} WHERE email = "x"`,
    "a text is written in single quotes: 'x'; columns: id, api_version, auth_type, email, full_name, kind, metadata",
    `SELECT id ${USERS} WHERE email = 'x'`,
  ],
  [
    `SELECT id ${USERS} WHERE id = 'it's'`,
    "close it with '; a ' within a text is written twice: 'it''s'",
    `SELECT id ${USERS} WHERE id = 'it''s'`,
  ],
  ["SELECT TIME '08:00'", "leave TIME out: write '08:00'", "SELECT '08:00'"],
  ['SELECT 1 # one', 'a comment begins with --', 'SELECT 1 -- one'],
  ['DESCRIBE TABLE confluent.iam.users', 'leave TABLE out', 'DESCRIBE confluent.iam.users'],
  [
    'DESCRIBE confluent.iam.users.metadata',
    'DESCRIBE EXTENDED confluent.iam.users describes its columns',
    'DESCRIBE EXTENDED confluent.iam.users',
  ],
  [
    'DESCRIBE confluent.kafka_topics.topic',
    'DESCRIBE EXTENDED confluent.kafka_topics describes its columns',
    'DESCRIBE EXTENDED confluent.kafka_topics',
  ],
  ['SHOW TOPICS', "SHOW MATCHES LIKE 'topics' finds tables", "SHOW MATCHES LIKE 'topics'"],
  [
    "DELETE confluent.iam.users WHERE id IN (SELECT id FROM confluent.iam.users WHERE email = 'nobody')",
    "write DELETE FROM confluent.iam.users WHERE id IN (SELECT id FROM confluent.iam.users WHERE email = 'nobody')",
    "DELETE FROM confluent.iam.users WHERE id IN (SELECT id FROM confluent.iam.users WHERE email = 'nobody')",
  ],
  [
    "UPDATE confluent.iam.users WHERE id = 'u-1'",
    'write UPDATE confluent.iam.users SET column = value WHERE …',
    "UPDATE confluent.iam.users SET full_name = 'x' WHERE id IN (SELECT id FROM confluent.iam.users WHERE email = 'nobody')",
  ],
  [
    "INSERT confluent.iam.service_accounts (display_name) VALUES ('a')",
    'write INSERT INTO confluent.iam.service_accounts',
    "INSERT INTO confluent.iam.service_accounts (display_name) VALUES ('a')",
  ],
  ['SELECT FROM confluent.iam.users', 'write SELECT * FROM', 'SELECT * FROM confluent.iam.users'],
  [
    'USE iam',
    'iam is a service of confluent: write USE confluent, then iam.table',
    'SHOW SERVICES IN confluent',
  ],
  ['SHOW TABELS', 'did you mean SHOW TABLES?', 'SHOW TABLES'],
  ['LIST TOPICS', "SHOW MATCHES LIKE 'topics' finds tables; this is no SQL", "SHOW MATCHES LIKE 'topics'"],
  [
    'confluent kafka topic list',
    "SHOW MATCHES LIKE 'kafka topic' finds tables; this is no SQL",
    "SHOW MATCHES LIKE 'kafka topic'",
  ],
  [
    'kafka-topics --list',
    "SHOW MATCHES LIKE 'kafka topics' finds tables; this is no SQL",
    "SHOW MATCHES LIKE 'kafka topics'",
  ],
  [
    'DROP TOPIC orders',
    "objects of an API are rows: write DELETE FROM their table; SHOW MATCHES LIKE 'topic' finds tables",
    "SHOW MATCHES LIKE 'topic'",
  ],
]

/** Names that are no tables, and the tables that the message offers. */
const TABLES: readonly (readonly [name: string, offered: string])[] = [
  ['kafka_topics', 'confluent.kafka_topics'],
  ['kafka_topic', 'confluent.kafka_topics or kafka.kafka.topics'],
  ['api_keys_with_owners', 'confluent.iam.api_keys_with_owners'],
  ['confluent.iam.kafka_topics', 'confluent.kafka_topics'],
  ['confluent.kafka.topics', 'kafka.kafka.topics or confluent.kafka_topics'],
  ['users', 'confluent.iam.users'],
  ['costs', 'confluent.costs or confluent.billing.costs'],
  [
    'topics',
    'kafka.kafka.topics, confluent.rtce.topics, confluent.tableflow.topics or confluent.kafka_topics',
  ],
  ['confluent_kafka_topic', 'confluent.kafka_topics or kafka.kafka.topics'],
  ['confluent_service_account', 'confluent.iam.service_accounts'],
  ['confluent_role_binding', 'confluent.iam.role_bindings'],
  ['confluent_flink_compute_pool', 'confluent.flink_compute_pools.compute_pools'],
]

const { session, errorOf } = await openSandbox()

describe('hints that are the new text', () => {
  test.each(REPLACED)('%s', async (marked, hint) => {
    const error = await errorOf(marked.replace(/[«»]/g, ''))
    expect(error.hint).toBe(hint)
    const written = /write (.*)$/s.exec(hint)![1]!
    const mended = written.startsWith('SHOW ') ? written : marked.replace(/«.*»/s, () => written)
    expect(await session.all(mended)).toBeInstanceOf(Array)
  })
})

test.each<readonly [call: string, values: readonly (number | string)[]]>([
  ['generate_series(1, 4)', [1, 2, 3, 4]],
  ['generate_series(1, 6, 2)', [1, 3, 5]],
  ['generate_series(5, 1, -2)', [5, 3, 1]],
  ['range(3)', [0, 1, 2]],
  ['range(2, 5)', [2, 3, 4]],
  ['range(0, 10, 5)', [0, 5]],
  ["generate_series('2026-11-29', '2026-12-01')", ['2026-11-29', '2026-11-30', '2026-12-01']],
  ["range('2026-11-01', '2026-11-15', interval '7 days')", ['2026-11-01', '2026-11-08']],
  ["generate_series('2026-11-01', '2026-11-15', '1 week')", ['2026-11-01', '2026-11-08', '2026-11-15']],
  ["generate_series('2026-11-01', '2026-09-15', interval '-1 month')", ['2026-11-01', '2026-10-01']],
  [
    "generate_series('2026-11-01', '2026-11-02', '12 hours')",
    ['2026-11-01 00:00:00', '2026-11-01 12:00:00', '2026-11-02 00:00:00'],
  ],
  ['range(length(123), 5)', [3, 4]],
])('the query instead of %s has its values', async (call, values) => {
  const { hint } = await errorOf(`SELECT * FROM ${call}`)
  const query = hint!.slice('write '.length)
  expect((await session.all(`SELECT * FROM ${query}`)).map(row => row['value'])).toEqual(values)
})

test('a name in square brackets after a blank is an alias', async () => {
  expect(await session.all(`SELECT metadata.created_at [1] ${USERS} LIMIT 1`)).toEqual([
    { 1: expect.stringContaining('T') as string },
  ])
})

describe('hints that say what to change', () => {
  test.each(MENDED)('%s', async (sql, hint, mended) => {
    expect((await errorOf(sql)).hint).toBe(hint)
    expect(await session.all(mended)).toBeInstanceOf(Array)
  })
})

test.each([
  [`SELECT count(*) ${USERS}`, 'SELECT 2'],
  [`SELECT id ${USERS} WHERE id IN ('a')`, '-- next\nDESCRIBE confluent.iam.users'],
  [`SELECT id ${USERS}`, 'SHOW PROVIDERS'],
  [`SELECT id ${USERS}`, 'EXPLAIN SELECT 1'],
  [`SELECT id ${USERS}`, 'WITH x AS (SELECT 1) SELECT * FROM x'],
  ['SHOW PROVIDERS', 'SELECT 1'],
  ["SHOW TABLES LIKE 'users'", 'SELECT 1'],
  ['DESCRIBE confluent.iam.users', 'SELECT 1'],
  ['DROP TABLE IF EXISTS none', 'SELECT 1'],
  ["DELETE FROM confluent.iam.invitations WHERE id = 'i-021i0'", 'SELECT 1'],
  [
    "DELETE FROM confluent.iam.invitations WHERE id IN ('i-02417')",
    "DELETE FROM confluent.iam.invitations WHERE id = 'i-1o1hi'",
  ],
  ["UPDATE confluent.iam.service_accounts SET description = 'x' WHERE id = 'sa-0iivp4'", 'SHOW PROVIDERS'],
])('a semicolon is missing between %s and %s', async (first, second) => {
  const { hint } = await errorOf(`${first}\n${second}`)
  expect(hint).toMatch(
    /^write ; before (?:SELECT|DESCRIBE|DELETE|SHOW|EXPLAIN|WITH), if it begins another statement$/,
  )
  let results = 0
  for await (const result of session.run(`${first};\n${second}`)) {
    for await (const _ of result.rows);
    results++
  }
  expect(results).toBe(2)
})

test.each([
  'DELETE FROM confluent.iam.invitations',
  'UPDATE confluent.iam.invitations',
  'EXEC confluent.iam.invitations.delete_iam_v2invitation',
])('a word that begins a statement on the next line is no alias or argument of %s', async first => {
  for (const next of ['SELECT 1', 'DESC', 'SHOW TABLES', 'REPLACE confluent.iam.users SET id = 1'])
    expect(await errorOf(`${first}\n${next}`)).toMatchObject({
      message: expect.stringMatching(new RegExp(`(?:near|found) "${next.split(' ')[0]}"$`)),
      hint: expect.stringMatching(/^write (?:; before|UPDATE confluent)/),
    })
})

test('a semicolon is missing around USE, which would change the session', async () => {
  expect((await errorOf('USE confluent\nSELECT 1')).hint).toMatch(/^write ; before SELECT/)
  expect((await errorOf(`SELECT id ${USERS}\nUSE confluent`)).hint).toMatch(/^write ; before USE/)
})

describe('names of tables', () => {
  test.each(TABLES)('%s', async (name, offered) => {
    const error = await errorOf(`SELECT * FROM ${name}`)
    expect(error.message).toMatch(`; did you mean ${offered}?`)
    for (const table of offered.split(/, | or /))
      expect(await session.all(`DESCRIBE ${table}`)).not.toEqual([])
  })
})
