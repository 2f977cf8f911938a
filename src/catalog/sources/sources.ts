import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'
import type { LoadedProvider } from './compiled.ts'
import { checkConsent } from '../consent.ts'
import { checkCredentials } from '../credentials.ts'
import { loadProvider, loadProviders } from './load.ts'
import type { Compiler, Source } from './source.ts'
import { readCached } from './source-cache.ts'

/** Files that make a folder a provider: of our or StackQL's format, or compiled. */
const YAML = 'provider.yaml'
const COMPILED = 'provider.json'

/**
 * The sources in a folder: the provider that it is, or the providers in its folders.
 * @throws ConfluentqlError USAGE if it has none
 */
export function sourcesIn(dir: string): Source[] {
  const entries = list(dir)
  const own = providerAt(dir)
  if (own !== undefined) return [{ dir: own }]
  const found = entries
    .filter(entry => entry.isDirectory() || entry.isSymbolicLink())
    .flatMap(entry => providerAt(join(dir, entry.name)) ?? [])
    .sort()
  if (found.length > 0) return found.map(one => ({ dir: one }))
  throw new ConfluentqlError(
    'USAGE',
    `there is no provider in ${dir}: neither it nor a folder in it has a ${YAML}`,
    { hint: 'a provider is a folder with provider.yaml and a file for each service' },
  )
}

function list(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = { ENOENT: 'there is no such folder', ENOTDIR: 'it is no folder' }[code ?? ''] ?? message
    throw new ConfluentqlError('USAGE', `cannot read the providers in ${dir}: ${why}`, { cause })
  }
}

/** The folder itself, if it has a provider; or the newest of its versions, `v24.01.00001`, as StackQL has them. */
function providerAt(dir: string): string | undefined {
  if (isFile(join(dir, YAML)) || isFile(join(dir, COMPILED))) return dir
  const inOrder = new Intl.Collator('en', { numeric: true }).compare
  const newest = subfolders(dir)
    .filter(name => /^v\d/.test(name) && isFile(join(dir, name, YAML)))
    .sort(inOrder)
    .at(-1)
  return newest === undefined ? undefined : join(dir, newest)
}

function subfolders(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
  } catch {
    return false
  }
}

/** What a catalog is made of. */
export interface CatalogSources {
  /** Folder of our own compiled providers. */
  readonly builtIn: string
  readonly sources: readonly Source[]
  readonly compiler: () => Compiler
  /** Folder for compiled sources. */
  readonly cache: string | undefined
}

/** A provider with the source that it was read from; our own have none. */
export interface OpenedProvider extends LoadedProvider {
  readonly source?: Source
}

export interface Opened {
  readonly providers: readonly OpenedProvider[]
  /** Why installed providers cannot be used, by name. */
  readonly broken: ReadonlyMap<string, ConfluentqlError>
}

/**
 * Reads our own providers and those of further sources.
 * @throws ConfluentqlError PROVIDER for a source that is wrong, for two providers of one name, and for a provider that would get
 *   the credentials of another
 */
export function openSources({ builtIn, sources, compiler, cache }: CatalogSources): Opened {
  const providers: OpenedProvider[] = loadProviders(builtIn)
  const broken = new Map<string, ConfluentqlError>()
  for (const source of withoutRepeats(sources, builtIn)) {
    try {
      const opened = { ...load(source, compiler, cache), source }
      const { provider } = opened
      const other = providers.find(one => one.provider.name.toLowerCase() === provider.name.toLowerCase())
      if (other) throw twice(provider.name, source, other.source)
      if (source.consent) checkConsent(provider, source.consent)
      providers.push(opened)
    } catch (error) {
      if (!source.consent || !(error instanceof ConfluentqlError)) throw error
      broken.set(nameOf(source).toLowerCase(), error)
    }
  }
  checkCredentials(providers.filter(one => !one.source?.consent).map(one => one.provider))
  return { providers, broken }
}

/** The name under which it is added. */
function nameOf({ name, dir }: Source): string {
  return name ?? basename(dirname(dir))
}

function load(source: Source, compiler: () => Compiler, cache: string | undefined): LoadedProvider {
  const { dir } = source
  try {
    return isFile(join(dir, YAML)) || !isFile(join(dir, COMPILED))
      ? readCached(source, compiler, cache)
      : loadProvider(dir, basename(realpathSync(dir)), 'compile it again, with compileProviders')
  } catch (cause) {
    // the folder may disappear at any time
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    const again = `confluentql provider remove ${nameOf(source)}, and add it again`
    throw new ConfluentqlError('PROVIDER', `the folder of a provider is gone: ${dir}`, {
      hint: source.consent ? again : 'give a folder that is there',
      cause,
    })
  }
}

/** The sources, each folder once, without our own. */
function withoutRepeats(sources: readonly Source[], builtIn: string): Source[] {
  const seen = new Set<string>()
  const ours = real(builtIn)
  return sources.filter(({ dir, name = '' }) => {
    const path = real(dir)
    const key = `${path}\n${name}`
    const isNew = !seen.has(key) && path !== ours && dirname(path) !== ours
    seen.add(key)
    return isNew
  })
}

function real(dir: string): string {
  try {
    return realpathSync(dir)
  } catch {
    return dir
  }
}

/** The error for two providers of one name; `other` is absent for our own. */
export function twice(name: string, { dir }: Source, other: Source | undefined): ConfluentqlError {
  return other === undefined
    ? new ConfluentqlError('PROVIDER', `${dir}: the name ${name} is that of a built-in provider`, {
        hint: 'give the provider another name',
      })
    : new ConfluentqlError('PROVIDER', `two providers have the name ${name}: in ${other.dir} and in ${dir}`, {
        hint: 'leave one out, or give it another name',
      })
}
