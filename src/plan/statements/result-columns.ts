import type { Shape } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import type { SelectItem, Source } from '../../sql/query.ts'
import type { BoundQuery, ColumnPath, Output } from '../binding/bound.ts'
import { allOrigins, onlyOrigin, typeAt } from '../binding/scope.ts'
import type { PlanColumn } from '../plan.ts'
import type { Checked } from './query.ts'

/** Names as typed, types where a result column is a column or a part of one. */
export function resultColumns(checked: Checked, source: Source): PlanColumn[] {
  const { root, judgement, binder } = checked
  const shapes = outputShapes(checked)
  const items = itemsOf(root, judgement.columns.length)
  return judgement.columns.map((c, i) => {
    const item = items[i]
    const range = item?.expr.range
    const isText = range !== undefined && c.name === binder.splices.render(source, range, false)
    const name = isText
      ? binder.splices.original(source, range)
      : binder.splices.restore(source, c.name, range)
    return { name, type: shapes[i]?.type ?? (item && isJson(item.expr) ? 'json' : 'any') }
  })
}

/** What each result column was written as; undefined for those of `*`, and for all where there is more than one `*`. */
function itemsOf(root: BoundQuery, columns: number): readonly (SelectItem | undefined)[] {
  const { items } = root.cores[0]!.core
  const stars = items.filter(i => i.star).length
  if (stars > 1 || (stars === 0 && items.length !== columns)) return []
  return items.flatMap(i =>
    i.star ? Array.from({ length: Math.max(0, columns - items.length + 1) }, () => undefined) : [i],
  )
}

/** The shapes of the result columns that are columns of a resource, or parts of one. */
export function outputShapes({ root, judgement }: Checked): readonly (Shape | undefined)[] {
  const outputs = root.cores.length === 1 ? root.cores[0]!.outputs : undefined
  return outputs?.length === judgement.columns.length ? outputs.map(shapeOf) : []
}

/** What a column is in all parts of a query; a column of the session's tables without a declared type may hold anything. */
function shapeOf({ from, shape }: Output): Shape | undefined {
  const origins = from && allOrigins(from)
  return origins?.length && origins.every(o => isKnown(o) && typeAt(o) === shape?.type) ? shape : undefined
}

function isKnown(origin: ColumnPath): boolean {
  if (origin.item.kind === 'ref') return true
  return origin.item.kind === 'local' && (origin.path.length > 0 || isKnownType(declaredOf(origin)))
}

/** The declared type of a column of the session's tables. */
function declaredOf({ item, column }: ColumnPath): string | undefined {
  return item.columns!.find(c => c.name === column)?.declared
}

/** Whether a declared type says what is in a column; undefined: the program declared it. */
function isKnownType(declared: string | undefined): boolean {
  return (
    declared === undefined
    || /^json|^timestamp|bool|int|num|dec|real|floa|doub|char|clob|text/i.test(declared)
  )
}

/** Declared types that give a column its affinity and say what is in it when the table is read again. */
const DECLARED: Readonly<Record<PlanColumn['type'], string>> = {
  string: 'TEXT',
  timestamp: 'TIMESTAMP TEXT',
  object: 'JSON TEXT',
  array: 'JSON ARRAY TEXT',
  json: 'JSON TEXT',
  integer: 'INTEGER',
  number: 'NUMERIC',
  boolean: 'BOOLEAN',
  any: '',
}

/** Declared types that give no more than an affinity. */
const AFFINITIES: Readonly<Record<Output['affinity'], string>> = {
  text: 'TEXT',
  numeric: 'NUMERIC',
  none: '',
  mixed: '',
}

/** The types with which a table is declared that is made of a query's rows, so that its columns compare as those of the query do. */
export function declaredTypes(checked: Checked, columns: readonly PlanColumn[]): readonly string[] {
  const { cores } = checked.root
  const outputs = cores.length === 1 ? cores[0]!.outputs : undefined
  return columns.map((c, i) => {
    const output = outputs?.length === columns.length ? outputs[i] : undefined
    const origin = output?.from && onlyOrigin(output.from)
    const declared =
      origin?.item.kind === 'local' && origin.path.length === 0 ? declaredOf(origin) : undefined
    if (declared !== undefined) return declared
    if (c.type !== 'any' || !output) return DECLARED[c.type]
    return AFFINITIES[output.affinity]
  })
}

/** Functions whose result is JSON text (sqlite.org/json1.html). */
const JSON_FUNCTIONS =
  /^(?:json|json_(?:array|object|group_array|group_object|patch|set|insert|replace|remove|quote))$/

const isJson = (e: Expression): boolean => e.kind === 'call' && JSON_FUNCTIONS.test(e.name)
