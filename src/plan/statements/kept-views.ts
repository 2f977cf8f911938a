import type { View } from '../context.ts'
import { VIEWS_TABLE } from '../names.ts'
import { literal } from '../splice.ts'

/** SQL that keeps the definition of a view. */
export function rememberView(schema: 'main' | 'temp', name: string, kind: string, sql: string): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${schema}.${VIEWS_TABLE} (name TEXT PRIMARY KEY COLLATE NOCASE, kind TEXT NOT NULL, sql TEXT NOT NULL)`,
    `INSERT OR REPLACE INTO ${schema}.${VIEWS_TABLE} VALUES (${literal(name)}, ${literal(kind)}, ${literal(sql)})`,
  ]
}

/** SQL that removes it. */
export function forgetView({ schema, name }: View): string[] {
  return [`DELETE FROM ${schema}.${VIEWS_TABLE} WHERE name = ${literal(name)}`]
}
