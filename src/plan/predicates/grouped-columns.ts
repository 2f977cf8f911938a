import { ConfluentqlError } from '../../errors.ts'
import { children, type Expression } from '../../sql/expression.ts'
import type { Source } from '../../sql/query.ts'
import { isCombining, positionOf } from '../../sql/properties.ts'
import {
  coresOf,
  keyOf,
  pathOf,
  type BoundColumn,
  type BoundCore,
  type BoundQuery,
  type ColumnPath,
} from '../binding/bound.ts'
import { expandStar } from '../binding/outputs.ts'
import { columnsBelow, nodesOf, ownNodes } from '../binding/traverse.ts'
import { spanOf, writtenText } from '../names.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { comparableText, Determined } from './determined.ts'
import { combinesInside } from './grouping.ts'

/** A column that has several values in a group, and where it is written. */
interface Bare {
  readonly name: string
  readonly isScalar: boolean
  readonly at: Expression
}

/**
 * Rejects a column that a query which combines rows neither groups by nor gives to an aggregate: SQLite would take its value
 * from any row of the group. Beside a single min() or max(), it takes the value from the row that has the minimum or maximum
 * (sqlite.org/lang_select.html), so that is allowed, as are columns that have one value in the group (Determined).
 *
 * Views are not checked: they were when they were created.
 */
export function checkGrouped(root: BoundQuery, source: Source, analysis: ExpressionAnalysis): void {
  for (const core of coresOf(root))
    if (core.parent.query.source === source) new GroupedCore(core, analysis).check()
}

class GroupedCore {
  readonly #core: BoundCore
  readonly #analysis: ExpressionAnalysis
  /** Keys of the expressions in GROUP BY. */
  #groups: ReadonlySet<string> = new Set()
  /** The columns that GROUP BY names. */
  #given: readonly ColumnPath[] = []
  #determined: Determined | undefined

  constructor(core: BoundCore, analysis: ExpressionAnalysis) {
    this.#core = core
    this.#analysis = analysis
  }

  /** @throws ConfluentqlError VALUE */
  check(): void {
    const { core, parent } = this.#core
    const { binder, functions } = this.#analysis
    if (core.kind !== 'select' || combinesInside(this.#core, functions, binder)) return
    const terms = parent.cores.length === 1 ? (parent.query.orderBy ?? []) : []
    const items = core.items.filter(i => !i.star).map(i => i.expr)
    const checked = [...items, ...(core.having ? [core.having] : []), ...terms]
    const aggregates = checked.flatMap(ownNodes).filter(e => this.#isAggregate(e))
    if (!core.groupBy && aggregates.length === 0) return
    const extremes = aggregates.filter(e => e.kind === 'call' && (e.name === 'min' || e.name === 'max'))
    if (new Set(extremes.map(e => this.#key(e))).size === 1) return
    this.#readGroups()
    const bare = checked.flatMap(e => this.#bareIn(e))[0] ?? this.#bareInStars()
    if (bare) throw this.#error(bare, aggregates[0])
  }

  #readGroups(): void {
    const { core, outputs } = this.#core
    const { binder } = this.#analysis
    const given: ColumnPath[] = []
    const groups = new Set<string>()
    for (const term of core.groupBy ?? []) {
      const position = positionOf(term)
      const isAlias = term.kind === 'column' && term.parts.length === 1 && binder.isUnresolved(term)
      const named = isAlias
        ? core.items.find(i => i.alias?.toLowerCase() === term.parts[0]!.toLowerCase())
        : undefined
      const output = position === undefined ? undefined : outputs?.[position - 1]
      if (output?.from) given.push(output.from)
      const item = core.items.some(i => i.star) ? undefined : core.items[(position ?? 0) - 1]
      const e = (position === undefined ? named : item)?.expr ?? term
      const column = binder.columnOf(valueOf(e))
      if (column && !column.merged) given.push(pathOf(column))
      groups.add(this.#key(e))
    }
    this.#groups = groups
    this.#given = given
  }

  /** Most statements show only columns that they group by, and need no others. */
  get #decided(): Determined {
    return (this.#determined ??= new Determined(this.#core, this.#analysis, this.#given))
  }

  #isAggregate(e: Expression): boolean {
    return e.kind === 'call' && e.over === undefined && isCombining(e, this.#analysis.functions)
  }

  /** The columns in an expression that have several values in a group. */
  #bareIn(e: Expression): readonly Bare[] {
    if (this.#groups.has(this.#key(e)) || this.#isAggregate(e)) return []
    const column = this.#analysis.binder.columnOf(e)
    if (column) return this.#isBare(column) ? [bareColumn(column, e)] : []
    const inner = 'query' in e ? this.#bareInQuery(e) : []
    return [...inner, ...children(e).flatMap(child => this.#bareIn(child))]
  }

  /** The columns of this core that a subquery in it uses. */
  #bareInQuery(e: Expression & { readonly kind: 'subquery' | 'exists' | 'in query' }): readonly Bare[] {
    const { binder } = this.#analysis
    return columnsBelow(nodesOf(e.query), binder).flatMap(c =>
      this.#isBare(c) && !this.#groups.has(columnKey(c)) ? [bareColumn(c, c.node)] : [],
    )
  }

  #bareInStars(): Bare | undefined {
    for (const { expr, star } of this.#core.core.items) {
      const columns = star ? (expandStar(this.#core, star.qualifier) ?? []) : []
      const bare = columns.find(c => c.from && !this.#decided.has(c.from))
      if (bare) return { name: bare.name, isScalar: !isNested(bare.shape?.type), at: expr }
    }
    return undefined
  }

  #isBare(column: BoundColumn): boolean {
    if (column.relation.core !== this.#core) return false
    return column.merged ? !this.#decided.hasMerged(column.column) : !this.#decided.has(pathOf(column))
  }

  /** The same text for expressions that have the same value in a row. */
  #key(e: Expression): string {
    const column = this.#analysis.binder.columnOf(e)
    if (column) return columnKey(column)
    const { source, range } = e
    const words = (from: number, to: number): string => comparableText(source, { from, to })
    if (e.kind === 'literal' || e.kind === 'parameter') return source.tokens[e.at]!.text
    const parts = children(e)
    if (parts.length === 0 || 'query' in e || e.kind === 'unknown') return words(range.from, range.to)
    // the operator and the names are the tokens between the parts
    let [text, at] = ['', parts[0]!.source === source ? range.from : range.to]
    for (const part of parts.toSorted((a, b) => a.range.from - b.range.from)) {
      text += `${words(at, part.range.from)}{${this.#key(part)}}`
      at = part.range.to
    }
    return withoutBrackets(`${text}${words(at, range.to)}`)
  }

  #error({ name, isScalar, at }: Bare, aggregate: Expression | undefined): ConfluentqlError {
    const { source, range } = at
    const { groupBy } = this.#core.core
    const span = spanOf(source, range)
    const why = groupBy
      ? 'a group may have several values of it'
      : `${aggregate ? writtenText(aggregate.source, aggregate.range) : 'HAVING'} combines all rows into one`
    const columns = isScalar
      ? `min(${name}), max(${name}) or group_concat(DISTINCT ${name})`
      : `json_group_array(json(${name}))`
    return new ConfluentqlError(
      'VALUE',
      `"${name}" is neither in GROUP BY nor in an aggregate function, and ${why}`,
      {
        span,
        hint: `${groupBy ? `add ${name} to GROUP BY` : `add GROUP BY ${name}`}, or say which value is meant: ${columns}`,
      },
    )
  }
}

/** The expression whose values a term groups by: those that are equal by a collation count as one. */
function valueOf(e: Expression): Expression {
  if (e.kind === 'collate' || (e.kind === 'unary' && e.operator === '+')) return valueOf(e.operand)
  return e
}

function columnKey(column: BoundColumn): string {
  const { relation } = column
  return `\0${relation.core.relations.indexOf(relation)}.${keyOf(column).toLowerCase()}`
}

function bareColumn(column: BoundColumn, at: Expression): Bare {
  const name = writtenText(column.source, column.node.name)
  return { name, isScalar: !isNested(column.shape.type), at }
}

function isNested(type: string | undefined): boolean {
  return type === 'object' || type === 'array'
}

function withoutBrackets(key: string): string {
  const inner = /^\((.*)\)$/s.exec(key)?.[1]
  return inner === undefined ? key : withoutBrackets(inner.trim())
}
