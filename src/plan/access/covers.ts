import { keyPart } from '../../catalog/keys.ts'
import type { Column, Method, Param, Resource } from '../../catalog/types.ts'
import type { TableRef } from '../binding/bound.ts'
import type { PlanContext } from '../context.ts'
import type { Disjunction } from '../predicates/constraints.ts'
import { givenBy, neededBy } from '../predicates/needed.ts'

/** Whether a method's answer has all columns that the statement uses. */
export function covers(method: Method, ref: TableRef): boolean {
  const columns = method.columns?.map(c => c.name.toLowerCase())
  return columns === undefined || [...ref.used].every(name => columns.includes(name))
}

/** Columns that other methods answer, but that are input columns in this one: it returns what was given as a parameter. */
export function methodInputColumns(method: Method, resource: Pick<Resource, 'columns'>): readonly Column[] {
  const isGiven = (name: string): boolean => method.params.some(p => p.column === keyPart(name) && p.required)
  const isData = (name: string): boolean => resource.columns.some(c => c.name === name && !c.isInput)
  return method.columns?.filter(c => c.isInput && !isGiven(c.name) && isData(c.name)) ?? []
}

/**
 * The parameters that a statement with some conditions must give to a method: those that every call needs, and those of input
 * columns that the statement uses.
 */
export function neededFor(
  method: Method,
  ref: TableRef,
  conditions: Disjunction,
  context: Pick<PlanContext, 'catalog' | 'hasBaseUrl' | 'hasUrlVariable'>,
): Param[] {
  const used = methodInputColumns(method, ref.resource).filter(c => ref.used.has(c.name.toLowerCase()))
  return [
    ...neededBy(givenBy(conditions), method, ref.resource.provider, context),
    ...method.params.filter(p => used.some(c => keyPart(c.name) === p.column)),
  ]
}
