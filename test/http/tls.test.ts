import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli, folder, page } from '../cli/support.ts'
import { client, collect, failing, hostAt, LIST } from './support.ts'

/** A server whose certificate no authority that is known has signed. */
let url: string
let asked = 0
const dir = folder()
const certificate = join(dir, 'certificate.pem')
const server = createServer()

beforeAll(async () => {
  const key = join(dir, 'key.pem')
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      key,
      '-out',
      certificate,
      '-days',
      '2',
      '-subj',
      '/CN=127.0.0.1',
      '-addext',
      'subjectAltName=IP:127.0.0.1,DNS:api.invalid',
    ],
    { stdio: 'ignore' },
  )
  server.setSecureContext({ key: readFileSync(key), cert: readFileSync(certificate) })
  server.on('request', (_request, response) => {
    asked++
    response.end(page(['u-1', 'u-2']))
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const query = (env: Record<string, string>) =>
  cli(
    ['-o', 'csv', '--no-header', '--retries', '0', '--endpoint', url, 'SELECT id FROM confluent.iam.users'],
    { env },
  )

describe('a certificate', () => {
  it('of an unknown authority is refused, with a hint how to add the authority', async () => {
    const { status, stdout, stderr } = await query({})
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(
      /^error: GET https:\/\/127.*no secure connection to 127\.0\.0\.1:\d+ \(DEPTH_ZERO_SELF_SIGNED_CERT\)\nhint: .*NODE_EXTRA_CA_CERTS/,
    )
    expect(asked).toBe(0)
  })

  it('is accepted when its authority is in NODE_EXTRA_CA_CERTS', async () => {
    expect(await query({ NODE_EXTRA_CA_CERTS: certificate })).toMatchObject({
      status: 0,
      stdout: 'u-1\nu-2\n',
      stderr: '',
    })
  })

  it('is checked whatever NODE_TLS_REJECT_UNAUTHORIZED says, and the variable is refused', async () => {
    const before = asked
    const { status, stderr } = await query({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    expect(status).toBe(2)
    expect(stderr).toMatch(
      /error: NODE_TLS_REJECT_UNAUTHORIZED=0 asks not to check certificates.*\nhint: Unset it/,
    )
    // the variable of the process, unknown to the client
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      const error = await failing(
        'NETWORK',
        collect(client({ retries: 0 }), { host: hostAt(url), method: LIST, args: {} }),
      )
      expect(error.message).toContain('no secure connection')
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    }
    expect(asked).toBe(before)
  })
})

/** A proxy that speaks TLS, at an address, and behind it a server that answers what nobody asked for before its answer. */
describe('an https proxy at an IP address', () => {
  let proxy: string
  const tunnels: string[] = []
  const text = page(['u-1', 'u-2'])
  const secure = createTlsServer(socket => {
    socket
      .on('error', () => {})
      .on('data', () => {
        socket.write('HTTP/1.1 100 Continue\r\n\r\n')
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
      })
  })
  const tunnelling = createServer()

  beforeAll(async () => {
    const pair = { key: readFileSync(join(dir, 'key.pem')), cert: readFileSync(certificate) }
    for (const each of [secure, tunnelling]) {
      each.setSecureContext(pair)
      await new Promise<void>(resolve => {
        each.listen(0, '127.0.0.1', resolve)
      })
    }
    tunnelling.on('connect', (request, socket) => {
      tunnels.push(request.url ?? '')
      const through = connect((secure.address() as AddressInfo).port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        socket.pipe(through).pipe(socket)
      })
      for (const end of [socket, through]) end.on('error', () => {})
    })
    proxy = `https://127.0.0.1:${(tunnelling.address() as AddressInfo).port}`
  })
  afterAll(() => {
    tunnelling.closeAllConnections()
    tunnelling.close()
    secure.close()
  })

  it('is used without a warning of Node, and 100 Continue in the tunnel is skipped', async () => {
    const options = ['-o', 'csv', '--no-header', '--retries', '0', '--endpoint', 'https://api.invalid']
    const env = { HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: certificate, NO_PROXY: '127.0.0.1' }
    expect(await cli([...options, 'SELECT id FROM confluent.iam.users'], { env })).toMatchObject({
      status: 0,
      stdout: 'u-1\nu-2\n',
      stderr: '',
    })
    expect(tunnels).toEqual(['api.invalid:443'])
  })
})
