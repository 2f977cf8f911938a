import type { Method, Param } from '../catalog/types.ts'
import { isFreeHeader } from '../catalog/headers.ts'
import { isSecretName } from '../secrets.ts'
import type { PageParam } from './paging.ts'
import type { Reading } from './rows.ts'
import { freeName } from './rows.ts'
import { enumOf, scalarType } from './schemas.ts'
import type { ServerVariable } from './servers.ts'
import { listOf, member, type Members, shortText, snakeCase, textOf } from './tree.ts'

/** A parameter, before it is known which column it selects by. */
export interface ParamDraft extends Omit<Param, 'column' | 'filter' | 'repeat' | 'join'> {
  /** Several values are sent in one request. */
  readonly isList: boolean
  /** Several values are sent as one, with this text between them. */
  readonly join?: string
}

/** What a method takes besides its body. */
export interface Inputs {
  readonly path: string
  readonly params: readonly ParamDraft[]
  /** Query parameters that are always sent. */
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** Query parameters that paging may use. */
  readonly pageParams: readonly PageParam[]
}

export interface InputSources {
  /** The path in the document, maybe with a query. */
  readonly path: string
  readonly pathItem: unknown
  readonly operation: unknown
  readonly variables: readonly ServerVariable[]
  /** Headers with credentials, in lower case. */
  readonly credentialHeaders: ReadonlySet<string>
  /** Query parameters whose names begin with two underscores only distinguish operations, and are not sent. */
  readonly dropsUnderscored: boolean
}

/**
 * Reads the parameters of a method.
 * @returns a text that says why it cannot be called, if it cannot
 */
export function readInputs(sources: InputSources, reading: Reading): Inputs | string {
  const [beforeFragment = ''] = sources.path.split('#')
  const [path = '', queryText = ''] = beforeFragment.split('?')
  const inPath = [...path.matchAll(/\{([^{}]*)\}/g)].map(match => match[1]!)
  if (!path.startsWith('/') || /\/\.{1,2}(?:\/|$)|\/\//.test(path))
    return 'its path has an empty part, . or ..'
  if (/[{}]/.test(path.replaceAll(/\{[^{}]+\}/g, ''))) return 'its path has a malformed {parameter}'
  const query: Record<string, string> = {}
  const headers: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(queryText))
    if (!value.includes('{') && !(sources.dropsUnderscored && name.startsWith('__'))) query[name] = value
  const drafts = new Drafts(reading)
  for (const name of new Set(inPath)) drafts.add({ ...textParam(name, 'path'), required: true }, name)
  for (const variable of sources.variables) drafts.addVariable(variable)
  const pageParams: PageParam[] = []
  for (const source of declaredParams(sources, reading)) {
    const wire = textOf(member(source, 'name'))!
    const place = member(source, 'in')
    if (place === 'path') drafts.describe(wire, source)
    else if (place === 'query' && !Object.hasOwn(query, wire)) {
      const refused = drafts.addQuery(wire, source, query)
      if (refused !== undefined) return refused
      pageParams.push({
        wire,
        schema: schemaOf(source, reading),
        about: textOf(member(source, 'description')),
      })
    } else if (place === 'header') {
      const refused = drafts.addHeader(wire, source, headers, sources.credentialHeaders)
      if (refused !== undefined) return refused
    }
  }
  return { path, params: drafts.all(), query, headers, pageParams }
}

/** The parameters of the operation, and those of its path that it does not describe anew. */
function declaredParams({ pathItem, operation }: InputSources, { references }: Reading): Members[] {
  const found = new Map<string, Members>()
  for (const source of [
    ...listOf(member(pathItem, 'parameters')),
    ...listOf(member(operation, 'parameters')),
  ]) {
    const param = references.resolve(source)
    const name = textOf(member(param, 'name'))
    if (param !== undefined && name !== undefined) found.set(`${String(member(param, 'in'))} ${name}`, param)
  }
  return [...found.values()]
}

function schemaOf(source: Members, { references }: Reading): Members | undefined {
  const content = Object.values((member(source, 'content') ?? {}) as Members)[0]
  return references.resolve(member(source, 'schema') ?? member(content, 'schema'))
}

function textParam(name: string, place: Param['in']): Omit<ParamDraft, 'required'> {
  return { name, in: place, type: 'string', isList: false }
}

/** Names that objects have by themselves, in lower case: arguments are an object by name. */
const OF_OBJECTS: ReadonlySet<string> = new Set(
  Object.getOwnPropertyNames(Object.prototype).map(name => name.toLowerCase()),
)

/** The parameters of one method. Each has a name of its own, ignoring case. */
class Drafts {
  readonly #drafts = new Map<string, ParamDraft>()
  readonly #reading: Reading

  constructor(reading: Reading) {
    this.#reading = reading
  }

  all(): ParamDraft[] {
    return [...this.#drafts.values()]
  }

  add(draft: ParamDraft, wire: string): void {
    // a dot would be a path into an object column
    const wanted = (this.#reading.isSnake ? snakeCase(wire) : wire).replaceAll('.', '_')
    const name = freeName(wanted, { has: key => OF_OBJECTS.has(key) || this.#drafts.has(key) })
    this.#drafts.set(name.toLowerCase(), { ...draft, name, ...(name !== wire && { wire }) })
  }

  addVariable({ name, values, about, default: written }: ServerVariable): void {
    const draft = { ...textParam(name, 'server'), required: written === undefined }
    // a parameter of this name in the path has the same meaning
    if (this.#drafts.has(name.toLowerCase())) return
    this.#drafts.set(name.toLowerCase(), { ...draft, ...(values && { values }), ...(about && { about }) })
  }

  /** Adds what the document says about a parameter of the path. */
  describe(wire: string, source: Members): void {
    const [key, draft] =
      [...this.#drafts].find(([, d]) => d.in === 'path' && (d.wire ?? d.name) === wire) ?? []
    if (key === undefined || draft === undefined) return
    const { isList: _, join: _join, ...described } = this.#described(source)
    this.#drafts.set(key, { ...draft, ...described })
  }

  /** @returns why the method cannot be called, if it cannot */
  addQuery(wire: string, source: Members, query: Record<string, string>): string | undefined {
    const schema = schemaOf(source, this.#reading)
    const isRequired = member(source, 'required') === true && member(source, 'allowEmptyValue') !== true
    const values = enumOf(schema)
    if (isRequired && values.length === 1) {
      query[wire] = values[0]!
      return undefined
    }
    if (member(source, 'style') === 'deepObject' || member(schema, 'type') === 'object')
      return isRequired ? `it requires the parameter ${wire}, which is an object` : undefined
    const written = member(schema, 'default')
    const isSent =
      isRequired
      && (typeof written === 'string' || typeof written === 'number' || typeof written === 'boolean')
    this.add(
      {
        ...textParam(wire, 'query'),
        ...this.#described(source),
        required: isRequired && !isSent,
        ...(isSent && { default: String(written) }),
      },
      wire,
    )
    return undefined
  }

  /** @returns why the method cannot be called, if it cannot */
  addHeader(
    wire: string,
    source: Members,
    headers: Record<string, string>,
    credentials: ReadonlySet<string>,
  ): string | undefined {
    const schema = schemaOf(source, this.#reading)
    const name = wire.toLowerCase()
    const isRequired = member(source, 'required') === true
    const values = enumOf(schema)
    const constant = isRequired && values.length === 1 ? values[0] : textOf(member(schema, 'default'))
    if (name === 'accept') {
      if (constant !== undefined && /json/i.test(constant)) headers['accept'] = constant
      return undefined
    }
    if (name === 'content-type' || credentials.has(name) || isSecretName(wire)) return undefined
    if (!isFreeHeader(wire)) return isRequired ? `it requires the header ${wire}` : undefined
    if (isRequired && constant !== undefined) headers[wire] = constant
    else
      this.add(
        {
          ...textParam(wire, 'header'),
          ...this.#described(source),
          isList: false,
          required: isRequired,
          ...(constant !== undefined && { default: constant }),
        },
        wire,
      )
    return undefined
  }

  #described(source: Members): Pick<ParamDraft, 'type' | 'isList' | 'join' | 'values' | 'about'> {
    const { schemas } = this.#reading
    const schema = schemaOf(source, this.#reading)
    const read = schemas.read(schema)
    const isList = read.type === 'array'
    const inner = isList ? schemas.read(read.items) : read
    const values = enumOf(inner.source)
    const about = shortText(member(source, 'description'))
    const isJoined = isList && (member(source, 'explode') === false || member(source, 'style') === 'simple')
    return {
      type: scalarType(inner.type) ?? 'string',
      isList,
      ...(isJoined && { join: ',' }),
      ...(values.length > 0 && { values }),
      ...(about !== undefined && { about }),
    }
  }
}

/** The query parameters that a method always sends, for the catalog. */
export function constantsOf(
  { query, headers }: Inputs,
  media: string | undefined,
): Pick<Method, 'query' | 'headers'> {
  const accept =
    media === undefined || media === '*/*' || /^application\/json$/i.test(media) ? {} : { accept: media }
  const all = { ...accept, ...headers }
  return {
    ...(Object.keys(query).length > 0 && { query }),
    ...(Object.keys(all).length > 0 && { headers: all }),
  }
}
