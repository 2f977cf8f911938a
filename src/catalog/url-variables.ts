import type { UrlVariable } from './hosts.ts'

/** The names in braces of a base URL, in its order. */
export function urlVariableNames(url: string): readonly string[] {
  return [...new Set([...url.matchAll(/\{([^{}]*)\}/g)].map(match => match[1]!))]
}

/** A base URL with values in place of its variables. */
export function withUrlVariables(url: string, valueOf: (name: string) => string): string {
  return url.replace(/\{([^{}]*)\}/g, (_, name: string) => valueOf(name))
}

/** Whether a text may be the value of a variable: a part of a host name, which leaves what is around it in place. */
export function isUrlPart(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text) && !text.includes('..')
}

/** What a variable of a base URL decides: the host name needs two fixed labels after it, so that it stays below a domain of the provider. */
export function urlVariableExtent(url: string, name: string): UrlVariable['extent'] {
  const [, authority = ''] = /^[^:/?#]+:\/\/([^/?#]*)/.exec(url) ?? []
  const [host = ''] = authority.split(/:(?=[^:\]]*$)/)
  const at = host.lastIndexOf(`{${name}}`)
  if (at < 0) return authority.includes(`{${name}}`) || url.includes(`{${name}}`) ? 'part' : 'whole'
  const rest = host.slice(at + name.length + 2)
  return /^(?:\.[a-z0-9-]+){2,}$/i.test(rest.slice(rest.lastIndexOf('}') + 1)) ? 'part' : 'whole'
}
