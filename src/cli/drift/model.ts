/** A JSON value as an OpenAPI document describes it, with references resolved and alternatives merged into one. */
export interface Described {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array'
  readonly format?: string
  /** Of an object, by name. */
  readonly fields?: Readonly<Record<string, Described>>
  /** Names of fields that must be there. */
  readonly required?: readonly string[]
  /** Of an object whose names are data: the value of each. */
  readonly entries?: Described
  readonly items?: Described
  /** Known values. */
  readonly values?: readonly string[]
  readonly nullable?: boolean
  readonly readOnly?: boolean
  readonly writeOnly?: boolean
}

export interface DescribedParam {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly shape: Described
}

/** An operation of a document: one HTTP method of one path. */
export interface Operation {
  /** The document it is from. */
  readonly file: string
  readonly http: string
  /** Without a query. */
  readonly path: string
  /** What follows `?` in the path, as some documents tell operations of one path apart; else empty. */
  readonly query: string
  readonly params: readonly DescribedParam[]
  /** The JSON or the form that it takes; absent if it takes none. */
  readonly request?: Described
  /** Of each status of success: the JSON that it answers with; undefined for none. */
  readonly answers: ReadonlyMap<number, Described | undefined>
}

/** The value at a path such as `$.data`; elements of arrays and values of maps have no part in it. */
export function describedAt(shape: Described | undefined, path: string): Described | undefined {
  return namesOf(path).reduce<Described | undefined>((at, name) => at?.fields?.[name], shape)
}

/** The names in a path such as `$.status."a.b"`. */
export const namesOf = (path: string): string[] =>
  [...path.matchAll(/\.(?:"([^"]+)"|(\w+))/g)].map(m => m[1] ?? m[2]!)

/** Two descriptions of one value as one: with all fields of both; required is what `required` makes of both lists. */
export function mergeDescribed(
  a: Described,
  b: Described,
  required: (a: readonly string[], b: readonly string[]) => readonly string[],
): Described {
  const fields = a.fields && b.fields ? mergeFields(a.fields, b.fields, required) : (a.fields ?? b.fields)
  const needed = required(a.required ?? [], b.required ?? [])
  const items = a.items && b.items ? mergeDescribed(a.items, b.items, required) : (a.items ?? b.items)
  const entries =
    a.entries && b.entries ? mergeDescribed(a.entries, b.entries, required) : (a.entries ?? b.entries)
  const values = [...new Set([...(a.values ?? []), ...(b.values ?? [])])]
  const { required: _a, ...first } = a
  const { required: _b, ...second } = b
  return {
    ...first,
    ...second,
    ...(fields && { fields }),
    ...(needed.length > 0 && { required: needed }),
    ...(items && { items }),
    ...(entries && { entries }),
    ...(values.length > 0 && { values }),
  }
}

function mergeFields(
  a: Readonly<Record<string, Described>>,
  b: Readonly<Record<string, Described>>,
  required: Parameters<typeof mergeDescribed>[2],
): Record<string, Described> {
  const merged: Record<string, Described> = { ...a }
  for (const [name, shape] of Object.entries(b))
    merged[name] = Object.hasOwn(a, name) ? mergeDescribed(a[name]!, shape, required) : shape
  return merged
}

/** For parts that all hold. */
export const union = (a: readonly string[], b: readonly string[]): readonly string[] => [
  ...new Set([...a, ...b]),
]

/** For parts of which one holds. */
export const intersection = (a: readonly string[], b: readonly string[]): readonly string[] =>
  a.filter(name => b.includes(name))
