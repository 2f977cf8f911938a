import { mkdirSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import type { Resource } from '../../src/catalog/types.ts'
import { compileProviders } from '../../src/compiler.ts'
import { Session, type SessionOptions } from '../../src/index.ts'
import { convertService, readProvider } from '../../src/stackql/index.ts'
import { atEnd, folder, listen } from '../support/cleanup.ts'

type Members = Readonly<Record<string, unknown>>

/** A method of a document, in short. */
export interface MethodSource {
  /** `GET /v1/things/{id}` */
  readonly call: string
  /** Parameters besides those of the path. */
  readonly params?: readonly Members[]
  /** The schema of the answer. */
  readonly answer?: unknown
  readonly media?: string
  /** The schema of the body. */
  readonly body?: unknown
  readonly bodyMedia?: string
  /** Members of `response`, `request`, `config` of the method, and of its operation. */
  readonly response?: Members
  readonly request?: Members
  readonly config?: Members
  readonly operation?: Members
}

export interface ResourceSource {
  readonly methods?: Readonly<Record<string, MethodSource>>
  /** Names of methods by verb. */
  readonly verbs?: Readonly<Record<string, readonly string[]>>
  readonly config?: Members
}

export interface DocumentSource {
  readonly url?: string
  readonly variables?: Members
  readonly resources: Readonly<Record<string, ResourceSource>>
  readonly schemas?: Members
  readonly config?: Members
}

export interface ProviderSource {
  readonly auth?: unknown
  readonly config?: Members
  readonly services: Readonly<Record<string, DocumentSource>>
}

/** Writes the documents of a provider `acme`, and returns their folder. */
export function writeProvider({ auth = { type: 'null_auth' }, config, services }: ProviderSource): string {
  const dir = join(folder('stackql'), 'acme')
  const version = join(dir, 'v00.00.00001')
  mkdirSync(join(version, 'services'), { recursive: true })
  const entries = Object.keys(services).map(name => [
    name,
    { id: name, name, title: `${name} API`, service: { $ref: `acme/v00.00.00001/services/${name}.yaml` } },
  ])
  writeFileSync(
    join(version, 'provider.yaml'),
    JSON.stringify({
      id: 'acme',
      name: 'acme',
      version: 'v00.00.00001',
      providerServices: Object.fromEntries(entries),
      config: { ...config, ...(auth !== null && { auth }) },
    }),
  )
  for (const [name, source] of Object.entries(services))
    writeFileSync(join(version, 'services', `${name}.yaml`), JSON.stringify(documentOf(source)))
  return dir
}

/** The document of a service. */
function documentOf({
  url = 'https://api.acme.example',
  variables,
  resources,
  schemas,
  config,
}: DocumentSource): Members {
  const paths: Record<string, Record<string, unknown>> = {}
  const converted = Object.entries(resources).map(([name, resource]) => {
    const methods = Object.entries(resource.methods ?? {}).map(([key, method]) => {
      const [http = '', path = ''] = method.call.split(' ')
      paths[path] = { ...paths[path], [http.toLowerCase()]: operationOf(method, path) }
      const ref = `#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${http.toLowerCase()}`
      const { response, request, config: own } = method
      return [
        key,
        {
          operation: { $ref: ref },
          response: { mediaType: method.media ?? 'application/json', openAPIDocKey: '200', ...response },
          ...(request && { request }),
          ...(own && { config: own }),
        },
      ]
    })
    const verbs = Object.entries(resource.verbs ?? {}).map(([verb, keys]) => [
      verb,
      keys.map(key => ({ $ref: `#/components/x-stackQL-resources/${name}/methods/${key}` })),
    ])
    return [
      name,
      {
        id: `acme.test.${name}`,
        name,
        title: name,
        ...(resource.methods && {
          methods: Object.fromEntries(methods),
          sqlVerbs: Object.fromEntries(verbs),
        }),
        ...(resource.config && { config: resource.config }),
      },
    ]
  })
  return {
    openapi: '3.0.0',
    servers: [{ url, ...(variables && { variables }) }],
    paths,
    components: { 'x-stackQL-resources': Object.fromEntries(converted), ...(schemas && { schemas }) },
    ...(config && { 'x-stackQL-config': config }),
  }
}

function operationOf(
  {
    params = [],
    answer,
    media = 'application/json',
    body,
    bodyMedia = 'application/json',
    operation,
  }: MethodSource,
  path: string,
): Members {
  const inPath = [...path.split('?')[0]!.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  return {
    parameters: [...inPath, ...params],
    ...(body !== undefined && {
      requestBody: { required: true, content: { [bodyMedia]: { schema: body } } },
    }),
    responses: { 200: answer === undefined ? {} : { content: { [media]: { schema: answer } } } },
    ...operation,
  }
}

/** A schema of an object. */
export function object(properties: Members, required: readonly string[] = []): Members {
  return { type: 'object', properties, ...(required.length > 0 && { required }) }
}

export function array(items: unknown): Members {
  return { type: 'array', items }
}

export const text = { type: 'string' }
export const number = { type: 'integer' }

/** The schema of a list of rows with these columns in `data`. */
export function page(properties: Members): Members {
  return object({ data: array(object(properties)) })
}

export function query(name: string, schema: unknown = text, more: Members = {}): Members {
  return { name, in: 'query', schema, ...more }
}

/** Converts one service of a provider, and returns its resources by name. */
export function convert(
  source: DocumentSource,
  provider: Partial<ProviderSource> = {},
): Readonly<Record<string, Resource>> {
  const dir = writeProvider({ ...provider, services: { test: source } })
  const { resources } = convertService(dir, readProvider(dir).provider, 'test')
  return Object.fromEntries(resources.map(resource => [resource.name, resource]))
}

export interface Asked {
  readonly method: string
  /** With the query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: unknown
}

export interface Running {
  /** Runs a statement, and returns its rows. */
  readonly rows: (sql: string) => Promise<unknown[]>
  /** The requests since the last call, as `GET /path?query`. */
  readonly calls: () => string[]
  readonly asked: Asked[]
  readonly session: Session
}

/** A session over documents whose server is on the loopback interface; `{{server}}` in the URL stands for its address. */
export async function run(
  make: (url: string) => ProviderSource,
  reply: (asked: Asked) => Reply | unknown[],
  env: Readonly<Record<string, string>> = {},
  options: Omit<SessionOptions, 'env' | 'builtIn'> = {},
): Promise<Running> {
  const asked: Asked[] = []
  const url = await listen((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = {
        method: request.method!,
        url: request.url!,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      }
      asked.push(one)
      const said = reply(one)
      const { status = 200, headers = {}, body } = Array.isArray(said) ? { body: said } : said
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(body === undefined ? '' : JSON.stringify(body))
    })
  })
  const session = new Session({
    builtIn: compiled(writeProvider(make(url))),
    // after the documents, which may add to it
    env: { HOME: folder('home'), ...env },
    ...options,
  })
  atEnd(() => session.close())
  return {
    session,
    asked,
    calls: () => asked.splice(0).map(one => `${one.method} ${one.url}`),
    rows: async sql => {
      const found: unknown[] = []
      for await (const result of session.run(sql)) {
        for await (const row of result.rows) found.push(row)
        result.finish()
      }
      return found
    },
  }
}

/** A folder with the compiled files of a provider. */
function compiled(dir: string): string {
  const out = join(folder('compiled'), 'providers')
  compileProviders(dir, out)
  return out
}
