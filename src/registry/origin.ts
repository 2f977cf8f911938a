import { promises } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { ConfluentqlError } from '../errors.ts'
import { type Entry, readArchive } from './archive.ts'
import { download } from '../http/download.ts'
import { MAX_ARCHIVE, MAX_FILE, MAX_FILES, MAX_TOTAL, megabytes } from './limits.ts'
import { newestVersion } from './versions.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The documents of a provider, from a folder, an archive or a URL. */
export interface Fetched {
  /** The absolute path, or the URL. */
  readonly from: string
  /** Relative path, with `/` → content. */
  readonly files: ReadonlyMap<string, Buffer>
}

/** What a provider consists of; other files are not taken. */
const DOCUMENT = /\.(?:ya?ml|json)$/i
const MAX_DEPTH = 8
/** Milliseconds for a download. */
const TIMEOUT = 120_000

/** Whether a name of a provider's origin is a URL. */
export const isUrl = (text: string): boolean => /^[a-z][a-z\d+.-]+:\/\//i.test(text)

/**
 * Reads the documents of one provider. In a folder or archive with several versions (`v1.2.3/provider.yaml`), the newest.
 * @throws ConfluentqlError USAGE where there is nothing, PROVIDER for what is no provider or beyond the limits, NETWORK, API
 */
export async function fetchDocuments(place: string, env: Env, signal: AbortSignal): Promise<Fetched> {
  const from = isUrl(place) ? new URL(place).href : resolve(place)
  const entries = await entriesOf(place, env, signal)
  const root = rootOf(place, entries)
  const chosen = entries.filter(({ path }) => path.startsWith(root))
  const files = new Map<string, Buffer>()
  let total = 0
  for (const { path, read } of chosen) {
    const content = await read()
    total += content.length
    if (total > MAX_TOTAL)
      throw new ConfluentqlError('PROVIDER', `${place} has more than ${megabytes(MAX_TOTAL)} of documents`)
    files.set(path.slice(root.length), content)
  }
  return { from, files }
}

async function entriesOf(place: string, env: Env, signal: AbortSignal): Promise<Entry[]> {
  if (isUrl(place))
    return documentsOf(
      await readArchive(
        place,
        await download(place, { env, maxBody: MAX_ARCHIVE, timeout: TIMEOUT }, signal),
      ),
    )
  const stat = await promises.stat(place).catch((cause: unknown) => {
    throw cannotRead(place, cause)
  })
  if (stat.isDirectory()) return documentsOf(await folderEntries(place))
  if (!/\.(?:tgz|tar\.gz)$/i.test(place))
    throw new ConfluentqlError('USAGE', `${place} is no folder and no .tgz`, {
      hint: 'name the folder that has provider.yaml, a .tgz of it, or the URL of one',
    })
  if (stat.size > MAX_ARCHIVE)
    throw new ConfluentqlError('PROVIDER', `${place} is larger than ${megabytes(MAX_ARCHIVE)}`)
  return documentsOf(await readArchive(place, await promises.readFile(place)))
}

function documentsOf(entries: readonly Entry[]): Entry[] {
  return entries.filter(
    ({ path }) => DOCUMENT.test(path) && !path.split('/').some(part => part.startsWith('.')),
  )
}

/** The files of a folder, which are read later. */
async function folderEntries(folder: string): Promise<Entry[]> {
  const found: Entry[] = []
  const visit = async (dir: string, depth: number): Promise<void> => {
    const entries = await promises.readdir(dir, { withFileTypes: true })
    for (const entry of entries) {
      const file = join(dir, entry.name)
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
      if (entry.isDirectory() && depth < MAX_DEPTH) await visit(file, depth + 1)
      else if (DOCUMENT.test(entry.name) && !entry.isDirectory()) {
        if (found.length === MAX_FILES)
          throw new ConfluentqlError('PROVIDER', `${folder} has more than ${MAX_FILES} documents`)
        found.push({ path: relative(folder, file).split(sep).join('/'), read: () => readDocument(file) })
      }
    }
  }
  await visit(folder, 0)
  return found
}

async function readDocument(file: string): Promise<Buffer> {
  const wrong = (why: string): ConfluentqlError => new ConfluentqlError('PROVIDER', `${file} ${why}`)
  try {
    const stat = await promises.lstat(file)
    if (!stat.isFile()) throw wrong('is a link or no plain file')
    if (stat.size > MAX_FILE)
      throw wrong(`has ${megabytes(stat.size)}, and a document may have ${megabytes(MAX_FILE)}`)
    return await promises.readFile(file)
  } catch (cause) {
    throw cannotRead(file, cause)
  }
}

/** The folder of provider.yaml, with a slash at its end. */
function rootOf(place: string, entries: readonly Entry[]): string {
  const roots = entries
    .filter(({ path }) => /(?:^|\/)provider\.yaml$/.test(path))
    .map(({ path }) => path.slice(0, -'provider.yaml'.length))
  const depth = Math.min(...roots.map(depthOf))
  const outer = roots.filter(root => depthOf(root) === depth)
  if (outer.length === 0)
    throw new ConfluentqlError('PROVIDER', `${place} has no provider.yaml`, {
      hint: 'a provider is a folder with provider.yaml and a document for each service',
    })
  const parents = new Set(outer.map(root => root.replace(/[^/]*\/$/, '')))
  if (outer.length === 1) return outer[0]!
  const newest = parents.size === 1 ? newestVersion(outer.map(root => root.split('/').at(-2)!)) : undefined
  if (newest === undefined)
    throw new ConfluentqlError('USAGE', `${place} has several providers: ${outer.slice(0, 5).join(', ')}`, {
      hint: 'name the folder of one of them',
    })
  return `${[...parents][0]!}${newest}/`
}

const depthOf = (root: string): number => root.split('/').length

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'no permission',
}

function cannotRead(place: string, cause: unknown): ConfluentqlError {
  if (cause instanceof ConfluentqlError) return cause
  const why = REASONS[(cause as NodeJS.ErrnoException).code ?? ''] ?? (cause as Error).message
  return new ConfluentqlError('USAGE', `cannot read ${place}: ${why}`, { cause })
}
