import type { Catalog, Method, Param, ResourceIds, Value } from '../../catalog/types.ts'
import type { PlanContext } from '../context.ts'
import { neededParams } from '../hosts.ts'
import type { Disjunction, Operand } from './constraints.ts'

/** The values that a statement gives for a parameter: constants, or those of rows; undefined if it gives none. */
export type Given = readonly Value[] | 'from rows' | undefined

/**
 * The parameters that a statement must give to a method. The base URL is one of them also where the environment or a profile
 * has one, but not for the resources that the calls are for.
 *
 * @param given what the statement gives for a parameter, an item for each alternative
 */
export function neededBy(
  given: (param: Param) => readonly Given[],
  method: Method,
  provider: string,
  context: Pick<PlanContext, 'catalog' | 'hasBaseUrl' | 'hasUrlVariable'>,
): Param[] {
  return neededParams(method, provider, context, resourceIds(given, method, provider, context.catalog))
}

/**
 * The resources that the calls of a method are for; undefined if their ids are not given. An id of an environment counts
 * only if it comes from rows: one base URL may be that of several environments.
 */
function resourceIds(
  given: (param: Param) => readonly Given[],
  method: Method,
  provider: string,
  catalog: Catalog,
): ResourceIds | undefined {
  const { resource, environment } = catalog.provider(provider)?.hosts[method.host] ?? {}
  if (!resource && environment === undefined) return undefined
  const ids = resource?.params ?? []
  const valuesOf = (names: readonly (string | undefined)[]): readonly Given[] =>
    method.params.filter(p => names.includes(p.name)).flatMap(given)
  if (valuesOf([...ids, environment]).includes('from rows')) return 'from rows'
  const texts = valuesOf(ids).flatMap(values => (Array.isArray(values) ? values.map(String) : []))
  return texts.length === 0 ? undefined : [...new Set(texts)]
}

/**
 * What conditions give for a parameter, an item for each conjunction.
 *
 * @param named the values of an operand that the statement names; undefined if they are those of rows
 */
export function givenBy(
  conditions: Disjunction,
  named = (o: Operand): readonly Value[] | undefined => (o.kind === 'values' ? o.values : undefined),
): (param: Param) => readonly Given[] {
  return ({ column = '' }) =>
    conditions.map(conjunction => {
      const operands = conjunction.get(column)
      if (!operands?.length) return undefined
      const lists = operands.flatMap(o => {
        const values = named(o)
        return values ? [values.map(String)] : []
      })
      return lists.length === 0 ? 'from rows' : lists.reduce((a, b) => a.filter(text => b.includes(text)))
    })
}
