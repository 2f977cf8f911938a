import type { ConfluentqlError } from '../../errors.ts'
import { apiError, notJson, reportedError } from './api-error.ts'
import type { Credential } from '../auth/auth.ts'
import { looksLikeJson } from './decode.ts'
import { type Answer, type Request, requestName } from '../exchange.ts'
import type { Hider } from '../auth/hider.ts'
import { parsed } from '../json.ts'
import { reportedFailures } from './reported-failures.ts'
import { visible } from '../text.ts'
import type { Call, Page } from '../types.ts'

/** A request that was answered. */
export interface Asked {
  readonly call: Call
  readonly request: Request
  readonly credential: Credential
  readonly answer: Answer
  readonly hider: Hider
  /** Takes the answer out of the cache. */
  readonly forget: () => void
}

/** Whether the API answered that the looked-up object does not exist. An HTML page does not count: the address may be wrong. */
export function isMissing({ call, answer }: Asked): boolean {
  return (
    answer.status === 404
    && call.method.single === true
    && (answer.text.trim() === '' || looksLikeJson(answer.text))
  )
}

/** The page, if the answer is a success with a plausible body. 206 is an error: no range was requested. */
export function pageOf(asked: Asked): Page {
  const { call, request, credential, answer, hider } = asked
  const { status, text, bytes } = answer
  const isSuccess = status >= 200 && status < 300
  const uncertain = answer.uncertain || (isSuccess && !request.isRead)
  if (!isSuccess || status === 206)
    throw apiError(request, { ...answer, uncertain }, credential.from, hider.hide)
  const empty = text.trim() === ''
  const needed = call.method.verb === 'select' && call.method.rows !== undefined
  if (empty ? needed : !looksLikeJson(text)) throw notJson(request, answer, hider.hide)
  return {
    text,
    status,
    bytes,
    request: requestName(request),
    url: `${request.origin}${request.path}`,
    link: answer.headers['link'],
    failure: () => reportedFailure(asked),
    hide: hider.hide,
    isResent: answer.uncertain,
    ...(answer.wasMissing && { wasMissing: true }),
    ...(answer.redirected !== undefined && { redirected: visible(hider.hide(answer.redirected), 200) }),
  }
}

/** The error that the body of a successful answer reports, if any. */
function reportedFailure({
  call,
  request,
  credential,
  answer,
  hider,
  forget,
}: Asked): ConfluentqlError | undefined {
  if (answer.text.trim() === '') return undefined
  const body = parsed(answer.text)
  if (body === undefined) throw notJson(request, answer, hider.hide)
  const reported = reportedFailures(call.method, body)
  if (reported === undefined) return undefined
  forget()
  return reportedError(request, answer, reported, credential.from, hider.hide)
}
