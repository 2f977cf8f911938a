import type { Shape } from '../../catalog/types.ts'
import type { Described } from './model.ts'

/** Something that a provider file or a document has alone, or that they have differently. */
export interface ShapeDifference {
  readonly what: 'field' | 'type' | 'values' | 'required'
  /** Dotted path. */
  readonly name: string
  readonly ours: string | null
  readonly theirs: string | null
}

/** A value that a provider file names, and where documents have it. */
export interface Leaf {
  readonly name: string
  readonly path: readonly string[]
  /** Undefined: any JSON. */
  readonly shape: Shape | undefined
  /** Of a body. */
  readonly required?: boolean
}

/** Which way a value goes: what is only read is in no request, what is only written in no answer. */
export type Direction = 'request' | 'answer'

/** Differences between the values that a provider file names, at paths below `theirs`, and all that `theirs` has. */
export function compareLeaves(
  leaves: readonly Leaf[],
  theirs: Described,
  direction: Direction,
): ShapeDifference[] {
  const strays = leaves
    .filter(leaf => leaf.path.length > 0 && !has(theirs, leaf.path, direction))
    .map(leaf => only('field', leaf.name, leaf.shape === undefined ? 'json' : typeOf(leaf.shape), null))
  return [...strays, ...compareLevel(leaves, theirs, [], direction, true)]
}

function compareLevel(
  leaves: readonly Leaf[],
  theirs: Described,
  path: readonly string[],
  direction: Direction,
  isRequired: boolean,
): ShapeDifference[] {
  const below = leaves.filter(leaf => path.every((part, i) => leaf.path[i] === part))
  const leaf = below.find(l => l.path.length === path.length)
  const own = leaf ? compareLeaf(leaf, theirs, direction, isRequired) : []
  const fields = leaf && below.length === 1 ? [] : fieldsIn(theirs, direction)
  return [
    ...own,
    ...fields.flatMap(([name, field]) => {
      const here = [...path, name]
      const covered = leaves.some(l => here.every((part, i) => l.path[i] === part))
      const needed = isRequired && (theirs.required?.includes(name) ?? false)
      if (covered) return compareLevel(leaves, field, here, direction, needed)
      return leaf ? [] : [only('field', here.join('.'), null, described(field))]
    }),
  ]
}

function compareLeaf(
  { name, shape, required }: Leaf,
  theirs: Described,
  direction: Direction,
  isRequired: boolean,
): ShapeDifference[] {
  const needs =
    required === undefined || required === isRequired
      ? []
      : [only('required', name, word(required), word(isRequired))]
  return [...needs, ...(shape ? compareShapes(shape, theirs, name, direction) : [])]
}

const word = (required: boolean): string => (required ? 'required' : 'optional')

/** Differences between two shapes of the value called `name`, and of all in it. */
export function compareShapes(
  ours: Shape,
  theirs: Described,
  name: string,
  direction: Direction,
): ShapeDifference[] {
  if (!fits(ours, theirs)) return [only('type', name, typeOf(ours), described(theirs))]
  if (ours.type === 'array')
    return ours.items && theirs.items ? compareShapes(ours.items, theirs.items, `${name}[]`, direction) : []
  if (ours.type === 'string') return compareValues(ours.values, theirs.values, name)
  if (ours.type !== 'object') return []
  // names that are data: nothing to compare
  if (theirs.fields === undefined || theirs.entries) return []
  const mine = ours.fields ?? {}
  const yours = fieldsIn(theirs, direction)
  const strays = Object.keys(mine).filter(field => !yours.some(([other]) => other === field))
  return [
    ...strays.map(field => only('field', `${name}.${field}`, typeOf(mine[field]!), null)),
    ...yours.flatMap(([field, shape]) =>
      Object.hasOwn(mine, field)
        ? compareShapes(mine[field]!, shape, `${name}.${field}`, direction)
        : [only('field', `${name}.${field}`, null, described(shape))],
    ),
  ]
}

/** Known values that one list has alone. A document without a list says nothing of them, and one value is no choice. */
export function compareValues(
  ours: readonly string[] = [],
  theirs: readonly string[] = [],
  name: string,
): ShapeDifference[] {
  if (theirs.length === 0 || (theirs.length === 1 && ours.length === 0)) return []
  const mine = ours.filter(v => !theirs.includes(v))
  const yours = theirs.filter(v => !ours.includes(v))
  if (mine.length + yours.length === 0) return []
  return [only('values', name, mine.join(', ') || null, yours.join(', ') || null)]
}

/** Whether a value of a described type is one of ours. What has no type may be anything. */
export function fits(ours: Shape, theirs: Described): boolean {
  const type = kindOf(theirs)
  if (type === undefined || type === ours.type) return true
  return type === 'date' && (ours.type === 'string' || ours.type === 'timestamp')
}

function kindOf({ type, format }: Described): string | undefined {
  if (type !== 'string') return type
  return format === 'date-time' ? 'timestamp' : format === 'date' ? 'date' : 'string'
}

function has(theirs: Described, [name = '', ...rest]: readonly string[], direction: Direction): boolean {
  const field = fieldsIn(theirs, direction).find(([n]) => n === name)?.[1] ?? theirs.entries
  if (field === undefined) return theirs.type === undefined && theirs.fields === undefined
  return rest.length === 0 || has(field, rest, direction)
}

/** The fields of an object that go that way. */
export function fieldsIn({ fields = {} }: Described, direction: Direction): [string, Described][] {
  return Object.entries(fields).filter(([, field]) =>
    direction === 'request' ? !field.readOnly : !field.writeOnly,
  )
}

/** A type in words, such as `array of string`. */
export function described(shape: Described): string {
  const kind = kindOf(shape) ?? 'any'
  return shape.items ? `${kind} of ${described(shape.items)}` : kind
}

export function typeOf({ type, items }: Shape): string {
  return items ? `${type} of ${typeOf(items)}` : type
}

const only = (
  what: ShapeDifference['what'],
  name: string,
  ours: string | null,
  theirs: string | null,
): ShapeDifference => ({ what, name, ours, theirs })
