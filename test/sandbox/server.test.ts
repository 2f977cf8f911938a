import { createConnection } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import type { SandboxData } from '../../src/sandbox/types.ts'
import { askAt, method, realSandbox, smallCatalog } from './support.ts'

const { ask, sandbox, data, catalog } = realSandbox()

describe('credentials', () => {
  test.each([
    ['none', undefined, 'missing_key'],
    ['a wrong secret', `Basic ${Buffer.from('sandbox:wrong').toString('base64')}`, 'invalid_key'],
    ['a wrong key', `Basic ${Buffer.from('other:sandbox').toString('base64')}`, 'invalid_key'],
    ['a bearer token', 'Bearer sandbox', 'invalid_key'],
    ['nonsense', 'Basic %%%', 'invalid_key'],
  ])('with %s: 401 with the errors body, whatever the path', async (_, authorization, reason) => {
    for (const path of ['/iam/v2/users', '/nowhere']) {
      const response = await fetch(
        `${sandbox().url}${path}`,
        authorization === undefined ? {} : { headers: { Authorization: authorization } },
      )
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toContain(`Basic error="${reason}"`)
      const id = response.headers.get('x-request-id')
      expect(await response.json()).toEqual({
        errors: [
          {
            id,
            status: '401',
            code: 'user_unauthenticated',
            title: 'Unauthorized',
            detail: expect.any(String),
            source: {},
          },
        ],
      })
    }
  })

  test('the variables to export have the servers and their keys', () => {
    const { url, sites } = sandbox()
    expect(sandbox().env).toEqual({
      CONFLUENT_CLOUD_ENDPOINT: url,
      CONFLUENT_TELEMETRY_ENDPOINT: url,
      CONFLUENT_CLOUD_API_KEY: 'sandbox',
      CONFLUENT_CLOUD_API_SECRET: 'sandbox',
      TABLEFLOW_API_KEY: 'sandbox-tableflow',
      TABLEFLOW_API_SECRET: 'sandbox-tableflow',
      CONFLUENT_PARTNER_ACCESS_TOKEN: 'sandbox-partner',
      KAFKA_REST_ENDPOINT: sites['lkc-7p2v9d'],
      KAFKA_API_KEY: 'sandbox-kafka',
      KAFKA_API_SECRET: 'sandbox-kafka',
      SCHEMA_REGISTRY_REST_ENDPOINT: sites['lsrc-1v5d8k'],
      CATALOG_REST_ENDPOINT: sites['lsrc-1v5d8k'],
      SCHEMA_REGISTRY_API_KEY: 'sandbox-registry',
      SCHEMA_REGISTRY_API_SECRET: 'sandbox-registry',
      FLINK_REST_ENDPOINT: sites['aws.eu-central-1'],
      FLINK_API_KEY: 'sandbox-flink',
      FLINK_API_SECRET: 'sandbox-flink',
    })
  })
})

describe('headers', () => {
  test('each answer has a unique request id; a success has rate limits', async () => {
    const first = await ask('GET /iam/v2/users')
    const second = await ask('GET /iam/v2/users/u-none')
    expect(first.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'))
    for (const name of ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset']) {
      expect(first.headers.get(name)).toMatch(/^\d+$/)
      expect(second.headers.get(name)).toBeNull()
    }
    expect(first.headers.get('content-type')).toBe('application/json')
  })
})

describe('unknown requests', () => {
  test('a path that is unknown: 404', async () => {
    const { status, body, headers } = await ask('GET /iam/v3/users')
    expect(status).toBe(404)
    expect(body.errors[0]).toMatchObject({
      id: headers.get('x-request-id'),
      status: '404',
      title: 'Not Found',
    })
  })

  test('a method that is not allowed: 405 and the allowed ones', async () => {
    const { status, headers } = await ask('PATCH /iam/v2/invitations/i-00000', {})
    expect([status, headers.get('allow')]).toEqual([405, 'GET, DELETE'])
  })

  test.each(['/iam/v2/users/%E0%A4%A', '/iam/v2/users//', '/iam/v2/users/'])(
    'a broken path, %s',
    async path => {
      const { status } = await ask(`GET ${path}`)
      expect([400, 404]).toContain(status)
    },
  )

  test('a body above 1 MB: 413, and the server continues', async () => {
    const { status, body } = await ask('POST /iam/v2/invitations', { email: 'x'.repeat(1_100_000) })
    expect([status, body.errors[0].status]).toEqual([413, '413'])
    expect((await ask('GET /iam/v2/users')).status).toBe(200)
  })
})

describe('the server', () => {
  let other: Sandbox | undefined
  afterEach(async () => {
    await other?.close()
    other = undefined
  })

  test('listens only on 127.0.0.1', async () => {
    const { hostname, port } = new URL(sandbox().url)
    expect(hostname).toBe('127.0.0.1')
    const others = Object.values(networkInterfaces())
      .flatMap(list => list ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
    for (const host of ['127.0.0.2', ...others.map(({ address }) => address)]) {
      const outcome = await new Promise(resolve => {
        const socket = createConnection({ host, port: Number(port), timeout: 1000 })
        socket
          .on('connect', () => resolve('connected'))
          .on('error', () => resolve('refused'))
          .on('timeout', () => resolve('refused'))
        socket.on('close', () => socket.destroy())
      })
      expect(outcome).toBe('refused')
    }
  })

  test('keeps a log of method, URL and status', async () => {
    other = await startSandbox({ catalog, data: data() })
    await askAt(other.url, 'GET /iam/v2/users?page_size=1')
    await askAt(other.url, 'DELETE /iam/v2/users/u-none')
    expect(other.log).toEqual([
      { method: 'GET', url: '/iam/v2/users?page_size=1', status: 200 },
      { method: 'DELETE', url: '/iam/v2/users/u-none', status: 404 },
    ])
  })

  test('reports that its port is in use', async () => {
    const port = Number(new URL(sandbox().url).port)
    await expect(startSandbox({ catalog, data: data(), port })).rejects.toMatchObject({
      code: 'NETWORK',
      hint: expect.stringContaining('--port'),
    })
  })

  test('closes at once with all connections, and can be closed twice', async () => {
    const ending = await startSandbox({ catalog, data: data() })
    const socket = createConnection({ host: '127.0.0.1', port: Number(new URL(ending.url).port) })
    const closed = new Promise(resolve => socket.on('close', resolve).on('error', () => {}))
    await new Promise(resolve => socket.on('connect', resolve))
    socket.write('GET /iam/v2/users HTTP/1.1\r\nHost: x\r\n')
    await ending.close()
    await closed
    await ending.close()
    await expect(fetch(ending.url)).rejects.toThrow('fetch failed')
  })

  test('starts fresh each time: the next one does not see earlier changes', async () => {
    const change = async () => {
      other = await startSandbox({ catalog, data: data() })
      const made = await askAt(other.url, 'POST /iam/v2/invitations', { email: 'new@example.com' })
      const all = await askAt(other.url, 'GET /iam/v2/invitations?email=new@example.com')
      await other.close()
      return [made.status, made.body, all.body.data]
    }
    const first = await change()
    expect(first[0]).toBe(201)
    expect(await change()).toEqual(first)
  })
})

describe('several hosts', () => {
  const empty = { rows: [] }
  const two: SandboxData = {
    now: '2026-11-01T00:00:00.000000Z',
    credentials: { user: 'sandbox', password: 'sandbox' },
    vars: {},
    references: {},
    resources: { 'p.s.here': { rows: [{ doc: { id: 'a' } }] }, 'p.s.there': empty },
  }
  const hosts = smallCatalog(['main', 'other'], {
    here: {
      columns: [{ name: 'id', type: 'string' }],
      methods: [method('GET', '/here/{id}', { rows: { at: '$', kind: 'one' } })],
    },
    there: {
      columns: [{ name: 'id', type: 'string' }],
      methods: [method('GET', '/there', { host: 'other', rows: { at: '$', kind: 'array' } })],
    },
  })

  test('have a port each, and only their own paths', async () => {
    const both = await startSandbox({ catalog: hosts, data: two })
    expect(both.env).toMatchObject({ MAIN_URL: both.url, MAIN_USER: 'sandbox', OTHER_PASSWORD: 'sandbox' })
    const { OTHER_URL = '' } = both.env
    expect(OTHER_URL).not.toBe(both.url)
    expect((await askAt(both.url, 'GET /here/a')).body).toEqual({ id: 'a' })
    expect((await askAt(OTHER_URL, 'GET /there')).body).toEqual([])
    expect((await askAt(both.url, 'GET /there')).status).toBe(404)
    await both.close()
  })

  test('data of a resource that the catalog does not have is refused', async () => {
    const data_ = { ...two, resources: { ...two.resources, 'p.s.nowhere': empty } }
    await expect(startSandbox({ catalog: hosts, data: data_ })).rejects.toMatchObject({
      code: 'PROVIDER',
      message: expect.stringContaining('p.s.nowhere'),
    })
  })
})
