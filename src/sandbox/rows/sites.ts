import type { JsonObject } from '../types.ts'

/** The servers named in rows. */
export interface Sites {
  /** Base URL of each, by name. */
  urls(): JsonObject
  /** Starts a server of the kind `plane`; it listens before the answer to the request is sent. `drop` stops one likewise. */
  open(plane: string, name: string): void
  drop(name: string): void
}

const MARK = 'site:'

/** The placeholder in seed rows for a server's URL. */
export function siteMark(name: string): string {
  return `${MARK}${name}`
}

/** A text of a seed row, with the placeholder of a server replaced by its URL, or by the empty text if there is no such server. */
export function locatedText(text: string, urls: JsonObject): string {
  return text.startsWith(MARK) ? urlOf(text.slice(MARK.length), urls) : text
}

function urlOf(text: string, urls: JsonObject): string {
  const slash = text.indexOf('/')
  const name = slash < 0 ? text : text.slice(0, slash)
  const url = urls[name]
  return typeof url === 'string' ? `${url}${text.slice(name.length)}` : ''
}
