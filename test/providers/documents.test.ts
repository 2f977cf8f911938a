import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { cli, folder, server, type Outcome } from '../cli/support.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Writes the code blocks of a document that begin with the name of a file, and returns their folder. */
function written(...documents: string[]): string {
  const dir = folder()
  for (const document of documents) {
    const text = readFileSync(join(ROOT, document), 'utf8')
    for (const [, name = '', content = ''] of text.matchAll(
      /^```\w+\n(?:#|\/\/) (shop\/\S+)\n(.*?)^```$/gms,
    )) {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), content)
    }
  }
  return dir
}

/** The API that the document describes: two shelves a page each, three items in two pages. */
async function shop(): Promise<{ readonly url: string; readonly seen: string[] }> {
  const seen: string[] = []
  const answer = (request: IncomingMessage): object => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x')
    const page = Number(searchParams.get('page_token') ?? 0)
    const paged = (name: string, rows: readonly object[], size: number): object => ({
      [name]: rows.slice(page * size, (page + 1) * size),
      ...((page + 1) * size < rows.length && { next_page_token: `${page + 1}` }),
    })
    const item = (n: number, shelf: string): object => ({
      id: `${shelf}-i${n}`,
      price: { amount: n + 0.5, currency: 'EUR' },
      added_at: '2026-01-01T00:00:00Z',
      access_code: 'opensesame',
    })
    if (pathname === '/shelves')
      return paged(
        'shelves',
        [
          { id: 's1', room: 'front' },
          { id: 's2', room: 'back' },
        ].filter(row => row.room === (searchParams.get('room') ?? row.room)),
        1,
      )
    const [, , shelf = '', , id] = pathname.split('/')
    if (request.method === 'GET' && id === undefined)
      return paged(
        'items',
        [1, 2, 3].map(n => item(n, shelf)),
        2,
      )
    return item(Number(id?.at(-1) ?? 9), shelf)
  }
  const url = await server((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      seen.push(`${request.method} ${request.url}${body === '' ? '' : ` ${body}`}`)
      const isKnown = request.headers.authorization === 'Bearer shop-token'
      response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
      response.end(JSON.stringify(isKnown ? answer(request) : { error: 'no token' }))
    })
  })
  return { url, seen }
}

describe('the provider in providers/README.md', () => {
  const dir = join(written('providers/README.md'), 'shop')
  const ask = async (sql: string): Promise<Outcome & { readonly seen: readonly string[] }> => {
    const { url, seen } = await shop()
    const env = { SHOP_URL: url, SHOP_TOKEN: 'shop-token' }
    const outcome = await cli(['--provider-path', dir, '-o', 'csv', '--no-header', sql], { env })
    return { ...outcome, seen }
  }

  it('reads all pages of the parents and of each of them', async () => {
    const { stdout, stderr, seen } = await ask(
      'SELECT shelf, id, price.amount, added, access_code FROM shop.stock.items ORDER BY id LIMIT 4',
    )
    expect(stdout).toBe(
      ['s1,s1-i1,1.5', 's1,s1-i2,2.5', 's1,s1-i3,3.5', 's2,s2-i1,1.5']
        .map(row => `${row},2026-01-01T00:00:00Z,********\n`)
        .join('')
        .replaceAll('********', stdout.split('\n')[0]!.split(',').at(-1)!),
    )
    expect(stdout + stderr).not.toContain('opensesame')
    expect(seen).toHaveLength(6)
  })

  it('pushes the filter, and gets one item', async () => {
    const { stdout, seen } = await ask(
      "SELECT i.id FROM shop.stock.shelves s JOIN shop.stock.items i ON i.shelf = s.id WHERE s.room = 'back' AND i.id = 's2-i3'",
    )
    expect(stdout).toBe('s2-i3\n')
    expect(seen).toEqual(['GET /shelves?room=back&page_size=100', 'GET /shelves/s2/items/s2-i3'])
  })

  it('adds, changes and removes', async () => {
    const add = await ask("INSERT INTO shop.stock.items (shelf, id, price.amount) VALUES ('s1', 'new', 5)")
    expect(add.seen).toEqual(['POST /shelves/s1/items {"id":"new","price":{"amount":5}}'])
    const change = await ask(
      "UPDATE shop.stock.items SET price.amount = 6 WHERE shelf = 's1' AND id = 's1-i1'",
    )
    expect(change.seen.at(-1)).toBe('PATCH /shelves/s1/items/s1-i1 {"price":{"amount":6}}')
    const remove = await ask("DELETE FROM shop.stock.items WHERE shelf = 's1' AND id = 's1-i1'")
    expect(remove.seen.at(-1)).toBe('DELETE /shelves/s1/items/s1-i1')
  })
})

describe('the sandbox in docs/providers.md', () => {
  const dir = join(written('providers/README.md', 'docs/providers.md'), 'shop')

  it('is served beside ours', async () => {
    const { stdout, stderr } = await cli([
      '--sandbox',
      '--provider-path',
      dir,
      '-o',
      'csv',
      '--no-header',
      'SELECT i.id, (SELECT count(*) FROM confluent.org.environments) > 0 FROM shop.stock.items i',
    ])
    expect(stderr).toMatch(/^(?:notice: .*\n)?$/)
    expect(stdout).toBe('i-1,true\ni-2,true\ni-3,true\n')
  })

  it('takes changes', async () => {
    const run = (...sql: string[]): Promise<Outcome> =>
      cli(['--sandbox', '--provider-path', dir, '-o', 'csv', '--no-header', sql.join(';')])
    const { stdout } = await run(
      "INSERT INTO shop.stock.items (shelf, id, price.amount) VALUES ('s-1', 'i-9', 5) RETURNING id, price.amount",
    )
    expect(stdout).toBe('i-9,5\n')
  })

  it('needs a variable for the address of each host', async () => {
    const own = written('providers/README.md', 'docs/providers.md')
    const file = join(own, 'shop/provider.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^ *url_env.*\n/m, ''))
    const { status, stderr } = await cli(['--sandbox', '--provider-path', own, 'SELECT 1'])
    expect(stderr).toMatch(
      /shop\/sandbox cannot be served: the host api of shop always has the address https:\/\/api\.shop\.example\/v1\nhint: add a variable for its address: url_env\n$/,
    )
    expect(status).toBe(1)
  })
})
