import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { cli, folder } from '../cli/support.ts'
import { named, PROVIDER, shop, shopIn, STOCK } from './shop.ts'

const { Session, ConfluentqlError } = (await import(
  `${'../../dist'}/index.js`
)) as typeof import('../../src/index.ts')

let url = ''
beforeAll(async () => {
  url = await shop()
})

const ITEMS = 'SELECT * FROM shop.stock.items'

/** What the program writes for ITEMS, with a cache folder. */
async function items(dir: string, cache: string): Promise<string> {
  const env = { SHOP_URL: url, XDG_CACHE_HOME: cache }
  const { stdout, stderr } = await cli(['--provider-path', dir, '-o', 'csv', '--no-header', ITEMS], { env })
  return stdout + stderr
}

/** The files of a cache, relative to it. */
function files(cache: string): string[] {
  return readdirSync(cache, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(cache.length + 1))
    .sort()
}

const env = (cache: string): Record<string, string> => ({ SHOP_URL: url, XDG_CACHE_HOME: cache })
async function rowsOf(session: InstanceType<typeof Session>, sql: string): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const result of session.run(sql)) for await (const row of result.rows) rows.push(row)
  return rows
}

describe.concurrent('compiled sources', () => {
  it('are not read again as long as sizes and times of the files are the same', async () => {
    const [dir, cache] = [shopIn(), folder()]
    expect(await items(dir, cache)).toBe('i-1,2.5\n')
    const before = files(cache)
    expect(before.map(file => file.split('/').at(-1))).toEqual(
      expect.arrayContaining(['current.json', 'provider.json', 'names.json', 'stock.jsonl', 'staff.jsonl']),
    )
    const compiled = join(
      cache,
      before.find(file => file.endsWith('names.json'))!,
    )
    writeFileSync(compiled, JSON.stringify({ stock: ['marked'], staff: [] }))
    const { stdout } = await cli(
      ['--provider-path', dir, '-o', 'csv', '--no-header', 'SHOW TABLES IN shop'],
      { env: env(cache) },
    )
    expect(stdout).toContain('marked')
    expect(files(cache)).toEqual(before)
  })

  it.each([
    ['written', (from: string, to: string) => writeFileSync(to, readFileSync(from))],
    ['renamed', (from: string, to: string) => renameSync(from, to)],
    [
      'linked',
      (from: string, to: string) => {
        rmSync(to)
        symlinkSync(from, to)
      },
    ],
  ])(
    'are compiled again when a file of the same size and time is %s in the place of one',
    async (_, place) => {
      const [dir, cache] = [shopIn(), folder()]
      const [file, other] = [join(dir, 'stock.yaml'), join(folder(), 'other.yaml')]
      const at = 1_700_000_000
      utimesSync(file, at, at)
      // there before the first statement, as the folder of another release is
      writeFileSync(other, readFileSync(file, 'utf8').replace('price: number', 'prise: number'))
      utimesSync(other, at, at)
      expect(await items(dir, cache)).toBe('i-1,2.5\n')
      place(other, file)
      utimesSync(file, at, at)
      expect(await items(dir, cache)).toBe('i-1,\n')
    },
  )

  it('are compiled again when a content has changed, and only then', async () => {
    const [dir, cache] = [shopIn(), folder()]
    await items(dir, cache)
    const before = files(cache)
    // another time, the same content
    utimesSync(join(dir, 'stock.yaml'), 1_700_000_000, 1_700_000_000)
    expect(await items(dir, cache)).toBe('i-1,2.5\n')
    expect(files(cache)).toEqual(before)
    writeFileSync(join(dir, 'stock.yaml'), STOCK.replace('price: number', 'price: number, colour: string'))
    expect(await items(dir, cache)).toBe('i-1,2.5,red\n')
    expect(files(cache).length).toBeGreaterThan(before.length)
    writeFileSync(join(dir, 'stock.yaml'), STOCK.replace('service: stock', 'servic: stock'))
    expect(await items(dir, cache)).toMatch(/^error: .*stock\.yaml:1: the key service is missing/)
    writeFileSync(join(dir, 'stock.yaml'), STOCK)
    expect(await items(dir, cache)).toBe('i-1,2.5\n')
  })

  it.each([
    ['is missing', (file: string) => rmSync(file)],
    ['is cut off', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 60))],
    ['is empty', (file: string) => writeFileSync(file, '')],
    ['has other bytes', (file: string) => writeFileSync(file, Buffer.alloc(300, 0xff))],
    ['has an answer of another kind', (file: string) => writeFileSync(file, '[1]\n[2]\n')],
  ])('are compiled again when one of their files %s', async (_, damage) => {
    const [dir, cache] = [shopIn(), folder()]
    const read = async (sql: string): Promise<unknown[]> => {
      const session = new Session({ env: env(cache), providers: dir })
      const rows = await rowsOf(session, sql)
      await session.close()
      return rows
    }
    await read(ITEMS)
    for (const file of files(cache)) {
      damage(join(cache, file))
      expect(await read('SHOW TABLES IN shop'), file).toHaveLength(3)
      expect(await read(ITEMS), file).toEqual([['i-1', 2.5]])
      expect(await read('SELECT id FROM shop.staff.people'), file).toEqual([['x-1']])
    }
  })

  it('are written again when names or a whole content are gone', async () => {
    const [dir, cache] = [shopIn(), folder()]
    const tables = async (): Promise<unknown[]> => {
      const session = new Session({ env: env(cache), providers: dir })
      const rows = await rowsOf(session, 'SHOW TABLES IN shop')
      await session.close()
      return rows
    }
    expect(await tables()).toHaveLength(3)
    const before = files(cache)
    const names = join(
      cache,
      before.find(file => file.endsWith('names.json'))!,
    )
    for (const gone of [names, dirname(names)]) {
      rmSync(gone, { recursive: true })
      expect(await tables()).toHaveLength(3)
      expect(await tables()).toHaveLength(3)
      expect(files(cache)).toEqual(before)
    }
  })

  it('are compiled in memory where nothing can be written', async () => {
    const [dir, cache] = [shopIn(), folder()]
    writeFileSync(join(cache, 'file'), '')
    expect(await items(dir, join(cache, 'file'))).toBe('i-1,2.5\n')
    mkdirSync(join(cache, 'closed'))
    chmodSync(join(cache, 'closed'), 0o500)
    expect(await items(dir, join(cache, 'closed'))).toBe('i-1,2.5\n')
    expect(await items(dir, 'relative')).toBe('i-1,2.5\n')
  })

  it('can be written by several processes at once', async () => {
    const [dir, cache] = [shopIn(), folder()]
    const all = await Promise.all(Array.from({ length: 6 }, () => items(dir, cache)))
    expect(all).toEqual(Array.from({ length: 6 }, () => 'i-1,2.5\n'))
    expect(files(cache).filter(file => file.endsWith('.tmp'))).toEqual([])
    expect(await items(dir, cache)).toBe('i-1,2.5\n')
  })
})

describe('a session of the library', () => {
  it('takes a folder or several, and keeps what they had when it started', async () => {
    const [dir, cache] = [shopIn(), folder()]
    const session = new Session({ env: env(cache), providers: [dir, shopIn(named('outlet'))] })
    writeFileSync(join(dir, 'stock.yaml'), STOCK.replace('price', 'colour'))
    writeFileSync(join(dir, 'staff.yaml'), '')
    expect(await rowsOf(session, ITEMS)).toEqual([['i-1', 2.5]])
    expect(await rowsOf(session, 'SELECT id FROM shop.staff.people')).toEqual([['x-1']])
    expect(await rowsOf(session, 'SELECT price FROM outlet.stock.items')).toEqual([[2.5]])
    await session.close()
    expect(() => new Session({ env: env(cache), providers: dir })).toThrow(
      expect.objectContaining({
        code: 'PROVIDER',
        message: expect.stringMatching(/staff\.yaml:1: /) as string,
      }),
    )
    expect(() => new Session({ env: {}, providers: join(dir, 'none') })).toThrow(ConfluentqlError)
  })

  it('takes the variable of its environment, not that of the process', async () => {
    const variables = { ...env(folder()), CONFLUENTQL_PROVIDER_PATH: shopIn() }
    const session = new Session({ env: variables })
    expect(await rowsOf(session, ITEMS)).toEqual([['i-1', 2.5]])
    await session.close()
    const other = new Session({ env: {} })
    await expect(rowsOf(other, ITEMS)).rejects.toMatchObject({ message: 'no provider "shop"' })
    await other.close()
  })

  it('says when its files were lost and cannot be compiled as they were', async () => {
    const [dir, cache] = [shopIn(), folder()]
    const session = new Session({ env: env(cache), providers: dir })
    rmSync(cache, { recursive: true })
    writeFileSync(join(dir, 'provider.yaml'), PROVIDER.replace('A shop', 'Another'))
    await expect(rowsOf(session, ITEMS)).rejects.toMatchObject({
      code: 'PROVIDER',
      message: `the files in ${dir} have changed since the session started`,
      hint: 'start another session to use them',
    })
    await session.close()
  })
})
