import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readNoProxy } from '../../http/wire/no-proxy.ts'
import { proxyVariable } from '../../http/wire/proxies.ts'
import { openSqlite } from '../../engine/store/native.ts'
import { failed, type Finding, ok, warning, wrong } from './finding.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The minimum version of Node, as in package.json. */
const MIN_NODE = [20, 19] as const

/** Node and SQLite. */
export function checkRuntime(version: string): Finding[] {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1])
  const node = isOld
    ? wrong('Node', `${version} is too old`, `install Node ${MIN_NODE.join('.')} or later`)
    : ok('Node', version)
  return [node, checkSqlite()]
}

function checkSqlite(): Finding {
  try {
    const db = openSqlite(':memory:')
    const version = db.prepare('SELECT sqlite_version()').pluck().get() as string
    db.close()
    return ok('SQLite', version)
  } catch (error) {
    return failed('SQLite', error)
  }
}

/** Checks the proxy and certificate variables. */
export function checkConnections(env: Env, now: Date): Finding[] {
  return [...checkProxies(env), ...checkAuthorities(env, now), ...checkVerification(env)]
}

function checkProxies(env: Env): Finding[] {
  const set = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].filter(name => env[name])
  const findings = set.map(name => {
    const text = env[name]!
    if (!/^https?:\/\//i.test(text) || !URL.canParse(text))
      return wrong('proxy', `${name} is not a URL`, `set it like ${name}=http://proxy.example.com:8080`)
    const { protocol, host } = new URL(text)
    return ok('proxy', `${name} is ${protocol}//${host}`)
  })
  const without = proxyVariable(env, 'NO_PROXY')
  if (set.length === 0 || without === '') return findings
  const { strange } = readNoProxy(without)
  const setting = ok('proxy', `NO_PROXY is ${without}`)
  if (strange.length === 0) return [...findings, setting]
  const invalid = warning(
    'proxy',
    `NO_PROXY: ${strange.join(', ')} ${strange.length === 1 ? 'names' : 'name'} no host`,
    'write names (example.com, for all below it too), addresses, ranges such as 10.0.0.0/8, or * for everything, between commas',
  )
  return [...findings, setting, invalid]
}

function checkAuthorities(env: Env, now: Date): Finding[] {
  const file = env['NODE_EXTRA_CA_CERTS']
  if (!file) return []
  const check = 'certificates'
  try {
    const blocks =
      readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
    if (blocks.length === 0)
      return [
        wrong(
          check,
          `NODE_EXTRA_CA_CERTS: ${file} has no certificate`,
          'it must be a PEM file, with lines -----BEGIN CERTIFICATE-----',
        ),
      ]
    const all = blocks.map(block => new X509Certificate(block))
    const late = all.filter(c => new Date(c.validTo) < now)
    const count = `NODE_EXTRA_CA_CERTS: ${file} has ${all.length === 1 ? 'one certificate' : `${all.length} certificates`}`
    if (late.length < all.length)
      return [ok(check, late.length === 0 ? count : `${count}, ${late.length} of them expired`)]
    return [
      warning(
        check,
        `${count}, expired on ${late
          .map(c => new Date(c.validTo).toISOString().slice(0, 10))
          .sort()
          .at(-1)}`,
        'replace it',
      ),
    ]
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return [
      wrong(
        check,
        `NODE_EXTRA_CA_CERTS: ${file} ${isMissing ? 'is not there' : 'cannot be read as certificates'}`,
        'Node ignores it, and TLS connections that need it fail: name a PEM file',
      ),
    ]
  }
}

function checkVerification(env: Env): Finding[] {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return []
  return [
    warning(
      'certificates',
      'NODE_TLS_REJECT_UNAUTHORIZED=0: server certificates are not verified, so that keys may go to anyone',
      'unset it; NODE_EXTRA_CA_CERTS names further authorities',
    ),
  ]
}
