export type Members = Readonly<Record<string, unknown>>

/** A schema with those that it refers to by their names. */
export interface Document {
  readonly root: unknown
  readonly others: ReadonlyMap<string, unknown>
}

/**
 * What a schema says, as Schema Registry compares it: a schema with several kinds of keywords stands for all of its parts,
 * one with several types for any of them.
 */
export type Node = { readonly document: Document } & (
  | { readonly kind: 'combined'; readonly by: (typeof GROUPS)[number]; readonly schemas: readonly unknown[] }
  | { readonly kind: 'plain'; readonly name: string; readonly schema: Members }
)

export type Plain = Extract<Node, { readonly kind: 'plain' }>
export type Combined = Extract<Node, { readonly kind: 'combined' }>

const GROUPS = ['allOf', 'anyOf', 'oneOf'] as const
const SINGLE = ['enum', 'const', 'not', 'if'] as const

/** Keywords that tell the type of a schema that has none. */
const TELLING: Readonly<Record<string, string>> = {
  object:
    'properties required minProperties maxProperties additionalProperties patternProperties dependencies propertyNames',
  array: 'items additionalItems minItems maxItems uniqueItems contains prefixItems',
  string: 'minLength maxLength pattern',
  number: 'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf',
}

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function nodeOf(schema: unknown, document: Document, depth = 0): Node {
  const plain = (name: string, of: Members): Node => ({ kind: 'plain', name, schema: of, document })
  if (schema === false) return plain('nothing', {})
  // a schema that only refers to itself says nothing
  if (!isObject(schema) || depth > 20) return plain('empty', {})
  if (typeof schema.$ref === 'string') return referred(schema.$ref, document, depth)
  const others = Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => ![...GROUPS, ...SINGLE].some(one => one === keyword)),
  )
  const types = typesOf(others).map(type => ({ ...others, type }))
  const parts: readonly Members[] = [
    ...[...GROUPS, ...SINGLE].flatMap(one => (schema[one] === undefined ? [] : [{ [one]: schema[one] }])),
    ...(Array.isArray(schema.type) && types.length > 1 ? [{ anyOf: types }] : types),
  ]
  const [part] = parts
  if (part === undefined) return plain('empty', schema)
  if (parts.length > 1) return { kind: 'combined', by: 'allOf', schemas: parts, document }
  const by = GROUPS.find(one => Array.isArray(part[one]))
  if (by !== undefined) return { kind: 'combined', by, schemas: part[by] as readonly unknown[], document }
  const single = SINGLE.find(one => part[one] !== undefined)
  return plain(single ?? (part.type === 'integer' ? 'number' : String(part.type)), part)
}

function typesOf(schema: Members): readonly string[] {
  if (schema.type !== undefined) return [schema.type].flat().map(String)
  return Object.keys(TELLING).filter(type =>
    TELLING[type]?.split(' ').some(keyword => schema[keyword] !== undefined),
  )
}

function referred(reference: string, document: Document, depth: number): Node {
  const [file = '', fragment = ''] = reference.split('#')
  const own = isObject(document.root) ? [document.root.$id, document.root.id, ''] : ['']
  const name = [...document.others.keys()].find(one => one === file || file.endsWith(`/${one}`))
  const root = own.includes(file) || name === undefined ? document.root : document.others.get(name)
  const place: Document = { root, others: document.others }
  if (!fragment.startsWith('/'))
    return nodeOf(fragment === '' ? root : anchored(root, fragment), place, depth + 1)
  let value: unknown = root
  for (const part of fragment.slice(1).split('/')) {
    const member = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    value = (value as Members | undefined)?.[member]
  }
  return nodeOf(value, place, depth + 1)
}

/** The schema in a schema that names itself by an anchor. */
function anchored(value: unknown, anchor: string): unknown {
  if (Array.isArray(value)) return value.map(one => anchored(one, anchor)).find(one => one !== undefined)
  if (!isObject(value)) return undefined
  if (value.$anchor === anchor || value.$id === `#${anchor}`) return value
  return anchored(Object.values(value), anchor)
}
