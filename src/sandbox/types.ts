/**
 * What the sandbox is told besides the catalog: how resources behave, and the
 * rows they begin with. It is plain JSON, so that the build can write it next
 * to the compiled provider files.
 */

export type Json = null | string | number | boolean | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** JSON in which a string may hold placeholders, and an object may stand for a reference; template.ts has the language. */
export type Template = Json

/** Rows picked by their values: path of the row → template of the wanted value, or a list of which any will do. */
export type Where = Readonly<Record<string, Template>>

/** Rows of a resource. A `where` of which a value is unknown picks none. */
export interface Pick {
  /** Full name of the resource, `provider.service.resource`. */
  readonly in: string
  readonly where: Where
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A request that the API turns down although it is well formed. All conditions given must hold. */
export interface Refusal {
  readonly on: readonly HttpMethod[]
  /** The row the request is about has these values. */
  readonly when?: Where
  /** There is such a row, other than the one the request is about. */
  readonly found?: Pick
  /** There is no row of that kind in any of these. */
  readonly missing?: readonly Pick[]
  readonly status: number
  readonly code?: string
  readonly detail: Template
  /** Of the body, the part that is to blame: a JSON pointer. */
  readonly pointer?: string
}

/** What else happens once a request has succeeded. */
export interface Effect {
  readonly on: readonly HttpMethod[]
  readonly delete?: Pick
  readonly update?: Pick & { readonly set: Template }
  readonly insert?: { readonly in: string; readonly let?: Readonly<Record<string, Template>>; readonly body: Template }
}

/** How a query parameter picks rows when that is not by equality. */
export type Matcher =
  | { readonly match: 'exact'; readonly column: string }
  /** A slash-separated scope: that one, or with a trailing `/*` that one and all below. */
  | { readonly match: 'scope'; readonly column: string }
  /** That scope, and those above it when the parameter named `with` is `true`. */
  | { readonly match: 'ancestors'; readonly column: string; readonly with: string }

/** Of one method, by its signature `PATCH /path/{id}/part`. */
export interface MethodBehaviour {
  /** Of a success, where it is not 200 with rows, 204 without, 201 for a creation. */
  readonly status?: number
  /** Column that a path parameter picks the row by, where the catalog does not say. */
  readonly params?: Readonly<Record<string, string>>
  /** Merged into the row besides the body. */
  readonly set?: Template
  /** The body of the answer, instead of the row. */
  readonly answer?: Template
}

export interface Behaviour {
  /** Values for templates, evaluated in this order when a row is made. One of them is the key, `id`. */
  readonly let?: Readonly<Record<string, Template>>
  /** Regular expressions that parts of a body must match, by dotted path. */
  readonly patterns?: Readonly<Record<string, string>>
  /** Values that the body may override. */
  readonly defaults?: Template
  /** Values that it may not. */
  readonly set?: Template
  /** Values told once, in the answer to the creation. */
  readonly once?: Template
  /** Merged into a row whenever it is changed. */
  readonly touch?: Template
  /** Constant members of the object around a page of rows. */
  readonly list?: JsonObject
  /** Rows in a page when the request does not say. Default 10. */
  readonly pageSize?: number
  readonly filters?: Readonly<Record<string, Matcher>>
  readonly methods?: Readonly<Record<string, MethodBehaviour>>
  readonly refuse?: readonly Refusal[]
  readonly after?: readonly Effect[]
}

/** A row to begin with. `keys` are the path parameters it was made under that are no part of it. */
export interface SeedRow {
  readonly keys?: Readonly<Record<string, string>>
  readonly doc: JsonObject
}

export interface SandboxData {
  /** The time at which the sandbox starts, always; each change comes one second later. */
  readonly now: string
  readonly credentials: { readonly user: string; readonly password: string }
  /** Values for all templates. */
  readonly vars: JsonObject
  /** By the beginning of an id: the object that refers to the thing of that id. */
  readonly references: Readonly<Record<string, Template>>
  /** By full name, `provider.service.resource`. */
  readonly resources: Readonly<Record<string, Behaviour & { readonly rows: readonly SeedRow[] }>>
}
