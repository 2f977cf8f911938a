import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { ConfluentqlError } from '../errors.ts'
import type { HostKinds } from './endpoints.ts'
import type { Profile } from './types.ts'

export interface LoadOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Name of the profile, instead of CONFLUENTQL_PROFILE. */
  readonly name?: string | undefined
  readonly kinds: HostKinds
}

const NONE = 'default'

/**
 * The path of the profile file: CONFLUENTQL_CONFIG, otherwise confluentql/config.yaml in the XDG configuration folder.
 * Undefined if there is no home folder.
 */
export function profileFile(env: LoadOptions['env']): string | undefined {
  if (env['CONFLUENTQL_CONFIG']) return env['CONFLUENTQL_CONFIG']
  const xdg = env['XDG_CONFIG_HOME']
  const home = env['HOME'] || env['USERPROFILE']
  // relative paths are ignored, as the XDG specification requires
  const folder = xdg && isAbsolute(xdg) ? xdg : home && join(home, '.config')
  return folder ? join(folder, 'confluentql', 'config.yaml') : undefined
}

/**
 * Reads the profile `name`, otherwise CONFLUENTQL_PROFILE, otherwise `default`, which need not exist. Without a file or
 * a profile its credentials and endpoints are empty; a file in CONFLUENTQL_CONFIG must exist.
 * @throws ConfluentqlError USAGE with file and line of an error, and for a file that others can read or write
 */
export async function loadProfile({ env, name, kinds }: LoadOptions): Promise<Profile> {
  const wanted = name ?? (env['CONFLUENTQL_PROFILE'] || undefined)
  const file = profileFile(env)
  const found = file === undefined ? undefined : readWithMode(file)
  if (file === undefined || found === undefined) {
    if (env['CONFLUENTQL_CONFIG'])
      throw new ConfluentqlError('USAGE', `there is no profile file ${file}`, {
        hint: 'It is named by --config or CONFLUENTQL_CONFIG; confluentql init --config FILE writes one',
      })
    if (wanted === undefined || wanted === NONE)
      return { name: NONE, file: file ?? 'config.yaml', endpoints: {}, credentials: [] }
    throw unknownProfile(wanted, `${file ?? 'the configuration folder'} does not exist`)
  }
  const [{ parseProfiles }, { shownKey }] = await Promise.all([
    import('./parse.ts'),
    import('./parse-values.ts'),
  ])
  const { profiles, hasSecrets } = await parseProfiles(found.text, file, kinds)
  checkMode(file, found.mode, hasSecrets)
  const profile = profiles.get(wanted ?? NONE)
  if (profile) return profile
  const [{ variables = [] } = { variables: [] }] = profiles.values()
  if (wanted === undefined) return { name: NONE, file, endpoints: {}, credentials: [], variables }
  throw unknownProfile(wanted, `${file} has ${[...profiles.keys()].map(shownKey).join(', ') || 'none'}`)
}

/** Names of the profiles in the file, for completion; none if the file is missing or cannot be read (doctor reports why). */
export async function profileNames(env: LoadOptions['env']): Promise<string[]> {
  const file = profileFile(env)
  try {
    const { parseDocument, isMap, isScalar } = await import('yaml')
    const profiles = parseDocument(readFileSync(file ?? '', 'utf8')).get('profiles')
    return isMap(profiles)
      ? profiles.items.flatMap(item => (isScalar(item.key) ? [String(item.key.value)] : []))
      : []
  } catch {
    return []
  }
}

function unknownProfile(name: string, why: string): ConfluentqlError {
  return new ConfluentqlError('USAGE', `there is no profile ${JSON.stringify(name)}: ${why}`, {
    hint: 'Profiles are chosen with --profile or CONFLUENTQL_PROFILE',
  })
}

interface FileContent {
  readonly text: string
  readonly mode: number
}

/** Text and mode from one file descriptor, so that both are of the same file. */
function readWithMode(file: string): FileContent | undefined {
  try {
    const fd = openSync(file, 'r')
    try {
      return { mode: fstatSync(fd).mode, text: readFileSync(fd, 'utf8') }
    } finally {
      closeSync(fd)
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new ConfluentqlError('USAGE', `cannot read ${file}: ${(cause as Error).message}`, { cause })
  }
}

/** Refuses a file that others can write, since it determines where keys are sent and which commands run, or read, if it holds secrets. */
function checkMode(file: string, mode: number, hasSecrets: boolean): void {
  if (process.platform === 'win32' || (mode & (hasSecrets ? 0o077 : 0o022)) === 0) return
  const what = hasSecrets ? 'holds secrets and is open to others' : 'can be changed by others'
  throw new ConfluentqlError(
    'USAGE',
    `${file} ${what} (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`,
    { hint: `Run: chmod 600 ${file}` },
  )
}
