import { PROFILE } from '../catalog/profiles.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Call, HttpClient } from './types.ts'

/** A client for several profiles: the argument `profile` of a call selects the client that sends it. */
export function createProfileClient(clients: ReadonlyMap<string, HttpClient>): HttpClient {
  const of = ({ args }: Call): HttpClient => {
    const name = String(args[PROFILE]?.[0] ?? '')
    const client = clients.get(name)
    if (!client)
      throw new ConfluentqlError('VALUE', `this session has no profile "${name}"`, {
        hint: `its profiles are ${[...clients.keys()].join(', ')}`,
      })
    return client
  }
  const byClient = (calls: readonly Call[]): ReadonlyMap<HttpClient, readonly Call[]> => {
    const found = new Map<HttpClient, Call[]>()
    for (const call of calls) {
      const own = found.get(of(call)) ?? []
      found.set(of(call), own)
      own.push(call)
    }
    return found
  }
  return {
    concurrency: Math.min(...[...clients.values()].map(client => client.concurrency)),
    preview: call => of(call).preview(call),
    urlVariables: call => of(call).urlVariables(call),
    baseUrl: call => of(call).baseUrl(call),
    sourceOfUrl: call => of(call).sourceOfUrl(call),
    hasOwnUrl: call => of(call).hasOwnUrl(call),
    check: calls => {
      for (const [client, own] of byClient(calls)) client.check(own)
    },
    obstacles: (calls, ties) => {
      const found = new Map<Call, ConfluentqlError | undefined>()
      for (const [client, own] of byClient(calls))
        client.obstacles(own, ties).forEach((obstacle, i) => found.set(own[i]!, obstacle))
      return calls.map(call => found.get(call))
    },
    placeOf: call => of(call).placeOf(call),
    pages: (call, ...rest) => of(call).pages(call, ...rest),
    send: (call, signal) => of(call).send(call, signal),
    follow: (call, where, signal) => of(call).follow(call, where, signal),
    hide: text => [...clients.values()].reduce((shown, client) => client.hide(shown), text),
    close: async () => {
      await Promise.all([...clients.values()].map(client => client.close()))
    },
  }
}
