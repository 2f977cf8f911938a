import { describe, expect, it } from 'vitest'
import { parseProfiles } from '../../src/config/parse.ts'
import { KINDS, profileOf } from './support.ts'

const read = (text: string) => parseProfiles(text, 'config.yaml', KINDS)
const refusal = async (text: string): Promise<string> => {
  const error: unknown = await read(text).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ code: 'USAGE' })
  return (error as Error).message
}

describe('a profile file', () => {
  it('has endpoints and credentials of every form', async () => {
    const profile =
      await profileOf(`endpoints: { kafka: 'https://one.example/', lkc-1: 'https://two.example:8443/base' }
credentials:
  - { for: cloud, key: K, secret: { env: S } }
  - { for: [lkc-1, lsrc-2], key: { env: K }, secret: { command: [pass, show, it] } }
  - { for: 'https://three.example/', key: k, secret: s }
  - { for: '*.four.example', key: k, secret: s }
  - { for: { kind: flink, environment: env-1, region: aws.us-east-1 }, sts: { identity_pool_id: pool-1, subject_token: { env: T } } }
  - { for: schema_registry, oauth: { token: { env: T }, identity_pool_id: pool-1, logical_cluster: lsrc-1 } }`)
    expect(profile.endpoints).toEqual({
      kafka: 'https://one.example',
      'lkc-1': 'https://two.example:8443/base',
    })
    expect(profile.credentials.map(({ scopes, secret, at }) => ({ scopes, at, kind: secret.kind }))).toEqual([
      { kind: 'key', at: 'config.yaml:5', scopes: [{ kind: 'cloud' }] },
      { kind: 'key', at: 'config.yaml:6', scopes: [{ resource: 'lkc-1' }, { resource: 'lsrc-2' }] },
      { kind: 'key', at: 'config.yaml:7', scopes: [{ host: 'https://three.example' }] },
      { kind: 'key', at: 'config.yaml:8', scopes: [{ host: '*.four.example' }] },
      {
        kind: 'sts',
        at: 'config.yaml:9',
        scopes: [{ kind: 'flink', environment: 'env-1', region: 'aws.us-east-1' }],
      },
      { kind: 'oauth', at: 'config.yaml:10', scopes: [{ kind: 'schema_registry' }] },
    ])
    expect(profile.credentials[1]?.secret).toEqual({
      kind: 'key',
      key: { kind: 'env', name: 'K' },
      secret: { kind: 'command', argv: ['pass', 'show', 'it'] },
    })
  })

  it.each(['', '# nothing', 'profiles:', 'profiles: {}'])('may be empty: %j', async text => {
    expect((await read(text)).profiles.size).toBe(0)
  })

  it.each<[string, boolean]>([
    ['key: k, secret: literal', true],
    ['key: k, secret: { env: S }', false],
    ['key: k, secret: { command: [p] }', false],
    ['oauth: { token: t }', true],
    ['oauth: { token: { env: T } }', false],
    ['sts: { identity_pool_id: p, subject_token: t }', true],
    ['sts: { identity_pool_id: p, subject_token: { env: T } }', false],
  ])('with { %s } holds secrets: %s', async (entry, expected) => {
    expect((await read(`profiles: { other: { credentials: [{ for: cloud, ${entry} }] } }`)).hasSecrets).toBe(
      expected,
    )
  })

  const one = (entry: string): string =>
    `profiles:\n  default:\n    credentials:\n      - for: cloud\n        key: a\n        secret: b\n      - ${entry}\n`
  it.each([
    ['profiles: [', 'config.yaml:1: is not YAML'],
    [
      'profiles:\n  a: { x: 1 }',
      'config.yaml:2: profiles.a.x is not known here; known are endpoints, credentials',
    ],
    ['profile: {}', 'config.yaml:1: profile is not known here; known are profiles'],
    ['profiles:\n  a: {}\n  a: {}', 'config.yaml:3: is not YAML'],
    [
      'profiles:\n  a:\n    endpoints: { kafak: "https://a.example" }',
      'config.yaml:3: profiles.a.endpoints.kafak is neither a kind of host (cloud, flink',
    ],
    [
      'profiles:\n  a:\n    endpoints:\n      kafka: http://a.example',
      'config.yaml:4: profiles.a.endpoints.kafka must begin with https://; plain http',
    ],
    [
      'profiles:\n  a:\n    endpoints:\n      kafka: https://me:hunter2hunter2@a.example',
      'config.yaml:4: profiles.a.endpoints.kafka must not hold credentials',
    ],
    [
      one('{ for: kafak, key: k, secret: s }'),
      'config.yaml:7: profiles.default.credentials.1.for is neither a kind of host',
    ],
    [one('{ key: k, secret: s }'), 'config.yaml:7: profiles.default.credentials.1.for is missing'],
    [one('{ for: [], key: k, secret: s }'), 'config.yaml:7: profiles.default.credentials.1.for is empty'],
    [
      one('{ for: kafka, key: k }'),
      'config.yaml:7: profiles.default.credentials.1 must have key and secret, or one of token, headers, sts, oauth',
    ],
    [
      one('{ for: kafka, secret: s, oauth: { token: t } }'),
      'must have key and secret, or one of token, headers, sts, oauth',
    ],
    [
      one('{ for: kafka, key: 12, secret: s }'),
      'config.yaml:7: profiles.default.credentials.1.key must be a text; put it in quotes',
    ],
    [
      one('{ for: kafka, key: k, secret: { file: x } }'),
      'credentials.1.secret.file is not known here; known are env, command',
    ],
    [
      one('{ for: kafka, key: k, secret: { env: A, command: [b] } }'),
      'credentials.1.secret must be a text, { env: NAME } or',
    ],
    [
      one('{ for: kafka, key: k, secret: { command: pass show it } }'),
      'credentials.1.secret.command must be a list',
    ],
    [one('{ for: { environment: env-1 }, key: k, secret: s }'), 'must have environment and region together'],
    [one('{ for: { region: us-east-1 }, key: k, secret: s }'), 'must have environment and region together'],
    [one("{ for: '*.com', key: k, secret: s }"), 'credentials.1.for is neither a URL nor the name of a host'],
    [
      one("{ for: 'a*.example.com', key: k, secret: s }"),
      'credentials.1.for is neither a URL nor the name of a host',
    ],
    [
      one('{ for: kafka, oauth: { token: t, identity_pool_id: "a\\nb" } }'),
      'identity_pool_id must be plain ASCII without blanks',
    ],
    [one('{ for: kafka, key: *k, secret: s }'), 'has an alias (*name) that cannot be resolved'],
  ])('with an error is refused with its line: %j', async (text, message) => {
    expect(await refusal(text)).toContain(message)
  })

  it('a missing blank after a colon is reported', async () => {
    const error: unknown = await read(one('{ for: kafka, key: k, secret:hunter2 }')).catch((e: unknown) => e)
    expect(error).toMatchObject({
      message:
        'config.yaml:7: profiles.default.credentials.1.secret… is not known here; known are for, secret, key, token, headers, sts, oauth, client, service_account',
      hint: 'Write secret: and a blank before the value',
    })
  })

  it('is refused without showing its values', async () => {
    for (const text of [
      one('{ for: kafka, key: k, secret: hunter2-hunter2: x }'),
      one('"hunter2-hunter2'),
      one('hunter2-hunter2'),
      // a blank is missing behind the colon
      one('{ for: kafka, key: k, secret:hunter2 }'),
      one('{ for: kafka, key: k, secrethunter2: }'),
      one('{ for: kafka, key: k, secret=hunter2 }'),
      one('{ for: kafka, key: k, "a hunter2": b }'),
      one('{ for: kafka, oauth: { token:hunter2 } }'),
      one('{ for: kafka, key: k, secret: { env:hunter2 } }'),
      'profiles: { a: { endpoints: { "kafka:https://u:hunter2@h": x } } }',
      'profiles: { "secret:hunter2": { x: 1 } }',
      'secret:hunter2: x',
    ]) {
      expect(await refusal(text)).not.toContain('hunter2')
    }
    const { profiles } = await parseProfiles(
      one('{ for: hunter2_hunter2, key: k, secret: s }'),
      'config.yaml',
      KINDS,
    )
    const { notes } = profiles.get('default')!
    expect(notes).toHaveLength(1)
    expect(notes!.join()).not.toContain('hunter2')
  })
})
