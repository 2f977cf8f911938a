import { typeName } from '../../catalog/type-name.ts'
import type { Column, Resource, Shape } from '../../catalog/types.ts'
import { code, sentence, table } from './markdown.ts'

/** The table of a resource's columns. Fields worth a word have a row of their own, by dotted path; others are listed with their object. */
export function columnTable(resource: Resource): string[] {
  return table(
    ['column', 'type', 'about'],
    resource.columns
      .filter(column => !column.isHidden)
      .flatMap(column => rowsOf(column.name, column, marks(column))),
    ['type', 'about'],
  )
}

function marks({ isInput, secret }: Column): readonly string[] {
  return [...(isInput ? ['input'] : []), ...(secret ? ['secret'] : [])]
}

function rowsOf(path: string, shape: Shape, marked: readonly string[]): string[][] {
  const inner = innermost(shape)
  const fields = Object.entries(inner.fields ?? {})
  const plain = fields.length > 0 && fields.every(([, field]) => isPlain(field))
  const about = [
    shape.about === undefined ? '' : sentence(shape.about),
    values(shape),
    plain ? `Fields: ${fields.map(([name, field]) => plainField(name, field)).join(', ')}.` : '',
  ]
    .filter(text => text !== '')
    .join(' ')
  const row = [code(path), [typeOf(shape), ...marked].join(', '), about]
  const below = `${path}${arrows(shape)}.`
  return [
    row,
    ...(plain
      ? []
      : fields.flatMap(([name, field]) => rowsOf(`${below}${name}`, field, field.secret ? ['secret'] : []))),
  ]
}

/** Known values of a shape, or of the elements of an array. */
function values(shape: Shape): string {
  const known = shape.values ?? innermost(shape).values
  return known === undefined ? '' : `Known values: ${known.map(code).join(', ')}.`
}

/** Nothing is to be said of it but its name and its type. */
function isPlain(shape: Shape): boolean {
  return (
    shape.about === undefined && shape.values === undefined && !shape.secret && !shape.fields && !shape.items
  )
}

function plainField(name: string, shape: Shape): string {
  const type = typeName(shape)
  return type === 'string' ? code(name) : `${code(name)} ${type}`
}

function typeOf(shape: Shape): string {
  return shape.type === 'array' && shape.items ? `${typeOf(shape.items)}[]` : typeName(shape)
}

function innermost(shape: Shape): Shape {
  return shape.type === 'array' && shape.items ? innermost(shape.items) : shape
}

function arrows(shape: Shape): string {
  return shape.type === 'array' && shape.items ? `[]${arrows(shape.items)}` : ''
}
