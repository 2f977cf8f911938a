import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { cli, folder, type Outcome } from '../cli/support.ts'
import { named, PROVIDER, shop, shopIn, STOCK } from './shop.ts'

let url = ''
beforeAll(async () => {
  url = await shop()
})

const ITEMS = 'SELECT id, price FROM shop.stock.items'
const run = (args: readonly string[], env: Record<string, string | undefined> = {}): Promise<Outcome> =>
  cli([...args, '-o', 'csv', '--no-header'], { env: { SHOP_URL: url, ...env } })
const withPath = (dir: string, sql: string): Promise<Outcome> => run(['--provider-path', dir, sql])

describe.concurrent('--provider-path', () => {
  it('adds the provider of a folder to ours', async () => {
    const dir = shopIn()
    expect(await withPath(dir, ITEMS)).toEqual({ status: 0, signal: null, stdout: 'i-1,2.5\n', stderr: '' })
    expect((await withPath(dir, 'SHOW PROVIDERS')).stdout).toMatch(
      /^confluent,.*\nkafka,.*\nshop,1\.0\.0,A shop\n$/,
    )
  })

  it('takes a folder of providers, a link to one, and a folder twice', async () => {
    const dir = folder()
    shopIn({}, join(dir, 'one'))
    symlinkSync(shopIn(named('outlet')), join(dir, 'two'))
    mkdirSync(join(dir, 'no-provider'))
    symlinkSync(dir, join(dir, 'circle'))
    const { stdout, stderr } = await run(['--provider-path', dir, '--provider-path', dir, 'SHOW PROVIDERS'])
    expect(stderr).toBe('')
    expect(stdout).toContain('\nshop,')
    expect(stdout).toContain('\noutlet,')
  })

  it('can be repeated, and comes with CONFLUENTQL_PROVIDER_PATH', async () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(name => shopIn(named(name)))
    const { stdout } = await run(['--provider-path', a!, '--provider-path', b!, 'SHOW PROVIDERS'], {
      CONFLUENTQL_PROVIDER_PATH: [c, d].join(delimiter),
    })
    expect(stdout.replaceAll(/,.*/g, '')).toBe('confluent\nkafka\na\nb\nc\nd\n')
  })

  it('is known to the other commands', async () => {
    const dir = shopIn({
      'provider.yaml': PROVIDER.replace(
        'auth: { kind: none }',
        'probe: SELECT id FROM shop.stock.items LIMIT 1, auth: { kind: basic, user_env: SHOP_USER, password_env: SHOP_PASSWORD }',
      ),
    })
    const keys = { SHOP_USER: 'u', SHOP_PASSWORD: 'p' }
    const doctor = await run(['doctor', '--provider-path', dir], keys)
    expect(doctor.stdout).toMatch(/^main,ok,http:/m)
    const piped = await cli(['shell', '--provider-path', dir], {
      stdin: `${ITEMS};`,
      env: { SHOP_URL: url, ...keys },
    })
    expect(piped.stdout).toContain('i-1')
    const drift = await run(['provider', 'drift', '--provider-path', dir, openApi()])
    expect(drift.stdout).toMatch(/shop\.stock\.items,.*colour/)
  })

  it.each([
    [
      'a folder that does not exist',
      () => join(folder(), 'x'),
      /cannot read the providers in .*x: there is no such folder/,
    ],
    [
      'a file',
      () => join(shopIn(), 'stock.yaml'),
      /cannot read the providers in .*stock\.yaml: it is no folder/,
    ],
    [
      'a folder without a provider',
      () => folder(),
      /there is no provider in .*: neither it nor a folder in it has a provider\.yaml/,
    ],
    [
      'a folder with the delimiter in its path',
      () => `a${delimiter}b`,
      /a folder with : in its path cannot be named/,
    ],
    ['nothing', () => '', /--provider-path needs a folder/],
  ])('refuses %s', async (_, dir, message) => {
    const { status, stdout, stderr } = await withPath(dir(), ITEMS)
    expect(stderr).toMatch(message)
    expect([status, stdout]).toEqual([2, ''])
  })

  it('tells the errors of all files, each with its line and what is allowed', async () => {
    const dir = shopIn({
      'stock.yaml': STOCK.replace('price: number', 'price: money').replace('summary: Where', 'sumary: Where'),
      'staff.yaml': STOCK.replace('sql: select', 'sql: read').replace('service: stock', 'service: staff'),
    })
    const { status, stdout, stderr } = await withPath(dir, ITEMS)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr.split('\n')).toEqual([
      `error: ${dir}/stock.yaml:7: resources.shelves: the key summary is missing`,
      expect.stringMatching(
        /stock\.yaml:8: resources\.shelves\.sumary: unknown key; known are summary, host, .*columns/,
      ),
      expect.stringMatching(
        /staff\.yaml:6: resources\.items\.methods\.list_items\.sql: must be one of select, insert, update/,
      ),
      '',
    ])
  })

  it.each([
    [
      'no file of a service',
      (dir: string) => rmSync(join(dir, 'stock.yaml')),
      /cannot read .*stock\.yaml: there is no such file/,
    ],
    [
      'a folder instead of a file',
      (dir: string) => {
        rmSync(join(dir, 'stock.yaml'))
        mkdirSync(join(dir, 'stock.yaml'))
      },
      /cannot read .*stock\.yaml: it is no file/,
    ],
    [
      'a file that is a link to itself',
      (dir: string) => {
        rmSync(join(dir, 'stock.yaml'))
        symlinkSync(join(dir, 'stock.yaml'), join(dir, 'stock.yaml'))
      },
      /cannot read .*stock\.yaml: ELOOP/,
    ],
    [
      'a file of 30 MB',
      (dir: string) => writeFileSync(join(dir, 'stock.yaml'), '#'.repeat(30_000_000)),
      /cannot read .*stock\.yaml: it is longer than 20 MB/,
    ],
    [
      'a service outside the folder',
      (dir: string) => writeFileSync(join(dir, 'provider.yaml'), PROVIDER.replace('stock:', "'../stock':")),
      /services\.\.\.\/stock: is not a name that can stand here|is not a name that can stand here/,
    ],
    [
      'aliases that multiply',
      (dir: string) =>
        writeFileSync(join(dir, 'stock.yaml'), `a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n${STOCK}`),
      /stock\.yaml:1: aliases \(\*name\) are not taken/,
    ],
    [
      'a file that is no YAML',
      (dir: string) => writeFileSync(join(dir, 'stock.yaml'), '{ ]'),
      /stock\.yaml:1: /,
    ],
  ])('refuses a provider with %s', async (_, damage, message) => {
    const dir = shopIn()
    damage(dir)
    const { status, stdout, stderr } = await withPath(dir, ITEMS)
    expect(stderr).toMatch(message)
    expect([status, stdout]).toEqual([1, ''])
  })

  it('refuses two providers of one name, and names both folders', async () => {
    const [one, two] = [shopIn(), shopIn()]
    const { status, stderr } = await run(['--provider-path', one, '--provider-path', two, ITEMS])
    expect(stderr).toBe(
      `error: two providers have the name shop: in ${one} and in ${two}\nhint: leave one out, or give it another name\n`,
    )
    expect(status).toBe(1)
  })

  it('refuses a provider with the name of a built-in one', async () => {
    const dir = shopIn(named('kafka'))
    const { stderr } = await withPath(dir, ITEMS)
    expect(stderr).toMatch(`error: ${dir}: the name kafka is that of a built-in provider\n`)
  })

  it('refuses a provider that would get the credentials of a built-in one', async () => {
    const auth = 'auth: { kind: basic, user_env: MY_KEY, password_env: CONFLUENT_CLOUD_API_SECRET }'
    const { stderr } = await withPath(
      shopIn({ 'provider.yaml': PROVIDER.replace(/auth: .*? }/, auth) }),
      ITEMS,
    )
    expect(stderr).toMatch(
      /the providers confluent and shop take a credential from CONFLUENT_CLOUD_API_SECRET for different hosts/,
    )
  })

  it('keeps a misspelt name cheap: no service is read for it', async () => {
    const dir = folder()
    const { compileProviders } = (await import(
      `${'../../dist'}/index.js`
    )) as typeof import('../../src/index.ts')
    compileProviders(shopIn(), dir)
    rmSync(join(dir, 'shop/staff.jsonl'))
    expect(existsSync(join(dir, 'shop/stock.jsonl'))).toBe(true)
    const path = ['--provider-path', dir]
    const misspelt = await run([...path, 'SELECT * FROM shelves'])
    expect(misspelt.stderr).toContain('no table "shelves"; did you mean shop.stock.shelves?')
    const schema = await run([
      ...path,
      "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'shop' ORDER BY 1",
    ])
    expect(schema.stdout).toBe('items\npeople\nshelves\n')
    const gone = await run([...path, 'SELECT * FROM shop.staff.people'])
    expect(gone.stderr).toMatch(/cannot read the compiled provider files: .*staff\.jsonl/)
  })
})

/** An OpenAPI document of the shop, with a field that the provider does not have. */
function openApi(): string {
  const file = join(folder(), 'shop.json')
  const field = { type: 'string' }
  const item = { type: 'object', properties: { id: field, price: { type: 'number' }, colour: field } }
  const schema = { type: 'object', properties: { data: { type: 'array', items: item } } }
  const answer = { description: 'ok', content: { 'application/json': { schema } } }
  const paths = { '/items': { get: { responses: { 200: answer } } } }
  writeFileSync(file, JSON.stringify({ openapi: '3.0.0', info: { title: 'Shop', version: '1' }, paths }))
  return file
}
