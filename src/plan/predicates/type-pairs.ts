import type { Expression } from '../../sql/expression.ts'
import { leaves, type JoinNode, type Query } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import {
  queryOf,
  coresOf,
  isText,
  pathOf,
  relationRefs,
  type Affinity,
  type BoundCore,
  type ColumnPath,
  type Relation,
  type ValueKind,
} from '../binding/bound.ts'
import { joinsOf, mergedNames } from '../binding/joins.ts'
import { columnAt, same } from '../binding/columns.ts'
import { nodesOf } from '../binding/traverse.ts'
import { kindsOfPath } from '../binding/value-types.ts'
import { spanOf, writtenText } from '../names.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { hasOnlyLiterals } from './column-values.ts'
import { comparingIn, comparisons, isEquality, type Operator } from './comparisons.ts'
import type { Mistakes } from './mistakes.ts'
import { asText, pairError, timePairError, usingError } from './type-errors.ts'
import { timesBeside } from './whole-days.ts'

/** Values that are compared: those of an expression, or of one part of a compound query. */
interface Values {
  readonly kind: ValueKind | undefined
  /** The text of a number of type number has the digits of the answer, not `744.0`. */
  readonly hasDigits: boolean
  /** The expression that an error names. */
  readonly at: Expression
  /** The result column that it is, where the statement does not write it: `IN k`, `IN (SELECT *)`. */
  readonly name?: string
}

/** One side of a comparison. */
interface Side {
  readonly parts: readonly Values[]
  readonly affinity: Affinity
}

/** What SQLite converts before it compares (sqlite.org/datatype3.html, 4.2). */
type Conversion = 'to number' | 'to text' | 'none'

/**
 * Rejects comparisons of two values, neither of them a constant, if the result is not what is meant for all values:
 * - SQLite converts neither a text nor a number: no text equals a number, and every number is less than any text;
 * - it converts the number to a text, which `<` and `>` compare by its characters, and which is `744.0` for a computed 744. A
 *   field of a table itself is compared with the digits that it has in the answer;
 * - a computed boolean is 1 or 0 beside the text `true`;
 * - no timestamp equals the result of datetime(), which has a blank where it has a T.
 *
 * Notes a time that is compared with a day, and a text that is compared with a column of booleans.
 * @throws ConfluentqlError VALUE
 */
export function checkTypePairs(mistakes: Mistakes): void {
  const { root } = mistakes
  for (const core of coresOf(root))
    for (const join of joinsOf(core.core.from)) checkJoin(core, join, mistakes)
  const pairs = new TypePairs(mistakes)
  for (const node of comparingIn(nodesOf(root.query))) pairs.look(node)
}

class TypePairs {
  readonly #mistakes: Mistakes
  readonly #analysis: ExpressionAnalysis
  readonly #binder: Binder

  constructor(mistakes: Mistakes) {
    const { analysis, binder } = mistakes
    this.#mistakes = mistakes
    this.#analysis = analysis
    this.#binder = binder
  }

  look(node: Expression): void {
    const isLeftOnly = node.kind === 'in list' || node.kind === 'in query'
    for (const { left, right, operator } of comparisons(node)) {
      if (this.#analysis.isConstant(left) || this.#analysis.isConstant(right)) continue
      const [a, b] = [this.#side(left), this.#side(right)]
      const conversion =
        node.kind === 'call' ? 'none' : conversionOf(a.affinity, isLeftOnly ? 'none' : b.affinity)
      this.#check(node, a, b, conversion, operator)
    }
    if (node.kind !== 'in query') return
    const columns = node.left.kind === 'row' ? node.left.items : [node.left]
    for (const [i, column] of columns.entries()) {
      const [a, b] = [this.#side(column), this.#querySide(node.query, i, node)]
      this.#check(node, a, b, conversionOf(a.affinity, b.affinity), '=')
    }
  }

  #check(node: Expression, a: Side, b: Side, conversion: Conversion, operator: Operator): void {
    const equality = isEquality(operator)
    for (const x of a.parts) {
      for (const y of b.parts) {
        const [text, number] = isText(x.kind) ? [x, y] : [y, x]
        // the text of a number is compared with that of other numbers too, where a list has both
        const others = number === x ? b.parts : a.parts
        const hasDigits = number.hasDigits && others.every(p => p.kind !== 'number' && p.kind !== 'integer')
        if (isText(text.kind) && isMistaken({ ...number, hasDigits }, conversion, equality))
          throw pairError({
            text: this.#textOf(text),
            textType: text.kind,
            number: this.#textOf(number),
            numberType: number.kind!,
            at: number.at,
            isMixed: [...a.parts, ...b.parts].some(p => p.at === number.at && p.kind !== number.kind),
            equality,
          })
        if (isText(text.kind) && number.kind === 'boolean') this.#noteBoolean(node, text, number)
        this.#checkTimes(node, x, y, operator)
      }
    }
  }

  /** A column of booleans makes a number of the text '1', but not of 'true'. */
  #noteBoolean(node: Expression, text: Values, boolean: Values): void {
    const value = this.#textOf(boolean)
    this.#mistakes.addAbout(
      text.at,
      `${writtenText(node.source, node.range)} compares a text with 1 and 0: if it is 'true' or 'false', write ${asText(value, 'boolean')} instead of ${value}`,
    )
  }

  #checkTimes(node: Expression, x: Values, y: Values, operator: Operator): void {
    const [time, other] = x.kind === 'timestamp' ? [x, y] : [y, x]
    if (isEquality(operator) && time.kind === 'timestamp' && other.kind === 'datetime')
      throw timePairError(this.#textOf(time), this.#textOf(other), other.at)
    const found = timesBeside(x.kind, y.kind, operator)
    if (found === undefined) return
    const value = this.#textOf(found.side === 'left' ? x : y)
    const text = writtenText(node.source, node.range)
    this.#mistakes.addAbout(x.at, `${text} ${found.reason}: write date(${value}) instead of ${value}`)
  }

  #textOf({ at, name }: Values): string {
    return name ?? this.#binder.splices.original(at.source, at.range)
  }

  #side(e: Expression): Side {
    if (e.kind === 'subquery') return this.#querySide(e.query, 0, e)
    const column = this.#binder.columnOf(e)
    const affinity = this.#binder.affinityOf(e)
    if (!column || column.merged)
      return {
        parts: [{ kind: this.#analysis.kindOf(e), hasDigits: this.#analysis.isConstant(e), at: e }],
        affinity,
      }
    const path = pathOf(column)
    const parts = this.#partsOf(path, e)
    return { parts, affinity: affinity === 'none' && isUnconverted(path) ? 'mixed' : affinity }
  }

  #partsOf(path: ColumnPath, at: Expression): readonly Values[] {
    return kindsOfPath(path).map(kind => ({
      kind,
      hasDigits: isAnswered(path) || (kind === 'number' && hasOnlyLiterals(path)),
      at,
    }))
  }

  /** A result column of a query. */
  #querySide(query: Query, index: number, at: Expression): Side {
    const outputs = this.#binder.boundQuery(query).cores.map(core => core.outputs?.[index])
    // UNION keeps one of 744 and 744.0, which are equal
    const isMerged = query.setOps.some(op => op !== 'UNION ALL')
    const parts = outputs.flatMap((output, i): readonly Values[] => {
      const item = query.cores[i]!.items[index]
      const named = item && !item.star ? item.expr : at
      if (!output?.from)
        return [
          { kind: output?.computed, hasDigits: named !== at && this.#analysis.isConstant(named), at: named },
        ]
      return this.#partsOf(output.from, named).map(part => ({
        ...part,
        ...(isMerged && { hasDigits: false }),
        ...(named === at && { name: output.name }),
      }))
    })
    // of a compound query, SQLite takes the affinity of the last part (expr.c, exprINAffinity)
    return { parts, affinity: outputs.at(-1)?.affinity ?? 'none' }
  }
}

/** USING and NATURAL. */
function checkJoin(core: BoundCore, join: JoinNode, mistakes: Mistakes): void {
  for (const name of mergedNames(core, join)) {
    const [a, b] = [join.left, join.right].map(side =>
      leaves(side)
        .map(leaf => {
          const relation = core.relationOf.get(leaf)!
          const column = relation.columns?.find(c => !c.isHidden && same(c.name, name))
          return column && { relation, kinds: kindsOfPath({ relation, column: name, path: [] }), column }
        })
        .find(found => found !== undefined),
    )
    if (!a || !b) continue
    const [of, to] = [a, b].map(({ relation, column }) =>
      column.affinity === 'none' && isUnconverted({ relation, column: name, path: [] })
        ? 'mixed'
        : column.affinity,
    )
    const conversion = conversionOf(of!, to!)
    const how = join.natural ? 'NATURAL JOIN' : 'USING'
    const at = { source: core.parent.query.source, range: core.core.range }
    const note = (relation: Relation, text: string): void =>
      mistakes.add(at, relationRefs(relation)[0], text, false)
    for (const x of a.kinds) {
      for (const y of b.kinds) {
        const [text, number] = isText(x) ? [x, y] : [y, x]
        const isWrong = isText(text) && isMistaken({ kind: number, hasDigits: false }, conversion, true)
        const isTimes = [x, y].includes('timestamp') && [x, y].includes('datetime')
        if (isWrong || isTimes) throw usingError(how, name, text, number, spanOf(at.source, at.range))
        if (isText(text) && number === 'boolean')
          note(
            a.relation,
            `${how} compares the text ${name} with 1 and 0: if it is 'true' or 'false', write JOIN … ON with ${asText(name, 'boolean')} of the boolean`,
          )
        const found = timesBeside(x, y, '=')
        if (found)
          note(
            a.relation,
            `${how} compares a day with a time in ${name}, which ${found.reason}: write JOIN … ON with date(${name}) of the time`,
          )
      }
    }
  }
}

/** Whether the comparison of a number or boolean with a text is not what is meant. */
function isMistaken(
  { kind, hasDigits }: Pick<Values, 'kind' | 'hasDigits'>,
  conversion: Conversion,
  equality: boolean,
): boolean {
  if (kind === 'boolean') return conversion !== 'to number'
  if (kind !== 'integer' && kind !== 'number') return false
  if (conversion === 'to text') return !equality || (kind === 'number' && !hasDigits)
  return conversion === 'none'
}

function conversionOf(a: Affinity, b: Affinity): Conversion {
  if (a === 'numeric' || b === 'numeric') return 'to number'
  return (a === 'text' && b === 'none') || (a === 'none' && b === 'text') ? 'to text' : 'none'
}

/** Whether SQLite converts no value of a column beside a text: parts of a compound query have different affinities (select.c, sqlite3SubqueryColumnTypes). */
function isUnconverted({ relation, column, path }: ColumnPath): boolean {
  const query = queryOf(relation)
  const at = columnAt(relation, column)
  if (!query || at < 0 || path.length > 0) return false
  const outputs = query.cores.map(core => core.outputs?.[at])
  if (outputs.length > 1) return outputs.some(o => o && o.affinity !== 'none')
  return outputs[0]?.from !== undefined && isUnconverted(outputs[0].from)
}

/** Whether a column is one of a table itself, or a field below one, and not that of a subquery, CTE or view. */
const isAnswered = ({ relation }: ColumnPath): boolean =>
  relation.kind !== 'derived' && relation.kind !== 'cte'
