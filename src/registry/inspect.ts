import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CompiledService } from '../catalog/sources/compiled.ts'
import type { Provider, Verb } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'

/** The documents of a provider, read and checked. */
export interface Inspected {
  readonly kind: 'stackql' | 'confluentql'
  readonly provider: Provider
  /** The tables of each service. */
  readonly names: Readonly<Record<string, readonly string[]>>
  /** How many methods each verb has. */
  readonly verbs: Readonly<Partial<Record<Verb, number>>>
  readonly leftOut: readonly LeftOut[]
  /** Why no method can be called, if none can. */
  readonly reason?: string
}

/** A service that cannot be used, and why. */
export interface LeftOut {
  readonly service: string
  readonly reason: string
}

/**
 * Reads and checks all documents of a provider in a folder.
 * @throws ConfluentqlError PROVIDER
 */
export async function inspect(dir: string): Promise<Inspected> {
  return kindOf(dir) === 'confluentql' ? inspectOwn(dir) : inspectStackql(dir)
}

/** The format of the documents in a folder: ours has `provider` in provider.yaml, StackQL's `providerServices`. */
function kindOf(dir: string): Inspected['kind'] {
  const file = join(dir, 'provider.yaml')
  const text = readFileSync(file, 'utf8')
  if (/^["']?provider["']?\s*:/m.test(text)) return 'confluentql'
  if (/(?:^|[{,])\s*["']?providerServices["']?\s*:/m.test(text)) return 'stackql'
  throw new ConfluentqlError(
    'PROVIDER',
    `${file} has neither provider, as our format, nor providerServices, as StackQL's`,
    { hint: 'docs/providers.md describes both' },
  )
}

/** The documents of a provider, of which services are compiled one by one. */
export interface Documents {
  readonly provider: Provider
  readonly leftOut: readonly LeftOut[]
  /** @throws ConfluentqlError PROVIDER */
  service(name: string): CompiledService
}

/** Reads what is needed to compile the services in a folder. @throws ConfluentqlError PROVIDER */
export async function openDocuments(dir: string): Promise<Documents> {
  if (kindOf(dir) === 'confluentql') return openOwn(dir)
  const { convertService, readProvider } = await import('../stackql/index.ts')
  const { provider, leftOut } = readProvider(dir)
  return { provider, leftOut, service: name => convertService(dir, provider, name) }
}

async function openOwn(dir: string): Promise<Documents> {
  const { compileProvider, compileService, parseProvider } = await import('../catalog/compile/compile.ts')
  const parsed = parseProvider(join(dir, 'provider.yaml'))
  return {
    provider: compileProvider(parsed),
    leftOut: [],
    service(name) {
      const file = join(dir, `${name}.yaml`)
      return compileService(file, readDocument(file), parsed)
    },
  }
}

async function inspectOwn(dir: string): Promise<Inspected> {
  const { provider, service } = await openOwn(dir)
  const services = provider.services.map(({ name }) => service(name))
  return {
    kind: 'confluentql',
    provider,
    names: Object.fromEntries(services.map(one => [one.service, one.resources.map(r => r.name)])),
    verbs: countVerbs(services.flatMap(one => one.resources.flatMap(r => r.methods))),
    leftOut: [],
  }
}

async function inspectStackql(dir: string): Promise<Inspected> {
  const { readProvider } = await import('../stackql/index.ts')
  const { provider, names, counts, leftOut, reason } = readProvider(dir)
  return { kind: 'stackql', provider, names, verbs: counts, leftOut, ...(reason !== undefined && { reason }) }
}

function countVerbs(methods: readonly { readonly verb: Verb }[]): Partial<Record<Verb, number>> {
  const found: Partial<Record<Verb, number>> = {}
  for (const { verb } of methods) found[verb] = (found[verb] ?? 0) + 1
  return found
}

function readDocument(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ConfluentqlError('PROVIDER', `cannot read ${file}: ${(cause as Error).message}`, { cause })
  }
}
