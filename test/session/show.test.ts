import { afterAll, describe, expect, test } from 'vitest'
import { Session } from '../../src/engine/session.ts'
import { compiledCatalog } from '../catalog/compiled.ts'
import { rowsOf } from '../plan/nested-provider.ts'

const catalog = compiledCatalog()
const session = new Session({ catalog, connect: () => Promise.reject(new Error('nothing may be sent')) })
afterAll(() => session.close())
const services = catalog.providers().flatMap(p => p.services.map(s => [p.name, s.name] as const))

describe('SHOW and DESCRIBE reach everything', () => {
  test('providers and services', async () => {
    expect((await rowsOf(session, 'SHOW PROVIDERS')).map(r => r[0])).toEqual(['confluent', 'kafka'])
    expect(await rowsOf(session, "SHOW SERVICES IN confluent LIKE 'i%'")).toEqual([
      ['iam', 'iam', 'Identity and access'],
    ])
    expect(await rowsOf(session, 'SHOW EXTENDED SERVICES IN kafka')).toHaveLength(
      catalog.provider('kafka')!.services.length,
    )
  })

  test('views right below a provider', async () => {
    const own = await rowsOf(session, 'SHOW RESOURCES IN confluent')
    expect(own).toEqual(
      expect.arrayContaining([
        ['clusters', 'confluent.clusters'],
        ['costs', 'confluent.costs'],
      ]),
    )
    expect(await rowsOf(session, "SHOW EXTENDED RESOURCES IN confluent LIKE 'clusters'")).toEqual([
      ['clusters', 'confluent.clusters', expect.stringMatching(/^view: ./)],
    ])
    const other = new Session({ catalog, connect: () => Promise.reject(new Error('nothing may be sent')) })
    expect((await rowsOf(other, 'USE confluent; SHOW RESOURCES IN iam')).map(r => r[1])).toContain(
      'confluent.iam.users',
    )
    await other.close()
  })

  test('a name that is a parameter and a field stands once', async () => {
    const [row] = await rowsOf(session, 'SHOW INSERT INTO confluent.flink_artifacts.flink_artifacts')
    const names = /\(([^)]*)\) VALUES/.exec(String(row![0]))![1]!.split(', ')
    expect(names).toContain('cloud')
    expect(new Set(names).size).toBe(names.length)
    for (const methods of await rowsOf(
      session,
      'SHOW METHODS IN confluent.flink_artifacts.flink_artifacts',
    )) {
      const all = [methods[1], methods[3]].flatMap(text => String(text).split(', ')).filter(n => n !== '')
      expect(new Set(all).size).toBe(all.length)
    }
  })

  test('SHOW INSERT /*+ REQUIRED */ lists all columns if none is required', async () => {
    expect(await rowsOf(session, 'SHOW INSERT /*+ REQUIRED */ INTO confluent.iam.invitations')).toEqual([
      ['INSERT INTO confluent.iam.invitations (email) VALUES (:email) RETURNING *;'],
    ])
    const [[template]] = (await rowsOf(
      session,
      'SHOW INSERT /*+ REQUIRED */ INTO confluent.managed_kafka_clusters.clusters',
    )) as [[string]]
    expect(template).toMatch(/^INSERT INTO \S+ \(spec\.display_name, .*\) VALUES \(:spec_display_name, /)
  })

  test.each(services)('%s.%s', async (provider, service) => {
    const resources = [...catalog.service(provider, service)!.values()]
    const listed = await rowsOf(session, `SHOW EXTENDED RESOURCES IN ${provider}.${service}`)
    expect(listed.map(r => r[1])).toEqual(
      expect.arrayContaining(resources.map(r => `${provider}.${service}.${r.name}`)),
    )
    for (const resource of resources) {
      const name = `${provider}.${service}.${resource.name}`
      const methods = await rowsOf(session, `SHOW EXTENDED METHODS IN ${name}`)
      expect(methods.map(m => m[0])).toEqual(resource.methods.map(m => m.name))
      expect(methods.map(m => m[4])).toEqual(resource.methods.map(m => m.stage ?? null))
      expect((await rowsOf(session, `DESCRIBE ${name}`)).map(r => r[0])).toEqual(
        resource.columns.map(c => c.name),
      )
      expect((await rowsOf(session, `DESCRIBE EXTENDED ${name}`)).every(r => r.length === 5)).toBe(true)
      for (const method of resource.methods) {
        const inputs = (await rowsOf(session, `DESCRIBE METHOD ${name}.${method.name}`))
          .filter(r => r[2] === 'input_required')
          .map(r => r[0])
        expect(inputs, method.name).toEqual([
          ...method.params.filter(p => p.required).map(p => p.name),
          ...(method.body?.fields ?? []).filter(f => f.required).map(f => f.path),
        ])
      }
    }
  })

  test('DESCRIBE of a view lists the columns of its query', async () => {
    for (const view of catalog.providers().flatMap(p => p.views ?? [])) {
      const columns = await rowsOf(session, `DESCRIBE ${view.name}`)
      expect(columns.length, view.name).toBeGreaterThan(0)
    }
  })
})
