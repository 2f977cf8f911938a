import { ConfluentqlError, type Span } from '../../errors.ts'
import { isName, isWord, nameOf } from '../../sql/lexer.ts'
import type { Expression } from '../../sql/expression.ts'
import { leaves, type JoinNode } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import {
  queryOf,
  coresOf,
  dotted,
  type BoundColumn,
  type BoundCore,
  type BoundQuery,
  type ColumnPath,
  type Output,
  type Relation,
} from '../binding/bound.ts'
import { impliedPath } from '../binding/fields.ts'
import { joinsOf, mergedNames } from '../binding/joins.ts'
import { onlyOrigin } from '../binding/origins.ts'
import { nodesOf } from '../binding/traverse.ts'
import { columnAt, same } from '../binding/columns.ts'
import { fullName, spanOf } from '../names.ts'
import { quote } from '../splice.ts'
import { comparingIn, comparisons, queryPairs } from './comparisons.ts'
import { asField, hasKnownType } from './type-checks.ts'
import { isNested, nestedError } from './type-errors.ts'

/**
 * Rejects what would silently compare whole objects: USING and NATURAL by an object of one table, whose text is never that
 * of another table's column; such an object beside a column that is none; and a field of a column that is an object in some parts of a compound query only.
 *
 * @throws ConfluentqlError VALUE that says what to write
 */
export function checkObjects(binder: Binder, root: BoundQuery): void {
  for (const core of coresOf(root)) for (const join of joinsOf(core.core.from)) checkJoin(core, join)
  for (const column of binder.columns())
    if (column.path.length + column.implied.length > 0 && !column.isJson) checkParts(column)
  for (const node of comparingIn(nodesOf(root.query))) {
    for (const { left, right } of comparisons(node)) {
      checkSide(binder, left)
      if (right.kind === 'literal') continue
      checkSide(binder, right)
      checkColumns(binder, left, right)
    }
    if (node.kind === 'in query')
      for (const { left, right } of queryPairs(node)) checkColumns(binder, left, right)
  }
}

function checkSide(binder: Binder, side: Expression): void {
  const column = binder.columnOf(side)
  if (column && column.path.length === 0 && queryOf(column.relation)) checkParts(column)
}

/** Refuses an object or array beside a column that is none. */
function checkColumns(binder: Binder, left: Expression, right: Expression): void {
  const [a, b] = [asField(binder.columnOf(left)), asField(binder.columnOf(right))]
  if (!a || !b || !hasKnownType(a) || !hasKnownType(b) || isNested(a.shape) === isNested(b.shape)) return
  const [{ shape, source, node }, other] = isNested(a.shape) ? [a, right] : [b, left]
  throw nestedError(binder.splices.original(source, node.name), shape, other)
}

function checkJoin(core: BoundCore, join: JoinNode): void {
  for (const name of mergedNames(core, join)) {
    const [left, right] = [join.left, join.right].map(side =>
      leaves(side)
        .map(leaf => columnOf(core.relationOf.get(leaf)!, name))
        .find(column => column !== undefined),
    )
    if (!left || !right || !(isObject(left) || isObject(right))) continue
    const both = isObject(left) && isObject(right)
    if (both && isSameColumn(left, right)) continue
    const what = join.natural ? 'NATURAL JOIN' : `USING (${name})`
    throw new ConfluentqlError(
      'VALUE',
      `${what} would compare ${both ? `the whole objects ${name}` : `the whole object ${name} with a column that is none`}`,
      {
        span: placeOf(core, join, name),
        hint: join.natural
          ? 'name the columns that are meant: JOIN … USING (…), or JOIN … ON …'
          : `compare the field that is meant: JOIN … ON ${fieldText(left)} = ${fieldText(right)}`,
      },
    )
  }
}

/** Where the columns of a join are named. */
function placeOf(core: BoundCore, join: JoinNode, name: string): Span {
  const { source } = core.parent.query
  const { from, to } = core.core.range
  const isPlace = (i: number): boolean => {
    const token = source.tokens[i]
    if (join.natural) return isWord(token, 'NATURAL')
    return isName(token) && same(nameOf(token), name) && isWord(source.tokens[i - 2], 'USING')
  }
  const at = source.tokens.findIndex((_, i) => i >= from && i < to && isPlace(i))
  return spanOf(source, at < 0 ? core.core.range : { from: at, to: at + 1 })
}

function columnOf(relation: Relation, name: string): ColumnPath | undefined {
  const column = relation.columns?.find(c => !c.isHidden && same(c.name, name))
  return column && { relation, column: column.name, path: [] }
}

const shapeOf = ({ relation, column }: ColumnPath) => relation.columns!.find(c => c.name === column)!.shape

const isObject = (of: ColumnPath): boolean => shapeOf(of).type === 'object'

/** Whether two objects are the same column of the same resource, or one may be a copy of the other in a table of the session. */
function isSameColumn(a: ColumnPath, b: ColumnPath): boolean {
  const [x, y] = [originText(a), originText(b)]
  return x === undefined || y === undefined || x === y
}

function originText(of: ColumnPath): string | undefined {
  const origin = onlyOrigin(of)
  return origin?.relation.kind === 'ref'
    ? `${fullName(origin.relation.ref.resource)} ${dotted(origin)}`
    : undefined
}

function fieldText(of: ColumnPath): string {
  const { path } = impliedPath(of, shapeOf(of))
  const field = path.length > 0 ? path.join('.') : '…'
  const alias = of.relation.alias === '' ? '' : `${nameText(of.relation.alias)}.`
  return `${alias}${nameText(of.column)}${isObject(of) ? `.${field}` : ''}`
}

const nameText = (name: string): string => (/^[a-z_]\w*$/i.test(name) ? name : quote(name))

/** Refuses a column whose meaning differs between the parts of a compound query, if a field of the object is meant. */
function checkParts(column: BoundColumn): void {
  const parts = partsOf(column)
  const object = parts.find(o => o.shape?.type === 'object')
  if (!object || !parts.some(isScalar)) return
  const field = object.from && impliedPath(object.from, object.shape!).path
  if (column.path.length === 0 && !field?.length) return
  const written = object.from ? dotted(object.from) : object.name
  throw new ConfluentqlError(
    'VALUE',
    `column "${column.column}" is an object in one part of the UNION and none in another`,
    {
      span: spanOf(column.source, column.node.name),
      hint: `select the field in that part: ${[written, ...(field?.length ? field : ['…'])].join('.')} AS ${nameText(column.column)}`,
    },
  )
}

/** The result columns that a column of a derived table, view or CTE is, in the parts of compound queries. */
function partsOf({ relation, column }: ColumnPath, seen = new Set<Relation>()): readonly Output[] {
  const query = queryOf(relation)
  if (!query || seen.has(relation)) return []
  seen.add(relation)
  const index = columnAt(relation, column)
  return query.cores.flatMap(core => {
    const output = core.outputs?.[index]
    if (!output) return []
    const { from } = output
    const inner = from?.path.length === 0 ? partsOf(from, seen) : []
    return inner.length > 0 ? inner : [output]
  })
}

/** Whether a result column is known to be no object. */
function isScalar({ shape, holds, constants }: Output): boolean {
  return constants !== undefined || holds !== undefined || (shape !== undefined && shape.type !== 'object')
}
