import type { Socket } from 'node:net'
import { TLSSocket, type SecureContext } from 'node:tls'
import { Fields, FrameReader, frame, int32, cstring, ProtocolViolation } from './frames.ts'
import { reportFrame, SqlError } from './errors.ts'
import { authentication } from './messages.ts'
import { Scram, ScramFailure, type Verifier } from './scram.ts'

/** Codes in place of a protocol version (protocol-message-formats). */
const SSL_REQUEST = 80_877_103
const GSS_REQUEST = 80_877_104
const CANCEL_REQUEST = 80_877_102
const TLS_HANDSHAKE = 0x16
/** Milliseconds until a client must be authenticated. */
const PATIENCE = 10_000
/** Milliseconds before a wrong password is answered. */
const DELAY = 300
const MAX_STARTUP = 10_000

/** How clients authenticate. */
export interface Access {
  readonly verifier: Verifier
  /** Absent: connections are not encrypted. */
  readonly tls?: { readonly context: SecureContext; readonly endPoint: Buffer | undefined } | undefined
  /** Refuse connections that are not encrypted. */
  readonly requiresTls: boolean
}

/** What a client requests at its start. */
export type Arrival =
  | { readonly kind: 'cancel'; readonly pid: number; readonly key: number }
  | {
      readonly kind: 'client'
      readonly socket: Socket
      readonly reader: FrameReader
      readonly parameters: ReadonlyMap<string, string>
    }

/**
 * Reads the start of a connection: encryption, then the parameters, then the password. undefined: the client was refused, or has
 * gone. @param mayEnter throws the error for a client that is not let in whatever its password
 */
export async function arrive(
  raw: Socket,
  access: Access,
  mayEnter: (parameters: ReadonlyMap<string, string>) => void,
): Promise<Arrival | undefined> {
  const timer = setTimeout(() => raw.destroy(), PATIENCE)
  let line = new Line(raw)
  try {
    const isDirect = (await line.first()) === TLS_HANDSHAKE
    if (isDirect) {
      if (!access.tls) throw new ProtocolViolation('this server does not encrypt connections')
      line = line.encrypted(access.tls.context)
    }
    for (;;) {
      const packet = await line.untyped()
      const code = packet.readInt32BE(0)
      if (code === CANCEL_REQUEST && packet.length >= 12)
        return { kind: 'cancel', pid: packet.readInt32BE(4), key: packet.readInt32BE(8) }
      if (code === SSL_REQUEST || code === GSS_REQUEST) {
        // bytes that arrived before the handshake would be read as if they were encrypted
        if (line.reader.size > 0)
          throw new ProtocolViolation('data before the answer to a request for encryption')
        const accepts = code === SSL_REQUEST && access.tls !== undefined && !line.isEncrypted
        line.socket.write(accepts ? 'S' : 'N')
        if (accepts) line = line.encrypted(access.tls!.context)
        continue
      }
      const parameters = readParameters(packet, code, line)
      if (access.requiresTls && !line.isEncrypted)
        throw new SqlError('28000', 'this server takes encrypted connections only', {
          hint: 'use sslmode=require',
        })
      mayEnter(parameters)
      await authenticate(line, access)
      line.release()
      return { kind: 'client', socket: line.socket, reader: line.reader, parameters }
    }
  } catch (error) {
    if (error instanceof SqlError) line.socket.end(reportFrame({ ...error.report, severity: 'FATAL' }))
    else if (error instanceof ProtocolViolation)
      line.socket.end(reportFrame({ severity: 'FATAL', state: '08P01', message: error.message }))
    else line.socket.destroy()
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/** Protocol 3.x; what is newer than 3.0 is negotiated down. */
function readParameters(packet: Buffer, version: number, line: Line): ReadonlyMap<string, string> {
  if (version >> 16 !== 3)
    throw new SqlError(
      '0A000',
      `unsupported frontend protocol ${version >> 16}.${version & 0xffff}: server supports 3.0`,
    )
  const fields = new Fields(packet.subarray(4))
  const parameters = new Map<string, string>()
  for (let name = fields.text(); name !== ''; name = fields.text()) parameters.set(name, fields.text())
  const unknown = [...parameters.keys()].filter(name => name.startsWith('_pq_.'))
  if ((version & 0xffff) > 0 || unknown.length > 0)
    line.socket.write(frame('v', int32(3 << 16), int32(unknown.length), ...unknown.map(cstring)))
  for (const name of unknown) parameters.delete(name)
  return parameters
}

async function authenticate(line: Line, { verifier, tls }: Access): Promise<void> {
  const scram = new Scram(verifier, line.isEncrypted ? tls?.endPoint : undefined)
  try {
    line.socket.write(authentication(10, Buffer.concat([...scram.mechanisms.map(cstring), Buffer.from([0])])))
    const first = new Fields(await line.password())
    const mechanism = first.text()
    const message = first.bytes(first.int32()).toString('utf8')
    line.socket.write(authentication(11, Buffer.from(scram.first(mechanism, message))))
    const final = scram.final((await line.password()).toString('utf8'))
    line.socket.write(Buffer.concat([authentication(12, Buffer.from(final)), authentication(0)]))
  } catch (error) {
    if (!(error instanceof ScramFailure)) throw error
    await new Promise(resolve => {
      setTimeout(resolve, DELAY)
    })
    throw new SqlError('28P01', 'password authentication failed')
  }
}

/** The client has gone. */
class Gone extends Error {}

/** Reads messages one by one while a connection starts. */
class Line {
  readonly socket: Socket
  readonly reader = new FrameReader()
  readonly isEncrypted: boolean
  #wake: () => void = () => {}
  #isGone = false

  constructor(socket: Socket, isEncrypted = false) {
    this.socket = socket
    this.isEncrypted = isEncrypted
    socket.on('data', this.#onData).on('close', this.#onClose).on('error', this.#onClose)
  }

  readonly #onData = (chunk: Buffer): void => {
    this.reader.push(chunk)
    this.#wake()
  }
  readonly #onClose = (): void => {
    this.#isGone = true
    this.#wake()
  }

  /** The first byte, which is not taken. */
  async first(): Promise<number> {
    return this.#until(() => this.reader.first())
  }

  untyped(): Promise<Buffer> {
    return this.#until(() => this.reader.nextUntyped(MAX_STARTUP))
  }

  async password(): Promise<Buffer> {
    const { type, body } = await this.#until(() => this.reader.next(MAX_STARTUP))
    if (type !== 'p') throw new ProtocolViolation('expected a password')
    return body
  }

  /** The same client, encrypted from here on. */
  encrypted(secureContext: SecureContext): Line {
    this.release()
    const rest = this.reader.rest()
    if (rest.length > 0) this.socket.unshift(rest)
    return new Line(
      new TLSSocket(this.socket, { isServer: true, secureContext, ALPNProtocols: ['postgresql'] }),
      true,
    )
  }

  /** Leaves the socket to another reader. */
  release(): void {
    this.socket.off('data', this.#onData).off('close', this.#onClose)
    this.socket.pause()
  }

  async #until<T>(read: () => T | undefined): Promise<T> {
    for (;;) {
      const found = read()
      if (found !== undefined) return found
      if (this.#isGone) throw new Gone()
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}
