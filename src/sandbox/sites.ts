import { define } from './json.ts'
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

/**
 * A value with the URLs of servers in the place of their names; the value itself if it names none.
 * A server that is not there has the empty URL.
 */
export function located<T extends Json>(value: T, urls: JsonObject): T {
  if (typeof value === 'string')
    return value.startsWith(MARK) ? (urlOf(value.slice(MARK.length), urls) as T) : value
  if (typeof value !== 'object' || value === null) return value
  let copy: Record<string, Json> | undefined
  for (const key of Object.keys(value)) {
    const member = (value as JsonObject)[key] ?? null
    const put = located(member, urls)
    if (put === member) continue
    copy ??= (
      Array.isArray(value) ? [...(value as readonly Json[])] : { ...(value as JsonObject) }
    ) as Record<string, Json>
    define(copy, key, put)
  }
  return copy === undefined ? value : (copy as unknown as T)
}

function urlOf(text: string, urls: JsonObject): string {
  const slash = text.indexOf('/')
  const name = slash < 0 ? text : text.slice(0, slash)
  const url = urls[name]
  return typeof url === 'string' ? `${url}${text.slice(name.length)}` : ''
}
