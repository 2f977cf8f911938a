import { hideForms, secretForms } from '../../secrets.ts'

/** Holds the secrets of a client, and masks them in texts from servers. */
export interface Hider {
  add(...secrets: readonly string[]): void
  hide(text: string): string
}

/** Shorter texts are not real secrets, and would match inside ordinary words. */
const SHORTEST_SECRET = 12

/** A hider that finds each secret literally, and as JSON and forms encode it. */
export function createHider(): Hider {
  const known = new Set<string>()
  let forms: readonly string[] | undefined
  return {
    add(...secrets) {
      for (const secret of secrets) if (secret.length >= SHORTEST_SECRET) known.add(secret)
      forms = undefined
    },
    hide: text => hideForms(text, (forms ??= secretForms(known)), '[hidden]'),
  }
}
