import type { ErrorFamily, Json, JsonObject } from './types.ts'

export interface Reply {
  readonly status: number
  /** Absent: no content, unless there is a problem. */
  readonly body?: Json
  readonly problem?: Problem
  /** Form of the error body, if not the server's default. */
  readonly family?: ErrorFamily | undefined
  /** URL of the created or conflicting object; the server replaces its origin. */
  readonly location?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Blame {
  readonly code?: string | undefined
  /** Numeric error code; default: the status. */
  readonly number?: number | undefined
  /** The query parameter at fault. */
  readonly parameter?: string
  /** The part of the body at fault, as a JSON pointer. */
  readonly pointer?: string | undefined
}

export interface Problem extends Blame {
  readonly detail: string
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

/** An error answer. */
export function failure(status: number, detail: string, blame: Blame = {}): Reply {
  return { status, problem: { ...blame, detail } }
}

/** A body and its media type. */
export interface Content {
  readonly media: string
  readonly text: string
}

/** The content of an answer, if it has any. `id` is that of the request. */
export function contentOf(reply: Reply, family: ErrorFamily, id: string): Content | undefined {
  const { status, body, problem } = reply
  if (problem === undefined) return body === undefined ? undefined : json(body)
  const form = reply.family ?? family
  if (form === 'page') return { media: 'text/html;charset=iso-8859-1', text: page(status, problem.detail) }
  return json(errorBody(status, problem, form, id))
}

function json(body: Json): Content {
  return { media: 'application/json', text: JSON.stringify(body) }
}

function errorBody(status: number, problem: Problem, family: ErrorFamily, id: string): JsonObject {
  const { detail, code, number, parameter, pointer } = problem
  if (family === 'error_code') return { error_code: number ?? status, message: detail }
  if (family === 'error') return { error: { code: number ?? status, message: detail } }
  if (family === 'code') return { code: number ?? status, message: detail }
  const source = {
    ...(pointer === undefined ? {} : { pointer }),
    ...(parameter === undefined ? {} : { parameter }),
  }
  const error = {
    id,
    status: String(status),
    ...(code === undefined ? {} : { code }),
    title: titleOf(status),
    detail,
    source,
  }
  return { errors: [error] }
}

function titleOf(status: number): string {
  return TITLES[status] ?? 'Error'
}

function page(status: number, detail: string): string {
  const title = `Error ${status} ${titleOf(status)}`
  return `<html>\n<head>\n<title>${title}</title>\n</head>\n<body><h2>HTTP ERROR ${status}</h2>\n<p>${detail}</p>\n</body>\n</html>\n`
}
