import { createHash } from 'node:crypto'
import { ident, literal } from '../sql/lexer.ts'
import type { Relation } from './relations.ts'

/** The role that statements run as. */
export const ROLE = 'confluentql'

/**
 * Functions that the role may not call: they read tables which a text argument names, so that no plan shows them, or read and write
 * outside of tables.
 */
const REVOKED =
  /^(?:query|table|schema|database|cursor)_to_xml|^ts_(?:stat|rewrite)$|^pg_(?:read|ls|stat)_file|^lo_|^pg_logical_emit_message$/

/** The SQL that creates what clients see in a new database: schemas, tables, comments, and a read-only role. */
export function definitionOf(relations: readonly Relation[]): string {
  const schemas = [...new Set(relations.map(r => r.schema))].filter(s => s !== 'public')
  const lines = [
    `CREATE ROLE ${ROLE} LOGIN;`,
    `REVOKE CREATE ON SCHEMA public FROM PUBLIC;`,
    `REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC;`,
    ...schemas.map(s => `CREATE SCHEMA ${ident(s)};`),
  ]
  for (const { schema, name, columns, about } of relations) {
    const table = `${ident(schema)}.${ident(name)}`
    lines.push(`CREATE TABLE ${table} (${columns.map(c => `${ident(c.name)} ${c.type.name}`).join(', ')});`)
    lines.push(`COMMENT ON TABLE ${table} IS ${literal(about)};`)
    for (const { name: column, source } of columns)
      if (source?.about)
        lines.push(`COMMENT ON COLUMN ${table}.${ident(column)} IS ${literal(source.about)};`)
  }
  for (const schema of ['public', ...schemas])
    lines.push(
      `GRANT USAGE ON SCHEMA ${ident(schema)} TO ${ROLE};`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA ${ident(schema)} TO ${ROLE};`,
    )
  lines.push(`DO $$
DECLARE f regprocedure;
BEGIN
  FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '${REVOKED.source}' LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
  END LOOP;
END $$;`)
  return lines.join('\n')
}

/** Identifies a database of this definition, made by this version of PGlite. */
export function hashOf(definition: string, version: string): string {
  return createHash('sha256').update(`${version}\n${definition}`).digest('hex').slice(0, 16)
}
