import type { Method, Param } from '../catalog/types.ts'
import type { PlanContext } from './context.ts'

/** Whether a parameter decides what is asked, and of whom, so that it is not given up to save calls: a key, or the base URL. */
export function isParent(param: Param): boolean {
  return param.required || param.in === 'host'
}

/** The parameters that a statement must give a value: the base URL among them where neither the environment nor a profile has it. Bounds of a range are apart. */
export function neededParams(
  method: Method,
  provider: string,
  context: Pick<PlanContext, 'supplied'>,
): Param[] {
  return method.params.filter(
    p =>
      (p.required && p.range === undefined) || (p.in === 'host' && !context.supplied(provider, method.host)),
  )
}
