import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { cli } from '../cli/support.ts'
import { folder, listen } from '../support/cleanup.ts'
import { freePort, lines, PASSWORD, serve, stateOf } from './support.ts'

describe('--allow-changes', () => {
  it('sends INSERT, UPDATE and DELETE, with parameters and RETURNING, and counts', async () => {
    const server = await serve(['--sandbox', '--allow-changes'])
    const client = await server.client()
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
})

describe('a condition with another meaning in confluentql than in Postgres', () => {
  it('changes nothing, and comments end where Postgres ends them', async () => {
    const server = await serve(['--sandbox', '--allow-changes'])
    const client = await server.client()
    const change = (where: string): string =>
      `UPDATE iam.users SET full_name = 'x' WHERE id IN (SELECT id FROM iam.users WHERE ${where})`
    for (const where of [
      "email LIKE 'A%'",
      "email NOT LIKE 'A%'",
      "lower(email) LIKE 'A%'",
      "email LIKE '9' || 'x%'",
      "id LIKE '\\_%'",
      "substr(email, -1) = 'g'",
    ])
      expect(await stateOf(client, change(where)), where).toBe('0A000')
    expect(await stateOf(client, change('email LIKE $1'), ['A%'])).toBe('0A000')
    await client.query(
      "UPDATE iam.users SET full_name = 'y' WHERE id = 'u-08mnyy' -- a comment\rAND email = 'nobody'",
    )
    expect(server.requests().filter(r => !r.startsWith('GET'))).toEqual([])
    const email = await lines(client, "SELECT email FROM iam.users WHERE id = 'u-08mnyy'")
    const same = await client.query(change("lower(email) LIKE $1 /* a /* b */ OR 1 = 1 */ AND id LIKE '%'"), [
      email[0]!.toLowerCase(),
    ])
    expect(same.rowCount).toBe(1)
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
    process.kill(Number(children[0]), 'SIGKILL')
    expect(['53200', undefined]).toContain(await running)
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
