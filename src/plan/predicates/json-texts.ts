import { ConfluentqlError } from '../../errors.ts'
import type { Binary, Expression, Match } from '../../sql/expression.ts'
import { jsonField } from '../../sql/json-path.ts'
import type { Binder } from '../binding/binder.ts'
import { isText } from '../binding/bound.ts'
import { nodesOf, nodesRead, operationsIn } from '../binding/traverse.ts'
import { spanOf, writtenText } from '../names.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { partsOf, sourcesOf } from './column-values.ts'
import { comparisons, isEquality, queryPairs, type OperandPair } from './comparisons.ts'
import type { Mistakes } from './mistakes.ts'

/**
 * Rejects `x -> 'a' = 'b'`: `->` gives the text of JSON, in which a text has quotes, so that no row would match, or with `<>`
 * all. A constant that is JSON is left alone. Of a field that has texts, a comparison with a column of texts is rejected too; of
 * another field it has a notice, as LIKE has.
 *
 * @throws ConfluentqlError VALUE
 */
export function checkJsonTexts(mistakes: Mistakes): void {
  const nodes = operationsIn(nodesOf(mistakes.root.query))
  if (![nodes, operationsIn(nodesRead(mistakes.root).nodes)].some(all => all.some(isJsonOperator))) return
  const checks = new JsonTexts(mistakes)
  for (const node of nodes) {
    const pairs = node.kind === 'in query' ? [...comparisons(node), ...queryPairs(node)] : comparisons(node)
    for (const pair of pairs) {
      checks.pair(node, pair, pair.left, pair.right)
      checks.pair(node, pair, pair.right, pair.left)
    }
    if (node.kind === 'match') checks.pattern(node)
  }
}

const isJsonOperator = (e: Expression): boolean => e.kind === 'binary' && e.operator === '->'

class JsonTexts {
  readonly #mistakes: Mistakes
  readonly #analysis: ExpressionAnalysis
  readonly #binder: Binder

  constructor(mistakes: Mistakes) {
    const { analysis, binder } = mistakes
    this.#mistakes = mistakes
    this.#analysis = analysis
    this.#binder = binder
  }

  pair(node: Expression, { operator }: OperandPair, side: Expression, other: Expression): void {
    const [json] = jsonIn(side, this.#binder)
    if (!json) return
    if (this.#analysis.isConstant(other)) {
      const value = this.#analysis.constantOf(other)
      const isWrong =
        typeof value === 'string'
          ? value !== '' && !isJson(value, isEquality(operator)) && !isAlternative(side, value)
          : typeof value === 'number' || typeof value === 'bigint'
      if (isWrong) throw this.#error(json, other)
      return
    }
    if (jsonIn(other, this.#binder).length > 0 || !isText(this.#analysis.kindOf(other))) return
    if (this.#hasTexts(json)) throw this.#error(json, other)
    this.#note(node, json, `${textOf(node)} compares ${textOf(other)} with JSON, in which a text has quotes`)
  }

  /** LIKE and GLOB. */
  pattern(node: Match): void {
    const { left, right: other } = node
    const [json] = jsonIn(left, this.#binder)
    const pattern = json && this.#analysis.constantOf(other)
    if (!json || typeof pattern !== 'string') return
    const prefix = /^[^%_*?[]*/.exec(pattern)![0]
    if (prefix !== '' && !isJson(prefix, false))
      this.#note(node, json, `no JSON is ${node.operator} ${textOf(other)}, since a text in it has quotes`)
  }

  /** Whether a field is known to have texts. */
  #hasTexts(json: Binary): boolean {
    const { of, names = [] } = jsonField({ ...json, operator: '->>' }) ?? {}
    const column = of && this.#binder.columnOf(of)
    const shape = names.reduce((at, name) => at?.fields?.[name], column?.shape)
    return shape?.type === 'string' || shape?.type === 'timestamp'
  }

  #error(json: Binary, other: Expression): ConfluentqlError {
    return new ConfluentqlError(
      'VALUE',
      `${textOf(json)} is the text of JSON, which cannot be compared with ${textOf(other)}`,
      {
        span: spanOf(other.source, other.range),
        hint: `in JSON a text has quotes, and a number is a text: write ${valueText(json)}`,
      },
    )
  }

  #note(node: Expression, json: Binary, reason: string): void {
    this.#mistakes.addAbout(node, `${reason}: write ${valueText(json)}`)
  }
}

/** The `->` that an expression has its values from, if it has no others than literals. */
function jsonIn(e: Expression, binder: Binder, seen: readonly Expression[] = []): Binary[] {
  if (e.kind === 'binary') return e.operator === '->' ? [e] : []
  if (seen.includes(e)) return []
  const around = e.kind === 'column' ? [...seen, e] : seen
  const isCased = e.kind === 'call' && /^(?:lower|upper)$/.test(e.name)
  const parts = (isCased ? e.args : sourcesOf(e, binder))
    .filter(part => part.kind !== 'literal')
    .map(part => jsonIn(part, binder, around))
  return parts.every(found => found.length > 0) ? parts.flat() : []
}

/** Whether an expression may have a text as one of its literals. */
function isAlternative(e: Expression, text: string): boolean {
  if (e.kind === 'literal') return e.type === 'string' && e.source.tokens[e.at]!.value === text
  return partsOf(e).some(part => isAlternative(part, text))
}

/** Whether a text is JSON, or may be the beginning of some. */
function isJson(text: string, isWhole: boolean): boolean {
  if (!isWhole) return /^["[{\d\-tfn]/i.test(text)
  try {
    // upper() makes TRUE of true
    JSON.parse(text.toLowerCase())
    return true
  } catch {
    return false
  }
}

const valueText = (json: Binary): string => `${textOf(json.left)} ->> ${textOf(json.right)}`

const textOf = ({ source, range }: Expression): string => writtenText(source, range).replaceAll(/\s+/g, ' ')
