import { variablesOf } from '../catalog/credentials.ts'
import type { Catalog, Host } from '../catalog/types.ts'
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

/** The secrets of credentials that are given as texts or variables. Ids and the names of keys are none. */
export function knownSecrets(catalog: Catalog, profile: Profile, env: Env): string[] {
  const hosts = catalog.providers().flatMap(provider => Object.values(provider.hosts))
  const named = hosts
    .flatMap(host => [...secretVariablesOf(host), ...(host.tokenEnv === undefined ? [] : [host.tokenEnv])])
    .flatMap(name => env[name] ?? [])
  const given = profile.credentials
    .flatMap(({ secret }) => secretSourcesOf(secret))
    .flatMap(source =>
      source.kind === 'literal' ? source.text : source.kind === 'env' ? (env[source.name] ?? []) : [],
    )
  return [...new Set([...named, ...given])]
}

function secretVariablesOf({ auth }: Host): readonly string[] {
  if (auth.kind === 'basic') return [auth.passwordEnv]
  if (auth.kind === 'oauth2') return [auth.clientSecretEnv]
  return auth.kind === 'headers' ? auth.headers.map(header => header.env) : []
}

function secretSourcesOf(secret: Entry['secret']): readonly Source[] {
  if (secret.kind === 'key' || secret.kind === 'client') return [secret.secret]
  // the path of a key file is no secret
  return secret.kind === 'service_account' ? [] : sourcesOf(secret)
}

/** The environment for another program, without some variables. */
export function without(env: Env, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))
}
