import { instantText } from '../../catalog/times.ts'
import type { Call, Expression } from '../../sql/expression.ts'
import { isOp } from '../../sql/lexer.ts'
import { isVolatile } from '../../sql/properties.ts'
import type { Core, Query, Range, Source } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import {
  coresOf,
  keyOf,
  mayBeNumeric,
  pathOf,
  type BoundColumn,
  type BoundQuery,
  type ValueKind,
} from '../binding/bound.ts'
import { originsOfParts } from '../binding/origins.ts'
import { nodesRead, operationsIn } from '../binding/traverse.ts'
import { DATETIME } from '../binding/declared-kinds.ts'
import { alternativesOf } from '../binding/value-types.ts'
import { columnNamed, same } from '../binding/columns.ts'
import { INSTANT, ONLY_TIME, TIME_KEY, TIME_OF_KEY } from '../names.ts'
import { quote } from '../splice.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { onlyValue } from './column-values.ts'
import {
  comparesTimes,
  comparingIn,
  comparisons,
  isEquality,
  queryPairs,
  type OperandPair,
  type Operator,
} from './comparisons.ts'

/** What a value is for a comparison of times: `any` may be a time, `other` is a text that is none, or NULL. */
type Role = 'day' | 'time' | 'any' | 'other'

/**
 * The changes of the text by which times are compared and sorted as times. Their texts are in another order if they have fractions of different lengths, or zones: to
 * SQLite `…:51.12Z` is less than `…:51Z`, and midnight greater than its day. Where a time is compared with a constant, or
 * is less or greater than another time, both become texts in one form; `min`, `max` and ORDER BY use them as well. Values that
 * are no times compare as before, and what a statement returns is not changed.
 *
 * A text of unknown kind that is less or greater than a time with hours is taken for one, and any other text is left as it is.
 * Columns of two tables that are equal are left to SQLite, which can look values up only in columns themselves. IN (SELECT …) makes a list
 * of its values anyway.
 */
export function instantChanges(root: BoundQuery, analysis: ExpressionAnalysis): readonly (() => void)[] {
  const instants = new Instants(analysis)
  const { nodes } = nodesRead(root)
  const calls = operationsIn(nodes).filter(node => node.kind === 'call')
  // the extreme time itself, around which a comparison may come
  for (const call of calls) instants.extreme(call)
  for (const call of calls) instants.convert(call)
  for (const node of comparingIn(nodes)) instants.compare(node)
  for (const call of calls) instants.sort(call)
  const cores = coresOf(root)
  for (const { core } of cores)
    for (const window of core.windows) for (const e of window.orderBy) instants.term(e)
  for (const query of new Set(cores.map(c => c.parent.query))) instants.order(query)
  return instants.changes
}

class Instants {
  readonly #analysis: ExpressionAnalysis
  readonly #binder: Binder
  /** Those of the text, in the order in which they are to be made. */
  readonly changes: (() => void)[] = []
  /** A list has a comparison of its column with each value. */
  readonly #constants = new Map<Expression, Role | undefined>()
  readonly #others = new Map<Expression, Role | undefined>()

  constructor(analysis: ExpressionAnalysis) {
    this.#analysis = analysis
    this.#binder = analysis.binder
  }

  /** min() and max(), also as window functions and of several arguments. */
  extreme({ name, args, source, range }: Call): void {
    if (name !== 'min' && name !== 'max') return
    const roles = args.map(e => this.#constantRole(e) ?? this.#roleOf(e))
    const isTime = args.some((e, i) => roles[i] === 'time' && e.kind !== 'literal')
    if (!isTime || roles.includes(undefined) || roles.includes('any')) return
    for (const e of args) this.#call(e, TIME_KEY)
    this.changes.push(() => this.#binder.splices.call(source, range, TIME_OF_KEY))
  }

  /** A call that translation wrote for a conversion, whose operand must be a time (strict() in translation/operands.ts). */
  convert(node: Call): void {
    const { name, args, source, range } = node
    const word = source.tokens.slice(range.from, range.to).find(t => !isOp(t, '('))
    if (!word?.text.startsWith('"') || !/^(?:date|strftime|julianday|unixepoch)$/.test(name)) return
    const time = args[name === 'strftime' ? 1 : 0]
    if (!time || this.#analysis.isConstant(time)) return
    const kind = this.#kindOf(time)
    if (kind === undefined || kind === 'string') this.#call(time, ONLY_TIME)
  }

  compare(node: Expression): void {
    if (!comparesTimes(node)) return
    const isList = node.kind === 'in query' && node.query.cores.some(c => c.kind !== 'values')
    const all = isList ? [...comparisons(node), ...queryPairs(node)] : comparisons(node)
    const groups = isRow(node)
      ? [...new Set(all.map(p => p.left))].map(e => all.filter(p => p.left === e))
      : [all]
    for (const group of groups) {
      if (!this.#mayBeOfTimes(group)) continue
      const found = new Set(
        group.map(({ left, right, operator }) => this.#isOfTimes([left, right], operator, isList)),
      )
      if (!found.has(true) || found.has(undefined)) continue
      for (const e of group.flatMap(({ left, right }) => [left, right])) this.#call(e, INSTANT)
    }
  }

  /** Whether a value that is no literal may make one of the comparisons one of times. */
  #mayBeOfTimes(group: readonly OperandPair[]): boolean {
    const mayBe = (e: Expression, { operator }: OperandPair): boolean => {
      if (e.kind === 'literal') return false
      const role = this.#constantRole(e) ?? this.#roleOf(e)
      return role === 'time' || role === 'day' || (role === 'any' && !isEquality(operator))
    }
    let left: Expression | undefined
    for (const pair of group) {
      // a list has a pair for each value
      if (pair.left !== left && mayBe(pair.left, pair)) return true
      left = pair.left
      if (pair.right.kind !== 'literal' && mayBe(pair.right, pair)) return true
    }
    return false
  }

  /**
   * Whether a comparison of two values needs their times; undefined if it must not use them.
   * @param isList the second is of a query, whose rows SQLite puts in an index of their own
   */
  #isOfTimes(sides: readonly Expression[], operator: Operator, isList: boolean): boolean | undefined {
    if (isList && this.#binder.columnsIn(sides[0]!).some(isSent)) return undefined
    const constants = sides.map(e => this.#constantRole(e))
    const roles = sides.map((e, i) => constants[i] ?? this.#roleOf(e))
    if (roles.includes(undefined)) return undefined
    const [known, other] = [roles.filter((_, i) => !constants[i]), roles.filter((_, i) => constants[i])]
    const equality = isEquality(operator)
    if (known.length === 0 || other.includes('other')) return false
    if (equality && other.length === 0)
      return roles.every(r => r === 'time') && (isList || this.#isOfOneTable(sides))
    // a text that is less than a time is meant to be one; it equals the text
    const mayBeTime = known.includes('day') || (known.includes('any') && !equality)
    return known.includes('time') || (mayBeTime && roles.includes('time'))
  }

  /** Whether SQLite cannot look rows up by the equality of two values, since they are of the same row. */
  #isOfOneTable(sides: readonly Expression[]): boolean {
    const of = sides.map(e => this.#binder.columnsIn(e).map(c => c.relation))
    return of.every(relations => relations.length > 0) && new Set(of.flat()).size === 1
  }

  /** What a constant is; undefined for a number, and for what is no constant. */
  #constantRole(e: Expression): Role | undefined {
    return once(this.#constants, e, () => this.#readConstant(e))
  }

  #readConstant(e: Expression): Role | undefined {
    const only = onlyValue(e)
    if (!this.#analysis.isConstant(only)) return undefined
    const value = this.#analysis.constantOf(only)
    if (value === null) return 'other'
    if (typeof value !== 'string') return undefined
    if (instantText(value) === undefined) return 'other'
    return value.length === 10 ? 'day' : 'time'
  }

  #roleOf(e: Expression): Role | undefined {
    return once(this.#others, e, () => this.#readRole(e))
  }

  #readRole(e: Expression): Role | undefined {
    if (e.kind === 'collate' || e.kind === 'row') return undefined
    const kind = this.#kindOf(e)
    if (kind === 'day') return 'day'
    if (kind === 'timestamp' || kind === 'datetime') return 'time'
    if (kind !== undefined && kind !== 'string') return undefined
    if (this.#givesTimes(e)) return 'time'
    return mayBeNumeric(this.#binder.affinityOf(e)) ? undefined : 'any'
  }

  /** Whether a call or CASE returns times, which may be in different forms. */
  #givesTimes(e: Expression): boolean {
    const roles = alternativesOf(e).map(x => this.#constantRole(x) ?? this.#roleOf(x))
    return roles.includes('time') && roles.every(role => role === 'time' || role === 'day')
  }

  sort(node: Call): void {
    if (!node.distinct) for (const e of node.orderBy) this.term(e)
    for (const e of node.over?.orderBy ?? []) this.term(e)
  }

  term(e: Expression): void {
    if (this.#isTime(e)) this.#call(e, INSTANT)
  }

  /** ORDER BY of a query. That of a compound query can name only its result columns. */
  order({ cores, orderBy = [] }: Query): void {
    const [core] = cores
    if (!core) return
    for (const term of orderBy) {
      const shown = cores.length > 1 ? undefined : resultOf(core, term)
      if (cores.length > 1) this.changes.push(() => this.#name(term, cores))
      else if (!shown) this.term(term)
      else if (this.#isTime(shown) && !isVolatile(shown, this.#analysis.functions))
        this.changes.push(() => this.#sortBy(term, shown))
    }
  }

  /** A term of a compound query must be written as its result column, which may have been changed: its number is the same. */
  #name(term: Expression, cores: readonly Core[]): void {
    const { splices } = this.#binder
    const { source, range } = term.kind === 'collate' ? term.operand : term
    const written = textOf(source, range)
    const found = cores
      .map(({ items }) => items.findIndex(i => !i.star && textOf(i.expr.source, i.expr.range) === written))
      .map((at, i) => ({ at, item: cores[i]!.items[at] }))
      .find(({ item }) => item !== undefined)
    const expr = found?.item?.star ? undefined : found?.item?.expr
    if (expr && splices.isWrapped(expr.source, expr.range)) splices.add(source, range, String(found!.at + 1))
  }

  /** Within a call, a name means a column of a table rather than a result column. */
  #sortBy(term: Expression, { source, range }: Expression): void {
    const { splices } = this.#binder
    splices.add(term.source, term.range, () => `${quote(INSTANT)}(${splices.render(source, range, false)})`)
  }

  #isTime(e: Expression): boolean {
    // texts of datetime() are all in one form
    return e.kind !== 'literal' && this.#kindOf(e) !== 'datetime' && this.#roleOf(e) === 'time'
  }

  #call({ source, range }: Expression, name: string): void {
    this.changes.push(() => this.#binder.splices.call(source, range, name))
  }

  #kindOf(e: Expression): ValueKind | undefined {
    const kind = this.#analysis.kindOf(e)
    if (kind !== undefined) return kind
    const column = this.#binder.columnOf(e)
    if (!column || column.merged) return undefined
    const kinds = originsOfParts(pathOf(column)).map(path => {
      const found = path && columnNamed(path.relation, path.column)
      return path?.relation.kind === 'local' && path.path.length === 0
        ? declaredKind(found?.declared)
        : undefined
    })
    return kinds.every(k => k === kinds[0]) ? kinds[0] : undefined
  }
}

function once<T>(known: Map<Expression, T>, e: Expression, read: () => T): T {
  if (!known.has(e)) known.set(e, read())
  return known.get(e)!
}

/** Whether values of a column may be sent, as the texts that they are equated with. */
function isSent(column: BoundColumn): boolean {
  const { relation } = column
  return (
    relation.kind === 'ref'
    && relation.ref.resource.methods.some(m => m.params.some(p => p.column === keyOf(column)))
  )
}

/** What a column of a table of the session is declared to have. */
function declaredKind(declared = ''): ValueKind | undefined {
  if (declared === DATETIME || /^(?:timestamp|datetime)/i.test(declared)) return 'timestamp'
  return /^date\b/i.test(declared) ? 'day' : undefined
}

const isRow = (e: Expression): boolean =>
  ('left' in e && e.left.kind === 'row') || (e.kind === 'between' && e.operand.kind === 'row')

/** What is written in a range, apart from blanks and case. */
const textOf = ({ tokens }: Source, { from, to }: Range): string =>
  tokens
    .slice(from, to)
    .map(t => t.text.toLowerCase())
    .join(' ')

/** The result column that a term of ORDER BY names, or has the number of. */
function resultOf({ items }: Core, term: Expression): Expression | undefined {
  const { source, range } = term
  if (term.kind === 'literal' && term.type === 'number' && range.to - range.from === 1) {
    const at = Number(source.tokens[term.at]!.text) - 1
    return items.slice(0, at + 1).some(i => i.star) ? undefined : items[at]?.expr
  }
  if (term.kind !== 'column' || term.parts.length > 1) return undefined
  return items.find(i => i.alias !== undefined && same(i.alias, term.parts[0]!))?.expr
}
