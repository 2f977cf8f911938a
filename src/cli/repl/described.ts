import type { ColumnType, Shape, Value } from '../../catalog/types.ts'
import type { KnownColumn } from './session-info.ts'

const TYPES: ReadonlySet<unknown> = new Set<ColumnType>([
  'string',
  'timestamp',
  'integer',
  'number',
  'boolean',
  'object',
  'array',
])

/** The columns in the rows of DESCRIBE EXTENDED, with the fields of objects and the known values. */
export function describedColumns(rows: readonly (readonly Value[])[]): KnownColumn[] {
  return rows
    .slice(0, rows.findIndex(([name]) => String(name).startsWith('#')) >>> 0)
    .map(([name, type, , values, fields]) => ({
      name: String(name),
      shape: {
        type: typeOf(type),
        ...(typeof values === 'string' && { values: values.split(', ') }),
        ...(typeof fields === 'string' && type === 'object' && { fields: fieldsOf(fields.split(', ')) }),
      },
    }))
}

const typeOf = (text: Value | undefined): ColumnType => (TYPES.has(text) ? (text as ColumnType) : 'string')

/** Fields by name, of `owner.id string` and the like. */
function fieldsOf(leaves: readonly string[]): Record<string, Shape> {
  const groups = new Map<string, string[]>()
  for (const leaf of leaves) {
    const [, name = '', rest = ''] = /^([^. ]+)[. ](.*)$/.exec(leaf) ?? []
    groups.set(name, [...(groups.get(name) ?? []), rest])
  }
  return Object.fromEntries(
    [...groups].map(([name, rests]) => [
      name,
      TYPES.has(rests[0]) ? { type: typeOf(rests[0]) } : { type: 'object', fields: fieldsOf(rests) },
    ]),
  )
}
