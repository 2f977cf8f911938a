import type { Entry, Profile } from './config/types.ts'

/** The profile for a sandbox. Its credentials are looked up on each access, since clusters and their servers come and go. */
export function profileOf(sites: () => Readonly<Record<string, string>>): Profile {
  const known = new Map<string, Entry>()
  const credentialFor = (name: string, url: string): Entry => {
    const found = known.get(url)
    if (found?.at === `sandbox ${name}`) return found
    const made: Entry = {
      at: `sandbox ${name}`,
      scopes: [{ host: url }],
      secret: {
        kind: 'key',
        key: { kind: 'literal', text: name },
        secret: { kind: 'literal', text: `sandbox-${name}` },
      },
    }
    known.set(url, made)
    return made
  }
  return {
    name: 'sandbox',
    file: 'the sandbox',
    endpoints: {},
    get credentials() {
      return Object.entries(sites()).map(([name, url]) => credentialFor(name, url))
    },
  }
}
