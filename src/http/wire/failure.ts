import { ConfluentqlError } from '../../errors.ts'
import { TruncatedBody, tooLarge } from '../answers/decode.ts'
import { type Failure, requestLabel, type Request } from '../exchange.ts'
import { visible } from '../text.ts'

/** The error code of a tunnel when the proxy ends the connection or does not speak HTTP. */
export const NO_TUNNEL = 'NO_TUNNEL'

type Description = Pick<Failure, 'sent' | 'again'> & { readonly what: string; readonly hint: string }
type NetworkFailure = Pick<Failure, 'error' | 'sent' | 'again'>

const TLS =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|EPROTO$|UND_ERR_PRX_TLS$)/
const PROXY_HINT = 'Check HTTPS_PROXY and NO_PROXY'

/**
 * The failure that an error below HTTP means for the request: whether it may have
 * reached the server, and whether another try may help. `begun`: it was connected.
 * Throws LIMIT for an answer that is too large, and if the process cannot reserve the address space for WebAssembly.
 */
export function networkFailure(
  error: unknown,
  request: Request,
  maxBody: number,
  begun: boolean,
): NetworkFailure {
  const code = errorCode(error)
  const label = requestLabel(request)
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') throw tooLarge(maxBody, label)
  if (/Cannot allocate Wasm memory/.test(String(error))) throw noAddresses(label, error)
  const { sent, again, what, hint } = classify(error, code, request)
  const failed = new ConfluentqlError('NETWORK', `${label}: ${what}`, {
    hint,
    cause: error,
    ...(!(sent && begun) && { unreachable: what }),
  })
  return { sent, again, error: failed }
}

/** undici's HTTP parser is WebAssembly, for which V8 reserves address space. */
function noAddresses(label: string, cause: unknown): ConfluentqlError {
  return new ConfluentqlError('LIMIT', `${label}: the limit of the process's memory is too low for HTTP`, {
    hint: 'set ulimit -v to at least 14 GB, or to unlimited: WebAssembly reserves 10 GB of addresses, without using them',
    cause,
  })
}

/** The failure of a request that exceeded `ms` milliseconds. `begun`: it was connected. */
export function lateFailure(request: Request, ms: number, begun: boolean): NetworkFailure {
  const what = `no complete answer within ${ms / 1000} s`
  const error = new ConfluentqlError('NETWORK', `${requestLabel(request)}: ${what}`, {
    hint: `${hostName(request)} is slow or cannot be reached; --timeout SEC waits longer`,
    ...(!begun && { unreachable: `${hostName(request)} did not answer the attempt to connect` }),
  })
  return { sent: true, again: false, error }
}

function classify(error: unknown, code: string, request: Request): Description {
  const host = hostName(request)
  const reach = 'Check the address and the network; behind a proxy, set HTTPS_PROXY'
  const unsent = { sent: false, again: true }
  switch (code) {
    case 'ENOTFOUND':
      return {
        sent: false,
        again: false,
        what: `there is no host ${detailOf(error, 'hostname') || host}`,
        hint: reach,
      }
    case 'EAI_AGAIN':
      return {
        ...unsent,
        what: `the name ${host} could not be looked up`,
        hint: 'The name server does not answer; check the network',
      }
    case 'ECONNREFUSED':
      return {
        ...unsent,
        what: `${peerOf(error, host)} refused the connection`,
        hint: 'Nothing listens there: check the address and the port',
      }
    case 'UND_ERR_CONNECT_TIMEOUT':
      return { ...unsent, what: `${host} did not answer the attempt to connect`, hint: reach }
    case NO_TUNNEL:
      return {
        ...unsent,
        what: `the proxy did not connect to ${host}: it ended the connection, or does not speak HTTP`,
        hint: PROXY_HINT,
      }
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return lost(`${host} sent another number of bytes than it announced`)
    case 'UND_ERR_HEADERS_OVERFLOW':
    case 'HPE_HEADER_OVERFLOW':
      return {
        sent: true,
        again: false,
        what: `${host} sent headers above 16 KB`,
        hint: 'Is this the address of an API?',
      }
    default:
  }
  const proxyStatus = /^Proxy response \((\d+)\)/.exec(error instanceof Error ? error.message : '')?.[1]
  if (proxyStatus !== undefined) {
    return {
      sent: false,
      again: false,
      what: `the proxy answered ${proxyStatus} instead of connecting to ${host}`,
      hint: PROXY_HINT,
    }
  }
  if (['connect', 'getaddrinfo'].includes(detailOf(error, 'syscall'))) {
    return { ...unsent, what: `no connection to ${host} (${code})`, hint: reach }
  }
  if (TLS.test(code)) {
    return {
      sent: false,
      again: false,
      what: `no secure connection to ${host} (${code})`,
      hint: tlsHint(code),
    }
  }
  if (error instanceof TruncatedBody) return lost(`the answer of ${host} ends too soon`)
  const detail = code === '' && error instanceof Error ? visible(error.message, 120) : code
  if (error instanceof Error && error.name === 'HTTPParserError')
    return lost(`${host} sent what is not HTTP (${detail})`)
  return lost(`the connection to ${host} was lost before the whole answer was read (${detail})`)
}

function lost(what: string): Description {
  return {
    sent: true,
    again: true,
    what,
    hint: 'Try again; if it stays so, a proxy or the server breaks connections',
  }
}

function tlsHint(code: string): string {
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return 'Does the server speak https at this port?'
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return "Check this machine's clock, else the server's certificate"
  return 'If a proxy or a company authority signs certificates here, name its file in NODE_EXTRA_CA_CERTS'
}

function hostName(request: Request): string {
  return new URL(request.origin).host
}

function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

/** A property of a system error; if several addresses failed, of the first. */
function detailOf(error: unknown, name: 'syscall' | 'hostname' | 'address'): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const detail = (first as Readonly<Record<string, unknown>> | null)?.[name]
  return typeof detail === 'string' ? detail : ''
}

/** The peer of the connection, which is not `host` when there is a proxy. */
function peerOf(error: unknown, host: string): string {
  const address = detailOf(error, 'address')
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return address === '' || host.startsWith(address)
    ? host
    : `${address}:${(first as { port?: number }).port} for ${host}`
}
