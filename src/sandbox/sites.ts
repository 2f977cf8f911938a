import { isObject } from './json.ts'
import type { Json, JsonObject } from './types.ts'

/** The servers that rows name. */
export interface Sites {
  /** Base URL of each, by its name. */
  urls(): JsonObject
  /** A server of the kind `plane` is wanted, or no longer; it comes or goes before the answer to the request is sent. */
  open(plane: string, name: string): void
  drop(name: string): void
}

const MARK = 'site:'

/** How seed rows name a server's URL before it is known. */
export function siteMark(name: string): string {
  return `${MARK}${name}`
}

/** A value with the URLs of servers in the place of their names. A server that is not there has the empty URL. */
export function located(value: Json, urls: JsonObject): Json {
  if (typeof value === 'string') return value.startsWith(MARK) ? urlOf(value.slice(MARK.length), urls) : value
  if (Array.isArray(value)) return (value as readonly Json[]).map((element) => located(element, urls))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, located(member, urls)]))
}

function urlOf(text: string, urls: JsonObject): string {
  const slash = text.indexOf('/')
  const name = slash < 0 ? text : text.slice(0, slash)
  const url = urls[name]
  return typeof url === 'string' ? `${url}${text.slice(name.length)}` : ''
}
