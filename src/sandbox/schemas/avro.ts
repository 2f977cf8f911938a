import avsc, { type Schema, type Type } from 'avsc/lib/types.js'
import { canonicalAvro } from './avro-text.ts'
import { InvalidSchema, jsonIn, sorted, type ReadSchema, type Referenced } from './format.ts'

interface AvroSchema extends ReadSchema {
  readonly type: Type
}

type Members = Readonly<Record<string, unknown>>

/** Where avsc is when it reads a schema. */
interface Scope {
  readonly namespace: string
  readonly registry: Readonly<Record<string, Type>>
}

/** Reads an Avro schema; names of the referenced schemas are known in it. */
export function readAvro(text: string, references: readonly Referenced[]): AvroSchema {
  const registry: Record<string, Type> = {}
  for (const reference of references) typeIn(jsonOf(reference.text), registry)
  const json = jsonOf(text)
  const type = typeIn(json, registry)
  const canonical = canonicalAvro(json, '')
  return {
    text: JSON.stringify(canonical),
    identity: sorted(canonical),
    type,
    conflicts: writer => conflictsOf(type, (writer as AvroSchema).type),
  }
}

/** A name may be written without JSON's quotes. */
function jsonOf(text: string): unknown {
  const name = text.trim()
  return /^[A-Za-z_]\w*$/.test(name) ? name : jsonIn(text)
}

function typeIn(json: unknown, registry: Record<string, Type>): Type {
  try {
    return avsc.Type.forSchema(structuredClone(json) as Schema, {
      registry,
      noAnonymousTypes: true,
      omitRecordMethods: true,
      typeHook: asJavaReads,
      wrapUnions: 'always',
    })
  } catch (error) {
    throw new InvalidSchema((error as Error).message)
  }
}

/** Accepts what Avro's Java library, which Schema Registry uses, accepts and avsc does not. */
function asJavaReads(schema: unknown, { namespace, registry }: Scope): Type | undefined {
  const { type: name, fields } =
    typeof schema === 'string' ? { type: schema, fields: [] } : (schema as Members)
  if (Array.isArray(fields)) for (const field of fields as Record<string, unknown>[]) fitDefault(field)
  if (typeof name !== 'string') return undefined
  // a name that is not in the namespace around it may be one without a namespace
  return registry[name.includes('.') ? name : `${namespace}.${name}`] ?? registry[name]
}

/** A default may be of any branch of a union, and a long that is no exact number in JavaScript. */
function fitDefault(field: Record<string, unknown>): void {
  const { type, default: value } = field
  if (Array.isArray(type) && value !== undefined)
    field.type = type.toSorted(
      (a, b) => (value === null ? 1 : -1) * (Number(b === 'null') - Number(a === 'null')),
    )
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) field.default = 0
}

/** Why data of the writer's type cannot be read as the reader's type, by Avro's rules of schema resolution. */
function conflictsOf(reader: Type, writer: Type): readonly string[] {
  try {
    reader.createResolver(writer, { ignoreNamespaces: true })
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}
