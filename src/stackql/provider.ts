import { isExchanged } from '../catalog/hosts.ts'
import type { Host, Provider, ServiceInfo, Verb, ViewInfo } from '../catalog/types.ts'
import { type Credentials, credentialsOf } from './credentials.ts'
import { type Document, readDocument, wrong } from './document.ts'
import { providerFile, serviceFile } from './folders.ts'
import { firstServer, hostOf, readServer, serversOf } from './servers.ts'
import { authFor } from './token-credentials.ts'
import { entriesOf, member, membersOf, shortText, textOf } from './tree.ts'
import { verbMethodsOf } from './verbs.ts'
import { viewsOf } from './views.ts'

/** A provider of StackQL's documents. */
export interface StackqlProvider {
  readonly provider: Provider
  /** provider.yaml and the document of each service, as absolute or relative paths like the folder's. */
  readonly files: readonly { readonly service?: string; readonly file: string }[]
  /** The names of the resources of each service. */
  readonly names: Readonly<Record<string, readonly string[]>>
  /** How many methods have each verb. */
  readonly counts: Readonly<Record<Verb, number>>
  /** Services of provider.yaml that are left out, and why. */
  readonly leftOut: readonly { readonly service: string; readonly reason: string }[]
  /** Why no method can be called, if none can. */
  readonly reason?: string
}

/** The content of provider.yaml. */
export interface ProviderDocument extends Document {
  readonly name: string
  readonly credentials: Credentials
  /** By name in lower case: the entry in provider.yaml, and the file if there is one. */
  readonly services: ReadonlyMap<string, { readonly source: unknown; readonly file: string | undefined }>
}

/** Whether a folder has the documents of a StackQL provider. */
export function isStackqlProvider(dir: string): boolean {
  const file = providerFile(dir)
  return file !== undefined && membersOf(member(readDocument(file).root, 'providerServices')) !== undefined
}

/**
 * Reads the documents of a provider: their servers, and the names of their resources.
 * @param dir the folder of the provider or of one of its versions
 * @throws ConfluentqlError PROVIDER with the file for documents that are wrong
 */
export function readProvider(dir: string): StackqlProvider {
  const document = openProvider(dir)
  const { name, credentials, root } = document
  const counts: Record<Verb, number> = { select: 0, insert: 0, update: 0, replace: 0, delete: 0, exec: 0 }
  const hosts: Record<string, Host> = {}
  const services: ServiceInfo[] = []
  const files: { service?: string; file: string }[] = [{ file: document.file }]
  const names: Record<string, string[]> = {}
  const views: ViewInfo[] = []
  const leftOut: { service: string; reason: string }[] = []
  for (const [service, { source, file }] of document.services) {
    if (file === undefined) {
      leftOut.push({ service, reason: 'its document is not in the folder' })
      continue
    }
    const { root: service_ } = readDocument(file)
    const resources = resourcesOf(service_, file)
    for (const [, resource] of resources) for (const { verb } of verbMethodsOf(resource)) counts[verb]++
    addHosts(hosts, service_, file, document)
    const about = shortText(member(source, 'description'))
    services.push({
      name: service,
      title: shortText(member(source, 'title')) ?? service,
      ...(about !== undefined && { about }),
    })
    files.push({ service, file })
    names[service] = resources
      .filter(([, resource]) => member(resource, 'methods'))
      .map(([resource]) => resource.toLowerCase())
    views.push(...viewsOf(service_, name, service))
  }
  if (services.length === 0) throw wrong(document.file, 'no document of its services is in the folder')
  return {
    provider: {
      name,
      title: shortText(member(root, 'title')) ?? name,
      version: textOf(member(root, 'version')) ?? '',
      hosts:
        Object.keys(hosts).length > 0
          ? hosts
          : { [name]: hostOf({ host: name, url: '', variables: [] }, name, credentials) },
      services,
      ...(views.length > 0 && { views }),
    },
    files,
    names,
    counts,
    leftOut,
    ...(credentials.reason !== undefined && { reason: credentials.reason }),
  }
}

/** @throws ConfluentqlError PROVIDER if the document's own server cannot be used */
function addHosts(
  hosts: Record<string, Host>,
  root: unknown,
  file: string,
  { name, credentials }: ProviderDocument,
): void {
  const own = readServer(firstServer(member(root, 'servers')), name)
  if (typeof own === 'string' && firstServer(member(root, 'servers')) !== undefined) throw wrong(file, own)
  for (const source of serversOf(root)) {
    const server = readServer(source, name)
    if (typeof server === 'string') continue
    const auth = authFor(credentials.auth, server, root)
    const known = hosts[server.host]
    hosts[server.host] = known
      ? { ...known, auth: withScopes(known.auth, auth) }
      : hostOf(server, name, { ...credentials, auth })
  }
}

/** Credentials with the scopes of two services at one host. */
function withScopes(auth: Host['auth'], other: Host['auth']): Host['auth'] {
  if (!isExchanged(auth) || !isExchanged(other)) return auth
  return { ...auth, scopes: [...new Set([...auth.scopes, ...other.scopes])] }
}

const NAME = /^[A-Za-z_][\w-]*$/

/** The resources of a service's document. @throws ConfluentqlError PROVIDER for names that cannot be used */
export function resourcesOf(root: unknown, file: string): [name: string, resource: unknown][] {
  const resources = entriesOf(member(root, 'components', 'x-stackQL-resources'))
  if (resources.length === 0) throw wrong(file, 'has no resources (components.x-stackQL-resources)')
  const known = new Map<string, string>()
  for (const [name] of resources) {
    if (!NAME.test(name))
      throw wrong(file, `the resource ${JSON.stringify(name)}: a name has letters, digits, _ and - only`)
    const other = known.get(name.toLowerCase())
    if (other !== undefined) throw wrong(file, `the resources ${other} and ${name} differ by case alone`)
    known.set(name.toLowerCase(), name)
  }
  return resources
}

/** Reads provider.yaml. @throws ConfluentqlError PROVIDER */
export function openProvider(dir: string): ProviderDocument {
  const file = providerFile(dir)
  if (file === undefined) throw wrong(dir, 'has no provider.yaml, and no folder of a version (v…) with one')
  const { root, text } = readDocument(file)
  const entries = entriesOf(member(root, 'providerServices'))
  if (entries.length === 0) throw wrong(file, 'is no provider of StackQL: it has no providerServices')
  const name = (textOf(member(root, 'name')) ?? textOf(member(root, 'id')) ?? '').toLowerCase()
  if (!/^[a-z_]\w*$/.test(name))
    throw wrong(file, `its name, ${JSON.stringify(name)}, must have letters, digits and _ only`)
  const auth = member(root, 'config', 'auth')
  if (auth === undefined)
    throw wrong(
      file,
      'has no config.auth; an API without credentials has config: { auth: { type: null_auth } }',
    )
  const credentials = credentialsOf(auth, name)
  if (typeof credentials === 'string') throw wrong(file, credentials)
  const services = new Map<string, { source: unknown; file: string | undefined }>()
  for (const [written, source] of entries) {
    const service = written.toLowerCase()
    if (!NAME.test(written))
      throw wrong(file, `the service ${JSON.stringify(written)}: a name has letters, digits, _ and - only`)
    if (service in {}) throw wrong(file, `the service ${written} cannot have this name`)
    if (services.has(service)) throw wrong(file, `two services are called ${service}`)
    const ref = textOf(member(source, 'service', '$ref'))
    if (ref === undefined) throw wrong(file, `the service ${written} names no document (service.$ref)`)
    services.set(service, { source, file: serviceFile(file, ref) })
  }
  return { file, root, text, name, credentials, services }
}
