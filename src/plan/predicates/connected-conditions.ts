import { instantText } from '../../catalog/times.ts'
import type { Value } from '../../catalog/types.ts'
import type { Expression, Literal, Logical } from '../../sql/expression.ts'
import { keyOf, mayBeNumeric, pathOf, type BoundColumn, type Relation } from '../binding/bound.ts'
import { hasCollate } from '../binding/outputs.ts'
import { nodesOf, operationsIn } from '../binding/traverse.ts'
import { kindOf } from '../binding/value-types.ts'
import { literal } from '../splice.ts'
import { AlwaysTrue } from './always-true.ts'
import { isCollated } from './analysis.ts'
import { comparisons } from './comparisons.ts'
import { noteExistsAggregate } from './exists-aggregates.ts'
import type { Mistakes } from './mistakes.ts'
import { noteBetween, noteRanges } from './connected-ranges.ts'
import { textOf, wholeText } from './null-comparisons.ts'
import { checkPrecedence } from './precedence.ts'
import { isBooleanLiteral } from './type-errors.ts'
import { isUnknownField } from './unknown-fields.ts'

/**
 * Notes conditions, most of them connected by AND and OR, that are true for all rows or for none together:
 * - `EXISTS (SELECT count(*) …)`;
 * - `status = 'A' OR 'B'`: of texts, only a number other than 0 is true;
 * - `size = 1 OR 2`, where 2 is true for every row;
 * - `status <> 'A' OR status <> 'B'`, which every value meets;
 * - `status = 'A' AND status = 'B'`, which no value meets, and ranges of values.
 */
export function noteConnected(mistakes: Mistakes): void {
  const always = new AlwaysTrue(mistakes)
  for (const node of operationsIn(nodesOf(mistakes.root.query))) {
    if (node.kind === 'between') noteBetween(mistakes, node)
    if (node.kind === 'match') always.check(node)
    if (node.kind === 'exists') noteExistsAggregate(mistakes, node)
    if (node.kind !== 'and' && node.kind !== 'or') continue
    checkPrecedence(mistakes, node)
    const operands = operandsOf(node, node.kind)
    for (const [i, e] of operands.entries())
      if (e.kind === 'literal') noteConstant(mistakes, node, e, operands.slice(0, i))
    always.check(node)
    noteAlternatives(mistakes, node, operands)
    noteRanges(mistakes, node, operands)
  }
}

/** The operands of AND, or of OR, in a row. */
function operandsOf(e: Expression, kind: Logical['kind']): Expression[] {
  return e.kind === kind ? e.operands.flatMap(operand => operandsOf(operand, kind)) : [e]
}

/** A text that is no number, and so false; or, behind a comparison with such a constant, a text or number that is true. */
function noteConstant(mistakes: Mistakes, node: Logical, e: Literal, before: readonly Expression[]): void {
  const { text, value } = e.source.tokens[e.at]!
  const like = before.findLast(b => b.kind === 'comparison' || b.kind === 'match')
  const write = like
    ? `${textOf(like.left)} ${'negated' in like && like.negated ? 'NOT ' : ''}${like.operator} ${text}`
    : 'a comparison'
  const [ref] = mistakes.binder.refs
  if (e.type === 'string' && !/^\s*[+-]?\.?\d/.test(value))
    return mistakes.add(
      e,
      ref,
      `${text} is a text, of which only a number other than 0 is true, in ${textOf(node)}: write ${write} instead of it`,
      node.kind === 'or',
    )
  const isAfterSameType = like?.right.kind === 'literal' && like.right.type === e.type
  if (!isAfterSameType || !Number(value) || (node.kind === 'and' && Number(value) === 1)) return
  mistakes.add(
    e,
    ref,
    `${text} in ${textOf(node)} is true for every row: write ${write} instead of it`,
    false,
  )
}

/** The constants that a condition compares a column with. */
interface Compared {
  readonly at: Expression
  readonly side: Expression
  readonly column: BoundColumn
  /** As they are written, by value. */
  readonly values: ReadonlyMap<Value, string>
}

/** Comparisons of one column with constants, of which none is in both. */
function noteAlternatives(mistakes: Mistakes, node: Logical, operands: readonly Expression[]): void {
  const found = new Map<Relation, Map<string, Compared[]>>()
  for (const e of operands)
    for (const [relation, columns] of comparedIn(mistakes, e, node.kind === 'or' ? '<>' : '='))
      for (const [key, compared] of columns) {
        const keys = found.get(relation) ?? new Map<string, Compared[]>()
        found.set(relation, keys)
        const earlier = keys.get(key) ?? []
        keys.set(key, [...earlier, compared])
        const isUnknown = isUnknownField(mistakes.binder, compared.side)
        const first = earlier.find(c => areDistinct(c, compared, isUnknown))
        if (!first) continue
        const side = textOf(compared.side)
        const list = [...first.values.values(), ...compared.values.values()].join(', ')
        const [connected, meant] = node.kind === 'or' ? ['OR', 'AND'] : ['AND', 'OR']
        const isApart = [first.at, e].some(hasRow) || (isUnknown && !haveOneType(first, compared))
        const write = isApart
          ? `(${wholeText(first.at)} ${meant} ${wholeText(e)})`
          : `${side} ${node.kind === 'or' ? 'NOT IN' : 'IN'} (${list})`
        return mistakes.addAbout(
          compared.side,
          `${node.kind === 'or' ? 'every' : 'no'} value of ${side} meets ${textOf(first.at)} ${connected} ${textOf(e)}: write ${write}`,
          node.kind === 'and',
        )
      }
}

/** What a condition compares with constants alone: the columns that must equal one of them, or (`<>`) differ from all. */
function comparedIn(
  { binder, analysis }: Mistakes,
  condition: Expression,
  operator: '=' | '<>',
): ReadonlyMap<Relation, ReadonlyMap<string, Compared>> {
  const e = condition.kind === 'not' ? condition.operand : condition
  const wanted = condition.kind === 'not' ? (operator === '=' ? '<>' : '=') : operator
  const found = new Map<Relation, Map<string, Compared>>()
  if ((e.kind !== 'comparison' && e.kind !== 'in list' && e.kind !== 'is') || hasCollate(e)) return found
  for (const pair of comparisons(e)) {
    if (pair.operator !== wanted) continue
    const [side, other] = binder.columnOf(pair.left) ? [pair.left, pair.right] : [pair.right, pair.left]
    const column = binder.columnOf(side)
    if (!column || isCollated(column)) continue
    // every number but 0 IS TRUE
    if (e.kind === 'is' && isBooleanLiteral(other)) return new Map()
    const value = analysis.constantOf(other)
    const isNumber = typeof value === 'number' || typeof value === 'bigint'
    // a value that is not known may be in both
    if (typeof value !== 'string' && (!isNumber || kindOf(side, binder) === 'boolean')) return new Map()
    const columns = found.get(column.relation) ?? new Map<string, Compared>()
    found.set(column.relation, columns)
    const key = keyOf(pathOf(column))
    const values = new Map(columns.get(key)?.values)
    values.set(isNumber ? Number(value) : value, isNumber ? String(value) : literal(value))
    columns.set(key, { at: condition, side, column, values })
  }
  return found
}

/** Whether no value of a column equals a constant of both. A boolean in a field of unknown type equals a number and a text. */
function areDistinct(a: Compared, b: Compared, isUnknown: boolean): boolean {
  const values = ({ values: all }: Compared): readonly Value[] =>
    [...all.keys()].flatMap(x =>
      isUnknown && (x === 'true' || x === 'false') ? [x, Number(x === 'true')] : [x],
    )
  return !values(a).some(x => values(b).some(y => isSame(a.column, x, y)))
}

/** Whether the constants are all texts, or all numbers: in one list, others are compared in another way. */
function haveOneType(...compared: readonly Compared[]): boolean {
  return new Set(compared.flatMap(({ values }) => [...values.keys()].map(v => typeof v))).size === 1
}

/** Whether a column may equal both constants: numbers and times have several forms. */
function isSame({ affinity }: BoundColumn, a: Value, b: Value): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return Number(a) === Number(b)
  const time = instantText(a)
  if (time !== undefined && time === instantText(b)) return true
  return a === b || (mayBeNumeric(affinity) && Number(a) === Number(b))
}

const hasRow = (e: Expression): boolean =>
  e.kind === 'not' ? hasRow(e.operand) : 'left' in e && e.left?.kind === 'row'
