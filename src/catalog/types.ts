/**
 * The catalog: what a provider offers, as readonly data. It is filled from our
 * YAML provider files (compiled to JSON by the build) and says nothing that
 * only one form of provider document could say.
 */

/** A value as SQLite knows it. Booleans are 1 and 0, objects and arrays JSON text. */
export type Value = null | string | number | bigint | Uint8Array

export type ScalarType = 'string' | 'timestamp' | 'integer' | 'number' | 'boolean'
export type ColumnType = ScalarType | 'object' | 'array'

/** A shape of JSON data, used for columns, the fields of objects, elements of arrays, and bodies. */
export interface Shape {
  readonly type: ColumnType
  /** Of an object: its known fields by name. Absent or empty: any fields. */
  readonly fields?: Readonly<Record<string, Shape>>
  /** Of an array: the shape of an element. */
  readonly items?: Shape
  /** Known values. The list is open: a server may send and take others. */
  readonly values?: readonly string[]
  /** Holds a secret: masked in output unless asked for. */
  readonly secret?: boolean
  readonly about?: string
}

export interface Column extends Shape {
  readonly name: string
  /**
   * Where the value stands in a row of the answer, when that is not `$.name`:
   * a SQLite JSON path (`$.status.connector.state`), `$` for the row itself (rows
   * that are scalars), or `#key` for the key of a map of rows.
   */
  readonly at?: string
  /**
   * Not in the answer: holds the value that the parameter whose `column` this is was called with
   * (else NULL, or what stands at `at` where the answer happens to say it too). That parameter has the same name, but for one that means something else than the
   * column of its own name: `crn_pattern = 'crn://…/*'` asks for what lies below a scope, so it selects
   * by the input column `scope`, while the column crn_pattern keeps what the answer says.
   */
  readonly isInput?: boolean
}

export interface Param {
  readonly name: string
  /** host: the base URL of the call (see Host.urlParam); nothing of it goes into the request itself. */
  readonly in: 'path' | 'query' | 'header' | 'host'
  readonly type: ScalarType
  readonly required: boolean
  /**
   * What the parameter selects rows by: a column (an input column where the answer does not have it), or a
   * dotted path into an object column (`user.id`). Where this is not the parameter's own name, and
   * there is a column of that name, comparing that column with a scalar means this one.
   * Absent for a parameter that selects no rows (of an insert, say).
   */
  readonly column?: string
  /**
   * exact: the answer holds all rows whose `column` equals the value, and no others.
   * inexact: it holds at least those.
   */
  readonly filter?: 'exact' | 'inexact'
  /** Sent when no value is given. */
  readonly default?: string
  /** Several values go into one request (`?id=a&id=b`). */
  readonly repeat?: boolean
  /** Values, in any case, that select more rows than those whose `column` equals them: a change takes none of them. */
  readonly wildcards?: readonly string[]
  readonly values?: readonly string[]
  readonly about?: string
}

/** A settable part of a request body, by dotted path (`spec.display_name`): the leaves, not the objects above them. */
export interface BodyField extends Shape {
  readonly path: string
  readonly required: boolean
  /** The API takes null for it: NULL is sent as that. */
  readonly nullable?: boolean
  /** It takes any JSON value: a text, a number, a boolean, an object, an array. `type` is string. */
  readonly json?: AnyJson
}

/** What is sent for a field that takes any JSON; a text is read as JSON, unless other fields say otherwise. */
export interface AnyJson {
  /** A text is sent as it is. */
  readonly textWhen?: FieldTest
  /** A blob is sent as base64, and a text as it is. */
  readonly base64When?: FieldTest
}

/** Paths of fields, and the values of which each must have one, in any case. */
export type FieldTest = Readonly<Record<string, readonly string[]>>

export interface Body {
  readonly media: string
  /** object: the fields make one object. array: that object is wrapped in a one-element array. form: x-www-form-urlencoded. */
  readonly kind: 'object' | 'array' | 'form'
  readonly fields: readonly BodyField[]
}

/** How the rows lie in an answer: `at` is a SQLite JSON path to an array, to a map of rows, or to the one row. */
export interface RowsAt {
  readonly at: string
  readonly kind: 'array' | 'map' | 'one'
}

/** Where an answer whose status is a success says that what it is about failed. */
export interface FailureAt {
  /** A SQLite JSON path to the object that says it, or to an array whose elements each may. */
  readonly at: string
  /** Dotted path of the code below `at`: there is a failure where it is neither absent nor null nor in `success`. */
  readonly code: string
  /** Codes that mean success. */
  readonly success?: readonly string[]
  /** Dotted path of what says why. */
  readonly message?: string
  /** Dotted path of the name of what failed. */
  readonly name?: string
}

/** How a list is paged, as provider files write it too. */
export type Paging =
  /**
   * The next page's token is in the answer at `next`: either the token or a URL whose query has it under `param`. With
   * `ends` empty there is always a next page, since more may come, so an empty one is the last for now.
   */
  | {
      readonly kind: 'token'
      readonly param: string
      readonly next: string
      readonly size?: string
      readonly max?: number
      readonly ends?: 'empty'
    }
  /** Pages of at most `max` rows are asked for by offset, until one is empty or shorter than the largest so far. */
  | { readonly kind: 'offset'; readonly offset: string; readonly limit: string; readonly max: number }

export type Verb = 'select' | 'insert' | 'update' | 'replace' | 'delete' | 'exec'

export interface Method {
  /** As written in the provider file; looked up without regard to case and underscores. */
  readonly name: string
  readonly verb: Verb
  readonly http: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/iam/v2/invitations/{id}` */
  readonly path: string
  /** Query parameters that are always sent. */
  readonly query?: Readonly<Record<string, string>>
  /** Path parameters in path order, then the others as documented; without those of paging. */
  readonly params: readonly Param[]
  readonly body?: Body
  /** Absent: a success has no rows to read. */
  readonly rows?: RowsAt
  /**
   * The columns of the answer's rows, where they are not those of the resource. Of a select: a part of the
   * resource's, perhaps found elsewhere (a list of names alone); it must not serve a statement that uses others.
   */
  readonly columns?: readonly Column[]
  readonly paging?: Paging
  /** A lookup of one thing by its keys: 404 means no row. */
  readonly single?: boolean
  /**
   * Where the answer says that something failed, besides the places that are looked at by default
   * (src/http/reported-failures.ts). `none`: nowhere, what stands there is data. `whole`: only a body that is nothing but an
   * error says so, since the names of its members are data (a map of rows, settings).
   */
  readonly failure?: FailureAt | 'none' | 'whole'
  /** Dotted paths of secrets that this answer has, and no answer after it. */
  readonly once?: readonly string[]
  /** Key into Provider.hosts. */
  readonly host: string
  readonly stage?: 'preview' | 'early access' | 'deprecated'
  readonly about?: string
}

/** How a thing comes to be what a statement asked for, when that takes longer than its request. */
export interface Settling {
  /** Dotted path of the column that tells. A value that is neither in `done` nor in `failed` is on its way to one. */
  readonly phase: string
  readonly done: readonly string[]
  readonly failed: readonly string[]
  /** Dotted path of a column that says why it failed. */
  readonly message?: string
  /** Seconds between two looks at it. */
  readonly every: number
  /** Seconds after which it is given up. */
  readonly timeout: number
}

export interface Resource {
  readonly provider: string
  readonly service: string
  readonly name: string
  readonly summary: string
  readonly columns: readonly Column[]
  /** Absent: what a request asked for is there when it is answered, but for what it deletes. */
  readonly settles?: Settling
  /** In the order SHOW METHODS prints: select, insert, update, replace, delete, exec. */
  readonly methods: readonly Method[]
}

export interface ServiceInfo {
  readonly name: string
  readonly title: string
  readonly about?: string
}

/** A base URL and the credential that goes with it. */
export interface Host {
  readonly name: string
  /** What profiles call its credentials; hosts of one kind take the same. Default: its name. */
  readonly kind?: string
  /** Domains of the provider: a URL that only a statement gives gets a credential below these alone. */
  readonly domains?: readonly string[]
  /** Which resource a call needs the credential of: parameters that hold its id, and a variable that says whose the variables of `auth` are. */
  readonly resource?: { readonly params: readonly string[]; readonly idEnv?: string }
  /** Parameter that holds the id of the environment, where credentials are for an environment and a region. */
  readonly environment?: string
  /** Path where a token of an identity provider is exchanged for an access token to this host (RFC 8693). */
  readonly exchange?: string
  /** Takes tokens of identity providers as they are: the headers for what a profile gives besides, by its keys. */
  readonly oauth?: Readonly<Record<string, string>>
  /** Without a slash at the end. Empty: there is no URL that serves everyone, so `urlParam` or `urlEnv` must give it. */
  readonly url: string
  /** Parameter (`in` host) whose value is the base URL of a call, before all others. Every method of the host has it. */
  readonly urlParam?: string
  /** Environment variable that overrides `url`. */
  readonly urlEnv?: string
  /** A statement that changes nothing and costs little, to find out whether the host can be reached. `:NAME` is an environment variable. */
  readonly probe?: string
  /** Environment variable of an access token, sent as `Bearer` instead of `auth` where it is set. */
  readonly tokenEnv?: string
  readonly auth:
    | { readonly kind: 'basic'; readonly userEnv: string; readonly passwordEnv: string }
    | { readonly kind: 'none' }
}

export interface Provider {
  readonly name: string
  readonly title: string
  readonly version: string
  readonly hosts: Readonly<Record<string, Host>>
  readonly services: readonly ServiceInfo[]
  /** Ready-made queries. */
  readonly views?: readonly ViewInfo[]
  /** Names that people bring from elsewhere, in lower case, and what to write for them. */
  readonly instead?: InsteadOf
}

/** What to write for names that a provider does not have. A name of a table may end in `*`: `{name}` in its text is the table called by the rest. */
export interface InsteadOf {
  readonly tables?: Readonly<Record<string, string>>
  readonly columns?: Readonly<Record<string, string>>
}

/** A view: its full dotted name, and a query over resources and other views. */
export interface ViewInfo {
  readonly name: string
  readonly summary: string
  readonly sql: string
}

/** Reads compiled provider files; a service is read when it is first named. Names are matched without regard to case. */
export interface Catalog {
  providers(): readonly Provider[]
  provider(name: string): Provider | undefined
  /** All resources of a service, by name; undefined if there is no such service. */
  service(provider: string, service: string): ReadonlyMap<string, Resource> | undefined
  resource(provider: string, service: string, resource: string): Resource | undefined
}
