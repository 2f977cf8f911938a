import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Profile } from '../../src/config/types.ts'
import type { Trace } from '../../src/http/types.ts'
import { profileOf } from '../config/support.ts'
import { at, basic, KEY, PLANE, plane, sentTo } from './planes.ts'
import { client, collect, failing, hostAt, json, serve } from './support.ts'

const OWN = basic(KEY.PLANE_KEY, KEY.PLANE_SECRET)
const checking = (options: Parameters<typeof client>[0], ...calls: ReturnType<typeof at>[]) =>
  failing(
    'CREDENTIALS',
    Promise.resolve().then(() => client(options).check(calls)),
  )

describe('the key of the variables', () => {
  it('is sent to the URL of its variable, and to no other URL in a statement', async () => {
    const [own, other] = [await plane(), await plane()]
    const env = { ...KEY, PLANE_URL: own.url }
    const made = client({ env })
    await collect(made, at(undefined))
    await collect(made, at(own.url))
    expect(sentTo(own)).toEqual([OWN, OWN])
    const error = await failing('CREDENTIALS', collect(made, at(other.url, { cluster_id: 'lkc-9' })))
    expect(error.message).toBe(
      `no credentials for kafka at ${other.url} (lkc-9): PLANE_KEY and PLANE_SECRET are for ${own.url}`,
    )
    expect(error.hint).toContain('add { for: lkc-9, key: …, secret: … } to profiles.default.credentials')
    expect(other.seen).toHaveLength(0)
  })

  it('without such a variable is sent to only one host for the life of the client', async () => {
    const [first, second] = [await plane(), await plane()]
    const made = client({ env: KEY })
    await collect(made, at(first.url))
    await collect(made, at(first.url))
    const error = await failing('CREDENTIALS', collect(made, at(second.url)))
    expect(error.message).toContain(
      `PLANE_KEY and PLANE_SECRET were used for ${first.url}, and are not sent to ${second.url}`,
    )
    expect(sentTo(first)).toEqual([OWN, OWN])
    expect(second.seen).toHaveLength(0)
  })

  it('without such a variable is not sent when calls have several hosts', async () => {
    const made = client({ env: KEY })
    const [first, second] = [await plane(), await plane()]
    const error = await failing(
      'CREDENTIALS',
      Promise.resolve().then(() => made.check([at(first.url), at(second.url)])),
    )
    expect(error.message).toContain(
      `which of them PLANE_KEY and PLANE_SECRET are for is not known: ${first.url}, ${second.url}`,
    )
    expect(error.hint).toContain('Set PLANE_URL')
    made.check([at(second.url), at(second.url)])
  })

  it("without such a variable is sent to a URL of the statement only below the provider's domains", async () => {
    const env = KEY
    client({ env }).check([at('https://pkc-1.planes.example:443')])
    client({ env }).check([at('https://planes.example')])
    for (const url of [
      'https://evil.example',
      'https://planes.example.evil.example',
      'https://notplanes.example',
      'https://10.0.0.1',
    ]) {
      const error = await checking({ env }, at(url))
      expect(error.message).toContain(
        `PLANE_KEY and PLANE_SECRET are not sent to ${url}: only the statement names it`,
      )
      expect(error.hint).toContain(`for: ${url}, key`)
    }
  })

  it('is sent to the host of its variable, whatever its name', async () => {
    const server = await plane()
    const env = { ...KEY, PLANE_URL: server.url }
    await collect(client({ env }), at(undefined))
    await collect(client({ env }), at(`${server.url}/`))
    expect(sentTo(server)).toEqual([OWN, OWN])
  })

  it('is for the resource in a variable', async () => {
    const env = { ...KEY, PLANE_ID: 'lkc-1' }
    client({ env }).check([at('https://pkc-1.planes.example', { cluster_id: 'lkc-1' })])
    const error = await checking({ env }, at('https://pkc-2.planes.example', { cluster_id: 'lkc-2' }))
    expect(error.message).toContain('PLANE_KEY and PLANE_SECRET are for lkc-1 (PLANE_ID)')
  })

  it('is tied to a path as well, where hosts share one name', async () => {
    const env = { ...KEY, PLANE_URL: 'https://gateway.example/one' }
    client({ env }).check([at('https://gateway.example/one')])
    expect((await checking({ env }, at('https://gateway.example/two'))).message).toContain(
      'are for https://gateway.example/one',
    )
    expect((await checking({ env }, at('https://gateway.example/one-more'))).message).toContain(
      'are for https://gateway.example/one',
    )
  })

  it('is not followed by a redirect to another host, nor seen by a proxy', async () => {
    const [other, proxy] = [await plane(), await plane()]
    const server = await serve((_, response) =>
      response.writeHead(302, { location: `${other.url}/topics` }).end(),
    )
    await failing(
      'API',
      collect(client({ env: { ...KEY, HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url } }), at(server.url)),
    )
    expect(sentTo(server)).toEqual([OWN])
    expect(other.seen).toHaveLength(0)
    expect(proxy.seen).toHaveLength(0)
  })

  it('is not part of the CONNECT request to a proxy', async () => {
    const asked: string[] = []
    const proxy = createServer()
    proxy.on('connect', (request, socket) => {
      asked.push(`${request.url} ${JSON.stringify(request.headers)}`)
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    })
    proxy.listen(0, '127.0.0.1')
    await new Promise(resolve => {
      proxy.once('listening', resolve)
    })
    onTestFinished(() => {
      proxy.close()
    })
    const env = { ...KEY, HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }
    await failing('NETWORK', collect(client({ env, retries: 0 }), at('https://pkc-1.planes.example')))
    expect(asked).toHaveLength(1)
    expect(asked[0]).toContain('pkc-1.planes.example:443')
    expect(asked[0]).not.toContain(OWN.slice(6))
  })
})

describe('keys of a profile', () => {
  const keys = (...targets: string[]): Promise<Profile> =>
    profileOf(
      `credentials:\n${targets.map((target, i) => `  - { for: ${target}, key: key${i}, secret: profile-secret-${i} }`).join('\n')}`,
    )
  const key = (i: number): string => basic(`key${i}`, `profile-secret-${i}`)

  it('are each sent to the host of their cluster, as named by the API', async () => {
    const [one, two] = [await plane(), await plane()]
    const made = client({ env: {}, profile: await keys('lkc-1', 'lkc-2') })
    const calls = [at(one.url, { cluster_id: 'lkc-1' }), at(two.url, { cluster_id: 'lkc-2' })]
    made.check(calls)
    await Promise.all(calls.map(call => collect(made, call)))
    expect(sentTo(one)).toEqual([key(0)])
    expect(sentTo(two)).toEqual([key(1)])
  })

  it('are distinguished when they are on one line of the file', async () => {
    const [one, two] = [await plane(), await plane()]
    const command = (text: string): string =>
      `{ command: ['${process.execPath}', -e, 'console.log("${text}")'] }`
    const profile = await profileOf(
      `credentials: [{ for: lkc-1, key: key0, secret: profile-secret-0 }, { for: lkc-2, key: ${command('key1')}, secret: ${command('profile-secret-1')} }]`,
    )
    const made = client({ env: { PATH: process.env['PATH'] }, profile })
    for (let i = 0; i < 2; i++) {
      await collect(made, at(one.url, { cluster_id: 'lkc-1' }))
      await collect(made, at(two.url, { cluster_id: 'lkc-2' }))
    }
    expect([sentTo(one), sentTo(two)]).toEqual([
      [key(0), key(0)],
      [key(1), key(1)],
    ])
  })

  it('are never sent to the host of another cluster', async () => {
    const [one, two] = [await plane(), await plane()]
    const made = client({ env: {}, profile: await keys('lkc-1', 'lkc-2') })
    const crossed = [at(one.url, { cluster_id: 'lkc-1' }), at(two.url, { cluster_id: 'lkc-1' })]
    expect(
      (
        await failing(
          'CREDENTIALS',
          Promise.resolve().then(() => made.check(crossed)),
        )
      ).message,
    ).toContain('a key is sent to one host alone')
    await collect(made, crossed[0]!)
    await failing('CREDENTIALS', collect(made, crossed[1]!))
    expect(two.seen).toHaveLength(0)
    expect(
      (
        await checking(
          { env: {}, profile: await keys('lkc-1') },
          at('https://evil.example', { cluster_id: 'lkc-1' }),
        )
      ).message,
    ).toContain('not sent to https://evil.example')
  })

  it("are sent to the profile's URL of their cluster, and to no other", async () => {
    const [own, other] = [await plane(), await plane()]
    const profile = await profileOf(
      `endpoints: { lkc-1: '${own.url}' }\ncredentials: [{ for: lkc-1, key: key0, secret: profile-secret-0 }]`,
    )
    await collect(client({ env: {}, profile }), at(undefined, { cluster_id: 'lkc-1' }))
    await collect(client({ env: {}, profile }), at(own.url))
    expect(sentTo(own)).toEqual([key(0), key(0)])
    const error = await failing(
      'CREDENTIALS',
      collect(client({ env: {}, profile }), at(other.url, { cluster_id: 'lkc-1' })),
    )
    expect(error.message).toContain(`the credential at config.yaml:4 is for ${own.url}`)
    expect(other.seen).toHaveLength(0)
  })

  it('are chosen by the most specific scope, then by their order', async () => {
    const server = await plane()
    const host = server.url.slice(7)
    const [name] = host.split(':')
    const used = async (
      profile: Profile,
      env: Record<string, string> = {},
      args: Record<string, string> = { cluster_id: 'lkc-1', environment_id: 'env-1' },
    ) => {
      await collect(client({ env, profile }), at(server.url, args))
      return sentTo(server).at(-1)
    }
    expect(await used(await keys('kafka', `'${server.url}'`, 'lkc-1'))).toBe(key(2))
    expect(await used(await keys('kafka', `'${host}'`, 'lkc-2'))).toBe(key(1))
    expect(await used(await keys('kafka', '{ environment: env-1, region: "127" }'))).toBe(key(1))
    expect(await used(await keys('kafka', '{ environment: env-2, region: "127" }'))).toBe(key(0))
    expect(await used(await keys('kafka', 'kafka'))).toBe(key(0))
    expect(await used(await keys('{ kind: flink, resource: lkc-1 }', 'kafka'))).toBe(key(1))
    expect(await used(await keys(`'${name}'`, 'kafka'))).toBe(key(1))
    expect(await used(await keys('lkc-1'), KEY)).toBe(key(0))
    expect(await used(await keys('kafka'), KEY)).toBe(OWN)
    expect(await used(await keys('lkc-1'), { ...KEY, PLANE_ID: 'lkc-1' })).toBe(OWN)
  })

  it('are matched by a region and the prefix of a host name', async () => {
    const profile = await keys('{ environment: env-1, region: aws.us-east-1 }', 'lkc-7')
    const options = { env: {}, profile }
    client(options).check([at('https://flink.us-east-1.aws.planes.example', { environment_id: 'env-1' })])
    client(options).check([at('https://lkc-7-ap1.us-east-1.aws.planes.example')])
    for (const [url, ids] of [
      ['https://flink.us-east-2.aws.planes.example', { environment_id: 'env-1' }],
      ['https://lkc-77.us-east-1.aws.planes.example', {}],
      ['https://lkc-7.us-east-1.aws.planes.example', { cluster_id: 'lkc-8' }],
    ] as const)
      expect((await checking(options, at(url, ids))).message).toContain(`no credentials for kafka at ${url}`)
  })

  it('for a domain are sent to all hosts below it, and to no other', async () => {
    const profile = await keys("'*.gateway.example'")
    client({ env: {}, profile }).check([at('https://a.gateway.example'), at('https://b.c.gateway.example')])
    for (const url of [
      'https://gateway.example',
      'https://a.gateway.example.evil.example',
      'https://a.gateway.example:444',
    ])
      expect((await checking({ env: {}, profile }, at(url))).message).toContain(
        `no credentials for kafka at ${url}`,
      )
  })

  it('of a cluster are not for hosts that serve everyone', async () => {
    const cloud = hostAt('https://api.example', { kind: 'cloud', resource: { params: ['cluster_id'] } })
    const { method } = at(undefined)
    expect(
      (
        await checking(
          { env: {}, profile: await keys('lkc-1') },
          { host: cloud, method, args: { cluster_id: ['lkc-1'] } },
        )
      ).message,
    ).toContain(
      'no credentials for cloud: TEST_KEY and TEST_SECRET are not set; profile default has none that fits',
    )
    client({ env: {}, profile: await keys('cloud') }).check([{ host: cloud, method, args: {} }])
  })

  it('of one kind are sent only to its URL, even if the statement gives another', async () => {
    const [own, other] = [await plane(), await plane()]
    const profile = await profileOf(
      `endpoints: { kafka: '${own.url}' }\ncredentials: [{ for: kafka, key: key0, secret: profile-secret-0 }]`,
    )
    await collect(client({ env: {}, profile }), at(undefined))
    expect(sentTo(own)).toEqual([key(0)])
    await failing('CREDENTIALS', collect(client({ env: {}, profile }), at(other.url)))
    await failing('CREDENTIALS', collect(client({ env: { PLANE_URL: other.url }, profile }), at(undefined)))
    expect(other.seen).toHaveLength(0)
  })

  it('yield to the variables, with one notice', async () => {
    const server = await plane()
    const notices: string[] = []
    const made = client({ env: KEY, profile: await keys('kafka'), onNotice: text => notices.push(text) })
    await collect(made, at(server.url))
    await collect(made, at(server.url))
    expect(notices).toEqual([
      'PLANE_KEY and PLANE_SECRET are set and used for kafka, not the credential at config.yaml:4',
    ])
  })
})

describe('missing credentials', () => {
  it('are reported for all calls at once, with what is needed and where to add it', async () => {
    const profile: Profile = { name: 'prod', file: '/home/me/config.yaml', endpoints: {}, credentials: [] }
    const calls = [1, 2].map(i => at(`https://pkc-${i}.planes.example`, { cluster_id: `lkc-${i}` }))
    const error = await checking({ env: { PLANE_KEY: 'k' }, profile }, ...calls)
    expect(error.message).toBe(
      'no credentials for kafka at https://pkc-1.planes.example (lkc-1), https://pkc-2.planes.example (lkc-2): PLANE_SECRET is not set',
    )
    expect(error.hint).toBe(
      'Set PLANE_KEY and PLANE_SECRET (and PLANE_URL), or add { for: lkc-1, key: …, secret: … } to profiles.prod.credentials in /home/me/config.yaml, and one for each of the others, or try --sandbox, which needs none',
    )
  })

  it('end the call before it is sent', async () => {
    const server = await plane()
    await failing('CREDENTIALS', collect(client({ env: {} }), at(server.url)))
    const unset = await profileOf('credentials: [{ for: kafka, key: k, secret: { env: UNSET } }]')
    expect(
      (await failing('CREDENTIALS', collect(client({ env: {}, profile: unset }), at(server.url)))).message,
    ).toBe('secret of the credential at config.yaml:3: UNSET is not set')
    expect(server.seen).toHaveLength(0)
  })

  it('are no error for hosts without authentication', async () => {
    const server = await plane()
    await collect(
      client({
        env: KEY,
        profile: await profileOf(`credentials: [{ for: '${server.url}', key: k, secret: s }]`),
      }),
      at(server.url, {}, { ...PLANE, auth: { kind: 'none' } }),
    )
    expect(sentTo(server)).toEqual([undefined])
  })
})

describe('secrets from anywhere', () => {
  it('are masked in texts of the server, and are in no trace', async () => {
    const secret = 'quoted "secret" & more'
    const profile = await profileOf(
      `credentials: [{ for: kafka, key: { command: ['${process.execPath}', -e, 'console.log("key-of-command")'] }, secret: { env: THE_SECRET } }]`,
    )
    const server = await serve((request, response) =>
      json(
        response,
        { message: `${request.headers.authorization} ${secret} ${new URLSearchParams({ secret })}` },
        403,
      ),
    )
    const traces: Trace[] = []
    const error = await failing(
      'API',
      collect(
        client({
          env: { ...process.env, THE_SECRET: secret },
          profile,
          onTrace: trace => traces.push(trace),
        }),
        at(server.url),
      ),
    )
    expect(sentTo(server)).toEqual([basic('key-of-command', secret)])
    expect(error.message).toContain('Basic [hidden] [hidden] secret=[hidden]')
    expect(traces).toHaveLength(1)
    const told = JSON.stringify([error.message, error.hint, traces])
    for (const form of [
      secret,
      JSON.stringify(secret).slice(1, -1),
      basic('key-of-command', secret).slice(6),
    ])
      expect(told).not.toContain(form)
  })

  it('are named by their source when they are refused', async () => {
    const server = await serve((_, response) => json(response, { message: 'no' }, 401))
    const profile = await profileOf('credentials: [{ for: kafka, key: k, secret: s }]')
    expect((await failing('API', collect(client({ env: {}, profile }), at(server.url)))).hint).toContain(
      'Check the credential at config.yaml:3',
    )
    expect((await failing('API', collect(client({ env: KEY }), at(server.url)))).hint).toContain(
      'Check PLANE_KEY and PLANE_SECRET',
    )
    expect(server.seen).toHaveLength(2)
  })
})
