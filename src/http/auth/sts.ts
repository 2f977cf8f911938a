import type { Secret } from '../../config/types.ts'
import { type TokenContext, tokenRequest, type TokenRequests } from './token-requests.ts'

type Sts = Extract<Secret, { kind: 'sts' }>

/** Exchanges the token of an identity provider at the host of the call (RFC 8693). */
export function stsRequests({ place, secret, from, hider, read }: TokenContext<Sts>): TokenRequests {
  const {
    base,
    call: { host },
  } = place
  return {
    audience: base.url,
    async make() {
      const subject = await read(secret.subjectToken, `subject_token of ${from}`)
      hider.add(subject)
      const form = {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: subject,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        identity_pool_id: secret.identityPoolId,
      }
      return [tokenRequest({ origin: base.origin, path: `${base.prefix}${host.exchange ?? ''}` }, form)]
    },
  }
}
