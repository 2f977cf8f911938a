import { destinationsOf } from '../../catalog/consent.ts'
import { renamedProvider } from '../../catalog/rename.ts'
import type { Provider } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { builtInProviders, openProviders } from '../../providers.ts'
import { inspect, type Inspected } from '../../registry/inspect.ts'
import { fetchDocuments } from '../../registry/origin.ts'
import { installedProvider, type ProviderRecord } from '../../registry/record.ts'
import { stage, type Staged, taken } from '../../registry/store.ts'
import { visible } from '../../render/display.ts'
import { maskUrl } from '../../secrets.ts'
import type { CliOptions } from '../args/options.ts'
import { shellWord } from '../shell-word.ts'
import type { World } from '../world.ts'
import { askConsent } from './ask.ts'
import { summaryLines, tableCount } from './summary.ts'
import { withPlace } from './place.ts'

/** `confluentql provider add PLACE`: shows what a provider is and needs, asks, and adds it. */
export async function add(
  place: string,
  { as, yes, quiet }: CliOptions,
  world: World,
  signal: AbortSignal,
): Promise<number> {
  const { env, stderr } = world
  if (as !== undefined) checkName(as)
  const { from, files } = await fetchDocuments(place, env, signal)
  const staged = await stage(env, files)
  try {
    const inspected = await inspectStaged(staged, place)
    const name = (as ?? inspected.provider.name).toLowerCase()
    const ownProviders = builtInProviders()
    checkFree(name, place, ownProviders, env)
    const found = { ...inspected, provider: renamedProvider(inspected.provider, name) }
    const lines = summaryLines(found, maskUrl(from), ownProviders).map(line => `${visible(line)}\n`)
    if (!quiet || !yes) stderr.write(lines.join(''))
    const command = ['confluentql provider add', shellWord(place), ...(as === undefined ? [] : ['--as', as])]
    if (!yes && !(await askConsent('Add it?', command.join(' '), world, signal))) return declined(stderr)
    await staged.commit(recordOf(from, found), { isNew: true })
    fillCache(env)
    if (!quiet) stderr.write(`added ${name}: SHOW SERVICES IN ${name} lists what it has\n`)
    return 0
  } finally {
    await staged.discard()
  }
}

/** Compiles what every statement reads of added providers, so that the next one does not wait for it. */
export function fillCache(env: World['env']): void {
  openProviders({ env: { ...env, CONFLUENTQL_PROVIDER_PATH: undefined } })
}

/** Says that nothing was done, and returns the exit status. */
export function declined(stderr: World['stderr']): number {
  stderr.write('nothing was written\n')
  return 1
}

/** The record of a provider whose credentials go where its documents say. */
export function recordOf(from: string, found: Inspected): Omit<ProviderRecord, 'hash' | 'source'> {
  const { kind, provider } = found
  return {
    name: provider.name,
    title: provider.title,
    version: provider.version,
    kind,
    from,
    added: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    services: provider.services.length,
    tables: tableCount(found),
    consent: destinationsOf(provider),
  }
}

/** Reads staged documents; messages name the place that they came from. */
export async function inspectStaged({ dir }: Staged, place: string): Promise<Inspected> {
  try {
    return await inspect(dir)
  } catch (error) {
    throw withPlace(error, dir, place)
  }
}

const IDENTIFIER = /^[a-z_]\w*$/i

function checkName(name: string): void {
  if (!IDENTIFIER.test(name))
    throw new ConfluentqlError('USAGE', `--as ${visible(name)}: a name has letters, digits and _ only`)
}

/** @throws ConfluentqlError USAGE for the name of another provider */
function checkFree(name: string, place: string, own: readonly Provider[], env: World['env']): void {
  if (own.some(one => one.name === name))
    throw new ConfluentqlError('USAGE', `${name} is a provider of confluentql`, {
      hint: `add this one under another name: confluentql provider add ${visible(shellWord(place))} --as ${name}2`,
    })
  if (installedProvider(env, name)) throw taken(name)
}
