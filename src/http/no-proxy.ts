import { BlockList, isIP } from 'node:net'

/** The hosts that `NO_PROXY` names: those are reached directly. */
export interface NoProxy {
  /** Whether it names the host of an origin, such as `https://api.example.com`. */
  has(origin: string): boolean
  /** Entries that name no host, as they were written. */
  readonly strange: readonly string[]
}

/** The proxy variable of that name; its lower-case spelling comes first, as with curl. */
export function proxyVariable(env: Readonly<Record<string, string | undefined>>, name: string): string {
  return env[name.toLowerCase()] || env[name] || ''
}

/**
 * Reads the value of `NO_PROXY`: entries between commas or blanks, each a host and all below it (`example.com`,
 * `.example.com`, `*.example.com`), an address of either family, a range of addresses (`10.0.0.0/8`), or `*` for everything;
 * a name or address may have a port.
 */
export function readNoProxy(text: string): NoProxy {
  const strange: string[] = []
  const tests = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .flatMap(entry => {
      const test = testOf(entry.toLowerCase())
      if (test === undefined) strange.push(entry)
      return test ?? []
    })
  return {
    strange,
    has(origin) {
      const { hostname, port, protocol } = new URL(origin)
      const host = hostname.replace(/^\[|\]$|\.$/g, '')
      return tests.some(test => test(host, Number(port) || (protocol === 'https:' ? 443 : 80)))
    },
  }
}

type Test = (host: string, port: number) => boolean

/** The test that an entry stands for; undefined where it is none of the forms. */
function testOf(entry: string): Test | undefined {
  if (entry === '*') return () => true
  const range = /^\[?([^[\]]+)\]?\/(\d{1,3})$/.exec(entry)
  if (range) return rangeTest(range[1]!, Number(range[2]))
  if (isIP(entry)) return rangeTest(entry)
  const [, address, name, port] =
    /^(?:\[([^[\]]+)\]|(?:\*?\.)?([^[\]*/:@?#]+?)\.?)(?::(\d{1,5}))?$/.exec(entry) ?? []
  const isAt = (own: number): boolean => port === undefined || Number(port) === own
  const test =
    address !== undefined || isIP(name ?? '')
      ? rangeTest(address ?? name!)
      : name && ((host: string) => !isIP(host) && (host === name || host.endsWith(`.${name}`)))
  return test ? (host, own) => isAt(own) && test(host, own) : undefined
}

/** The test for an address, or for all that have so many bits of it. */
function rangeTest(address: string, bits?: number): Test | undefined {
  const family = isIP(address)
  if (family === 0 || (bits ?? 0) > (family === 4 ? 32 : 128)) return undefined
  const list = new BlockList()
  if (bits === undefined) list.addAddress(address, family === 4 ? 'ipv4' : 'ipv6')
  else list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  return host => isIP(host) !== 0 && list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6')
}
