/** Headers that the client itself sets, or that say how a request is read: no provider file may name one. */
const OWN =
  /^(?:host|connection|content-.*|transfer-encoding|te|upgrade|keep-alive|expect|trailer|cookie|authorization|proxy-.*|accept.*|user-agent|forwarded|x-forwarded-.*|x-http-method.*)$/i

/** Whether a provider file may have a header of this name sent. */
export function isFreeHeader(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !OWN.test(name)
}
