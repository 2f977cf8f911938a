import type { Shape } from '../../catalog/types.ts'
import type { ColumnPath } from '../binding/bound.ts'
import { impliedPath } from '../binding/fields.ts'
import type { PlanContext, TableShape } from '../context.ts'
import type { PlanColumn } from '../plan.ts'
import { SHAPES_TABLE } from '../names.ts'
import { literal } from '../splice.ts'
import { maskedOutputs } from '../secrets/checks.ts'
import type { CheckedQuery } from './query.ts'
import { outputShapes } from './result-columns.ts'

/** The shapes of the columns of a snapshot. A column computed from masked secrets is marked as a secret, so it cannot be compared. */
export function shapesOf(
  checked: CheckedQuery,
  columns: readonly PlanColumn[],
  context: PlanContext,
): readonly (Shape | undefined)[] {
  const shapes = outputShapes(checked)
  const outputs = checked.root.cores[0]!.outputs
  const masked = maskedOutputs(checked.binder, checked.root, columns.length, shapes, context)
  return columns.map((_, i) => {
    const [shape, from] = [shapes[i], outputs?.[i]?.from]
    if (masked.includes(i)) return { type: shape?.type ?? 'string', secret: true }
    return shape && from ? withMeanings(from, shape) : shape
  })
}

/** A shape with the fields that objects in it mean where they are compared with scalars. */
function withMeanings(of: ColumnPath, shape: Shape): Shape {
  if (!shape.fields) return shape
  const { path } = impliedPath(of, shape)
  const fields = Object.entries(shape.fields).map(
    ([name, field]) => [name, withMeanings({ ...of, path: [...of.path, name] }, field)] as const,
  )
  return { ...shape, fields: Object.fromEntries(fields), ...(path.length > 0 && { means: path }) }
}

/** SQL that keeps the shapes of the columns of a table. */
export function rememberShapes(
  schema: string,
  table: string,
  columns: readonly PlanColumn[],
  shapes: readonly (Shape | undefined)[],
): string[] {
  const rows = columns.flatMap((c, i) => {
    const shape = shapes[i] && bareShape(shapes[i])
    return shape && isRemembered(shape)
      ? [`(${[table, c.name, JSON.stringify(shape)].map(literal).join(', ')})`]
      : []
  })
  if (rows.length === 0) return []
  return [
    `CREATE TABLE IF NOT EXISTS ${schema}.${SHAPES_TABLE} (table_name TEXT, column_name TEXT, shape TEXT NOT NULL)`,
    `INSERT INTO ${schema}.${SHAPES_TABLE} VALUES ${rows.join(', ')}`,
  ]
}

/** SQL that marks the columns of a table that receive masked secrets. */
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

/** SQL that deletes the shapes of a table. */
export function forgetShapes(name: string, { tables }: PlanContext): string[] {
  const table = tables.get(name.toLowerCase())
  if (!table?.columns.some(c => isRemembered(c.shape))) return []
  return [
    `DELETE FROM ${table.schema ?? 'main'}.${SHAPES_TABLE} WHERE lower(table_name) = lower(${literal(table.name)})`,
  ]
}

/** Whether a shape says more than the declared type of a column. */
function isRemembered({ fields, items, secret, secretMembers }: Shape): boolean {
  return fields !== undefined || items !== undefined || secret === true || secretMembers === true
}

/** A shape without its description. */
function bareShape({ type, fields, items, secret, secretMembers, means }: Shape): Shape {
  const below = fields && Object.fromEntries(Object.entries(fields).map(([name, f]) => [name, bareShape(f)]))
  return {
    type,
    ...(below && { fields: below }),
    ...(items && { items: bareShape(items) }),
    ...(secret && { secret }),
    ...(secretMembers && { secretMembers }),
    ...(means && { means }),
  }
}
