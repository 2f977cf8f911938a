import { keyPart } from '../../catalog/keys.ts'
import { closest } from '../../catalog/names.ts'
import type { Column, Method, Param, Resource, Shape } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { walk, type ColumnReference, type Expression } from '../../sql/expression.ts'
import { spanOf } from '../names.ts'
import { numberText } from '../splice.ts'
import {
  dotted,
  type BoundColumn,
  type BoundCore,
  type ColumnPath,
  type Output,
  type Relation,
} from './bound.ts'
import { joinsOf } from './joins.ts'
import { originOf } from './origins.ts'
import { lookup, synonymOf, type ResolvedColumn, type ResolvedName } from './scope.ts'
import type { Clause, Use } from './uses.ts'
import { same } from './columns.ts'

/** The shape of an undocumented field. */
export const UNKNOWN: Shape = { type: 'string' }

/**
 * Follows field names into an object, ignoring case.
 * @throws ConfluentqlError UNKNOWN_NAME for a field that an object with known fields does not have
 */
export function fieldPath(
  shape: Shape,
  names: readonly string[],
  node: ColumnReference,
  object: string,
): { path: string[]; shape: Shape } {
  const path: string[] = []
  let at = shape
  for (const name of names) {
    const fields = at.fields ?? {}
    const known = Object.keys(fields)
    const key = known.find(k => k === name) ?? known.find(k => same(k, name))
    if (key === undefined && known.length > 0) {
      const near = closest(name, known)
      throw new ConfluentqlError(
        'UNKNOWN_NAME',
        `no field "${name}" in ${[object, ...path].join('.')}${near ? `; did you mean "${near}"?` : ''}`,
        {
          span: spanOf(node.source, node.name),
          hint: `known fields: ${known.join(', ')}; for one that is not documented write ${[object, ...path].join('.')} ->> '$.${name}'`,
        },
      )
    }
    path.push(key ?? name)
    at = (key === undefined ? undefined : fields[key]) ?? UNKNOWN
  }
  return { path, shape: at }
}

/** What a name stands for: what SQLite finds, a name as StackQL writes it, the synonym of a column of a view, or a field. */
export function resolve(core: BoundCore, parts: readonly string[], clause: Clause): ResolvedName | undefined {
  return (
    lookup(core, parts, clause)
    ?? dottedField(core, parts, clause)
    ?? bodyField(core, parts, clause)
    ?? shortName(core, parts, clause)
  )
}

/** What a further name of a column or the name of a field without its object stands for; undefined if it may be either. */
function shortName(core: BoundCore, parts: readonly string[], clause: Clause): ResolvedColumn | undefined {
  const synonym = synonymOf(core, parts, clause)
  const field = onlyField(core, parts)
  if (!synonym || !field) return synonym ?? field
  return synonym.relation.core === field.relation.core ? undefined : field
}

/**
 * The field of a resource's object columns that has a name, if no other one has it: `created_at` is `metadata.created_at`, and
 * `owner.id` is `spec.owner.id`. After the name of a table it may be that of a query around.
 */
function onlyField(core: BoundCore, parts: readonly string[]): ResolvedColumn | undefined {
  const isMeant = (r: Relation): boolean => same(r.alias, parts[0]!)
  let table: BoundCore | undefined = parts.length > 1 ? core : undefined
  while (table && !table.relations.some(isMeant)) table = table.parent.outer
  const scope = table ?? core
  const qualifier = table ? 1 : 0
  const [name, ...rest] = parts.slice(qualifier)
  if (scope.relations.some(r => !r.columns)) return undefined
  const found = (table ? scope.relations.filter(isMeant) : scope.relations).flatMap(
    ({ alias, kind, columns = [] }) =>
      kind === 'ref' ? columns.flatMap(c => pathsTo(name!, c.shape, [alias, c.name], rest.length > 0)) : [],
  )
  const resolved = found.length === 1 ? lookup(scope, [...found[0]!, ...rest], 'where') : undefined
  return resolved?.kind === 'column' ? { ...resolved, qualifier } : undefined
}

/**
 * Rejects a name that is a column of a query around, and in the query itself the name of a field without its object, or a synonym:
 * by itself the query would mean the latter.
 * @throws ConfluentqlError UNKNOWN_NAME
 */
export function checkOuter(
  core: BoundCore,
  { parts, source, name: range }: ColumnReference,
  name: ResolvedName | undefined,
): void {
  if (!name || (name.kind === 'column' && name.qualifier > 0)) return
  const last = name.kind === 'column' ? name.relation.core : name.core
  for (let scope: BoundCore | undefined = core; scope && scope !== last; scope = scope.parent.outer) {
    // the search for a term of ORDER BY ends with its own query
    const found = onlyField(scope, parts) ?? synonymOf(scope, parts, 'order')
    if (!found) continue
    const inner = dottedName([found.relation.alias, found.column, ...found.rest])
    const outer =
      name.kind === 'column' ? dottedName([name.relation.alias, name.column, ...name.rest]) : undefined
    throw new ConfluentqlError(
      'UNKNOWN_NAME',
      `"${parts.join('.')}" may be ${inner}, or ${outer ?? 'the result column'} of the query around`,
      { span: spanOf(source, range), hint: `write ${inner}${outer === undefined ? '' : ` or ${outer}`}` },
    )
  }
}

const dottedName = (names: readonly string[]): string => names.filter(n => n !== '').join('.')

/** The paths to the fields of a name, or to the objects of that name. */
function pathsTo(
  name: string,
  { fields = {} }: Shape,
  path: readonly string[],
  isObject: boolean,
): string[][] {
  return Object.entries(fields).flatMap(([field, shape]) => [
    ...(same(field, name) && (!isObject || shape.type === 'object') ? [[...path, field]] : []),
    ...pathsTo(name, shape, [...path, field], isObject),
  ])
}

/** A field as StackQL writes it, its path in one pair of quotes: `"spec.owner"`. */
function dottedField(core: BoundCore, parts: readonly string[], clause: Clause): ResolvedColumn | undefined {
  const names = parts.at(-1)!.split('.')
  if (names.length === 1) return undefined
  const found = lookup(core, [...parts.slice(0, -1), ...names], clause)
  return found?.kind === 'column' && found.qualifier === parts.length - 1 ? found : undefined
}

/** A field of a body as StackQL writes it in conditions: `data__name` is `name`. */
function bodyField(core: BoundCore, parts: readonly string[], clause: Clause): ResolvedColumn | undefined {
  const [, name] = /^data__(.+)$/i.exec(parts.at(-1)!) ?? []
  if (name === undefined || (clause !== 'where' && clause !== 'on')) return undefined
  const found = lookup(core, [...parts.slice(0, -1), name], clause)
  return found?.kind === 'column' && found.relation.kind === 'ref' ? found : undefined
}

/**
 * SQL of a column, as REAL if it is a field of type number. A field that is only compared stays as it is in the JSON: the text
 * of an integer may be a key.
 */
export function typedField(sql: string, { path, shape, isJson }: BoundColumn, use: Use): string {
  const isReal = path.length > 0 && shape.type === 'number' && !isJson && (!use.compared || use.returned)
  return isReal ? numberText(sql) : sql
}

/** Whether an object may have a field: it is known, or not all of its fields are. */
export function hasField(shape: Shape, names: readonly string[]): boolean {
  const [name, ...rest] = names
  const known = Object.keys(shape.fields ?? {})
  if (name === undefined || known.length === 0) return true
  const key = known.find(k => same(k, name))
  return key !== undefined && hasField(shape.fields![key]!, rest)
}

/**
 * The field that is meant if an object is compared with a scalar: the one that a parameter of the object's name filters on
 * (`user` → id), also where a table of the session holds the object.
 */
export function impliedPath(of: ColumnPath, shape: Shape): { path: readonly string[]; shape: Shape } {
  const path = shape.type === 'object' ? (shape.means ?? filteredPath(of)) : []
  return { path, shape: path.reduce((at, name) => at.fields?.[name] ?? UNKNOWN, shape) }
}

/** The path below an object that a parameter of its name filters on. */
function filteredPath(of: ColumnPath): readonly string[] {
  const origin = originOf(of.relation, of.column, of.path)
  if (origin?.relation.kind !== 'ref') return []
  const key = dotted(origin)
  const params = origin.relation.ref.resource.methods.flatMap(m => (m.verb === 'select' ? m.params : []))
  const column = params.find(p => p.name === key && p.column?.startsWith(`${key}.`))?.column
  return column === undefined ? [] : column.slice(key.length + 1).split('.')
}

/** A column that `*` stands for, where it is compared: of an object the field that is meant. */
export function impliedOutput(output: Output): Output {
  const implied = output.from && impliedPath(output.from, output.shape ?? UNKNOWN)
  if (!implied || implied.path.length === 0) return output
  const from = { ...output.from!, path: [...output.from!.path, ...implied.path] }
  return { ...output, shape: implied.shape, affinity: 'none', from }
}

/**
 * The input column that is meant if a column of a resource is tested by `=` or IN: that of the parameter which has the
 * column's name but selects by the input column (`crn_pattern = 'crn://…/*'` requests everything below the pattern).
 */
export function inputColumnFor(
  relation: Relation,
  column: string,
  path: readonly string[],
  changing: readonly Method[] = [],
): string | undefined {
  if (relation.kind !== 'ref') return undefined
  const { resource } = relation.ref
  const { inputs, params: selecting } = selectionOf(resource)
  if (inputs.length === 0 || (selecting.length === 0 && changing.length === 0)) return undefined
  const key = dotted({ column, path })
  const selectsBy = (m: Method): boolean =>
    resource.methods.includes(m) && m.params.some(p => p.column !== undefined && same(p.column, key))
  if (changing.some(selectsBy)) return undefined
  const params = [...changing.flatMap(selectingParams), ...selecting]
  const keys = new Set(params.flatMap(p => (same(p.name, key) ? (p.column ?? []) : [])))
  return inputs.find(c => keys.has(keyPart(c.name)))?.name
}

/** The parameters of a method that select by a column of another name. */
function selectingParams({ params }: Method): Param[] {
  return params.filter(p => p.column !== keyPart(p.name))
}

interface Selection {
  readonly inputs: readonly Column[]
  readonly params: readonly Param[]
}

/** Of each resource, its input columns, and the parameters of its SELECT methods that select by a column of another name. */
const selections = new WeakMap<Resource, Selection>()

function selectionOf(resource: Resource): Selection {
  const known = selections.get(resource)
  if (known) return known
  const params = resource.methods.filter(m => m.verb === 'select').flatMap(selectingParams)
  const found = { inputs: resource.columns.filter(c => c.isInput), params }
  selections.set(resource, found)
  return found
}

/**
 * Whether the conditions of a core test an input column of a relation by `=` or IN, also in row values. The data column
 * with the name of its parameter (`crn_pattern`) then means the data, as it does with any other operator.
 */
export function isInputTested(core: BoundCore, relation: Relation, input: string): boolean {
  const isInput = (e: Expression): boolean => {
    if (e.kind === 'row') return e.items.some(isInput)
    if (e.kind !== 'column' || !same(e.parts.at(-1)!, input)) return false
    const name = lookup(core, e.parts, 'where')
    return name?.kind === 'column' && name.relation === relation && name.rest.length === 0
  }
  const conditions = [core.core.where, ...joinsOf(core.core.from).map(j => j.on)]
  for (const condition of conditions) {
    for (const e of condition ? walk(condition) : []) {
      if (e.kind === 'comparison' && e.operator === '=' && (isInput(e.left) || isInput(e.right))) return true
      if ((e.kind === 'in list' || e.kind === 'in query') && !e.negated && isInput(e.left)) return true
    }
  }
  return false
}
