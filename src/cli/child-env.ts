import type { Catalog } from '../catalog/types.ts'
import { kindsOf } from '../config/endpoints.ts'
import { loadProfile } from '../config/load.ts'
import { credentialVariables, without } from '../config/variables.ts'
import type { CliOptions } from './args/options.ts'
import { severalProfiles } from './profiles.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The environment of child programs: without the variables of the profiles' credentials. */
export function childEnvironment(
  { profile }: CliOptions,
  env: Env,
  catalog: Catalog,
): () => Promise<NodeJS.ProcessEnv> {
  const loaded = Promise.all(
    (severalProfiles(profile) ?? [profile]).map(name =>
      // the session reports a broken profile
      loadProfile({ env, name, kinds: kindsOf(catalog) }).catch(() => undefined),
    ),
  )
  return async () => {
    const found = await loaded
    return without(
      env,
      found.flatMap(of => credentialVariables(catalog, of)),
    )
  }
}
