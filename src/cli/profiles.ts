import { profileNames } from '../config/load.ts'
import { ConfluentqlError } from '../errors.ts'
import type { CliOptions } from './args/options.ts'

/** The profiles that `--profile a,b` names; undefined for one. */
export function severalProfiles(profile: string | undefined): readonly string[] | undefined {
  const names = distinctNames(profile ?? '')
  return names.length > 1 ? names : undefined
}

function distinctNames(profile: string): readonly string[] {
  return [...new Set(profile.split(',').map(name => name.trim()))]
}

/**
 * The options with `--all-profiles` written out.
 * @throws ConfluentqlError USAGE if the profile file has none, or for several profiles of a command that takes one
 */
export async function resolveProfiles(options: CliOptions, env: NodeJS.ProcessEnv): Promise<CliOptions> {
  const names = options.allProfiles || isAll(options) ? await profileNames(env) : []
  const allProfiles = options.allProfiles || (isAll(options) && !names.includes(ALL))
  if (allProfiles && names.length === 0)
    throw new ConfluentqlError('USAGE', 'the profile file has no profiles', {
      hint: 'confluentql init writes one; confluentql doctor says which file it is',
    })
  const given = options.profile === undefined ? undefined : distinctNames(options.profile).join(',')
  const profile = allProfiles ? names.join(',') : given
  if (severalProfiles(profile) && ['doctor', 'init'].includes(options.command))
    throw new ConfluentqlError('USAGE', `${options.command} takes one profile`, {
      hint: `run it for each: ${options.command} --profile ${severalProfiles(profile)![0]!}`,
    })
  return { ...options, allProfiles, profile }
}

/** What `export --profiles` takes instead of all names. */
const ALL = 'all'

/** Whether the options name all profiles by a word, which may be the name of one as well. */
function isAll({ command, profile }: CliOptions): boolean {
  return command === 'export' && profile === ALL
}
