import { ConfluentqlError } from '../../errors.ts'
import {
  type Described,
  type DescribedParam,
  intersection,
  mergeDescribed,
  type Operation,
  union,
} from './model.ts'

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const
const DEPTH = 24

type Raw = Readonly<Record<string, unknown>>

/** What is read of a document. */
export interface Read {
  readonly operations: readonly Operation[]
  /** References to what the document does not have. What stands there may be anything. */
  readonly broken: readonly string[]
}

/**
 * Reads an OpenAPI 3 document. `file` is for messages.
 * @throws ConfluentqlError USAGE if the value is no such document
 */
export function readOpenApi(file: string, document: unknown): Read {
  if (!isRaw(document)) throw notOpenApi(file, 'it holds no object')
  if (typeof document['swagger'] === 'string')
    throw notOpenApi(file, `it is of Swagger ${document['swagger']}, and only OpenAPI 3 is read`)
  if (!isRaw(document['paths'])) throw notOpenApi(file, 'it has no paths')
  const reader = new Reader(file, document)
  const all = Object.entries(document['paths']).flatMap(([path, item]) => {
    if (path.startsWith('x-')) return []
    const at = `paths.${path}`
    if (!path.startsWith('/')) throw notOpenApi(file, `${at} does not begin with /`)
    const operations = reader.object(item, at)
    return METHODS.filter(method => operations[method] !== undefined).map(method =>
      reader.operation(path, method, operations),
    )
  })
  return { operations: all, broken: [...reader.broken] }
}

function notOpenApi(file: string, why: string): ConfluentqlError {
  return new ConfluentqlError('USAGE', `${file} is no OpenAPI 3 document: ${why}`)
}

const isRaw = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

class Reader {
  readonly #file: string
  readonly #document: Raw
  readonly broken = new Set<string>()

  constructor(file: string, document: Raw) {
    this.#file = file
    this.#document = document
  }

  operation(path: string, method: string, item: Raw): Operation {
    const at = `paths.${path}.${method}`
    const source = this.object(item[method], at)
    const [bare = '', query = ''] = path.split('?')
    const body = source['requestBody'] === undefined ? undefined : this.#media(source['requestBody'], at)
    const answers = Object.entries(this.object(source['responses'] ?? {}, `${at}.responses`))
      .filter(([status]) => /^2\d\d$/.test(status))
      .map(([status, answer]) => [Number(status), this.#media(answer, `${at}.responses.${status}`)] as const)
    const params = new Map(
      [item['parameters'], source['parameters']]
        .flatMap(list => this.#list(list, `${at}.parameters`))
        .flatMap(param => this.#param(param, `${at}.parameters`))
        .map(param => [`${param.in} ${param.name}`, param]),
    )
    return {
      file: this.#file,
      http: method.toUpperCase(),
      path: bare,
      query,
      params: [...params.values()],
      ...(body && { request: body }),
      answers: new Map(answers),
    }
  }

  /** The object that a value is, or refers to. */
  object(value: unknown, at: string, seen: readonly string[] = []): Raw {
    if (!isRaw(value)) throw notOpenApi(this.#file, `${at} is no object`)
    const ref = value['$ref']
    if (ref === undefined) return value
    if (typeof ref !== 'string' || !ref.startsWith('#/'))
      throw notOpenApi(
        this.#file,
        `${at} refers to ${JSON.stringify(ref)}, and only references within the document are followed`,
      )
    if (seen.includes(ref)) throw notOpenApi(this.#file, `${at}: ${ref} refers to itself`)
    const target = ref
      .slice(2)
      .split('/')
      .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>(
        (from, part) => (isRaw(from) && Object.hasOwn(from, part) ? from[part] : undefined),
        this.#document,
      )
    if (target === undefined) {
      this.broken.add(ref)
      return {}
    }
    return this.object(target, at, [...seen, ref])
  }

  #list(value: unknown, at: string): readonly unknown[] {
    if (value === undefined) return []
    if (!Array.isArray(value)) throw notOpenApi(this.#file, `${at} is no list`)
    return value
  }

  #param(value: unknown, at: string): DescribedParam[] {
    const source = this.object(value, at)
    const { name, in: place } = source
    if (typeof name !== 'string') throw notOpenApi(this.#file, `${at} has a parameter without a name`)
    if (place !== 'path' && place !== 'query' && place !== 'header') return []
    const required = place === 'path' || source['required'] === true
    return [{ name, in: place, required, shape: this.#schema(source['schema'] ?? {}, at, []) }]
  }

  /** The JSON or form of a body or an answer. */
  #media(value: unknown, at: string): Described | undefined {
    const source = this.object(value, at)
    const content = source['content']
    // a reference that leads nowhere: anything
    if (Object.keys(source).length === 0) return {}
    if (content === undefined) return undefined
    const media = Object.entries(this.object(content, `${at}.content`))
    const [, found] =
      media.find(([name]) => /[/+]json\b/.test(name)) ?? media.find(([name]) => /form/.test(name)) ?? []
    if (found === undefined) return undefined
    return this.#schema(this.object(found, at)['schema'] ?? {}, at, [])
  }

  /** A schema with its references resolved; one that contains itself ends where it does. */
  #schema(value: unknown, at: string, seen: readonly string[]): Described {
    // a schema may be true or false, which says nothing of its shape
    if (typeof value === 'boolean') return {}
    const source = this.object(value, at)
    const ref = isRaw(value) && typeof value['$ref'] === 'string' ? value['$ref'] : undefined
    if (seen.length > DEPTH || (ref !== undefined && seen.includes(ref))) return {}
    const here = ref === undefined ? [...seen, ''] : [...seen, ref]
    const part = (name: string): Described | undefined =>
      source[name] === undefined ? undefined : this.#schema(source[name], `${at}.${name}`, here)
    const parts = (name: string): Described[] =>
      this.#list(source[name], `${at}.${name}`).map(s => this.#schema(s, `${at}.${name}`, here))
    const own = this.#own(source, at, here)
    const all = parts('allOf').reduce((a, b) => narrowed(mergeDescribed(a, b, union), a, b), {})
    const [first, ...rest] = [...parts('oneOf'), ...parts('anyOf')]
    const whole = mergeDescribed(all, own, union)
    const items = part('items')
    const entries = isRaw(source['additionalProperties']) ? part('additionalProperties') : undefined
    const one = first && rest.reduce((a, b) => mergeDescribed(a, b, intersection), first)
    return {
      ...(one ? mergeDescribed(whole, one, union) : whole),
      ...(items && { items: whole.items ? mergeDescribed(whole.items, items, union) : items }),
      ...(entries && { entries }),
    }
  }

  /** What a schema says itself, without its parts. */
  #own(source: Raw, at: string, seen: readonly string[]): Described {
    const { type, format, properties, required } = source
    const types = (Array.isArray(type) ? type : [type]).filter(t => t !== 'null' && t !== undefined)
    const fields =
      properties === undefined
        ? undefined
        : Object.fromEntries(
            Object.entries(this.object(properties, `${at}.properties`)).map(([name, field]) => [
              name,
              this.#schema(field, `${at}.${name}`, seen),
            ]),
          )
    const known =
      source['enum']
      ?? source['x-extensible-enum']
      ?? (source['const'] === undefined ? undefined : [source['const']])
    const values = this.#list(known, `${at}.enum`).filter(v => v !== null)
    return {
      ...(types.length === 1 && { type: types[0] as NonNullable<Described['type']> }),
      ...(types.length === 0 && fields && { type: 'object' as const }),
      ...(typeof format === 'string' && { format }),
      ...(fields && { fields }),
      ...(Array.isArray(required) && { required: required.map(String) }),
      ...(values.length > 0 && { values: values.map(String) }),
      ...((source['nullable'] === true || (Array.isArray(type) && type.includes('null'))) && {
        nullable: true,
      }),
      ...(source['readOnly'] === true && { readOnly: true }),
      ...(source['writeOnly'] === true && { writeOnly: true }),
    }
  }
}

/** Of values that several parts list, those that hold are in all of them. */
function narrowed(merged: Described, a: Described, b: Described): Described {
  if (!a.values || !b.values) return merged
  const values = intersection(a.values, b.values)
  return values.length > 0 ? { ...merged, values } : merged
}
