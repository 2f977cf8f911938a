import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resource, stackql, type StackqlParts } from './stackql.ts'
import { store, tgz, written } from './support.ts'

describe.concurrent('documents of StackQL', () => {
  it('are added, with what they are and where credentials go', async () => {
    const { provider } = store()
    const dir = written({ 'acme.tgz': tgz(stackql()) })
    expect(await provider(['add', 'acme.tgz', '--as', 'acme_eu', '--yes'], { cwd: dir })).toMatchObject({
      status: 0,
      stderr:
        `acme_eu: Acme, v1.0.0, from ${dir}/acme.tgz\n`
        + '  1 service, 1 table, 1 SELECT; can change: 1 INSERT, 1 DELETE\n'
        + '  sends ACME_TOKEN to https://{account}.acme.example\n'
        + '  {account} is given in WHERE, by ACME_EU_ACCOUNT or by a profile\n'
        + 'added acme_eu: SHOW SERVICES IN acme_eu lists what it has\n',
    })
    expect(await provider(['check', 'acme_eu'])).toMatchObject({
      status: 0,
      stdout: '',
      stderr: 'shop: 1 table, 3 of 3 methods\nacme: 3 of 3 methods can be called\n',
    })
  })

  it('tell when they take the credentials of another provider, and each meaning of a variable', async () => {
    const { provider } = store()
    const auth =
      '{ type: basic, username_var: CONFLUENT_CLOUD_API_KEY, password_var: CONFLUENT_CLOUD_API_SECRET }'
    const servers = `
  - url: https://{site}
    variables: { site: {} }`
    const other = `get:
      operationId: list
      servers: [{ url: 'https://{site}.acme.example' }]`
    const files = Object.entries(stackql({ auth, servers })).map(([name, text]) => [
      name,
      text.replace('get:\n      operationId: list', other),
    ])
    const { stderr } = await provider(['add', written(Object.fromEntries(files)), '--yes'])
    expect(stderr).toContain(
      '  note that CONFLUENT_CLOUD_API_KEY and CONFLUENT_CLOUD_API_SECRET hold a credential of confluent\n'
        + '  {site} is the whole host: credentials go only to what ACME_SITE or a profile says\n'
        + '  {site} is given in WHERE, by ACME_SITE or by a profile\n',
    )
  })

  it('are taken in flow style on one line', async () => {
    const { provider } = store()
    const dir = written(stackql())
    const service = 'shop: { service: { $ref: acme/v1.0.0/services/shop.yaml } }'
    writeFileSync(
      join(dir, 'provider.yaml'),
      `{ id: acme, name: acme, config: { auth: { type: null_auth } }, providerServices: { ${service} } }`,
    )
    expect(await provider(['add', dir, '--yes'])).toMatchObject({ status: 0 })
  })

  it('are updated where they come from, and refused when they want more', async () => {
    const { provider } = store()
    const dir = written(stackql())
    await provider(['add', dir, '--yes'])
    const servers = "\n  - url: 'https://{site}'\n    variables: { site: {} }"
    for (const [name, text] of Object.entries(stackql({ servers }))) writeFileSync(join(dir, name), text)
    expect(await provider(['update'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(
        'asks for more than you agreed to:\n  sends ACME_TOKEN to https://{site}\n',
      ),
    })
    expect(await provider(['remove', 'acme'])).toMatchObject({ status: 0 })
    expect(await provider(['add', dir, '--yes'])).toMatchObject({
      stderr: expect.stringContaining(
        '  {site} is the whole host: credentials go only to what ACME_SITE or a profile says\n',
      ),
    })
  })

  it('that take a credential of ours are told', async () => {
    const { provider } = store()
    const auth =
      '{ type: basic, username_var: CONFLUENT_CLOUD_API_KEY, password_var: CONFLUENT_CLOUD_API_SECRET }'
    expect((await provider(['add', written(stackql({ auth })), '--yes'])).stderr).toContain(
      '  note that CONFLUENT_CLOUD_API_KEY and CONFLUENT_CLOUD_API_SECRET hold a credential of confluent\n',
    )
  })

  it('tell where a secret goes that is exchanged for a token, and where the token goes', async () => {
    const { provider } = store()
    const auth = (url: string): string =>
      `{ type: oauth2, client_id_env_var: A_ID, client_secret_env_var: A_SECRET, token_url: '${url}' }`
    const dir = written(stackql({ auth: auth('https://login.acme.example/{{ .__env__A_TENANT }}/token') }))
    expect((await provider(['add', dir, '--yes'])).stderr).toContain(
      '  sends ACME_ACCESS_TOKEN and the access token of A_SECRET to https://{account}.acme.example\n'
        + '  sends A_ID and A_SECRET and A_TENANT to https://login.acme.example\n',
    )
    const other = stackql({ auth: auth('https://login.evil.example/token') })
    for (const [name, text] of Object.entries(other)) writeFileSync(join(dir, name), text)
    expect((await provider(['update'])).stderr).toContain(
      'asks for more than you agreed to:\n  sends A_ID and A_SECRET to https://login.evil.example\n',
    )
    const open = written(stackql({ auth: auth('https://{{ .__env__A_TENANT }}/token') }))
    expect((await provider(['check', open])).stderr).toMatch(
      /config\.auth: its token_url must have a fixed host: \{a_tenant\} would decide it/,
    )
  })

  it.each<readonly [what: string, parts: StackqlParts, message: RegExp]>([
    ['no credentials', { auth: '' }, /^error: x\/provider\.yaml: has no config\.auth/],
    ['credentials without a variable', { auth: '{ type: bearer }' }, /names no variable with its credential/],
    [
      'a host of http',
      { servers: '[{ url: http://api.acme.example }]' },
      /services\/shop\.yaml: its server .* is not https/,
    ],
    [
      'a variable that is a URL',
      { servers: "[{ url: '{endpoint}', variables: { endpoint: {} } }]" },
      /a variable must not be a whole URL/,
    ],
    [
      'two resources of one name',
      { resources: resource('widgets') + resource('Widgets') },
      /the resources widgets and Widgets differ by case alone/,
    ],
    ['a key twice', { resources: resource('widgets') + resource('widgets') }, /shop\.yaml:\d+: .*duplicate/i],
    [
      'a name with a quote',
      { resources: resource(`"wid'gets"`) },
      /the resource "wid'gets": a name has letters/,
    ],
    [
      'a name with a dot',
      { resources: resource('wid.gets') },
      /the resource "wid\.gets": a name has letters/,
    ],
    [
      'a path that leaves the folder',
      { reference: '../../secret/services/../shop.yaml' },
      /leaves the folder/,
    ],
    ['an absolute path', { reference: '/etc/services.yaml' }, /leaves the folder/],
    [
      'no document',
      { reference: 'acme/v1.0.0/services/other.yaml' },
      /no document of its services is in the folder/,
    ],
    ['nested flow', { head: `x: ${'['.repeat(5000)}${']'.repeat(5000)}\n` }, /services\/shop\.yaml:\d+: /],
  ])('with %s are refused', async (_what, parts, message) => {
    const { provider, env } = store()
    const files = Object.entries(stackql(parts)).map(([name, text]) => [`x/${name}`, text] as const)
    const dir = written(Object.fromEntries(files))
    const { status, stdout, stderr } = await provider(['add', 'x', '--yes'], { cwd: dir })
    expect(stderr).toMatch(message)
    expect([status, stdout]).toEqual([1, ''])
    const providers = join(env.XDG_DATA_HOME, 'confluentql/providers')
    expect(existsSync(providers) ? readdirSync(providers) : []).toEqual([])
  })

  it('with aliases of aliases and cycles of references come to an end', async () => {
    const { provider } = store()
    const bomb = Array.from({ length: 40 }, (_, i) =>
      i === 0
        ? '    A0: &a0 { type: string }\n'
        : `    A${i}: &a${i} { allOf: [*a${i - 1}, *a${i - 1}, *a${i - 1}] }\n`,
    ).join('')
    const round = "    Round: { properties: { next: { $ref: '#/components/schemas/Round' } } }\n"
    const dir = written(stackql({ schemas: `${bomb}${round}` }))
    expect(await provider(['add', dir, '--yes'])).toMatchObject({ status: 0 })
    const used = stackql({
      schemas: `${bomb}${round}`,
      response: ', schema_override: { $ref: "#/components/schemas/A39" }',
    })
    expect((await provider(['check', written(used)])).stderr).toMatch(/shop: /)
  })

  it('that cannot be converted are listed with the reason', async () => {
    const { provider } = store()
    const response =
      ", overrideMediaType: application/json, transform: { type: golang_template_text_v0.3.0, body: '{{ range .x }}{{ .y }}{{ end }}' }"
    const dir = written(stackql({ response }))
    const { status, stdout, stderr } = await provider(['check', '.', '-o', 'json'], { cwd: dir })
    expect(JSON.parse(stdout)).toEqual([
      {
        service: 'shop',
        table: 'widgets',
        method: 'list',
        sql: 'SELECT',
        call: 'GET /widgets',
        reason: 'its answer is changed by a template of an unknown form',
        line: expect.any(Number),
      },
    ])
    expect([status, stderr]).toEqual([
      3,
      'shop: 1 table, 2 of 3 methods\nacme: 2 of 3 methods can be called\n',
    ])
    expect((await provider(['add', '.', '--yes'], { cwd: dir })).status).toBe(0)
  })
})
