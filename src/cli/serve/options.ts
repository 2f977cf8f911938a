import { readFileSync, statSync } from 'node:fs'
import { randomBytes, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { ConfluentqlError } from '../../errors.ts'
import { createVerifier, endPointOf } from '../../server/wire/scram.ts'
import type { Access } from '../../server/wire/startup.ts'
import type { CliOptions } from '../args/options.ts'

/** The variable with the password of clients. */
const PASSWORD_VARIABLE = 'CONFLUENTQL_SERVE_PASSWORD'
const SHORTEST_PASSWORD = 8

/** Who is let in, and the password if it was made here. */
export interface Entry {
  readonly access: Access
  readonly host: string
  readonly generated: string | undefined
}

/**
 * Reads how clients are let in.
 * @throws ConfluentqlError USAGE for another address than this machine's without TLS, or for a file that others can read
 */
export function readEntry(options: CliOptions, env: Readonly<Record<string, string | undefined>>): Entry {
  const { host = '127.0.0.1', tlsCert, tlsKey } = options
  const isLocal = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host)
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw usage('TLS needs both a certificate and its key', '--tls-cert FILE --tls-key FILE')
  if (!isLocal && tlsCert === undefined)
    throw usage(
      `--host ${host} can be reached from other machines, so it needs TLS`,
      '--tls-cert FILE --tls-key FILE',
    )
  const given = passwordOf(options, env)
  const generated = given === undefined ? randomBytes(18).toString('base64url') : undefined
  const password = given ?? generated!
  if (password.length < SHORTEST_PASSWORD)
    throw usage('the password is too short', `it needs ${SHORTEST_PASSWORD} characters`)
  const tls = tlsCert === undefined ? undefined : tlsOf(tlsCert, tlsKey!)
  return { host, generated, access: { verifier: createVerifier(password), tls, requiresTls: !isLocal } }
}

function passwordOf(
  { passwordFile }: CliOptions,
  { [PASSWORD_VARIABLE]: variable }: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (passwordFile === undefined) return variable === '' ? undefined : variable
  const text = readText('--password-file', passwordFile)
  if (process.platform !== 'win32' && (statSync(passwordFile).mode & 0o077) !== 0)
    throw usage(`--password-file ${passwordFile}: others can read it`, `chmod 600 ${passwordFile}`)
  return text.replace(/\r?\n$/, '')
}

function tlsOf(certificate: string, key: string): Access['tls'] {
  const cert = readText('--tls-cert', certificate)
  try {
    const context = createSecureContext({ cert, key: readText('--tls-key', key), minVersion: 'TLSv1.2' })
    return { context, endPoint: endPointOf(new X509Certificate(cert).raw) }
  } catch (cause) {
    if (cause instanceof ConfluentqlError) throw cause
    throw new ConfluentqlError('USAGE', `--tls-cert and --tls-key: ${(cause as Error).message}`, { cause })
  }
}

function readText(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ConfluentqlError('USAGE', `${option} ${file}: ${(cause as Error).message}`, { cause })
  }
}

function usage(message: string, hint: string): ConfluentqlError {
  return new ConfluentqlError('USAGE', message, { hint })
}
