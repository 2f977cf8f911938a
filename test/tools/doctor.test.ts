import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { cli, folder, PROGRAM, server, spawned, type Outcome } from '../cli/support.ts'

interface Finding {
  readonly check: string
  readonly status: string
  readonly detail: string
  readonly mend: string | null
}

const findings = ({ stdout }: Outcome): Finding[] => JSON.parse(stdout) as Finding[]
const of = (outcome: Outcome, check: string): Finding[] => findings(outcome).filter(f => f.check === check)
const NONE = Object.fromEntries(
  ['KAFKA_API_KEY', 'KAFKA_API_SECRET', 'SCHEMA_REGISTRY_API_SECRET', 'FLINK_API_SECRET'].map(name => [
    name,
    undefined,
  ]),
)

/** Runs doctor with variables of its own, in a home that has this profile file. */
async function doctor(
  env: Readonly<Record<string, string | undefined>>,
  profile?: string,
  mode = 0o600,
  ...args: string[]
): Promise<Outcome> {
  const home = folder()
  if (profile !== undefined) {
    mkdirSync(join(home, 'confluentql'))
    writeFileSync(join(home, 'confluentql/config.yaml'), profile)
    chmodSync(join(home, 'confluentql/config.yaml'), mode)
  }
  return cli(['doctor', '-o', 'json', ...args], { env: { ...NONE, XDG_CONFIG_HOME: home, ...env } })
}

const answering = (status: number, date = new Date()): Promise<string> =>
  server((_request, response) => {
    response.sendDate = false
    response
      .writeHead(status, { Date: date.toUTCString() })
      .end(
        status < 300 ? '{"data":[{"id":"env-1","name":"x"}],"metadata":{}}' : '{"errors":[{"detail":"no"}]}',
      )
  })

describe.concurrent("a program without SQLite's module", () => {
  const program = (): string => {
    const dir = folder()
    cpSync(dirname(PROGRAM), join(dir, 'dist'), { recursive: true })
    cpSync(join(dirname(PROGRAM), '../package.json'), join(dir, 'package.json'))
    return join(dir, 'dist/cli.js')
  }
  const MISSING =
    /better-sqlite3 cannot be loaded: .*\n(?:hint:| *→) install confluentql anew with the Node that runs it/

  it.each([['SELECT 1'], ['doctor'], ['diff', 'a.csv', 'a.csv']])(
    'says how to install it: %s',
    async (...args) => {
      const file = program()
      writeFileSync(join(dirname(file), 'a.csv'), 'a\n1\n')
      const { status, stdout, stderr } = await spawned(process.execPath, [file, ...args], {
        cwd: dirname(file),
      })
      expect(status).toBeGreaterThan(0)
      expect(stdout + stderr).toMatch(MISSING)
      expect(stderr).not.toContain('^')
    },
  )

  it('reports a module built for another Node the same way', async () => {
    const file = program()
    const modules = join(dirname(file), '../node_modules')
    const from = join(dirname(PROGRAM), '../node_modules')
    for (const name of ['bindings', 'file-uri-to-path', 'better-sqlite3/lib', 'better-sqlite3/package.json'])
      cpSync(join(from, name), join(modules, name), { recursive: true })
    mkdirSync(join(modules, 'better-sqlite3/build/Release'), { recursive: true })
    writeFileSync(join(modules, 'better-sqlite3/build/Release/better_sqlite3.node'), 'no module')
    const { status, stderr } = await spawned(process.execPath, [file, 'SELECT 1'], {})
    expect(status).toBe(2)
    expect(stderr).toMatch(MISSING)
  })
})

describe.concurrent('doctor', () => {
  it('reports the sandbox as ok, in lines for people', async () => {
    const { status, stdout, stderr } = await cli(['doctor', '--sandbox'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^ok {7}Node: \d+\.\d+\.\d+\nok {7}SQLite: 3\.\d+\.\d+\n/)
    for (const host of ['cloud', 'tableflow', 'partner', 'telemetry', 'registry', 'catalog'])
      expect(stdout).toMatch(
        new RegExp(`^ok {7}${host}: http://127\\.0\\.0\\.1:\\d+ answered in \\d+ ms$`, 'm'),
      )
    expect(stdout).not.toMatch(/not checked/)
    expect(stdout).toMatch(/^ok {7}clock: /m)
    expect(stdout).not.toMatch(/sandbox-/)
  })

  it('reports a missing variable of a probe', async () => {
    const { stdout } = await cli(['doctor'], {
      env: { KAFKA_REST_ENDPOINT: 'http://127.0.0.1:1', CONFLUENT_CLOUD_ENDPOINT: 'http://127.0.0.1:1' },
    })
    expect(stdout).toMatch(/^warning {2}cluster: not checked: KAFKA_ID is not set\n {9}→ set KAFKA_ID$/m)
  })

  it('probes each configured host once, without changes', async () => {
    const asked: string[] = []
    const url = await server((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response.end(
        request.url!.includes('/clusters/')
          ? '{"cluster_id":"lkc-1"}'
          : '{"data":[{"id":"x"}],"metadata":{"next":""}}',
      )
    })
    const outcome = await doctor({
      CONFLUENT_CLOUD_ENDPOINT: url,
      CONFLUENT_TELEMETRY_ENDPOINT: url,
      KAFKA_REST_ENDPOINT: url,
      KAFKA_ID: 'lkc-1',
      KAFKA_API_KEY: 'k',
      KAFKA_API_SECRET: 's',
    })
    expect(outcome).toMatchObject({ status: 0, stderr: '' })
    // the others list what may need a key, each once
    const lists =
      /^GET \/(?:org\/v2\/environments|cmk\/v2\/clusters|srcm\/v3\/clusters|fcpm\/v2\/(?:compute-pools|regions))\?.*page_size=100$/
    expect(asked.filter(a => !lists.test(a)).sort()).toEqual([
      'GET /kafka/v3/clusters/lkc-1',
      'GET /org/v2/environments?page_size=1',
      expect.stringMatching(/^GET \/v2\/metrics\/cloud\/descriptors\/resources\?/),
    ])
    expect(new Set(asked).size).toBe(asked.length)
  })

  it('lists the clusters without a key, told apart from failures', async () => {
    const url: string = await server((request, response) => {
      const { pathname } = new URL(request.url!, 'http://127.0.0.1')
      const status = pathname.startsWith('/srcm') ? 403 : 200
      const rows =
        pathname === '/cmk/v2/clusters'
          ? ['a', 'b', 'c'].map(id => ({
              id: `lkc-${id}`,
              spec: { display_name: `name-${id}`, http_endpoint: `${url}/${id}` },
            }))
          : [{ id: 'env-1', display_name: 'one' }]
      response
        .writeHead(status)
        .end(status === 200 ? JSON.stringify({ data: rows, metadata: {} }) : '{"errors":[{"detail":"no"}]}')
    })
    const profile = `profiles:
  default:
    endpoints: { cloud: '${url}', telemetry: '${url}' }
    credentials:
      - { for: cloud, key: k, secret: cloud-secret-1 }
      - { for: lkc-a, key: k, secret: cluster-secret-1 }
`
    const unset = { CONFLUENT_CLOUD_API_KEY: undefined, CONFLUENT_CLOUD_API_SECRET: undefined }
    const outcome = await doctor({ ...unset, CONFLUENT_TELEMETRY_ENDPOINT: url }, profile)
    expect(outcome).toMatchObject({ status: 0, stderr: '' })
    expect(of(outcome, 'keys')).toEqual([
      {
        check: 'keys',
        status: 'warning',
        detail: expect.stringMatching(/^which addresses of schema_registry have no key is not known: .*403/),
        mend: expect.any(String),
      },
      {
        check: 'keys',
        status: 'warning',
        detail: '2 of 3 addresses of kafka have no key: lkc-b name-b env-1, lkc-c name-c env-1',
        mend: expect.stringContaining('--skip-unreachable'),
      },
    ])
  })

  it.each<readonly [status: number, mend: RegExp]>([
    [401, /CONFLUENT_CLOUD_API_KEY/],
    [403, /roles of its owner/],
  ])('a host that answers %d', async (code, mend) => {
    const url = await answering(code)
    const outcome = await doctor({ CONFLUENT_CLOUD_ENDPOINT: url, CONFLUENT_TELEMETRY_ENDPOINT: url })
    expect(outcome).toMatchObject({ status: 1, stderr: '' })
    expect(of(outcome, 'cloud')).toEqual([
      {
        check: 'cloud',
        status: 'wrong',
        detail: expect.stringContaining(String(code)),
        mend: expect.stringMatching(mend),
      },
    ])
  })

  it('reports an unreachable host, and missing or incomplete credentials', async () => {
    const outcome = await doctor({
      CONFLUENT_CLOUD_ENDPOINT: 'http://127.0.0.1:1',
      CONFLUENT_TELEMETRY_ENDPOINT: 'http://127.0.0.1:1',
      KAFKA_API_KEY: 'k',
    })
    expect(outcome.status).toBe(1)
    expect(of(outcome, 'cloud')[0]).toMatchObject({
      status: 'wrong',
      detail: expect.stringMatching(/127\.0\.0\.1:1/),
      mend: expect.any(String),
    })
    expect(of(outcome, 'credentials')).toContainEqual({
      check: 'credentials',
      status: 'wrong',
      detail: 'KAFKA_API_KEY is set, KAFKA_API_SECRET is not',
      mend: 'set KAFKA_API_SECRET, or unset the other',
    })
    const none = await doctor({ CONFLUENT_CLOUD_API_KEY: undefined, CONFLUENT_CLOUD_API_SECRET: undefined })
    expect(none.status).toBe(1)
    expect(of(none, 'cloud')[0]).toMatchObject({
      status: 'wrong',
      detail: expect.stringContaining('CONFLUENT_CLOUD_API_KEY'),
      mend: expect.stringContaining('--sandbox'),
    })
  })

  it('reports a wrong clock', async () => {
    const url = await answering(200, new Date(Date.now() + 600_000))
    const outcome = await doctor({ CONFLUENT_CLOUD_ENDPOINT: url, CONFLUENT_TELEMETRY_ENDPOINT: url })
    expect(of(outcome, 'clock')).toEqual([
      {
        check: 'clock',
        status: 'warning',
        detail: expect.stringMatching(/^is (?:59\d|60\d) s behind the hosts$/),
        mend: expect.stringContaining('NTP'),
      },
    ])
  })

  it("reports the scope and source of the profile's keys, never their values", async () => {
    const url = await answering(200)
    const text = `profiles:\n  default:\n    endpoints: { cloud: '${url}' }\n    credentials:\n      - { for: cloud, key: LITERALKEY, secret: literal-secret }\n      - { for: lkc-1, key: { env: NO_SUCH_KEY }, secret: { command: [echo, from-a-command] } }\n`
    const outcome = await doctor(
      { CONFLUENT_CLOUD_API_KEY: undefined, CONFLUENT_CLOUD_API_SECRET: undefined },
      text,
    )
    expect(of(outcome, 'profile')[0]).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/^default of .*config\.yaml: 2 credentials, 1 endpoint$/),
    })
    expect(of(outcome, 'credentials')).toEqual([
      {
        check: 'credentials',
        status: 'ok',
        detail: expect.stringMatching(/config\.yaml:5: a key for cloud, from the file$/),
        mend: null,
      },
      {
        check: 'credentials',
        status: 'wrong',
        detail: expect.stringMatching(/config\.yaml:6: a key for lkc-1: NO_SUCH_KEY not set$/),
        mend: 'set NO_SUCH_KEY',
      },
    ])
    expect(of(outcome, 'cloud')[0]).toMatchObject({ status: 'ok' })
    expect(outcome.stdout).not.toMatch(/LITERALKEY|literal-secret|from-a-command/)
    const open = await doctor({}, text, 0o644)
    expect(of(open, 'profile')[0]).toMatchObject({
      status: 'wrong',
      detail: expect.stringContaining('open to others'),
      mend: expect.stringMatching(/chmod 600/),
    })
    expect(open).toMatchObject({ status: 1 })
    expect(of(await doctor({}, 'profiles: ['), 'profile')[0]).toMatchObject({
      status: 'wrong',
      detail: expect.stringContaining('is not YAML'),
    })
    expect(of(await doctor({}, text, 0o600, '--profile', 'other'), 'profile')[0]).toMatchObject({
      status: 'wrong',
      detail: expect.stringContaining('no profile "other"'),
    })
  })

  it('reports invalid proxies and certificates', async () => {
    const dir = folder()
    const [good, bad] = [join(dir, 'good.pem'), join(dir, 'bad.pem')]
    writeFileSync(good, rootCertificates.slice(0, 2).join('\n'))
    writeFileSync(bad, 'no certificate')
    const url = await answering(200)
    const base = { CONFLUENT_CLOUD_ENDPOINT: url, CONFLUENT_TELEMETRY_ENDPOINT: url }
    const outcome = await doctor({
      ...base,
      HTTPS_PROXY: 'http://someone:proxy-password@proxy.example.com:8080',
      NO_PROXY: 'localhost',
      NODE_EXTRA_CA_CERTS: good,
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    })
    expect(outcome.status).toBe(0)
    expect(of(outcome, 'proxy').map(f => f.detail)).toEqual([
      'HTTPS_PROXY is http://proxy.example.com:8080',
      'NO_PROXY is localhost',
    ])
    const odd = await doctor({
      ...base,
      HTTPS_PROXY: 'http://p:1',
      NO_PROXY: 'x',
      no_proxy: '*.x, 10.0.0.0/99,a*b',
    })
    expect(of(odd, 'proxy')).toMatchObject([
      { status: 'ok' },
      { status: 'ok', detail: 'NO_PROXY is *.x, 10.0.0.0/99,a*b' },
      {
        status: 'warning',
        detail: 'NO_PROXY: 10.0.0.0/99, a*b name no host',
        mend: expect.stringContaining('10.0.0.0/8'),
      },
    ])
    expect(of(outcome, 'certificates')).toMatchObject([
      { status: 'ok', detail: expect.stringContaining('2 certificates') },
      { status: 'warning', detail: expect.stringContaining('NODE_TLS_REJECT_UNAUTHORIZED') },
    ])
    expect(outcome.stdout + outcome.stderr).not.toContain('proxy-password')
    for (const [file, words] of [
      [bad, 'has no certificate'],
      [join(dir, 'none.pem'), 'is not there'],
    ] as const) {
      const found = await doctor({ ...base, NODE_EXTRA_CA_CERTS: file, HTTPS_PROXY: 'nonsense' })
      expect(of(found, 'certificates')).toMatchObject([
        { status: 'wrong', detail: expect.stringContaining(words) },
      ])
      expect(of(found, 'proxy')).toMatchObject([{ status: 'wrong', detail: 'HTTPS_PROXY is not a URL' }])
    }
  })
})

describe.concurrent('a profile file without the profile that is used', () => {
  const PROFILES = 'profiles:\n  production:\n    endpoints: { cloud: "http://127.0.0.1:9" }\n  staging: {}\n'

  it('is a warning that names its profiles', async () => {
    const outcome = await doctor({}, PROFILES, 0o600, '--retries', '0')
    expect(of(outcome, 'profile')).toEqual([
      {
        check: 'profile',
        status: 'warning',
        detail: expect.stringMatching(
          /config\.yaml has no profile default, but production, staging: none is used, and variables alone count$/,
        ),
        mend: 'choose one: --profile production, or CONFLUENTQL_PROFILE=production',
      },
    ])
  })

  it('is none if the profile is there, even if it is empty', async () => {
    const outcome = await doctor({}, PROFILES, 0o600, '--profile', 'staging', '--retries', '0')
    expect(of(outcome, 'profile')).toMatchObject([{ status: 'ok' }])
  })
})
