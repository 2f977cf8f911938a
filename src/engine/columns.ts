import type { Column, Method, Resource, Shape } from '../catalog/types.ts'

/** A column as a method's answer has it. */
export function columnOf(method: Method, resource: Resource, name: string): Column {
  return (method.columns ?? []).find(c => c.name === name) ?? resource.columns.find(c => c.name === name)!
}

/** The type of a column, or of a field below it; a field that is not documented counts as a text. */
export function fieldType(column: Column, path: readonly string[]): Shape['type'] {
  let at: Shape = column
  for (const name of path) at = at.fields?.[name] ?? { type: 'string' }
  return at.type
}
