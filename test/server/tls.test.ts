import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { beforeAll, expect, it } from 'vitest'
import { atEnd, folder } from '../support/cleanup.ts'
import { lines, serve, type Served } from './support.ts'

let server: Served
let certificate: string
beforeAll(async () => {
  const at = folder()
  const [key, cert] = [join(at, 'key.pem'), join(at, 'cert.pem')]
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost']
  execFileSync(
    'openssl',
    [...request, '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  )
  certificate = readFileSync(cert, 'utf8')
  server = await serve(['--sandbox', '--tls-cert', cert, '--tls-key', key, '--host', '0.0.0.0'])
})

it('encrypts, and proves itself by the certificate', async () => {
  const client = await server.client({
    ssl: { ca: certificate, servername: 'localhost' },
    enableChannelBinding: true,
  })
  expect(await lines(client, 'SELECT count(*) FROM iam.users')).toEqual(['140'])
})

it('refuses clients that do not encrypt, where other machines can connect', async () => {
  await expect(server.client()).rejects.toMatchObject({ code: '28000' })
})

it('takes TLS without a request for it', async () => {
  const socket = connect({
    port: server.port,
    host: '127.0.0.1',
    ca: certificate,
    servername: 'localhost',
    ALPNProtocols: ['postgresql'],
  })
  atEnd(() => socket.destroy())
  await once(socket, 'secureConnect')
  expect(socket.alpnProtocol).toBe('postgresql')
  const body = Buffer.from('user\0confluentql\0\0')
  const head = Buffer.alloc(8)
  head.writeInt32BE(8 + body.length)
  head.writeInt32BE(3 << 16, 4)
  socket.write(Buffer.concat([head, body]))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(answer.toString('latin1')).toContain('SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0')
})
