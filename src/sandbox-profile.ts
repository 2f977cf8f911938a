import type { Profile } from './config/types.ts'

/** The profile for a sandbox. Its credentials are computed on each access, since clusters and their servers come and go. */
export function profileOf(sites: () => Readonly<Record<string, string>>): Profile {
  return {
    name: 'sandbox',
    file: 'the sandbox',
    endpoints: {},
    get credentials() {
      return Object.entries(sites()).map(([name, url]) => ({
        at: `sandbox ${name}`,
        scopes: [{ host: url }],
        secret: {
          kind: 'key' as const,
          key: { kind: 'literal' as const, text: name },
          secret: { kind: 'literal' as const, text: `sandbox-${name}` },
        },
      }))
    },
  }
}
