const NAME = /^[\w!#$%&'*+.^`|~-]+$/

/** Headers that decide how a request is read. */
const STRUCTURAL =
  /^(?:host|connection|content-.*|transfer-encoding|te|upgrade|keep-alive|expect|trailer|proxy-.*|accept.*|user-agent|forwarded|x-forwarded-.*|x-http-method.*)$/i

/** Whether a credential may be sent in a header of this name. */
export function isCredentialHeader(name: string): boolean {
  return NAME.test(name) && !STRUCTURAL.test(name)
}

/** Whether a parameter of a provider file may be a header of this name: none that the client sets, and none for credentials. */
export function isFreeHeader(name: string): boolean {
  return isCredentialHeader(name) && !/^(?:cookie|authorization)$/i.test(name)
}
