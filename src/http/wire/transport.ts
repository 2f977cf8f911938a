import { now } from '../../clock.ts'
import { ConfluentqlError } from '../../errors.ts'
import { decodeBody, looksLikeJson, TruncatedBody } from '../answers/decode.ts'
import { requestLabel, type Request, type Try } from '../exchange.ts'
import { networkFailure, lateFailure } from './failure.ts'
import { aborted, nextTurn } from '../signal.ts'
import type { Wire, WireAnswer } from './undici.ts'

export interface TransportOptions {
  /** Milliseconds from sending to the last byte. */
  readonly timeout: number
  /** Largest body in bytes, both as received and as decompressed. */
  readonly maxBody: number
}

/** Sends a request once and reads the whole answer. `connect` is called for each. */
export function createTransport(connect: () => Promise<Wire>, { timeout, maxBody }: TransportOptions): Try {
  return async (request, signal) => {
    const wire = await connect()
    if (signal.aborted) return { error: aborted(signal), sent: false, again: false, bytes: 0, ms: 0 }
    const started = now()
    const { method, origin, path, headers, body = null } = request
    const sending = wire.send({ method, origin, path, headers, body })
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      sending.abort(new Error('late'))
    }, timeout)
    const onAbort = (): void => sending.abort(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    const spent = (): { bytes: number; ms: number } => ({ bytes: sending.bytes(), ms: now() - started })
    try {
      const answer = await sending.answer
      // undici releases the connection in the next turn; a request before that would open another
      await nextTurn()
      const text = await decodedText(request, answer, maxBody)
      return {
        status: answer.status,
        reason: answer.reason,
        headers: answer.headers,
        text,
        ...spent(),
        attempts: 1,
        uncertain: false,
      }
    } catch (error) {
      if (signal.aborted && sending.begun()) throw aborted(signal)
      if (signal.aborted) return { error: aborted(signal), sent: false, again: false, ...spent() }
      if (error instanceof ConfluentqlError) throw error
      const failure = isLate
        ? lateFailure(request, timeout, sending.begun())
        : networkFailure(error, request, maxBody, sending.begun())
      return { ...failure, sent: failure.sent && sending.begun(), ...spent() }
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }
}

async function decodedText(
  request: Request,
  { status, headers, body }: WireAnswer,
  maxBody: number,
): Promise<string> {
  const text = await decodeBody(
    body,
    headers['content-encoding'] ?? '',
    maxBody,
    `${requestLabel(request)} answered ${status}`,
  )
  if (isCut(headers, text)) throw new TruncatedBody('the body ends too soon')
  return text
}

/** Whether a body was cut off: it is delimited by the end of the connection alone, and is JSON without its closing bracket. */
function isCut(headers: Readonly<Record<string, string>>, text: string): boolean {
  const delimited =
    headers['content-length'] !== undefined
    || headers['transfer-encoding']?.toLowerCase().includes('chunked') === true
  return !delimited && /^\s*[[{]/.test(text) && !looksLikeJson(text)
}
