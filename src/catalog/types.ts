/**
 * The catalog: the resources and methods of providers, as readonly data. It is loaded
 * from YAML provider files (compiled to JSON by the build), and is independent of
 * their format.
 */

import type { FailureAt, Operation, Paging, RowsAt } from './answers.ts'
import type { Host } from './hosts.ts'
import type { Json, QueryBody, Range } from './requests.ts'

export type { FailureAt, Operation, Paging, RowsAt } from './answers.ts'
export type { CredentialHeader, Host, OAuth2, ResourceIds, ServiceAccount, UrlVariable } from './hosts.ts'
export type { Json, QueryBody, Range } from './requests.ts'

/** A SQLite value. Booleans are 1 and 0, objects and arrays JSON text. */
export type Value = null | string | number | bigint | Uint8Array

export type ScalarType = 'string' | 'timestamp' | 'integer' | 'number' | 'boolean'
export type ColumnType = ScalarType | 'object' | 'array'

/** A shape of JSON data, used for columns, the fields of objects, elements of arrays, and bodies. */
export interface Shape {
  readonly type: ColumnType
  /** For an object: its known fields by name. Absent or empty: any fields. */
  readonly fields?: Readonly<Record<string, Shape>>
  /** For an array: the shape of an element. */
  readonly items?: Shape
  /** The text is a day: `2026-10-01`. */
  readonly isDate?: boolean
  /** Known values. The list is open: a server may send and accept others. */
  readonly values?: readonly string[]
  /** All values begin with one of these texts. */
  readonly begins?: readonly string[]
  /** Holds a secret: masked in output unless asked for. */
  readonly secret?: boolean
  /** For an object with members of any name: those with the name of a secret hold one. */
  readonly secretMembers?: boolean
  readonly about?: string
  /** For an object in a table of the session: the path of the field that it means if it is compared with a scalar. */
  readonly means?: readonly string[]
}

export interface Column extends Shape {
  readonly name: string
  /**
   * The place of the value in a row of the answer, if it is not `$.name`: a SQLite
   * JSON path (`$.status.connector.state`), `$` for the row itself (rows that are
   * scalars), `#key` for the key of a map of rows, or `#member` for the value of the
   * only member of a row. `prefix.*` makes an object of the members whose names begin
   * so (`resource.kafka.id`): those that a query groups by (QueryBody.groups).
   */
  readonly at?: string
  /**
   * An input column: its value is that of the call's parameter with this `column`, otherwise the value at `at`
   * of the answer, otherwise NULL. The parameter usually has the same name. It has another one where that name
   * is also a column of the answer with another meaning: `crn_pattern = 'crn://…/*'` requests rows below a
   * scope, so it selects by the input column `scope`, while the column crn_pattern has the value of the answer.
   */
  readonly isInput?: boolean
  /** An input column whose value at `at` is what its parameter asks for, so that rows verify a condition that is not sent. */
  readonly isAnswered?: boolean
  /** A second place of the value, for rows that have none at the first. */
  readonly orAt?: string
  /** Not a column of `*` and of DESCRIBE: it is read only where a statement names it, or a parameter that selects by it. */
  readonly isHidden?: boolean
}

export interface Param {
  readonly name: string
  /**
   * host: the base URL of the call (see Host.urlParam). profile: which credentials and addresses it uses, in a session
   * with several profiles. Neither is sent. body: it stands in the body of a query, or of a SELECT by POST. server: a variable of the host's URL
   * (see UrlVariable), which the profile or the environment may give too.
   */
  readonly in: 'path' | 'query' | 'header' | 'host' | 'body' | 'profile' | 'server'
  /** Its name in the request, if that is not `name`. In a path, the name in braces. */
  readonly wire?: string
  readonly type: ScalarType
  /** In a body: its value is the text of an object or an array. */
  readonly json?: 'object' | 'array'
  readonly required: boolean
  /**
   * The column that the parameter selects rows by (an input column if the answer does not have it), or a
   * dotted path into an object column (`user.id`). If it is not the parameter's name, and there is a column
   * with that name, comparing that column with a scalar means this one. Absent for a parameter that selects
   * no rows, for example of an insert.
   */
  readonly column?: string
  /**
   * exact: the answer has all rows whose `column` equals the value, and no others.
   * inexact: it has at least those.
   */
  readonly filter?: 'exact' | 'inexact'
  /** A bound of the method's range; it has no `column`, since no value of its own is asked for. */
  readonly range?: 'from' | 'before'
  /** Sent when no value is given. */
  readonly default?: string
  /** Several values can be sent in one request (`?id=a&id=b`). */
  readonly repeat?: boolean
  /** Several values are sent as one, with this text between them (`?id=a,b`). Only with `repeat`. */
  readonly join?: string
  /** Values, in upper or lower case, that select more rows than those whose `column` equals them. Changes refuse them. */
  readonly wildcards?: readonly string[]
  readonly values?: readonly string[]
  readonly about?: string
}

/** A settable leaf of a request body, by dotted path (`spec.display_name`). */
export interface BodyField extends Shape {
  readonly path: string
  readonly required: boolean
  /** The names of its place in the body, if they are not the parts of `path`. */
  readonly wire?: readonly string[]
  /** The API accepts null for it: NULL is sent as null. */
  readonly nullable?: boolean
  /** It accepts any JSON value. `type` is string. */
  readonly json?: AnyJson
}

/** How a value is sent for a field that accepts any JSON; a text is parsed as JSON, unless one of these tests holds. */
export interface AnyJson {
  /** A text is sent as a JSON string. */
  readonly textWhen?: FieldTest
  /** A blob is sent as base64, and a text as a JSON string. */
  readonly base64When?: FieldTest
}

/** A test of other fields: paths, and the accepted values of each, ignoring case. */
export type FieldTest = Readonly<Record<string, readonly string[]>>

export interface Body {
  readonly media: string
  /** object: the fields make one object. array: that object is wrapped in a one-element array. form: x-www-form-urlencoded. */
  readonly kind: 'object' | 'array' | 'form'
  readonly fields: readonly BodyField[]
  /** Members that are always sent, unless a field gives another value. */
  readonly constant?: Readonly<Record<string, Json>>
}

export type Verb = 'select' | 'insert' | 'update' | 'replace' | 'delete' | 'exec'

export interface Method {
  /** As in the provider file; looked up ignoring case and underscores. */
  readonly name: string
  readonly verb: Verb
  readonly http: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/iam/v2/invitations/{id}` */
  readonly path: string
  /** Query parameters that are always sent. */
  readonly query?: Readonly<Record<string, string>>
  /** Headers that are always sent; `accept` replaces ours. */
  readonly headers?: Readonly<Record<string, string>>
  /** Path parameters in path order, then the others in the order of the provider file; without those of paging. */
  readonly params: readonly Param[]
  readonly range?: Range
  readonly body?: Body
  readonly queryBody?: QueryBody
  /** Its keys come from parents only if all values of these keys begin so. */
  readonly parentsIf?: Readonly<Record<string, string>>
  /** Absent: the answer has no rows. */
  readonly rows?: RowsAt
  /**
   * The columns of the answer's rows, if they differ from the resource's. For a select: a subset of the
   * resource's columns, possibly at other places (a list of names); it cannot serve statements that use others.
   */
  readonly columns?: readonly Column[]
  readonly paging?: Paging
  /**
   * The parameter, or member of the answer, that suggests further pages, of a list whose paging is not known: a notice says that rows may be
   * missing.
   */
  readonly pagedBy?: string
  /** A lookup of one object by its keys: 404 means no row. */
  readonly single?: boolean
  /**
   * The place of failures in the answer, besides the default places (src/http/answers/reported-failures.ts). `none`: the answer
   * reports no failures, as those places hold data. `whole`: only a body that is entirely an error reports one, since the
   * names of its members are data (a map of rows, settings).
   */
  readonly failure?: FailureAt | 'none' | 'whole'
  /** Of a change: AWAIT waits until the operation in the answer is done. */
  readonly operation?: Operation
  /** Dotted paths of secrets that only this answer has, and no later one. */
  readonly once?: readonly string[]
  /** Key into Provider.hosts. */
  readonly host: string
  readonly stage?: 'preview' | 'early access' | 'deprecated'
  readonly about?: string
}

/** How the state of an object changes after a request that starts a long-running operation. */
export interface Settling {
  /** Dotted path of the column with the phase. A value that is neither in `done` nor in `failed` is intermediate. */
  readonly phase: string
  readonly done: readonly string[]
  readonly failed: readonly string[]
  /** Dotted path of the column with the reason of a failure. */
  readonly message?: string
  /** Seconds between two reads. */
  readonly every: number
  /** Seconds until waiting is given up. */
  readonly timeout: number
}

/** Gives required parameters that a SELECT does not give. `table` is a resource or view; `keys`: its column by Param.column. */
export type Parent =
  | { readonly table: string; readonly keys: Readonly<Record<string, string>> }
  | { readonly key: string; readonly values: readonly string[] }

export interface Resource {
  readonly provider: string
  readonly service: string
  readonly name: string
  readonly summary: string
  readonly columns: readonly Column[]
  /** Absent: changes, except deletions, are complete when they are answered. */
  readonly settles?: Settling
  /** A key has one parent at most. */
  readonly parents?: readonly Parent[]
  /** Keys without a parent, and the reason why a statement must give them. */
  readonly given?: Readonly<Record<string, string>>
  /** In the order SHOW METHODS prints: select, insert, update, replace, delete, exec. */
  readonly methods: readonly Method[]
  /** Methods of the provider's documents that cannot be called. */
  readonly unsupported?: readonly UnsupportedMethod[]
}

/** A method that cannot be called. */
export interface UnsupportedMethod {
  readonly name: string
  readonly verb: Verb
  /** `GET /v1/things/{id}` */
  readonly call: string
  /** Why, for the user: `its answer is XML`. */
  readonly reason: string
  /** The line of its description in the document of the service. */
  readonly line?: number
}

export interface ServiceInfo {
  readonly name: string
  readonly title: string
  readonly about?: string
}

export interface Provider {
  readonly name: string
  readonly title: string
  readonly version: string
  readonly hosts: Readonly<Record<string, Host>>
  readonly services: readonly ServiceInfo[]
  /** Predefined views. */
  readonly views?: readonly ViewInfo[]
  /** Other names of columns that its views may have: see ViewInfo.synonyms. */
  readonly synonyms?: Readonly<Record<string, string>>
  /** Names from other tools, in lower case, and what to write instead. */
  readonly instead?: InsteadOf
}

/** Hints for names that a provider does not have. A table name may end in `*`; `{name}` in its hint is the table with the rest of the name. */
export interface InsteadOf {
  readonly tables?: Readonly<Record<string, string>>
  readonly columns?: Readonly<Record<string, string>>
}

/** A view: its full dotted name, and a query over resources and other views. */
export interface ViewInfo {
  readonly name: string
  readonly summary: string
  readonly sql: string
  /** Descriptions of columns, instead of those of the columns that they are. */
  readonly columns?: Readonly<Record<string, string>>
  /**
   * What rows without a value in a column are, which a condition on the column leaves out although they may be meant, and what to
   * read instead.
   */
  readonly nulls?: Readonly<Record<string, string>>
  /** Whose value a column has that is never NULL, if there is no own one, and where to read the own ones. */
  readonly defaults?: Readonly<Record<string, string>>
  /** By another name that a statement may use for a column of this name, where nothing else has that name. `*` does not stand for them. */
  readonly synonyms?: Readonly<Record<string, string>>
  /** In a session with several profiles: their names. The view has the rows of each, with a further column `profile`. */
  readonly profiles?: readonly string[]
}

/** Reads compiled provider files; a service is read when it is first used. Names are case-insensitive. */
export interface Catalog {
  providers(): readonly Provider[]
  provider(name: string): Provider | undefined
  /** The names of a provider's resources, by service, without reading the services. */
  names(provider: string): ReadonlyMap<string, readonly string[]>
  /** Whether all services of a provider are compiled, so that reading them is cheap. Else each is compiled at its first use. */
  isWhole(provider: string): boolean
  /** All resources of a service, by name in lower case, each read when it is used; undefined if there is no such service. */
  service(provider: string, service: string): ReadonlyMap<string, Resource> | undefined
  resource(provider: string, service: string, resource: string): Resource | undefined
}
