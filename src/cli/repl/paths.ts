import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

/** The program's file in an XDG base directory. As the specification says, a relative path in the variable is ignored. */
export function xdgFile(
  env: Env,
  variable: 'XDG_STATE_HOME' | 'XDG_CONFIG_HOME',
  fallback: readonly string[],
  name: string,
): string {
  const given = env[variable]
  return join(
    given && isAbsolute(given) ? given : join(env.HOME || homedir(), ...fallback),
    'confluentql',
    name,
  )
}

const MAX_FILES = 1000

/** Paths that begin with `typed`, in the same spelling; folders end in a slash. Hidden files only after a dot. */
export function filesLike(typed: string, env: Env): string[] {
  const folder = typed.endsWith('/') ? typed : typed.includes('/') ? `${dirname(typed)}/` : ''
  const shown = folder === './' && !typed.startsWith('./') ? '' : folder === '//' ? '/' : folder
  const start = typed.slice(shown.length)
  try {
    return readdirSync(shown.startsWith('~/') ? join(env.HOME ?? homedir(), shown.slice(2)) : shown || '.', {
      withFileTypes: true,
    })
      .filter(
        f => f.name.startsWith(start) && (start !== '' || !f.name.startsWith('.')) && !/[\s'"]/.test(f.name),
      )
      .slice(0, MAX_FILES)
      .map(f => `${shown}${f.name}${f.isDirectory() ? '/' : ''}`)
      .sort()
  } catch {
    return []
  }
}
