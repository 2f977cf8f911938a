import type { Body, BodyField, Json, Verb } from '../catalog/types.ts'
import { isJson, type Reading } from './rows.ts'
import { type Schema } from './schemas.ts'
import { bodyNamesOf } from './transforms.ts'
import { entriesOf, member, membersOf, snakeCase, textOf } from './tree.ts'

/**
 * Reads the body of a method.
 * @returns undefined if it takes none; a text that says why it cannot be sent, if it cannot
 */
export function readBody(
  method: unknown,
  operation: unknown,
  verb: Verb,
  reading: Reading,
): Body | string | undefined {
  const request = member(method, 'request')
  const constant = constantOf(request)
  if (typeof constant === 'string') return constant
  const source = reading.references.resolve(member(operation, 'requestBody'))
  if (source === undefined)
    return constant === undefined
      ? undefined
      : { media: 'application/json', kind: 'object', fields: [], constant }
  const isRequired = member(source, 'required') === true
  const { media, schema: written } = bodySchema(method, operation, reading)
  if (media === undefined) return undefined
  if (!isJson(media) && !isForm(media)) return isRequired ? `its body is ${media}` : undefined
  const algorithm = textOf(member(method, 'config', 'requestBodyTranslate', 'algorithm')) ?? ''
  if (algorithm.startsWith('naive_')) return `its body is made by ${algorithm}, which is not supported`
  const template = textOf(member(request, 'transform', 'body'))
  const names = template === undefined ? undefined : bodyNamesOf(template)
  if (template !== undefined && names === undefined)
    return 'its body is made by a template of an unknown form'
  const schema = reading.schemas.read(written)
  const isArray = schema.type === 'array'
  const inner = isArray ? reading.schemas.read(schema.items) : schema
  if (isArray && inner.properties.size === 0) return isRequired ? 'its body is a list of values' : undefined
  if (inner.type !== undefined && inner.type !== 'object')
    return isRequired ? 'its body is no object' : undefined
  const fields = fieldsOf(inner, isRequired, names, constant ?? {}, reading)
  const needed = fields.filter(field => field.required)
  if (verb === 'delete')
    return needed.length === 0
      ? undefined
      : `its body has the required fields ${needed.map(field => field.path).join(', ')}, which a DELETE does not give`
  return {
    media: media === '*/*' ? 'application/json' : media,
    kind: isArray ? 'array' : isForm(media) ? 'form' : 'object',
    fields,
    ...(constant !== undefined && { constant }),
  }
}

/** The media type of the body, and its schema. */
export function bodySchema(
  method: unknown,
  operation: unknown,
  { references }: Reading,
): { readonly media?: string; readonly schema?: unknown } {
  const request = member(method, 'request')
  const content = entriesOf(member(references.resolve(member(operation, 'requestBody')), 'content'))
  const wanted = textOf(member(request, 'mediaType'))
  const [media, found] =
    content.find(([name]) => name === wanted)
    ?? content.find(([name]) => isJson(name))
    ?? content.find(([name]) => isForm(name))
    ?? content[0]
    ?? []
  return media === undefined
    ? {}
    : { media, schema: member(request, 'schema_override') ?? member(found, 'schema') }
}

function isForm(media: string): boolean {
  return /^application\/x-www-form-urlencoded/i.test(media)
}

/** Members that are always sent: `request.base`. */
function constantOf(request: unknown): Readonly<Record<string, Json>> | string | undefined {
  const base = member(request, 'base') ?? member(request, 'default')
  if (base === undefined) return undefined
  try {
    const parsed = membersOf(typeof base === 'string' ? JSON.parse(base) : base)
    if (parsed !== undefined) return parsed as Readonly<Record<string, Json>>
  } catch {
    // said below
  }
  return 'the constant part of its body (request.base) is no JSON object'
}

function fieldsOf(
  schema: Schema,
  isRequired: boolean,
  names: ReadonlyMap<string, string> | undefined,
  constant: Readonly<Record<string, Json>>,
  { schemas, isSnake }: Reading,
): BodyField[] {
  const taken = new Set<string>()
  return [...schema.properties].flatMap(([name, inner]) => {
    const shape = schemas.shape(inner, name)
    const { source } = schemas.read(inner)
    const path = (isSnake ? snakeCase(name) : name).replaceAll('.', '_')
    if (member(source, 'readOnly') === true && member(source, 'x-alwaysRequired') !== true) return []
    if (taken.has(path.toLowerCase())) return []
    taken.add(path.toLowerCase())
    const wire = names?.get(name) ?? name
    const isNeeded = isRequired && schema.required.has(name) && !Object.hasOwn(constant, wire)
    return [
      {
        path,
        ...shape,
        required: isNeeded,
        ...(wire !== path && { wire: [wire] }),
        ...(isNullable(source) && { nullable: true }),
      },
    ]
  })
}

function isNullable(source: unknown): boolean {
  const type = member(source, 'type')
  return member(source, 'nullable') === true || (Array.isArray(type) && type.includes('null'))
}
