import { keyParts } from '../../catalog/keys.ts'
import type { Expression } from '../../sql/expression.ts'
import { leaves, type FromNode, type JoinNode, type Range, type Source } from '../../sql/query.ts'
import { positionOf } from '../../sql/properties.ts'
import { queryOf, type BoundCore, type ColumnPath, type Relation } from '../binding/bound.ts'
import { joinsOf, mergedNames } from '../binding/joins.ts'
import { columnsBelow, ownNodes, subqueriesIn } from '../binding/traverse.ts'
import { same } from '../binding/columns.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { conjunctsOf, isUnder } from './conjuncts.ts'
import { combinesRows } from './grouping.ts'

/**
 * The columns of a core that have one value in all rows in which given columns have one value (functional dependence): those
 * that conditions equate with a constant or with such a column, and all columns of a relation of which the key is given. The
 * key of a resource is what identifies the object in the path of a request that reads one.
 */
export class Determined {
  readonly #core: BoundCore
  readonly #analysis: ExpressionAnalysis
  readonly #paths = new Map<Relation, string[][]>()
  readonly #whole = new Set<Relation>()

  /** @param given the columns, or paths into columns, that have one value */
  constructor(core: BoundCore, analysis: ExpressionAnalysis, given: readonly ColumnPath[]) {
    this.#core = core
    this.#analysis = analysis
    for (const column of given) this.#add(column)
    while (this.#spread());
  }

  /** Whether a column has one value. */
  has({ relation, column, path }: ColumnPath): boolean {
    if (this.#whole.has(relation)) return true
    const wanted = [column.toLowerCase(), ...path]
    return (this.#paths.get(relation) ?? []).some(known => known.every((name, i) => wanted[i] === name))
  }

  /** Whether the value that RIGHT and FULL JOIN make of the columns with a name on both sides is one. */
  hasMerged(name: string): boolean {
    const joins = joinsOf(this.#core.core.from).filter(join =>
      mergedNames(this.#core, join).includes(name.toLowerCase()),
    )
    return joins.every(join => {
      const [left, right] = this.#sides(join, name)
      return [...(join.type === 'right' ? [] : left), ...right].every(c => this.has(c))
    })
  }

  /** Whether an expression has one value: every column in it has, and it reads nothing else that may differ. */
  isValueOf(e: Expression): boolean {
    return (
      this.#isReadable(e)
      && columnsBelow(ownNodes(e), this.#analysis.binder).every(
        c => c.relation.core !== this.#core || this.has(c),
      )
    )
  }

  /** Whether the columns in an expression decide its value. */
  #isReadable(e: Expression): boolean {
    const { binder, validator } = this.#analysis
    const functions = validator.functions()
    return (
      subqueriesIn(e).length === 0
      && ownNodes(e).every(
        x => !binder.isUnresolved(x) && (x.kind !== 'call' || functions.isDeterministic(x.name)),
      )
    )
  }

  #add(column: ColumnPath): boolean {
    if (this.has(column)) return false
    const paths = this.#paths.get(column.relation) ?? []
    paths.push([column.column.toLowerCase(), ...column.path])
    this.#paths.set(column.relation, paths)
    return true
  }

  /** Adds what follows from what is known; false if that is nothing. */
  #spread(): boolean {
    let isNew = false
    for (const { condition, join } of conjunctsOf(this.#core)) {
      const sides = sidesOf(condition)
      for (const [side, other] of sides ? [sides, [sides[1], sides[0]] as const] : []) {
        const column = this.#analysis.binder.columnOf(side)
        if (!column || column.merged || column.relation.core !== this.#core) continue
        if (join && !this.#filters(join, column.relation, other)) continue
        if (!this.has(column) && this.isValueOf(other)) isNew = this.#add(column) || isNew
      }
    }
    for (const join of joinsOf(this.#core.core.from)) isNew = this.#merge(join) || isNew
    for (const relation of this.#core.relations) isNew = this.#complete(relation) || isNew
    return isNew
  }

  /**
   * Whether ON of a join gives a relation the value of another expression in all rows. On the side that an outer join does not
   * preserve, that needs an ON which is true for all rows with given values or for none: the columns are NULL without a match.
   */
  #filters(join: JoinNode, relation: Relation, other: Expression): boolean {
    if (join.type === 'full') return false
    const others = columnsBelow(ownNodes(other), this.#analysis.binder)
    // rows that a join around this one adds have NULL instead of a constant
    if (others.length === 0 && this.#isInOptional(join)) return false
    if (join.type === 'inner') return true
    const optional = optionalSide(join)
    return (
      isUnder(this.#core, optional, relation)
      && others.every(c => !isUnder(this.#core, optional, c.relation))
      && this.#isDecided(join.on!, optional)
    )
  }

  /** Whether a condition depends only on a side of a join and on what has one value. */
  #isDecided(on: Expression, side: FromNode): boolean {
    const nodes = ownNodes(on)
    return (
      this.#isReadable(on)
      && columnsBelow(nodes, this.#analysis.binder).every(
        c => c.relation.core !== this.#core || isUnder(this.#core, side, c.relation) || this.has(c),
      )
    )
  }

  /** Whether an outer join around a join may have NULL for its columns. */
  #isInOptional(join: JoinNode): boolean {
    const own = leaves(join)
    return joinsOf(this.#core.core.from).some(around => {
      const sides = around.type === 'full' ? [around.left, around.right] : [optionalSide(around)]
      return around.type !== 'inner' && sides.some(side => own.every(l => leaves(side).includes(l)))
    })
  }

  /** Columns that USING and NATURAL equate; for an outer join if they decide together which rows match. */
  #merge(join: JoinNode): boolean {
    if (join.type === 'full') return false
    const pairs = mergedNames(this.#core, join).map(name => this.#sides(join, name))
    const [isLeft, isRight] = [0, 1].map(side => pairs.map(p => p[side]!.some(c => this.has(c))))
    let isNew = false
    for (const [i, [left, right]] of pairs.entries()) {
      if (join.type === 'left' ? isLeft!.every(Boolean) : join.type === 'inner' && isLeft![i]!)
        for (const c of right) isNew = this.#add(c) || isNew
      if (join.type === 'right' ? isRight!.every(Boolean) : join.type === 'inner' && isRight![i]!)
        for (const c of left) isNew = this.#add(c) || isNew
    }
    return isNew
  }

  /** The columns of a name on both sides of a join. */
  #sides(join: JoinNode, name: string): readonly [left: ColumnPath[], right: ColumnPath[]] {
    const on = (side: FromNode): ColumnPath[] =>
      this.#core.relations
        .filter(r => isUnder(this.#core, side, r))
        .flatMap(relation => {
          const column = relation.columns?.find(c => same(c.name, name))
          return column ? [{ relation, column: column.name, path: [] }] : []
        })
    return [on(join.left), on(join.right)]
  }

  /** All columns of a relation, if its key is known; for a query what its conditions give. */
  #complete(relation: Relation): boolean {
    if (this.#whole.has(relation) || !this.#paths.has(relation)) return false
    if (relation.kind === 'ref') {
      const isKnown = (key: string): boolean => {
        const [column = '', ...path] = keyParts(key)
        return this.has({ relation, column, path })
      }
      if (!keysOf(relation).some(keys => keys.every(isKnown))) return false
      this.#whole.add(relation)
      return true
    }
    if (relation.kind === 'function') {
      const { args } = relation.node
      const isRow = ['key', 'id', 'fullkey'].some(column => this.has({ relation, column, path: [] }))
      if (!isRow || !args.every(e => this.isValueOf(e))) return false
      this.#whole.add(relation)
      return true
    }
    const query = queryOf(relation)
    const core = query?.cores.length === 1 ? query.cores[0]! : undefined
    if (!core || (relation.kind === 'cte' && relation.cte.recursive)) return false
    return this.#completeQuery(relation, core)
  }

  #completeQuery(relation: Relation, core: BoundCore): boolean {
    const known = (relation.columns ?? []).map(c => this.has({ relation, column: c.name, path: [] }))
    const { binder, validator } = this.#analysis
    if (combinesRows(core, validator.functions(), binder)) {
      const keys = groupColumns(core)
      if (!keys || !keys.every(i => known[i])) return false
      this.#whole.add(relation)
      return true
    }
    const given = (core.outputs ?? []).flatMap((o, i) => (o.from && known[i] ? [o.from] : []))
    const inner = new Determined(core, this.#analysis, given)
    let isNew = false
    for (const [i, output] of (core.outputs ?? []).entries()) {
      const name = relation.columns?.[i]?.name
      if (name === undefined || known[i]) continue
      const item = core.core.items.some(x => x.star) ? undefined : core.core.items[i]?.expr
      if (output.from ? inner.has(output.from) : item && inner.isValueOf(item))
        isNew = this.#add({ relation, column: name, path: [] }) || isNew
    }
    return isNew
  }
}

/** The side of a LEFT or RIGHT JOIN whose columns are NULL in rows without a match. */
const optionalSide = (join: JoinNode): FromNode => (join.type === 'left' ? join.right : join.left)

/** The sides of a condition that makes two values equal; for an IN list of one value as well. */
function sidesOf(e: Expression): readonly [Expression, Expression] | undefined {
  if (e.kind === 'comparison') return e.operator === '=' ? [e.left, e.right] : undefined
  return e.kind === 'in list' && !e.negated && e.list.length === 1 ? [e.left, e.list[0]!] : undefined
}

/** The keys of a resource: the columns that identify an object in the path of a request which reads one. */
function keysOf(relation: Relation & { readonly kind: 'ref' }): readonly (readonly string[])[] {
  return relation.ref.resource.methods
    .filter(m => m.verb === 'select' && m.single)
    .map(m => m.params.filter(p => p.in === 'path' || p.in === 'host'))
    .filter(params => params.some(p => p.in === 'path') && params.every(p => p.column !== undefined))
    .map(params => params.map(p => p.column!))
}

/** The indexes of the result columns that a core groups by; undefined if it groups by anything else, or not at all. */
function groupColumns({ core, outputs }: BoundCore): readonly number[] | undefined {
  if (!core.groupBy || !outputs || core.items.some(i => i.star)) return undefined
  const indexes = core.groupBy.map(e => {
    const position = positionOf(e)
    if (position !== undefined) return position - 1
    const text = comparableText(e.source, e.range)
    return core.items.findIndex(
      i =>
        comparableText(i.expr.source, i.expr.range) === text
        || (i.alias !== undefined && same(i.alias, text)),
    )
  })
  return indexes.every(i => i >= 0) ? indexes : undefined
}

/** The text of a range of tokens, which is the same for texts that differ only in white space and in the case of their words. */
export function comparableText({ tokens }: Source, { from, to }: Range): string {
  return tokens
    .slice(from, to)
    .map(t => (t.kind === 'string' || t.kind === 'name' ? t.text : t.text.toLowerCase()))
    .join(' ')
}
