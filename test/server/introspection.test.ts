import { beforeAll, describe, expect, it } from 'vitest'
import type { Client } from 'pg'
import { lines, serve } from './support.ts'

let client: Client
beforeAll(async () => {
  client = await (await serve()).client()
})

/** What tools ask of the catalog when they connect, list tables, or complete names; each with a row that must be among the answer. */
const STATEMENTS: readonly (readonly [string, string, RegExp])[] = [
  [
    'schemas with tables',
    "SELECT DISTINCT table_schema FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1",
    /^iam$/,
  ],
  [
    'tables of a schema by their kind',
    "SELECT n.nspname, c.relname, c.relkind FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = ANY (ARRAY['r', 'v', 'm', 'f', 'p']) AND n.nspname = 'iam'",
    /^iam\|users\|r$/,
  ],
  [
    'columns with types, defaults and comments',
    "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum) FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = 'iam.invitations'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
    /^expires_at\|timestamp with time zone\|f\|NULL\|When it expires$/,
  ],
  [
    'columns by the standard',
    "SELECT column_name, data_type, udt_name, is_nullable, ordinal_position FROM information_schema.columns WHERE table_schema = 'iam' AND table_name = 'users'",
    /^metadata\|jsonb\|jsonb\|YES\|\d+$/,
  ],
  [
    'primary keys: none',
    "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.indisprimary AND n.nspname = 'iam'",
    /^0$/,
  ],
  [
    'foreign keys: none',
    "SELECT count(*) FROM information_schema.table_constraints WHERE constraint_type = 'FOREIGN KEY' AND table_schema = 'iam'",
    /^0$/,
  ],
  [
    'types with their elements and ranges',
    "SELECT t.oid, t.typname, t.typtype, e.typname FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typlen = -1 WHERE t.typname IN ('_text', 'jsonb', 'timestamptz')",
    /^3802\|jsonb\|b\|NULL$/,
  ],
  ['enumerations: none', 'SELECT count(*) FROM pg_enum', /^0$/],
  ['databases', 'SELECT datname FROM pg_database WHERE NOT datistemplate AND datallowconn', /^confluent$/],
  [
    'who and where',
    'SELECT current_user, current_database(), current_schema(), session_user IS NOT NULL',
    /^confluentql\|confluent\|public\|t$/,
  ],
  [
    'settings',
    "SELECT name, setting FROM pg_settings WHERE name IN ('server_version_num', 'standard_conforming_strings')",
    /^standard_conforming_strings\|on$/,
  ],
  [
    'rights',
    "SELECT has_table_privilege('iam.users', 'SELECT'), has_table_privilege('iam.users', 'INSERT'), has_schema_privilege('iam', 'USAGE')",
    /^t\|f\|t$/,
  ],
  [
    'keywords',
    "SELECT string_agg(word, ',') FROM pg_get_keywords() WHERE word IN ('select', 'from')",
    /^(?:select,from|from,select)$/,
  ],
  [
    'functions of a schema: none',
    "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'iam'",
    /^0$/,
  ],
  ['read-only', 'SHOW transaction_read_only', /^on$/],
  ['the level of isolation', 'SHOW TRANSACTION ISOLATION LEVEL', /^read committed$/],
  [
    'an estimate of rows',
    "SELECT c.reltuples <= 0 FROM pg_class c WHERE c.oid = to_regclass('iam.users')",
    /^t$/,
  ],
  ['search path', 'SELECT unnest(current_schemas(false))', /^public$/],
]

describe('what tools ask of the catalog', () => {
  it.each(STATEMENTS)('%s', async (_, sql, expected) => {
    const answers = [sql, `-- a tool\n${sql}`, `/* {"tool": "x"} */ ${sql};`]
    for (const text of answers) expect((await lines(client, text)).some(l => expected.test(l))).toBe(true)
  })
})
