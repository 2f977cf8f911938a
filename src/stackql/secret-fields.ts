import type { ColumnType } from '../catalog/types.ts'
import { isSecretName } from '../secrets.ts'
import { member, type Members } from './tree.ts'

/** Suffixes of names of values that describe a secret but are none: `tokenType`, `secretName`, `passwordExpiresAt`. */
const ABOUT_SECRET =
  /(?:id|ids|name|names|type|types|ur[il]|link|path|arn|ref|reference|at|on|date|time|expiry|expiration|expires|count|limit|ttl|seconds|minutes|hours|days|lifetime|status|state|version|policy|format|method|algorithm|alg|enabled|required|hint|prefix|issuer|audience|scope|scopes|mode|source|location|region|fingerprint|thumbprint|digest|usage|description|label)$/i

/** Whether a schema's value is a secret: it is a password, can only be written, or has the name of a secret. */
export function isSecretField(name: string, type: ColumnType, source: Members): boolean {
  if (type !== 'string') return false
  if (member(source, 'format') === 'password' || member(source, 'writeOnly') === true) return true
  if (member(source, 'enum') !== undefined || ABOUT_SECRET.test(name)) return false
  return isSecretName(name) && !isPageToken(name)
}

/** Tokens of pages are no secrets. */
function isPageToken(name: string): boolean {
  return /page|next|prev|continuation|sync|cursor|skip|resume/i.test(name)
}
