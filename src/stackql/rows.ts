import type { Column, RowsAt } from '../catalog/types.ts'
import type { References } from './references.ts'
import { type Schemas, scalarType } from './schemas.ts'
import { transformOf, type Transform } from './transforms.ts'
import { entriesOf, jsonPath, member, pathStep, snakeCase, textOf } from './tree.ts'

/** The answer of a method. */
export interface Answer {
  /** Absent: it has no rows. */
  readonly rows?: RowsAt
  readonly columns: readonly Column[]
  /** The schema of the whole answer, to look for the next page in; undefined if it is a list. */
  readonly whole: unknown
  readonly media?: string
}

export interface Reading {
  readonly references: References
  readonly schemas: Schemas
  /** Names of columns, parameters and fields are in snake case. */
  readonly isSnake: boolean
}

/** The name of the only column of rows that are no objects. */
const VALUE = 'value'

/**
 * Reads what a method answers.
 * @returns a text that says why it cannot be read, if it cannot
 */
export function readAnswer(method: unknown, operation: unknown, reading: Reading): Answer | string {
  const response = member(method, 'response')
  const transform = transformOf(response)
  if (transform === undefined) return 'its answer is changed by a template of an unknown form'
  const { media, schema: documented } = contentOf(response, operation, reading)
  if (media !== undefined && !isJson(media)) return `its answer is ${media}, not JSON`
  const schema = member(response, 'schema_override') ?? documented
  if (schema === undefined && media === undefined) return { columns: [], whole: undefined }
  const key = keyOf(textOf(member(response, 'objectKey')))
  if (key === undefined)
    return `the place of its rows, ${String(member(response, 'objectKey'))}, is not understood`
  const answer =
    transform === null ? plain(schema, key, [], reading) : transformed(transform, schema, key, reading)
  return typeof answer === 'string' ? answer : { ...answer, ...(media !== undefined && { media }) }
}

export function isJson(media: string): boolean {
  return /^(?:application|text)\/(?:[\w.+-]*\+)?json(?:;|$)|^application\/vnd\.[\w.+-]*json|^\*\/\*$/i.test(
    media.trim(),
  )
}

/** The media type and the schema of the documented answer. */
function contentOf(
  response: unknown,
  operation: unknown,
  { references }: Reading,
): { media?: string; schema?: unknown } {
  const responses = member(operation, 'responses')
  const written = member(response, 'openAPIDocKey')
  const keys = [...(written === undefined ? [] : [String(written)]), '200', '201', '202', '2XX', 'default']
  const key = keys.find(one => member(responses, one) !== undefined)
  const content = entriesOf(member(references.resolve(member(responses, key ?? '')), 'content'))
  const wanted = textOf(member(response, 'mediaType'))
  const found =
    content.find(([name]) => name === wanted) ?? content.find(([name]) => isJson(name)) ?? content[0]
  const media = found?.[0] ?? (content.length === 0 && written !== '204' ? undefined : wanted)
  return {
    ...(media !== undefined && { media }),
    ...(found && member(found[1], 'schema') !== undefined && { schema: member(found[1], 'schema') }),
  }
}

/** The names in an object key: `$.items[*].instances[*]` has items, `*`, instances. The last `*` says nothing. */
function keyOf(text: string | undefined): readonly string[] | null | undefined {
  if (text === undefined) return null
  const rest = text.trim().replace(/^\$/, '')
  const names: string[] = []
  const step = /\.?\["([^"]+)"\]|\.?\['([^']+)'\]|\.?\[(\*)\]|\.(\*)|\.?([^.[\]]+)/y
  while (step.lastIndex < rest.length) {
    const match = step.exec(rest)
    if (match === null) return undefined
    names.push(match.slice(1).find(part => part !== undefined)!)
  }
  while (names.at(-1) === '*') names.pop()
  return names.some(name => name.startsWith('/')) ? undefined : names
}

/** Rows at a key of the answer; without one, of the answer itself if it is a list, otherwise of its `items`, otherwise the answer. */
function plain(
  schema: unknown,
  key: readonly string[] | null,
  hoistedFrom: readonly string[],
  { schemas, isSnake }: Reading,
): Answer | string {
  const root = schemas.read(schema)
  const items = root.properties.get('items')
  const path = isOfScalar(schema, key, schemas)
    ? []
    : (key
      ?? (root.type !== 'array' && items !== undefined && schemas.read(items).type === 'array'
        ? ['items']
        : []))
  const at = rowsAt(path)
  if (at === undefined) return 'the place of its rows has a name that is not understood'
  const there = path.length === 0 ? schema : schemas.below(schema, path)
  const kind = kindOf(there, path, schemas)
  const row = kind === 'array' ? schemas.read(there).items : there
  return {
    rows: kind === 'array' ? listAt(at) : { at, kind },
    columns: columnsOf(row, schemas, isSnake, hoistedFrom),
    whole: root.type === 'array' ? undefined : schema,
  }
}

/** Whether a key names a text or number of the answer, which is a column of the answer's object, and no row. */
function isOfScalar(schema: unknown, key: readonly string[] | null, schemas: Schemas): boolean {
  if (key?.length !== 1 || schemas.read(schema).type !== 'object') return false
  return scalarType(schemas.read(schemas.below(schema, key)).type) !== undefined
}

/** A list in an answer may be left out if it is empty. */
function listAt(at: string): RowsAt {
  return { at, kind: 'array', ...(at !== '$' && { absent: 'empty' as const }) }
}

function rowsAt(path: readonly string[]): string | undefined {
  let at = '$'
  for (const name of path) {
    const step = name === '*' ? '[*]' : pathStep(name)
    if (step === undefined) return undefined
    at += step
  }
  return at
}

/** What stands at the place of the rows; of an unknown schema, a list if its name is a plural. */
function kindOf(schema: unknown, path: readonly string[], schemas: Schemas): RowsAt['kind'] {
  const { type, properties } = schemas.read(schema)
  if (type === 'array') return 'array'
  if (type !== undefined || properties.size > 0) return 'one'
  return path.length > 0 && /(?:s|data|value|list)$/i.test(path.at(-1)!) ? 'array' : 'one'
}

function transformed(
  transform: Transform,
  schema: unknown,
  key: readonly string[] | null,
  reading: Reading,
): Answer | string {
  const { schemas } = reading
  switch (transform.kind) {
    case 'hoisted':
      return plain(
        schema,
        key ?? (transform.list === undefined ? [] : [transform.list]),
        [transform.from],
        reading,
      )
    case 'wrapped': {
      const inner = schemas.below(schema, [transform.name])
      if (key !== null && key[0] === transform.name) return plain(inner, key.slice(1), [], reading)
      if (schemas.read(inner).type === 'array') return plain(inner, [], [], reading)
      return cell(transform.name, '$', inner, reading)
    }
    case 'cell':
      return cell(transform.name, transform.at, cellSchema(schema, key, transform.name, schemas), reading)
    case 'cells': {
      const inner = cellSchema(schema, key, transform.name, schemas)
      return {
        rows: listAt(transform.at),
        columns: [column(transform.name, inner, { at: '$' }, reading)],
        whole: transform.at === '$' ? undefined : schema,
      }
    }
  }
}

/** The schema of the only column of the rows that a template makes. */
function cellSchema(schema: unknown, key: readonly string[] | null, name: string, schemas: Schemas): unknown {
  const first = [...schemas.read(schema).properties.keys()].slice(0, 1)
  for (const path of [key ?? [], first, []]) {
    const there = path.length === 0 ? schema : schemas.below(schema, path)
    const row = schemas.read(there).type === 'array' ? schemas.read(there).items : there
    const found = schemas.read(row).properties.get(name)
    if (found !== undefined) return found
  }
  return undefined
}

function cell(name: string, at: string, schema: unknown, reading: Reading): Answer {
  return {
    rows: { at: '$', kind: 'one' },
    columns: [column(name, schema, { at }, reading)],
    whole: undefined,
  }
}

function column(
  name: string,
  schema: unknown,
  place: { readonly at?: string; readonly orAt?: string },
  { schemas, isSnake }: Pick<Reading, 'schemas' | 'isSnake'>,
): Column {
  const shape = schema === undefined ? { type: 'string' as const } : schemas.shape(schema, name)
  return { name: isSnake ? snakeCase(name) : name, ...shape, ...place }
}

/** The columns of rows: their members, at their places. Rows that are no objects have one column. */
function columnsOf(
  row: unknown,
  schemas: Schemas,
  isSnake: boolean,
  hoistedFrom: readonly string[],
): Column[] {
  const reading = { schemas, isSnake }
  const { properties, type } = schemas.read(row)
  if (properties.size === 0)
    return [
      { ...column(VALUE, row, { at: '$' }, reading), ...(type === undefined && { type: 'object' as const }) },
    ]
  const names = new Map<string, Column>()
  for (const [name, schema] of properties) {
    const place = jsonPath([name])
    if (place === undefined || (hoistedFrom.length > 0 && name === '_flattened')) continue
    const orAt =
      hoistedFrom.length === 0 || name === hoistedFrom[0] ? undefined : jsonPath([...hoistedFrom, name])
    const found = column(
      name,
      schema,
      {
        ...((isSnake && snakeCase(name) !== name) || orAt !== undefined ? { at: place } : {}),
        ...(orAt !== undefined && { orAt }),
      },
      reading,
    )
    // two that differ by case alone: the second has a number
    const free = freeName(found.name, names)
    names.set(free.toLowerCase(), free === found.name ? found : { ...found, name: free, at: place })
  }
  return [...names.values()]
}

/** The name, or the name with a number if another one differs from it by case alone. */
export function freeName(name: string, taken: { has(name: string): boolean }): string {
  if (!taken.has(name.toLowerCase())) return name
  for (let number = 2; ; number++)
    if (!taken.has(`${name}_${number}`.toLowerCase())) return `${name}_${number}`
}
