import { closest } from '../catalog/names.ts'
import { isUrlPart } from '../catalog/url-variables.ts'
import { ConfluentqlError } from '../errors.ts'
import { type HostKinds, isResourceId } from './endpoints.ts'
import { ENTRY_KEYS, secretOf, secretSources } from './parse-secret.ts'
import { fields, type ParseContext, type Path, shownKey, textAt } from './parse-values.ts'
import type { Entry, Profile, Scope } from './types.ts'
import { isLoopback, readBaseUrl } from './url.ts'
import { entryVariables } from './variables.ts'

/**
 * Reads the text of a profile file. `kinds` are the valid names of hosts.
 * `hasSecrets`: the text itself contains a secret or token.
 * @throws ConfluentqlError USAGE `<file>:<line>: <path>: <message>`
 */
export async function parseProfiles(
  text: string,
  file: string,
  kinds: HostKinds,
): Promise<{ profiles: Map<string, Profile>; hasSecrets: boolean }> {
  const { parseDocument, LineCounter, isNode, isMap, isScalar } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const [broken] = [...document.errors, ...document.warnings]
  // the library's own message may quote the text
  if (broken)
    throw new ConfluentqlError(
      'USAGE',
      `${file}:${lines.linePos(broken.pos[0]).line}: is not YAML (${broken.code})`,
    )
  const offset = (path: Path): number => {
    for (let length = path.length; length > 0; length--) {
      const parent: unknown = document.getIn(path.slice(0, length - 1), true)
      const pair = isMap(parent)
        ? parent.items.find(item => isScalar(item.key) && String(item.key.value) === String(path[length - 1]))
        : undefined
      const node: unknown = pair?.key ?? document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return node.range[0]
    }
    return 0
  }
  const place = (path: Path): string => `${file}:${lines.linePos(offset(path)).line}`
  const wrong: ParseContext['wrong'] = (path, message, hint, last = shownKey(path.at(-1) ?? '')) => {
    const what = path.length > 0 ? [...path.slice(0, -1).map(shownKey), last].join('.') : 'the file'
    return new ConfluentqlError(
      'USAGE',
      `${place(path)}: ${what} ${message}`,
      hint === undefined ? {} : { hint },
    )
  }
  const context: ParseContext = { kinds, notes: [], place, wrong }
  const profiles = profilesOf(
    toData(() => document.toJS({ maxAliasCount: 100 }), wrong),
    file,
    context,
  )
  const entries = [...profiles.values()].flatMap(p => p.credentials)
  const variables = entryVariables(entries)
  return {
    profiles: new Map([...profiles].map(([name, profile]) => [name, { ...profile, variables }])),
    hasSecrets: entries.some(({ secret }) => secretSources(secret).some(({ kind }) => kind === 'literal')),
  }
}

function toData(read: () => unknown, wrong: ParseContext['wrong']): unknown {
  try {
    return read()
  } catch {
    throw wrong([], 'has an alias (*name) that cannot be resolved')
  }
}

function profilesOf(data: unknown, file: string, context: ParseContext): Map<string, Profile> {
  if (data === null || data === undefined) return new Map()
  const { profiles } = fields(data, [], ['profiles'], context)
  if (profiles === null || profiles === undefined) return new Map()
  return new Map(
    Object.entries(fields(profiles, ['profiles'], undefined, context)).map(([name, value]) => {
      const path = ['profiles', name]
      const notes: string[] = []
      const own = { ...context, notes }
      const {
        endpoints,
        credentials,
        variables,
        skip_unreachable: skip,
        require_keys: require,
      } = fields(
        value ?? {},
        path,
        ['endpoints', 'credentials', 'variables', 'skip_unreachable', 'require_keys'],
        context,
      )
      if (skip !== undefined && typeof skip !== 'boolean')
        throw context.wrong([...path, 'skip_unreachable'], 'must be true or false')
      if (require !== undefined && typeof require !== 'boolean')
        throw context.wrong([...path, 'require_keys'], 'must be true or false')
      return [
        name,
        {
          name,
          file,
          endpoints: endpointsOf(endpoints, [...path, 'endpoints'], own),
          credentials: credentialsOf(credentials, [...path, 'credentials'], own),
          ...(variables !== undefined && {
            urlVariables: urlVariablesOf(variables, [...path, 'variables'], own),
          }),
          ...(skip !== undefined && { skipUnreachable: skip }),
          ...(require !== undefined && { requireKeys: require }),
          ...(notes.length > 0 && { notes }),
        },
      ]
    }),
  )
}

function endpointsOf(value: unknown, path: Path, context: ParseContext): Record<string, string> {
  if (value === null || value === undefined) return {}
  return Object.fromEntries(
    Object.entries(fields(value, path, undefined, context)).map(([name, url]) => {
      const here = [...path, name]
      if (!isResourceId(name) && !context.kinds.open.includes(name)) checkKind(name, here, context)
      return [name, urlOf(textAt(url, here, context), here, context)]
    }),
  )
}

/** Values of the variables in base URLs, by kind of host. */
function urlVariablesOf(
  value: unknown,
  path: Path,
  context: ParseContext,
): Record<string, Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fields(value, path, undefined, context)).map(([kind, given]) => {
      const here = [...path, kind]
      checkKind(kind, here, context)
      const values = Object.entries(fields(given, here, undefined, context)).map(([name, one]) => {
        const at = [...here, name]
        const text = typeof one === 'number' ? String(one) : textAt(one, at, context)
        if (!isUrlPart(text))
          throw context.wrong(at, 'must be a part of a host name: letters, digits, . and -, and no URL')
        return [name, text] as const
      })
      return [kind, Object.fromEntries(values)]
    }),
  )
}

function urlOf(value: string, path: Path, { wrong }: ParseContext): string {
  const url = readBaseUrl(value)
  if (typeof url === 'string') throw wrong(path, url)
  if (!url.secure && !isLoopback(url.hostname))
    throw wrong(path, 'must begin with https://; plain http is for loopback addresses only')
  return url.url
}

/** Notes a kind of host that no provider has: it may be that of a provider which is not added here. @throws the error for a misspelt one */
function checkKind(name: string, path: Path, { kinds, notes, wrong }: ParseContext): void {
  const { usual, open } = kinds
  if (usual.includes(name)) return
  if (open.includes(name)) {
    notes.push(wrong(path, 'is a host that takes no credentials or variables, and is not used').message)
    return
  }
  const what = `is neither a kind of host (${usual.join(', ')}) nor the id of a resource`
  const near = closest(name, usual)
  if (near !== undefined) throw wrong(path, `${what}; did you mean ${near}?`)
  const { message } = wrong(path, `${what}, and is not used; other providers are known once they are added`)
  notes.push(`${message} (confluentql provider add)`)
}

function credentialsOf(value: unknown, path: Path, context: ParseContext): Entry[] {
  if (value === null || value === undefined) return []
  if (!Array.isArray(value)) throw context.wrong(path, 'must be a list')
  return value.map((item, i) => {
    const here = [...path, i]
    const entry = fields(item, here, ENTRY_KEYS, context)
    const targets = Array.isArray(entry['for'])
      ? (entry['for'] as unknown[]).map((each, n) => [each, [...here, 'for', n]] as const)
      : [[entry['for'], [...here, 'for']] as const]
    if (targets.length === 0) throw context.wrong([...here, 'for'], 'is empty')
    return {
      scopes: targets.map(([target, at]) => scopeOf(target, at, context)),
      secret: secretOf(entry, here, context),
      at: context.place(here),
    }
  })
}

function scopeOf(value: unknown, path: Path, context: ParseContext): Scope {
  if (typeof value !== 'object' || value === null)
    return namedScope(textAt(value, path, context), path, context)
  const parts = fields(value, path, ['kind', 'resource', 'host', 'environment', 'region'], context)
  const scope: Scope = Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, textAt(part, [...path, name], context)]),
  )
  if (Object.keys(scope).length === 0) throw context.wrong(path, 'is empty')
  if (scope.kind !== undefined) checkKind(scope.kind, [...path, 'kind'], context)
  // a region alone would match hosts of every kind and environment
  if ((scope.environment === undefined) !== (scope.region === undefined))
    throw context.wrong(path, 'must have environment and region together')
  return scope.host === undefined
    ? scope
    : { ...scope, host: hostPattern(scope.host, [...path, 'host'], context) }
}

function namedScope(name: string, path: Path, context: ParseContext): Scope {
  if (/[.:/]/.test(name) || name === 'localhost') return { host: hostPattern(name, path, context) }
  if (isResourceId(name)) return { resource: name }
  checkKind(name, path, context)
  return { kind: name }
}

function hostPattern(name: string, path: Path, context: ParseContext): string {
  if (name.includes('://')) return urlOf(name, path, context)
  // at least two labels, so that no pattern covers a whole top-level domain
  if (/^(?:\*\.(?=[^.]+\.[^.]))?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d+)?$/i.test(name)) return name.toLowerCase()
  throw context.wrong(path, 'is neither a URL nor the name of a host (*.example.com is for all below)')
}
