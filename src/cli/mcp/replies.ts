import { Transform } from 'node:stream'

/** Bytes of a line that may be a reply; a longer one is passed on as it is. */
const LONGEST = 2 ** 20
const NEWLINE = 10

/**
 * Replaces replies of a client that are none in JSON-RPC (`"result": "accept"`, neither a result nor an error) by errors. The
 * library drops them, so the call that waits for the reply would stay open.
 */
export function mendedReplies(): Transform {
  let held: Buffer[] = []
  let size = 0
  let isTooLong = false
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let from = 0
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        const end = chunk.subarray(from, at + 1)
        this.push(isTooLong ? end : mended(Buffer.concat([...held, end])))
        held = []
        size = 0
        isTooLong = false
        from = at + 1
      }
      held.push(chunk.subarray(from))
      size += chunk.length - from
      if (isTooLong || size > LONGEST) {
        isTooLong = true
        this.push(Buffer.concat(held.splice(0)))
      }
      done()
    },
    flush(done) {
      this.push(Buffer.concat(held))
      done()
    },
  })
}

function mended(line: Buffer): Buffer {
  let message: unknown
  try {
    message = JSON.parse(line.toString('utf8'))
  } catch {
    return line
  }
  if (!isObject(message) || 'method' in message || !('id' in message)) return line
  const { jsonrpc, id, result, error } = message
  const isResult = isObject(result) && error === undefined
  const isError =
    isObject(error)
    && Number.isInteger(error['code'])
    && typeof error['message'] === 'string'
    && result === undefined
  if (jsonrpc === '2.0' && (isResult || isError)) return line
  const mend = {
    jsonrpc: '2.0',
    id,
    error: { code: -32600, message: 'the reply of the client is not valid' },
  }
  return Buffer.from(`${JSON.stringify(mend)}\n`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
