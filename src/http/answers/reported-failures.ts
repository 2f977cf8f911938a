import type { FailureAt, Method } from '../../catalog/types.ts'
import { describeOne } from './api-error.ts'
import { type Fields, isObject, nonEmptyText } from '../json.ts'

/** Failures in the body of an answer with a success status. */
export interface ReportedFailures {
  /** A text for each: name, code and message. */
  readonly failures: readonly string[]
  /** How many objects the answer reports on; undefined if it is about one. */
  readonly among?: number
  /** The code of the first failure. */
  readonly code: string
  /** The answer is only an error, or reports on each object: what was done is known. */
  readonly isCertain: boolean
}

/** Members of error bodies. A body with no other member is not data. */
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
 * `errors`, `error` and `error_code` at the top, and in a body that has only members of error bodies, beside empty lists.
 */
export function reportedFailures(method: Method, body: unknown): ReportedFailures | undefined {
  const place = method.failure
  if (place === 'none') return undefined
  const declared = typeof place === 'object' ? declaredFailures(place, body) : undefined
  if (declared) return declared
  if (!isObject(body) || Array.isArray(body)) return undefined
  const isErrorBody = isOnlyError(body) || isErrorForList(method, body)
  if (!isErrorBody && place === 'whole') return undefined
  const { errors, error } = body
  const list = isObject(errors) ? Object.values(errors) : []
  if (list.length > 0) return report(list.map(failureText), failureCode(list[0]), isErrorBody)
  if (isPresent(error))
    return report([isObject(error) ? failureText(error) : describeOne(body)], failureCode(error), isErrorBody)
  const isOwn = typeof place === 'object' && place.at === '$' && place.code === 'error_code'
  if (isErrorBody || (!isOwn && isErrorCode(body['error_code'])))
    return report([failureText(body)], failureCode(body), isErrorBody)
  return undefined
}

function report(failures: readonly string[], code: string, isCertain: boolean): ReportedFailures {
  return { failures, code, isCertain }
}

function declaredFailures(place: FailureAt, body: unknown): ReportedFailures | undefined {
  const there = memberAt(body, place.at.split('.').slice(1).map(unquoted))
  const entries = Array.isArray(there) ? there : [there]
  const failed = entries.filter(entry => isFailed(place, entry))
  if (failed.length === 0) return undefined
  const value = (entry: unknown, path: string | undefined): unknown =>
    path === undefined ? undefined : memberAt(entry, path.split('.'))
  return {
    failures: failed.map(entry =>
      [
        nonEmptyText(value(entry, place.name)),
        describeOne({ code: value(entry, place.code), message: value(entry, place.message) }),
      ]
        .filter(Boolean)
        .join(': '),
    ),
    ...(Array.isArray(there) && { among: entries.length }),
    code: nonEmptyText(value(failed[0], place.code)) ?? '',
    isCertain: true,
  }
}

function isFailed({ code, success = [], message }: FailureAt, entry: unknown): boolean {
  const said = memberAt(entry, code.split('.'))
  if (said !== undefined && said !== null && said !== '') return !success.includes(String(said))
  return message !== undefined && nonEmptyText(memberAt(entry, message.split('.'))) !== undefined
}

/** Whether a body has only members of error bodies, and one of them is an error. */
function isOnlyError(body: Fields): boolean {
  if (!hasOnlyErrorMembers(body)) return false
  const { errors, error, message } = body
  if (isPresent(errors)) return true
  if (isPresent(error)) return !isObject(error) || (hasOnlyErrorMembers(error) && describeOne(error) !== '')
  return nonEmptyText(message) !== undefined && isErrorCode(body['error_code'] ?? body['code'])
}

/** Whether a list has an error in place of its rows: `{"code": 403, "message": "forbidden", "data": []}`. */
function isErrorForList({ rows }: Method, body: Fields): boolean {
  if (rows === undefined || rows.kind === 'one' || !/^[45]\d\d/.test(nonEmptyText(body['code']) ?? ''))
    return false
  const isEmpty = (value: unknown): boolean =>
    value === null || (isObject(value) && Object.keys(value).length === 0)
  return isOnlyError(Object.fromEntries(Object.entries(body).filter(([, value]) => !isEmpty(value))))
}

function hasOnlyErrorMembers(body: Fields): boolean {
  return Object.keys(body).every(name => ERROR_MEMBERS.has(name))
}

/** Whether a member for errors holds one: it is not empty, null or false. */
function isPresent(value: unknown): boolean {
  return isObject(value) ? Object.keys(value).length > 0 : value === true || nonEmptyText(value) !== undefined
}

/** Whether a code means a failure: any but 0 and HTTP's 2xx. */
function isErrorCode(code: unknown): boolean {
  const text = nonEmptyText(code)
  return text !== undefined && !/^(?:0|2\d\d)$/.test(text)
}

function failureText(error: unknown): string {
  return isObject(error) ? describeOne(error) || JSON.stringify(error) : String(error)
}

function failureCode(error: unknown): string {
  if (!isObject(error)) return ''
  return (
    nonEmptyText(error['error_code']) ?? nonEmptyText(error['code']) ?? nonEmptyText(error['status']) ?? ''
  )
}

function memberAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined),
    value,
  )
}

function unquoted(name: string): string {
  return name.replace(/^"|"$/g, '')
}
