import { variablesOf } from '../catalog/credentials.ts'
import type { Catalog } from '../catalog/types.ts'
import type { Entry, Profile, Source } from './types.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The variables with credentials: those of the providers' hosts, and those in the profile file. */
export function credentialVariables(catalog: Catalog, profile: Profile | undefined): string[] {
  const hosts = catalog.providers().flatMap(provider => Object.values(provider.hosts))
  return [
    ...new Set([
      ...hosts.flatMap(variablesOf),
      ...(profile?.variables ?? []),
      ...entryVariables(profile?.credentials ?? []),
    ]),
  ]
}

/** The variables with credentials in entries of a profile. */
export function entryVariables(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ secret }) => sourcesOf(secret).flatMap(s => (s.kind === 'env' ? [s.name] : [])))
}

/** All sources of a credential. */
export function sourcesOf(secret: Entry['secret']): readonly Source[] {
  if (secret.kind === 'key') return [secret.key, secret.secret]
  if (secret.kind === 'headers') return Object.values(secret.values)
  if (secret.kind === 'client') return [secret.id, secret.secret, ...Object.values(secret.variables)]
  if (secret.kind === 'service_account') return [secret.keyFile]
  return [secret.kind === 'sts' ? secret.subjectToken : secret.token]
}

/** The environment for another program, without some variables. */
export function without(env: Env, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))
}
