import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Client } from 'pg'
import { cli } from '../cli/support.ts'
import { untilBusy } from '../support/busy.ts'
import { folder, listen } from '../support/cleanup.ts'
import { bare, freePort, lines, PASSWORD, serve, stateOf, type Served } from './support.ts'

describe('--allow-changes', () => {
  let server: Served
  let client: Client
  beforeAll(async () => {
    server = await serve(['--sandbox', '--allow-changes'])
    client = await server.client()
  })

  it('sends INSERT, UPDATE and DELETE, with parameters and RETURNING, and counts', async () => {
    const inserted = await client.query(
      "INSERT INTO iam.invitations (email, auth_type) VALUES ($1, 'AUTH_TYPE_SSO') RETURNING id, email",
      ['new@example.com'],
    )
    expect(inserted).toMatchObject({ command: 'INSERT', rowCount: 1, rows: [{ email: 'new@example.com' }] })
    const [{ id }] = inserted.rows as [{ id: string }]
    // the cache was emptied
    expect(await lines(client, 'SELECT email FROM iam.invitations WHERE id = $1', [id])).toEqual([
      'new@example.com',
    ])
    const name = await client.query('UPDATE iam.users SET full_name = $2 WHERE id = $1', [
      'u-08mnyy',
      'New Name',
    ])
    expect(name).toMatchObject({ command: 'UPDATE', rowCount: 1 })
    expect(await lines(client, "SELECT full_name FROM iam.users WHERE id = 'u-08mnyy'")).toEqual(['New Name'])
    expect(await client.query('DELETE FROM iam.invitations WHERE id = $1', [id])).toMatchObject({
      command: 'DELETE',
      rowCount: 1,
    })
    await client.query('BEGIN')
    expect(await stateOf(client, "DELETE FROM iam.invitations WHERE id = 'i-1'")).toBe('25001')
    await client.query('ROLLBACK')
    expect(await stateOf(client, 'DELETE FROM iam.invitations')).toBe('42P10')
  })

  it('changes the rows of a SELECT with the same WHERE: times, LIKE, paths, positions', async () => {
    const sent = (): string[] => server.requests().filter(r => !r.startsWith('GET'))
    for (const where of [
      "modified < '2023-09-01 05:00:00+05' AND email LIKE 'a%'",
      "u.email LIKE 'A%' OR substr(u.full_name, -1, 3) = 'K'",
      "u.metadata ->> 'created_at' < '2021' AND full_name ~ '^[JK]'",
      "id IN (SELECT creator ->> 'id' FROM iam.invitations WHERE expires_at < now() - interval '1000 days')",
    ].map(text => text.replace('modified', "(metadata ->> 'updated_at')::timestamptz"))) {
      const ids = await lines(client, `SELECT id FROM iam.users u WHERE ${where}`)
      server.requests()
      const { rowCount } = await client.query(
        `UPDATE iam.users u SET full_name = 'x' WHERE ${where} -- x\r/* a /* b */ AND 1 = 0 */`,
      )
      expect(rowCount, where).toBe(ids.length)
      expect(sent().toSorted()).toEqual(ids.map(id => `PATCH /iam/v2/users/${id} 200`).toSorted())
    }
    const counted = await lines(client, "SELECT count(*) FROM iam.users WHERE full_name = 'x'")
    expect(Number(counted[0])).toBeGreaterThan(3)
  })

  it('reads the rows again, not from the cache, and sends nothing for what is refused', async () => {
    const pattern = "email LIKE 'a%'"
    await lines(client, `SELECT count(*) FROM iam.users WHERE ${pattern}`)
    server.requests()
    await client.query(`UPDATE iam.users SET full_name = 'x' WHERE ${pattern} AND email < 'aa'`)
    expect(server.requests()).toHaveLength(2)
    for (const [sql, state] of [
      ["DELETE FROM iam.users WHERE email LIKE 'a%' AND nope = 1", '42703'],
      ["UPDATE iam.users SET nope = 1 WHERE email LIKE 'a%'", '42703'],
      ["UPDATE iam.users SET full_name = (SELECT 'x') WHERE id = 'u-08mnyy'", '0A000'],
      ["UPDATE iam.users SET full_name = email LIKE 'A%' WHERE id = 'u-08mnyy'", '0A000'],
      // no key comes from a parent that the statement does not name
      ['DELETE FROM kafka.topics WHERE partitions_count > 20', '42P10'],
      ["DELETE FROM kafka.topics USING iam.users WHERE topic_name LIKE 'x%'", '0A000'],
    ] as const)
      expect(await stateOf(client, sql), sql).toBe(state)
    expect(server.requests()).toEqual([])
    await client.query(
      `DELETE FROM kafka.topics WHERE partitions_count > 20 AND (cluster_id, rest_endpoint)
       IN (SELECT id, spec ->> 'http_endpoint' FROM managed_kafka_clusters.clusters WHERE environment IN (SELECT id FROM org.environments))`,
    )
    expect(server.requests().filter(r => !r.startsWith('GET'))).toEqual([
      'DELETE /kafka/v3/clusters/lkc-9r4x1g/topics/telemetry.events 204',
      'DELETE /kafka/v3/clusters/lkc-9r4x1g/topics/search.events 204',
    ])
  })

  it('inserts the rows of a query', async () => {
    const query =
      "SELECT lower(email) || $1, 'AUTH_TYPE_SSO' FROM iam.users WHERE email LIKE 'a%' ORDER BY email LIMIT 3"
    const emails = (await lines(client, query, ['.example'])).map(row => row.split('|')[0])
    expect(emails).toHaveLength(3)
    const inserted = await client.query(
      `INSERT INTO iam.invitations (email, auth_type) ${query} RETURNING email`,
      ['.example'],
    )
    expect(inserted.rows).toEqual(emails.map(email => ({ email })))
    expect(inserted).toMatchObject({ command: 'INSERT', rowCount: 3 })
  })
})

describe('an interrupted change', () => {
  it('is reported with what was sent: by a timeout, a cancel request, the end of the connection', async () => {
    const calls: string[] = []
    const url = await listen((request, response) => {
      request.resume()
      calls.push(`${request.method} ${request.url}`)
      response.writeHead(200, { 'content-type': 'application/json' })
      if (request.method === 'GET')
        response.end(
          JSON.stringify({ data: ['a', 'b', 'c', 'd'].map(id => ({ id, at: '2024-01-01T00:00:00Z' })) }),
        )
      // the second of each four changes is never answered
      else if (!request.url!.endsWith('/b')) response.end('{}')
    })
    const path = join(folder(), 'lab')
    mkdirSync(path)
    const provider = {
      provider: 'lab',
      title: 'A laboratory',
      version: '1.0.0',
      hosts: { api: { url, url_env: 'LAB_URL', auth: { kind: 'none' } } },
      host: 'api',
      services: { main: { title: 'Main' } },
    }
    const methods = {
      list_items: { sql: 'select', call: 'GET /items', rows: '$.data' },
      delete_item: { sql: 'delete', call: 'DELETE /items/{id}' },
    }
    const items = { summary: 'Items', columns: { id: 'string', at: 'timestamp' }, methods }
    writeFileSync(join(path, 'provider.yaml'), JSON.stringify(provider))
    writeFileSync(join(path, 'main.yaml'), JSON.stringify({ service: 'main', resources: { items } }))
    const server = await serve(['--provider-path', path, '--allow-changes'], { LAB_URL: url })
    const client = await server.client()
    const isBusy = (): Promise<void> =>
      expect.poll(() => calls.at(-1), { timeout: 60_000 }).toBe('DELETE /items/b')
    const change = "DELETE FROM lab_main.items WHERE at < '2024-01-01 05:00:00+04:00'"
    const expected = {
      code: '57014',
      detail: expect.stringMatching(/^DELETE on lab\.main\.items failed at row 2 of 4 \(id b\): .* unknown$/),
      hint: expect.stringMatching(/^row 1 succeeded \(id a\); the 2 rows after it were not sent\. .*SELECT/),
    }
    const failure = client.query(change).catch((error: unknown) => error)
    await isBusy()
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number }
    const { socket } = bare(server.port)
    const request = Buffer.alloc(16)
    for (const [i, n] of [16, 80_877_102, processID, secretKey].entries()) request.writeInt32BE(n, 4 * i)
    socket.write(request)
    expect(await failure).toMatchObject(expected)
    calls.length = 0
    await client.query('SET statement_timeout = 3000')
    // reads nothing, so that the time is spent in the second request
    const listed = "DELETE FROM lab_main.items WHERE id IN ('a', 'b', 'c', 'd')"
    expect(await client.query(listed).catch((error: unknown) => error)).toMatchObject(expected)
    calls.length = 0
    const other = await server.client()
    void other.query(change).catch(() => {})
    await isBusy()
    ;(other as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
    await expect
      .poll(() => server.stderr(), { timeout: 60_000 })
      .toMatch(/error 08006 \(DELETE on .* row 2 of 4 .* row 1 succeeded .*\): DELETE/)
    expect(calls.slice(1)).toEqual(['DELETE /items/a', 'DELETE /items/b'])
  })
})

describe('profiles', () => {
  it('are databases', async () => {
    const [one, two] = await Promise.all(
      ['u-one', 'u-two'].map(id =>
        listen((_, response) => {
          response.writeHead(200, { 'content-type': 'application/json' })
          response.end(JSON.stringify({ data: [{ id }], metadata: {} }))
        }),
      ),
    )
    const config = join(folder(), 'config.yaml')
    const profile = (url: string): string => `{ endpoints: { cloud: '${url}' }, credentials: [] }`
    writeFileSync(config, `profiles:\n  one: ${profile(one!)}\n  two: ${profile(two!)}\n`, { mode: 0o600 })
    const server = await serve(['--config', config, '--profile', 'one,two'])
    for (const name of ['one', 'two']) {
      const client = await server.client({ database: name })
      expect(await lines(client, `SELECT id, current_database() FROM ${name}.iam.users`)).toEqual([
        `u-${name}|${name}`,
      ])
      expect(
        await lines(client, "SELECT datname FROM pg_database WHERE datname IN ('one', 'two') ORDER BY 1"),
      ).toEqual(['one', 'two'])
    }
  })
})

describe('the command', () => {
  it('answers /healthz, and goes on when the process with Postgres is killed', async () => {
    const port = await freePort()
    const server = await serve(['--sandbox', '--health-port', String(port)])
    const client = await server.client()
    expect(await lines(client, 'SELECT 1')).toEqual(['1'])
    const health = await fetch(`http://127.0.0.1:${port}/healthz`)
    expect(await health.json()).toMatchObject({ connections: 1, statements: 1, errors: 0, rows: 1 })
    const children = execFileSync('pgrep', ['-P', String(server.child.pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
    expect(children).toHaveLength(1)
    const running = stateOf(client, 'SELECT count(*) FROM generate_series(1, 2000000000)')
    await untilBusy(Number(children[0]), 1)
    process.kill(Number(children[0]), 'SIGKILL')
    expect(await running).toBe('53200')
    expect(await lines(client, 'SELECT count(*) FROM iam.users')).toEqual(['140'])
  })

  it('prints a password that it has made, and no other', async () => {
    const given = await serve()
    expect(given.stdout).toMatch(/^psql "host=127\.0\.0\.1 port=\d+ user=confluentql dbname=confluent"\n$/)
    const made = await serve(['--sandbox'], { CONFLUENTQL_SERVE_PASSWORD: '' })
    const [, password] = /^PGPASSWORD=(\S{20,}) psql /.exec(made.stdout) ?? []
    const client = await made.client({ password: password! })
    expect(await lines(client, 'SELECT 1')).toEqual(['1'])
    await expect(made.client({ password: PASSWORD })).rejects.toMatchObject({ code: '28P01' })
  })

  it.each([
    [['--host', '0.0.0.0'], {}, /can be reached from other machines, so it needs TLS/],
    [['--tls-cert', 'x.pem'], {}, /TLS needs both a certificate and its key/],
    [['--tls-cert', '/none', '--tls-key', '/none'], {}, /--tls-cert \/none/],
    [[], { CONFLUENTQL_SERVE_PASSWORD: 'short' }, /the password is too short/],
  ])('refuses %j', async (args, env, message) => {
    const { status, stderr } = await cli(['serve', '--sandbox', ...args], { env })
    expect(stderr).toMatch(message)
    expect(status).toBe(2)
  })

  it('refuses a password that others can read', async () => {
    const file = join(folder(), 'password')
    writeFileSync(file, 'a long password\n', { mode: 0o644 })
    const { status, stderr } = await cli(['serve', '--sandbox', '--password-file', file])
    expect(stderr).toContain(`hint: chmod 600 ${file}`)
    expect(status).toBe(2)
  })
})
