import type { FailureAt, Method } from '../catalog/types.ts'
import { describeOne, type Fields, isObject, textOf } from './api-error.ts'

/** Failures that the body of a successful answer reports. */
export interface ReportedFailures {
  /** One text each: name, code and message. */
  readonly failures: readonly string[]
  /** How many things the answer reports on; undefined if it is about one. */
  readonly among?: number
  /** The code of the first failure. */
  readonly code: string
  /** The answer is nothing but an error, or reports on each thing: what was done is known. */
  readonly isCertain: boolean
}

/** Members of error bodies. A body without any other member is not data. */
const ERROR_MEMBERS: ReadonlySet<string> = new Set([
  'errors',
  'error',
  'error_code',
  'error_description',
  'code',
  'message',
  'status',
  'title',
  'detail',
  'details',
  'type',
  'requestId',
  'request_id',
  'timestamp',
  'path',
  'suggestion',
  'resolution',
  'doc_url',
])

/**
 * The failures that an answer reports; undefined if there are none. They are looked for at `method.failure`, in the members
 * `errors`, `error` and `error_code` at the top, and in a body that has only members of error bodies.
 */
export function reportedFailures(method: Method, body: unknown): ReportedFailures | undefined {
  const place = method.failure
  if (place === 'none') return undefined
  const declared = typeof place === 'object' ? declaredFailures(place, body) : undefined
  if (declared) return declared
  if (!isObject(body) || Array.isArray(body)) return undefined
  const isErrorBody = isOnlyError(body)
  if (!isErrorBody && place === 'whole') return undefined
  const { errors, error } = body
  const list = isObject(errors) ? Object.values(errors) : []
  if (list.length > 0) return report(list.map(textOfAny), codeOf(list[0]), isErrorBody)
  if (isSaid(error))
    return report([isObject(error) ? textOfAny(error) : describeOne(body)], codeOf(error), isErrorBody)
  const isOwn = typeof place === 'object' && place.at === '$' && place.code === 'error_code'
  if (isErrorBody || (!isOwn && isErrorCode(body['error_code'])))
    return report([textOfAny(body)], codeOf(body), isErrorBody)
  return undefined
}

function report(failures: readonly string[], code: string, isCertain: boolean): ReportedFailures {
  return { failures, code, isCertain }
}

function declaredFailures(place: FailureAt, body: unknown): ReportedFailures | undefined {
  const there = valueAt(body, place.at.split('.').slice(1).map(unquoted))
  const things = Array.isArray(there) ? there : [there]
  const failed = things.filter(thing => isFailed(place, thing))
  if (failed.length === 0) return undefined
  const value = (thing: unknown, path: string | undefined): unknown =>
    path === undefined ? undefined : valueAt(thing, path.split('.'))
  return {
    failures: failed.map(thing =>
      [
        textOf(value(thing, place.name)),
        describeOne({ code: value(thing, place.code), message: value(thing, place.message) }),
      ]
        .filter(Boolean)
        .join(': '),
    ),
    ...(Array.isArray(there) && { among: things.length }),
    code: textOf(value(failed[0], place.code)) ?? '',
    isCertain: true,
  }
}

function isFailed({ code, success = [], message }: FailureAt, thing: unknown): boolean {
  const said = valueAt(thing, code.split('.'))
  if (said !== undefined && said !== null && said !== '') return !success.includes(String(said))
  return message !== undefined && textOf(valueAt(thing, message.split('.'))) !== undefined
}

/** Whether a body has only members of error bodies, an error among them. */
function isOnlyError(body: Fields): boolean {
  if (!isBare(body)) return false
  const { errors, error, message } = body
  if (isSaid(errors)) return true
  if (isSaid(error)) return !isObject(error) || (isBare(error) && describeOne(error) !== '')
  return textOf(message) !== undefined && isErrorCode(body['error_code'] ?? body['code'])
}

function isBare(body: Fields): boolean {
  return Object.keys(body).every(name => ERROR_MEMBERS.has(name))
}

/** Whether a member for errors has one: it is not empty, null or false. */
function isSaid(value: unknown): boolean {
  return isObject(value) ? Object.keys(value).length > 0 : value === true || textOf(value) !== undefined
}

/** Whether a code means a failure: any but 0 and HTTP's 2xx. */
function isErrorCode(code: unknown): boolean {
  const text = textOf(code)
  return text !== undefined && !/^(?:0|2\d\d)$/.test(text)
}

function textOfAny(error: unknown): string {
  return isObject(error) ? describeOne(error) || JSON.stringify(error) : String(error)
}

function codeOf(error: unknown): string {
  if (!isObject(error)) return ''
  return textOf(error['error_code']) ?? textOf(error['code']) ?? textOf(error['status']) ?? ''
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined),
    value,
  )
}

function unquoted(name: string): string {
  return name.replace(/^"|"$/g, '')
}
