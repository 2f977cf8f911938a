import { Ajv, type ErrorObject } from 'ajv'
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import schema from '../../../providers/schema.json' with { type: 'json' }
import { ConfluentqlError } from '../../errors.ts'
import type { HostSource } from './format-hosts.ts'
import type { Json, Operation, Paging, QueryBody } from '../types.ts'

export type { HostSource } from './format-hosts.ts'

/** The content of provider.yaml. providers/schema.json has the rules for its keys. */
export interface ProviderSource {
  readonly provider: string
  readonly title: string
  readonly about?: string
  readonly version: string
  readonly hosts: Readonly<Record<string, HostSource>>
  /** The default host of services. */
  readonly host: string
  readonly types?: Readonly<Record<string, ShapeSource>>
  readonly paging?: Readonly<Record<string, Paging>>
  readonly services: Readonly<Record<string, { readonly title: string; readonly about?: string }>>
  readonly views?: Readonly<
    Record<
      string,
      {
        readonly summary: string
        readonly sql: string
        readonly columns?: Readonly<Record<string, string>>
        readonly nulls?: Readonly<Record<string, string>>
        readonly defaults?: Readonly<Record<string, string>>
        readonly synonyms?: Readonly<Record<string, string>>
      }
    >
  >
  /** Of the views that have no own ones for a name. */
  readonly synonyms?: Readonly<Record<string, string>>
  readonly accepted?: readonly AcceptedSource[]
  /** Of every resource that has the keys and no parent of its own for them. */
  readonly parents?: ParentsSource
  readonly instead?: {
    readonly tables?: Readonly<Record<string, string>>
    readonly columns?: Readonly<Record<string, string>>
  }
}

/** The content of a service's file. */
export interface ServiceSource {
  readonly service: string
  readonly host?: string
  readonly types?: Readonly<Record<string, ShapeSource>>
  readonly accepted?: readonly AcceptedSource[]
  /** Of every resource of the service that has the keys and no parent of its own for them. */
  readonly parents?: ParentsSource
  /** Bodies of queries, by name. */
  readonly query_bodies?: Readonly<Record<string, QueryBodySource>>
  readonly resources: Readonly<Record<string, ResourceSource>>
}

/** A difference from OpenAPI documents that is meant. */
export interface AcceptedSource {
  readonly at?: string
  readonly what?: string
  readonly names?: readonly string[]
  readonly only?: 'provider' | 'documents'
  readonly reason: string
}

export interface QueryBodySource {
  readonly template: Json
  readonly groups?: { readonly into: string; readonly limit: number; readonly after?: string }
  readonly filter?: string
  readonly values?: QueryBody['values']
}

export interface ResourceSource {
  readonly summary: string
  readonly host?: string
  readonly columns: Readonly<Record<string, ColumnSource>>
  readonly settles?: SettlingSource
  readonly parents?: ParentsSource
  readonly given?: Readonly<Record<string, string>>
  readonly methods: Readonly<Record<string, MethodSource>>
  readonly unsupported?: Readonly<
    Record<string, { readonly sql: MethodSource['sql']; readonly call: string; readonly reason: string }>
  >
}

/** By table: the keys that it gives, and the columns that have them (a list where both have the same name). `values`: lists, by key. */
export type ParentsSource = Readonly<
  Record<string, readonly string[] | Readonly<Record<string, string | readonly string[]>>>
>

export interface SettlingSource {
  readonly phase: string
  readonly done: readonly string[]
  readonly failed?: readonly string[]
  readonly message?: string
  readonly every?: number
  readonly timeout?: number
}

/** A type name, with `[]` for an array of it, or a full description. */
export type ShapeSource = string | ShapeInFull

export interface ShapeInFull {
  readonly type?: string
  readonly about?: string
  readonly values?: readonly string[]
  readonly begins?: readonly string[]
  readonly secret?: boolean | 'members'
  readonly fields?: Readonly<Record<string, ShapeSource>>
  readonly items?: ShapeSource
}

export type ColumnSource =
  | string
  | (ShapeInFull & {
      readonly at?: string
      readonly or_at?: string
      readonly input?: boolean
      readonly hidden?: boolean
    })

export interface BodyFieldInFull extends ShapeInFull {
  readonly required?: boolean
  readonly nullable?: boolean
  readonly wire?: readonly string[]
  readonly text_when?: Readonly<Record<string, readonly string[]>>
  readonly base64_when?: Readonly<Record<string, readonly string[]>>
}

export type BodyFieldSource = 'required' | 'optional' | BodyFieldInFull

export interface ParamInFull {
  readonly in?: 'path' | 'query' | 'header' | 'body'
  readonly json?: 'object' | 'array'
  readonly type?: 'string' | 'timestamp' | 'integer' | 'number' | 'boolean'
  readonly required?: boolean
  readonly column?: string | boolean
  readonly filter?: 'exact' | 'inexact'
  readonly range?: 'from' | 'before'
  readonly longest?: string | { readonly by: string; readonly spans: Readonly<Record<string, string>> }
  readonly lag?: string
  readonly open?: 'now' | 'tomorrow'
  readonly repeat?: boolean
  readonly join?: string
  readonly wire?: string
  readonly default?: string
  readonly wildcards?: readonly string[]
  readonly values?: readonly string[]
  readonly about?: string
}

export type ParamSource = 'required' | 'optional' | 'exact' | 'inexact' | ParamInFull

export interface FailureSource {
  readonly at: string
  readonly code: string
  readonly success?: readonly (string | number)[]
  readonly message?: string
  readonly name?: string
}

export interface MethodSource {
  readonly sql: 'select' | 'insert' | 'update' | 'replace' | 'delete' | 'exec'
  readonly call: string
  readonly host?: string
  readonly rows?: string | { readonly at: string; readonly kind: 'array' | 'map' | 'one' }
  readonly single?: boolean
  readonly failure?: 'none' | FailureSource
  readonly once?: readonly string[]
  readonly operation?: Operation
  readonly paging?: string | { readonly use: string; readonly max?: number }
  readonly paged_by?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly params?: Readonly<Record<string, ParamSource>>
  readonly body?: Readonly<Record<string, BodyFieldSource>>
  readonly query_body?: string
  readonly parents_if?: Readonly<Record<string, string>>
  readonly body_kind?: 'object' | 'array' | 'form'
  readonly body_media?: string
  readonly body_constant?: Readonly<Record<string, Json>>
  readonly columns?: Readonly<Record<string, ColumnSource>>
  readonly stage?: 'preview' | 'early access' | 'deprecated'
  readonly about?: string
}

/** The keys from the top of a file to a value. */
export type KeyPath = readonly string[]

/** A file that is valid by the schema, and a function that makes errors about it. */
export interface Parsed<T> {
  readonly source: T
  /** The error `<file>:<line>: <path>: <message>`, at the line of the path or of its nearest existing parent. */
  readonly wrong: (path: KeyPath, message: string) => ConfluentqlError
}

const ajv = new Ajv({
  allErrors: true,
  verbose: true,
  allowUnionTypes: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
})
ajv.addSchema(schema, 'format')

/** Reads the text of provider.yaml (`kind` provider) or of a service's file. `file` is for messages. Throws code PROVIDER. */
export function parseSource(file: string, text: string, kind: 'provider'): Parsed<ProviderSource>
export function parseSource(file: string, text: string, kind: 'service'): Parsed<ServiceSource>
export function parseSource(
  file: string,
  text: string,
  kind: 'provider' | 'service',
): Parsed<ProviderSource | ServiceSource> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const [broken] = [...document.errors, ...document.warnings]
  if (broken)
    throw new ConfluentqlError(
      'PROVIDER',
      `${file}:${lines.linePos(broken.pos[0]).line}: ${broken.message.split('\n')[0]}`,
    )

  const line = (path: KeyPath): number => {
    for (let length = path.length; length > 0; length--) {
      const map: unknown = document.getIn(path.slice(0, length - 1), true)
      const key = isMap(map)
        ? map.items.find(pair => isScalar(pair.key) && pair.key.value === path[length - 1])?.key
        : undefined
      if (isScalar(key) && key.range) return lines.linePos(key.range[0]).line
    }
    return 1
  }
  const place = (path: KeyPath) => `${file}:${line(path)}:${path.length > 0 ? ` ${path.join('.')}:` : ''}`
  const wrong = (path: KeyPath, message: string) =>
    new ConfluentqlError('PROVIDER', `${place(path)} ${message}`)

  const source: unknown = toData(() => document.toJS({ maxAliasCount: 0 }), wrong)
  const valid = ajv.getSchema(`format#/definitions/${kind}`)
  if (!valid) throw new Error('the schema of provider files has no such part')
  if (!valid(source)) {
    const messages = new Set((valid.errors ?? []).flatMap(error => describeError(error, place)))
    throw new ConfluentqlError('PROVIDER', [...messages].slice(0, 20).join('\n'))
  }
  return { source: source as ProviderSource | ServiceSource, wrong }
}

function toData(read: () => unknown, wrong: Parsed<unknown>['wrong']): unknown {
  try {
    return read()
  } catch {
    throw wrong([], 'aliases (*name) are not taken; name a shape under types instead')
  }
}

const knownKeys = ({ parentSchema }: ErrorObject): string =>
  Object.keys((parentSchema?.['properties'] ?? {}) as object).join(', ')

/** The message for an error of the schema; none for one that only repeats another. */
function describeError(error: ErrorObject, place: (path: KeyPath) => string): string[] {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const value = (error.data ?? null) as unknown
  switch (error.keyword) {
    case 'if':
    case 'anyOf':
      return []
    case 'propertyNames':
      return [`${place([...path, String(error.params['propertyName'])])} is not a name that can stand here`]
    case 'additionalProperties':
      return [
        `${place([...path, String(error.params['additionalProperty'])])} unknown key; known are ${knownKeys(error)}`,
      ]
    case 'required':
      return [`${place(path)} the key ${String(error.params['missingProperty'])} is missing`]
    case 'enum':
      return [`${place(path)} must be one of ${(error.params['allowedValues'] as unknown[]).join(', ')}`]
    case 'pattern':
      // names of keys are reported by propertyNames
      if (error.propertyName !== undefined) return []
      return [
        `${place(path)} ${JSON.stringify(value) ?? ''} does not match ${String(error.params['pattern'])}`.replace(
          '  ',
          ' ',
        ),
      ]
    default:
      return [`${place(path)} ${error.message ?? 'is wrong'}`]
  }
}
