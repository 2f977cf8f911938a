import type { Json, JsonObject } from './types.ts'

export interface Reply {
  readonly status: number
  /** Absent: no content. */
  readonly body?: Json
  /** Address of the thing made, or of the one in the way: a URL, of which the server puts its own origin in front of the path. */
  readonly location?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Blame {
  readonly code?: string | undefined
  /** The query parameter at fault. */
  readonly parameter?: string
  /** The part of the body at fault, as a JSON pointer. */
  readonly pointer?: string | undefined
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  500: 'Internal Server Error',
}

/** An answer with the errors body. The server fills in the id of the error, which is that of the request. */
export function failure(status: number, detail: string, { code, parameter, pointer }: Blame = {}): Reply {
  const source = { ...(pointer === undefined ? {} : { pointer }), ...(parameter === undefined ? {} : { parameter }) }
  const error: JsonObject = {
    status: String(status),
    ...(code === undefined ? {} : { code }),
    title: TITLES[status] ?? 'Error',
    detail,
    source,
  }
  return { status, body: { errors: [error] } }
}
