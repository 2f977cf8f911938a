import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'
import type { LoadedProvider } from './compiled.ts'
import { checkConsent } from '../consent.ts'
import { checkCredentials } from '../credentials.ts'
import { loadProvider, loadProviders } from './load.ts'
import type { Compiler, Source } from './source.ts'
import { readCached } from './source-cache.ts'
import { compareVersions } from './versions.ts'

/** Files that make a folder a provider: of our or StackQL's format, or compiled. */
const YAML = 'provider.yaml'
const COMPILED = 'provider.json'

/**
 * The sources in a folder: the provider that it is, or the providers in its folders.
 * @throws ConfluentqlError USAGE if it has none
 */
export function sourcesIn(dir: string): Source[] {
  const own = providerAt(dir)
  if (own !== undefined) return [own]
  // join is slow: in the interpreter it takes longer than the system calls
  const below = join(dir, sep)
  const found = list(dir)
    .filter(entry => entry.isDirectory() || entry.isSymbolicLink())
    .flatMap(entry => providerAt(below + entry.name) ?? [])
    .sort((a, b) => (a.dir < b.dir ? -1 : 1))
  if (found.length > 0) return found
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
function providerAt(dir: string): Source | undefined {
  if (isFile(dir, YAML)) return { dir }
  if (isFile(dir, COMPILED)) return { dir, isCompiled: true }
  const newest = subfolders(dir)
    .filter(name => /^v\d/.test(name) && isFile(join(dir, name), YAML))
    .sort(compareVersions)
    .at(-1)
  return newest === undefined ? undefined : { dir: join(dir, newest) }
}

function subfolders(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}

function isFile(dir: string, name: string): boolean {
  try {
    return statSync(dir + sep + name, { throwIfNoEntry: false })?.isFile() ?? false
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
  const byName = new Map(providers.map(one => [one.provider.name.toLowerCase(), one]))
  const broken = new Map<string, ConfluentqlError>()
  for (const { source, path } of withoutRepeats(sources, builtIn)) {
    try {
      const opened = { ...load(source, path, compiler, cache), source }
      const { provider } = opened
      const other = byName.get(provider.name.toLowerCase())
      if (other) throw twice(provider.name, source, other.source)
      if (source.consent) checkConsent(provider, source.consent)
      providers.push(opened)
      byName.set(provider.name.toLowerCase(), opened)
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

function load(
  source: Source,
  path: string | undefined,
  compiler: () => Compiler,
  cache: string | undefined,
): LoadedProvider {
  const { dir } = source
  try {
    const place = path ?? realpathSync.native(dir)
    return source.isCompiled
      ? loadProvider(dir, basename(place), 'compile it again, with compileProviders')
      : readCached(source, place, compiler, cache)
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

/** The sources, each folder once, without our own, with their real paths. */
function withoutRepeats(sources: readonly Source[], builtIn: string): { source: Source; path?: string }[] {
  if (sources.length === 0) return []
  const seen = new Set<string>()
  const ours = real(builtIn) ?? builtIn
  return sources.flatMap(source => {
    const found = real(source.dir)
    const path = found ?? source.dir
    const key = `${path}\n${source.name ?? ''}`
    if (seen.has(key) || path === ours || dirname(path) === ours) return []
    seen.add(key)
    return [{ source, ...(found !== undefined && { path: found }) }]
  })
}

/** The path without links; undefined if there is no such folder. */
function real(dir: string): string | undefined {
  try {
    return realpathSync.native(dir)
  } catch {
    return undefined
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
