import type { KeyPath, MethodSource, QueryBodySource } from './format.ts'
import type { NamedShape } from './shapes.ts'
import type { Json, QueryBody } from '../types.ts'

/** Names of the parameters that the template of a query's body has. */
function templateParams(template: Json): string[] {
  if (typeof template === 'string') return [...template.matchAll(/\{([^{}]+)\}/g)].map(m => m[1]!)
  if (template === null || typeof template !== 'object') return []
  return Object.values(template).flatMap(templateParams)
}

/**
 * The body of a query, by its name among those of the service.
 * @throws ConfluentqlError PROVIDER for an unknown name, or a template with a parameter that the method does not have
 */
export function queryBodyOf(
  { sql, call, query_body: name, params = {} }: MethodSource,
  path: KeyPath,
  bodies: Readonly<Record<string, QueryBodySource>>,
  wrong: NamedShape['wrong'],
): QueryBody | undefined {
  if (name === undefined) return undefined
  const here = [...path, 'query_body']
  if (sql !== 'select' || !call.startsWith('POST ')) throw wrong(here, 'is for a select by POST')
  if (!Object.hasOwn(bodies, name))
    throw wrong(here, `the service has no query_bodies.${name}; it has ${Object.keys(bodies).join(', ')}`)
  const { template, groups, filter, values } = bodies[name]!
  const stranger = templateParams(template).find(param => !Object.hasOwn(params, param))
  if (stranger !== undefined) throw wrong(here, `its template has {${stranger}}, which is no parameter`)
  return {
    template,
    ...(groups && { groups }),
    ...(filter !== undefined && { filter }),
    ...(values && { values }),
  }
}
