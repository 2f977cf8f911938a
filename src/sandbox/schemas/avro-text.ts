type Members = Readonly<Record<string, unknown>>

/** Attributes in the order in which Schema Registry writes them; others follow. */
const BEFORE = ['type', 'name', 'namespace', 'doc', 'fields', 'items', 'values', 'size', 'symbols', 'default']
const OF_FIELDS = ['name', 'type', 'doc', 'default', 'order', 'aliases']

/** The JSON of a valid schema as Schema Registry writes it, in a namespace. */
export function canonicalAvro(json: unknown, space: string): unknown {
  if (typeof json === 'string') return withoutSpace(json, space)
  if (Array.isArray(json)) return json.map(one => canonicalAvro(one, space))
  const { name, namespace, ...rest } = json as Members
  if (Object.keys(rest).length === 1 && typeof rest.type === 'string' && name === undefined)
    return withoutSpace(rest.type, space)
  const named: Record<string, unknown> = { ...rest }
  let inner = space
  if (typeof name === 'string') {
    const dot = name.lastIndexOf('.')
    inner = dot >= 0 ? name.slice(0, dot) : typeof namespace === 'string' ? namespace : space
    named.name = name.slice(dot + 1)
    if (inner !== space) named.namespace = inner
  }
  for (const part of ['items', 'values'])
    if (rest[part] !== undefined) named[part] = canonicalAvro(rest[part], inner)
  if (Array.isArray(rest.fields))
    named.fields = rest.fields.map((field: Members) =>
      inOrder({ ...field, type: canonicalAvro(field.type, inner) }, OF_FIELDS),
    )
  return inOrder(named, BEFORE)
}

/** A name without the namespace in which it is used. */
function withoutSpace(name: string, space: string): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 && name.slice(0, dot) === space ? name.slice(dot + 1) : name
}

function inOrder(members: Members, first: readonly string[]): Members {
  const { aliases, ...others } = members
  const known = first.filter(name => members[name] !== undefined)
  const rest = Object.keys(others).filter(name => !first.includes(name))
  const last = aliases === undefined || first.includes('aliases') ? [] : ['aliases']
  return Object.fromEntries([...known, ...rest, ...last].map(name => [name, members[name]]))
}
