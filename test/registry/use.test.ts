import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type * as Library from '../../src/index.ts'
import { server } from '../cli/support.ts'
import { stackql } from './stackql.ts'
import { acme, store, written } from './support.ts'

const { Session } = createRequire(import.meta.url)('../../dist/index.js') as typeof Library

const TOKEN = { ACME_TOKEN: 'acme-token-0123456789' }

/** A server with widgets, and what it was asked. */
async function shop(): Promise<{ readonly url: string; readonly seen: string[] }> {
  const seen: string[] = []
  const url = await server((request, response) => {
    const { method, url: path, headers } = request
    seen.push(`${method} ${path} ${headers.authorization ?? ''}`)
    const items = [
      { id: 'w-1', name: 'gear' },
      { id: 'w-2', name: 'cog' },
    ]
    if (method === 'DELETE') response.writeHead(204).end()
    else response.setHeader('content-type', 'application/json').end(JSON.stringify({ items, data: items }))
  })
  return { url, seen }
}

describe.concurrent('an added provider', () => {
  it('is queried, changed, described and listed', async () => {
    const { provider, run } = store()
    const { url, seen } = await shop()
    const dir = written(stackql({ servers: `[{ url: '${url}' }]` }))
    expect((await provider(['add', dir, '--yes'])).stderr).toContain(`  sends ACME_TOKEN to ${url}\n`)
    const sql = async (text: string): Promise<string> => {
      const { stdout, stderr } = await run(['-qo', 'csv', text], { env: TOKEN })
      return stderr + stdout
    }
    expect(await sql("SELECT id, name FROM acme.shop.widgets WHERE name LIKE 'c%'")).toBe(
      'id,name\nw-2,cog\n',
    )
    expect(await sql("DELETE FROM acme.shop.widgets WHERE id = 'w-1'")).toBe('')
    expect(seen).toEqual([
      `GET /widgets Bearer ${TOKEN.ACME_TOKEN}`,
      `DELETE /widgets/w-1 Bearer ${TOKEN.ACME_TOKEN}`,
    ])
    expect(await sql('SHOW PROVIDERS')).toContain('\nacme,v1.0.0,Acme\n')
    expect(await sql('SHOW RESOURCES IN acme.shop')).toContain('widgets')
    expect(await sql('DESCRIBE acme.shop.widgets')).toMatch(/\nid,string/)
    expect(await sql('SELECT * FROM acme.shop.widget')).toContain('did you mean "widgets"?')
    const { status, stderr } = await run(['SELECT id FROM acme.shop.widgets'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('ACME_TOKEN')])
  })

  it('has its own variables of URLs and tables under another name, also joined with the first', async () => {
    const { provider, run } = store()
    const { url, seen } = await shop()
    const { host } = new URL(url)
    const servers = `[{ url: 'http://${host}/{account}', variables: { account: {} } }]`
    const dir = written(stackql({ servers }))
    await provider(['add', dir, '--yes', '-q'])
    await provider(['add', dir, '--as', 'acme_eu', '--yes', '-q'])
    const { stdout, stderr } = await run(
      [
        '-qo',
        'csv',
        'SELECT a.id, e.name FROM acme.shop.widgets a JOIN acme_eu.shop.widgets e ON e.id = a.id',
      ],
      { env: { ...TOKEN, ACME_ACCOUNT: 'us', ACME_EU_ACCOUNT: 'eu' } },
    )
    expect(stderr + stdout).toBe('id,name\nw-1,gear\nw-2,cog\n')
    expect(seen.map(line => line.split(' ')[1]).sort()).toEqual(['/eu/widgets', '/us/widgets'])
  })

  it('takes credentials and variables from a profile, each account its own', async () => {
    const { provider, run } = store()
    const { url, seen } = await shop()
    const { host } = new URL(url)
    const dir = written({
      ...stackql({ servers: `[{ url: 'http://${host}/{account}', variables: { account: {} } }]` }),
      'config.yaml': `profiles:
  default:
    credentials:
      - { for: acme, token: { env: TOKEN_US } }
      - { for: acme_eu, token: { command: [printf, token-of-the-eu] } }
    variables: { acme: { account: us }, acme_eu: { account: eu } }
`,
    })
    const config = ['--config', join(dir, 'config.yaml')]
    const env = { TOKEN_US: 'token-of-the-us' }
    await provider(['add', dir, '--yes', '-q'])
    await provider(['add', dir, '--as', 'acme_eu', '--yes', '-q'])
    const both = 'SELECT id FROM acme.shop.widgets UNION ALL SELECT id FROM acme_eu.shop.widgets'
    const { stdout, stderr } = await run(['-qo', 'csv', both, ...config], { env })
    expect(stderr + stdout).toBe('id\nw-1\nw-2\nw-1\nw-2\n')
    expect(seen.sort()).toEqual([
      'GET /eu/widgets Bearer token-of-the-eu',
      'GET /us/widgets Bearer token-of-the-us',
    ])
    const found = (await run(['doctor', ...config], { env })).stdout
    expect(found).toContain(
      `ok       provider acme_eu: http://${host}/{account}; account is eu, from profile default; credentials in the profile\n`,
    )
  })

  it('under another name gets the credential of its profile, though the variable of the first account is set', async () => {
    const { provider, run } = store()
    const { url, seen } = await shop()
    const dir = written({
      ...stackql({ servers: `[{ url: '${url}' }]` }),
      'config.yaml': `profiles:
  default:
    credentials:
      - { for: acme_eu, token: { env: TOKEN_EU } }
`,
    })
    const config = ['--config', join(dir, 'config.yaml')]
    await provider(['add', dir, '--yes', '-q'])
    await provider(['add', dir, '--as', 'acme_eu', '--yes', '-q'])
    const both = 'SELECT id FROM acme.shop.widgets UNION SELECT id FROM acme_eu.shop.widgets'
    const env = { ...TOKEN, TOKEN_EU: 'token-of-the-eu' }
    const { stdout, stderr } = await run(['-o', 'csv', both, ...config], { env })
    expect(stderr + stdout).toBe('id\nw-1\nw-2\n')
    await run(["DELETE FROM acme_eu.shop.widgets WHERE id = 'w-1'", ...config], { env })
    expect(seen.splice(0).sort()).toEqual([
      'DELETE /widgets/w-1 Bearer token-of-the-eu',
      `GET /widgets Bearer ${TOKEN.ACME_TOKEN}`,
      'GET /widgets Bearer token-of-the-eu',
    ])
    // a profile that names nothing is an error, and no reason to take that of the first account
    const unset = await run(['SELECT id FROM acme_eu.shop.widgets', ...config], { env: TOKEN })
    expect([unset.status, unset.stderr]).toEqual([2, expect.stringContaining('TOKEN_EU')])
    expect(seen).toEqual([])
  })

  it('is checked by doctor', async () => {
    const { provider, run } = store()
    await provider(['add', written(stackql()), '--yes', '-q'])
    const { stdout } = await run(['doctor', '--endpoint', await server((_, r) => r.end('{"data":[]}'))])
    expect(stdout).toContain(
      'warning  provider acme: https://{account}.acme.example; account must be in WHERE, as ACME_ACCOUNT is not set; ACME_TOKEN not set\n'
        + '         → set ACME_TOKEN, or add credentials for acme to the profile\n',
    )
  })

  it('of our format is used likewise', async () => {
    const { provider, run } = store()
    const { url, seen } = await shop()
    await provider(['add', written(acme(url)), '--as', 'other', '--yes', '-q'])
    const env = { ACME_KEY: 'key-0123456789', ACME_SECRET: 'secret-0123456789' }
    const { stdout, stderr } = await run(['-qo', 'csv', 'SELECT name FROM other.shop.widgets'], { env })
    expect(stderr + stdout).toBe('name\ngear\ncog\n')
    expect(seen).toEqual([`GET /widgets Basic ${btoa('key-0123456789:secret-0123456789')}`])
  })

  it('is refused if its documents were changed to ask for more, and others go on', async () => {
    const { provider, run, env } = store()
    const { url, seen } = await shop()
    await provider(['add', written(stackql({ servers: `[{ url: '${url}' }]` })), '--yes', '-q'])
    await provider(['add', written(acme(url)), '--as', 'other', '--yes', '-q'])
    const list = await provider(['list', '-o', 'json'])
    expect(list.stdout).toContain('"name":"acme"')
    const { source } = JSON.parse(
      readFileSync(join(env.XDG_DATA_HOME, 'confluentql/providers/acme/provider.json'), 'utf8'),
    ) as { source: string }
    const changed = stackql({ servers: `[{ url: '${await server((_, r) => r.end('{}'))}' }]` })
    for (const [name, text] of Object.entries(changed))
      writeFileSync(join(env.XDG_DATA_HOME, 'confluentql/providers/acme', source, name), text)
    const { status, stderr } = await run(['SELECT id FROM acme.shop.widgets'], { env: TOKEN })
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^error: .*the documents of acme send variables where you did not agree to: ACME_TOKEN to http:[^]*confluentql provider update acme/,
      ),
    ])
    expect(seen).toEqual([])
    const keys = { ACME_KEY: 'key-0123456789', ACME_SECRET: 'secret-0123456789' }
    expect(await run(['-qo', 'csv', 'SELECT id FROM other.shop.widgets'], { env: keys })).toMatchObject({
      status: 0,
      stdout: 'id\nw-1\nw-2\n',
    })
    expect((await provider(['update', 'acme'])).status).toBe(0)
    expect((await run(['-q', 'SELECT id FROM acme.shop.widgets'], { env: TOKEN })).status).toBe(0)
  })

  it('is refused if its folder is gone, and statements without it go on', async () => {
    const { provider, run, env } = store()
    const { url } = await shop()
    await provider(['add', written(stackql({ servers: `[{ url: '${url}' }]` })), '--yes', '-q'])
    const folder = join(env.XDG_DATA_HOME, 'confluentql/providers/acme')
    const { source } = JSON.parse(readFileSync(join(folder, 'provider.json'), 'utf8')) as { source: string }
    rmSync(join(folder, source), { recursive: true })
    expect(await run(['-qo', 'csv', 'SELECT 1 AS one'])).toMatchObject({ status: 0, stdout: 'one\n1\n' })
    const { status, stderr } = await run(['SELECT id FROM acme.shop.widgets'], { env: TOKEN })
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^error: .*the folder of a provider is gone: [^]*confluentql provider remove acme, and add it/,
      ),
    ])
    expect((await provider(['remove', 'acme'])).status).toBe(0)
    expect((await run(['SELECT id FROM acme.shop.widgets'])).stderr).not.toContain('gone')
  })

  it('goes on in a session while it is updated and removed', async () => {
    const { provider, env } = store()
    const { url } = await shop()
    const dir = written(stackql({ servers: `[{ url: '${url}' }]` }))
    await provider(['add', dir, '--yes', '-q'])
    const session = new Session({ env: { ...env, ...TOKEN } })
    try {
      const titles = async (text: string): Promise<unknown[]> => {
        const found: unknown[] = []
        for await (const { rows } of session.run(text)) for await (const row of rows) found.push(row[0])
        return found
      }
      expect(await titles('SHOW PROVIDERS')).toContain('acme')
      // no service has been read yet
      for (const [name, text] of Object.entries(stackql({ servers: `[{ url: '${url}/v2' }]` })))
        writeFileSync(join(dir, name), text)
      expect((await provider(['update'])).stderr).toContain('updated acme\n')
      expect((await provider(['remove', 'acme'])).status).toBe(0)
      expect(await titles('SELECT id FROM acme.shop.widgets')).toEqual(['w-1', 'w-2'])
    } finally {
      await session.close()
    }
  })
})
