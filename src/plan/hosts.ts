import type { Catalog, Method, Param, ResourceIds } from '../catalog/types.ts'
import type { PlanContext } from './context.ts'

/** Whether a parameter is a required key or part of the address: these are never dropped to save calls. */
export function isMandatory(param: Param): boolean {
  return param.required || isAddress(param)
}

/** Whether a parameter is the base URL, or a variable of it. */
export function isAddress(param: Pick<Param, 'in'>): boolean {
  return param.in === 'host' || param.in === 'server'
}

/**
 * The parameters that a statement must give: those required, and the base URL and its variables if neither the environment
 * nor a profile gives them. Bounds of a range are checked apart.
 *
 * @param of the resources that the calls are for
 */
export function neededParams(
  method: Method,
  provider: string,
  context: Pick<PlanContext, 'hasBaseUrl' | 'hasUrlVariable'>,
  of?: ResourceIds,
): Param[] {
  return method.params.filter(
    p =>
      (p.required && p.range === undefined && p.in !== 'server')
      || (p.in === 'server' && !context.hasUrlVariable(provider, method.host, p.name))
      || (p.in === 'host' && !context.hasBaseUrl(provider, method.host, of)),
  )
}

/** How to give variables of a base URL otherwise than in the statement, for those among some names. */
export function addressHints(
  methods: readonly Method[],
  names: readonly string[],
  provider: string,
  catalog: Catalog,
): string[] {
  const found = methods.flatMap(method => {
    const host = catalog.provider(provider)?.hosts[method.host]
    return (host?.urlVariables ?? [])
      .filter(v => method.params.some(p => p.in === 'server' && p.name === v.name && names.includes(p.name)))
      .map(({ name, env }) => {
        const entry = `variables: { ${host!.kind ?? host!.name}: { ${name}: … } }`
        return `${name} is a part of the host's address: a profile can have it (${entry})${env === '' ? '' : `, or ${env}`}`
      })
  })
  return [...new Set(found)]
}
