import type { Catalog } from '../../catalog/types.ts'
import { visible } from '../../render/display.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The first line of the shell: version, target, credentials in use, how to get help. */
export function banner(
  version: string,
  profileGiven: string | undefined,
  sandbox: { readonly url: string } | undefined,
  catalog: Catalog,
  env: Env,
): string {
  const profile = profileGiven ?? (env.CONFLUENTQL_PROFILE || undefined)
  const where = sandbox
    ? `sandbox at ${sandbox.url}`
    : `${profile === undefined ? '' : `profile ${visible(profile)}, `}${credentialsText(catalog, env)}`
  return `confluentql ${version}, ${where} (.help for help)\n`
}

/** The credential variables that are set; says if that of the provider's main host is missing, before a request fails. */
function credentialsText(catalog: Catalog, env: Env): string {
  const hosts = catalog
    .providers()
    .flatMap(p => Object.values(p.hosts))
    .filter(h => h.auth.kind === 'basic')
  const main = hosts.find(h => h.url !== '')
  const set = [
    ...new Set(hosts.flatMap(h => (h.auth.kind === 'basic' && env[h.auth.userEnv] ? [h.auth.userEnv] : []))),
  ]
  if (main?.auth.kind === 'basic' && !env[main.auth.userEnv]) {
    return `${main.auth.userEnv} is not set${set.length > 0 ? ` (${set.join(', ')} ${set.length > 1 ? 'are' : 'is'})` : ''}`
  }
  return `with ${set.join(', ')}`
}
