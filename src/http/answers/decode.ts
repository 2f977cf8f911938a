import { isAscii } from 'node:buffer'
import { promisify } from 'node:util'
import { ConfluentqlError } from '../../errors.ts'
import { visible } from '../text.ts'

/** The hint for a malformed answer. */
export const DAMAGED = 'The server, or a proxy on the way, damages its answers'

/** A body that stops before its end, which is treated like a lost connection. */
export class TruncatedBody extends Error {}

/**
 * The text of a body: decompressed according to `encoding` (the Content-Encoding header)
 * to at most `max` bytes, and decoded as UTF-8. `what` names the request.
 */
export async function decodeBody(
  body: readonly Buffer[],
  encoding: string,
  max: number,
  what: string,
): Promise<string> {
  const codings = encoding
    .toLowerCase()
    .split(',')
    .map(name => name.trim())
    .filter(Boolean)
    .reverse()
  if (codings.length === 0 || body.every(piece => piece.length === 0)) return decoded(joined(body), what)
  let bytes: Buffer = Buffer.concat(body)
  for (const coding of codings) bytes = await decompress(bytes, coding, max, what)
  return decoded(bytes, what)
}

/** Reused for joining the pieces of a body: a new buffer each time would stay in memory until it is collected. */
let scratch: Buffer | undefined
const SCRATCH_SIZE = 1024 * 1024

/** The pieces as one buffer, valid until the next call. */
function joined(pieces: readonly Buffer[]): Buffer {
  if (pieces.length === 1) return pieces[0]!
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (size > SCRATCH_SIZE) return Buffer.concat(pieces, size)
  scratch ??= Buffer.allocUnsafeSlow(SCRATCH_SIZE)
  let at = 0
  for (const piece of pieces) at += piece.copy(scratch, at)
  return scratch.subarray(0, size)
}

function decoded(bytes: Buffer, what: string): string {
  // most answers are ASCII, and this is twice as fast
  if (isAscii(bytes)) return bytes.toString('latin1')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ConfluentqlError('RESPONSE', `${what}: the answer is not valid UTF-8`, { hint: DAMAGED })
  }
}

async function decompress(bytes: Buffer, coding: string, max: number, what: string): Promise<Buffer> {
  const unpack = unpacker(coding, bytes)
  if (unpack === undefined) {
    throw new ConfluentqlError(
      'RESPONSE',
      `${what}: the answer has an unknown Content-Encoding, ${visible(coding, 40)}`,
      { hint: 'It was asked for gzip, br or deflate; a proxy on the way may have changed it' },
    )
  }
  try {
    return await unpack(bytes, { maxOutputLength: max })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(max, what)
    if (code === 'Z_BUF_ERROR') throw new TruncatedBody('the compressed body ends too soon', { cause: error })
    throw new ConfluentqlError('RESPONSE', `${what}: the answer's ${coding} compression is damaged`, {
      cause: error,
      hint: DAMAGED,
    })
  }
}

type Unpack = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer | Promise<Buffer>

/** A body of fewer bytes is decompressed at once: passing it to another thread takes longer. */
const SMALL = 32 * 1024

function unpacker(coding: string, bytes: Buffer): Unpack | undefined {
  // loaded for the first compressed answer
  const zlib = process.getBuiltinModule('node:zlib')
  switch (coding) {
    case 'identity':
      return same => same
    case 'gzip':
    case 'x-gzip':
      return bytes.length < SMALL ? zlib.gunzipSync : promisify(zlib.gunzip)
    case 'br':
      return promisify(zlib.brotliDecompress)
    // some servers send the raw form under this name; the wrapped one begins with a nibble of 8
    case 'deflate':
      return ((bytes[0] ?? 0) & 0x0f) === 8 ? promisify(zlib.inflate) : promisify(zlib.inflateRaw)
    default:
      return undefined
  }
}

/** The error for a body above `max` bytes. */
export function tooLarge(max: number, what: string): ConfluentqlError {
  return new ConfluentqlError('LIMIT', `${what}: the answer is larger than ${Math.floor(max / 2 ** 20)} MB`, {
    hint: 'Ask for less at once, with a filter in WHERE',
  })
}

/** Whether a text begins and ends like JSON; the rest is not checked. */
export function looksLikeJson(text: string): boolean {
  const first = text.search(/\S/)
  if (first < 0) return false
  let last = text.length - 1
  while (/\s/.test(text[last] ?? '')) last--
  switch (text[first]) {
    case '{':
      return last > first && text[last] === '}'
    case '[':
      return last > first && text[last] === ']'
    case '"':
      return last > first && text[last] === '"'
    default:
      return (
        last - first < 400
        && /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(text.slice(first, last + 1))
      )
  }
}
