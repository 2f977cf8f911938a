import { ConfluentqlError } from '../../errors.ts'
import { children, type Expression } from '../../sql/expression.ts'
import { leaves, type Range, type Source } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import { queryOf, relationRefs, type BoundQuery, type Relation, type TableRef } from '../binding/bound.ts'
import { joinsOf } from '../binding/joins.ts'
import { spanOf, writtenText } from '../names.ts'
import type { ExpressionAnalysis } from './analysis.ts'

/** A place in the statement. */
interface Place {
  readonly source: Source
  readonly range: Range
}

/**
 * Receives conditions that are valid SQL and hardly meant as they are written. A query that only reads gets a notice. A change is
 * refused, since it would take rows that are not meant, unless the condition can only leave rows out: it is never true, and the
 * change takes a row only if it is true.
 */
export class Mistakes {
  readonly analysis: ExpressionAnalysis
  readonly binder: Binder
  readonly root: BoundQuery
  /** Notices about none of the tables that are read. */
  readonly notes = new Set<string>()
  /** The query gives the rows of a change. */
  readonly isChange: boolean
  #restricting: ReadonlySet<Place> | undefined

  constructor(root: BoundQuery, analysis: ExpressionAnalysis, isChange: boolean) {
    this.analysis = analysis
    this.binder = analysis.binder
    this.root = root
    this.isChange = isChange
  }

  /**
   * A condition that is hardly meant, with what to write.
   * @param at the condition or one side of it, or the name of a table
   * @param ref the table that a notice is about, if there is one
   * @param isUntrue it is true for no row, or for fewer than are meant; otherwise it may be true for others
   * @throws ConfluentqlError VALUE for a change that could take other rows because of it
   */
  add(at: Place, ref: TableRef | undefined, text: string, isUntrue = true): void {
    if (this.isChange && !(isUntrue && this.restricts(at))) throw refusal(at, text)
    ;(ref ?? this).notes.add(text)
  }

  /** The same, about the table of the columns in an expression, or else the first table. */
  addAbout(at: Expression, text: string, isUntrue = true): void {
    const refs = this.analysis.columnsIn(at).flatMap(c => relationRefs(c.relation))
    this.add(at, refs[0] ?? this.binder.refs[0], text, isUntrue)
  }

  /** What only a change is refused for, since a query may well be meant so. */
  refuse(at: Place, text: string): void {
    if (this.isChange) throw refusal(at, text)
  }

  /** Whether a condition that is never true only makes fewer rows be selected. */
  restricts(at: Place): boolean {
    this.#restricting ??= new RestrictingConditions(this.analysis).of(this.root)
    return this.#restricting.has(at)
  }
}

/** Where a notice goes on with what to write. */
const ADVICE = /: (?=write |give |add |compare |leave )|; (?=did you mean |write |names are )/

/** The notice as an error, whose hint is what to write. */
function refusal(at: Place, text: string): ConfluentqlError {
  const [message] = text.split(ADVICE, 1)
  const advice = text.slice(message!.length + 2)
  const keep = keepText(at)
  return new ConfluentqlError('VALUE', message!, {
    span: spanOf(at.source, at.range),
    hint:
      advice === ''
        ? keep
        : /^(?:did you mean|compare|names are) /.test(advice)
          ? `${advice.replace(/[^?]$/, '$&.')} ${capitalized(keep)}`
          : advice,
  })
}

/** How to write a condition that is meant as it is: nothing is known of the values of a computed text. */
function keepText(at: Place): string {
  const side = 'kind' in at ? comparedSide(at as Expression) : at
  const text = writtenText(side.source, side.range)
  const operand = 'kind' in side && side.kind !== 'column' && side.kind !== 'call' ? `(${text})` : text
  return `if the condition is meant as it is, write ${operand} || '' instead of ${text}`
}

/** The side of a condition that is no constant. */
function comparedSide(e: Expression): Expression {
  if (e.kind === 'comparison') return e.left.kind === 'literal' ? e.right : e.left
  return e.kind === 'match' || e.kind === 'in list' || e.kind === 'in query' || e.kind === 'is' ? e.left : e
}

const capitalized = (text: string): string => text[0]!.toUpperCase() + text.slice(1)

/** Finds the conditions without a negation, AND and OR included, that a row must meet, with their sides: if one is never true, fewer rows are selected. */
class RestrictingConditions {
  readonly #analysis: ExpressionAnalysis
  readonly #found = new Set<Place>()
  readonly #seen = new Set<BoundQuery>()

  constructor(analysis: ExpressionAnalysis) {
    this.#analysis = analysis
  }

  of(query: BoundQuery): ReadonlySet<Place> {
    this.#addQuery(query)
    return this.#found
  }

  #addQuery(bound: BoundQuery): void {
    const { query, cores } = bound
    // with fewer rows, EXCEPT, aggregates, windows and LIMIT can give others
    if (this.#seen.has(bound) || query.setOps.some(op => /except/i.test(op)) || query.limit) return
    this.#seen.add(bound)
    for (const core of cores) {
      if (this.#analysis.combinesRows(core)) continue
      const joins = joinsOf(core.core.from)
      for (const e of [core.core.where, ...joins.filter(j => j.type === 'inner').map(j => j.on)])
        if (e) this.#addCondition(e)
      if (joins.some(j => j.type !== 'inner')) continue
      for (const leaf of leaves(core.core.from)) this.#addRelation(core.relationOf.get(leaf))
    }
  }

  #addRelation(relation: Relation | undefined): void {
    // a CTE that is named again may be so in a negation
    const query =
      relation?.kind === 'cte' && relation.cte.uses > 1 ? undefined : relation && queryOf(relation)
    if (query) this.#addQuery(query)
  }

  #addCondition(e: Expression): void {
    if (e.kind === 'and' || e.kind === 'or') {
      this.#found.add(e)
      for (const operand of e.operands) this.#addCondition(operand)
    } else if (!isNegation(e)) {
      this.#found.add(e)
      if (isMetByValues(e)) for (const side of children(e)) if (!isCondition(side)) this.#found.add(side)
      if (e.kind === 'exists' || e.kind === 'in query')
        this.#addQuery(this.#analysis.binder.boundQuery(e.query))
    }
  }
}

/** Whether a condition is true only if its sides have certain values: iif(), coalesce() and CASE may be true for all others. */
function isMetByValues(e: Expression): boolean {
  if (e.kind === 'is') return !e.right || !/^(?:false|0)$/i.test(writtenText(e.right.source, e.right.range))
  return CONDITIONS.has(e.kind)
}

/** Whether an expression is a condition itself: what it is compared with may be met where it is not true. */
const isCondition = (e: Expression): boolean =>
  CONDITIONS.has(e.kind) || /^(?:is|and|or|not|exists)$/.test(e.kind)

const CONDITIONS: ReadonlySet<Expression['kind']> = new Set([
  'comparison',
  'in list',
  'in query',
  'between',
  'match',
])

function isNegation(e: Expression): boolean {
  return e.kind === 'not' || (e.kind === 'comparison' && e.operator === '<>') || ('negated' in e && e.negated)
}
