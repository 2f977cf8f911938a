/** Headers that the client sets, or that control how a request is interpreted: provider files must not use them. */
const RESERVED =
  /^(?:host|connection|content-.*|transfer-encoding|te|upgrade|keep-alive|expect|trailer|cookie|authorization|proxy-.*|accept.*|user-agent|forwarded|x-forwarded-.*|x-http-method.*)$/i

/** Whether a provider file may use a header of this name. */
export function isFreeHeader(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !RESERVED.test(name)
}

/** Headers that decide how a request is interpreted, and so are no place for a secret. */
const STRUCTURAL =
  /^(?:host|connection|content-.*|transfer-encoding|te|upgrade|keep-alive|expect|trailer|proxy-.*|accept.*|user-agent|forwarded|x-forwarded-.*|x-http-method.*)$/i

/** Whether a credential may be sent in a header of this name. */
export function isCredentialHeader(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !STRUCTURAL.test(name)
}
