import type { Shape } from '../../catalog/types.ts'
import type { TableShape } from '../../plan/context.ts'
import { quote } from '../../plan/splice.ts'

/** Declared types, which give each column the affinity for comparing its values (sqlite.org/datatype3.html). */
const DECLARED: Readonly<Record<Shape['type'], string>> = {
  string: 'TEXT',
  timestamp: 'TEXT',
  object: 'TEXT',
  array: 'TEXT',
  integer: 'INTEGER',
  number: 'REAL',
  boolean: 'NUMERIC',
}

/** The statement that creates the empty table of a scan. */
export function createTableSql({ name, columns }: TableShape): string {
  const declared = columns.map(c => `${quote(c.name)} ${DECLARED[c.shape.type]}`)
  return `CREATE TEMP TABLE ${quote(name)} (${declared.join(', ') || '"-" TEXT'})`
}

/** The shape for a column's declared type. */
export function shapeOf(declared: string): Shape {
  return declared.startsWith('DATE ') ? { type: 'string', isDate: true } : { type: typeOf(declared) }
}

function typeOf(declared: string): Shape['type'] {
  if (declared.startsWith('JSON')) return declared.includes('ARRAY') ? 'array' : 'object'
  if (declared.startsWith('TIMESTAMP')) return 'timestamp'
  if (/bool/i.test(declared)) return 'boolean'
  if (/int|^whole number/i.test(declared)) return 'integer'
  return /num|dec|real|floa|doub/i.test(declared) ? 'number' : 'string'
}
