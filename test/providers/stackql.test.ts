import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, folder, type Outcome } from '../cli/support.ts'
import { PROVIDER, shopIn } from './shop.ts'

const MAIN = `id: depot
name: depot
title: Depot
version: v1
config: { auth: { type: null_auth } }
providerServices:
  goods: { id: goods, name: goods, title: Goods, version: v1, service: { $ref: depot/v1/services/goods.yaml } }
  trucks: { id: trucks, name: trucks, title: Trucks, version: v1, service: { $ref: depot/v1/services/trucks.yaml } }
`
const service = (name: string, resource: string, field: string): string => `openapi: 3.0.0
info: { title: ${name}, version: v1 }
servers: [{ url: 'https://depot.example.com' }]
paths:
  /${resource}:
    get:
      operationId: list
      responses:
        '200':
          description: All
          content:
            application/json:
              schema: { type: array, items: { type: object, properties: { id: { type: string }, ${field}: { type: string } } } }
components:
  x-stackQL-resources:
    ${resource}:
      id: depot.${name}.${resource}
      name: ${resource}
      methods:
        list:
          operation: { $ref: '#/paths/~1${resource}/get' }
          response: { mediaType: application/json, openAPIDocKey: '200' }
      sqlVerbs:
        select: [{ $ref: '#/components/x-stackQL-resources/${resource}/methods/list' }]
        insert: []
        update: []
        delete: []
`

/** Writes StackQL's documents of a provider with two services. */
function depot(dir = folder(), field = 'weight'): string {
  mkdirSync(join(dir, 'services'), { recursive: true })
  writeFileSync(join(dir, 'provider.yaml'), MAIN)
  writeFileSync(join(dir, 'services/goods.yaml'), service('goods', 'parcels', field))
  writeFileSync(join(dir, 'services/trucks.yaml'), service('trucks', 'vans', field))
  return dir
}

/** Runs a statement, with caches and added providers in a folder. */
function run(home: string, dir: string | undefined, ...args: string[]): Promise<Outcome> {
  const env = {
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_DATA_HOME: join(home, 'data'),
    ...(dir !== undefined && { CONFLUENTQL_PROVIDER_PATH: dir }),
  }
  return cli(['-o', 'csv', '--no-header', ...args], { env })
}

/** The names of the compiled services in a cache. */
const compiled = (home: string): string[] =>
  readdirSync(join(home, 'cache'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.jsonl'))
    .map(file => basename(file))
    .sort()

describe.concurrent("StackQL's documents in a folder", () => {
  it('are compiled service by service, at the first use of each', async () => {
    const [home, dir] = [folder(), depot()]
    const tables = await run(home, dir, 'SHOW TABLES IN depot')
    expect(tables.stdout).toBe('depot.goods.parcels,resource,\ndepot.trucks.vans,resource,\n')
    const misspelt = await run(home, dir, 'SELECT * FROM vans')
    expect(misspelt.stderr).toContain('no table "vans"; did you mean depot.trucks.vans?')
    expect(compiled(home)).toEqual([])
    const plan = await run(home, dir, 'EXPLAIN SELECT id FROM depot.trucks.vans')
    expect(plan.stdout).toContain('GET https://depot.example.com/vans')
    expect(compiled(home)).toEqual(['trucks.jsonl'])
  })

  it('are compiled again when one has changed', async () => {
    const [home, dir] = [folder(), depot()]
    const columns = async (): Promise<string> =>
      (await run(home, dir, 'DESCRIBE depot.goods.parcels')).stdout.replaceAll(/,.*/g, '')
    expect(await columns()).toBe('id\nweight\n')
    depot(dir, 'volume')
    expect(await columns()).toBe('id\nvolume\n')
  })

  it('are those of the newest version', async () => {
    const [home, dir] = [folder(), folder()]
    depot(join(dir, 'v9.1'), 'old')
    depot(join(dir, 'v10.0'), 'new')
    depot(join(dir, 'v10.0-alpha01'), 'early')
    const { stdout } = await run(home, dir, 'DESCRIBE depot.goods.parcels')
    expect(stdout).toMatch(/^new,/m)
  })

  it('can be compiled by the library', async () => {
    const { compileProviders } = (await import(
      `${'../../dist'}/index.js`
    )) as typeof import('../../src/index.ts')
    const out = folder()
    compileProviders(depot(), out)
    const { stdout } = await run(folder(), out, 'DESCRIBE depot.goods.parcels')
    expect(stdout).toMatch(/^weight,/m)
  })
})

describe.concurrent('an added provider', () => {
  it('is in the catalog, also under another name', async () => {
    const [home, dir] = [folder(), depot()]
    await run(home, undefined, 'provider', 'add', dir, '--yes')
    await run(home, undefined, 'provider', 'add', dir, '--as', 'depot_eu', '--yes')
    const { stdout } = await run(home, undefined, 'SHOW PROVIDERS')
    expect(stdout.replaceAll(/,.*/g, '')).toBe('confluent\nkafka\ndepot\ndepot_eu\n')
    const plan = await run(home, undefined, 'EXPLAIN SELECT id FROM depot_eu.goods.parcels')
    expect(plan.stdout).toContain('depot_eu.goods.parcels')
  })

  it('that is damaged can be told, and leaves the others', async () => {
    const [home, dir] = [folder(), depot()]
    await run(home, undefined, 'provider', 'add', dir, '--yes')
    for (const file of readdirSync(join(home, 'data'), { recursive: true, encoding: 'utf8' }))
      if (file.endsWith('provider.yaml')) writeFileSync(join(home, 'data', file), 'providerServices: [')
    const { stdout, stderr } = await run(home, undefined, 'SHOW PROVIDERS')
    expect([stdout.replaceAll(/,.*/g, ''), stderr]).toEqual(['confluent\nkafka\n', ''])
    const named = await run(home, undefined, 'SELECT * FROM depot.goods.parcels')
    expect(named.stderr).toMatch(/^error: .*provider\.yaml/)
    expect(named.status).toBe(1)
  })

  it('runs no code of its documents in the sandbox', async () => {
    const [home, dir] = [folder(), shopIn()]
    mkdirSync(join(dir, 'sandbox'))
    writeFileSync(join(dir, 'sandbox/stock.yaml'), 'service: stock\nresources: { items: {} }\n')
    writeFileSync(join(dir, 'sandbox/seed.mjs'), "throw new Error('code of a document')")
    const own = await run(home, dir, '--sandbox', 'SELECT 1')
    expect(own.stderr).toBe(`error: ${dir}/sandbox cannot be served: code of a document\n`)
    await run(home, undefined, 'provider', 'add', dir, '--yes')
    for (const one of readdirSync(join(home, 'data'), { recursive: true, encoding: 'utf8' }))
      if (one.endsWith('provider.yaml'))
        cpSync(join(dir, 'sandbox'), join(home, 'data', one, '../sandbox'), { recursive: true })
    const { stdout, stderr } = await run(home, undefined, '--sandbox', 'SHOW PROVIDERS')
    expect([stdout.replaceAll(/,.*/g, ''), stderr]).toEqual(['confluent\nkafka\nshop\n', ''])
  })

  it('must be agreed to again when it wants a credential for another host', async () => {
    const home = folder()
    const keyed = (host: string): string =>
      PROVIDER.replace('https://shop.example', host).replace(
        'auth: { kind: none }',
        'auth: { kind: basic, user_env: SHOP_USER, password_env: SHOP_PASSWORD }',
      )
    await run(
      home,
      undefined,
      'provider',
      'add',
      shopIn({ 'provider.yaml': keyed('https://shop.example') }),
      '--yes',
    )
    for (const file of readdirSync(join(home, 'data'), { recursive: true, encoding: 'utf8' }))
      if (file.endsWith('provider.yaml'))
        writeFileSync(join(home, 'data', file), keyed('https://thief.example'))
    const { status, stderr } = await run(home, undefined, 'SELECT * FROM shop.stock.items')
    expect(stderr).toMatch(/send variables where you did not agree to: .*https:\/\/thief\.example/)
    expect(status).toBe(1)
  })
})
