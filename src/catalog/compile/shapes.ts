import { keyParts } from '../keys.ts'
import type { ConfluentqlError } from '../../errors.ts'
import type { ColumnSource, KeyPath, ShapeInFull, ShapeSource } from './format.ts'
import type { Column, ColumnType, Shape } from '../types.ts'

/** A shape under `types`, with a function for errors in its file. */
export interface NamedShape {
  readonly source: ShapeSource
  readonly wrong: (path: KeyPath, message: string) => ConfluentqlError
}

/** The named shapes available in a file: its own and its provider's. */
export type NamedShapes = ReadonlyMap<string, NamedShape>

const builtIn: ReadonlySet<string> = new Set<ColumnType>([
  'string',
  'timestamp',
  'integer',
  'number',
  'boolean',
  'object',
  'array',
])
/** A type of texts that are days. */
const DATE = 'date'
const depthLimit = 16

/** Resolves a shape; `path` and `wrong` are for errors. */
export function shapeOf(
  source: ShapeSource,
  path: KeyPath,
  types: NamedShapes,
  wrong: NamedShape['wrong'],
  depth = 0,
): Shape {
  if (depth > depthLimit) throw wrong(path, 'is nested too deeply, or a type contains itself')
  const full: ShapeInFull = typeof source === 'string' ? { type: source } : source
  const name = full.type ?? (full.fields ? 'object' : full.items ? 'array' : 'string')
  const base = baseShape(name, path, types, wrong, depth)
  if (full.fields && base.type !== 'object')
    throw wrong([...path, 'fields'], `a value of type ${name} has no fields`)
  if (full.items && base.type !== 'array')
    throw wrong([...path, 'items'], `a value of type ${name} has no items`)
  if (full.secret === 'members' && (base.type !== 'object' || base.fields || full.fields))
    throw wrong([...path, 'secret'], 'only an object whose fields are not listed has secret members')
  return {
    ...base,
    ...(full.fields && {
      fields: { ...base.fields, ...fieldsOf(full.fields, [...path, 'fields'], types, wrong, depth) },
    }),
    ...(full.items && { items: shapeOf(full.items, [...path, 'items'], types, wrong, depth + 1) }),
    ...(full.values && { values: full.values }),
    ...(full.begins && { begins: full.begins }),
    ...(full.secret === true && { secret: true }),
    ...(full.secret === 'members' && { secretMembers: true }),
    ...(full.about && { about: full.about }),
  }
}

function baseShape(
  name: string,
  path: KeyPath,
  types: NamedShapes,
  wrong: NamedShape['wrong'],
  depth: number,
): Shape {
  if (name.endsWith('[]'))
    return { type: 'array', items: shapeOf(name.slice(0, -2), path, types, wrong, depth + 1) }
  if (name === DATE) return { type: 'string', isDate: true }
  if (builtIn.has(name)) return { type: name as ColumnType }
  const named = types.get(name)
  if (!named)
    throw wrong(path, `there is no type ${name}; types are ${[...builtIn, DATE, ...types.keys()].join(', ')}`)
  return shapeOf(named.source, ['types', name], types, named.wrong, depth + 1)
}

function fieldsOf(
  fields: Readonly<Record<string, ShapeSource>>,
  path: KeyPath,
  types: NamedShapes,
  wrong: NamedShape['wrong'],
  depth: number,
): Record<string, Shape> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, source]) => [
      name,
      shapeOf(source, [...path, name], types, wrong, depth + 1),
    ]),
  )
}

/** Resolves the columns at `path`, in their order. */
export function columnsOf(
  columns: Readonly<Record<string, ColumnSource>>,
  path: KeyPath,
  types: NamedShapes,
  wrong: NamedShape['wrong'],
): Column[] {
  const seen = new Set<string>()
  return Object.entries(columns).map(([name, source]) => {
    const here = [...path, name]
    if (seen.has(name.toLowerCase())) throw wrong(here, 'two columns differ by case alone')
    seen.add(name.toLowerCase())
    const { at, or_at: orAt, input, hidden } = typeof source === 'string' ? {} : source
    const column = { name, ...shapeOf(source, here, types, wrong) }
    const place = { ...(at && { at }), ...(orAt && { orAt }) }
    return { ...column, ...place, ...(input && { isInput: input }), ...(hidden && { isHidden: hidden }) }
  })
}

/** The shape at a dotted path into columns; 'open' if an object on the path does not list its fields. */
export function shapeAt(columns: readonly Column[], dotted: string): Shape | 'open' | undefined {
  const [head = '', ...rest] = keyParts(dotted)
  let shape: Shape | undefined = columns.find(column => column.name === head)
  for (const part of rest) {
    if (shape?.type !== 'object') return undefined
    if (!shape.fields || Object.keys(shape.fields).length === 0) return 'open'
    shape = Object.hasOwn(shape.fields, part) ? shape.fields[part] : undefined
  }
  return shape
}
