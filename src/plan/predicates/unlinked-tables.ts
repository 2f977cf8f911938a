import type { Between, Expression, InList, Is, Match } from '../../sql/expression.ts'
import { leaves } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import { queryOf, coresOf, relationRefs, type BoundCore, type Relation } from '../binding/bound.ts'
import { joinsOf, mergedNames } from '../binding/joins.ts'
import { expressionsOf, nodesBelow } from '../binding/traverse.ts'
import { fullName } from '../names.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { conjunctsOf, splitAnd } from './conjuncts.ts'
import type { Mistakes } from './mistakes.ts'
import { comparisons } from './comparisons.ts'
import { textOf } from './null-comparisons.ts'
import { hasOneRow } from './single-rows.ts'

/**
 * Notes tables in one FROM that no condition links, so that each row of one is joined with each row of the other. CROSS JOIN says
 * that this is meant, and a table of one row, or one that a condition restricts to a constant, only adds columns.
 */
export function noteUnlinked(mistakes: Mistakes): void {
  const { root } = mistakes
  for (const core of coresOf(root))
    if (core.parent.query.source === root.query.source && core.relations.length > 1)
      new LinkedTables(core, mistakes).note()
}

class LinkedTables {
  readonly #mistakes: Mistakes
  readonly #core: BoundCore
  readonly #analysis: ExpressionAnalysis
  readonly #binder: Binder
  /** Conditions that rows must meet, and comparisons elsewhere. */
  #conditions: readonly Expression[] = []
  /** Relations that are linked have the same set. */
  readonly #groups: Map<Relation, Set<Relation>>

  constructor(core: BoundCore, mistakes: Mistakes) {
    const { analysis, binder } = mistakes
    this.#mistakes = mistakes
    this.#core = core
    this.#analysis = analysis
    this.#binder = binder
    this.#groups = new Map(core.relations.map(r => [r, new Set([r])]))
  }

  note(): void {
    this.#readJoins()
    // the conditions of most statements link all tables
    for (const { condition } of conjunctsOf(this.#core))
      if (!isDifference(condition)) this.#link(this.#relationsIn(condition))
    if (this.#isLinked) return
    this.#conditions = conditionsOf(this.#core)
    const differences = this.#conditions.filter(isDifference)
    const denied = new Set(differences.flatMap(e => (e.kind === 'not' ? [e, e.operand] : [e])))
    for (const e of this.#conditions) if (!denied.has(e)) this.#link(this.#relationsIn(e))
    if (this.#isLinked) return
    const many = this.#core.relations.filter(r => this.#hasManyRows(r))
    const [first] = many
    const other = first && many.find(r => this.#groups.get(r) !== this.#groups.get(first))
    if (!other) return
    const link = linkOf(first, other) ?? linkOf(other, first)
    const difference = differences.find(e => {
      const relations = this.#relationsIn(e)
      return relations.includes(first) && relations.includes(other)
    })
    const { source } = this.#core.parent.query
    this.#mistakes.add(
      { source, range: other.node.kind === 'table' ? other.node.name : this.#core.core.range },
      relationRefs(other)[0],
      `no condition ${difference ? `but ${textOf(difference)} ` : ''}links ${nameOf(first)} with ${nameOf(other)}, so each row of one is joined with ${difference ? 'nearly ' : ''}each row of the other: ${link === undefined ? 'add the condition' : `add ${link}`}, or write CROSS JOIN if that is meant`,
      false,
    )
  }

  get #isLinked(): boolean {
    return this.#groups.get(this.#core.relations[0]!)!.size === this.#core.relations.length
  }

  #readJoins(): void {
    for (const join of joinsOf(this.#core.core.from))
      if (join.isCross || mergedNames(this.#core, join).length > 0)
        this.#link(leaves(join).map(leaf => this.#core.relationOf.get(leaf)!))
    for (const relation of this.#core.relations)
      if (relation.kind === 'function')
        this.#link([relation, ...relation.node.args.flatMap(e => this.#relationsIn(e))])
  }

  #relationsIn(e: Expression): Relation[] {
    const relations: Relation[] = []
    for (const { relation } of this.#analysis.columnsIn(e))
      if (relation.core === this.#core) relations.push(relation)
    return relations
  }

  #link([first, ...others]: readonly Relation[]): void {
    if (!first) return
    const all = this.#groups.get(first)!
    for (const other of others) {
      if (all.has(other)) continue
      for (const r of this.#groups.get(other)!) {
        all.add(r)
        this.#groups.set(r, all)
      }
    }
  }

  #hasManyRows(relation: Relation): boolean {
    if (relationRefs(relation).length === 0) return false
    const query = queryOf(relation)
    if (query && hasOneRow(query, this.#analysis)) return false
    return !this.#conditions.some(e => this.#isGiven(e, relation))
  }

  /** Whether a condition equates a column of a relation with a constant. */
  #isGiven(e: Expression, relation: Relation): boolean {
    if (e.kind !== 'comparison' || e.operator !== '=') return false
    const sides = [e.left, e.right]
    return (
      sides.some(side => this.#isOf(side, relation)) && sides.some(side => this.#analysis.isConstant(side))
    )
  }

  /** Whether an expression is a column of a relation that may identify a row: many rows have the same boolean or known value. */
  #isOf(e: Expression, relation: Relation): boolean {
    const column = this.#binder.columnOf(e)
    if (column?.relation !== relation) return false
    const { type, values = [] } = column.shape
    return type !== 'boolean' && values.length === 0
  }
}

/** Whether a condition is true for nearly all pairs of rows: it says that values are not equal, or not alike. */
function isDifference(e: Expression): boolean {
  if (e.kind === 'not') return isSameness(e.operand)
  return (e.kind === 'comparison' && e.operator === '<>') || (isNegatable(e) && e.negated)
}

function isSameness(e: Expression): boolean {
  return (e.kind === 'comparison' && e.operator === '=') || (isNegatable(e) && !e.negated)
}

const isNegatable = (e: Expression): e is Is | InList | Between | Match =>
  e.kind === 'is' || e.kind === 'in list' || e.kind === 'between' || e.kind === 'match'

function conditionsOf({ core }: BoundCore): readonly Expression[] {
  const conditions: Expression[] = []
  for (const e of [core.where, core.having, ...joinsOf(core.from).map(j => j.on)])
    if (e) conditions.push(...splitAnd(e))
  for (const e of expressionsOf(core))
    for (const node of nodesBelow(e)) if (comparisons(node).length > 0) conditions.push(node)
  return conditions
}

const nameOf = (relation: Relation): string => (relation.alias === '' ? 'a subquery' : relation.alias)

/** The condition that links a table with a parent that gives its keys. */
function linkOf(child: Relation, parent: Relation): string | undefined {
  if (child.kind !== 'ref' || parent.kind !== 'ref') return undefined
  const table = fullName(parent.ref.resource)
  const found = child.ref.resource.parents?.find(p => 'keys' in p && p.table === table)
  if (!found || !('keys' in found)) return undefined
  return Object.entries(found.keys)
    .map(([own, column]) => `${child.alias}.${own} = ${parent.alias}.${column}`)
    .join(' AND ')
}
