import type { Method, Param } from '../catalog/types.ts'
import type { PlanContext } from './context.ts'

/** Whether a parameter is a required key or the base URL: these are never dropped to save calls. */
export function isMandatory(param: Param): boolean {
  return param.required || param.in === 'host'
}

/** The parameters that a statement must give: those required, and the base URL if neither the environment nor a profile gives it. Bounds of a range are checked apart. */
export function neededParams(
  method: Method,
  provider: string,
  context: Pick<PlanContext, 'hasBaseUrl'>,
): Param[] {
  return method.params.filter(
    p =>
      (p.required && p.range === undefined)
      || (p.in === 'host' && !context.hasBaseUrl(provider, method.host)),
  )
}
