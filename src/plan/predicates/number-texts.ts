import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import { isConstant } from '../../sql/properties.ts'
import { leaves, type JoinNode, type Query } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import {
  coresOf,
  type Affinity,
  type BoundCore,
  type BoundQuery,
  type ColumnPath,
  type Output,
} from '../binding/bound.ts'
import { joinsOf, mergedNames } from '../binding/joins.ts'
import { same } from '../binding/scope.ts'
import { nodesOf } from '../binding/traverse.ts'
import { valueType } from '../binding/value-types.ts'
import type { Validator } from '../context.ts'
import { spanOf } from '../names.ts'
import { comparisons } from './type-checks.ts'

/**
 * Rejects a text that is equated with a number of type number which SQLite does not convert it to: a computed one, a field from a
 * derived table, CTE or view, or compound SELECTs of which some give a column and some a field. The text of 744 would be 744.0, or
 * no text would be equal. A field itself is compared with the digits that it has in the answer.
 * @throws ConfluentqlError VALUE
 */
export function checkNumberTexts(binder: Binder, root: BoundQuery, validator: Validator): void {
  for (const core of coresOf(root)) for (const join of joinsOf(core.core.from)) checkJoin(core, join)
  for (const node of nodesOf(root.query)) {
    for (const { left, right, equality } of comparisons(node)) {
      if (!equality) continue
      checkPair(binder, validator, left, right)
      checkPair(binder, validator, right, left)
    }
    if (node.kind !== 'in query') continue
    const texts = node.left.kind === 'row' ? node.left.items : [node.left]
    for (const [i, text] of texts.entries()) checkQueryValue(binder, text, node.query, i)
  }
}

/** USING and NATURAL. */
function checkJoin(core: BoundCore, join: JoinNode): void {
  for (const name of mergedNames(core, join)) {
    const [left = [], right = []] = [join.left, join.right].map(side =>
      leaves(side).flatMap(leaf => {
        const relation = core.relationOf.get(leaf)!
        return (relation.columns ?? [])
          .filter(c => !c.isHidden && same(c.name, name))
          .map(c => ({
            isText: c.affinity === 'text',
            isNumber: c.shape.type === 'number' && c.affinity === 'none',
          }))
      }),
    )
    const [a, b] = [left[0], right[0]]
    if (!(a?.isText && b?.isNumber) && !(a?.isNumber && b?.isText)) continue
    throw new ConfluentqlError(
      'VALUE',
      `${join.natural ? 'NATURAL JOIN' : 'USING'} would compare the text ${name} with the number ${name}`,
      {
        span: spanOf(core.parent.query.source, core.core.range),
        hint: `write JOIN … ON a.${name} = format('%.15g', b.${name}), where a has the text: 744.0 is '744' then`,
      },
    )
  }
}

function checkPair(binder: Binder, validator: Validator, text: Expression, other: Expression): void {
  if (other.kind === 'subquery') return checkQueryValue(binder, text, other.query, 0)
  if (binder.affinityOf(other) !== 'none' || valueType(other, binder) !== 'number') return
  const column = binder.columnOf(other)
  const isPlain = column ? column.merged || !isDerived(column) : isConstant(other, validator.functions())
  if (!isPlain && isText(binder, text)) throw errorFor(binder, text, other)
}

function checkQueryValue(binder: Binder, text: Expression, query: Query, at: number): void {
  const outputs = binder.boundQuery(query).cores.map(core => core.outputs?.[at])
  const isMixed = new Set<Affinity | undefined>(outputs.map(o => o?.affinity)).size > 1
  const items = query.cores.map(core => core.items[at])
  const wrong = outputs.findIndex((o, i) => {
    const item = items[i]
    const type = item && !item.star ? valueType(item.expr, binder) : o?.shape?.type
    return o && type === 'number' && (isMixed || (o.affinity === 'none' && !isField(o)))
  })
  if (wrong < 0 || !isText(binder, text)) return
  // `*` has no expression to name
  const value = [items[wrong], ...items].find(item => item && !item.star)
  if (value) throw errorFor(binder, text, value.expr)
}

const isField = ({ from }: Output): boolean => from !== undefined && !isDerived(from)

const isDerived = ({ relation }: ColumnPath): boolean =>
  relation.kind === 'derived' || relation.kind === 'cte'

const isText = (binder: Binder, e: Expression): boolean =>
  valueType(e, binder) === 'string' && binder.affinityOf(e) !== 'numeric'

function errorFor(binder: Binder, text: Expression, value: Expression): ConfluentqlError {
  const [name, number] = [text, value].map(e => binder.splices.original(e.source, e.range))
  return new ConfluentqlError(
    'VALUE',
    `${name} is a text, which cannot be compared with the number ${number}`,
    {
      span: spanOf(value.source, value.range),
      hint: `write format('%.15g', ${number}), which is 744 for 744.0`,
    },
  )
}
