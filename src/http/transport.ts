import { setImmediate as nextTurn } from 'node:timers/promises'
import { ConfluentqlError } from '../errors.ts'
import { decodeBody, looksLikeJson, TruncatedBody } from './decode.ts'
import { type Answer, labelOf, type Request, type Try } from './exchange.ts'
import { failureOf, lateFailure } from './failure.ts'
import { aborted, link, untilAborted } from './signal.ts'
import type { UndiciAnswer, Wire } from './undici.ts'

export interface TransportOptions {
  /** Milliseconds from sending to the last byte. */
  readonly timeout: number
  /** Bytes of a body, as received and as decompressed. */
  readonly maxBody: number
}

/** Sends a request once and reads the whole answer. */
export function createTransport(wire: Wire, { timeout, maxBody }: TransportOptions): Try {
  return async (request, signal) => {
    if (signal.aborted) throw aborted(signal)
    const started = performance.now()
    const progress = { bytes: 0 }
    const { controller, unlink } = link(signal)
    const late = new Error('late')
    const timer = setTimeout(() => controller.abort(late), timeout)
    const spent = (): { bytes: number; ms: number } => ({ bytes: progress.bytes, ms: performance.now() - started })
    try {
      const answer = await untilAborted(exchange(wire, request, controller.signal, maxBody, progress), controller.signal)
      return { ...answer, ...spent(), attempts: 1, uncertain: false }
    } catch (error) {
      if (signal.aborted) throw aborted(signal)
      if (error instanceof ConfluentqlError) throw error
      const failure = controller.signal.reason === late ? lateFailure(request, timeout) : failureOf(error, request, maxBody)
      return { ...failure, ...spent() }
    } finally {
      clearTimeout(timer)
      unlink()
    }
  }
}

type Received = Pick<Answer, 'status' | 'reason' | 'headers' | 'text'>

async function exchange(
  wire: Wire, request: Request, signal: AbortSignal, maxBody: number, progress: { bytes: number },
): Promise<Received> {
  const { method, origin, path, headers, body } = request
  const response = await wire.send({ method, origin, path, headers, body: body ?? null, signal })
  const chunks: Buffer[] = []
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    progress.bytes += chunk.length
    chunks.push(chunk)
  }
  // only then does undici take the connection for free; a request before that would open another
  await nextTurn()
  const received = flatHeaders(response.headers)
  const what = `${labelOf(request)} answered ${response.statusCode}`
  const text = await decodeBody(Buffer.concat(chunks), received['content-encoding'] ?? '', maxBody, what)
  if (isCut(received, text)) throw new TruncatedBody('the body ends too soon')
  return { status: response.statusCode, reason: response.statusText ?? '', headers: received, text }
}

function flatHeaders(headers: UndiciAnswer['headers']): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value
    if (first !== undefined) flat[name] = first
  }
  return flat
}

/** A body that only the end of the connection delimits may have been cut; JSON without its closing bracket was. */
function isCut(headers: Readonly<Record<string, string>>, text: string): boolean {
  const delimited = headers['content-length'] !== undefined || /chunked/i.test(headers['transfer-encoding'] ?? '')
  return !delimited && /^\s*[[{]/.test(text) && !looksLikeJson(text)
}
