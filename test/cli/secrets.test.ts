import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MASK } from '../../src/secrets.ts'
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

describe.concurrent('credentials appear in no output', () => {
  it.each(Object.keys(SERVERS))('of a server that answers with %s', async name => {
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

  it('if nothing listens, or the address is wrong', async () => {
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

  it('for a key that is invalid in a header', async () => {
    const { status, stderr } = await cli(['--endpoint', 'http://127.0.0.1:1', '--retries', '0', SELECT], {
      env: { CONFLUENT_CLOUD_API_SECRET: `${SECRET}\n` },
    })
    expect(status).toBeGreaterThan(0)
    expect(secretsIn(stderr)).toEqual([])
  })

  it('if half of the credentials is missing', async () => {
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

it('the check of these tests finds a secret in any encoding', () => {
  for (const text of [`key ${KEY}!`, SECRET, encodeURIComponent(SECRET), `Authorization: Basic ${BASIC}`])
    expect(secretsIn(text).length).toBeGreaterThan(0)
})

const CONNECTOR = JSON.stringify({
  topics: 'orders',
  'github.access.token': 'hush-1',
  'azblob.account.key': 'hush-2',
  'sasl.jaas.config': 'required username="u" password="hush-3";',
  'connection.url': 'jdbc:postgresql://me:hush-4@db.example.com/x?password=hush-5',
  'ssl.key.passphrase': 'hush-6',
  'transforms.settings': [{ name: 'elastic.password', value: 'hush-7' }],
  'aws.secret.access.key': ['hush-8', { a: 'hush-9' }],
})

describe.concurrent('secrets of a statement', () => {
  const insert = `INSERT INTO confluent.connect.connectors (environment_id, kafka_cluster_id, name, config)
 VALUES ('env-1', 'lkc-1', 'c', '${CONNECTOR}')`
  const scan =
    "SELECT name FROM confluent.connect.connectors WHERE environment_id = 'env-1' AND kafka_cluster_id = 'lkc-1'"

  it.each<readonly [string, readonly string[]]>([
    ['a dry run', ['--dry-run', '-o', 'ndjson', insert]],
    ['EXPLAIN', ['-o', 'ndjson', `EXPLAIN ${scan} AND config."sasl.password" = 'hush-1'`]],
    ['the line of an error', [insert.replace('name,', 'nmae,')]],
    [
      'the line of an error, of another statement',
      [`DELETE FROM t WHERE a = 'https://me:hush-1@h'; SELECT nope WHERE a.token = hush`],
    ],
    ['the message of an error', [`EXEC confluent.iam.users.list_iam_v2users @page_size = 'password=hush-1'`]],
    [
      'the message of an error, by its name',
      [
        `SELECT 1 FROM confluent.iam.users WHERE page_size = 'x' AND client_secret = 'hush-1' AND id = 'hush-1'`,
      ],
    ],
    [
      'the message of an error of a variable',
      ['-v', 'password=hush-1', '-- var: password integer\nSELECT :password'],
    ],
    ['a variable without =', ['-v', 'password:hush', 'SELECT 1']],
    ['a variable with a colon before it', ['-v', ':password=hush', 'SELECT 1']],
    ['a command with too many words', ['.set password hush-1 hush-2']],
    ['a list of variables', ['.set password hush-1\n.set own https://me:hush-2@h\n.set\n.set password']],
    ['the answer to an insert', ['--trace', insert]],
    [
      'a URL',
      [
        '--dry-run',
        '--trace',
        `DELETE FROM confluent.connect.connectors WHERE environment_id = 'env-1' AND kafka_cluster_id = 'lkc-1' AND name = 'https://me:hush-1@h'`,
      ],
    ],
  ])('are not shown by %s', async (_what, args) => {
    const { stdout, stderr } = await cli(['--sandbox', ...args])
    expect(stdout + stderr).not.toContain('hush')
    expect(stdout + stderr).not.toBe('')
  })

  it('a dry run shows values that are not secrets', async () => {
    const { stdout } = await cli(['--sandbox', '--dry-run', '-o', 'ndjson', insert])
    const { body } = JSON.parse(stdout) as { body: { config: object } }
    expect(body.config).toEqual({
      topics: 'orders',
      'github.access.token': MASK,
      'azblob.account.key': MASK,
      'sasl.jaas.config': MASK,
      'connection.url': `jdbc:postgresql://me:${MASK}@db.example.com/x?password=${MASK}`,
      'ssl.key.passphrase': MASK,
      'transforms.settings': [{ name: 'elastic.password', value: MASK }],
      'aws.secret.access.key': [MASK, { a: MASK }],
    })
  })

  it('keep the caret of an error in its place', async () => {
    const { stderr } = await cli(["SELECT 'https://me:hush@h' AS a, nope, 'password=x'"])
    expect(stderr).toBe(
      `error: 1:34: no column "nope": there is no FROM\n  SELECT '${MASK}' AS a, nope, '${MASK}'\n  ${' '.repeat(24)}^^^^\n`,
    )
  })

  it('a trace has no value of a parameter that is called like a secret, and has page tokens', async () => {
    const url = await server((request, response) =>
      response.end(page(['u-1'], request.url!.includes('page_token') ? undefined : 'abc')),
    )
    const { stderr } = await cli(['--trace', '--endpoint', url, SELECT])
    expect(stderr).toContain('page_token=abc')
  })
})

describe.concurrent('the environment of child programs', () => {
  it('a command of the profile gets the environment without the credentials', async () => {
    const sent: (string | undefined)[] = []
    const url = await server((request, response) => {
      sent.push(request.headers.authorization)
      response.end(page([]))
    })
    const home = folder()
    mkdirSync(join(home, 'confluentql'))
    const command = `env > ${home}/seen; echo word`
    writeFileSync(
      join(home, 'confluentql', 'config.yaml'),
      `profiles:
  default:
    endpoints: { cloud: '${url}' }
    credentials: [{ for: cloud, key: k, secret: { command: [sh, -c, '${command}'] } }, { for: 'https://a.example', key: k, secret: { env: MINE } }]
  other:
    credentials: [{ for: cloud, oauth: { token: { env: THEIRS } } }]
`,
      { mode: 0o600 },
    )
    const outcome = await cli([SELECT], {
      env: {
        XDG_CONFIG_HOME: home,
        CONFLUENT_CLOUD_API_KEY: '',
        MINE: 'hush-mine',
        THEIRS: 'hush-theirs',
        KEPT: 'kept',
      },
    })
    expect(outcome).toMatchObject({ status: 0, stderr: '' })
    expect(sent).toEqual([`Basic ${Buffer.from('k:word').toString('base64')}`])
    const seen = readFileSync(join(home, 'seen'), 'utf8')
    expect(seen).toMatch(/^KEPT=kept$/m)
    expect(secretsIn(seen)).toEqual([])
    expect(seen).not.toContain('hush')
  })
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

  it('shows a text that is not a secret', async () => {
    expect((await cli(['-o', 'html', "SELECT 1 AS n WHERE 'env-1' = 'env-1'"])).stdout).toMatch(
      /WHERE .env-1. = /,
    )
  })
})
