import { ConfluentqlError } from '../../errors.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The value of a proxy variable; the lower-case name takes precedence, as with curl. */
export function proxyVariable(env: Env, name: string): string {
  return env[name.toLowerCase()] || env[name] || ''
}

/** The proxies of the environment; an empty text where there is none. */
export interface Proxies {
  readonly httpProxy: string
  readonly httpsProxy: string
}

/** The proxies of the environment; undefined if it has none. @throws ConfluentqlError USAGE for a value that is not the address of a proxy */
export function proxiesOf(env: Env): Proxies | undefined {
  const found = { httpProxy: proxyVariable(env, 'HTTP_PROXY'), httpsProxy: proxyVariable(env, 'HTTPS_PROXY') }
  for (const [name, value] of [
    ['HTTP_PROXY', found.httpProxy],
    ['HTTPS_PROXY', found.httpsProxy],
  ] as const) {
    const wrong = value === '' ? undefined : wrongProxy(value)
    if (wrong !== undefined)
      throw new ConfluentqlError('USAGE', `${name} ${wrong}`, {
        hint: 'Give it as http://host:port, or http://user:password@host:port',
      })
  }
  return found.httpProxy === '' && found.httpsProxy === '' ? undefined : found
}

function wrongProxy(value: string): string | undefined {
  if (!/^https?:\/\//i.test(value)) return 'is not a URL of the form http://host:port'
  if (!URL.canParse(value)) return 'is not a valid URL'
  const { pathname, search, hash, username, password } = new URL(value)
  if (pathname !== '/' || search !== '' || hash !== '') return 'has more than a host and a port'
  try {
    decodeURIComponent(username + password)
  } catch {
    return 'has a % in its user or password that begins no escape: write it as %25'
  }
  return undefined
}
