import { ConfluentqlError, type Span } from '../../errors.ts'
import type { Cast, Expression } from '../../sql/expression.ts'
import { leaves, type FromNode } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import { coresOf, isText, type BoundCore, type BoundQuery, type ColumnPath } from '../binding/bound.ts'
import { joinsOf, mergedNames } from '../binding/joins.ts'
import { nodesOf, nodesRead, operationsIn } from '../binding/traverse.ts'
import { kindsOfPath } from '../binding/value-types.ts'
import { same } from '../binding/columns.ts'
import { alteredNumber } from '../coerce.ts'
import { spanOf } from '../names.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { sourcesOf, valuesAt, valuesOf } from './column-values.ts'
import { comparisons, isEquality, queryPairs } from './comparisons.ts'

/** A literal number with other digits as a text, such as `007`. */
export interface AlteredNumber {
  readonly literal: Expression
  /** As the statement has it. */
  readonly written: string
}

/**
 * The literals with other digits as texts that a value is where it becomes a text, or that it is made of: through CASE and the
 * like, subqueries, `||`, CAST to a text, and the columns of derived tables and CTEs.
 */
export function alteredNumbers(
  e: Expression,
  binder?: Binder,
  seen: readonly Expression[] = [],
): AlteredNumber[] {
  const written = alteredNumber(e)
  if (written !== undefined) return [{ literal: e, written }]
  if (e.kind === 'literal' || e.kind === 'parameter' || seen.includes(e)) return []
  const around = e.kind === 'column' ? [...seen, e] : seen
  return (joinedIn(e) ?? sourcesOf(e, binder)).flatMap(part => alteredNumbers(part, binder, around))
}

/** The expressions that an expression makes a text of; undefined if it makes none. */
function joinedIn(e: Expression): readonly Expression[] | undefined {
  if (e.kind === 'binary') return e.operator === '||' ? [e.left, e.right] : []
  if (e.kind === 'cast') return makesText(e) ? [e.operand] : []
  if (e.kind !== 'call') return undefined
  const { name, args } = e
  if (MAKES_TEXT.test(name)) return args
  if (name !== 'printf' && name !== 'format') return undefined
  return isPlainFormat(args[0]) ? args.slice(1) : []
}

const makesText = ({ type }: Cast): boolean => /CHAR|CLOB|TEXT/.test(type)

/** Functions that make texts of their arguments. */
const MAKES_TEXT = /^(?:lower|upper|l?trim|rtrim|concat|concat_ws)$/

/** Whether a format only joins texts: `%03d` may write the digits that are meant. */
function isPlainFormat(format: Expression | undefined): boolean {
  const text = format?.kind === 'literal' ? format.source.tokens[format.at]!.value : '%'
  return !/%(?!s)/.test(text)
}

/** The literals with other digits as texts among the values of a result column. */
export function alteredResults(query: BoundQuery, at: number, binder: Binder): AlteredNumber[] {
  return valuesAt(query, at).flatMap(e => alteredNumbers(e, binder))
}

/** Whether a number is written as only a text is meant to be, such as `007`. */
export const hasLeadingZero = ({ written }: AlteredNumber): boolean => /^-?0\d/.test(written)

/** The error for a number that a text is made of. */
export function alteredError({ literal, written }: AlteredNumber, span?: Span): ConfluentqlError {
  return new ConfluentqlError('VALUE', `${written} is a number, which has other digits as a text`, {
    span: span ?? spanOf(literal.source, literal.range),
    hint: `write '${written}'`,
  })
}

/**
 * Rejects a text equal to, or LIKE, a number that SQLite makes a text with other digits of: `id = (SELECT 007)` would look for '7'. What is
 * compared with the number itself is left to checkTypes.
 *
 * @throws ConfluentqlError VALUE
 */
export function checkAlteredNumbers(root: BoundQuery, analysis: ExpressionAnalysis): void {
  const nodes = nodesOf(root.query)
  if (!hasAltered(nodes) && !hasAltered(nodesRead(root).nodes)) return
  const { binder } = analysis
  const reject = (found: AlteredNumber, place: Span): void => {
    throw alteredError(found, found.literal.source === root.query.source ? undefined : place)
  }
  const check = (side: Expression, other: Expression): void => {
    if (isPlain(side) || !isTextual(other, analysis)) return
    const [found] = alteredNumbers(side, binder)
    if (found) reject(found, spanOf(side.source, side.range))
  }
  for (const node of operationsIn(nodes)) {
    if (node.kind === 'match') check(node.right, node.left)
    const listed = node.kind === 'in query' ? queryPairs(node) : []
    for (const { left, right } of [...comparisons(node).filter(p => isEquality(p.operator)), ...listed]) {
      check(left, right)
      check(right, left)
    }
  }
  for (const core of coresOf(root))
    for (const join of joinsOf(core.core.from))
      for (const name of mergedNames(core, join)) {
        const sides = [join.left, join.right].flatMap(side => columnOfSide(core, leaves(side), name) ?? [])
        if (!sides.some(of => kindsOfPath(of).every(isText))) continue
        const [found] = sides.flatMap(of => valuesOf(of).flatMap(e => alteredNumbers(e, binder)))
        if (found) reject(found, spanOf(core.parent.query.source, core.core.range))
      }
}

function hasAltered(nodes: readonly Expression[]): boolean {
  for (const node of nodes)
    if ((node.kind === 'literal' && node.type === 'number') || node.kind === 'unary')
      if (alteredNumber(node) !== undefined) return true
  return false
}

/** What cannot have a value from elsewhere: a list has a pair for each literal. */
const isPlain = (e: Expression): boolean =>
  e.kind === 'parameter' || (e.kind === 'literal' && e.type !== 'number')

/** Whether an expression is a text, and no text that is made of a number. */
function isTextual(e: Expression, analysis: ExpressionAnalysis): boolean {
  if (e.kind === 'literal') return false
  if (e.kind === 'cast') return makesText(e) && isTextual(e.operand, analysis)
  return analysis.binder.affinityOf(e) === 'text' || isText(analysis.kindOf(e))
}

/** The column of a name that a side of a join has. */
function columnOfSide(core: BoundCore, nodes: readonly FromNode[], name: string): ColumnPath | undefined {
  const relation = nodes
    .map(node => core.relationOf.get(node)!)
    .find(r => r.columns?.some(c => !c.isHidden && same(c.name, name)))
  return relation && { relation, column: name, path: [] }
}
