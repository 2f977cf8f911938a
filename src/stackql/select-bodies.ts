import type { Body, BodyField } from '../catalog/types.ts'
import { asksForPages, type PageParam } from './paging.ts'
import type { Inputs, ParamDraft } from './params.ts'
import { freeName, type Reading } from './rows.ts'
import { scalarType } from './schemas.ts'

/** The inputs of a SELECT by POST: the fields of its body are parameters, which WHERE gives. */
export function withBodyParams(inputs: Inputs, fields: readonly BodyField[]): Inputs {
  const taken = new Map(inputs.params.map(param => [param.name.toLowerCase(), param]))
  for (const field of fields) {
    const name = freeName(field.path, taken)
    taken.set(name.toLowerCase(), paramOf(field, name))
  }
  return { ...inputs, params: [...taken.values()] }
}

/** The body without its fields: its members are the parameters, and those that are always sent. */
export function withoutFields(body: Body): Body {
  return { ...body, fields: [] }
}

function paramOf(field: BodyField, name: string): ParamDraft {
  const wire = wireOf(field)
  const type = scalarType(field.type)
  return {
    name,
    in: 'body',
    ...(wire !== name && { wire }),
    type: type ?? 'string',
    ...(type === undefined && { json: field.type as 'object' | 'array' }),
    required: field.required,
    ...(field.values && type !== undefined && { values: field.values }),
    ...(field.about !== undefined && { about: field.about }),
    isList: false,
  }
}

/** The fields that paging may use, with their schemas among the properties of the body. */
export function pageFields(
  fields: readonly BodyField[],
  properties: ReadonlyMap<string, unknown>,
  { references }: Reading,
): PageParam[] {
  return fields
    .filter(({ type }) => type !== 'object' && type !== 'array')
    .map(field => {
      const wire = wireOf(field)
      return { wire, schema: references.resolve(properties.get(wire)), about: field.about }
    })
}

/** A member of a nested object of the body that controls paging, such as `page.cursor`. This form of paging is not supported. */
export function innerPageField(fields: readonly BodyField[]): string | undefined {
  const found = fields.flatMap(field =>
    /^(?:page|paging|pagination|cursor)$/i.test(wireOf(field))
      ? Object.keys(field.fields ?? {})
          .filter(asksForPages)
          .map(name => `${wireOf(field)}.${name}`)
      : [],
  )
  return found[0]
}

function wireOf({ path, wire }: BodyField): string {
  return wire?.[0] ?? path
}
