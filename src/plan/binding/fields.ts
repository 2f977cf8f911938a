import { closest } from '../../catalog/names.ts'
import type { Method, Shape } from '../../catalog/types.ts'
import { ConfluentqlError, type Span } from '../../errors.ts'
import { walk, type Expression } from '../../sql/expression.ts'
import { dotted, type BoundCore, type ColumnPath, type Relation } from './bound.ts'
import { joinsOf } from './joins.ts'
import { originOf } from './origins.ts'
import { lookup, same } from './scope.ts'

/** The shape of a field that is not documented. */
export const UNKNOWN: Shape = { type: 'string' }

/**
 * Follows field names into an object; fields are matched without regard to case.
 * @throws ConfluentqlError UNKNOWN_NAME for a field that an object with known fields does not have
 */
export function fieldPath(
  shape: Shape,
  names: readonly string[],
  span: Span,
  of: string,
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
        `no field "${name}" in ${[of, ...path].join('.')}${near ? `; did you mean "${near}"?` : ''}`,
        {
          span,
          hint: `known fields: ${known.join(', ')}; for one that is not documented write ${[of, ...path].join('.')} ->> '$.${name}'`,
        },
      )
    }
    path.push(key ?? name)
    at = (key === undefined ? undefined : fields[key]) ?? UNKNOWN
  }
  return { path, shape: at }
}

/** The field that an object compared with a scalar stands for: the one that a parameter of its name filters on (`user` → id). */
export function impliedPath(of: ColumnPath, shape: Shape): { path: readonly string[]; shape: Shape } {
  const none = { path: [], shape }
  const origin = originOf(of.relation, of.column, of.path)
  if (shape.type !== 'object' || origin?.relation.kind !== 'ref') return none
  const key = dotted(origin)
  const params = origin.relation.ref.resource.methods.flatMap(m => (m.verb === 'select' ? m.params : []))
  const param = params.find(p => p.name === key && p.column?.startsWith(`${key}.`))
  if (!param) return none
  const path = param.column!.slice(key.length + 1).split('.')
  return { path, shape: path.reduce((at, name) => at.fields?.[name] ?? UNKNOWN, shape) }
}

/**
 * The input column that a column of a resource means when it is equated with something: that of a parameter which bears
 * the column's name but selects by the input column (`crn_pattern = 'crn://…/*'` asks for what lies below).
 */
export function inputColumnFor(
  relation: Relation,
  column: string,
  path: readonly string[],
  changing: readonly Method[] = [],
): string | undefined {
  if (relation.kind !== 'ref') return undefined
  const { resource } = relation.ref
  const key = dotted({ column, path })
  const isOwn = (m: Method): boolean =>
    resource.methods.includes(m) && m.params.some(p => p.column !== undefined && same(p.column, key))
  if (changing.some(isOwn)) return undefined
  const params = resource.methods.flatMap(m => (m.verb === 'select' ? m.params : []))
  const param = params.find(p => same(p.name, key) && p.column !== undefined && p.column !== p.name)
  return resource.columns.find(c => c.isInput && c.name === param?.column)?.name
}

/**
 * Whether the conditions of a core say themselves what an input column of an item was asked for, beside = or IN or in a
 * row value: `crn_pattern` then means what the answer says, as it does beside any other operator.
 */
export function isInputTested(core: BoundCore, relation: Relation, input: string): boolean {
  const isIt = (e: Expression): boolean => {
    if (e.kind === 'row') return e.items.some(isIt)
    if (e.kind !== 'column' || !same(e.parts.at(-1)!, input)) return false
    const found = lookup(core, e.parts, 'where')
    return found?.kind === 'column' && found.relation === relation && found.rest.length === 0
  }
  const conditions = [core.core.where, ...joinsOf(core.core.from).map(j => j.on)]
  for (const condition of conditions) {
    for (const e of condition ? walk(condition) : []) {
      if (e.kind === 'comparison' && e.operator === '=' && (isIt(e.left) || isIt(e.right))) return true
      if ((e.kind === 'in list' || e.kind === 'in query') && !e.negated && isIt(e.left)) return true
    }
  }
  return false
}
