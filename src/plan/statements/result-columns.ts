import { typeName } from '../../catalog/type-name.ts'
import type { Shape } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import type { SelectItem, Source } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import type { BoundQuery, ColumnPath, RelationColumn, Output, ValueType } from '../binding/bound.ts'
import { affinityOfType, isRealType } from '../binding/outputs.ts'
import { onlyOrigin, originsOfParts } from '../binding/origins.ts'
import { DATETIME } from '../binding/declared-kinds.ts'
import { isDatetime, JSON_FUNCTIONS, typeOfOutput } from '../binding/value-types.ts'
import { columnNamed } from '../binding/columns.ts'
import type { Validation } from '../context.ts'
import type { PlanColumn } from '../plan.ts'
import type { CheckedQuery } from './query.ts'

/** The result columns of a query, and the types of those that are columns, parts of columns, or conditions. */
export function resultColumns(checked: CheckedQuery): PlanColumn[] {
  const { root, validation, names } = checked
  const shapes = outputShapes(checked)
  const items = selectItems(root, validation.columns.length)
  return names.map((name, i) => {
    const item = items[i]
    const isBoolean = typeOfOutput(root, i) === 'boolean'
    const computed = isBoolean ? 'boolean' : item && isJson(item.expr) ? 'json' : 'any'
    const shape = shapes[i]
    return { name, type: shape ? typeName(shape) : computed }
  })
}

/** The names of result columns as typed; SQLite gives those of the replaced text. */
export function resultNames(
  { splices }: Binder,
  root: BoundQuery,
  columns: Validation['columns'],
  source: Source,
): string[] {
  const items = selectItems(root, columns.length)
  return columns.map((c, i) => {
    const range = items[i]?.expr.range
    const isText = range !== undefined && c.name === splices.render(source, range, false)
    return isText ? splices.original(source, range) : splices.restore(source, c.name, range)
  })
}

/** The select item of each result column; undefined for those of `*`. Empty if there is more than one `*`. */
function selectItems(root: BoundQuery, columns: number): readonly (SelectItem | undefined)[] {
  const { items } = root.cores[0]!.core
  const stars = items.filter(i => i.star).length
  if (stars > 1 || (stars === 0 && items.length !== columns)) return []
  return items.flatMap(i =>
    i.star ? Array.from({ length: Math.max(0, columns - items.length + 1) }, () => undefined) : [i],
  )
}

/** The shapes of the result columns that are columns of a resource, or parts of columns. */
export function outputShapes({ root, validation }: CheckedQuery): readonly (Shape | undefined)[] {
  const outputs = root.cores.length === 1 ? root.cores[0]!.outputs : undefined
  return outputs?.length === validation.columns.length ? outputs.map(shapeOf) : []
}

/** The shape of a result column, if every part of the query takes it from a column of the same type. */
function shapeOf({ from, shape }: Output): Shape | undefined {
  const parts = from ? originsOfParts(from) : []
  const types = new Set(parts.map(part => part && isTyped(part) && typeAt(part)))
  return types.size === 1 && !types.has(undefined) && !types.has(false) ? shape : undefined
}

/** A column of the session's tables without a declared type may hold anything. */
function isTyped(part: ColumnPath): boolean {
  if (part.relation.kind === 'ref') return true
  return part.relation.kind === 'local' && (part.path.length > 0 || isKnownType(columnOf(part)?.declared))
}

function typeAt(part: ColumnPath): Shape['type'] | undefined {
  return part.path.reduce<Shape | undefined>((at, field) => at?.fields?.[field], columnOf(part)?.shape)?.type
}

const columnOf = ({ relation, column }: ColumnPath): RelationColumn | undefined =>
  columnNamed(relation, column)

/** Whether a declared type tells what a column contains; undefined means that the provider file does. */
function isKnownType(declared: string | undefined): boolean {
  return (
    declared === undefined
    || /^json|^timestamp|bool|int|num|dec|real|floa|doub|char|clob|text|^string/i.test(declared)
  )
}

/** Declared types for columns of snapshots: they give the affinity, and the type when the table is read again. */
const DECLARED: Readonly<Record<PlanColumn['type'], string>> = {
  string: 'TEXT',
  timestamp: 'TIMESTAMP TEXT',
  date: 'DATE TEXT',
  object: 'JSON TEXT',
  array: 'JSON ARRAY TEXT',
  json: 'JSON VALUE TEXT',
  integer: 'INTEGER',
  number: 'REAL',
  boolean: 'BOOLEAN',
  any: '',
}

/**
 * The declared types for a table of a query's rows, whose columns then compare as those of the query do. A column of a
 * compound query has the type of its first part if all parts have the same affinity, or else none.
 */
export function declaredTypes(checked: CheckedQuery, columns: readonly PlanColumn[]): readonly string[] {
  const { cores } = checked.root
  return columns.map((c, i) => {
    const computed = typeOfOutput(checked.root, i)
    const types = cores.map(({ outputs }) =>
      outputs?.length === columns.length ? declaredType(outputs[i]!, c.type, computed) : DECLARED[c.type],
    )
    if (isDatetime(checked.root, i) && types.every(t => t === COMPUTED.string)) return DATETIME
    return new Set(types.map(affinityOfType)).size === 1 ? types[0]! : ''
  })
}

/** Declared types for computed values, which have no affinity; BLOB in the type keeps it so. */
const COMPUTED: Readonly<Partial<Record<PlanColumn['type'], string>>> = {
  string: 'STRING BLOB',
  timestamp: 'TIMESTAMP BLOB',
  integer: 'WHOLE NUMBER BLOB',
  number: 'NUMBER BLOB',
  boolean: 'BOOLEAN BLOB',
}

function declaredType(output: Output, type: PlanColumn['type'], computed: ValueType | undefined): string {
  const { from } = output
  const origin = from && onlyOrigin(from)
  const isLocal = origin?.relation.kind === 'local' && origin.path.length === 0
  const inherited = from?.path.length === 0 ? columnOf(from)?.declared : undefined
  const declared = output.declared ?? (isLocal ? columnOf(origin)?.declared : inherited)
  if (declared !== undefined) return declared
  if (type === 'boolean' && output.affinity === 'none') return COMPUTED.boolean!
  if (type === 'number' && from && originsOfParts(from).some(isExactNumber)) return 'NUMERIC'
  if (type !== 'any') return DECLARED[type]
  if (output.affinity === 'none') return (computed && COMPUTED[computed]) ?? ''
  return output.affinity === 'text' ? 'TEXT' : computed === 'integer' ? DECLARED.integer : 'NUMERIC'
}

/** Whether a column of a table of the session may hold integers that REAL would round. */
const isExactNumber = (part: ColumnPath | undefined): boolean =>
  part?.relation.kind === 'local' && part.path.length === 0 && !isRealType(columnOf(part)?.declared ?? '')

const isJson = (e: Expression): boolean => e.kind === 'call' && JSON_FUNCTIONS.test(e.name)
