import type { ColumnType, ScalarType, Shape } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { isSecretField } from './secret-fields.ts'
import type { References } from './references.ts'
import { entriesOf, listOf, member, type Members, shortText, textOf, textsOf } from './tree.ts'

/** A schema with its references and compositions resolved. */
export interface Schema {
  readonly type: ColumnType | undefined
  readonly properties: ReadonlyMap<string, unknown>
  readonly required: ReadonlySet<string>
  readonly items: unknown
  /** The schema of the values of a map. */
  readonly additional: unknown
  readonly source: Members
}

const NOTHING: Schema = {
  type: undefined,
  properties: new Map(),
  required: new Set(),
  items: undefined,
  additional: undefined,
  source: {},
}

const MAX_REFS = 3
const MAX_DEPTH = 6
const MAX_COMPOSED = 8
/** The maximum size of a column's shape; in larger shapes, inner objects list no fields. */
const MAX_FIELDS = 400
/** All shapes of a document. */
const MAX_TOTAL = 4_000_000
const MAX_VALUES = 60

/** Reads the schemas of a document. */
export class Schemas {
  readonly #references: References
  readonly #read = new WeakMap<Members, Schema>()
  readonly #shapes = new WeakMap<Members, Map<string, Shape>>()
  readonly #sizes = new WeakMap<Shape, number>()
  #total = 0

  constructor(references: References) {
    this.#references = references
  }

  /** What a schema says. Parts of `allOf`, `oneOf` and `anyOf` are merged; the first that has a property decides its form. */
  read(value: unknown, composed = 0): Schema {
    const source = this.#references.resolve(value)
    if (source === undefined) return NOTHING
    const known = this.#read.get(source)
    if (known !== undefined) return known
    if (composed > MAX_COMPOSED) return { ...NOTHING, source }
    this.#read.set(source, NOTHING)
    const schema = this.#merged(source, composed)
    this.#read.set(source, schema)
    return schema
  }

  #merged(source: Members, composed: number): Schema {
    const properties = new Map(entriesOf(member(source, 'properties')))
    const required = new Set(textsOf(member(source, 'required')))
    let items = member(source, 'items')
    let additional = member(source, 'additionalProperties')
    let type = typeOf(source)
    for (const kind of ['allOf', 'oneOf', 'anyOf']) {
      for (const part of listOf(member(source, kind))) {
        const inner = this.read(part, composed + 1)
        type ??= inner.type
        items ??= inner.items
        additional ??= inner.additional
        for (const [name, property] of inner.properties)
          if (!properties.has(name)) properties.set(name, property)
        if (kind === 'allOf') for (const name of inner.required) required.add(name)
      }
    }
    type ??= properties.size > 0 ? 'object' : items === undefined ? undefined : 'array'
    return { type, properties, required, items, additional, source }
  }

  /** The schema at a path of names below a schema; undefined if the path leads nowhere. `*` is any element of a list or a map. */
  below(value: unknown, path: readonly string[]): unknown {
    let found: unknown = value
    for (const name of path) {
      const schema = this.read(found)
      found = name === '*' ? (schema.items ?? schema.additional) : schema.properties.get(name)
      if (found === undefined) return undefined
    }
    return found
  }

  /**
   * The shape of the values of a schema, with references followed to a depth of three.
   * @throws ConfluentqlError LIMIT if the shapes of the document are too large together
   */
  shape(value: unknown, name: string, refs = 0, depth = 0): Shape {
    const source = this.#references.resolve(value)
    if (source === undefined) return { type: 'string' }
    const key = `${refs} ${depth} ${name}`
    const known = this.#shapes.get(source)?.get(key)
    const shape = known ?? this.#shapeOf(value, name, refs, depth)
    if (known === undefined) {
      if (!this.#shapes.has(source)) this.#shapes.set(source, new Map())
      this.#shapes.get(source)!.set(key, shape)
    }
    if (depth === 0) {
      this.#total += this.#sizes.get(shape) ?? 1
      if (this.#total > MAX_TOTAL)
        throw new ConfluentqlError('LIMIT', `its schemas have more than ${MAX_TOTAL} fields together`)
    }
    return shape
  }

  #shapeOf(value: unknown, name: string, refs: number, depth: number): Shape {
    const schema = this.read(value)
    const { source } = schema
    const type = schema.type ?? 'string'
    const enough = refs >= MAX_REFS || depth >= MAX_DEPTH
    const next = (inner: unknown): number => refs + (member(inner, '$ref') === undefined ? 0 : 1)
    const about =
      depth <= 1 ? shortText(member(source, 'description') ?? member(value, 'description')) : undefined
    const values = type === 'string' ? enumOf(source) : []
    const shape: Shape = {
      type,
      ...(type === 'object'
        && schema.properties.size > 0
        && !enough && { fields: this.#fields(schema, next, depth) }),
      ...(type === 'array'
        && schema.items !== undefined
        && !enough && { items: this.shape(schema.items, name, next(schema.items), depth + 1) }),
      ...(values.length > 0 && { values }),
      ...(isSecretField(name, type, source) && { secret: true }),
      ...(about !== undefined && { about }),
    }
    const parts = [...Object.values(shape.fields ?? {}), ...(shape.items ? [shape.items] : [])]
    const size = parts.reduce((sum, part) => sum + (this.#sizes.get(part) ?? 1), 1)
    const kept = size > MAX_FIELDS ? withoutDepth(shape) : shape
    this.#sizes.set(kept, size > MAX_FIELDS ? parts.length + 1 : size)
    return kept
  }

  #fields(schema: Schema, next: (inner: unknown) => number, depth: number): Record<string, Shape> {
    return Object.fromEntries(
      [...schema.properties].map(([name, inner]) => [name, this.shape(inner, name, next(inner), depth + 1)]),
    )
  }
}

/** A shape whose fields list no fields of their own. */
function withoutDepth({ fields, items, ...shape }: Shape): Shape {
  const flat = ({ fields: _fields, items: _items, ...rest }: Shape): Shape => rest
  return {
    ...shape,
    ...(fields && {
      fields: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, flat(field)])),
    }),
    ...(items && { items: flat(items) }),
  }
}

function typeOf(source: Members): ColumnType | undefined {
  if (member(source, 'x-stackQL-stringOnly') === true) return 'string'
  const written = member(source, 'type')
  const name = Array.isArray(written) ? textsOf(written).find(one => one !== 'null') : textOf(written)
  switch (name) {
    case 'string':
      return member(source, 'format') === 'date-time' ? 'timestamp' : 'string'
    case 'integer':
    case 'number':
    case 'boolean':
    case 'object':
    case 'array':
      return name
    default:
      return undefined
  }
}

/** The texts of an `enum`. */
export function enumOf(source: unknown): string[] {
  const texts = textsOf(member(source, 'enum')).filter(text => text.length <= 100)
  return texts.length > MAX_VALUES ? [] : texts
}

/** The type of a scalar; undefined for an object or an array. */
export function scalarType(type: ColumnType | undefined): ScalarType | undefined {
  return type === 'object' || type === 'array' ? undefined : type
}
