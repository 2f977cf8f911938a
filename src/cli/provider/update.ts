import { growthOf } from '../../catalog/consent.ts'
import { renamedProvider } from '../../catalog/rename.ts'
import { ConfluentqlError } from '../../errors.ts'
import { inspect, type Inspected } from '../../registry/inspect.ts'
import { builtInProviders } from '../../providers.ts'
import { fetchDocuments } from '../../registry/origin.ts'
import { type InstalledProvider, installedProvider, installedProviders } from '../../registry/record.ts'
import { hashOf, stage } from '../../registry/store.ts'
import { visible } from '../../render/display.ts'
import { maskUrl } from '../../secrets.ts'
import type { CliOptions } from '../args/options.ts'
import type { World } from '../world.ts'
import { declined, fillCache, inspectStaged, recordOf } from './add.ts'
import { askConsent } from './ask.ts'
import { credentialLines, differenceLines, sharedLines } from './summary.ts'

/** `confluentql provider update [NAME]`: takes providers anew from where they came, one or all. */
export async function update(
  name: string | undefined,
  options: CliOptions,
  world: World,
  signal: AbortSignal,
): Promise<number> {
  const chosen = name === undefined ? installedProviders(world.env) : [addedProvider(name, world.env)]
  let status = 0
  for (const one of chosen) status = Math.max(status, await updateOne(one, options, world, signal))
  return status
}

async function updateOne(
  old: InstalledProvider,
  { yes, quiet }: CliOptions,
  world: World,
  signal: AbortSignal,
): Promise<number> {
  const { env, stderr } = world
  const { name, from } = old
  const say = (line: string): void => {
    if (!quiet) stderr.write(`${visible(line)}\n`)
  }
  const { files } = await fetchDocuments(from, env, signal)
  const staged = await stage(env, files)
  try {
    const written = await inspectStaged(staged, maskUrl(from))
    const found = { ...written, provider: renamedProvider(written.provider, name) }
    const more = growthOf(found.provider, old.consent)
    const grows = Object.keys(more).length > 0
    if (staged.hash === old.hash && !grows && (await isIntact(old, env, signal))) {
      say(`${name} is as it was`)
      return 0
    }
    say(`${name}: ${old.version} to ${found.provider.version}, from ${maskUrl(from)}`)
    const before = await inspected(old)
    for (const line of before ? differenceLines(before, found) : []) say(line)
    if (grows) {
      stderr.write(`${name} asks for more than you agreed to:\n`)
      for (const line of [...credentialLines(more), ...sharedLines(more, builtInProviders())])
        stderr.write(`${visible(line)}\n`)
      const command = `confluentql provider update ${name}`
      if (!yes && !(await askConsent('Agree?', command, world, signal))) return declined(stderr)
    }
    await staged.commit(recordOf(from, found), { isNew: false })
    fillCache(env)
    say(`updated ${name}`)
    return 0
  } finally {
    await staged.discard()
  }
}

/** Whether the documents are those that were added: somebody may have changed them. */
async function isIntact(
  { dir, hash }: InstalledProvider,
  env: World['env'],
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return hashOf((await fetchDocuments(dir, env, signal)).files) === hash
  } catch {
    return false
  }
}

/** What a provider was; undefined if its documents cannot be read any more, which an update repairs. */
async function inspected({ dir }: InstalledProvider): Promise<Inspected | undefined> {
  try {
    return await inspect(dir)
  } catch {
    return undefined
  }
}

/** The added provider of that name. @throws ConfluentqlError USAGE */
export function addedProvider(name: string, env: World['env']): InstalledProvider {
  const found = installedProvider(env, name)
  if (found) return found
  const names = installedProviders(env).map(one => one.name)
  throw new ConfluentqlError('USAGE', `no provider ${visible(name)} was added`, {
    hint:
      names.length > 0
        ? `added: ${names.join(', ')}`
        : 'confluentql provider add PLACE adds one; those that come with confluentql stay',
  })
}
