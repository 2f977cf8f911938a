import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, sep } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'
import { makeFolders } from '../../folders.ts'
import { type FileState, isUnchanged, placeFile, placeFolder, prune, statesOf } from './cache-files.ts'
import {
  compiledIn,
  type LoadedProvider,
  type Names,
  readCompiled,
  readerOf,
  readService,
  type ServiceReader,
  serviceFile,
  serviceText,
  writeCompiled,
} from './compiled.ts'
import type { Compiler, Outline, Source } from './source.ts'
import type { Provider } from '../types.ts'

/*
 * Compiled sources are kept in a folder for each path, in it a folder for each content by its hash, and current.json, which says
 * of which files in which state the current content is. Files are written under another name and renamed, so that several
 * processes can do it at once. Where nothing can be written, sources are compiled in memory.
 */

/** What current.json says. */
interface Current {
  readonly dir: string
  readonly hash: string
  readonly files: readonly FileState[]
  /** As in the provider.json of the content: so the start reads one file for a provider. */
  readonly provider: Provider
  /** All services were compiled at once. */
  readonly isWhole: boolean
}

const CURRENT = 'current.json'
/** Hours for which replaced contents are kept, for sessions that use them. */
const KEPT_HOURS = 24

/**
 * Reads a source through the cache. Compiles what the cache does not have.
 * @param dir the folder of the source, without links
 * @param cache folder of the cache; undefined: everything is compiled in memory
 * @throws ConfluentqlError PROVIDER
 */
export function readCached(
  source: Source,
  dir: string,
  compiler: () => Compiler,
  cache: string | undefined,
): LoadedProvider {
  const home = cache && `${cache}/${keyOf(dir, source.name)}`
  const known = home === undefined ? undefined : readCurrent(`${home}/${CURRENT}`, dir)
  if (home && known && (isUnchanged(dir, known.files) || isTouched(home, known, compiler))) {
    return opened(source, home, known, compiler)
  }
  const before = statesOf(dir)
  const outline = compiler().read(source)
  const files = outline.files.flatMap(file => {
    const state = before.get(file)
    return state ? [state] : []
  })
  // a file that changes while it is read is read again next time
  const isCertain = files.length === outline.files.length && isUnchanged(dir, files)
  const stored = home && isCertain && store(home, outline, { dir, files }, compiler)
  return stored ? opened(source, home, stored, compiler) : inMemory(source, outline, compiler)
}

/** A readable name for a path; current.json has the path itself. */
function keyOf(dir: string, name = ''): string {
  const text = `${dir}\n${name}`
  let hash = 2_166_136_261
  // neither an iterator of strings nor basename: this runs for each provider at the start
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619)
  const shown = dir.slice(dir.lastIndexOf(sep) + 1).replaceAll(/[^\w-]/g, '_')
  return `${shown.slice(0, 40)}-${(hash >>> 0).toString(16)}`
}

function readCurrent(file: string, dir: string): Current | undefined {
  try {
    const current = JSON.parse(readFileSync(file, 'utf8')) as Current
    const { files, hash, provider } = current
    const isCurrent = Array.isArray(files) && /^[\da-f]+$/.test(hash) && isProvider(provider)
    return isCurrent && current.dir === dir ? current : undefined
  } catch {
    return undefined
  }
}

/** Whether files with other times have the same content; the new times are then kept. */
function isTouched(home: string, known: Current, compiler: () => Compiler): boolean {
  const { dir, hash } = known
  const states = statesOf(dir)
  const names = known.files.map(([file]) => file)
  const files = names.flatMap(name => {
    const state = states.get(name)
    return state ? [state] : []
  })
  if (files.length < names.length || compiler().hash(dir, names) !== hash || !isUnchanged(dir, files))
    return false
  attempt(() => placeFile(join(home, CURRENT), JSON.stringify({ ...known, files })))
  return true
}

/** Writes an outline; undefined if it cannot be written. */
function store(
  home: string,
  outline: Outline,
  { dir, files }: Pick<Current, 'dir' | 'files'>,
  compiler: () => Compiler,
): Current | undefined {
  const hash = compiler().hash(dir, outline.files)
  const { provider } = outline
  const current = { dir, hash, files, provider, isWhole: outline.services !== undefined }
  const folder = join(home, hash)
  return attempt(() => {
    makeFolders(home, 0o700)
    if (!isSound(folder)) rmSync(folder, { recursive: true, force: true })
    placeFolder(folder, draft =>
      writeCompiled(draft, provider, outline.names, outline.services ?? [], outline.accepted),
    )
    placeFile(join(home, CURRENT), JSON.stringify(current))
    prune(home, [hash, CURRENT], KEPT_HOURS)
    return current
  })
}

/** Whether what was read is a provider: files may be damaged. */
function isProvider(read: unknown): read is Provider {
  const { name, services, hosts } = read as Provider
  return typeof name === 'string' && Array.isArray(services) && typeof hosts === 'object'
}

/** Whether a content of the cache can be read, except for its services. */
function isSound(folder: string): boolean {
  return attempt(() => typeof readCompiled(folder).names() === 'object') ?? false
}

/** Opens a content of the cache, of which damaged parts are compiled again. */
function opened(
  source: Source,
  home: string,
  { dir, hash, files, isWhole, provider }: Current,
  compiler: () => Compiler,
): LoadedProvider {
  const folder = `${home}/${hash}`
  const loaded = compiledIn(folder, provider)
  let again: LoadedProvider | undefined
  const anew = (): LoadedProvider => {
    if (!isUnchanged(dir, files)) throw changed(source)
    again ??= inMemory(
      source,
      isWhole ? compiler().read(source) : { provider, names: {}, files: [] },
      compiler,
    )
    return again
  }
  const service = (name: string): ServiceReader => {
    const file = serviceFile(folder, name)
    const guarded = withFallback(
      () => readService(file),
      () => {
        const reader = anew().service(name)
        const text = serviceText({ service: name, resources: reader.all() })
        attempt(() => placeFile(file, text))
        return reader
      },
    )
    if (isWhole || existsSync(file)) return guarded
    return { ...guarded, names: () => names()[name] ?? [] }
  }
  const names = (): Names => {
    const known = attempt(() => loaded.names())
    if (known) return known
    // so that the next session writes it again
    attempt(() => rmSync(`${home}/${CURRENT}`))
    return isWhole ? anew().names() : compiler().read(source).names
  }
  return { provider, isWhole, names, service, accepted: () => attempt(() => loaded.accepted()) ?? [] }
}

/** A provider that is compiled in memory. */
function inMemory(source: Source, outline: Outline, compiler: () => Compiler): LoadedProvider {
  const { provider, names, services } = outline
  const whole = new Map(services?.map(service => [service.service, service]))
  const service = (name: string): ServiceReader => {
    const known = whole.get(name)
    if (known) return readerOf(known)
    const reader = once(() => readerOf(compiler().service(source, provider, name)))
    return {
      names: () => names[name] ?? [],
      one: resource => reader().one(resource),
      all: () => reader().all(),
    }
  }
  const isWhole = services !== undefined
  return { provider, isWhole, names: () => names, service, accepted: () => outline.accepted ?? [] }
}

/** A reader that is replaced when it fails. */
function withFallback(read: () => ServiceReader, fallback: () => ServiceReader): ServiceReader {
  const [first, second] = [once(read), once(fallback)]
  let isDamaged = false
  const use = <T>(work: (reader: ServiceReader) => T): T => {
    if (!isDamaged)
      try {
        return work(first())
      } catch {
        isDamaged = true
      }
    return work(second())
  }
  return {
    names: () => use(reader => reader.names()),
    one: name => use(reader => reader.one(name)),
    all: () => use(reader => reader.all()),
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** What `work` returns; undefined if it fails. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

function changed({ dir }: Source): ConfluentqlError {
  return new ConfluentqlError('PROVIDER', `the files in ${dir} have changed since the session started`, {
    hint: 'start another session to use them',
  })
}
