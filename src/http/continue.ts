import type { Socket } from 'node:net'

const BEGINNING = /^HTTP\/1\.[01] 100(?:[ \r\n]|$)/
/** Bytes that the beginning has. */
const LENGTH = 'HTTP/1.1 100 '.length
const H = 'H'.charCodeAt(0)
/** Bytes that the head of an interim answer may have. */
const MOST = 16_384

/**
 * Drops `100 Continue` from what is read from a socket. Some servers and proxies send it unasked, which clients must accept
 * (RFC 9110 §15.2), and undici closes the connection. A piece of a JSON body cannot begin so, since its strings have no line
 * ends.
 */
export function skipContinue<S extends Socket>(socket: S): S {
  if (Object.hasOwn(socket, 'read')) return socket
  const read = socket.read.bind(socket)
  let held: Buffer | undefined
  socket.read = (size?: number): Buffer | null => {
    for (;;) {
      const piece = read(size) as Buffer | null
      if (piece === null) return null
      if (held === undefined && piece[0] !== H) return piece
      let chunk = held === undefined ? piece : Buffer.concat([held, piece])
      held = undefined
      for (let end = endOfContinue(chunk); end > 0; end = endOfContinue(chunk)) chunk = chunk.subarray(end)
      if (isBegun(chunk)) held = chunk
      else if (chunk.length > 0) return chunk
    }
  }
  return socket
}

/** Where the head of a whole interim answer ends; 0 if there is none at the beginning. */
function endOfContinue(chunk: Buffer): number {
  if (!BEGINNING.test(chunk.toString('latin1', 0, LENGTH))) return 0
  const at = chunk.indexOf('\r\n\r\n')
  return at < 0 ? 0 : at + 4
}

/** Whether the rest of an interim answer may still come. */
function isBegun(chunk: Buffer): boolean {
  if (chunk.length === 0 || chunk.length > MOST) return false
  const start = chunk.toString('latin1', 0, LENGTH)
  return (
    BEGINNING.test(start)
    || (start.length < LENGTH && ['HTTP/1.1 100 ', 'HTTP/1.0 100 '].some(b => b.startsWith(start)))
  )
}
