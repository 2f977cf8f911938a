import { describe, expect, test } from 'vitest'
import { ConfluentqlError } from '../../src/errors.ts'
import { Session } from '../../src/engine/session.ts'
import { compiledCatalog } from '../catalog/compiled.ts'

const catalog = compiledCatalog()

/** For each mistake: the statement with «» around the place the error must point to, the message, the hint. */
const CASES: readonly (readonly [name: string, sql: string, message: string, hint?: string])[] = [
  [
    'unknown provider',
    'SELECT * FROM «confluend.iam.users»',
    'no provider "confluend"; did you mean "confluent"?',
    'providers: confluent, kafka; confluentql provider add PATH, FILE.tgz or URL adds another',
  ],
  [
    'a month, of a table with days',
    'SELECT «month», sum(amount) FROM confluent.costs GROUP BY month',
    'no column "month" in confluent.costs',
    "write strftime('%Y-%m', day); columns: day, product, line_type, resource, resource_name, environment, environment_name, quantity, unit, price, original_amount, discount_amount, amount",
  ],
  [
    'a year, by the alias of a table with two times',
    'SELECT «i.year» FROM confluent.iam.invitations i',
    'no column "year" in confluent.iam.invitations',
    "write strftime('%Y', i.accepted_at) or strftime('%Y', i.expires_at); columns: id, accepted_at, api_version, auth_type, creator, email, expires_at, kind, metadata, status, user",
  ],
  [
    'unknown service',
    'SELECT * FROM «confluent.iams.users»',
    'no service "iams" in confluent; did you mean "iam"?',
    'SHOW SERVICES IN confluent lists them',
  ],
  [
    'unknown resource',
    'SELECT * FROM «confluent.iam.invitation»',
    'no resource "invitation" in confluent.iam; did you mean "invitations"?',
    'SHOW RESOURCES IN confluent.iam lists them',
  ],
  [
    'table of one part',
    'SELECT * FROM «invitations»',
    'no table "invitations"; did you mean confluent.iam.invitations or confluent.iam.pending_invitations?',
  ],
  [
    'DESCRIBE of one part',
    'DESCRIBE «invitations»',
    'no table "invitations"; did you mean confluent.iam.invitations or confluent.iam.pending_invitations?',
  ],
  [
    'table of several services: first the one that views read',
    'SELECT * FROM «topics»',
    'no table "topics"; did you mean kafka.kafka.topics, confluent.rtce.topics, confluent.tableflow.topics or confluent.kafka_topics?',
  ],
  [
    'table in the singular',
    'SELECT * FROM «topic»',
    'no table "topic"; did you mean kafka.kafka.topics, confluent.rtce.topics, confluent.tableflow.topics or confluent.kafka_consumer_lag_by_topic?',
  ],
  [
    'UPDATE of two parts',
    "UPDATE «iam.users» SET full_name = 'x' WHERE id = 'u'",
    'no table "iam.users"; did you mean confluent.iam.users?',
  ],
  [
    'UPDATE of a view',
    "UPDATE «confluent.kafka_topics» SET partitions = 1 WHERE topic = 't'",
    '"confluent.kafka_topics" is a view: the API has no methods for it',
    'name a resource that it reads: kafka.kafka.topics',
  ],
  [
    'DELETE from a view of a service',
    "DELETE FROM «confluent.iam.api_keys_with_owners» WHERE id = 'k'",
    '"confluent.iam.api_keys_with_owners" is a view: the API has no methods for it',
  ],
  [
    'methods of what is no resource',
    'SHOW METHODS IN «information_schema.tables»',
    '"information_schema.tables" is no resource: the API has no methods for it',
  ],
  [
    'columns of a view',
    'CREATE VIEW v «(»a, b) AS SELECT id, email FROM confluent.iam.users',
    'expected AS, found "("',
    'name the columns in its query: AS SELECT … AS name, …',
  ],
  [
    'unknown column',
    'SELECT «emial» FROM confluent.iam.invitations',
    'no column "emial" in confluent.iam.invitations; did you mean "email"?',
  ],
  [
    'the first of several unknown columns, before the query of IN',
    'SELECT id FROM confluent.iam.users WHERE (id, «profile») IN (SELECT id, profile FROM confluent.iam.users)',
    'no column "profile" in confluent.iam.users',
  ],
  [
    'a field of two tables without its object',
    "SELECT u.id FROM confluent.iam.users u JOIN confluent.iam.api_keys k ON k.owner = u.id WHERE «created_at» > '2026'",
    'no column "created_at" in confluent.iam.users, confluent.iam.api_keys; did you mean metadata.created_at?',
  ],
  [
    'the id that a column has in its value, with a closer name',
    'SELECT «principal_id» FROM confluent.iam.access',
    'no column "principal_id" in confluent.iam.access; did you mean "principal"?',
  ],
  [
    'the last word of a column',
    'SELECT «lag» FROM confluent.kafka_consumer_lag',
    'no column "lag" in confluent.kafka_consumer_lag; did you mean total_lag or max_lag?',
  ],
  [
    'unknown column of an alias',
    'SELECT i.id FROM confluent.iam.invitations i WHERE «i.stat» = 1',
    'no column "stat" in confluent.iam.invitations; did you mean "status"?',
  ],
  [
    'unknown column of a subquery without a name',
    'SELECT «nope» FROM (SELECT id, (SELECT 1 FROM confluent.iam.users) FROM confluent.iam.users)',
    'no column "nope" in the subquery',
    'columns: id',
  ],
  [
    'unknown alias',
    'SELECT «j.id» FROM confluent.iam.invitations i',
    'no table or object column "j"; did you mean "i"?',
    'names in scope: i',
  ],
  [
    'unknown field',
    'SELECT «user.idd» FROM confluent.iam.invitations',
    'no field "idd" in invitations.user; did you mean "id"?',
  ],
  [
    'path into a text',
    'SELECT «email.x» FROM confluent.iam.invitations',
    'column "email" is not an object: "email.x" has no meaning',
  ],
  [
    'text in double quotes',
    'SELECT id FROM confluent.iam.users WHERE email = «"a@b"»',
    'no column "a@b" in confluent.iam.users',
    "a text is written in single quotes: 'a@b'; columns: id, api_version, auth_type, email, full_name, kind, metadata",
  ],
  [
    'quotes of a document',
    'SELECT id FROM confluent.iam.users WHERE email = «‘x’»',
    'no column "‘x’" in confluent.iam.users',
    "a text is written in straight single quotes: '…'; columns: id, api_version, auth_type, email, full_name, kind, metadata",
  ],
  [
    'quotes of a document around two words',
    'SELECT id FROM confluent.iam.users WHERE full_name = “Ana «Lee”»',
    'syntax error near "Lee”"',
    "a text is written in straight single quotes: '…'",
  ],
  [
    'a no-break space',
    'SELECT id FROM confluent.iam.users WHERE\u00a0email «=» 1',
    'syntax error near "="',
    'there is a no-break space, or another that is none to SQL: write a plain one',
  ],
  [
    'a no-break space behind SELECT',
    '«SELECT\u00a0id» FROM confluent.iam.users',
    'a statement cannot begin with "SELECT\u00a0id"',
    'there is a no-break space, or another that is none to SQL: write a plain one',
  ],
  [
    'a comma too many, behind a text that has such a quote',
    "SELECT 'it’s', «FROM» confluent.iam.users",
    'syntax error near "FROM"',
  ],
  [
    'a dash for a comment',
    'SELECT 1 AS a «––» note',
    'syntax error near "––"',
    'a dash is no minus: a comment begins with two plain ones, --',
  ],
  [
    'ambiguous column',
    'SELECT «email» FROM confluent.iam.users u JOIN confluent.iam.invitations i ON i.user.id = u.id',
    'column "email" is ambiguous: more than one table has it',
    'write u.email or i.email',
  ],
  [
    'unknown function',
    'SELECT «lenght»(email) FROM confluent.iam.users',
    'no function "lenght"; did you mean "length"?',
  ],
  [
    'aggregate in WHERE',
    'SELECT id FROM confluent.iam.users WHERE «count(*)» > 1',
    'the aggregate count(*) cannot stand in WHERE',
    'write GROUP BY 1 HAVING count(*) > 1 instead of WHERE',
  ],
  [
    'aggregate in WHERE of a statement that has several',
    'SELECT sum(id) FROM (SELECT sum(id) AS id FROM confluent.iam.users) WHERE «sum(id)» > 3 GROUP BY 1',
    'the aggregate sum(id) cannot stand in WHERE',
    'write HAVING sum(id) > 3 after GROUP BY',
  ],
  [
    'aggregate in a condition of several in WHERE',
    "SELECT auth_type, count(*) FROM confluent.iam.users WHERE id > 'u' AND «count(*)» > 3 GROUP BY 1",
    'the aggregate count(*) cannot stand in WHERE',
    'write HAVING count(*) > 3 after GROUP BY',
  ],
  [
    'alias of an aggregate in WHERE',
    'SELECT count(*) AS n, auth_type FROM confluent.iam.users WHERE «n» > 3 GROUP BY auth_type',
    'n is an aggregate, which cannot stand in WHERE',
    'write HAVING n > 3 after GROUP BY',
  ],
  [
    'aggregate of an aggregate',
    'SELECT sum(1), max(«sum(2)») FROM confluent.iam.users',
    'the aggregate sum(2) cannot stand in another aggregate',
  ],
  [
    'aggregate in GROUP BY',
    'SELECT count(*) FROM confluent.iam.users GROUP BY «count(*)»',
    'the aggregate count(*) cannot stand in GROUP BY',
  ],
  [
    'aggregate in ON',
    'SELECT count(*) FROM confluent.iam.users u JOIN confluent.iam.invitations i ON «count(*)» > 1',
    'the aggregate count(*) cannot stand in ON',
  ],
  [
    'missing parameter',
    'SELECT * FROM «confluent.managed_kafka_clusters.clusters»',
    'confluent.managed_kafka_clusters.clusters needs "environment", or "id" and "environment"',
    "add WHERE environment = '…', or join a table that has it (environment is confluent.org.environments.id)",
  ],
  [
    'missing parameter of a view',
    'SELECT day FROM «confluent.costs»',
    'confluent.billing.costs needs a lower bound of "start_date"',
    "add WHERE day >= '…'; a day is written as '2026-10-01'",
  ],
  [
    'missing parameter of a view that is joined',
    "SELECT c.day FROM «confluent.costs» c JOIN confluent.iam.users u ON u.id = c.resource WHERE c.day < '2026-10-01'",
    'confluent.billing.costs needs a lower bound of "start_date"',
    "add WHERE day >= '…'; a day is written as '2026-10-01'",
  ],
  [
    'missing parameter of a view in a recursive query',
    'WITH RECURSIVE r AS (SELECT day FROM «confluent.costs» UNION SELECT day FROM r) SELECT day FROM r',
    'confluent.billing.costs needs a lower bound of "start_date"',
    "add WHERE day >= '…'; a day is written as '2026-10-01'",
  ],
  [
    'missing parameter of the method that has the columns',
    "SELECT name, config FROM «confluent.schema_registry.exporters» WHERE rest_endpoint = 'https://a.example'",
    'confluent.schema_registry.exporters needs "name"',
    "add WHERE name = '…', or join a table that has it",
  ],
  [
    'missing parameter under OR',
    "SELECT * FROM «confluent.managed_kafka_clusters.clusters» WHERE environment = 'e' OR kind = 'x'",
    'confluent.managed_kafka_clusters.clusters needs "environment", or "id" and "environment"',
  ],
  [
    'missing parameter of an insert',
    'INSERT INTO «confluent.iam.invitations» (auth_type) VALUES (1)',
    'INSERT INTO confluent.iam.invitations needs "email"',
  ],
  [
    'missing key of a delete',
    "DELETE FROM «confluent.iam.invitations» WHERE status = 'x'",
    'DELETE of confluent.iam.invitations needs "id": nothing is sent without the keys of the rows',
    "add AND id = '…', or let a SELECT give all keys of the rows: DELETE FROM confluent.iam.invitations WHERE id IN (SELECT id FROM confluent.iam.invitations WHERE status = 'x')",
  ],
  [
    'missing argument of EXEC',
    'EXEC «confluent.iam.invitations.delete_iam_v2invitation»',
    'delete_iam_v2invitation needs @id',
    "add @id = '…'",
  ],
  [
    'wrong argument of EXEC',
    "EXEC confluent.iam.users.get_iam_v2user «@di» = 'x'",
    'get_iam_v2user takes no "di"; did you mean "id"?',
    'it takes id',
  ],
  [
    'arguments of EXEC without a comma',
    "EXEC confluent.iam.users.update_auth_type_iam_v2user @id = 'u' «@auth_type» = 'AUTH_TYPE_SSO'",
    'a comma is missing before @auth_type',
    'arguments are written @name = value, @other = value',
  ],
  [
    'a template of text',
    'SELECT id FROM confluent.iam.users WHERE id = «{»{ .values.id }}',
    'unexpected character "{"',
    'write :name, and give its value with -v name=… or .set name …',
  ],
  [
    'a variable in quotes, as in psql',
    "SELECT id FROM confluent.iam.users WHERE id = «:»'who'",
    'unexpected character ":"',
    'write :who: its value needs no quotes, and is never the name of a table or column',
  ],
  [
    'a variable of a shell',
    'SELECT id FROM confluent.iam.users WHERE id = «$»{who}',
    'unexpected character "$"',
    'write :who, and give its value with -v who=… or .set who …',
  ],
  [
    'unknown method',
    "EXEC «confluent.iam.users.get_user» @id = 'x'",
    'no method "get_user" in confluent.iam.users',
    'SHOW METHODS IN confluent.iam.users lists them',
  ],
  [
    'read-only column',
    "INSERT INTO confluent.iam.invitations (email, «status») VALUES ('a', 'b')",
    '"status" of confluent.iam.invitations cannot be set: the API decides it',
    'it takes email, auth_type',
  ],
  [
    'column of no body',
    "INSERT INTO confluent.iam.invitations (email, «emial») VALUES ('a', 'b')",
    'no column "emial" to set in confluent.iam.invitations; did you mean "email"?',
  ],
  [
    'field of an object without the object',
    "UPDATE confluent.managed_kafka_clusters.clusters SET «display_name» = 'x' WHERE id = 'lkc-1'",
    'no column "display_name" to set in confluent.managed_kafka_clusters.clusters; did you mean "spec.display_name"?',
  ],
  [
    'column twice',
    "INSERT INTO confluent.iam.invitations (email, «email») VALUES ('a', 'b')",
    'column "email" is named twice',
  ],
  [
    'too few values',
    "INSERT INTO confluent.iam.invitations (email, auth_type) «VALUES ('a')»",
    '2 columns are named but a row has 1 values',
  ],
  [
    'RETURNING of nothing',
    "DELETE FROM confluent.iam.invitations WHERE id = 'x' RETURNING «id»",
    'delete_iam_v2invitation answers with nothing that could be returned',
    'leave out RETURNING',
  ],
  [
    'no UPDATE',
    "UPDATE «confluent.iam.invitations» SET email = 'x' WHERE id = 'y'",
    'confluent.iam.invitations has no UPDATE',
    'it has SELECT, INSERT, DELETE; SHOW METHODS IN confluent.iam.invitations lists them',
  ],
  [
    'PUT, not PATCH',
    "UPDATE «confluent.iam.certificate_authorities» SET display_name = 'x' WHERE id = 'y'",
    'confluent.iam.certificate_authorities has no UPDATE',
    'use REPLACE … SET … WHERE, which sets the whole resource',
  ],
  [
    'misspelt keyword',
    'SELECT * «FORM» confluent.iam.users',
    'syntax error near "FORM"',
    'did you mean FROM?',
  ],
  [
    'unfinished',
    'SELECT id FROM confluent.iam.users WHER«E»',
    'the statement is not finished',
    'something is missing after WHERE',
  ],
  [
    'unterminated text',
    "SELECT «'»abc",
    'unterminated string',
    "close it with '; a ' within a text is written twice: 'it''s'",
  ],
  ['no statement', '«SELEC» 1', 'a statement cannot begin with "SELEC"'],
  [
    'transaction',
    '«BEGIN»',
    'BEGIN is not supported: there are no transactions over this API: each call takes effect at once',
  ],
  ['ATTACH', "«ATTACH» 'x' AS y", 'ATTACH is not supported: statements cannot open files'],
  ['PRAGMA', '«PRAGMA» table_info(x)', "PRAGMA is not supported: SQLite's settings cannot be changed"],
  [
    'REGISTRY PULL',
    'REGISTRY PULL «confluen» v00.00.00000',
    'no provider "confluen"; did you mean "confluent"?',
    'confluentql provider add PATH, FILE.tgz or URL adds a provider from its documents; SHOW PROVIDERS lists those that are there',
  ],
  [
    'AUTH LOGIN',
    '«auth» LOGIN confluent',
    'AUTH is not supported: credentials are taken from variables or a profile; confluentql doctor says whether they are right',
  ],
  [
    'FROM first',
    '«FROM» confluent.iam.users',
    'FROM is not supported: write SELECT * FROM confluent.iam.users',
  ],
  [
    'COPY',
    "«COPY» (SELECT 1) TO 'a.csv'",
    'COPY is not supported: write .once FILE on a line before a SELECT, or --out FILE; no file is read into a table',
  ],
  ['help without a dot', '«help»', 'HELP is not supported: write .help, or confluentql --help'],
  [
    'LIMIT ALL',
    'SELECT id FROM confluent.iam.users LIMIT «ALL»',
    'syntax error near "ALL"',
    'leave LIMIT out',
  ],
  [
    'an interval with a fraction',
    "SELECT id FROM confluent.iam.users WHERE metadata.created_at < now() - interval «'1.5 years'»",
    'syntax error near "\'1.5 years\'"',
    "write a time before it and whole numbers of units in it, such as now() - interval '36 hours', or now() - interval '1 year 6 months'",
  ],
  [
    'an interval that a difference is compared with',
    "SELECT id FROM confluent.iam.users WHERE now() - metadata.created_at >= interval «'1 year'»",
    'syntax error near "\'1 year\'"',
    "write metadata.created_at <= now() - interval '1 year'",
  ],
  [
    'a difference of times',
    "SELECT id FROM confluent.iam.users WHERE «(metadata.created_at - '2026-01-01')» < 5",
    'a time is a text: "-" would compute with its year',
    "write julianday(metadata.created_at) - julianday('2026-01-01'), which are days; unixepoch() gives seconds",
  ],
  [
    'days subtracted from a day',
    "SELECT «day - 30» FROM confluent.costs WHERE day > '2026-01-01'",
    'a time is a text: "-" would compute with its year',
    "write date(day, '-30 days')",
  ],
  [
    'a conversion to a type that SQLite does not have',
    'SELECT id«::»text FROM confluent.iam.users',
    'SQLite has no conversion with "::"',
    'write CAST(id AS TEXT)',
  ],
  [
    'FETCH FIRST',
    'SELECT id FROM confluent.iam.users FETCH «FIRST» 3 ROWS ONLY',
    'syntax error near "FIRST"',
    'write LIMIT 3 at the end',
  ],
  [
    'DISTINCT ON',
    'SELECT DISTINCT «ON» (id) id FROM confluent.iam.users',
    'syntax error near "ON"',
    'number the rows in a subquery: SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY …) AS n FROM …) WHERE n = 1',
  ],
  [
    'a function of another database',
    'SELECT «age»(metadata.created_at) FROM confluent.iam.users',
    'no function "age" in SQLite',
    "write julianday('now') - julianday(metadata.created_at)",
  ],
  [
    'ILIKE ANY',
    "SELECT id FROM confluent.iam.users WHERE email «ILIKE» ANY ('x%')",
    'syntax error near "ILIKE"',
    "SQLite's LIKE already ignores case: write LIKE, and ESCAPE '\\' behind the pattern if a backslash is before % or _ in it",
  ],
  [
    'DELETE without FROM',
    "DELETE «confluent».iam.invitations WHERE id = 'i-1'",
    'expected FROM, found "confluent"',
    "write DELETE FROM confluent.iam.invitations WHERE id = 'i-1'",
  ],
  [
    'DELETE with a name before FROM',
    "DELETE «i» FROM confluent.iam.invitations i WHERE i.id = 'i-1'",
    'expected FROM, found "i"',
    "write DELETE FROM confluent.iam.invitations i WHERE i.id = 'i-1'",
  ],
  [
    'DELETE *',
    "DELETE «*» FROM confluent.iam.invitations WHERE id = 'i-1'",
    'expected FROM, found "*"',
    "write DELETE FROM confluent.iam.invitations WHERE id = 'i-1'",
  ],
  [
    'DELETE with USING',
    'DELETE FROM confluent.iam.invitations «USING» confluent.iam.users u WHERE u.id = creator.id',
    'DELETE … USING is not supported',
    'write DELETE FROM confluent.iam.invitations WHERE EXISTS (SELECT 1 FROM confluent.iam.users u WHERE u.id = creator.id)',
  ],
  [
    'DELETE with JOIN',
    'DELETE FROM confluent.iam.invitations i «JOIN» confluent.iam.users u ON u.id = i.creator.id',
    'DELETE … JOIN is not supported',
    'pick the rows in a subquery: WHERE key IN (SELECT key FROM … JOIN …)',
  ],
  [
    'a column that has a word in common with another',
    'SELECT «link_state» FROM confluent.kafka_mirror_topics',
    'no column "link_state" in confluent.kafka_mirror_topics; did you mean link or state or state_since?',
  ],
  [
    'DELETE with LIMIT',
    "DELETE FROM confluent.iam.invitations WHERE id IN ('a', 'b') «LIMIT» 1",
    'LIMIT cannot stand in UPDATE and DELETE',
    'pick the rows in a subquery: WHERE key IN (SELECT key … ORDER BY … LIMIT …)',
  ],
  [
    'assignment twice',
    "UPDATE confluent.iam.users SET full_name = 'x', «full_name» = 'y' WHERE id = 'u'",
    '"full_name" is given twice',
  ],
  [
    'assignment of a part',
    `REPLACE confluent.iam.users SET «a».b = 'x', a = '{"c": 1}' WHERE id = 'u'`,
    '"a.b" is a part of "a", which is set too',
  ],
  [
    'RETURNING of another table',
    "INSERT INTO confluent.iam.invitations (email) VALUES ('a') RETURNING (SELECT count(*) FROM «confluent.iam.users»)",
    'RETURNING can read only what the API answers',
  ],
  [
    'missing parent of a delete',
    "DELETE FROM «confluent.iam.identity_pools» WHERE id = 'p'",
    'DELETE of confluent.iam.identity_pools needs "provider_id": nothing is sent without the keys of the rows',
    "add AND provider_id = '…' (provider_id is confluent.iam.identity_providers.id)",
  ],
  ['column without a table', 'SELECT «nope»', 'no column "nope": there is no FROM'],
  [
    'unknown table function',
    'SELECT * FROM «pragma_database_list»()',
    'no table-valued function "pragma_database_list"',
    'there are json_each, json_tree',
  ],
  [
    'SHOW TABLES of nothing',
    'SHOW TABLES IN «confluent.iams»',
    'no service "iams" in confluent; did you mean "iam"?',
  ],
  [
    'variable without a value',
    'SELECT id FROM confluent.iam.users WHERE id = «:who»',
    'no value for :who',
    'give -v who=…',
  ],
  ['SHOW without a provider', 'SHOW «SERVICES»', 'add IN provider', 'SHOW PROVIDERS lists them'],
  ['SHOW METHODS of nothing', 'SHOW «METHODS»', 'add IN provider.service.resource', 'SHOW TABLES lists them'],
  [
    'parameter that is not sent',
    'SELECT id FROM confluent.iam.ip_filters WHERE «Include_Parent_Scopes» IS NULL',
    '"include_parent_scopes" of confluent.iam.ip_filters is a parameter of the request, not data: its rows cannot verify the condition',
    "give it by itself: AND include_parent_scopes = '…'",
  ],
  [
    'parameter with the name of a column that is not sent',
    "SELECT id FROM confluent.iam.ip_filters WHERE «resource_scope» = 'crn://x' OR filter_name = 'y'",
    '"resource_scope" of confluent.iam.ip_filters with = or IN selects by "scope", which is a parameter of the request, not data: its rows cannot verify the condition',
    "give it by itself: AND resource_scope = '…'; for what the rows say write resource_scope IS '…', or give scope too",
  ],
  [
    'a template in quotes',
    "SELECT id FROM confluent.iam.users WHERE id = «'{{ .values.x }}'»",
    '{{ .values.x }} is a template, which nothing fills in',
    'write :x without quotes, and give its value with -v x=… or .set x …',
  ],
  [
    'a template inside a text',
    "SELECT «'a {{- .values.some.env -}} b'»",
    '{{- .values.some.env -}} is a template, which nothing fills in',
    "write '…' || :env || '…', and give its value with -v env=… or .set env …",
  ],
  [
    'the size of a page',
    'SELECT id FROM confluent.iam.users WHERE «page_size» = 10',
    'no column "page_size" in confluent.iam.users',
    'lists are read to the last page; leave it out',
  ],
  [
    'the token of a page',
    "SELECT id FROM confluent.iam.users u WHERE «u.page_token» = 'x'",
    'no column "page_token" in confluent.iam.users',
    'lists are read to the last page; leave it out',
  ],
  [
    'the size of a page, in EXEC',
    'EXEC confluent.iam.users.list_iam_v2users «@page_size» = 10',
    'list_iam_v2users takes no "page_size"',
    'lists are read to the last page; leave it out',
  ],
  [
    'a view of another tool',
    'SELECT * FROM «confluent.org.vw_environments»',
    'no resource "vw_environments" in confluent.org; did you mean "environments"?',
    'read confluent.org.environments: the fields of its objects are written with dots, such as spec.display_name',
  ],
  [
    'EXEC in FROM without brackets',
    "SELECT * FROM «EXEC» confluent.iam.users.get_iam_v2_user @id = 'u-1'",
    'no table "EXEC"',
    'write the call in brackets: FROM (EXEC provider.service.resource.method @name = value)',
  ],
  [
    'STRAIGHT_JOIN',
    'SELECT 1 FROM confluent.iam.users u «STRAIGHT_JOIN» confluent.iam.invitations i',
    'syntax error near "STRAIGHT_JOIN"',
    'write JOIN',
  ],
  [
    'a catalog of PostgreSQL',
    'SELECT 1 FROM «pg_type»',
    'no table "pg_type"',
    'information_schema.tables and information_schema.columns describe the tables',
  ],
  [
    'SHOW AUTH',
    'SHOW «AUTH» confluent',
    'SHOW AUTH is not supported',
    'confluentql doctor shows which credentials there are, and whether they are right',
  ],
  [
    'SLEEP',
    '«SLEEP» 100',
    'SLEEP is not supported: AWAIT waits for the end of a change: INSERT /*+ AWAIT */ INTO …',
  ],
  [
    'an address in parts',
    "SELECT topic_name FROM kafka.kafka.topics WHERE cluster_id = 'lkc-1' AND «region» = 'us'",
    'no column "region" in kafka.kafka.topics',
    'leave it out: rest_endpoint is the whole address of the cluster',
  ],
  [
    'an address in parts, in INSERT',
    "INSERT INTO kafka.kafka.topics (cluster_id, topic_name, «kafka_endpoint_id») VALUES ('a', 'b', 'c')",
    'no column "kafka_endpoint_id" to set in kafka.kafka.topics',
    'leave it out: rest_endpoint is the address of the cluster, from a condition, KAFKA_REST_ENDPOINT, a profile, or a join with spec.http_endpoint of confluent.managed_kafka_clusters.clusters',
  ],
  [
    'position()',
    "SELECT position('e' in «id») FROM confluent.iam.users",
    'no table "id"',
    "write instr(id, 'e') for position('e' IN id)",
  ],
  [
    'IN a provider',
    'SELECT 1 in «confluent»',
    'no table "confluent"',
    'IN takes values in brackets, or a query: IN (SELECT column FROM provider.service.resource)',
  ],
  [
    'IN a table of three parts',
    'SELECT 1 FROM confluent.iam.users WHERE «id IN confluent.iam.users»',
    'the subquery has 7 columns where one is needed',
  ],
  [
    'the star of no table',
    'SELECT «user».* FROM confluent.iam.users',
    'no table "user"; did you mean "users"?',
    'names in scope: users',
  ],
  [
    "the standard's extract()",
    'SELECT extract(second «FROM» metadata.created_at) FROM confluent.iam.users',
    'syntax error near "FROM"',
    "write CAST(strftime('%S', metadata.created_at) AS INTEGER)",
  ],
  [
    'a window function without a window',
    'SELECT id, «row_number»() FROM confluent.iam.users',
    'row_number() is a window function',
    'write row_number() OVER (ORDER BY …)',
  ],
  [
    'a window that is not defined',
    'SELECT sum(1) OVER «w» FROM confluent.iam.users',
    'no window "w"',
    'define it: WINDOW w AS (ORDER BY …), before ORDER BY',
  ],
  [
    'ORDER BY a number',
    'SELECT id FROM confluent.iam.users ORDER BY id, «5» DESC',
    'ORDER BY has a number that is no column: the query has 1',
    'write 1, or an expression',
  ],
  [
    'GROUP BY a number',
    'SELECT id, email FROM confluent.iam.users GROUP BY «3»',
    'GROUP BY has a number that is no column: the query has 2',
    'write a number from 1 to 2, or an expression',
  ],
  [
    'a subquery of two columns',
    'SELECT 1, «(SELECT 1, 2)» AS x',
    'the subquery has 2 columns where one is needed',
  ],
  [
    'UNION of different widths',
    'SELECT id FROM confluent.iam.users «UNION» SELECT 1, 2',
    'the queries around UNION have different numbers of columns',
  ],
  [
    'VALUES of different widths',
    '«VALUES» (1), (2, 3)',
    'all rows of VALUES must have the same number of values',
  ],
  ['a row value', 'SELECT 1 WHERE «(1, 2) = 1»', 'a row value stands where one value is needed'],
  [
    'USING a column of one table',
    'SELECT 1 FROM confluent.iam.users JOIN (SELECT 1 AS a) USING («a»)',
    'USING (a): not both tables have a column "a"',
    'write ON a.x = b.y',
  ],
  [
    'USING an object and a text',
    'SELECT 1 FROM confluent.iam.invitations i JOIN (SELECT id AS creator FROM confluent.iam.users) u USING («creator»)',
    'USING (creator) would compare the whole object creator with a column that is none',
    'compare the field that is meant: JOIN … ON i.creator.id = u.creator',
  ],
  [
    'USING objects of two tables',
    'SELECT 1 FROM confluent.iam.invitations i JOIN (SELECT creator AS user FROM confluent.iam.invitations) q USING («user»)',
    'USING (user) would compare the whole objects user',
    'compare the field that is meant: JOIN … ON i.user.id = q.user.id',
  ],
  [
    'NATURAL JOIN of tables that both have an object',
    'SELECT 1 FROM confluent.iam.users «NATURAL» JOIN confluent.iam.service_accounts',
    'NATURAL JOIN would compare the whole objects metadata',
    'name the columns that are meant: JOIN … USING (…), or JOIN … ON …',
  ],
  [
    'a field of an object in one part of a UNION',
    'SELECT «x.id» FROM (SELECT creator AS x FROM confluent.iam.invitations UNION ALL SELECT id FROM confluent.iam.users)',
    'column "x" is an object in one part of the UNION and none in another',
    'select the field in that part: creator.id AS x',
  ],
  [
    'an object of one part of a UNION that is compared',
    "SELECT 1 FROM (SELECT id AS x FROM confluent.iam.users UNION ALL SELECT creator FROM confluent.iam.invitations) WHERE «x» = 'u-1'",
    'column "x" is an object in one part of the UNION and none in another',
    'select the field in that part: creator.id AS x',
  ],
  [
    'a CTE of another width',
    'WITH «a»(x, y) AS (SELECT 1) SELECT * FROM a',
    '"a" is given 2 names of columns, and its query has 1',
  ],
  [
    'what SQLite says of a part',
    "SELECT 1, «RAISE(ABORT, 'x')»",
    'RAISE() may only be used within a trigger-program',
  ],
  [
    'WITH before DELETE',
    'WITH x AS (SELECT 1 AS id) «DELETE» FROM confluent.iam.users WHERE id IN (SELECT id FROM x)',
    'a query can only read: WITH cannot stand before DELETE',
    'write it in a subquery: DELETE … WHERE key IN (WITH … SELECT key FROM …)',
  ],
  [
    'WITH before INSERT',
    'WITH x(a) AS (SELECT 1), y AS (SELECT 2) «INSERT» INTO t SELECT a FROM x',
    'a query can only read: WITH cannot stand before INSERT',
    'write INSERT INTO table WITH … SELECT …',
  ],
  [
    'methods of a service',
    'SHOW METHODS IN «confluent.iam»',
    '"confluent.iam" is a service, not a table',
    'SHOW RESOURCES IN confluent.iam lists its tables',
  ],
  [
    'methods of a provider',
    'SHOW METHODS IN «confluent»',
    '"confluent" is a provider, not a table',
    'SHOW SERVICES IN confluent lists its services',
  ],
  [
    'columns of a service',
    'DESCRIBE «confluent.iam»',
    '"confluent.iam" is a service, not a table',
    'SHOW RESOURCES IN confluent.iam lists its tables',
  ],
  [
    'resources of a table',
    'SHOW RESOURCES IN «confluent.iam.users»',
    '"confluent.iam.users" has 3 parts, not 2',
    'DESCRIBE confluent.iam.users lists the columns of a table, SHOW METHODS IN confluent.iam.users its methods',
  ],
  [
    'services of a service',
    'SHOW SERVICES IN «confluent.iam»',
    '"confluent.iam" has 2 parts, not 1',
    'SHOW RESOURCES IN confluent.iam lists the tables of a service',
  ],
  [
    'EXPLAIN with options in brackets',
    'EXPLAIN («ANALYZE», BUFFERS) SELECT 1',
    'EXPLAIN has no option ANALYZE in brackets',
    'write EXPLAIN SELECT …, or EXPLAIN ANALYZE SELECT … to run it as well',
  ],
  [
    'EXPLAIN with an option',
    'EXPLAIN «FORMAT» JSON SELECT 1',
    'EXPLAIN has no option FORMAT',
    'write EXPLAIN SELECT …, or EXPLAIN ANALYZE SELECT … to run it as well',
  ],
  ['SHOW of something else', 'SHOW «DATABASES»', 'SHOW DATABASES is not supported', 'write SHOW PROVIDERS'],
]

describe('messages', () => {
  test.each(
    CASES.map(
      ([name, sql, message, hint]) => [name, sql, message, hint] as [string, string, string, string?],
    ),
  )('%s', async (...[, marked, message, hint]: readonly [string, string, string, string?]) => {
    const sql = marked.replace(/[«»]/g, '')
    const session = new Session({
      catalog,
      requireKeys: async () => true,
      connect: () => Promise.reject(new Error('nothing may be sent')),
    })
    const error = await session
      .run(sql)
      .next()
      .then(
        () => undefined,
        (e: unknown) => e,
      )
    await session.close()
    expect(error).toBeInstanceOf(ConfluentqlError)
    const { span, ...found } = error as ConfluentqlError
    expect((error as ConfluentqlError).message).toBe(message)
    if (hint !== undefined) expect(found.hint).toBe(hint)
    const start = marked.indexOf('«')
    expect(span && sql.slice(span.start, span.end)).toBe(marked.slice(start + 1, marked.indexOf('»')))
    expect(span?.start).toBe(start)
  })
})
