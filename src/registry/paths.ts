import { isAbsolute, join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

/** The folder of added providers: confluentql/providers in the XDG data folder. */
export function storeFolder(env: Env): string {
  const given = env['XDG_DATA_HOME']
  // relative paths are ignored, as the XDG specification requires
  const data =
    given && isAbsolute(given)
      ? given
      : join(env['HOME'] || process.getBuiltinModule('node:os').homedir(), '.local', 'share')
  return join(data, 'confluentql', 'providers')
}

/** A path of an untrusted archive in a message: short, without control characters. */
export function visiblePath(path: string): string {
  const shown = path.length > 100 ? `${path.slice(0, 100)}…` : path
  return JSON.stringify(shown)
}
