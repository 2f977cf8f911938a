import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { kindsOf } from '../../src/config/endpoints.ts'
import { parseProfiles } from '../../src/config/parse.ts'
import type { Profile } from '../../src/config/types.ts'
import { Session } from '../../src/index.ts'
import { compiledCatalog, compiledDir } from '../catalog/compiled.ts'
import { basic, sentTo } from '../http/planes.ts'
import { json, serve } from '../http/support.ts'

const page = readFileSync(new URL('../../docs/profiles.md', import.meta.url), 'utf8')
const kinds = kindsOf(compiledCatalog()).usual
const files = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text)

const read = async (text = ''): Promise<Map<string, Profile>> =>
  (
    await parseProfiles(text, 'config.yaml', {
      usual: [...kinds, 'okta', 'datadog', 'entra_id', 'google'],
      open: [],
    })
  ).profiles

/** What is read of a profile: `for` of each credential, and the names of its endpoints. */
const outline = (profile: Profile | undefined): object => ({
  credentials: profile?.credentials.map(c => c.scopes.map(s => Object.values(s).join(' ')).join(', ')),
  endpoints: Object.keys(profile?.endpoints ?? {}),
})

describe('docs/profiles.md', () => {
  it('has a file for one organization, for many clusters, and for several organizations', async () => {
    const [one, many, several, other, whole] = await Promise.all(files.map(read))
    expect(files).toHaveLength(5)
    expect(other!.get('default')?.credentials.map(c => c.secret.kind)).toEqual(['token', 'headers'])
    expect(other!.get('default')?.urlVariables).toEqual({ okta: { subdomain: 'acme' } })
    expect(outline(one!.get('default'))).toEqual({ credentials: ['cloud', 'lkc-abc123'], endpoints: [] })
    expect(outline(many!.get('default'))).toEqual({
      credentials: [
        'cloud',
        'lkc-orders',
        'lkc-payments',
        'lsrc-east, lsrc-west',
        'flink env-prod aws.us-east-1',
        'flink env-prod gcp.europe-west1',
      ],
      endpoints: ['lkc-orders', 'lkc-payments', 'lsrc-east', 'lsrc-west'],
    })
    expect([...several!.keys()]).toEqual(['default', 'staging', 'partner'])
    expect(outline(several!.get('staging'))).toEqual({
      credentials: ['cloud', 'kafka'],
      endpoints: ['kafka'],
    })
    expect(several!.get('partner')?.credentials[0]?.secret.kind).toBe('sts')
    expect(whole!.get('default')?.credentials.map(c => c.secret.kind)).toEqual([
      'key',
      'key',
      'key',
      'key',
      'key',
      'key',
      'sts',
      'client',
      'service_account',
      'oauth',
    ])
  })

  it('names every kind of host', () => {
    const [, text = ''] = /\*\*Kinds of hosts\.\*\* ([\s\S]*?)\n\n/.exec(page) ?? []
    expect([...new Set([...text.matchAll(/`(\w+)`/g)].map(([, name]) => name!))].sort()).toEqual(kinds)
  })

  it('sends the keys of the sample for many clusters to the right hosts', async () => {
    const planes = await Promise.all(
      ['orders', 'payments'].map(name =>
        serve((_, response) => json(response, { data: [{ topic_name: name, cluster_id: `lkc-${name}` }] })),
      ),
    )
    const registries = await Promise.all(
      ['e', 'w'].map(() => serve((_, response) => json(response, ['a', 'b']))),
    )
    const text = files[1]!
      .replace('https://pkc-11111.us-east-1.aws.confluent.cloud', planes[0]!.url)
      .replace('https://pkc-22222.us-east-1.aws.confluent.cloud', planes[1]!.url)
      .replace('https://psrc-11111.us-east-1.aws.confluent.cloud', registries[0]!.url)
      .replace('https://psrc-22222.europe-west1.gcp.confluent.cloud', registries[1]!.url)
    const names = ['CLOUD', 'ORDERS', 'PAYMENTS', 'REGISTRY']
    const env = Object.fromEntries(
      names.flatMap(n => [
        [`${n}_KEY`, `${n}-key`],
        [`${n}_SECRET`, `${n}-secret`],
      ]),
    )
    const session = new Session({
      builtIn: compiledDir(),
      env,
      profile: (await read(text)).get('default')!,
      retries: 0,
    })
    onTestFinished(() => session.close())
    const sql = `SELECT topic_name FROM kafka.kafka.topics WHERE cluster_id IN ('lkc-orders', 'lkc-payments');
      SELECT * FROM confluent.schema_registry.types WHERE rest_endpoint IN ('${registries[0]!.url}', '${registries[1]!.url}')`
    for await (const result of session.run(sql))
      for await (const _ of result.rows) expect(_.length).toBeGreaterThan(0)
    expect(planes.map(sentTo)).toEqual([
      [basic('ORDERS-key', 'ORDERS-secret')],
      [basic('PAYMENTS-key', 'PAYMENTS-secret')],
    ])
    expect(registries.map(sentTo)).toEqual([
      [basic('REGISTRY-key', 'REGISTRY-secret')],
      [basic('REGISTRY-key', 'REGISTRY-secret')],
    ])
  })
})
