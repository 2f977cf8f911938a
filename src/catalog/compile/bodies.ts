import type { BodyFieldSource, KeyPath, MethodSource } from './format.ts'
import type { Surroundings } from './methods.ts'
import { shapeAt, shapeOf } from './shapes.ts'
import type { Body, BodyField, Shape } from '../types.ts'

/** Compiles the body of the method at `path` of the file. */
export function bodyOf(
  method: MethodSource,
  fields: Readonly<Record<string, BodyFieldSource>>,
  path: KeyPath,
  around: Surroundings,
): Body {
  const kind = method.body_kind ?? 'object'
  const media =
    method.body_media ?? (kind === 'form' ? 'application/x-www-form-urlencoded' : 'application/json')
  const here = [...path, 'body']
  for (const [name, source] of Object.entries(fields)) checkTests(name, source, fields, here, around)
  return {
    media,
    kind,
    ...(method.body_constant && { constant: method.body_constant }),
    fields: Object.entries(fields).map(([name, source]) => bodyField(name, source, [...here, name], around)),
  }
}

/** Checks that `text_when` and `base64_when` refer to fields of the body. */
function checkTests(
  name: string,
  source: BodyFieldSource,
  fields: Readonly<Record<string, BodyFieldSource>>,
  path: KeyPath,
  { wrong }: Surroundings,
): void {
  if (typeof source === 'string') return
  for (const key of ['text_when', 'base64_when'] as const) {
    if (source[key] && source.type !== 'json')
      throw wrong([...path, name, key], 'is for a field of type json')
    const unknown = Object.keys(source[key] ?? {}).find(f => !Object.hasOwn(fields, f))
    if (unknown !== undefined) throw wrong([...path, name, key], `there is no field ${unknown}`)
  }
}

function bodyField(name: string, source: BodyFieldSource, path: KeyPath, around: Surroundings): BodyField {
  if (typeof source === 'string') {
    const shape = shapeAt(around.columns, name)
    if (shape === undefined)
      throw around.wrong(path, `no column has the path ${name}, so its type must be given`)
    return {
      path: name,
      ...(shape === 'open' ? { type: 'string' } : shapeOnly(shape)),
      required: source === 'required',
    }
  }
  const { required = false, nullable, wire, text_when: textWhen, base64_when: base64When, ...shape } = source
  if (wire && wire.length !== name.split('.').length)
    throw around.wrong([...path, 'wire'], 'has a name for each part of the path')
  const flags = { required, ...(wire && { wire }), ...(nullable && { nullable }) }
  if (shape.type === 'json') {
    const { about, secret } = shape
    const json = { ...(textWhen && { textWhen }), ...(base64When && { base64When }) }
    return {
      path: name,
      type: 'string',
      json,
      ...(secret === true && { secret }),
      ...(about && { about }),
      ...flags,
    }
  }
  const column = shapeAt(around.columns, name)
  if (column === undefined || column === 'open' || shape.type !== undefined || shape.fields || shape.items) {
    return { path: name, ...shapeOf(shape, path, around.types, around.wrong), ...flags }
  }
  return { path: name, ...shapeOnly(column), ...shape, ...flags } as BodyField
}

/** The shape of a column, without its other members. */
function shapeOnly(shape: Shape): Shape {
  const { type, fields, items, values, secret, about } = shape
  const parts = { ...(fields && { fields }), ...(items && { items }), ...(values && { values }) }
  return { type, ...parts, ...(secret && { secret }), ...(about && { about }) }
}
