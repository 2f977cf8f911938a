import { urlVariableEnv } from '../catalog/rename.ts'
import type { Host, UrlVariable } from '../catalog/types.ts'
import { isSecretName } from '../secrets.ts'
import { entriesOf, listOf, member, shortText, textOf } from './tree.ts'
import { enumOf } from './schemas.ts'

/** A variable of a server's URL, as a parameter describes it. */
export interface ServerVariable extends UrlVariable {
  readonly about?: string
}

/** Where the requests of a method go. */
export interface Server {
  /** Key into Provider.hosts: the URL without `https://`. */
  readonly host: string
  readonly url: string
  readonly variables: readonly ServerVariable[]
}

/** The first of the lists of servers that has one: of the operation, its path, the method, the document. */
export function firstServer(...lists: readonly unknown[]): unknown {
  return lists.flatMap(list => listOf(list).slice(0, 1)).find(server => member(server, 'url') !== undefined)
}

/**
 * Reads a server.
 * @returns a text that says why requests cannot be sent to it, if they cannot
 */
export function readServer(source: unknown, provider: string): Server | string {
  const written = textOf(member(source, 'url'))?.trim()
  if (written === undefined) return 'its document names no server'
  // a variable may have a pattern, {region:^(…)$}
  const url = withScheme(withoutPatterns(written), source).replace(/\/+$/, '')
  const [, scheme, host = '', path = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)$/i.exec(url) ?? []
  if (scheme === undefined || host === '' || /[@\\\s]/.test(url))
    return `its server ${shortText(written)} is no URL of a host: a variable must not be a whole URL`
  const isLoopback = /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host)
  if (scheme.toLowerCase() !== 'https' && !(scheme.toLowerCase() === 'http' && isLoopback))
    return `its server ${shortText(written)} is not https`
  if (/\/\.{1,2}(?:\/|$)|\/\//.test(path))
    return `its server ${shortText(written)} has an empty part, . or .. in its path`
  const names = [...url.matchAll(/\{([^{}]*)\}/g)].map(match => match[1]!)
  const malformed = names.find(name => !/^[A-Za-z_][\w-]*$/.test(name))
  if (malformed !== undefined || /[{}]/.test(url.replaceAll(/\{[^{}]*\}/g, '')))
    return `its server ${shortText(written)} has a malformed {variable}`
  const variables = [...new Set(names)].map(name =>
    variableOf(name, member(source, 'variables', name), host, provider),
  )
  const secret = variables.find(variable => isSecretName(variable.env))
  if (secret)
    return `its server ${shortText(written)} takes {${secret.name}} from ${secret.env}, the name of a secret, which a URL would show`
  return { host: url.replace(/^https?:\/\//i, ''), url, variables }
}

/** `{name:pattern}` as `{name}`; a pattern may contain braces. */
function withoutPatterns(url: string): string {
  return url.replaceAll(/\{([A-Za-z_][\w-]*):\^.*?\$\}/g, '{$1}')
}

/** A variable in place of the scheme is https, if it may be. */
function withScheme(url: string, source: unknown): string {
  const name = /^\{([\w-]+)\}:\/\//.exec(url)?.[1]
  if (name === undefined) return url
  const variable = member(source, 'variables', name)
  const mayBe = [...enumOf(variable), textOf(member(variable, 'default'))]
  return mayBe.includes('https') ? url.replace(`{${name}}`, 'https') : url
}

function variableOf(name: string, source: unknown, host: string, provider: string): ServerVariable {
  const values = enumOf(source)
  const written = textOf(member(source, 'default'))
  const named = textOf(member(source, 'x-stackQL-envVar'))
  const env = named !== undefined && /^[A-Za-z_]\w*$/.test(named) ? named : urlVariableEnv(provider, name)
  const about = shortText(member(source, 'description'))
  return {
    name,
    env,
    // a default outside of the known values is an example, such as my-org
    ...(written !== undefined && values.includes(written) && { default: written }),
    ...(values.length > 0 && { values }),
    extent: isWhole(name, host) ? 'whole' : 'part',
    ...(about !== undefined && { about }),
  }
}

/** Whether a variable decides the host: after the last variable there is no fixed domain of at least two labels. */
function isWhole(name: string, host: string): boolean {
  if (!host.includes(`{${name}}`)) return false
  const end = host.slice(host.lastIndexOf('}') + 1).replace(/:\d+$/, '')
  return !/^(?:\.[a-z0-9-]+){2,}$/i.test(end)
}

/** The host of a server in the catalog. */
export function hostOf(
  { host, url, variables }: Server,
  provider: string,
  { auth, tokenEnv }: Pick<Host, 'auth' | 'tokenEnv'>,
): Host {
  const urlVariables = variables.map(({ about: _about, ...variable }) => variable)
  return {
    name: host,
    kind: provider,
    url,
    ...(urlVariables.length > 0 && { urlVariables }),
    ...(tokenEnv !== undefined && { tokenEnv }),
    auth,
  }
}

/** All servers of a document: its own, and those of its paths, operations and methods. */
export function serversOf(root: unknown): unknown[] {
  const paths = entriesOf(member(root, 'paths')).flatMap(([, path]) => [
    member(path, 'servers'),
    ...entriesOf(path).map(([, operation]) => member(operation, 'servers')),
  ])
  const methods = entriesOf(member(root, 'components', 'x-stackQL-resources')).flatMap(([, resource]) =>
    entriesOf(member(resource, 'methods')).map(([, method]) => member(method, 'servers')),
  )
  return [member(root, 'servers'), ...paths, ...methods].flatMap(list => listOf(list).slice(0, 1))
}
