/** A message of the client: its type (one letter) and its body. */
export interface Frame {
  readonly type: string
  readonly body: Buffer
}

/** A message that breaks the protocol: the connection ends. */
export class ProtocolViolation extends Error {}

/** The largest message that a client may send. */
const MAX_FRAME = 16 * 2 ** 20

/** Splits a byte stream into messages: a letter, a length that counts itself, and a body. */
export class FrameReader {
  #chunks: Buffer[] = []
  #size = 0

  /** Bytes that are not read yet. */
  get size(): number {
    return this.#size
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
  }

  /** The next message; undefined until it is complete. @throws ProtocolViolation */
  next(maxLength = MAX_FRAME): Frame | undefined {
    const head = this.#peek(5)
    if (!head) return undefined
    const length = head.readInt32BE(1)
    if (length < 4 || length > maxLength) throw new ProtocolViolation(`invalid message length ${length}`)
    const whole = this.#take(length + 1)
    return whole && { type: String.fromCharCode(whole[0]!), body: whole.subarray(5) }
  }

  /** The next message of the start, which has no letter. @throws ProtocolViolation */
  nextUntyped(maxLength: number): Buffer | undefined {
    const head = this.#peek(4)
    if (!head) return undefined
    const length = head.readInt32BE(0)
    if (length < 8 || length > maxLength) throw new ProtocolViolation(`invalid length of startup packet`)
    return this.#take(length)?.subarray(4)
  }

  /** The first byte, if one is here. */
  first(): number | undefined {
    return this.#peek(1)?.[0]
  }

  /** Takes all that was not read. */
  rest(): Buffer {
    return this.#take(this.#size) ?? Buffer.alloc(0)
  }

  #peek(n: number): Buffer | undefined {
    if (this.#size < n) return undefined
    if (this.#chunks[0]!.length < n) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]!
  }

  #take(n: number): Buffer | undefined {
    if (this.#size < n) return undefined
    if ((this.#chunks[0]?.length ?? 0) < n) this.#chunks = [Buffer.concat(this.#chunks)]
    const first = this.#chunks[0] ?? Buffer.alloc(0)
    this.#size -= n
    if (first.length === n) this.#chunks.shift()
    else this.#chunks[0] = first.subarray(n)
    return first.subarray(0, n)
  }
}

/** Reads the fields of a message body. @throws ProtocolViolation if it is too short */
export class Fields {
  readonly #body: Buffer
  #at = 0

  constructor(body: Buffer) {
    this.#body = body
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#body.length
  }

  int16(): number {
    return this.#advance(2).readInt16BE(0)
  }

  /** An unsigned number, as counts are. */
  count(): number {
    return this.#advance(2).readUInt16BE(0)
  }

  int32(): number {
    return this.#advance(4).readInt32BE(0)
  }

  byte(): string {
    return String.fromCharCode(this.#advance(1)[0]!)
  }

  bytes(n: number): Buffer {
    return this.#advance(n)
  }

  /** A text that ends with a zero byte. */
  text(): string {
    const end = this.#body.indexOf(0, this.#at)
    if (end < 0) throw new ProtocolViolation('a text in a message has no end')
    const text = this.#body.toString('utf8', this.#at, end)
    this.#at = end + 1
    return text
  }

  #advance(n: number): Buffer {
    if (n < 0 || this.#at + n > this.#body.length) throw new ProtocolViolation('a message is too short')
    this.#at += n
    return this.#body.subarray(this.#at - n, this.#at)
  }
}

export const int16 = (n: number): Buffer => {
  const buffer = Buffer.allocUnsafe(2)
  buffer.writeUInt16BE(n & 0xffff)
  return buffer
}

export const int32 = (n: number): Buffer => {
  const buffer = Buffer.allocUnsafe(4)
  buffer.writeInt32BE(n)
  return buffer
}

/** A text with its zero byte. */
export const cstring = (text: string): Buffer => Buffer.from(`${text}\0`)

/** A message: its letter, and the parts of its body. */
export function frame(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, p) => sum + p.length, 4)
  const buffer = Buffer.allocUnsafe(length + 1)
  buffer[0] = type.charCodeAt(0)
  buffer.writeInt32BE(length, 1)
  let at = 5
  for (const part of parts) {
    buffer.set(part, at)
    at += part.length
  }
  return buffer
}

/** The messages in a buffer of complete ones. */
export function* framesIn(bytes: Buffer): Generator<Frame & { readonly whole: Buffer }, void, void> {
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + bytes.readInt32BE(at + 1)
    yield {
      type: String.fromCharCode(bytes[at]!),
      body: bytes.subarray(at + 5, end),
      whole: bytes.subarray(at, end),
    }
    at = end
  }
}
