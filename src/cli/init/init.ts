import { existsSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ReadStream } from 'node:tty'
import type { Catalog } from '../../catalog/types.ts'
import { kindsOf } from '../../config/endpoints.ts'
import { profileFile } from '../../config/load.ts'
import { parseProfiles } from '../../config/parse.ts'
import { ConfluentqlError } from '../../errors.ts'
import { makeFolders } from '../../folders.ts'
import { openCatalog } from '../../providers.ts'
import { visible } from '../../render/display.ts'
import { reasonOf } from '../../render/file.ts'
import type { CliOptions } from '../args/options.ts'
import { shellWord } from '../shell-word.ts'
import type { World } from '../world.ts'
import { interview } from './interview.ts'
import { Prompt } from './prompt.ts'
import { type Answers, type KeyPair, profileText } from './text.ts'

/**
 * `confluentql init`: writes a profile file that only its owner can read. On a terminal it asks for the values; elsewhere it
 * writes a sample that takes the key from variables.
 * @throws ConfluentqlError USAGE if the file exists, OUTPUT if it cannot be written, ABORTED
 */
export async function init(
  { profile, config, force }: CliOptions,
  { stdin, stderr, env }: Pick<World, 'stdin' | 'stderr' | 'env'>,
  signal: AbortSignal,
): Promise<number> {
  const file = profileFile(env)
  if (file === undefined)
    throw new ConfluentqlError('USAGE', 'there is no home folder for the profile file', {
      hint: 'name the file with --config FILE',
    })
  const again = command('init', config, profile)
  if (!force && existsSync(file)) throw exists(file, again)
  const catalog = openCatalog({ env })
  const variables = variablesOf(catalog)
  const isAsked = isTerminal(stdin) && isTerminal(stderr)
  const answers: Answers = isAsked
    ? await asked(file, profile, variables, new Prompt(stdin as ReadStream, stderr, signal))
    : { name: profile ?? 'default', key: undefined, variables, others: [] }
  const text = profileText(answers)
  // validate before writing
  await parseProfiles(text, file, kindsOf(catalog))
  write(file, text, force, again)
  stderr.write(`wrote ${visible(file)}, which only you can read\n`)
  const name = answers.name === 'default' ? undefined : answers.name
  stderr.write(`to check it: ${command('doctor', config, name)}\n`)
  return 0
}

function isTerminal(stream: object): boolean {
  return 'isTTY' in stream && stream.isTTY === true
}

async function asked(
  file: string,
  name: string | undefined,
  variables: KeyPair,
  prompt: Prompt,
): Promise<Answers> {
  prompt.open()
  try {
    prompt.say(`This writes ${visible(file)}. An empty answer takes what stands in brackets.\n`)
    return await interview(prompt, name, variables)
  } finally {
    prompt.close()
  }
}

/** The key variables of the organization's API: the first host with a default URL and basic authentication. */
function variablesOf(catalog: Catalog): KeyPair {
  for (const { url, auth } of catalog.providers().flatMap(p => Object.values(p.hosts)))
    if (url !== '' && auth.kind === 'basic') return { key: auth.userEnv, secret: auth.passwordEnv }
  throw new Error('no host takes a key')
}

/** A command for the same profile of the same file. */
function command(name: string, config: string | undefined, profile: string | undefined): string {
  const more = [
    ...(config === undefined ? [] : ['--config', config]),
    ...(profile === undefined ? [] : ['--profile', profile]),
  ]
  return visible([`confluentql ${name}`, ...more.map(shellWord)].join(' '))
}

/** `again`: the command that was run. */
function exists(file: string, again: string): ConfluentqlError {
  return new ConfluentqlError('USAGE', `${file} exists`, {
    hint: `change it with an editor, or have it replaced with ${again} --force`,
  })
}

/** Writes the file atomically, readable only by its owner. */
function write(file: string, text: string, isReplaced: boolean, again: string): void {
  const draft = `${file}.${process.pid}.tmp`
  try {
    makeFolders(dirname(file), 0o700)
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' })
    try {
      if (isReplaced) renameSync(draft, file)
      // unlike a rename, a link does not replace a file created meanwhile
      else linkSync(draft, file)
    } finally {
      rmSync(draft, { force: true })
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST' && existsSync(file)) throw exists(file, again)
    throw new ConfluentqlError(
      'OUTPUT',
      `cannot write ${file}: ${code === 'EEXIST' ? `${dirname(file)} is a file, not a folder` : reasonOf(cause, file)}`,
      { cause },
    )
  }
}
