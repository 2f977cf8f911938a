/** Knows the secrets of a client, and replaces them in texts that others wrote. */
export interface Hider {
  add(...secrets: readonly string[]): void
  hide(text: string): string
}

/** Shorter texts are no real secrets, and would be found inside ordinary words. */
const SHORTEST_SECRET = 12

/** A hider that knows each secret as it is, and as JSON and forms write it. */
export function createHider(): Hider {
  const known = new Set<string>()
  const hidden = new Set<string>()
  return {
    add(...secrets) {
      for (const secret of secrets) {
        if (secret.length < SHORTEST_SECRET || known.has(secret)) continue
        known.add(secret)
        for (const form of [
          secret,
          JSON.stringify(secret).slice(1, -1),
          new URLSearchParams([['', secret]]).toString().slice(1),
        ])
          hidden.add(form)
      }
    },
    // longest first: one may be a part of another
    hide: text =>
      [...hidden]
        .sort((a, b) => b.length - a.length)
        .reduce((all, secret) => all.replaceAll(secret, '[hidden]'), text),
  }
}
