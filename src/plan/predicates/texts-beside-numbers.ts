import type { Expression } from '../../sql/expression.ts'
import { isText, type BoundQuery } from '../binding/bound.ts'
import { affinityOfType } from '../binding/outputs.ts'
import { nodesRead, operationsIn } from '../binding/traverse.ts'
import { NO_TEXT, ONLY_NUMBER, SEEN_TEXT } from '../names.ts'
import type { TextUse } from '../plan.ts'
import { literal, quote } from '../splice.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { onlyValue, possibleValues, sourcesOf } from './column-values.ts'
import { comparingIn, comparisons, isEquality, queryPairs } from './comparisons.ts'
import { guardsOf } from './excluded-rows.ts'
import { isOfUnknownFields } from './field-texts.ts'
import { isUnknownField } from './unknown-fields.ts'

/** A change of the text. */
type Change = () => void

/**
 * The changes of the text around operands that should be numbers and may be texts. To SQLite every text is greater than any number, and
 * equals none, so that `config ->> 'tasks' > 5` and `config ->> 'tasks' <> 1` are true for the text `1`; arithmetic and CAST make 0 of a
 * text. In a statement that sends values such a text is an error in the row that has it; in others it is noted, for a notice.
 */
export class TextGuards {
  /** What is noted. */
  readonly uses: TextUse[] = []
  readonly #analysis: ExpressionAnalysis
  readonly #isStrict: boolean

  constructor(analysis: ExpressionAnalysis, isStrict: boolean) {
    this.#analysis = analysis
    this.#isStrict = isStrict
  }

  /** The changes around fields of unknown type that are compared with numbers. In a change, a row that another condition excludes is no error. */
  besideNumbers(root: BoundQuery): readonly Change[] {
    const { nodes } = nodesRead(root)
    const failing = new Set<Expression>()
    const changes = comparingIn(nodes).flatMap(node => {
      const found = this.#compared(node)
      if (found.length > 0) failing.add(node)
      return found
    })
    if (!this.#isStrict) return changes
    for (const node of operationsIn(nodes)) if (this.#computedIn(node).length > 0) failing.add(node)
    const guards = failing.size === 0 ? [] : guardsOf(root, this.#analysis, e => failing.has(e))
    return [...guards.map(g => g.read), ...changes, ...guards.map(g => g.write)]
  }

  #compared(node: Expression): readonly Change[] {
    const compared =
      node.kind === 'in query' ? [...comparisons(node), ...queryPairs(node)] : comparisons(node)
    const besides = new Map<Expression, Expression[]>()
    const add = (side: Expression, beside: Expression): void => {
      // long lists have only literals
      if (side.kind === 'literal') return
      const others = besides.get(side)
      if (others) others.push(onlyValue(beside))
      else if (this.#analysis.binder.affinityOf(side) === 'none') besides.set(side, [onlyValue(beside)])
    }
    for (const { left, right } of compared) {
      add(left, right)
      add(right, left)
    }
    const isEqual = compared.every(({ operator }) => isEquality(operator))
    return [...besides].flatMap(([side, others]) => this.#beside(side, others, isEqual) ?? [])
  }

  #beside(side: Expression, others: readonly Expression[], isEqual: boolean): Change | undefined {
    const { binder } = this.#analysis
    const isConstant = (other: Expression): boolean => this.#analysis.isConstant(other)
    const values = others.filter(isConstant).map(other => this.#analysis.constantOf(other))
    const numbers = values.filter(value => typeof value === 'number' || typeof value === 'bigint')
    const computed = others.filter(other => !isConstant(other) && isNumeric(this.#analysis, other))
    if (numbers.length + computed.length === 0 || !this.#mayBeOfField(side)) return undefined
    // beside these, SQLite makes a number of a text of digits
    const isConverting = computed.every(
      other => binder.affinityOf(other) === 'numeric' || isOfUnknownFields(binder, side),
    )
    if (numbers.length === 0 && isConverting) return isEqual ? undefined : this.#onlyNumber(side, 'compared')
    if (!this.#isStrict) {
      if (!isEqual || numbers.length === 0) return this.#noted(side, 'compared', isEqual ? 'digits' : 'all')
      const unmet = numbers
        .map(Number)
        .filter(n => !values.some(v => typeof v === 'string' && Number(v) === n))
      return unmet.length === 0 ? undefined : this.#noted(side, 'compared', unmet.join(' '))
    }
    const name = literal(this.#textOf(side))
    return () =>
      binder.splices.wrap(side.source, side.range, `${quote(NO_TEXT)}(`, `, ${name}, ${isEqual ? 1 : 0})`)
  }

  /** The changes around operands of arithmetic; in a change, also around those of CAST to a number, and of functions that make NULL of a text. */
  inArithmetic(root: BoundQuery): readonly Change[] {
    return operationsIn(nodesRead(root).nodes).flatMap(node =>
      this.#computedIn(node).map(e => this.#onlyNumber(e, 'computed')),
    )
  }

  #computedIn(node: Expression): readonly Expression[] {
    const numbers = numberOperands(node).filter(e => this.#mayBeText(e))
    const others = this.#isStrict ? otherOperands(node).filter(e => this.#mayBeAnything(e)) : []
    return [...numbers, ...others]
  }

  /** Whether an operand may have the value of a field of unknown type. */
  #mayBeOfField(operand: Expression, seen = new Set<Expression>()): boolean {
    const { binder } = this.#analysis
    return possibleValues(operand, binder).some(value => {
      if (isUnknownField(binder, value)) return true
      if (value.kind === 'literal' || seen.has(value)) return false
      seen.add(value)
      return sourcesOf(value, binder).some(source => this.#mayBeOfField(source, seen))
    })
  }

  #mayBeText(operand: Expression): boolean {
    const values = possibleValues(operand, this.#analysis.binder).filter(value => value.kind !== 'literal')
    const isTextual = (value: Expression): boolean =>
      this.#analysis.kindOf(value) === 'string' || (this.#isStrict && value.kind === 'parameter')
    return values.some(isTextual) || this.#mayBeOfField(operand)
  }

  #mayBeAnything(operand: Expression): boolean {
    const kind = this.#analysis.kindOf(operand)
    return kind === undefined || isText(kind) || this.#mayBeText(operand)
  }

  #onlyNumber(operand: Expression, kind: TextUse['kind']): Change {
    if (!this.#isStrict) return this.#noted(operand, kind, 'others')
    return () => this.#analysis.binder.splices.call(operand.source, operand.range, ONLY_NUMBER)
  }

  #noted(operand: Expression, kind: TextUse['kind'], which: string): Change {
    const of = this.#textOf(operand)
    const known = this.uses.findIndex(use => use.of === of && use.kind === kind)
    const index = known < 0 ? this.uses.push({ of, kind }) - 1 : known
    const { splices } = this.#analysis.binder
    // the same operand has the same text, by which SQLite finds it in ORDER BY of UNION
    return () =>
      splices.wrap(operand.source, operand.range, `${quote(SEEN_TEXT)}(`, `, ${index}, '${which}')`)
  }

  #textOf({ source, range }: Expression): string {
    return this.#analysis.binder.splices.original(source, range)
  }
}

function isNumeric(analysis: ExpressionAnalysis, e: Expression): boolean {
  const kind = analysis.kindOf(e)
  return kind === 'integer' || kind === 'number'
}

const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '&', '|', '<<', '>>'])

/** Functions of numbers that take the number that any other text begins with, or 0. */
const OF_NUMBER = /^(?:sum|avg|total|abs|round)$/

/** The other operands that should be numbers: of CAST to a number, of functions that are NULL for a text. */
function otherOperands(e: Expression): readonly Expression[] {
  if (e.kind === 'cast') return affinityOfType(e.type) === 'numeric' ? [e.operand] : []
  return e.kind === 'call' && NULL_FOR_TEXT.test(e.name) ? e.args : []
}

/** Functions of numbers that are NULL for any other text. */
const NULL_FOR_TEXT = /^(?:ceil|ceiling|floor|trunc|sign|sqrt|exp|ln|log|log10|log2|pow|power|mod)$/

/** The operands that an operator or function computes with as numbers. */
function numberOperands(e: Expression): readonly Expression[] {
  if (e.kind === 'binary') return ARITHMETIC.has(e.operator) ? [e.left, e.right] : []
  if (e.kind === 'unary') return e.operator === '-' || e.operator === '~' ? [e.operand] : []
  if (e.kind !== 'call') return []
  if (e.name === 'printf' || e.name === 'format') return formattedNumbers(e.args)
  return OF_NUMBER.test(e.name) ? e.args.slice(0, 1) : []
}

/** The arguments of printf() that it writes as numbers; none if the format has a width that is an argument. */
function formattedNumbers([format, ...args]: readonly Expression[]): readonly Expression[] {
  if (format?.kind !== 'literal' || format.type !== 'string') return []
  const parts = [...format.source.tokens[format.at]!.value.matchAll(/%[^a-z%]*(?:ll?)?([a-z%])/gi)]
  if (parts.some(([whole]) => whole.includes('*'))) return []
  const kinds = parts.map(([, kind]) => kind!).filter(kind => kind !== '%' && kind !== 'n')
  return args.filter((_, i) => /[dioufegx]/i.test(kinds[i] ?? ''))
}
