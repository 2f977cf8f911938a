import { someNode, type Expression, type Logical } from '../../sql/expression.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import type { Mistakes } from './mistakes.ts'
import { wholeText } from './null-comparisons.ts'
import { OneValue } from './one-value.ts'

/**
 * Refuses changes by conditions that are true for every row, whatever its columns are:
 * - `id = 'a' OR 1 = 1`, `id = 'a' OR EXISTS (SELECT 1)`;
 * - `NOT (id = 'a' AND 1 = 0)`, where the condition in the brackets is false for every row;
 * - `name = 'a' OR name <> 'a'`, `name IS NULL OR name IS NOT NULL`;
 * - `name LIKE '%'`.
 * A condition without a column, such as `true` alone, is meant. A part with a parameter is allowed: other values make it false.
 */
export class AlwaysTrue {
  readonly #mistakes: Mistakes
  readonly #values: OneValue

  constructor(mistakes: Mistakes) {
    this.#mistakes = mistakes
    this.#values = new OneValue(mistakes.analysis)
  }

  /** @throws ConfluentqlError VALUE */
  check(node: Expression): void {
    if (!this.#mistakes.isChange) return
    if (node.kind === 'match') checkPattern(this.#mistakes, node)
    else if (node.kind === 'and' || node.kind === 'or') this.#checkLogical(node)
  }

  #checkLogical(node: Logical): void {
    const mistakes = this.#mistakes
    const isOr = node.kind === 'or'
    // fewer rows are selected by AND with a condition that is false
    if (mistakes.analysis.isConstant(node) || (!isOr && mistakes.restricts(node))) return
    const found = node.operands.find(e => (isOr ? this.#values.isTrue(e) : this.#values.isFalse(e)))
    if (found && node.operands.some(e => this.#values.of(e) === undefined)) refuseOne(mistakes, node, found)
    if (isOr) checkOpposites(mistakes, node)
  }
}

/** A part of OR that is true for every row, or of AND that is false for every row. */
function refuseOne(mistakes: Mistakes, node: Logical, found: Expression): void {
  const [all, part] = [innerText(node), wholeText(found)]
  const value = node.kind === 'or' ? 'true' : 'false'
  mistakes.refuse(
    node,
    `${part} is ${value} for every row, so ${all} is, too: leave ${part} out; if the condition is meant as it is, write ${value} instead of ${all}`,
  )
}

/** `name = 'a' OR name <> 'a'`, of which one is true for every row with a value. */
function checkOpposites(mistakes: Mistakes, node: Logical): void {
  const seen = new Map<string, readonly [Expression, boolean]>()
  for (const e of node.operands) {
    const test = testOf(e, mistakes.analysis)
    if (!test) continue
    const [other, isNegated] = seen.get(test.text) ?? []
    if (!other) seen.set(test.text, [e, test.isNegated])
    else if (isNegated !== test.isNegated) {
      const [first, second] = [wholeText(other), wholeText(e)]
      const rest = node.operands.filter(o => o !== other && o !== e).map(o => ` OR ${wholeText(o)}`)
      return mistakes.refuse(
        node,
        `${first} OR ${second} is true for every row with a value: leave one of them out; if the condition is meant as it is, write (${first}) IS NOT NULL${rest.join('')} instead of ${innerText(node)}`,
      )
    }
  }
}

/** What a condition tests, and whether it is true where the test is false. */
function testOf(
  e: Expression,
  analysis: ExpressionAnalysis,
): { readonly text: string; readonly isNegated: boolean } | undefined {
  switch (e.kind) {
    case 'not': {
      const test = testOf(e.operand, analysis)
      return test && { ...test, isNegated: !test.isNegated }
    }
    case 'comparison': {
      const [operator, isNegated] = TESTS[e.operator]
      return { text: `${wholeText(e.left)} ${operator} ${wholeText(e.right)}`, isNegated }
    }
    case 'is':
      return {
        text: `${wholeText(e.left)} IS ${e.right ? wholeText(e.right) : 'NULL'}`,
        isNegated: e.negated,
      }
    case 'in list':
      return { text: `${wholeText(e.left)} IN ${e.list.map(wholeText).join()}`, isNegated: e.negated }
    case 'match':
      return {
        text: `${wholeText(e.left)} ${e.operator} ${wholeText(e.right)} ${e.escape ? wholeText(e.escape) : ''}`,
        isNegated: e.negated,
      }
    case 'between':
      return {
        text: `${wholeText(e.operand)} BETWEEN ${wholeText(e.low)} AND ${wholeText(e.high)}`,
        isNegated: e.negated,
      }
    case 'literal':
    case 'parameter':
      return undefined
    default:
      return analysis.contentsOf(e).isDeterministic ? { text: wholeText(e), isNegated: false } : undefined
  }
}

const TESTS = {
  '=': ['=', false],
  '<>': ['=', true],
  '<': ['<', false],
  '>=': ['<', true],
  '>': ['>', false],
  '<=': ['>', true],
} as const

/** A pattern of `%` alone, as a text with an empty value in it is. */
function checkPattern(mistakes: Mistakes, node: Extract<Expression, { kind: 'match' }>): void {
  const { left, right, operator, negated } = node
  const isKnown = mistakes.analysis.isConstant(right) && !someNode(right, e => e.kind === 'parameter')
  const pattern = isKnown ? mistakes.analysis.constantOf(right) : undefined
  const isAll = { LIKE: /^%+$/, GLOB: /^\*+$/, REGEXP: /^\^?(?:\.\*)?$/, MATCH: undefined }[operator]
  if (negated || typeof pattern !== 'string' || !isAll?.test(pattern)) return
  if (mistakes.analysis.columnsIn(left).length === 0) return
  mistakes.refuse(
    node,
    `${wholeText(node)} is true for every row with a value: write ${wholeText(left)} IS NOT NULL if that is meant`,
  )
}

/** The text of a condition without the brackets that the plan of a change adds. */
function innerText(node: Logical): string {
  const [first, last] = [node.operands[0]!, node.operands.at(-1)!]
  return wholeText({ ...node, range: { from: first.range.from, to: last.range.to } })
}
