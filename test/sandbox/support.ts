import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Catalog, Method, Resource } from '../../src/catalog/types.ts'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import type { JsonObject, SandboxData } from '../../src/sandbox/types.ts'
import { compiledCatalog, sandboxData } from '../catalog/compiled.ts'
import { deviations } from './described.ts'

export const sandboxDir = ['confluent', 'kafka'].map(name =>
  fileURLToPath(new URL(`../../providers/${name}/sandbox`, import.meta.url)),
)

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // Bodies are whatever a test expects of them.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any
}

export type Ask = (
  request: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>

const AUTHORIZATION = `Basic ${Buffer.from('sandbox:sandbox').toString('base64')}`

/** `ask('GET /path?x=1')` of a server, with the sandbox's credentials. */
export async function askAt(
  url: string,
  request: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const [http = '', target = ''] = request.split(/ (.*)/s)
  const response = await fetch(target.startsWith('http') ? target : `${url}${target}`, {
    method: http,
    headers: {
      Authorization: AUTHORIZATION,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true
  const answer = {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : isJson ? JSON.parse(text) : text,
  }
  const found = deviations(http, new URL(response.url), jsonOf(body), answer)
  expect(found, 'differences from the description').toEqual([])
  return answer
}

function jsonOf(body: unknown): unknown {
  if (typeof body !== 'string' || !/^\s*[[{]/.test(body)) return body
  try {
    return JSON.parse(body) as unknown
  } catch {
    return undefined
  }
}

export interface Real {
  readonly catalog: Catalog
  readonly ask: Ask
  readonly data: () => SandboxData
  readonly sandbox: () => Sandbox
}

/** A sandbox with the provider's own catalog and data, for one test file. */
export function realSandbox(): Real {
  const catalog = compiledCatalog()
  let data: SandboxData
  let sandbox: Sandbox
  beforeAll(async () => {
    data = await sandboxData()
    sandbox = await startSandbox({ catalog, data })
  })
  afterAll(() => sandbox.close())
  return {
    catalog,
    data: () => data,
    sandbox: () => sandbox,
    ask: (...request) => askAt(sandbox.url, ...request),
  }
}

/** The header of the key for a host, or of a server's own key if it is one of several alike. */
export function keyOf(data: SandboxData, host: string, site?: string): string {
  const plane = Object.values(data.planes ?? {}).find(({ hosts }) => hosts.includes(host))
  const { user, password } =
    site === undefined
      ? (plane?.credentials[host] ?? { user: '', password: '' })
      : { user: site, password: `sandbox-${site}` }
  if (host === 'confluent.partner') return `Bearer ${password}`
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/** Rows of a resource as the data has them. */
export function seeded(data: SandboxData, resource: string): readonly JsonObject[] {
  return (data.resources[resource]?.rows ?? []).map(({ doc }) => doc)
}

/** A catalog of one provider, service and resource per entry, all on the hosts given. */
export function smallCatalog(
  hosts: readonly string[],
  resources: Readonly<Record<string, Pick<Resource, 'columns' | 'methods'>>>,
): Catalog {
  const provider = {
    name: 'p',
    title: 'P',
    version: '1',
    services: [{ name: 's', title: 'S' }],
    hosts: Object.fromEntries(
      hosts.map(name => {
        const upper = name.toUpperCase()
        return [
          name,
          {
            name,
            url: `https://${name}.example`,
            urlEnv: `${upper}_URL`,
            auth: { kind: 'basic' as const, userEnv: `${upper}_USER`, passwordEnv: `${upper}_PASSWORD` },
          },
        ]
      }),
    ),
  }
  const all = new Map(
    Object.entries(resources).map(([name, rest]) => [
      name,
      { provider: 'p', service: 's', name, summary: '', ...rest },
    ]),
  )
  return {
    providers: () => [provider],
    provider: name => (name === 'p' ? provider : undefined),
    names: () => new Map([['s', [...all.keys()]]]),
    isWhole: () => true,
    service: () => all,
    resource: (_provider, _service, name) => all.get(name),
  }
}

export function method(http: Method['http'], path: string, rest: Partial<Method> = {}): Method {
  const params = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path' as const,
    type: 'string' as const,
    required: true,
    column: name,
  }))
  const verb = (
    { GET: 'select', POST: 'insert', PUT: 'replace', PATCH: 'update', DELETE: 'delete' } as const
  )[http]
  return { name: `${http} ${path}`, verb, http, path, params, host: 'main', ...rest }
}
