import type { Matcher } from './matcher.ts'

/**
 * What the sandbox needs besides the catalog: how resources behave, and the
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
  /** Code of the error where codes are numbers. */
  readonly number?: number
  readonly detail: Template
  /** Of the body, the part that is to blame: a JSON pointer. */
  readonly pointer?: string
}

/** How an object looks that refers to a thing, filled from `id`; `row` is the thing, if it is a row of the resource `in`. */
export interface Reference {
  readonly in?: string
  readonly as: Template
}

/** What else happens once a request has succeeded. */
export interface Effect {
  readonly on: readonly HttpMethod[]
  /** Only if there is such a row. */
  readonly given?: Pick
  /** Only if there is no such row. */
  readonly unless?: Pick
  /** Once for each element of the list, or that many times, with `item` as the element or its number. */
  readonly each?: Template
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
 * What a request does: get one row, list rows, make one, change or remove those it is about, or nothing.
 * `put` changes the row or makes it.
 */
export type Operation = 'get' | 'list' | 'create' | 'change' | 'remove' | 'put' | 'nothing'

/** Of one method, by its signature `PATCH /path/{id}/part`. */
export interface MethodBehaviour {
  /** Where it is not get or list for GET by the rows of the method, create for POST, change for PUT and PATCH, remove for DELETE. */
  readonly does?: Operation
  /** The resource whose rows it is about, if another. */
  readonly in?: string
  /** The rows it is about have these values, besides what the parameters say. */
  readonly where?: Where
  /** Of a success, where it is not 200 with rows, 204 without, 201 for a creation. */
  readonly status?: number
  /** Column that a parameter picks the row by, where the catalog does not say; false: it picks nothing. */
  readonly params?: Readonly<Record<string, string | false>>
  /** The row is the last of those that are picked, not the first. */
  readonly last?: boolean
  /** It is about all rows that are picked. */
  readonly every?: boolean
  /** Each row appears once for each element of this list in it, as `item`. */
  readonly each?: string
  /** How a row appears, filled from `doc` and `item`. Rows that come out alike appear once. */
  readonly as?: Template
  /** The request is done once for each element of this list in its body, as if that were the body. */
  readonly of?: string
  /** Name that such an element has as a body, if it is not an object. */
  readonly named?: string
  /** What a PUT does not give stays as it is. */
  readonly merges?: boolean
  /** The body is taken whole, whatever is in it, and goes to this place of the row. */
  readonly into?: string
  /** Merged into the row besides the body. */
  readonly set?: Template
  /** The body of the answer, instead of the row; of `docs`, the rows as they would appear, and `doc`, the first of them. */
  readonly answer?: Template
  /** Member of the answer that is a bearer token from now on. */
  readonly grants?: string
  readonly mark?: Marking
  /** What was asked for is not there. */
  readonly absent?: Refused
  /** Where there is no such row, the first of another resource is answered if the parameter is `true`. */
  readonly otherwise?: { readonly in: string; readonly param: string }
  /** Constant members of the object around the rows, instead of the resource's. */
  readonly list?: Template
}

/** A removal that only marks a row, which is taken away when it is removed once more with a parameter that is `true`. */
export interface Marking {
  /** The member that is true from then on. */
  readonly member: string
  readonly param: string
  /** The parameter is true, but the row is not marked. */
  readonly early: Refused
  /** The parameter is not true, but the row is marked. */
  readonly again: Refused
}

/** A refusal in words. */
export interface Refused {
  readonly status?: number
  /** Code of the error where codes are numbers. */
  readonly number?: number
  readonly detail?: Template
}

/** Bodies of errors: a list of errors; a code and a message; those within `error`; a page for people. */
export type ErrorFamily = 'errors' | 'error_code' | 'error' | 'code' | 'page'

/** A row moves on by itself: after `after` reads it gets `set`, and what it does not have yet of `defaults`. */
export interface Phase {
  readonly after: number
  readonly defaults?: Template
  readonly set: Template
}

/** The row's id and a password open servers. Both templates are of the row as the answer to its creation has it. */
export interface Key {
  readonly password: Template
  /** Name of a server, or the word that a host has in `opened`. */
  readonly opens: Template
  /** How many requests are refused before the key is known everywhere. */
  readonly refusals: number
}

/** How the last page of a list looks. */
export interface End {
  /** What it has for the link to the next page. */
  readonly next?: null | ''
  /** A page that is full is never the last; the one after the last row has null for rows. */
  readonly trails?: boolean
}

/** Limits to the days between two parameters, of which the second is the day after the last. */
export interface Window {
  readonly from: string
  readonly to: string
  /** Most days of one request. */
  readonly days: number
  /** How many years before today the first day may be. */
  readonly years: number
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
  /** Values that only the answer to the creation has. */
  readonly once?: Template
  /** Members that are numbered from 1, each among the rows that have the same values at the paths given. */
  readonly numbers?: Readonly<Record<string, readonly string[]>>
  /** Merged into a row whenever it is changed. */
  readonly touch?: Template
  /** What becomes of a row that was made here, the more often it is read. */
  readonly phases?: readonly Phase[]
  /** A row has a server of this kind, named by its id. */
  readonly opens?: string
  /** A row that is made is a key. */
  readonly key?: Key
  /**
   * Rows are of days, which this column names. The rows to begin with stay on their day of the week whatever the
   * day on which the sandbox starts, and there are none of that day and those after it.
   */
  readonly weekly?: string
  /** The days that a list can be asked for. */
  readonly window?: Window
  /** Error bodies by status; the one named `default` for all others. */
  readonly errors?: Readonly<Record<string, ErrorFamily>>
  /** What was asked for is not there. */
  readonly absent?: Refused
  /** Constant members of the object around a page of rows. */
  readonly list?: Template
  /** Rows in a page when the request does not say. Default 10. */
  readonly pageSize?: number
  /** How lists end, where that is not a page without a link to the next. */
  readonly end?: End
  readonly filters?: Readonly<Record<string, Matcher>>
  readonly methods?: Readonly<Record<string, MethodBehaviour>>
  readonly refuse?: readonly Refusal[]
  readonly after?: readonly Effect[]
}

/**
 * A row to begin with. `keys` are the path parameters it was made under that are no part of it,
 * `site` is the server that has it. Members whose names begin with an underscore never appear in answers.
 * Text that begins with `site:` and the name of a server is a URL of that server; `ms:` and a number is that
 * moment in milliseconds. Text that is a day or a timestamp is a time, and moves with the day (days.ts).
 */
export interface SeedRow {
  readonly keys?: Readonly<Record<string, string>>
  readonly site?: string
  readonly doc: JsonObject
}

export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Servers of one kind. Hosts that no plane has get a server each. */
export interface Plane {
  /** Hosts that such a server stands for, as `provider.host`, the main one first. */
  readonly hosts: readonly string[]
  /** Keys that every server of the kind takes, by host; each host that asks for a key has one. */
  readonly credentials: Readonly<Record<string, Credentials>>
  /**
   * Names of the servers; absent: there is one, that all rows without a `site` are on. Besides the keys above,
   * each takes its name with the secret `sandbox-` and its name.
   */
  readonly sites?: readonly string[]
  /** By host: what keys that are made must open to be taken, where the servers have no names. */
  readonly opened?: Readonly<Record<string, string>>
  readonly errors?: ErrorFamily
  /** Body of the answer to a wrong key. */
  readonly denied?: ErrorFamily
}

export interface SandboxData {
  /** The midnight that the rows are written for. A sandbox that starts on another day moves their times by as many days. */
  readonly now: string
  readonly credentials: Credentials
  readonly planes?: Readonly<Record<string, Plane>>
  /** Matchers of parameters of these names, for resources that have none of their own for them. */
  readonly filters?: Readonly<Record<string, Matcher>>
  /** Values for all templates. */
  readonly vars: JsonObject
  /** By the beginning of an id: the object that refers to the thing of that id. */
  readonly references: Readonly<Record<string, Reference>>
  /** By full name, `provider.service.resource`. */
  readonly resources: Readonly<Record<string, Behaviour & { readonly rows: readonly SeedRow[] }>>
}
