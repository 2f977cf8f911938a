import type { Shape } from '../../catalog/types.ts'
import type { PlanContext, TableShape } from '../context.ts'
import type { PlanColumn } from '../plan.ts'
import { literal } from '../splice.ts'
import { maskedOutputs } from '../secrets/checks.ts'
import type { Checked } from './query.ts'
import { outputShapes } from './result-columns.ts'

/** Where it is kept what the objects in columns of snapshots look like, as JSON of a Shape. */
export const SHAPES_TABLE = 'confluentql_shapes'

/** The shapes of the columns of a snapshot; what is made of a masked secret is one there, so that nobody compares it. */
export function shapesOf(
  checked: Checked,
  columns: readonly PlanColumn[],
  context: PlanContext,
): readonly (Shape | undefined)[] {
  const shapes = outputShapes(checked)
  const masked = maskedOutputs(checked.binder, checked.root, columns.length, shapes, context)
  return columns.map((_, i) =>
    masked.includes(i) ? { type: shapes[i]?.type ?? 'string', secret: true } : shapes[i],
  )
}

export function rememberShapes(
  schema: string,
  table: string,
  columns: readonly PlanColumn[],
  shapes: readonly (Shape | undefined)[],
): string[] {
  const rows = columns.flatMap((c, i) => {
    const shape = shapes[i] && keptShape(shapes[i])
    return shape?.fields || shape?.items || shape?.secret
      ? [`(${[table, c.name, JSON.stringify(shape)].map(literal).join(', ')})`]
      : []
  })
  if (rows.length === 0) return []
  return [
    `CREATE TABLE IF NOT EXISTS ${schema}.${SHAPES_TABLE} (table_name TEXT, column_name TEXT, shape TEXT NOT NULL)`,
    `INSERT INTO ${schema}.${SHAPES_TABLE} VALUES ${rows.join(', ')}`,
  ]
}

/** Marks columns of a table that are given masked secrets. */
export function rememberMasked(table: TableShape, names: readonly string[]): string[] {
  const columns = table.columns.filter(
    c => !c.shape.secret && names.some(n => n.toLowerCase() === c.name.toLowerCase()),
  )
  const shapes = columns.map((c): Shape => ({ type: c.shape.type, secret: true }))
  return rememberShapes(
    table.schema ?? 'main',
    table.name,
    columns.map(c => ({ name: c.name, type: c.shape.type })),
    shapes,
  )
}

export function forgetShapes(name: string, { tables }: PlanContext): string[] {
  const table = tables.get(name.toLowerCase())
  if (!table?.columns.some(c => c.shape.fields || c.shape.items || c.shape.secret)) return []
  return [
    `DELETE FROM ${table.schema ?? 'main'}.${SHAPES_TABLE} WHERE lower(table_name) = lower(${literal(table.name)})`,
  ]
}

/** A shape without what is said about it. */
function keptShape({ type, fields, items, secret }: Shape): Shape {
  const below = fields && Object.fromEntries(Object.entries(fields).map(([name, f]) => [name, keptShape(f)]))
  return {
    type,
    ...(below && { fields: below }),
    ...(items && { items: keptShape(items) }),
    ...(secret && { secret }),
  }
}
