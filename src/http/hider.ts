import { hideSecrets } from '../secrets.ts'

/** Knows the secrets of a client, and replaces them in texts that others wrote. */
export interface Hider {
  add(...secrets: readonly string[]): void
  hide(text: string): string
}

/** Shorter texts are no real secrets, and would be found inside ordinary words. */
const SHORTEST_SECRET = 12

/** A hider that finds each secret as it is, and as JSON and forms write it. */
export function createHider(): Hider {
  const known = new Set<string>()
  return {
    add(...secrets) {
      for (const secret of secrets) if (secret.length >= SHORTEST_SECRET) known.add(secret)
    },
    hide: text => hideSecrets(text, known, '[hidden]'),
  }
}
