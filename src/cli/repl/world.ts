import { readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { profileFile } from '../../config/load.ts'
import type { Catalog } from '../../catalog/types.ts'

type Env = Readonly<Record<string, string | undefined>>

/** A file of ours below a folder of the XDG specification, which has relative paths ignored. */
export function xdgFile(env: Env, variable: 'XDG_STATE_HOME' | 'XDG_CONFIG_HOME', byDefault: readonly string[], name: string): string {
  const given = env[variable]
  return join(given && isAbsolute(given) ? given : join(env.HOME || homedir(), ...byDefault), 'confluentql', name)
}

const MOST_FILES = 1000

/** Paths that begin with `typed`, spelled as it is; folders end in a slash. Hidden ones only after a dot. */
export function filesLike(typed: string, env: Env): string[] {
  const folder = typed.endsWith('/') ? typed : typed.includes('/') ? `${dirname(typed)}/` : ''
  const shown = folder === './' && !typed.startsWith('./') ? '' : folder === '//' ? '/' : folder
  const start = typed.slice(shown.length)
  try {
    return readdirSync(shown.startsWith('~/') ? join(env.HOME ?? homedir(), shown.slice(2)) : shown || '.', { withFileTypes: true })
      .filter(f => f.name.startsWith(start) && (start !== '' || !f.name.startsWith('.')) && !/[\s'"]/.test(f.name))
      .slice(0, MOST_FILES)
      .map(f => `${shown}${f.name}${f.isDirectory() ? '/' : ''}`)
      .sort()
  } catch {
    return []
  }
}

/** Names of profiles: the keys below `profiles` of the configuration file, as far as they can be read. */
export function profileNames(env: Env): string[] {
  const file = profileFile(env)
  try {
    const text = file === undefined ? '' : readFileSync(file, 'utf8')
    const [, below = ''] = text.split(/^profiles:[^\n]*\n/m)
    const [block = ''] = below.split(/^\S/m)
    const indent = /^( +)\S/m.exec(block)?.[1] ?? '  '
    return [...block.matchAll(new RegExp(`^${indent}([\\w.-]+):`, 'gm'))].map(m => m[1]!)
  } catch {
    return []
  }
}

/** Which keys of the provider's own host are there: what to say before the first request fails for want of them. */
export function keysSaid(catalog: Catalog, env: Env): string {
  const hosts = catalog.providers().flatMap(p => Object.values(p.hosts)).filter(h => h.auth.kind === 'basic')
  const main = hosts.find(h => h.url !== '')
  const set = [...new Set(hosts.flatMap(h => (h.auth.kind === 'basic' && env[h.auth.userEnv] ? [h.auth.userEnv] : [])))]
  if (main?.auth.kind === 'basic' && !env[main.auth.userEnv]) {
    return `${main.auth.userEnv} is not set${set.length > 0 ? ` (${set.join(', ')} ${set.length > 1 ? 'are' : 'is'})` : ''}`
  }
  return `with ${set.join(', ')}`
}
