import type { Matcher } from './requests/matcher.ts'
import type { Initial } from './rows/parts.ts'
import type { SchemasBehaviour } from './schemas/behaviour.ts'
import type { SeriesBehaviour } from './series/series-behaviour.ts'

/**
 * The data of the sandbox besides the catalog: the behaviour of resources, and their
 * initial rows. It is plain JSON, which the build writes next to the compiled
 * provider files.
 */

export type Json = null | string | number | boolean | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** JSON in which strings may contain placeholders, and objects may be references; see `fill` in template.ts. */
export type Template = Json

/** Selects rows by their values: path → template of the value, or of a list of alternatives. */
export type Where = Readonly<Record<string, Template>>

/** Selects rows of a resource. A `where` with a missing value selects none. */
export interface Pick {
  /** Full name of the resource, `provider.service.resource`. */
  readonly in: string
  readonly where: Where
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Refuses a well-formed request. All given conditions must hold. */
export interface Refusal {
  readonly on: readonly HttpMethod[]
  /** The target row has these values. */
  readonly when?: Where
  /** There is such a row, other than the target row. */
  readonly found?: Pick
  /** None of these selects a row. */
  readonly missing?: readonly Pick[]
  readonly status: number
  readonly code?: string
  /** Code of the error where codes are numbers. */
  readonly number?: number
  readonly detail: Template
  /** JSON pointer to the part of the body that is at fault. */
  readonly pointer?: string
}

/** The form of a reference object, filled from `id`; `row` is the referenced row of the resource `in`, if any. */
export interface Reference {
  readonly in?: string
  readonly as: Template
}

/** An effect of a successful request on other rows. */
export interface Effect {
  readonly on: readonly HttpMethod[]
  /** Repeats the effect for each element of a list, or a number of times; `item` is the element or index. */
  readonly each?: Template
  /** Only if there is such a row. */
  readonly given?: Pick
  /** Only if there is no such row. */
  readonly unless?: Pick
  readonly delete?: Pick
  readonly update?: Pick & { readonly set: Template }
  readonly insert?: {
    readonly in: string
    readonly let?: Readonly<Record<string, Template>>
    readonly body: Template
    /** Server that the row is on, if not that of the request. */
    readonly site?: Template
  }
}

/**
 * What a request does: get one row, list rows, create one, change or remove its target rows, or nothing.
 * `put` changes the row or creates it. `register`, `lookup` and `fits` are about schemas (schemas/registry.ts).
 */
export type Operation =
  | 'get'
  | 'list'
  | 'create'
  | 'change'
  | 'remove'
  | 'put'
  | 'nothing'
  | 'series'
  | 'labels'
  | 'register'
  | 'lookup'
  | 'fits'

/** The behaviour of one method, by its signature `PATCH /path/{id}/part`. */
export interface MethodBehaviour {
  /** Default: for GET, get or list by the rows of the method; create for POST, change for PUT and PATCH, remove for DELETE. */
  readonly does?: Operation
  /** The resource of the target rows, if it is another one. */
  readonly in?: string
  /** Values that the target rows must have besides those of the parameters. */
  readonly where?: Where
  /** Status of a success. Default: 200 with rows, 204 without, 201 for a creation. */
  readonly status?: number
  /** Column that a parameter selects by, if the catalog does not have it; false: it selects nothing. */
  readonly params?: Readonly<Record<string, string | false>>
  /** The target is the last of the selected rows, not the first. */
  readonly last?: boolean
  /** All selected rows are targets. */
  readonly every?: boolean
  /** Each row appears once for each element, `item`, of this list in it. */
  readonly each?: string
  /** The form of a row in the answer, filled from `doc` and `item`. Equal rows appear once. */
  readonly as?: Template
  /** The request is performed for each element of this list in its body, as if that were the body. */
  readonly of?: string
  /** Member name for such an element if it is not an object. */
  readonly named?: string
  /** A PUT keeps values that it does not give. */
  readonly merges?: boolean
  /** Any body is accepted, and stored at this path of the row. */
  readonly into?: string
  /** Merged into the row after the body. */
  readonly set?: Template
  /** The body of the answer, instead of the row; filled from `docs`, the rows in their form, and `doc`, the first of them. */
  readonly answer?: Template
  /** Member of the answer that is valid as a bearer token from then on. */
  readonly grants?: string
  readonly mark?: Marking
  /** The error when the target does not exist. */
  readonly absent?: Refused
  /** When the target does not exist and the parameter is `true`, the first row of another resource is the answer. */
  readonly fallback?: { readonly in: string; readonly param: string }
  /** Constant members of the object around the rows, instead of the resource's. */
  readonly list?: Template
}

/** A soft deletion: the first removal marks the row; a second one with a parameter that is `true` removes it. */
export interface Marking {
  /** The member that marks the row. */
  readonly member: string
  readonly param: string
  /** The parameter is true, but the row is not marked. */
  readonly early: Refused
  /** The parameter is not true, but the row is marked. */
  readonly again: Refused
}

/** The error of a refusal. */
export interface Refused {
  readonly status?: number
  /** Code of the error where codes are numbers. */
  readonly number?: number
  readonly detail?: Template
  /** The error instead if this selects no row. */
  readonly without?: Pick & Omit<Refused, 'without'>
}

/** What a text must match, and the error if it does not. */
export interface Pattern {
  readonly matches: string
  readonly number?: number
  readonly detail?: string
}

/** Bodies of errors: a list of errors; a code and a message; those within `error`; a page for people. */
export type ErrorFamily = 'errors' | 'error_code' | 'error' | 'code' | 'page'

/** A change of a row over time: after `after` reads, `set` is merged into it, and missing members of `defaults`. */
export interface Phase {
  readonly after: number
  readonly defaults?: Template
  readonly set: Template
}

/** The row's id and a password are a key for servers. Both templates are filled from the answer to its creation. */
export interface Key {
  readonly password: Template
  /** Name of a server, or the word of a host in `opened`. */
  readonly opens: Template
  /** When the key is accepted: after that many refused requests, or seconds, whichever is first. */
  readonly after: { readonly refusals: number; readonly seconds: number }
}

/** The form of the last page of a list. */
export interface End {
  /** Its link to the next page. */
  readonly next?: null | ''
  /** A full page is never the last; the page after the last row has null for rows. */
  readonly trails?: boolean
  /** Besides it, the list has its own link; default: a link to the first page and the number of rows. */
  readonly links?: 'self'
}

/** Limits of the range of days between two parameters; the second is exclusive. */
export interface Window {
  readonly from: string
  readonly to: string
  /** Most days in one request. */
  readonly days: number
  /** Most years between the first day and today. */
  readonly years: number
}

export interface Behaviour {
  readonly series?: SeriesBehaviour
  readonly schemas?: SchemasBehaviour
  /** Values for templates, evaluated in this order when a row is created. One of them is the key, `id`. */
  readonly let?: Readonly<Record<string, Template>>
  /** Regular expressions that parts of a body must match, by dotted path, and parameters of the path as `param.name`. */
  readonly patterns?: Readonly<Record<string, string | Pattern>>
  /** Values that the body can override. */
  readonly defaults?: Template
  /** Values that the body cannot override. */
  readonly set?: Template
  /** Values that only the answer to the creation has. */
  readonly once?: Template
  /** Members of objects whose values are stored as asterisks: a regular expression of their names, by the path of the object. */
  readonly masks?: Readonly<Record<string, string>>
  /** Members numbered from 1 among the rows with the same values at the given paths. */
  readonly numbers?: Readonly<Record<string, readonly string[]>>
  /** Merged into a row whenever it is changed. */
  readonly touch?: Template
  /** Changes of a row created in the sandbox, by the number of its reads. */
  readonly phases?: readonly Phase[]
  /** Each row has a server of this kind, named by its id. */
  readonly opens?: string
  /** Created rows are keys. */
  readonly key?: Key
  /**
   * The column with the day of a row. The times of initial rows are moved by whole weeks, so that they keep their day
   * of the week; there are none for the start day and later days.
   */
  readonly weekly?: string
  /** The days that a list can be requested for. */
  readonly window?: Window
  /** Form of error bodies by status; `default` for all others. */
  readonly errors?: Readonly<Record<string, ErrorFamily>>
  /** The error when the target does not exist. */
  readonly absent?: Refused
  /** Constant members of the object around a page of rows. */
  readonly list?: Template
  /** Rows in a page if the request gives no size. Default 10. */
  readonly pageSize?: number
  /** The last page of lists. Default: without a link to the next page. */
  readonly end?: End
  readonly filters?: Readonly<Record<string, Matcher>>
  readonly methods?: Readonly<Record<string, MethodBehaviour>>
  readonly refuse?: readonly Refusal[]
  readonly after?: readonly Effect[]
}

export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Servers of one kind. Each host without a plane has its own server. */
export interface Plane {
  /** Hosts that such a server simulates, as `provider.host`, the main one first. */
  readonly hosts: readonly string[]
  /** Keys that every server of the kind accepts, by host; each host that requires a key has one. */
  readonly credentials: Readonly<Record<string, Credentials>>
  /**
   * Names of the servers; absent: there is one, for all rows without a `site`. Each also accepts the key with its name
   * and the secret `sandbox-` followed by its name.
   */
  readonly sites?: readonly string[]
  /** By host: the value of `opens` that created keys need, if the servers have no names. */
  readonly opened?: Readonly<Record<string, string>>
  /** Paths that begin with this take files, without a key: addresses for uploads. */
  readonly uploads?: string
  readonly errors?: ErrorFamily
  /** Body of the answer to a wrong key. */
  readonly denied?: ErrorFamily
}

export interface SandboxData {
  /** The midnight that the rows are written for. A sandbox that starts on another day moves their times accordingly. */
  readonly now: string
  readonly credentials: Credentials
  readonly planes?: Readonly<Record<string, Plane>>
  /** By parameter of lists: the resource that has its ids, and the error for any other id. */
  readonly known?: Readonly<Record<string, Refused & { readonly in: string; readonly code: string }>>
  /** Default matchers, by parameter name. */
  readonly filters?: Readonly<Record<string, Matcher>>
  /** Values for all templates. */
  readonly vars: JsonObject
  /** By the beginning of an id: the object that refers to the thing of that id. */
  readonly references: Readonly<Record<string, Reference>>
  /** By full name, `provider.service.resource`. */
  readonly resources: Readonly<Record<string, Initial>>
}
