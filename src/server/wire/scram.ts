import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

/** Keys that verify a password without revealing it (RFC 5802 §3). */
export interface Verifier {
  readonly salt: Buffer
  readonly iterations: number
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

const ITERATIONS = 4096

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const hash = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()

export function createVerifier(password: string): Verifier {
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256')
  return {
    salt,
    iterations: ITERATIONS,
    storedKey: hash(hmac(salted, 'Client Key')),
    serverKey: hmac(salted, 'Server Key'),
  }
}

/** The text of a failed attempt; the client is told only that the password is wrong. */
export class ScramFailure extends Error {}

/** One authentication by SCRAM-SHA-256 (RFC 7677), with channel binding if the client chose PLUS. */
export class Scram {
  readonly #verifier: Verifier
  readonly #binding: Buffer | undefined
  #isPlus = false
  #gs2 = ''
  #messages = ''
  #nonce = ''

  /** @param binding tls-server-end-point of the connection, if it can be computed */
  constructor(verifier: Verifier, binding: Buffer | undefined) {
    this.#verifier = verifier
    this.#binding = binding
  }

  /** The mechanisms to offer. */
  get mechanisms(): readonly string[] {
    return this.#binding ? ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'] : ['SCRAM-SHA-256']
  }

  /** Takes the client's first message, and returns the server's. @throws ScramFailure */
  first(mechanism: string, message: string): string {
    if (!this.mechanisms.includes(mechanism)) throw new ScramFailure('mechanism')
    this.#isPlus = mechanism.endsWith('-PLUS')
    const parts = /^((n|y|p=([^,]*)),(?:a=[^,]*)?,)(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s.exec(
      message,
    )
    if (!parts) throw new ScramFailure('first message')
    const [, gs2 = '', flag = '', type, bare = '', nonce = ''] = parts
    if (this.#isPlus ? type !== 'tls-server-end-point' : type !== undefined)
      throw new ScramFailure('binding type')
    // the client supports channel binding, but saw no offer of it: somebody in between has removed the offer
    if (flag === 'y' && this.#binding) throw new ScramFailure('downgrade')
    this.#gs2 = gs2
    this.#nonce = nonce + randomBytes(18).toString('base64')
    const { salt, iterations } = this.#verifier
    const answer = `r=${this.#nonce},s=${salt.toString('base64')},i=${iterations}`
    this.#messages = `${bare},${answer}`
    return answer
  }

  /** Takes the client's proof, and returns the server's. @throws ScramFailure */
  final(message: string): string {
    const parts = /^((c=([^,]*),r=([^,]*))(?:,.*)?),p=([^,]*)$/s.exec(message)
    if (!parts) throw new ScramFailure('final message')
    const [, withoutProof = '', , channel = '', nonce = '', proof = ''] = parts
    const expected = Buffer.concat([Buffer.from(this.#gs2), this.#isPlus ? this.#binding! : Buffer.alloc(0)])
    if (!same(Buffer.from(channel, 'base64'), expected)) throw new ScramFailure('channel')
    if (nonce !== this.#nonce) throw new ScramFailure('nonce')
    const auth = `${this.#messages},${withoutProof}`
    const signature = hmac(this.#verifier.storedKey, auth)
    const given = Buffer.from(proof, 'base64')
    if (given.length !== signature.length) throw new ScramFailure('proof')
    const clientKey = Buffer.from(given.map((byte, i) => byte ^ signature[i]!))
    if (!same(hash(clientKey), this.#verifier.storedKey)) throw new ScramFailure('proof')
    return `v=${hmac(this.#verifier.serverKey, auth).toString('base64')}`
  }
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Hash functions by the OID of a certificate's signature, in hexadecimal. RFC 5929 §4.1: SHA-256 instead of MD5 and SHA-1. */
const HASHES: Readonly<Record<string, string>> = {
  '2a864886f70d010104': 'sha256',
  '2a864886f70d010105': 'sha256',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d0401': 'sha256',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
}

/** tls-server-end-point of a certificate in DER (RFC 5929 §4); undefined for a signature without one hash function. */
export function endPointOf(der: Buffer): Buffer | undefined {
  const certificate = elementAt(der, 0)
  const toBeSigned = elementAt(der, certificate.from)
  const algorithm = elementAt(der, toBeSigned.to)
  const oid = elementAt(der, algorithm.from)
  const name = HASHES[der.subarray(oid.from, oid.to).toString('hex')]
  return name === undefined ? undefined : createHash(name).update(der).digest()
}

/** The content of the DER element at an offset. */
function elementAt(der: Buffer, at: number): { from: number; to: number } {
  const first = der[at + 1]!
  if (first < 0x80) return { from: at + 2, to: at + 2 + first }
  const bytes = first & 0x7f
  const from = at + 2 + bytes
  return { from, to: from + der.readUIntBE(at + 2, bytes) }
}
