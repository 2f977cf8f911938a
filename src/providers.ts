import { type ExampleScript, readExamples } from './catalog/search/examples.ts'
import { readFileSync, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { catalogOf, loadProviders } from './catalog/sources/load.ts'
import type { Compiler } from './catalog/sources/source.ts'
import { type Opened, openSources, sourcesIn } from './catalog/sources/sources.ts'
import type { Catalog, Provider } from './catalog/types.ts'
import { installedProviders } from './registry/record.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Folder of our own compiled provider files, next to the built program. */
export const PROVIDERS = join(import.meta.dirname, 'providers')

/** The variable with folders of further providers; `--provider-path` adds to it. */
const PATH_VARIABLE = 'CONFLUENTQL_PROVIDER_PATH'

export interface ProviderOptions {
  readonly env: Env
  /** Folders of further providers, before those in CONFLUENTQL_PROVIDER_PATH. */
  readonly providers?: readonly string[]
  /** Instead of our own. */
  readonly builtIn?: string | undefined
}

/** What dist/compiler.js exports. */
export interface CompilerBundle {
  readonly compiler: Compiler
  readonly compileProviders: (sourceDir: string, outDir: string) => void
}

/** Loads what compiles provider files. `require` does it without waiting, and shares the bundles that are loaded already. */
export function loadCompiler(): CompilerBundle {
  return require('./compiler.js') as CompilerBundle
}

/**
 * The catalog of all providers: our own, those in the given folders, those in CONFLUENTQL_PROVIDER_PATH, those that were added.
 * @throws ConfluentqlError PROVIDER
 */
export function openCatalog(options: ProviderOptions): Catalog {
  const { providers, broken } = openProviders(options)
  return catalogOf(providers, broken)
}

/** Our own providers. */
export function builtInProviders(): Provider[] {
  return loadProviders(PROVIDERS).map(one => one.provider)
}

/** All providers, each with its source. @throws ConfluentqlError PROVIDER */
export function openProviders({ env, providers = [], builtIn = PROVIDERS }: ProviderOptions): Opened {
  const inPath = (env[PATH_VARIABLE] ?? '').split(delimiter).filter(dir => dir !== '')
  // without a home folder in its environment, a session has nothing of the user's
  const hasStore = env['XDG_DATA_HOME'] || env['HOME']
  const installed = (hasStore ? installedProviders(env) : []).map(({ dir, name, consent }) => ({
    dir,
    name,
    consent,
  }))
  const sources = [...[...providers, ...inPath].flatMap(sourcesIn), ...installed]
  return openSources({
    builtIn,
    sources,
    compiler: () => loadCompiler().compiler,
    cache: sources.length === 0 ? undefined : cacheFolder(env),
  })
}

/** The program's version, in package.json. */
export function version(): string {
  const text = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** The scripts that come with the program. */
export const examples = (): ExampleScript[] => readExamples(join(import.meta.dirname, 'audits'))

/**
 * The folder for compiled sources: of this version and build of the program. Undefined without a home folder.
 */
function cacheFolder(env: Env): string | undefined {
  const xdg = env['XDG_CACHE_HOME']
  const home = env['HOME'] || env['USERPROFILE']
  // relative paths are ignored, as the XDG specification requires
  const base = xdg && isAbsolute(xdg) ? xdg : home && join(home, '.cache')
  if (!base) return undefined
  const { size, mtimeMs } = statSync(join(import.meta.dirname, 'compiler.js'))
  return join(base, 'confluentql', `${version()}-${size.toString(36)}${Math.round(mtimeMs).toString(36)}`)
}
