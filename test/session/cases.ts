import { ORG } from './support.ts'

/** A statement, with its equivalent in plain SQL over the complete tables if that cannot be derived. */
export type Case = string | readonly [sql: string, plain: string]

const I = 'confluent.iam.invitations'
const U = 'confluent.iam.users'
const K = 'confluent.iam.api_keys'
const S = 'confluent.iam.service_accounts'
const R = 'confluent.iam.role_bindings'
const ALL = `'${ORG}/*'`
const ENV = `'${ORG}/environment=env-p7r2k1/*'`

/** Values of `:name` in the statements. */
export const VARIABLES = {
  status: 'INVITE_STATUS_SENT',
  n: 5n,
  who: 'u-4k9x2m',
  like: '%example.org',
  text: "O'Brien; DROP",
  none: null,
}

export const FILTERS: readonly Case[] = [
  `SELECT * FROM ${I}`,
  `SELECT * FROM ${U}`,
  `SELECT * FROM ${K}`,
  `SELECT * FROM ${S}`,
  `SELECT * FROM ${R} WHERE scope = ${ALL}`,
  'SELECT * FROM confluent.iam.ip_groups',
  'SELECT * FROM confluent.iam.ip_filters',
  'SELECT * FROM confluent.iam.identity_providers',
  'SELECT * FROM confluent.iam.group_mappings',
  'SELECT * FROM confluent.iam.certificate_authorities',
  `SELECT * FROM confluent.iam.ip_filter_summaries WHERE scope = '${ORG}'`,
  "SELECT * FROM confluent.iam.identity_pools WHERE provider_id = 'op-qboi'",
  "SELECT * FROM confluent.iam.certificate_identity_pools WHERE certificate_authority_id = 'op-i9hp'",
  `SELECT id, email FROM ${I} WHERE id = 'i-001z4'`,
  `SELECT id, email FROM ${I} WHERE 'i-001z4' = id`,
  `SELECT id FROM ${I} WHERE id = 'i-nobody'`,
  `SELECT id FROM ${I} WHERE id = 'i-001z4' AND status = 'INVITE_STATUS_SENT'`,
  `SELECT id FROM ${I} WHERE id IN ('i-001z4', 'i-021i0', 'i-nobody')`,
  `SELECT id FROM ${I} WHERE id = 'i-001z4' OR id = 'i-021i0'`,
  `SELECT id FROM ${I} WHERE id = 'i-001z4' OR status = 'INVITE_STATUS_STAGED'`,
  `SELECT id FROM ${I} WHERE id <> 'i-001z4'`,
  `SELECT id FROM ${I} WHERE NOT id = 'i-001z4'`,
  `SELECT id FROM ${I} WHERE id = 'I-001Z4' COLLATE NOCASE`,
  `SELECT id FROM ${I} WHERE lower(id) = 'i-001z4'`,
  `SELECT id FROM ${I} WHERE id = 'i-001z4' AND id = 'i-021i0'`,
  `SELECT id FROM ${I} WHERE id IS 'i-001z4'`,
  `SELECT id FROM ${I} WHERE id IS NOT DISTINCT FROM 'i-001z4'`,
  `SELECT id FROM ${I} WHERE id BETWEEN 'i-0' AND 'i-3'`,
  `SELECT id FROM ${I} WHERE id > 'i-x' ORDER BY id`,
  `SELECT id FROM ${I} WHERE id = 1`,
  `SELECT id FROM ${I} WHERE id = NULL`,
  `SELECT id FROM ${I} WHERE status = 'INVITE_STATUS_SENT'`,
  `SELECT id FROM ${I} WHERE status = 'invite_status_sent'`,
  `SELECT id FROM ${I} WHERE status LIKE 'invite_status_sent'`,
  `SELECT id FROM ${I} WHERE status GLOB '*_S*'`,
  `SELECT id FROM ${I} WHERE status IN ('INVITE_STATUS_SENT', 'INVITE_STATUS_EXPIRED')`,
  `SELECT id FROM ${I} WHERE status NOT IN ('INVITE_STATUS_SENT', 'INVITE_STATUS_EXPIRED')`,
  `SELECT id FROM ${I} WHERE status IN ()`,
  `SELECT id FROM ${I} WHERE status = 'INVITE_STATUS_SENT' AND auth_type = 'AUTH_TYPE_SSO'`,
  `SELECT id FROM ${I} WHERE status = 'INVITE_STATUS_SENT' OR auth_type = 'AUTH_TYPE_LOCAL' AND email LIKE 'a%'`,
  `SELECT id FROM ${I} WHERE (status = 'INVITE_STATUS_SENT' OR auth_type = 'AUTH_TYPE_LOCAL') AND email LIKE 'a%'`,
  `SELECT id FROM ${I} WHERE NOT (status = 'INVITE_STATUS_SENT' OR auth_type = 'AUTH_TYPE_LOCAL')`,
  `SELECT id FROM ${I} WHERE ((((1)))) = 1 OR status = 'INVITE_STATUS_SENT'`,
  `SELECT id FROM ${I} WHERE 1`,
  `SELECT id FROM ${I} WHERE 1 = 0`,
  `SELECT id FROM ${I} WHERE NULL`,
  `SELECT id FROM ${I} WHERE status = 'INVITE_STATUS_SENT' AND status = 'INVITE_STATUS_EXPIRED'`,
  `SELECT id FROM ${I} WHERE accepted_at IS NULL`,
  `SELECT id FROM ${I} WHERE accepted_at NOTNULL AND status <> 'INVITE_STATUS_ACCEPTED'`,
  `SELECT id FROM ${I} WHERE email LIKE '%@example.org'`,
  `SELECT id FROM ${I} WHERE email = 'ada.dixon@example.com'`,
  `SELECT id FROM ${I} WHERE email = 'ADA.DIXON@example.com'`,
  `SELECT id FROM ${I} WHERE email = ''`,
  `SELECT id FROM ${I} WHERE email LIKE 'a\\_%' ESCAPE '\\'`,
  `SELECT full_name FROM ${U} WHERE full_name = '최민준'`,
  `SELECT id FROM ${U} WHERE full_name = ''`,
  `SELECT id FROM ${U} WHERE full_name IS NULL`,
  `SELECT id FROM ${S} WHERE display_name = 'payments-monitor-dev'`,
  `SELECT id FROM ${S} WHERE display_name IN ('payments-monitor-dev', 'telemetry-monitor-prod', 'none')`,
  `SELECT id FROM ${S} WHERE description = ''`,
]

export const PATHS: readonly Case[] = [
  `SELECT id, user.id, creator.id FROM ${I}`,
  `SELECT i.id, i.user.id AS who FROM ${I} i WHERE i.creator.id = 'u-4k9x2m'`,
  [
    `SELECT id FROM ${I} WHERE user = 'u-dmemzf'`,
    "SELECT id FROM invitations WHERE user ->> '$.id' = 'u-dmemzf'",
  ],
  [
    `SELECT id FROM ${I} WHERE creator = 'u-4k9x2m'`,
    "SELECT id FROM invitations WHERE creator ->> '$.id' = 'u-4k9x2m'",
  ],
  [
    `SELECT id FROM ${I} i WHERE i.creator <> 'u-4k9x2m'`,
    "SELECT id FROM invitations WHERE creator ->> '$.id' <> 'u-4k9x2m'",
  ],
  [
    `SELECT id FROM ${I} WHERE user IN ('u-dmemzf', 'u-zch132')`,
    "SELECT id FROM invitations WHERE user ->> '$.id' IN ('u-dmemzf', 'u-zch132')",
  ],
  `SELECT id FROM ${I} WHERE user.id = 'u-dmemzf'`,
  `SELECT id FROM ${I} WHERE user.id IN ('u-dmemzf', 'u-zch132') ORDER BY user.id DESC`,
  `SELECT creator.id, count(*) FROM ${I} GROUP BY creator.id ORDER BY 2 DESC, 1`,
  `SELECT creator.id AS c, count(*) FROM ${I} GROUP BY c HAVING count(*) > 10`,
  `SELECT id, metadata.created_at FROM ${U} ORDER BY metadata.created_at DESC, id LIMIT 10`,
  `SELECT id FROM ${U} WHERE metadata.created_at < '2024-01-01'`,
  `SELECT spec.owner.id, spec.resource.id FROM ${K}`,
  `SELECT spec.resource.kind, count(*) FROM ${K} GROUP BY 1`,
  `SELECT id FROM ${K} WHERE spec.owner.id = 'sa-hwzi8r'`,
  `SELECT id FROM ${K} WHERE spec.resource.environment IS NULL`,
  [
    `SELECT id FROM ${K} WHERE spec.owner = 'sa-hwzi8r'`,
    "SELECT id FROM api_keys WHERE spec ->> '$.owner.id' = 'sa-hwzi8r'",
  ],
  [
    `SELECT id FROM ${K} WHERE spec.resource = 'lkc-8q3w0f'`,
    "SELECT id FROM api_keys WHERE spec ->> '$.resource.id' = 'lkc-8q3w0f'",
  ],
  `SELECT id, spec ->> '$.owner.id' FROM ${K} WHERE spec ->> '$.owner.kind' = 'User'`,
  `SELECT id, spec -> '$.resource' FROM ${K} LIMIT 3`,
  `SELECT json_extract(spec, '$.display_name') FROM ${K} WHERE json_extract(spec, '$.resource.id') = 'cloud'`,
  `SELECT upper(spec.display_name) || '!' FROM ${K} WHERE length(spec.display_name) > 20`,
  `SELECT DISTINCT spec.owner.kind FROM ${K}`,
  `SELECT max(metadata.created_at), min(metadata.created_at) FROM ${K}`,
  `SELECT CASE WHEN user.id IS NULL THEN 'none' ELSE user.id END FROM ${I}`,
  `SELECT id FROM ${I} WHERE coalesce(user.id, '') LIKE 'u-1%'`,
  [
    'SELECT "i"."user"."id" FROM confluent.iam.invitations "i" WHERE "i"."status" = \'INVITE_STATUS_STAGED\'',
    "SELECT user ->> '$.id' FROM invitations WHERE status = 'INVITE_STATUS_STAGED'",
  ],
]

export const JOINS: readonly Case[] = [
  `SELECT i.id, u.full_name FROM ${I} i JOIN ${U} u ON u.id = i.user.id`,
  `SELECT i.id, u.full_name FROM ${I} i LEFT JOIN ${U} u ON u.id = i.user.id WHERE i.status = 'INVITE_STATUS_DEACTIVATED'`,
  `SELECT u.id FROM ${U} u LEFT JOIN ${I} i ON i.user.id = u.id WHERE i.id IS NULL`,
  `SELECT u.id, i.id FROM ${U} u LEFT JOIN ${I} i ON i.user.id = u.id AND i.status = 'INVITE_STATUS_SENT'`,
  `SELECT u.id, i.id FROM ${U} u LEFT JOIN ${I} i ON i.user.id = u.id WHERE i.status = 'INVITE_STATUS_SENT'`,
  `SELECT u.id, i.id FROM ${U} u LEFT JOIN ${I} i ON i.user.id = u.id AND u.auth_type = 'AUTH_TYPE_SSO'`,
  `SELECT u.id, i.id FROM ${U} u LEFT JOIN ${I} i ON i.user.id = u.id WHERE i.status IS NULL OR i.status = 'INVITE_STATUS_SENT'`,
  `SELECT u.id, i.id FROM ${I} i RIGHT JOIN ${U} u ON i.user.id = u.id AND i.status = 'INVITE_STATUS_SENT'`,
  `SELECT u.id, i.id FROM ${I} i FULL JOIN ${U} u ON i.user.id = u.id AND i.status = 'INVITE_STATUS_SENT'`,
  `SELECT a.id, b.id FROM ${U} a, ${U} b WHERE a.full_name = b.full_name AND a.id < b.id`,
  `SELECT count(*) FROM ${U} a CROSS JOIN confluent.iam.group_mappings g`,
  `SELECT email, i.status, u.auth_type FROM ${I} i JOIN ${U} u USING (email)`,
  `SELECT count(*) FROM ${I} NATURAL JOIN (SELECT email FROM ${U})`,
  `SELECT k.id, coalesce(u.email, s.display_name) FROM ${K} k LEFT JOIN ${U} u ON u.id = k.spec.owner.id LEFT JOIN ${S} s ON s.id = k.spec.owner.id`,
  `SELECT k.id, s.display_name FROM ${S} s JOIN ${K} k ON k.spec.owner.id = s.id WHERE s.display_name LIKE 'orders%'`,
  'SELECT p.id, i.display_name FROM confluent.iam.identity_pools p JOIN confluent.iam.identity_providers i ON i.id = p.provider_id',
  'SELECT i.display_name, count(p.id) FROM confluent.iam.identity_providers i LEFT JOIN confluent.iam.identity_pools p ON p.provider_id = i.id GROUP BY i.id',
  'SELECT c.display_name, p.display_name FROM confluent.iam.certificate_authorities c JOIN confluent.iam.certificate_identity_pools p ON p.certificate_authority_id = c.id ORDER BY 1, 2',
  `SELECT c.id, u.id FROM ${I} i JOIN ${U} c ON c.id = i.creator.id JOIN ${U} u ON u.id = i.user.id WHERE i.status = 'INVITE_STATUS_STAGED'`,
  `SELECT u.email, b.role_name FROM ${U} u JOIN ${R} b ON b.principal = 'User:' || u.id WHERE b.scope = ${ALL}`,
  `SELECT i.id, u.id FROM ${I} i JOIN ${U} u ON u.id = i.user.id WHERE i.id = 'i-001z4'`,
  `SELECT i.id, u.id FROM ${I} i LEFT JOIN ${U} u ON u.id = i.user.id WHERE i.id IN ('i-001z4', 'i-021i0')`,
  `SELECT f.filter_name, g.group_name FROM confluent.iam.ip_filters f, json_each(f.ip_groups) e JOIN confluent.iam.ip_groups g ON g.id = e.value ->> '$.id'`,
  `SELECT a.id FROM ${I} a JOIN ${I} b ON a.creator.id = b.creator.id AND b.id = 'i-001z4' WHERE a.status = 'INVITE_STATUS_SENT'`,
  `SELECT u.id FROM (${U} u JOIN ${I} i ON i.user.id = u.id) WHERE i.status = 'INVITE_STATUS_STAGED'`,
  `SELECT u.*, i.id FROM ${U} u JOIN ${I} i ON i.email = u.email WHERE i.status = 'INVITE_STATUS_SENT'`,
  `SELECT users.id, invitations.id FROM ${U} JOIN ${I} ON invitations.email = users.email`,
  `SELECT confluent.iam.users.id FROM ${U} WHERE confluent.iam.users.auth_type = 'AUTH_TYPE_LOCAL'`,
]

export const QUERIES: readonly Case[] = [
  `WITH late AS (SELECT * FROM ${I} WHERE status = 'INVITE_STATUS_EXPIRED') SELECT count(*), min(expires_at) FROM late`,
  `WITH late(who, day) AS (SELECT email, substr(expires_at, 1, 10) FROM ${I}) SELECT day, count(*) FROM late GROUP BY day HAVING count(*) > 1`,
  `WITH a AS (SELECT id FROM ${U}), b AS (SELECT id FROM a WHERE id < 'u-5') SELECT count(*) FROM b`,
  `WITH a AS MATERIALIZED (SELECT id, email FROM ${U}) SELECT x.id FROM a x JOIN a y ON x.email = y.email`,
  `WITH users AS (SELECT id FROM ${S}) SELECT count(*) FROM users`,
  `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5) SELECT x, (SELECT count(*) FROM ${U} WHERE length(id) > x) FROM n`,
  `WITH RECURSIVE chain(id, by, depth) AS (
     SELECT user.id, creator.id, 1 FROM ${I} WHERE user.id = 'u-dmemzf'
     UNION SELECT i.user.id, i.creator.id, depth + 1 FROM ${I} i JOIN chain c ON i.user.id = c.by WHERE depth < 5
   ) SELECT * FROM chain`,
  `SELECT id FROM ${U} WHERE id IN (SELECT user.id FROM ${I} WHERE status = 'INVITE_STATUS_STAGED')`,
  `SELECT id FROM ${U} WHERE id NOT IN (SELECT user.id FROM ${I} WHERE user.id IS NOT NULL)`,
  `SELECT id FROM ${U} u WHERE EXISTS (SELECT 1 FROM ${K} k WHERE k.spec.owner.id = u.id)`,
  `SELECT id FROM ${S} s WHERE NOT EXISTS (SELECT 1 FROM ${K} k WHERE k.spec.owner.id = s.id)`,
  `SELECT id, (SELECT count(*) FROM ${K} k WHERE k.spec.owner.id = s.id) AS keys FROM ${S} s ORDER BY keys DESC, id`,
  `SELECT (SELECT email FROM ${U} WHERE id = 'u-4k9x2m'), (SELECT count(*) FROM ${I} WHERE creator.id = 'u-4k9x2m')`,
  `SELECT id FROM ${I} WHERE user.id = (SELECT id FROM ${U} ORDER BY id LIMIT 1)`,
  `SELECT id FROM ${I} WHERE id = (SELECT max(id) FROM ${I})`,
  `SELECT id FROM ${I} WHERE (status, auth_type) IN (VALUES ('INVITE_STATUS_SENT', 'AUTH_TYPE_SSO'), ('INVITE_STATUS_STAGED', 'AUTH_TYPE_LOCAL'))`,
  `SELECT id FROM ${I} WHERE (status, auth_type) = ('INVITE_STATUS_SENT', 'AUTH_TYPE_SSO')`,
  `SELECT x.n FROM (SELECT count(*) AS n FROM ${U}) x`,
  `SELECT * FROM (SELECT id, email FROM ${U} WHERE auth_type = 'AUTH_TYPE_LOCAL' ORDER BY id LIMIT 5) ORDER BY email`,
  `SELECT id FROM (SELECT * FROM ${I} LIMIT 1000) WHERE status = 'INVITE_STATUS_SENT'`,
  `SELECT email FROM ${U} UNION SELECT email FROM ${I}`,
  `SELECT email FROM ${U} UNION ALL SELECT email FROM ${I}`,
  `SELECT spec.owner.id FROM ${K} UNION SELECT id FROM ${U} ORDER BY spec.owner.id DESC`,
  `SELECT id FROM ${U} UNION SELECT spec.owner.id FROM ${K} ORDER BY spec.owner.id COLLATE NOCASE`,
  `SELECT k.id, k.spec.owner.id FROM ${K} k UNION ALL SELECT i.id, i.creator.id FROM ${I} i ORDER BY i.creator.id, k.id DESC`,
  `SELECT lower(spec.owner.id) AS o, id FROM ${K} UNION ALL SELECT id, email FROM ${U} ORDER BY lower(spec.owner.id), 2`,
  `SELECT * FROM (SELECT spec.owner.id, id FROM ${K} UNION SELECT creator.id, id FROM ${I} ORDER BY spec.owner.id, 2 LIMIT 7)`,
  `SELECT email FROM ${I} EXCEPT SELECT email FROM ${U}`,
  `SELECT email FROM ${I} INTERSECT SELECT email FROM ${U} ORDER BY 1 LIMIT 7`,
  `SELECT id, 'user' AS what FROM ${U} UNION ALL SELECT id, 'account' FROM ${S} ORDER BY what, id LIMIT 20 OFFSET 50`,
  `SELECT status FROM ${I} WHERE status = 'INVITE_STATUS_SENT' UNION SELECT status FROM ${I} WHERE status = 'INVITE_STATUS_EXPIRED'`,
  `VALUES (1, 'a'), (2, (SELECT count(*) FROM ${U}))`,
  "SELECT 1, 'a', NULL, 1.5, x'00ff', 9007199254740991",
  `SELECT id FROM ${U} ORDER BY id LIMIT 5`,
  `SELECT id FROM ${U} ORDER BY id DESC LIMIT 5 OFFSET 137`,
  `SELECT id FROM ${U} LIMIT 3, 4`,
  `SELECT id FROM ${U} LIMIT 0`,
  `SELECT id FROM ${U} LIMIT -1 OFFSET 130`,
  `SELECT id FROM ${U} LIMIT 2 + 3`,
  `SELECT id FROM ${U} LIMIT 105 OFFSET 2`,
  `SELECT id FROM ${U} WHERE auth_type = 'AUTH_TYPE_LOCAL' LIMIT 8`,
  `SELECT id FROM ${I} WHERE status = 'INVITE_STATUS_SENT' LIMIT 8 OFFSET 4`,
  `SELECT id FROM ${I} WHERE status = 'INVITE_STATUS_SENT' AND email LIKE '%org' LIMIT 3`,
  `SELECT id FROM ${I} ORDER BY accepted_at NULLS LAST, id LIMIT 12`,
  `SELECT id FROM ${U} ORDER BY full_name COLLATE NOCASE, id LIMIT 12`,
  `SELECT DISTINCT auth_type FROM ${U}`,
  `SELECT DISTINCT status, auth_type FROM ${I} ORDER BY 1, 2`,
  `SELECT DISTINCT status FROM ${I} LIMIT 3`,
]

export const FUNCTIONS: readonly Case[] = [
  `SELECT count(*), count(accepted_at), count(DISTINCT status) FROM ${I}`,
  `SELECT status, count(*) FROM ${I} GROUP BY status`,
  `SELECT status, auth_type, count(*) AS n FROM ${I} GROUP BY status, auth_type HAVING n > 5 ORDER BY n DESC, 1, 2`,
  `SELECT count(*) FILTER (WHERE status = 'INVITE_STATUS_SENT') AS sent, count(*) FROM ${I}`,
  `SELECT sum(status = 'INVITE_STATUS_SENT'), total(1), avg(length(email)) FROM ${I}`,
  `SELECT count(*) FROM ${I} WHERE status = 'nothing'`,
  `SELECT max(email) FROM ${I} WHERE status = 'INVITE_STATUS_SENT'`,
  `SELECT group_concat(id, ',' ORDER BY id) FROM ${I} WHERE status = 'INVITE_STATUS_STAGED'`,
  `SELECT string_agg(id, '|' ORDER BY id DESC) FROM ${S} WHERE display_name LIKE 'orders%'`,
  `SELECT id, row_number() OVER (ORDER BY email, id) FROM ${U}`,
  `SELECT id, rank() OVER (PARTITION BY status ORDER BY expires_at) FROM ${I}`,
  `SELECT id, lag(id) OVER w, lead(id, 2, 'none') OVER w FROM ${U} WINDOW w AS (ORDER BY id)`,
  `WITH window AS (SELECT id FROM ${U}) SELECT id FROM window`,
  `SELECT window.id AS window FROM ${U} AS window WHERE window.id > 'u-4' ORDER BY window`,
  `SELECT id window, count(*) OVER window FROM ${U} window WINDOW window AS (ORDER BY id)`,
  `SELECT id, count(*) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM ${U} LIMIT 5`,
  `SELECT id, count(*) OVER () FROM ${U} LIMIT 2`,
  `SELECT * FROM (SELECT id, creator.id AS c, row_number() OVER (PARTITION BY creator.id ORDER BY id) AS n FROM ${I}) WHERE n = 1`,
  `SELECT ntile(4) OVER (ORDER BY id), first_value(id) OVER (ORDER BY id) FROM ${S}`,
  `SELECT json_object('id', id, 'email', email) FROM ${U} WHERE id = 'u-4k9x2m'`,
  `SELECT json_group_array(id) FROM (SELECT id FROM ${S} ORDER BY id LIMIT 3)`,
  'SELECT g.group_name, e.value FROM confluent.iam.ip_groups g, json_each(g.cidr_blocks) e',
  'SELECT id, json_array_length(cidr_blocks) FROM confluent.iam.ip_groups',
  "SELECT i.id, k.value ->> '$.kid' FROM confluent.iam.identity_providers i JOIN json_each(i.keys) k",
  'SELECT cidr_blocks ->> 0, cidr_blocks -> 0 FROM confluent.iam.ip_groups',
  `SELECT c.value ->> '$.name', c.value ->> '$.status' FROM confluent.iam.ip_filter_summaries s, json_each(s.categories) c WHERE s.scope = '${ORG}'`,
  `SELECT t.key, t.atom FROM ${K} k, json_tree(k.spec) t WHERE k.id = '22N4PB5MMWAQFC5R'`,
  `SELECT json_type(spec), json_valid(metadata) FROM ${K} LIMIT 2`,
  `SELECT json_set(user, '$.id', 'x') ->> '$.id' FROM ${I} WHERE user IS NOT NULL LIMIT 2`,
  `SELECT substr(email, instr(email, '@') + 1) AS domain, count(*) FROM ${U} GROUP BY domain ORDER BY 2 DESC, 1`,
  `SELECT upper(id), lower(email), trim('  x '), replace(id, 'u-', ''), length(full_name) FROM ${U}`,
  `SELECT printf('%-8s|%s', id, email), format('%d', 3), concat_ws('/', id, NULL, email) FROM ${U}`,
  `SELECT iif(full_name IS NULL, '?', full_name), nullif(auth_type, 'AUTH_TYPE_SSO'), ifnull(full_name, id) FROM ${U}`,
  `SELECT date(expires_at), strftime('%Y-%m', expires_at), time(expires_at) FROM ${I}`,
  `SELECT id, round(julianday(expires_at) - julianday(metadata.created_at), 3) FROM ${I}`,
  `SELECT id FROM ${I} WHERE datetime(expires_at) < datetime('2026-01-01', '-30 days')`,
  `SELECT id FROM ${I} WHERE unixepoch(expires_at) BETWEEN unixepoch('2026-01-01') AND unixepoch('2026-06-30')`,
  `SELECT strftime('%Y', metadata.created_at) AS year, count(*) FROM ${K} GROUP BY year ORDER BY year`,
  `SELECT CASE status WHEN 'INVITE_STATUS_SENT' THEN 1 WHEN 'INVITE_STATUS_STAGED' THEN 2 ELSE 9 END AS o, id FROM ${I} ORDER BY o, id LIMIT 30`,
  `SELECT CAST(substr(id, 4) AS INTEGER), typeof(id), typeof(accepted_at), quote(full_name) FROM ${U} u JOIN ${I} USING (id)`,
  `SELECT typeof(1), typeof(1.0), 7 / 2, 7 % 2, 1 << 4, 5 & 3, ~1, -'3', 1 || 2 FROM ${S} LIMIT 1`,
  `SELECT max(length(email), length(id)), abs(-5), sign(-2), hex(id) FROM ${U} WHERE id = 'u-4k9x2m'`,
  `SELECT id AS "the id", email AS 'e mail', 1 AS [x y] FROM ${U} LIMIT 1`,
  `SELECT id -- a comment; with a semicolon\nFROM ${U} /* and ' another */ LIMIT 2`,
  "select Id, EMAIL from Confluent.IAM.Users where AUTH_TYPE = 'AUTH_TYPE_LOCAL'",
  [
    'SELECT id FROM "confluent"."iam"."users" WHERE "auth_type" = \'AUTH_TYPE_LOCAL\'',
    "SELECT id FROM users WHERE auth_type = 'AUTH_TYPE_LOCAL'",
  ],
]

export const BOUND: readonly Case[] = [
  `SELECT id FROM ${I} WHERE status = :status`,
  `SELECT id FROM ${I} WHERE status = @status AND creator.id = $who`,
  `SELECT id FROM ${I} WHERE email LIKE :like LIMIT :n`,
  `SELECT id FROM ${I} WHERE status IN (:status, 'INVITE_STATUS_STAGED')`,
  `SELECT :text, :n + 1, typeof(:n), :none IS NULL`,
  `SELECT id FROM ${U} WHERE id = :who`,
  `SELECT id FROM ${U} WHERE full_name = :text`,
  `SELECT id FROM ${I} WHERE accepted_at IS :none`,
  `SELECT id FROM ${U} WHERE id = :none`,
  `WITH p(s) AS (SELECT :status) SELECT count(*) FROM ${I} JOIN p ON status = s`,
]

/** What administrators ask. */
export const QUESTIONS: readonly Case[] = [
  // Invitations that nobody accepted in a month.
  `SELECT email, status, creator.id AS invited_by, cast(julianday('2026-11-01') - julianday(expires_at) AS INTEGER) AS days
   FROM ${I} WHERE status IN ('INVITE_STATUS_SENT', 'INVITE_STATUS_EXPIRED') AND expires_at < date('2026-11-01', '-30 days') ORDER BY days DESC, email`,
  // Who invites, and how often it is accepted.
  `SELECT u.email, count(*) AS sent, round(100.0 * sum(i.status = 'INVITE_STATUS_ACCEPTED') / count(*), 1) AS accepted
   FROM ${I} i JOIN ${U} u ON u.id = i.creator.id GROUP BY u.id ORDER BY sent DESC, u.email`,
  // Keys by age and owner.
  `SELECT k.id, coalesce(s.display_name, u.email) AS owner, k.spec.resource.id AS resource, date(k.metadata.created_at) AS created
   FROM ${K} k LEFT JOIN ${S} s ON s.id = k.spec.owner.id LEFT JOIN ${U} u ON u.id = k.spec.owner.id
   WHERE k.metadata.created_at < '2025-06-01' ORDER BY created, k.id`,
  // Keys whose owner is gone.
  `SELECT k.id, k.spec.owner.id FROM ${K} k WHERE k.spec.owner.id NOT IN (SELECT id FROM ${U} UNION SELECT id FROM ${S})`,
  // Owners with more than a handful of keys.
  `SELECT spec.owner.id AS owner, count(*) AS n FROM ${K} GROUP BY owner HAVING n > 5 ORDER BY n DESC, owner`,
  // Cloud keys that people hold.
  `SELECT u.email, k.id FROM ${K} k JOIN ${U} u ON u.id = k.spec.owner.id WHERE k.spec.resource.id = 'cloud' ORDER BY 1, 2`,
  // Role bindings of each principal.
  `SELECT principal, count(*) AS n, count(DISTINCT role_name) AS roles FROM ${R} WHERE scope = ${ALL} GROUP BY principal ORDER BY n DESC, principal`,
  // Users without any role.
  `SELECT u.email FROM ${U} u WHERE NOT EXISTS (SELECT 1 FROM ${R} b WHERE b.scope = ${ALL} AND b.principal = 'User:' || u.id) ORDER BY 1`,
  // Too broad: ResourceOwner of everything.
  `SELECT principal, crn_pattern FROM ${R} WHERE scope = ${ALL} AND role_name = 'ResourceOwner' AND crn_pattern LIKE '%=*' ORDER BY 1, 2`,
  // Who administers the organization.
  `SELECT coalesce(u.email, s.display_name, b.principal) FROM ${R} b LEFT JOIN ${U} u ON 'User:' || u.id = b.principal
   LEFT JOIN ${S} s ON 'User:' || s.id = b.principal WHERE b.scope = '${ORG}' AND b.role_name = 'OrganizationAdmin' ORDER BY 1`,
  // Roles in one environment and below.
  `SELECT role_name, count(*) FROM ${R} WHERE scope = ${ENV} GROUP BY 1 ORDER BY 1`,
  `SELECT scope, count(*) FROM ${R} WHERE scope IN (${ALL}, ${ENV}, '${ORG}') GROUP BY scope`,
  `SELECT id FROM ${R} WHERE scope = '${ORG}/environment=env-none/*'`,
  `SELECT id, role_name FROM ${R} WHERE scope = ${ALL} AND principal = 'User:u-4k9x2m'`,
  `SELECT id FROM ${R} WHERE scope = ${ALL} AND principal IN ('User:u-4k9x2m', 'User:sa-b1f1qj') AND role_name <> 'MetricsViewer'`,
  // Role bindings whose principal is no longer there.
  `SELECT b.id, b.principal FROM ${R} b WHERE b.scope = ${ALL} AND b.principal LIKE 'User:sa-%' AND substr(b.principal, 6) NOT IN (SELECT id FROM ${S})`,
  // Service accounts with neither key nor role.
  `SELECT s.display_name FROM ${S} s LEFT JOIN ${K} k ON k.spec.owner.id = s.id
   LEFT JOIN ${R} b ON b.principal = 'User:' || s.id AND b.scope = ${ALL} WHERE k.id IS NULL AND b.id IS NULL`,
  // Local passwords among people that should use SSO.
  `SELECT auth_type, count(*), round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent FROM ${U} GROUP BY auth_type`,
  // IP groups that no filter uses.
  "SELECT group_name FROM confluent.iam.ip_groups WHERE id NOT IN (SELECT e.value ->> '$.id' FROM confluent.iam.ip_filters f, json_each(f.ip_groups) e)",
  // Certificates that end within a year.
  "SELECT c.display_name, e.value FROM confluent.iam.certificate_authorities c, json_each(c.expiration_dates) e WHERE e.value < '2027-11-01'",
  // What pools may do.
  `SELECT p.display_name, b.role_name, b.crn_pattern FROM confluent.iam.identity_providers i
   JOIN confluent.iam.identity_pools p ON p.provider_id = i.id
   JOIN ${R} b ON b.principal = 'User:' || p.id AND b.scope = ${ALL} ORDER BY 1, 2, 3`,
  // Everything that one person has.
  `SELECT 'key' AS what, id FROM ${K} WHERE spec.owner.id = 'u-4k9x2m' UNION ALL SELECT role_name, crn_pattern FROM ${R} WHERE scope = ${ALL} AND principal = 'User:u-4k9x2m' ORDER BY 1, 2`,
  // One binding by its id: the requested scope is then unknown.
  [
    `SELECT id, role_name, scope FROM ${R} WHERE id = (SELECT min(id) FROM ${R} WHERE scope = ${ALL})`,
    `SELECT id, role_name, NULL FROM role_bindings WHERE scope = ${ALL} ORDER BY id LIMIT 1`,
  ],
]
