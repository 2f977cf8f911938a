import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { cli, folder, server, type Outcome } from './support.ts'

let url: string
/** Environments, Kafka clusters below `/ok`, `/denied` and `/broken` of one server, one without a key, and their topics. */
beforeAll(async () => {
  url = await server((request, response) => {
    const { pathname } = new URL(request.url!, 'http://127.0.0.1')
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (pathname === '/org/v2/environments')
      return send(200, { data: [{ id: 'env-1', display_name: 'one' }] })
    if (pathname === '/cmk/v2/clusters')
      return send(200, {
        data: ['ok', 'denied', 'nokey'].map(name => ({
          id: `lkc-${name}`,
          spec: { display_name: name, http_endpoint: `${url}/${name}` },
        })),
      })
    if (pathname.startsWith('/denied/')) return send(403, { error_code: 40301, message: 'not allowed' })
    const topic = { cluster_id: 'lkc-ok', topic_name: 'orders', partitions_count: 3 }
    if (pathname.endsWith('/topics')) return send(200, { data: [topic] })
    if (pathname.endsWith('/orders')) return send(200, topic)
    send(404, { error_code: 40403, message: 'no such topic' })
  })
})

const PROFILE = (extra = ''): string => `profiles:
  default:
    ${extra}
    endpoints: { cloud: '${url}' }
    credentials:
      - { for: cloud, key: k, secret: s-cloud }
      - { for: lkc-ok, key: k, secret: s-ok }
      - { for: lkc-denied, key: k, secret: s-denied }
`
const NO_KEYS = Object.fromEntries(
  ['CONFLUENT_CLOUD_API', 'KAFKA_API'].flatMap(name => [[`${name}_KEY`, undefined], [`${name}_SECRET`, undefined]]),
) // prettier-ignore

async function run(args: readonly string[], stdin?: string, extra?: string): Promise<Outcome> {
  const home = folder()
  mkdirSync(join(home, 'confluentql'))
  writeFileSync(join(home, 'confluentql/config.yaml'), PROFILE(extra), { mode: 0o600 })
  return cli(args, { env: { ...NO_KEYS, XDG_CONFIG_HOME: home }, ...(stdin !== undefined && { stdin }) })
}

const TOPICS = 'SELECT cluster, topic FROM confluent.kafka_topics'
const TOLD =
  (): string => `notice: left out: 1 call of kafka.kafka.topics at ${url}/nokey (lkc-nokey): no credentials
notice: left out: 1 call of kafka.kafka.topics at ${url}/denied (lkc-denied): 403 Forbidden, 40301: not allowed (cluster_id lkc-denied)
notice: the result is incomplete: it lacks the rows of 2 calls; aggregates, NOT IN, NOT EXISTS and outer joins are evaluated without them
`

describe.concurrent('--skip-unreachable', () => {
  it.each([
    ['csv', 'cluster,topic\nlkc-ok,orders\n'],
    ['ndjson', '{"cluster":"lkc-ok","topic":"orders"}\n'],
    ['json', '[\n{"cluster":"lkc-ok","topic":"orders"}\n]\n'],
  ])(
    'writes the other rows as %s, tells what it left out, and ends with status 4',
    async (format, stdout) => {
      expect(await run(['--skip-unreachable', '-o', format, TOPICS])).toEqual({
        status: 4,
        signal: null,
        stdout,
        stderr: TOLD(),
      })
    },
  )

  it('keeps the status, not the notices, with --quiet', async () => {
    expect(await run(['--skip-unreachable', '-q', '-o', 'csv', TOPICS])).toMatchObject({
      status: 4,
      stderr: '',
    })
  })

  it('is a setting of the profile', async () => {
    expect(await run(['-o', 'csv', TOPICS], undefined, 'skip_unreachable: true')).toMatchObject({
      status: 4,
      stderr: TOLD(),
    })
    expect((await run(['-o', 'csv', TOPICS], undefined, 'skip_unreachable: maybe')).stderr).toMatch(
      /config\.yaml:3: profiles\.default\.skip_unreachable must be true or false/,
    )
  })

  it('writes a file, and says in html and markdown that it is incomplete', async () => {
    const dir = folder()
    const out = (name: string): string => join(dir, name)
    for (const name of ['a.html', 'a.md', 'a.csv'])
      expect(await run(['--skip-unreachable', '--out', out(name), TOPICS])).toMatchObject({ status: 4 })
    expect(readFileSync(out('a.csv'), 'utf8')).toBe('cluster,topic\nlkc-ok,orders\n')
    expect(readFileSync(out('a.html'), 'utf8')).toMatch(
      /<p class="broken" role="alert">left out: 1 call .*incomplete/,
    )
    expect(readFileSync(out('a.md'), 'utf8')).toMatch(
      /^left out: 1 call [\s\S]*incomplete[\s\S]*\| lkc-ok \| orders \|\n$/,
    )
  })

  it.each<readonly [script: string, status: number]>([
    [`${TOPICS}; SELECT 1;`, 4],
    [
      `${TOPICS}; SELECT * FROM kafka.kafka.topics WHERE cluster_id = 'lkc-denied' AND rest_endpoint = 'URL/denied';`,
      1,
    ],
    [`SELECT 1;`, 0],
    [`.skip off\n${TOPICS};`, 2],
  ])('%s ends with status %d', async (script, status) => {
    const outcome = await run(
      ['--skip-unreachable', '-o', 'ndjson', '-f', '-'],
      script.replaceAll('URL', url),
    )
    expect(outcome.status).toBe(status)
  })

  it('fails a statement of which nothing is left', async () => {
    const outcome = await run(['--skip-unreachable', `${TOPICS} WHERE cluster_name = 'nokey'`])
    expect(outcome).toMatchObject({ status: 2, stdout: '' })
    expect(outcome.stderr).toContain(`error: no credentials for kafka at ${url}/nokey (lkc-nokey)`)
  })
})

describe.concurrent('several profiles', () => {
  const both = async (...args: string[]): Promise<Outcome> => {
    const dir = folder()
    const one = `endpoints: { cloud: '${url}' }`
    writeFileSync(
      join(dir, 'c.yaml'),
      `profiles:\n  a: { ${one}, credentials: [{ for: cloud, key: k, secret: s-cloud }] }\n  b: { ${one} }\n`,
      { mode: 0o600 },
    )
    return cli(['--config', join(dir, 'c.yaml'), '--profile', 'a,b', '-o', 'csv', ...args], { env: NO_KEYS })
  }

  it('the rows of a profile without a key are left out', async () => {
    const outcome = await both('--skip-unreachable', 'SELECT profile, id FROM confluent.org.environments')
    expect(outcome).toMatchObject({ status: 4, stdout: 'profile,id\na,env-1\n' })
    expect(outcome.stderr).toContain(
      `left out: 1 call of confluent.org.environments at ${url}: no credentials`,
    )
  })

  it('EXPLAIN marks the profile without a key', async () => {
    const { status, stdout } = await both('EXPLAIN SELECT id FROM confluent.org.environments')
    expect(status).toBe(0)
    expect(stdout).toMatch(/no credentials for profile b/)
  })
})

describe.concurrent('without --skip-unreachable', () => {
  it('the error names the clusters and the option', async () => {
    const { status, stdout, stderr } = await run([TOPICS])
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^error: no credentials for kafka at \S+\/nokey \(lkc-nokey\): /)
    expect(stderr).toMatch(
      /\nhint: .*add \{ for: lkc-nokey, key: …, secret: … \} .*, or --skip-unreachable leaves them out of a SELECT\n$/,
    )
  })

  it('.skip on is for the statements after it', async () => {
    const outcome = await run(['shell', '-o', 'csv'], `.skip\n.skip on\n${TOPICS};\n.skip off\n${TOPICS};\n`)
    expect(outcome.stdout).toBe('cluster,topic\nlkc-ok,orders\n')
    expect(outcome.stderr).toContain(TOLD())
    expect(outcome.stderr).toMatch(/^skip: off\n/)
    expect(outcome.stderr).toMatch(/\nerror: no credentials/)
    expect(outcome.status).toBe(2)
  })

  it('diff never leaves anything out', async () => {
    const outcome = await run(['diff', TOPICS, TOPICS], undefined, 'skip_unreachable: true')
    expect(outcome).toMatchObject({ status: 2, stdout: '' })
    expect(outcome.stderr).toContain('lkc-nokey')
  })

  it('leaves a check without findings incomplete, and a baseline entry untold', async () => {
    const dir = folder()
    const [script, baseline, xml] = ['a.sql', 'a.yaml', 'a.xml'].map(name => join(dir, name)) as [
      string,
      string,
      string,
    ]
    const topics = (name: string): string =>
      `-- check: no topic is called ${name}\n${TOPICS} WHERE topic = '${name}';\n`
    writeFileSync(script, topics('payments'))
    writeFileSync(
      baseline,
      '- check: no topic is called payments\n  finding: { topic: payments }\n  until: 2999-01-01\n  reason: known\n',
    )
    const args = ['check', '--skip-unreachable', '-q', '-o', 'json', '-f', script]
    const one = await run([...args, '--baseline', baseline, '--report', xml])
    expect(one).toMatchObject({ status: 4, stderr: '' })
    const [row] = JSON.parse(one.stdout) as { result: string; findings: number; reason: string }[]
    expect(row).toMatchObject({
      result: 'incomplete',
      findings: 0,
      reason: expect.stringContaining('lkc-nokey'),
    })
    expect(readFileSync(xml, 'utf8')).toContain('<error type="incomplete"')
    writeFileSync(script, topics('orders'))
    expect(await run(args)).toMatchObject({ status: 3 })
    // without the option it is not answered
    expect(await run(args.filter(word => word !== '--skip-unreachable'))).toMatchObject({ status: 2 })
  })
})
