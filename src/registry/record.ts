import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Consent } from '../catalog/consent.ts'
import { ConfluentqlError } from '../errors.ts'
import { storeFolder } from './paths.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The content of provider.json of an added provider. */
export interface ProviderRecord {
  /** The name in statements. */
  readonly name: string
  readonly title: string
  readonly version: string
  readonly kind: 'stackql' | 'confluentql'
  /** The folder, archive or URL that it was taken from. */
  readonly from: string
  /** SHA-256 of the documents. */
  readonly hash: string
  /** The folder with the documents, in that of the provider. */
  readonly source: string
  /** When it was added or last updated, RFC 3339. */
  readonly added: string
  readonly services: number
  readonly tables: number
  /** Where its credentials may be sent. */
  readonly consent: Consent
}

/** An added provider. */
export interface InstalledProvider extends ProviderRecord {
  /** The folder with its documents. */
  readonly dir: string
}

/** The file with a provider's record; a folder without it is not of a provider. */
export const RECORD = 'provider.json'

/**
 * The added providers, by name. Reads a small file for each.
 * @throws ConfluentqlError PROVIDER for a record that cannot be read
 */
export function installedProviders(env: Env): InstalledProvider[] {
  const store = storeFolder(env)
  return namesIn(store).flatMap(name => installedProvider(env, name) ?? [])
}

/** The added provider of that name. */
export function installedProvider(env: Env, name: string): InstalledProvider | undefined {
  const folder = join(storeFolder(env), name.toLowerCase())
  const file = join(folder, RECORD)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined
    throw unreadable(name, file, (cause as Error).message)
  }
  const record = parsed(text)
  if (record?.name !== name.toLowerCase() || !/^[\w-]+$/.test(record.source ?? ''))
    throw unreadable(name, file, 'it is not what confluentql writes')
  return { ...record, dir: join(folder, record.source) }
}

/** Whether there is a record of that name, which may be damaged. */
export function hasRecord(env: Env, name: string): boolean {
  return /^[a-z_]\w*$/.test(name) && existsSync(join(storeFolder(env), name, RECORD))
}

function parsed(text: string): ProviderRecord | undefined {
  try {
    const record = JSON.parse(text) as ProviderRecord | null
    return typeof record?.consent === 'object' ? record : undefined
  } catch {
    return undefined
  }
}

function namesIn(store: string): string[] {
  try {
    return readdirSync(store)
      .filter(name => /^[a-z_]\w*$/.test(name))
      .sort()
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    throw new ConfluentqlError('PROVIDER', `cannot read the added providers in ${store}: ${message}`, {
      cause,
    })
  }
}

function unreadable(name: string, file: string, why: string): ConfluentqlError {
  return new ConfluentqlError('PROVIDER', `cannot read the added provider ${name}: ${file}: ${why}`, {
    hint: `confluentql provider remove ${name}, and add it again`,
  })
}
