import { instantText } from '../../catalog/times.ts'
import type { Comparison, Expression, Logical } from '../../sql/expression.ts'
import { keyOf, mayBeNumeric, pathOf, type BoundColumn } from '../binding/bound.ts'
import { columnNamed } from '../binding/columns.ts'
import { hasCollate } from '../binding/outputs.ts'
import { nodesOf, operationsIn } from '../binding/traverse.ts'
import { writtenText } from '../names.ts'
import { literal } from '../splice.ts'
import { comparisons } from './comparisons.ts'
import type { Mistakes } from './mistakes.ts'
import { textOf } from './null-comparisons.ts'

/**
 * Notes conditions that AND and OR connect, and that are true for all rows or for none together:
 * - `status = 'A' OR 'B'`: of texts, only a number other than 0 is true;
 * - `status <> 'A' OR status <> 'B'`, which every value meets;
 * - `status = 'A' AND status = 'B'`, which no value meets.
 */
export function noteConnected(mistakes: Mistakes): void {
  for (const node of operationsIn(nodesOf(mistakes.root.query))) {
    if (node.kind !== 'and' && node.kind !== 'or') continue
    const operands = operandsOf(node, node.kind)
    for (const [i, e] of operands.entries()) if (isWord(e)) noteText(mistakes, node, e, operands.slice(0, i))
    noteAlternatives(mistakes, node, operands)
  }
}

/** The operands of AND, or of OR, in a row. */
function operandsOf(e: Expression, kind: Logical['kind']): Expression[] {
  return e.kind === kind ? e.operands.flatMap(operand => operandsOf(operand, kind)) : [e]
}

/** A text that is no number, and so false. */
function isWord(e: Expression): boolean {
  return e.kind === 'literal' && e.type === 'string' && !/^\s*[+-]?\.?\d/.test(e.source.tokens[e.at]!.value)
}

function noteText(mistakes: Mistakes, node: Logical, e: Expression, before: readonly Expression[]): void {
  const like = before.findLast(b => b.kind === 'comparison' || b.kind === 'match')
  const write = like
    ? `${textOf(like.left)} ${'negated' in like && like.negated ? 'NOT ' : ''}${like.operator} ${textOf(e)}`
    : 'a comparison'
  mistakes.add(
    e,
    mistakes.binder.refs[0],
    `${textOf(e)} is a text, of which only a number other than 0 is true, in ${textOf(node)}: write ${write} instead of it`,
    node.kind === 'or',
  )
}

interface Compared {
  readonly at: Comparison
  readonly text: string
}

/** Comparisons of one column with different texts. */
function noteAlternatives(mistakes: Mistakes, node: Logical, operands: readonly Expression[]): void {
  const operator = node.kind === 'or' ? '<>' : '='
  const found = new Map<unknown, Map<string, Compared>>()
  for (const e of operands) {
    if (e.kind !== 'comparison' || e.operator !== operator || hasCollate(e)) continue
    for (const { left, right } of comparisons(e)) {
      const [side, other] = mistakes.binder.columnOf(left) ? [left, right] : [right, left]
      const column = mistakes.binder.columnOf(side)
      const text = column && mistakes.analysis.constantOf(other)
      if (!column || typeof text !== 'string' || isCollated(column)) continue
      const columns = found.get(column.relation) ?? new Map<string, Compared>()
      found.set(column.relation, columns)
      const first = columns.get(keyOf(pathOf(column)))
      if (first === undefined) columns.set(keyOf(pathOf(column)), { at: e, text })
      else if (first.at !== e && !isSame(column, first.text, text)) {
        const [connected, meant] = node.kind === 'or' ? ['OR', 'AND'] : ['AND', 'OR']
        const write =
          first.at.left.kind === 'row' || e.left.kind === 'row'
            ? `(${written(first.at)} ${meant} ${written(e)})`
            : `${textOf(side)} ${node.kind === 'or' ? 'NOT IN' : 'IN'} (${literal(first.text)}, ${literal(text)})`
        return mistakes.addAbout(
          side,
          `${node.kind === 'or' ? 'every' : 'no'} value of ${textOf(side)} meets ${textOf(first.at)} ${connected} ${textOf(e)}: write ${write}`,
          node.kind === 'and',
        )
      }
    }
  }
}

/** Whether a column may equal both texts: numbers and times have several forms. */
function isSame({ affinity }: BoundColumn, a: string, b: string): boolean {
  const time = instantText(a)
  if (time !== undefined && time === instantText(b)) return true
  return a === b || (mayBeNumeric(affinity) && Number(a) === Number(b))
}

const isCollated = ({ relation, column }: BoundColumn): boolean =>
  columnNamed(relation, column)?.collated === true

const written = ({ source, range }: Expression): string => writtenText(source, range).replaceAll(/\s+/g, ' ')
