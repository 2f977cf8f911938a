import type { CompiledService } from '../catalog/sources/compiled.ts'
import type { Provider, Resource } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { readDocument, wrong } from './document.ts'
import { lineKey, methodLines } from './lines.ts'
import type { ServiceFacts } from './methods.ts'
import { withParents } from './parents.ts'
import { openProvider, resourcesOf } from './provider.ts'
import { References } from './references.ts'
import { convertResource } from './resources.ts'
import { Schemas } from './schemas.ts'
import { member } from './tree.ts'

/**
 * Converts all resources of a service.
 * @param dir the folder that readProvider read
 * @param provider the provider as the catalog knows it: its name may be another than in the documents
 * @throws ConfluentqlError PROVIDER with the file for a document that is wrong
 */
export function convertService(dir: string, provider: Provider, service: string): CompiledService {
  const opened = openProvider(dir)
  const name = service.toLowerCase()
  const entry = opened.services.get(name)
  if (entry?.file === undefined) throw wrong(opened.file, `has no document for the service ${service}`)
  const { root, text } = readDocument(entry.file)
  const references = new References(root)
  const configs = [
    member(root, 'x-stackQL-config'),
    member(entry.source, 'config'),
    member(opened.root, 'config'),
  ]
  const { auth } = opened.credentials
  const facts: ServiceFacts = {
    provider: provider.name,
    root,
    reading: {
      references,
      schemas: new Schemas(references),
      isSnake: configs.some(config => member(config, 'snake_case_aliases') === true),
    },
    configs,
    reason: opened.credentials.reason,
    credentialHeaders: new Set(
      ['authorization', ...(auth.kind === 'headers' ? auth.headers.map(h => h.name) : [])].map(h =>
        h.toLowerCase(),
      ),
    ),
  }
  try {
    const resources = resourcesOf(root, entry.file)
      .filter(([, source]) => member(source, 'methods') !== undefined)
      .map(([resource, source]) => convertResource(resource, source, name, facts))
    return { service: name, resources: withParents(withLines(resources, text)) }
  } catch (error) {
    if (error instanceof ConfluentqlError && error.code === 'LIMIT') throw wrong(entry.file, error.message)
    throw error
  }
}

/** Adds where methods that cannot be called are described. */
function withLines(resources: readonly Resource[], text: string): readonly Resource[] {
  if (resources.every(({ unsupported }) => unsupported === undefined)) return resources
  const lines = methodLines(text)
  return resources.map(resource => {
    const unsupported = resource.unsupported?.map(method => {
      const line = lines.get(lineKey(resource.name, method.name))
      return line === undefined ? method : { ...method, line }
    })
    return unsupported === undefined ? resource : { ...resource, unsupported }
  })
}
