import { conflictsOf } from './avro-resolution.ts'
import { InvalidSchema, jsonIn, sorted, type ReadSchema, type Referenced } from './format.ts'

export interface AvroField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: AvroType
  readonly hasDefault: boolean
}

/** A type of an Avro schema. The fields of a record are set after its creation, since they may refer to it. */
export type AvroType =
  | { readonly kind: 'primitive'; readonly name: string }
  | {
      readonly kind: 'record'
      readonly name: string
      readonly aliases: readonly string[]
      fields: readonly AvroField[]
    }
  | {
      readonly kind: 'enum'
      readonly name: string
      readonly symbols: readonly string[]
      readonly hasDefault: boolean
    }
  | { readonly kind: 'fixed'; readonly name: string; readonly size: number }
  | { readonly kind: 'array' | 'map'; readonly of: AvroType }
  | { readonly kind: 'union'; readonly types: readonly AvroType[] }

export interface AvroSchema extends ReadSchema {
  readonly type: AvroType
}

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])
const NAME = /^[A-Za-z_]\w*$/

/** Reads an Avro schema; names of the referenced schemas are known in it. */
export function readAvro(text: string, references: readonly Referenced[]): AvroSchema {
  const names = new Map<string, AvroType>()
  // a name may be written without JSON's quotes
  const jsonOf = (one: string): unknown => (PRIMITIVES.has(one.trim()) ? one.trim() : jsonIn(one))
  for (const reference of references) typeIn(jsonOf(reference.text), '', names)
  const json = jsonOf(text)
  const type = typeIn(json, '', names)
  const schema: AvroSchema = {
    text: JSON.stringify(json),
    identity: sorted(json),
    type,
    conflicts: writer => conflictsOf(type, (writer as AvroSchema).type),
  }
  return schema
}

type Members = Readonly<Record<string, unknown>>

function typeIn(json: unknown, namespace: string, names: Map<string, AvroType>): AvroType {
  if (typeof json === 'string') return named(json, namespace, names)
  if (Array.isArray(json))
    return { kind: 'union', types: json.map(one => typeIn(one as unknown, namespace, names)) }
  if (typeof json !== 'object' || json === null) throw new InvalidSchema(`no schema: ${JSON.stringify(json)}`)
  const members = json as Members
  const type: unknown = members.type
  if (type === undefined) throw new InvalidSchema(`no type: ${JSON.stringify(json)}`)
  switch (type) {
    case 'record':
    case 'error':
      return recordIn(members, namespace, names)
    case 'enum':
    case 'fixed':
      return definedIn(members, namespace, names)
    case 'array':
    case 'map': {
      const of = members[type === 'array' ? 'items' : 'values']
      if (of === undefined) throw new InvalidSchema(`no ${type === 'array' ? 'items' : 'values'} of ${type}`)
      return { kind: type as 'array' | 'map', of: typeIn(of, namespace, names) }
    }
    default:
      return typeIn(type, namespace, names)
  }
}

function named(name: string, namespace: string, names: ReadonlyMap<string, AvroType>): AvroType {
  if (PRIMITIVES.has(name)) return { kind: 'primitive', name }
  const found =
    names.get(name.includes('.') || namespace === '' ? name : `${namespace}.${name}`) ?? names.get(name)
  if (found === undefined) throw new InvalidSchema(`"${name}" is not a defined name`)
  return found
}

function recordIn(members: Members, outer: string, names: Map<string, AvroType>): AvroType {
  const name = fullName(members, outer)
  const { fields } = members
  if (!Array.isArray(fields)) throw new InvalidSchema(`record ${name} has no fields`)
  const record: AvroType & { kind: 'record' } = {
    kind: 'record',
    name,
    aliases: textsIn(members.aliases),
    fields: [],
  }
  define(names, name, record)
  const namespace = name.split('.').slice(0, -1).join('.')
  record.fields = (fields as readonly unknown[]).map(one => {
    const field = typeof one === 'object' && one !== null ? (one as Members) : {}
    if (typeof field.name !== 'string' || !NAME.test(field.name))
      throw new InvalidSchema(`a field of ${name} has no valid name: ${JSON.stringify(one)}`)
    if (field.type === undefined) throw new InvalidSchema(`field ${field.name} of ${name} has no type`)
    return {
      name: field.name,
      aliases: textsIn(field.aliases),
      type: typeIn(field.type, namespace, names),
      hasDefault: Object.hasOwn(field, 'default'),
    }
  })
  const twice = record.fields.find(
    (field, i) => record.fields.findIndex(({ name: other }) => other === field.name) < i,
  )
  if (twice !== undefined) throw new InvalidSchema(`record ${name} has two fields ${twice.name}`)
  return record
}

function definedIn(members: Members, outer: string, names: Map<string, AvroType>): AvroType {
  const name = fullName(members, outer)
  const { symbols, size } = members
  if (members.type === 'fixed') {
    if (typeof size !== 'number') throw new InvalidSchema(`fixed ${name} has no size`)
    return define(names, name, { kind: 'fixed', name, size })
  }
  if (!Array.isArray(symbols)) throw new InvalidSchema(`enum ${name} has no symbols`)
  const hasDefault = Object.hasOwn(members, 'default')
  return define(names, name, { kind: 'enum', name, symbols: textsIn(symbols), hasDefault })
}

function define(names: Map<string, AvroType>, name: string, type: AvroType): AvroType {
  if (names.has(name)) throw new InvalidSchema(`${name} is defined twice`)
  names.set(name, type)
  return type
}

function fullName({ name, namespace }: Members, outer: string): string {
  if (typeof name !== 'string' || !name.split('.').every(part => NAME.test(part)))
    throw new InvalidSchema(`no valid name: ${JSON.stringify(name)}`)
  const space = typeof namespace === 'string' ? namespace : outer
  return name.includes('.') || space === '' ? name : `${space}.${name}`
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}
