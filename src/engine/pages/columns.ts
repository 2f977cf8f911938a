import type { Column, Method, Param, Resource, Shape } from '../../catalog/types.ts'

/** A column as it is in a method's answer. */
export function columnOf(method: Method, resource: Resource, name: string): Column {
  return (method.columns ?? []).find(c => c.name === name) ?? resource.columns.find(c => c.name === name)!
}

/** The type of a column, or of a field in it; an undocumented field is a string. */
export function fieldType(column: Column, path: readonly string[]): Shape['type'] {
  let at: Shape = column
  for (const name of path) at = at.fields?.[name] ?? { type: 'string' }
  return at.type
}

/** Whether every row of an answer has the one value that was given for a parameter, even if the answer leaves it out. */
export function isRequiredFilter({ in: place, required, repeat, wildcards }: Param): boolean {
  return place === 'query' && required && repeat !== true && wildcards === undefined
}
