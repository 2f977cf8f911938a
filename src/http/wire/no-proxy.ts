import { BlockList, isIP } from 'node:net'

/** The hosts in `NO_PROXY`, which are reached directly. */
export interface NoProxy {
  /** Whether the host of an origin, such as `https://api.example.com`, is one of them. */
  has(origin: string): boolean
  /** Entries that are not hosts, as written. */
  readonly strange: readonly string[]
}

/**
 * Reads the value of `NO_PROXY`: entries separated by commas or blanks, each a host with its subdomains (`example.com`,
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

type HostTest = (host: string, port: number) => boolean

/** The test for an entry; undefined if it has none of the known forms. */
function testOf(entry: string): HostTest | undefined {
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

/** The test for an address, or for all addresses with the same first bits. */
function rangeTest(address: string, bits?: number): HostTest | undefined {
  const family = isIP(address)
  if (family === 0 || (bits ?? 0) > (family === 4 ? 32 : 128)) return undefined
  const list = new BlockList()
  if (bits === undefined) list.addAddress(address, family === 4 ? 'ipv4' : 'ipv6')
  else list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  return host => isIP(host) !== 0 && list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6')
}
