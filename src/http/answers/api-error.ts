import { ConfluentqlError } from '../../errors.ts'
import { DAMAGED } from './decode.ts'
import { type Answer, requestLabel, type Request } from '../exchange.ts'
import { type Fields, isObject, nonEmptyText, parsed } from '../json.ts'
import { askedWait, UNKNOWN_HINT } from '../limits/retry.ts'
import { visible } from '../text.ts'
import type { ReportedFailures } from './reported-failures.ts'

/** The error for an answer whose status is not a success. `from` names the source of the credentials; `hide` masks them in the server's text. */
export function apiError(
  request: Request,
  answer: Answer,
  from: string | undefined,
  hide: (text: string) => string,
): ConfluentqlError {
  const { status } = answer
  const detail = hide(describe(answer.text))
  const id = requestId(answer)
  const reason = `${status} ${visible(hide(answer.reason), 60) || standardReason(status)}`.trimEnd()
  const message = [
    `${requestLabel(request)}: ${reason}`,
    detail === '' ? '' : `, ${detail}`,
    id === undefined ? '' : ` [request id ${visible(hide(id), 100)}]`,
    answer.attempts > 1 ? ` (sent ${answer.attempts} times)` : '',
    answer.uncertain ? '; whether it was carried out is unknown' : '',
  ].join('')
  const hint = answer.uncertain ? UNKNOWN_HINT : hintFor(answer, from)
  return new ConfluentqlError('API', message, {
    status,
    uncertain: answer.uncertain,
    ...(UNREACHABLE.has(status) && { unreachable: detail === '' ? reason : `${reason}, ${detail}` }),
    missing: status === 404 && (answer.text.trim() === '' || isObject(parsed(answer.text))),
    ...(hint !== undefined && { hint }),
  })
}

/** Loads node:http, which takes milliseconds, only for an answer without a reason. */
function standardReason(status: number): string {
  return process.getBuiltinModule('node:http').STATUS_CODES[status] ?? ''
}

/** Statuses that concern the addressed object or the credential, not the state of the server. */
const UNREACHABLE: ReadonlySet<number> = new Set([401, 403, 404])

/** The error for an answer with a success status whose body reports a failure. */
export function reportedError(
  request: Request,
  answer: Answer,
  { failures, among, code, isCertain }: ReportedFailures,
  from: string | undefined,
  hide: (text: string) => string,
): ConfluentqlError {
  const count = among === undefined ? 'the answer reports a failure' : `${failures.length} of ${among} failed`
  const id = requestId(answer)
  const uncertain = !request.isRead && !isCertain
  const message = [
    `${requestLabel(request)}: ${answer.status}, but ${count}: ${listed(failures.map(text => visible(hide(text))))}`,
    id === undefined ? '' : ` [request id ${visible(hide(id), 100)}]`,
    uncertain ? '; whether it was carried out is unknown' : '',
  ].join('')
  // codes such as 40403 begin with the status that they stand for
  const status = Number(/^[45]\d\d/.exec(code)?.[0] ?? 400)
  const others = among !== undefined && among > failures.length ? 'The others were done. ' : ''
  const hint = uncertain ? UNKNOWN_HINT : `${others}${hintFor({ ...answer, status }, from)}`
  return new ConfluentqlError('API', message, { status: answer.status, uncertain, hint })
}

/** The error for a success whose body is not JSON. */
export function notJson(request: Request, answer: Answer, hide: (text: string) => string): ConfluentqlError {
  const type = visible(answer.headers['content-type'] ?? 'no content type', 80)
  const uncertain = !request.isRead
  const maybeDone = uncertain ? '; it was probably carried out' : ''
  const what = `${requestLabel(request)} answered ${answer.status} with ${type}`
  // malformed JSON may hold secrets, so it is not quoted
  if (/^\s*["{[]/.test(answer.text))
    return new ConfluentqlError('RESPONSE', `${what}, but it is not valid JSON${maybeDone}`, {
      hint: DAMAGED,
      uncertain,
    })
  const start = answer.text.trim() === '' ? 'nothing' : visible(hide(answer.text.trimStart()), 80)
  return new ConfluentqlError('RESPONSE', `${what}, not JSON: ${start}${maybeDone}`, {
    hint: 'Is this the address of the API? A proxy or a login page may answer in its place',
    uncertain,
  })
}

function requestId(answer: Answer): string | undefined {
  return answer.headers['x-request-id'] ?? idInBody(parsed(answer.text))
}

function idInBody(body: unknown): string | undefined {
  if (!isObject(body)) return undefined
  const first = Array.isArray(body['errors']) ? body['errors'][0] : undefined
  return nonEmptyText(body['requestId']) ?? (isObject(first) ? nonEmptyText(first['id']) : undefined)
}

/**
 * The message of an error body in any of its forms: a list `errors`; `error_code` or
 * `code` with `message`; those inside `error`; an HTML page; anything else.
 */
function describe(text: string): string {
  const body = parsed(text)
  if (isObject(body)) {
    const errors = body['errors']
    if (Array.isArray(errors) && errors.length > 0) return listed(errors.filter(isObject).map(describeOne))
    if (isObject(body['error'])) return describeOne(body['error'])
    const one = describeOne(body)
    if (one !== '') return one
  }
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text.slice(0, 10_000))?.[1]
  return visible((title ?? text).trim().replace(/\s+/g, ' '), 200)
}

function listed(errors: readonly string[]): string {
  const shown = errors.slice(0, 3).join('; ')
  return errors.length > 3 ? `${shown}; and ${errors.length - 3} more` : shown
}

/** One error as text: its code, its message, and the parameter or field that it is about. Empty if it has none of them. */
export function describeOne(error: Fields): string {
  const code =
    nonEmptyText(error['code']) ?? nonEmptyText(error['error_code']) ?? nonEmptyText(error['error']) ?? ''
  const detail =
    nonEmptyText(error['detail'])
    ?? nonEmptyText(error['message'])
    ?? nonEmptyText(error['error_description'])
    ?? nonEmptyText(error['title'])
    ?? ''
  const what = [visible(code, 100), visible(detail)].filter(part => part !== '').join(': ')
  const source = isObject(error['source']) ? error['source'] : {}
  const parameter = nonEmptyText(source['parameter'])
  if (parameter !== undefined) return `${what} (parameter ${visible(parameter, 100)})`
  const pointer = nonEmptyText(source['pointer'])
  return pointer === undefined ? what : `${what} (field ${visible(pointer, 100)})`
}

function hintFor(answer: Answer, from = 'the credentials'): string | undefined {
  const { status } = answer
  if (status === 401) {
    return `Check ${from}. A Cloud API key is not accepted by a cluster, nor a cluster's key by the cloud API; a new key takes a moment`
  }
  if (status >= 300 && status < 400)
    return 'Redirects are followed for reads only; give the right address as --endpoint'
  if (status === 429) {
    const asked = askedWait(answer)
    return `Too many requests${asked === undefined ? '' : `: the server asks to wait ${Math.ceil(asked / 1000)} s`}; try later or with a lower --concurrency`
  }
  return status >= 500
    ? 'The error is on the server; try again later'
    : (HINTS.get(status) ?? 'Is this the address of the API?')
}

const HINTS: ReadonlyMap<number, string> = new Map([
  [206, 'The answer is partial, although no range was requested: a proxy on the way may cut it'],
  [400, 'The API refuses a value; its message names it'],
  [422, 'The API refuses a value; its message names it'],
  [413, 'What is sent is too large for the server, or a proxy on the way'],
  [402, 'A quota is used up: delete something, or ask the provider for a higher limit'],
  [403, 'The key may not do this, or the thing does not exist; check the roles of its owner'],
  [404, 'Check the names and ids; what was just created or deleted takes a moment to show'],
  [409, 'It exists already, or is being changed'],
  [412, 'It is not in the state that the request asks for, such as changed meanwhile: read it again'],
])
