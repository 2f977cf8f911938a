import type { JsonObject } from './types.ts'

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

/** A text of a seed row, with the URL of a server in the place of its name; a server that is not there has the empty URL. */
export function locatedText(text: string, urls: JsonObject): string {
  return text.startsWith(MARK) ? urlOf(text.slice(MARK.length), urls) : text
}

function urlOf(text: string, urls: JsonObject): string {
  const slash = text.indexOf('/')
  const name = slash < 0 ? text : text.slice(0, slash)
  const url = urls[name]
  return typeof url === 'string' ? `${url}${text.slice(name.length)}` : ''
}
