import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Host } from '../../src/catalog/types.ts'
import { convertService, isStackqlProvider, readProvider } from '../../src/stackql/index.ts'
import { folder } from '../support/cleanup.ts'
import {
  array,
  convert,
  type DocumentSource,
  object,
  type ProviderSource,
  text,
  writeProvider,
} from './documents.ts'

const things = {
  methods: { list: { call: 'GET /t', answer: array(object({ id: text })) } },
  verbs: { select: ['list'] },
}
const service: DocumentSource = { resources: { things } }

/** The hosts of a provider. */
function hostsOf(source: Partial<ProviderSource>): Host[] {
  return Object.values(readProvider(writeProvider({ services: { test: service }, ...source })).provider.hosts)
}

/** Replaces a document by a text. */
function withText(file: 'provider.yaml' | 'services/test.yaml', content: string): string {
  const dir = writeProvider({ services: { test: service } })
  writeFileSync(join(dir, 'v00.00.00001', file), content)
  return dir
}

const read = (dir: string) => () => convertService(dir, readProvider(dir).provider, 'test')

describe('a provider', () => {
  it('has the services and resources of its documents, those of the newest version', () => {
    const dir = writeProvider({
      services: { Org: service, other: { resources: { ...service.resources, Notes: things } } },
    })
    mkdirSync(join(dir, 'v00.00.00000'))
    writeFileSync(join(dir, 'v00.00.00000', 'provider.yaml'), 'old')
    expect(isStackqlProvider(dir)).toBe(true)
    const found = readProvider(dir)
    expect(found.provider).toMatchObject({
      name: 'acme',
      version: 'v00.00.00001',
      services: [{ name: 'org', title: 'Org API' }, { name: 'other' }],
    })
    expect(found.names).toEqual({ org: ['things'], other: ['things', 'notes'] })
    expect(found.counts.select).toBe(3)
    expect(found.files.map(f => f.service)).toEqual([undefined, 'org', 'other'])
    expect(
      convertService(dir, { ...found.provider, name: 'acme_eu' }, 'OTHER').resources.map(
        r => `${r.provider}.${r.service}.${r.name}`,
      ),
    ).toEqual(['acme_eu.other.things', 'acme_eu.other.notes'])
  })

  it('leaves out a service whose document is not there', () => {
    const dir = writeProvider({ services: { test: service } })
    const file = join(dir, 'v00.00.00001', 'provider.yaml')
    const services = Object.fromEntries(
      ['test', 'gone'].map(name => [name, { service: { $ref: `acme/v00.00.00001/services/${name}.yaml` } }]),
    )
    writeFileSync(
      file,
      JSON.stringify({ name: 'acme', config: { auth: { type: 'null_auth' } }, providerServices: services }),
    )
    expect(readProvider(dir).leftOut).toEqual([
      { service: 'gone', reason: 'its document is not in the folder' },
    ])
    expect(() => convertService(dir, readProvider(dir).provider, 'gone')).toThrow(
      'has no document for the service gone',
    )
  })

  it('has the views of its documents, without terms with placeholders', () => {
    const view = (ddl: string): object => ({
      select: {
        predicate: 'sqlDialect == "sqlite3"',
        ddl,
        fallback: { predicate: 'sqlDialect == "postgres"', ddl: 'other' },
      },
    })
    const resource = (ddl: string): DocumentSource['resources'][string] => ({ config: { views: view(ddl) } })
    const { provider, names } = readProvider(
      writeProvider({
        services: {
          test: {
            resources: {
              things,
              vw_one: resource("SELECT id FROM acme.test.things WHERE org = '{{ org }}'"),
              vw_two: resource(
                "SELECT id FROM acme.test.things t WHERE t.org = '{{ org }}' AND id > 1 AND \"a\" = '{{ a }}' ORDER BY id;",
              ),
            },
          },
        },
      }),
    )
    expect(provider.views?.map(v => [v.name, v.sql])).toEqual([
      ['acme.test.vw_one', 'SELECT id FROM acme.test.things'],
      ['acme.test.vw_two', 'SELECT id FROM acme.test.things t WHERE id > 1 ORDER BY id'],
    ])
    expect(names['test']).toEqual(['things'])
  })
})

describe('credentials', () => {
  const auths: [auth: unknown, expected: Host['auth']][] = [
    [{ type: 'null_auth' }, { kind: 'none' }],
    [
      { type: 'basic', username_var: 'A_USER', password_var: 'A_PASS' },
      { kind: 'basic', userEnv: 'A_USER', passwordEnv: 'A_PASS' },
    ],
    [
      { type: 'basic', credentialsenvvar: 'A_64' },
      { kind: 'headers', headers: [{ name: 'Authorization', prefix: 'Basic ', env: 'A_64' }] },
    ],
    [
      { type: 'bearer', credentialsenvvar: 'A_TOKEN' },
      { kind: 'headers', headers: [{ name: 'Authorization', prefix: 'Bearer ', env: 'A_TOKEN' }] },
    ],
    [
      { type: 'api_key', valuePrefix: 'SSWS ', credentialsenvvar: 'A_KEY' },
      { kind: 'headers', headers: [{ name: 'Authorization', prefix: 'SSWS ', env: 'A_KEY' }] },
    ],
    [
      {
        type: 'custom',
        location: 'header',
        name: 'X-Key',
        credentialsenvvar: 'A_KEY',
        successor: { type: 'custom', location: 'header', name: 'X-App', credentialsenvvar: 'A_APP' },
      },
      {
        kind: 'headers',
        headers: [
          { name: 'X-Key', env: 'A_KEY' },
          { name: 'X-App', env: 'A_APP' },
        ],
      },
    ],
    [
      { type: 'service_account', credentialsenvvar: 'A_FILE' },
      {
        kind: 'service_account',
        keyEnv: 'A_FILE',
        tokenOrigins: ['https://oauth2.googleapis.com', 'https://accounts.google.com'],
        scopes: ['https://www.googleapis.com/auth/cloud-platform'],
      },
    ],
    [
      {
        type: 'oauth2',
        grant_type: 'client_credentials',
        client_id_env_var: 'A_ID',
        client_secret_env_var: 'A_SECRET',
        token_url: 'https://login.acme.example/{{ .__env__A_TENANT }}/token',
        scopes: ['s'],
        values: { audience: ['x'] },
        auth_style: 1,
      },
      {
        kind: 'oauth2',
        tokenUrl: 'https://login.acme.example/{a_tenant}/token',
        tokenVariables: [{ name: 'a_tenant', env: 'A_TENANT' }],
        clientIdEnv: 'A_ID',
        clientSecretEnv: 'A_SECRET',
        scopes: ['s'],
        values: { audience: 'x' },
        sentIn: 'body',
      },
    ],
    [
      { type: 'azure_default' },
      {
        kind: 'oauth2',
        tokenUrl: 'https://login.microsoftonline.com/{azure_tenant_id}/oauth2/v2.0/token',
        tokenVariables: [{ name: 'azure_tenant_id', env: 'AZURE_TENANT_ID' }],
        clientIdEnv: 'AZURE_CLIENT_ID',
        clientSecretEnv: 'AZURE_CLIENT_SECRET',
        scopes: ['https://api.acme.example/.default'],
      },
    ],
    [
      { type: 'oauth2', grant_type: 'client_credentials' },
      { kind: 'headers', headers: [{ name: 'Authorization', prefix: 'Bearer ', env: 'ACME_ACCESS_TOKEN' }] },
    ],
  ]

  it.each(auths)('%j', (auth, expected) => {
    expect(hostsOf({ auth })[0]?.auth).toEqual(expected)
  })

  it('that are not supported leave every method out, with the reason', () => {
    const reason = (auth: unknown): string | undefined =>
      convert(service, { auth })['things']?.unsupported?.[0]?.reason
    expect(reason({ type: 'aws_signing_v4', credentialsenvvar: 'K' })).toBe(
      'its requests need a signature of AWS (Signature Version 4)',
    )
    expect(reason({ type: 'oci_signing_v1' })).toBe(
      'its credentials are of the kind oci_signing_v1, which is not supported',
    )
    expect(reason({ type: 'custom', location: 'query', name: 'key', credentialsenvvar: 'K' })).toBe(
      'its credential would be sent in the URL, where logs would show it',
    )
  })

  it('that name no variable are an error', () => {
    for (const auth of [
      { type: 'bearer' },
      { type: 'basic', username_var: 'A' },
      { type: 'custom', name: 'a b', credentialsenvvar: 'K' },
      {},
      null,
    ])
      expect(() => hostsOf({ auth })).toThrow(/provider\.yaml: .*config\.auth/)
  })
})

describe('servers', () => {
  const variables = (url: string, written: Readonly<Record<string, unknown>>): Host['urlVariables'] =>
    hostsOf({ services: { test: { ...service, url, variables: written } } })[0]?.urlVariables

  it('variables are part of a host, or the whole of it; a default counts if it is among the values', () => {
    expect(variables('https://{subdomain}.acme.example/', { subdomain: { default: 'my-org' } })).toEqual([
      { name: 'subdomain', env: 'ACME_SUBDOMAIN', extent: 'part' },
    ])
    expect(
      variables('https://api.{region}.acme.example/{v}', {
        region: { enum: ['us', 'eu'], default: 'eu' },
        v: { 'x-stackQL-envVar': 'THE_V' },
      }),
    ).toEqual([
      { name: 'region', env: 'ACME_REGION', default: 'eu', values: ['us', 'eu'], extent: 'part' },
      { name: 'v', env: 'THE_V', extent: 'part' },
    ])
    for (const url of [
      'https://{site}',
      'https://api.{site}',
      'https://{site}.com',
      'https://{site}acme.example.com',
      'https://{site:^(?:[^:/]+)$}/',
    ])
      expect(variables(url, { site: {} })).toEqual([{ name: 'site', env: 'ACME_SITE', extent: 'whole' }])
  })

  it('of an operation, a path or a method come before those of the document', () => {
    const list = things.methods.list
    const at = (url: string): object[] => [{ url }]
    const dir = writeProvider({
      services: {
        test: {
          url: 'https://a.example',
          resources: {
            things: {
              methods: {
                list,
                own: {
                  call: 'GET /own',
                  answer: list.answer,
                  operation: { servers: at('https://b.example/v2/') },
                },
                empty: { call: 'GET /empty', answer: list.answer, operation: { servers: [] } },
              },
              verbs: { select: ['list', 'own', 'empty'] },
            },
          },
        },
      },
    })
    const { provider } = readProvider(dir)
    expect(Object.values(provider.hosts).map(h => h.url)).toEqual([
      'https://a.example',
      'https://b.example/v2',
    ])
    const { resources } = convertService(dir, provider, 'test')
    expect(resources[0]?.methods.map(m => provider.hosts[m.host]?.url)).toEqual([
      'https://a.example',
      'https://b.example/v2',
      'https://a.example',
    ])
  })

  it('each method has the variables of its server as parameters', () => {
    const found = convert({
      ...service,
      url: 'https://{sub}.acme.example',
      variables: { sub: { description: 'The part' } },
    })['things']
    expect(found?.methods[0]?.params).toEqual([
      {
        name: 'sub',
        in: 'server',
        type: 'string',
        required: true,
        about: 'The part',
        column: 'sub',
        filter: 'exact',
      },
    ])
    expect(found?.columns.at(-1)).toEqual({
      name: 'sub',
      type: 'string',
      isInput: true,
      isHidden: true,
      about: 'The part',
    })
  })

  it('that are no https host are an error', () => {
    expect(() => variables('http://acme.example', {})).toThrow('its server http://acme.example is not https')
    expect(() => variables('{endpoint}/v1', { endpoint: {} })).toThrow('a variable must not be a whole URL')
    expect(() => variables('https://user:pass@acme.example', {})).toThrow('is no URL of a host')
    expect(() => variables('https://acme.example/../x', {})).toThrow('. or ..')
    const leaking = { x: { 'x-stackQL-envVar': 'CONFLUENT_CLOUD_API_SECRET' } }
    expect(() => variables('https://{x}.acme.example', leaking)).toThrow(
      'takes {x} from CONFLUENT_CLOUD_API_SECRET, the name of a secret, which a URL would show',
    )
    expect(variables('{protocol}://acme.example', { protocol: { enum: ['http', 'https'] } })).toBeUndefined()
  })
})

describe('documents that are wrong', () => {
  it('no YAML, with the line; no document; no services; no name', () => {
    expect(read(withText('services/test.yaml', 'a: 1\nb: [1\nc: 2\n'))).toThrow(
      /services\/test\.yaml:\d: is no valid YAML/,
    )
    expect(read(withText('services/test.yaml', 'just text'))).toThrow('test.yaml: is no document')
    expect(read(withText('services/test.yaml', 'a: 1\na: 2\n'))).toThrow(/test\.yaml:2: is no valid YAML/)
    expect(read(withText('services/test.yaml', 'paths: {}'))).toThrow('test.yaml: has no resources')
    expect(read(withText('provider.yaml', 'name: acme'))).toThrow('has no providerServices')
    expect(read(withText('provider.yaml', 'name: "../x"\nproviderServices: { a: {} }'))).toThrow(
      'must have letters, digits and _ only',
    )
    expect(() => readProvider(folder())).toThrow('has no provider.yaml')
  })

  it('names that cannot be used, and two of one name', () => {
    expect(() => readProvider(writeProvider({ services: { constructor: service } }))).toThrow(
      'the service constructor cannot have this name',
    )
    for (const name of ['a.b', 'a"b', "a'b", 'a b', ''])
      expect(read(writeProvider({ services: { test: { resources: { [name]: things } } } }))).toThrow(
        'a name has letters, digits, _ and - only',
      )
    expect(read(writeProvider({ services: { test: { resources: { things, Things: things } } } }))).toThrow(
      'the resources things and Things differ by case alone',
    )
    expect(read(writeProvider({ services: { test: service, TEST: service } }))).toThrow(
      'two services are called test',
    )
  })

  it('paths of services that leave the folder, links included', () => {
    const at = (ref: string): string =>
      withText(
        'provider.yaml',
        JSON.stringify({
          name: 'acme',
          config: { auth: { type: 'null_auth' } },
          providerServices: { test: { service: { $ref: ref } } },
        }),
      )
    for (const ref of ['acme/v1/services/../../../x.yaml', '/etc/passwd', 'a\\..\\b.yaml'])
      expect(read(at(ref))).toThrow('leaves the folder')
    const dir = at('acme/v1/services/link.yaml')
    const outside = join(folder(), 'x.yaml')
    writeFileSync(outside, '{}')
    symlinkSync(outside, join(dir, 'v00.00.00001', 'services', 'link.yaml'))
    expect(read(dir)).toThrow('leaves the folder')
  })

  it('too large: 20 MB, and schemas that expand without end', () => {
    expect(read(withText('services/test.yaml', `a: ${'x'.repeat(20_000_001)}`))).toThrow(
      'has 21 MB: a document has at most 20 MB',
    )
    const level = (n: number): string =>
      `S${n}: { type: object, properties: { ${Array.from({ length: 90 }, (_, i) => `p${i}: { ${n === 0 ? 'type: string' : `allOf: [{ $ref: "#/components/schemas/S${n - 1}" }]`} }`).join(', ')} } }`
    const laughs = `components: { schemas: { ${Array.from({ length: 8 }, (_, n) => level(n)).join(', ')} }, x-stackQL-resources: { things: { methods: { list: { operation: { $ref: '#/paths/~1t/get' }, response: { openAPIDocKey: '200' } } } } } }
paths: { /t: { get: { responses: { 200: { content: { application/json: { schema: { $ref: "#/components/schemas/S7" } } } } } } } }
servers: [{ url: "https://a.example" }]`
    const { resources } = read(withText('services/test.yaml', laughs))()
    expect(JSON.stringify(resources).length).toBeLessThan(5_000_000)
  })

  it('aliases that grow to a billion, cycles of references: read, and cut', () => {
    const bomb = [
      'a0: &a0 { type: string }',
      ...Array.from(
        { length: 12 },
        (_, n) =>
          `a${n + 1}: &a${n + 1} { type: object, properties: { ${Array.from({ length: 9 }, (_x, i) => `p${i}: *a${n}`).join(', ')} } }`,
      ),
    ].join('\n')
    const text_ = `${bomb}
loop: { $ref: '#/loop' }
components: { x-stackQL-resources: { things: { methods: { list: { operation: { $ref: '#/paths/~1t/get' }, response: { openAPIDocKey: '200' } } } } } }
paths: { /t: { get: { parameters: [{ $ref: '#/loop' }], responses: { 200: { content: { application/json: { schema: *a12 } } } } } } }
servers: [{ url: "https://a.example" }]`
    const { resources } = read(withText('services/test.yaml', text_))()
    expect(resources[0]?.columns).toHaveLength(9)
    expect(JSON.stringify(resources).length).toBeLessThan(1_000_000)
  })

  it('methods that cannot be called have their line', () => {
    const dir = withText(
      'services/test.yaml',
      `servers: [{ url: "https://a.example" }]
components:
  schemas: {}
  x-stackQL-resources:
    things:
      title: methods
      methods:
        # the first
        list:
          operation: { $ref: '#/paths/~1t/get' }
        "strange-one":
          operation:
            $ref: '#/paths/~1gone/get'
      sqlVerbs:
        select: []
    Others:
      methods:
        list:
          operation: { $ref: '#/paths/~1t/head' }
paths:
  /t:
    head: {}
`,
    )
    const { resources } = read(dir)()
    expect(resources.flatMap(r => r.unsupported!.map(u => [r.name, u.name, u.line, u.reason]))).toEqual([
      ['things', 'list', 9, 'its operation, #/paths/~1t/get, is not in the document'],
      ['things', 'strange-one', 11, 'its operation, #/paths/~1gone/get, is not in the document'],
      ['others', 'list', 18, 'it is called with HEAD'],
    ])
  })

  it('tags that YAML does not know are ignored', () => {
    const dir = writeProvider({ services: { test: service } })
    const file = join(dir, 'v00.00.00001', 'services', readdirSync(join(dir, 'v00.00.00001', 'services'))[0]!)
    writeFileSync(
      file,
      `info: !<tag:yaml.org,2002:js/undefined> ''
more: !custom { a: !x [1, !y 2] }
servers: [{ url: "https://a.example" }]
paths: {}
components: { x-stackQL-resources: { things: { title: !!str 2020-01-01, methods: {} } } }`,
    )
    expect(read(dir)().resources[0]?.summary).toBe('2020-01-01')
  })
})
