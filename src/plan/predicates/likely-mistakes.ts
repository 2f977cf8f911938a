import type { Shape } from '../../catalog/types.ts'
import type { Expression, Match } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import {
  coresOf,
  isText,
  relationRefs,
  type BoundColumn,
  type ColumnPath,
  type Relation,
} from '../binding/bound.ts'
import { columnNamed } from '../binding/columns.ts'
import { nodesOf, operationsIn } from '../binding/traverse.ts'
import { fullName, writtenText } from '../names.ts'
import { literal } from '../splice.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { ColumnOrigins, originsAt, type Origin } from './column-origins.ts'
import { ComparedTexts } from './compared-texts.ts'
import {
  areDisjoint,
  excludesPrefix,
  listOf,
  meantPattern,
  mismatch,
  missingPrefix,
  otherBeginning,
} from './known-values.ts'
import type { Mistakes } from './mistakes.ts'
import { noteDigits } from './number-texts.ts'
import { isNull, noteNull, noteNullText, textOf } from './null-comparisons.ts'
import { comparisons } from './comparisons.ts'
import { conditionsIn, conditionsOf } from './conditions-in.ts'
import { noteSameSides } from './same-sides.ts'

/**
 * Notes conditions of the statement that are valid and can never be as they are meant: a text that is no value of its column,
 * columns of which no values are equal, `= NULL`, a NULL in the list of NOT IN, NULL where a view has a default, wildcards of
 * another operator, a text as a condition. The statement runs unchanged.
 */
export function noteMistakes(mistakes: Mistakes): void {
  const { root } = mistakes
  const nodes = operationsIn(nodesOf(root.query))
  const notes = new MistakeNotes(mistakes, nodes)
  for (const node of nodes) notes.look(node)
  for (const { core, parent } of coresOf(root))
    if (parent.query.source === root.query.source) for (const e of conditionsOf(core)) notes.condition(e)
}

class MistakeNotes {
  readonly #mistakes: Mistakes
  readonly #analysis: ExpressionAnalysis
  readonly #binder: Binder
  /** The relations of which a column is compared with NULL. */
  readonly #tested = new Set<Relation>()
  readonly #origins = new ColumnOrigins()
  readonly #texts: ComparedTexts

  constructor(mistakes: Mistakes, nodes: readonly Expression[]) {
    const { analysis, binder } = mistakes
    this.#mistakes = mistakes
    this.#analysis = analysis
    this.#binder = binder
    this.#texts = new ComparedTexts(mistakes, this.#origins)
    for (const node of nodes) {
      const column = node.kind === 'is' ? binder.columnOf(node.left) : undefined
      if (column) this.#tested.add(column.relation)
    }
  }

  look(node: Expression): void {
    for (const e of conditionsIn(node)) this.condition(e)
    if (node.kind === 'match') this.#match(node)
    if (node.kind === 'comparison' || node.kind === 'in list') noteNull(this.#mistakes, node)
    if (node.kind === 'comparison' || node.kind === 'is' || node.kind === 'in list')
      noteSameSides(this.#mistakes, node)
    if (node.kind === 'is') noteNullText(this.#mistakes, node)
    if (node.kind === 'is' && (!node.right || isNull(node.right))) this.#default(node.left, node)
    if (node.kind === 'in query') {
      const column = this.#resultColumn(node)
      this.#columns(node.left, column && originsAt(column), node)
    }
    for (const { left, right, operator } of comparisons(node)) {
      if (operator !== '=' && operator !== '<>') {
        noteDigits(this.#mistakes, node, left, right)
        noteDigits(this.#mistakes, node, right, left)
        continue
      }
      this.#texts.look(left, right, operator)
      if (isWithoutNulls(node)) this.#nulls(left, right)
      // long lists have only literals
      if (right.kind === 'literal') continue
      this.#texts.look(right, left, operator)
      if (isWithoutNulls(node)) this.#nulls(right, left)
      const other = this.#binder.columnOf(right)
      if (node.kind === 'comparison' && other) this.#columns(left, this.#origins.of(other), node)
    }
  }

  /** A text, object or array as a condition: only a number is true, which 'true' is not. */
  condition(e: Expression | undefined): void {
    const kind = e && this.#analysis.kindOf(e)
    if (e && (kind === 'object' || kind === 'array')) {
      const text = textOf(e)
      this.#mistakes.addAbout(
        e,
        `${text} is an ${kind}, which is never true: write ${text} IS NOT NULL${kind === 'object' ? ', or name a field' : `, or json_array_length(${text}) > 0`}`,
      )
      return
    }
    if (!e || !(isText(kind) || kind === 'json') || this.#analysis.isConstant(e)) return
    const text = textOf(e)
    this.#mistakes.addAbout(
      e,
      `${text} is a text, of which only a number other than 0 is true: write ${text} = 'true', or ${text} <> ''`,
    )
  }

  /** A column of a view equal to a constant, which leaves out rows that may be meant. */
  #nulls(side: Expression, other: Expression): void {
    const column = this.#binder.columnOf(side)
    if (!column || column.path.length > 0 || this.#tested.has(column.relation)) return
    const nulls = columnNamed(column.relation, column.column)?.nulls
    const [ref] = relationRefs(column.relation)
    if (nulls === undefined || !ref) return
    if (this.#analysis.constantOf(other) === undefined) return
    this.#mistakes.add(side, ref, `${written(column)} is NULL ${nulls}`)
  }

  /** A column of a view tested for NULL, which has a default where there is no value. */
  #default(side: Expression, node: Expression): void {
    const column = this.#binder.columnOf(side)
    const defaults = column && columnNamed(column.relation, column.column)?.defaults
    const [ref] = column ? relationRefs(column.relation) : []
    if (defaults === undefined || column!.path.length > 0) return
    this.#mistakes.add(node, ref, `${textOf(node)}: ${defaults}`)
  }

  /** A column compared with another one, or with the rows of a query. */
  #columns(left: Expression, b: readonly Origin[] | undefined, node: Expression): void {
    const column = b && this.#binder.columnOf(left)
    const a = column && this.#origins.of(column)
    if (!a || !b || !a.every(x => b.every(y => isNeverEqual(x.shape, y.shape)))) return
    const [{ ref, shape }, other] = [a[0]!, b[0]!]
    const [mine, its] = [shape.begins!, other.shape.begins!]
    const otherText = node.kind === 'comparison' ? textOf(node.right) : other.key
    const [prefix, bare] = [missingPrefix(mine, its), missingPrefix(its, mine)]
    const write =
      prefix !== undefined
        ? `; write ${literal(prefix)} || ${otherText}`
        : bare !== undefined
          ? `; write ${literal(bare)} || ${textOf(left)}`
          : ''
    this.#mistakes.add(
      node,
      ref,
      `${isNegated(node) ? 'every row meets' : 'no row can meet'} ${textOf(node)}: values of ${written(column!)} begin with ${listOf(mine)}, those of ${other.key} of ${fullName(other.ref.resource)} with ${listOf(its)}${write}`,
    )
  }

  /** LIKE and GLOB. */
  #match(node: Match): void {
    const column = this.#binder.columnOf(node.left)
    const pattern = this.#analysis.constantOf(node.right)
    if (!column || typeof pattern !== 'string') return
    const origins = this.#origins.of(column)
    const ref = origins?.[0]?.ref ?? this.#binder.refs[0]
    const [own, foreign] =
      node.operator === 'LIKE' ? [/[%_]/, /\*/] : node.operator === 'GLOB' ? [/[*?[]/, /%/] : []
    if (!own || !foreign || node.escape) return
    if (!own.test(pattern) && foreign.test(pattern)) {
      const wildcard = node.operator === 'LIKE' ? '%' : '*'
      const meant = pattern.replaceAll(node.operator === 'LIKE' ? '*' : '%', wildcard)
      this.#mistakes.add(
        node,
        ref,
        `${node.operator} ${literal(pattern)} has no wildcard: that of ${node.operator} is ${wildcard}, as in ${node.operator} ${literal(meant)}`,
      )
      return
    }
    const prefix = pattern.split(own)[0]!
    const other = origins?.map(o => otherBeginning(prefix, o.shape)) ?? []
    if (other[0] && !other.includes(undefined))
      this.#mistakes.add(
        node,
        ref,
        `no value of ${written(column)} is ${node.operator} ${literal(pattern)}: it is ${other[0]}`,
      )
    const meantPatterns = origins?.map(o => meantPattern(pattern, node.operator as 'LIKE', o.shape)) ?? []
    if (meantPatterns[0] !== undefined && !meantPatterns.includes(undefined))
      this.#mistakes.add(
        node,
        ref,
        `no known value of ${written(column)} is ${node.operator} ${literal(pattern)}; did you mean ${literal(meantPatterns[0])}?`,
      )
    if (prefix === '' || !origins?.every(o => o.shape.begins && excludesPrefix(prefix, o.shape.begins)))
      return
    const begins = origins[0]!.shape.begins!
    const { meant } = mismatch(pattern, { type: 'string', begins }) ?? {}
    this.#mistakes.add(
      node,
      ref,
      `${written(column)} is compared with ${literal(pattern)}, but its values begin with ${listOf(begins)}${meant === undefined ? '' : `; did you mean ${literal(meant)}?`}`,
    )
  }

  /** The column that the only result column of a query is. */
  #resultColumn(node: Expression & { readonly kind: 'in query' }): ColumnPath | undefined {
    const { cores } = this.#binder.boundQuery(node.query)
    return cores.length === 1 && cores[0]!.outputs?.length === 1 ? cores[0]!.outputs[0]!.from : undefined
  }
}

/** Whether a comparison is true for no row without a value. */
function isWithoutNulls(node: Expression): boolean {
  return node.kind === 'in list' ? !node.negated : node.kind === 'comparison' && node.operator === '='
}

/** Whether a comparison is true for values that are not equal. */
function isNegated(node: Expression): boolean {
  return (node.kind === 'in query' && node.negated) || (node.kind === 'comparison' && node.operator === '<>')
}

function isNeverEqual(a: Shape, b: Shape): boolean {
  return a.begins !== undefined && b.begins !== undefined && areDisjoint(a.begins, b.begins)
}

const written = ({ source, node }: BoundColumn): string => writtenText(source, node.name)
