import { type Consent, destinationsOf, hostsOf } from '../../catalog/consent.ts'
import { variablesOf } from '../../catalog/credentials.ts'
import type { Provider, UrlVariable, Verb } from '../../catalog/types.ts'
import type { Inspected } from '../../registry/inspect.ts'
import { count } from '../count.ts'

const CHANGES: readonly Verb[] = ['insert', 'update', 'replace', 'delete', 'exec']
/** Lines of a list of differences. */
const MAX_LINES = 20
/** Hosts that are shown one by one. */
const MAX_HOSTS = 8

/** How many tables a provider has. */
export function tableCount({ names }: Pick<Inspected, 'names'>): number {
  return Object.values(names).reduce((n, own) => n + own.length, 0)
}

/** What a user consents to, in lines: size, hosts, credentials, and what the provider can change. */
export function summaryLines(found: Inspected, from: string, others: readonly Provider[]): string[] {
  const { provider, names, verbs, leftOut, reason } = found
  const destinations = destinationsOf(provider)
  return [
    `${provider.name}: ${provider.title}${provider.version === '' ? '' : `, ${provider.version}`}, from ${from}`,
    `  ${count(Object.keys(names).length, 'service')}, ${count(tableCount(found), 'table')}, ${verbText(verbs)}`,
    ...(reason === undefined ? [] : [`  no method can be called: ${reason}`]),
    ...(leftOut.length > 0
      ? [`  without ${leftOut.map(one => `${one.service}: ${one.reason}`).join('; ')}`]
      : []),
    ...credentialLines(destinations),
    ...sharedLines(destinations, others),
    ...(Object.values(provider.hosts).some(host => variablesOf(host).length > 0)
      ? []
      : [`  calls ${hostList(hostsOf(provider))}, without credentials`]),
    ...variableLines(provider),
  ]
}

/** The hosts; of many below one domain, the domain. */
function hostList(hosts: readonly string[]): string {
  if (hosts.length <= MAX_HOSTS) return hosts.join(', ')
  const domains = new Map<string, number>()
  for (const host of hosts) {
    const domain = /[^./{}]+\.[^./{}:]+(?=(?::\d+)?$)/.exec(host)?.[0] ?? host
    domains.set(domain, (domains.get(domain) ?? 0) + 1)
  }
  return [...domains].map(([domain, n]) => (n > 1 ? `${n} hosts below ${domain}` : domain)).join(', ')
}

function verbText(verbs: Inspected['verbs']): string {
  const number = (verb: Verb): string => `${(verbs[verb] ?? 0).toLocaleString('en-US')} ${verb.toUpperCase()}`
  const changes = CHANGES.filter(verb => verbs[verb]).map(number)
  const reads = number('select')
  return changes.length > 0 ? `${reads}; can change: ${changes.join(', ')}` : `${reads}; changes nothing`
}

/** Where credentials go, a line for the variables that go to the same hosts. */
export function credentialLines(consent: Consent): string[] {
  const byHosts = new Map<string, { readonly hosts: readonly string[]; readonly variables: string[] }>()
  for (const [variable, hosts] of Object.entries(consent)) {
    const group = byHosts.get(hosts.join(' ')) ?? { hosts, variables: [] }
    group.variables.push(variable)
    byHosts.set(hosts.join(' '), group)
  }
  return [...byHosts.values()].map(
    ({ hosts, variables }) =>
      `  sends ${variables.join(' and ')} to ${hostList(hosts) || 'what a profile names'}`,
  )
}

/** The variables that hold credentials of other providers. */
export function sharedLines(consent: Consent, others: readonly Provider[]): string[] {
  return others.flatMap(other => {
    const own = Object.keys(destinationsOf(other))
    const shared = Object.keys(consent).filter(variable => own.includes(variable))
    return shared.length > 0 ? [`  note that ${shared.join(' and ')} hold a credential of ${other.name}`] : []
  })
}

/** The variables of URLs, and where their values come from. */
function variableLines({ hosts }: Provider): string[] {
  const all = new Map<string, UrlVariable>()
  for (const { urlVariables = [] } of Object.values(hosts))
    // of one name there may be several: with another source, or as the whole host of another server
    for (const variable of urlVariables)
      all.set(`${variable.name} ${variable.env} ${variable.extent}`, variable)
  return [...all.values()].map(({ name, env, extent }) =>
    extent === 'whole'
      ? `  {${name}} is the whole host: credentials go only to what ${env} or a profile says`
      : `  {${name}} is given in WHERE, by ${env} or by a profile`,
  )
}

/** What an update changes, in lines; none if nothing that can be seen. */
export function differenceLines(before: Inspected, after: Inspected): string[] {
  const services = [Object.keys(before.names), Object.keys(after.names)] as const
  const tables = [before, after].map(({ names }) =>
    Object.entries(names).flatMap(([service, own]) => own.map(table => `${service}.${table}`)),
  ) as [string[], string[]]
  const verbs = (['select', ...CHANGES] as const).filter(
    verb => (before.verbs[verb] ?? 0) !== (after.verbs[verb] ?? 0),
  )
  const hosts = [hostsOf(before.provider), hostsOf(after.provider)] as const
  return [
    ...changed('service', ...services),
    // the tables of new and removed services are not worth a line each
    ...changed('table', ...(tables.map(list => list.filter(isOf(services))) as [string[], string[]])),
    ...verbs.map(
      verb =>
        `  ${verb.toUpperCase()} methods: ${before.verbs[verb] ?? 0} before, ${after.verbs[verb] ?? 0} now`,
    ),
    ...changed('host', ...hosts),
  ]
}

const isOf =
  ([before, after]: readonly [readonly string[], readonly string[]]) =>
  (table: string): boolean => {
    const service = table.slice(0, table.indexOf('.'))
    return before.includes(service) && after.includes(service)
  }

function changed(what: string, before: readonly string[], after: readonly string[]): string[] {
  const lines = [
    ...after.filter(name => !before.includes(name)).map(name => `  + ${what} ${name}`),
    ...before.filter(name => !after.includes(name)).map(name => `  - ${what} ${name}`),
  ]
  return lines.length > MAX_LINES
    ? [...lines.slice(0, MAX_LINES), `  … ${lines.length - MAX_LINES} more`]
    : lines
}
