import { InvalidSchema, jsonIn, sorted, type ReadSchema } from './format.ts'

type Schema = Readonly<Record<string, unknown>>

interface JsonSchema extends ReadSchema {
  readonly schema: Schema | boolean
}

const TYPES = new Set(['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'])
const LISTS = ['allOf', 'anyOf', 'oneOf'] as const
const MAPS = ['properties', 'patternProperties', 'definitions', '$defs'] as const
const SINGLE = ['additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames'] as const

/** Reads a JSON Schema: its keywords must have values of their kind. */
export function readJsonSchema(text: string): JsonSchema {
  const schema = checked(jsonIn(text), '#')
  return {
    text: JSON.stringify(schema),
    identity: sorted(schema),
    schema,
    conflicts: writer => conflictsOf(schema, (writer as JsonSchema).schema, '#'),
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function checked(value: unknown, at: string): Schema | boolean {
  if (typeof value === 'boolean') return value
  if (!isSchema(value)) throw new InvalidSchema(`${at} is no schema: ${JSON.stringify(value)}`)
  const refuse = (keyword: string, kind: string): never => {
    throw new InvalidSchema(`${at}/${keyword} must be ${kind}`)
  }
  const types = typesOf(value)
  if (!types.every(type => TYPES.has(type))) refuse('type', `of ${[...TYPES].join(', ')}`)
  for (const keyword of ['required', 'enum'] as const)
    if (value[keyword] !== undefined && !Array.isArray(value[keyword])) refuse(keyword, 'a list')
  for (const keyword of LISTS) {
    const list = value[keyword] ?? []
    if (!Array.isArray(list)) refuse(keyword, 'a list')
    for (const [index, one] of (list as readonly unknown[]).entries())
      checked(one, `${at}/${keyword}/${index}`)
  }
  for (const keyword of MAPS) {
    const map = value[keyword] ?? {}
    if (!isSchema(map)) refuse(keyword, 'an object')
    for (const [name, one] of Object.entries(map as Schema)) checked(one, `${at}/${keyword}/${name}`)
  }
  for (const keyword of SINGLE) if (value[keyword] !== undefined) checked(value[keyword], `${at}/${keyword}`)
  const items = value.items ?? []
  for (const one of Array.isArray(items) ? items : [items]) checked(one, `${at}/items`)
  return value
}

function typesOf({ type }: Schema): readonly string[] {
  if (type === undefined) return []
  return Array.isArray(type) ? type.map(String) : [String(type)]
}

/** Why a document that the writer's schema accepts may not be accepted by the reader's. */
function conflictsOf(reader: Schema | boolean, writer: Schema | boolean, at: string): readonly string[] {
  if (reader === true) return []
  if (reader === false) return writer === false ? [] : [`nothing is accepted at ${at}`]
  if (typeof writer === 'boolean')
    return writer && Object.keys(reader).length > 0 ? [`TYPE_NARROWED at ${at}`] : []
  const found: string[] = []
  const types = typesOf(reader)
  const reads = (type: string): boolean =>
    types.includes(type) || (type === 'integer' && types.includes('number'))
  const lost = typesOf(writer).filter(type => types.length > 0 && !reads(type))
  if (lost.length > 0 || (types.length > 0 && typesOf(writer).length === 0))
    found.push(`TYPE_CHANGED at ${at}`)
  if (Array.isArray(reader.enum)) {
    const values = new Set(reader.enum.map(sorted))
    const before = Array.isArray(writer.enum) ? writer.enum.map(sorted) : undefined
    if (before?.every(value => values.has(value)) !== true) found.push(`ENUM_ARRAY_NARROWED at ${at}`)
  }
  if (isSchema(reader.items) && isSchema(writer.items))
    found.push(...conflictsOf(reader.items, writer.items, `${at}/items`))
  return [...found, ...ofProperties(reader, writer, at)]
}

function ofProperties(reader: Schema, writer: Schema, at: string): readonly string[] {
  const [now, before] = [propertiesOf(reader), propertiesOf(writer)]
  const [isOpen, wasOpen] = [reader.additionalProperties !== false, writer.additionalProperties !== false]
  const found = Object.entries(now).flatMap(([name, schema]) => {
    const old = before[name]
    const place = `${at}/properties/${name}`
    if (old !== undefined) return conflictsOf(schema, old, place)
    return wasOpen && schema !== true && sorted(schema) !== '{}'
      ? [`PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL at ${place}`]
      : []
  })
  const required = (schema: Schema): readonly unknown[] =>
    Array.isArray(schema.required) ? schema.required : []
  for (const name of required(reader)) {
    const property = now[String(name)]
    const hasDefault = isSchema(property) && Object.hasOwn(property, 'default')
    if (!required(writer).includes(name) && !hasDefault)
      found.push(`REQUIRED_ATTRIBUTE_ADDED at ${at}/required/${String(name)}`)
  }
  if (!isOpen)
    for (const name of Object.keys(before))
      if (now[name] === undefined)
        found.push(`PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL at ${at}/properties/${name}`)
  if (wasOpen && !isOpen) found.push(`ADDITIONAL_PROPERTIES_REMOVED at ${at}`)
  return found
}

function propertiesOf({ properties }: Schema): Readonly<Record<string, Schema | boolean>> {
  return isSchema(properties) ? (properties as Readonly<Record<string, Schema | boolean>>) : {}
}
