import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, folder, page, PLANTED, secretsIn, server, type Outcome } from './support.ts'

const { CONFLUENT_CLOUD_API_KEY: KEY, CONFLUENT_CLOUD_API_SECRET: SECRET } = PLANTED
const BASIC = Buffer.from(`${KEY}:${SECRET}`).toString('base64')
const SELECT = 'SELECT id, email FROM confluent.iam.users'
const INSERT = "INSERT INTO confluent.iam.invitations (email) VALUES ('a@example.com') RETURNING *"

/** Servers that answer with errors, each naming what it was sent, as a careless gateway does. */
const SERVERS: Readonly<
  Record<string, () => { status: number; headers?: Record<string, string>; body: string }>
> = {
  '401': () => ({
    status: 401,
    headers: { 'WWW-Authenticate': 'Basic error="invalid_key"' },
    body: '{"errors":[{"code":"user_unauthenticated","detail":"The API key or its secret is not valid"}]}',
  }),
  '500': () => ({ status: 500, body: '<html>broken</html>' }),
  '429': () => ({ status: 429, headers: { 'Retry-After': '0' }, body: '' }),
  redirect: () => ({ status: 302, headers: { Location: 'https://elsewhere.example.com/login' }, body: '' }),
  'no JSON': () => ({ status: 200, body: 'hello' }),
  rows: () => ({ status: 200, body: page(['u-1', 'u-2']) }),
}

describe.concurrent('credentials show up nowhere', () => {
  it.each(Object.keys(SERVERS))('a server that answers with %s', async name => {
    const received: (string | undefined)[] = []
    const url = await server((request, response) => {
      received.push(request.headers.authorization)
      const { status, headers, body } = SERVERS[name]!()
      response.writeHead(status, headers).end(body)
    })
    const outcomes: Outcome[] = []
    for (const [sql, ...options] of [
      [SELECT, '--trace'],
      [INSERT, '--trace'],
      [`${INSERT}; EXPLAIN ${SELECT}`, '--dry-run', '--trace'],
      [`EXPLAIN ANALYZE ${SELECT}`],
    ]) {
      outcomes.push(await cli([...options, '--retries', '1', '--timeout', '5', '--endpoint', url, sql!]))
    }
    expect(received).toContain(`Basic ${BASIC}`)
    expect(outcomes.every(o => secretsIn(o.stdout + o.stderr).length === 0)).toBe(true)
    expect(outcomes[0]!.stderr).toMatch(/^GET http/)
    if (name !== 'rows') expect(outcomes[0]!.stderr).toMatch(/^error: /m)
  })

  it('nothing listens, or the address is wrong', async () => {
    for (const url of [
      'http://127.0.0.1:1',
      'http://example.com',
      `http://${KEY}:${encodeURIComponent(SECRET)}@127.0.0.1:1`,
      `https://${KEY}:${encodeURIComponent(SECRET)}@127.0.0.1:1/x`,
      `nonsense ${SECRET}`,
    ]) {
      for (const sql of [SELECT, `EXPLAIN ${SELECT}`]) {
        const { stderr, stdout } = await cli([
          '--trace',
          '--retries',
          '0',
          '--timeout',
          '5',
          '--endpoint',
          url,
          sql,
        ])
        expect(secretsIn(stderr + stdout)).toEqual([])
        expect(stderr + stdout).not.toBe('')
      }
      expect(
        secretsIn(
          JSON.stringify(await cli([SELECT, '--retries', '0'], { env: { CONFLUENT_CLOUD_ENDPOINT: url } })),
        ),
      ).toEqual([])
    }
    const proxy = `http://${KEY}:${encodeURIComponent(SECRET)}@127.0.0.1:1`
    const { status, stderr } = await cli([SELECT, '--trace', '--retries', '0'], {
      env: { HTTPS_PROXY: proxy, https_proxy: proxy, NO_PROXY: '', no_proxy: '' },
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error: .*127\.0\.0\.1:1/m)
    expect(secretsIn(stderr)).toEqual([])
  })

  it('a key that cannot be a header', async () => {
    const { status, stderr } = await cli(['--endpoint', 'http://127.0.0.1:1', '--retries', '0', SELECT], {
      env: { CONFLUENT_CLOUD_API_SECRET: `${SECRET}\n` },
    })
    expect(status).toBeGreaterThan(0)
    expect(secretsIn(stderr)).toEqual([])
  })

  it('half of the credentials', async () => {
    const { status, stderr } = await cli([SELECT], { env: { CONFLUENT_CLOUD_API_KEY: '' } })
    expect(status).toBe(2)
    expect(stderr).toMatch(/CONFLUENT_CLOUD_API_KEY/)
  })

  it('a secret that the API answers with is printed only where the statement asks for it', async () => {
    const sql =
      "INSERT INTO confluent.iam.api_keys (spec.owner.id, spec.resource.id) VALUES ('sa-hwzi8r', 'cloud')"
    const asked = await cli([
      '--sandbox',
      '--trace',
      '-o',
      'csv',
      '--no-header',
      `${sql} RETURNING spec.secret`,
    ])
    expect(asked.stdout).toMatch(/^cflt\S{40,}\n$/)
    expect(asked.stderr).not.toContain('cflt')
  })
})

it('the search finds a secret in any of its spellings', () => {
  for (const text of [`key ${KEY}!`, SECRET, encodeURIComponent(SECRET), `Authorization: Basic ${BASIC}`])
    expect(secretsIn(text).length).toBeGreaterThan(0)
})

describe('a statement that is shown beside its rows', () => {
  it.each(['html', 'parquet'])('%s masks what may be a secret, and shows the rest', async format => {
    const dir = folder()
    writeFileSync(
      join(dir, 's.sql'),
      `CREATE TABLE k (id TEXT, client_secret TEXT);
INSERT INTO k (id, client_secret) VALUES ('k-1', 'hunter2');
SELECT count(*) AS n
  FROM k WHERE client_secret = 'hunter2';`,
    )
    expect(await cli(['-f', 's.sql', '--out', `r.${format}`], { cwd: dir })).toMatchObject({ status: 0 })
    const text = readFileSync(join(dir, `r.${format}`), 'latin1')
    expect(text).not.toContain('hunter2')
    expect(text).toMatch(/SELECT count\(\*\) AS n\n {2}FROM k WHERE client_secret = ('|&#39;|&apos;)\*{8}\1/)
  })

  it('a text that is no secret is shown', async () => {
    expect((await cli(['-o', 'html', "SELECT 1 AS n WHERE 'env-1' = 'env-1'"])).stdout).toMatch(
      /WHERE .env-1. = /,
    )
  })
})
