import type { Socket } from 'node:net'

const STATUS_LINE = /^HTTP\/1\.[01] 100(?:[ \r\n]|$)/
const PREFIX_LENGTH = 'HTTP/1.1 100 '.length
const STATUS_AT = 'HTTP/1.1 '.length
const [H, ONE] = Buffer.from('H1')
/** Largest head of an interim answer, in bytes. */
const MAX_HEAD = 16_384

/**
 * Drops `100 Continue` from the bytes read from a socket. Some servers and proxies send it unasked, which clients must
 * accept (RFC 9110 §15.2), but undici closes the connection. A piece of a JSON body cannot begin like that, since its
 * strings have no line ends.
 */
export function skipContinue<S extends Socket>(socket: S): S {
  if (Object.hasOwn(socket, 'read')) return socket
  const read = socket.read.bind(socket)
  let held: Buffer | undefined
  socket.read = (size?: number): Buffer | null => {
    for (;;) {
      const piece = read(size) as Buffer | null
      if (piece === null) return null
      if (held === undefined && (piece[0] !== H || (piece.length > STATUS_AT && piece[STATUS_AT] !== ONE)))
        return piece
      let chunk = held === undefined ? piece : Buffer.concat([held, piece])
      held = undefined
      for (let end = endOfContinue(chunk); end > 0; end = endOfContinue(chunk)) chunk = chunk.subarray(end)
      if (isIncomplete(chunk)) held = chunk
      else if (chunk.length > 0) return chunk
    }
  }
  return socket
}

/** Length of the complete interim answer at the beginning; 0 if there is none. */
function endOfContinue(chunk: Buffer): number {
  if (!STATUS_LINE.test(chunk.toString('latin1', 0, PREFIX_LENGTH))) return 0
  const at = chunk.indexOf('\r\n\r\n')
  return at < 0 ? 0 : at + 4
}

/** Whether a chunk may be an incomplete interim answer. */
function isIncomplete(chunk: Buffer): boolean {
  if (chunk.length === 0 || chunk.length > MAX_HEAD) return false
  const start = chunk.toString('latin1', 0, PREFIX_LENGTH)
  return (
    STATUS_LINE.test(start)
    || (start.length < PREFIX_LENGTH && ['HTTP/1.1 100 ', 'HTTP/1.0 100 '].some(b => b.startsWith(start)))
  )
}
