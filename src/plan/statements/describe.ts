import { typeName } from '../../catalog/type-name.ts'
import type { BodyField, Method, Param, Resource, Shape } from '../../catalog/types.ts'
import type { Source } from '../../sql/query.ts'
import type { Statement } from '../../sql/statement.ts'
import { findCall } from '../binding/exec.ts'
import { ownNamed, type PlanContext } from '../context.ts'
import { sourceOfKey } from '../key-sources.ts'
import { targetResource } from '../names.ts'
import type { RowsPlan } from '../plan.ts'
import { listing, type Rows } from './listing.ts'

type Describe = Extract<Statement, { kind: 'describe' }>

/** Plans DESCRIBE: the columns of a resource, or the inputs and outputs of a method. Undefined for a table or view. */
export function planDescribe(s: Describe, source: Source, context: PlanContext): RowsPlan | undefined {
  if (s.method) return describeMethod(s, source, context)
  const full = s.target.parts.join('.').toLowerCase()
  if (
    ownNamed(s.target.parts, context.tables)
    || ownNamed(s.target.parts, context.views)
    || (context.provider && context.views.has(`${context.provider}.${full}`))
  )
    return undefined
  const resource = targetResource(s.target, source, context)
  const rows = resource.columns
    .filter(c => s.extended || !c.isHidden)
    .map(c => columnRow(c.name, typeName(c), c, aboutKey(c.about, c.name, resource)))
  return columnListing(rows, s.extended)
}

/** A row of DESCRIBE EXTENDED. */
export const columnRow = (
  name: string,
  type: string | null,
  shape: Partial<Shape> = {},
  about = shape.about ?? null,
): Rows[number] => [name, type, about, shape.values?.join(', ') ?? null, fieldList(shape)]

/** The rows of DESCRIBE EXTENDED, or what DESCRIBE shows of them. */
export const columnListing = (rows: Rows, extended: boolean): RowsPlan =>
  listing(
    ['name', 'type', 'description', ...(extended ? ['values', 'fields'] : [])],
    rows.map(r => (extended ? r : r.slice(0, 3))),
  )

/** The fields of an object column, or of the objects of an array, with their types: `owner.id string, owner.kind string`. */
function fieldList(column: Partial<Shape>): string | null {
  const below = ({ fields }: Partial<Shape>, path: string): string[] =>
    Object.entries(fields ?? {}).flatMap(([k, v]) =>
      v.fields ? below(v, `${path}${k}.`) : [`${path}${k} ${v.type}`],
    )
  const names = below(column.type === 'array' && column.items ? column.items : column, '')
  return names.length > 0 ? names.join(', ') : null
}

function describeMethod(s: Describe, source: Source, context: PlanContext): RowsPlan {
  const { resource, method } = findCall(s.target, source, context)
  const aboutParam = ({ about, column, name }: Param): string | null =>
    method.verb === 'select' ? aboutKey(about, column ?? name, resource) : (about ?? null)
  const inputs = (required: boolean): Rows => [
    ...method.params
      .filter(p => p.required === required)
      .map(p => inputRow(p.name, p, required, aboutParam(p))),
    ...(method.body?.fields ?? [])
      .filter(f => f.required === required)
      .map(f => inputRow(f.path, f, required)),
  ]
  const outputs =
    method.rows && (method.columns || method.verb !== 'exec')
      ? (method.columns ?? resource.columns)
          .filter(c => !c.isInput && (s.extended || !c.isHidden))
          .map(c => [c.name, typeName(c), 'output', shapeText(c), c.about ?? null])
      : []
  const rows = [...inputs(true), ...inputs(false), ...outputs]
  const names = ['name', 'type', 'param_type', 'shape', 'description']
  return listing(
    s.extended ? names : names.slice(0, 4),
    rows.map(r => (s.extended ? r : r.slice(0, 4))),
  )
}

/** The row of an input. */
function inputRow(
  name: string,
  shape: BodyField | Param,
  required: boolean,
  about = shape.about ?? null,
): Rows[number] {
  return [
    name,
    'json' in shape ? 'json' : shape.type,
    required ? 'input_required' : 'input_optional',
    shapeText(shape),
    about,
  ]
}

/** A description, with the parent that gives the key if a SELECT does not. */
function aboutKey(about: string | undefined, key: string, resource: Resource): string | null {
  const source = sourceOfKey(resource, key)
  if (source === undefined) return about ?? null
  const each = `each ${source} if it is not given`
  return about === undefined ? each : `${about}; ${each}`
}

/** The fields of an object, the elements of an array, or the known values. */
function shapeText(shape: Shape | Param | Method): string {
  if ('fields' in shape && shape.fields)
    return `{${Object.entries(shape.fields)
      .map(([k, v]) => `${k}: ${v.fields ? shapeText(v) : v.type}`)
      .join(', ')}}`
  if ('items' in shape && shape.items)
    return `[${shape.items.fields ? shapeText(shape.items) : shape.items.type}]`
  return 'values' in shape && shape.values ? shape.values.join(' | ') : ''
}
