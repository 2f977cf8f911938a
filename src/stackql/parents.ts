import type { Method, Parent, Resource } from '../catalog/types.ts'

/**
 * Adds the parents that are certain: for a list at `/users/{userId}/factors`, the table whose list is at `/users`, if it has
 * a column `userId`, or a column `id` and its rows are named like the parameter.
 */
export function withParents(resources: readonly Resource[]): Resource[] {
  const lists = new Map<string, { readonly resource: Resource; readonly method: Method }>()
  for (const resource of resources)
    for (const method of resource.methods)
      if (method.verb === 'select' && method.rows?.kind === 'array') {
        const key = `${method.host} ${plainPath(method.path)}`
        if (!lists.has(key)) lists.set(key, { resource, method })
      }
  return resources.map(resource => {
    const parents = parentsOf(resource, lists)
    return parents.length === 0 ? resource : { ...resource, parents }
  })
}

function parentsOf(
  resource: Resource,
  lists: ReadonlyMap<string, { readonly resource: Resource; readonly method: Method }>,
): Parent[] {
  const found: Parent[] = []
  const taken = new Set<string>()
  const selects = resource.methods.filter(method => method.verb === 'select')
  // longest paths first: their parents give the keys before them too
  for (const method of selects) {
    const params = method.params.filter(param => param.in === 'path')
    for (const param of [...params].reverse()) {
      const wire = param.wire ?? param.name
      const start = method.path.indexOf(`/{${wire}}`)
      if (start < 0 || taken.has(param.column!)) continue
      const list = lists.get(`${method.host} ${plainPath(method.path.slice(0, start))}`)
      if (list === undefined || list.resource === resource || selects.some(m => m.path === list.method.path))
        continue
      const key = keyColumn(wire, method.path.slice(0, start), list.resource)
      if (key === undefined) continue
      const keys = { ...sharedKeys(method, list.method, start, taken), [param.column!]: key }
      for (const name of Object.keys(keys)) taken.add(name)
      found.push({ table: `${list.resource.provider}.${list.resource.service}.${list.resource.name}`, keys })
    }
  }
  return found
}

/** The keys before the parameter, which the parent's rows were asked with. */
function sharedKeys(
  method: Method,
  parent: Method,
  end: number,
  taken: ReadonlySet<string>,
): Record<string, string> {
  const own = namesIn(method.path.slice(0, end))
  const theirs = namesIn(parent.path)
  return Object.fromEntries(
    own.flatMap((wire, i) => {
      const column = columnOf(method, wire)
      const other = columnOf(parent, theirs[i]!)
      return column === undefined || other === undefined || taken.has(column)
        ? []
        : [[column, other] as const]
    }),
  )
}

function columnOf(method: Method, wire: string): string | undefined {
  return method.params.find(param => param.in === 'path' && (param.wire ?? param.name) === wire)?.column
}

/** Descriptions of ids that are paths or URLs: a path has the last part of them only. */
export const LONG_ID =
  /resource[- ]?(?:id|identifier|path|name)|fully[- ]qualified|subscriptions\/|\bur[il]\b|\/\{/i

/** The column of a parent that a parameter takes its values from; undefined if none is certain. */
function keyColumn(wire: string, path: string, parent: Resource): string | undefined {
  const answered = parent.columns.filter(
    c => !c.isInput && c.type !== 'object' && c.type !== 'array' && !c.secret,
  )
  const column = (name: string): string | undefined =>
    answered.find(c => plain(c.name) === plain(name) && !LONG_ID.test(c.about ?? ''))?.name
  const stem = plain(wire).replace(/(?:id|identifier)$/, '')
  if (stem === '' || stem === plain(wire)) return undefined
  // /users/{userId}: the rows are users
  const collection = plain(path.split('/').at(-1) ?? '')
  const isNamedAlike =
    collection === stem
    || collection === `${stem}s`
    || collection === `${stem}es`
    || collection === `${stem.replace(/y$/, 'ie')}s`
  return column(wire) ?? (isNamedAlike ? column('id') : undefined)
}

function plain(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase()
}

function namesIn(path: string): string[] {
  return [...path.matchAll(/\{([^{}]*)\}/g)].map(match => match[1]!)
}

/** A path without the names of its parameters. */
export function plainPath(path: string): string {
  return path.replaceAll(/\{[^{}]*\}/g, '{}')
}
