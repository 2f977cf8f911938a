import type { Exists, Expression, InQuery, Subquery } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import type { BoundColumn, BoundCore, BoundQuery, Relation } from '../binding/bound.ts'
import { expandStar } from '../binding/outputs.ts'
import { compared, type Comparison } from './comparing.ts'
import {
  below,
  derived,
  itemAt,
  opaque,
  pathOf,
  presenceTests,
  secretOfAll,
  steps,
  textOf,
  type Taint,
  type TaintedOperand,
} from './taint.ts'

/** Follows masked secrets through a statement: what each column and expression holds, through derived tables, CTEs, views and subqueries. */
export class SecretLineage {
  readonly #binder: Binder
  readonly #known = new Map<BoundCore, Map<number, readonly Taint[]>>()
  readonly #open = new Map<BoundCore, Set<number>>()
  /** How often a recursive CTE was met while it was being looked into: what was found meanwhile may not be all. */
  #cuts = 0

  constructor(binder: Binder) {
    this.#binder = binder
  }

  /** What a column of an item holds. */
  column(relation: Relation, column: string): readonly Taint[] {
    const known = relation.columns?.find(c => c.name.toLowerCase() === column.toLowerCase())
    if (relation.kind === 'function') return this.#unnested(relation, column.toLowerCase())
    if (!known) return []
    if (relation.kind === 'ref' || relation.kind === 'local')
      return [{ path: known.name, shape: known.shape }]
    const query = relation.kind === 'derived' ? relation.query : relation.cte.query
    return query ? this.output(query, relation.columns!.indexOf(known)) : []
  }

  /** What a result column holds, by position from 0. */
  output(query: BoundQuery, index: number): readonly Taint[] {
    return query.cores.flatMap(core => this.outputOf(core, index))
  }

  /** The same of one SELECT. */
  outputOf(core: BoundCore, index: number): readonly Taint[] {
    const known = this.#known.get(core)?.get(index)
    if (known) return known
    const open = this.#open.get(core) ?? new Set()
    if (open.has(index)) {
      this.#cuts++
      return []
    }
    const before = this.#cuts
    this.#open.set(core, open.add(index))
    const taint = this.#find(core, index)
    open.delete(index)
    if (this.#cuts === before)
      this.#known.set(core, (this.#known.get(core) ?? new Map<number, readonly Taint[]>()).set(index, taint))
    return taint
  }

  #find(core: BoundCore, index: number): readonly Taint[] {
    if (core.core.kind === 'values')
      return derived(core.core.values.flatMap(row => row.flatMap(e => this.operands(core, e))))
    const found = itemAt(core, index)
    if (!found)
      return core.relations.flatMap(relation =>
        (relation.columns ?? []).flatMap(c => this.column(relation, c.name)),
      )
    if (!found.star) return this.expression(core, found.item.expr)
    const { name, from, shape } = found.star
    return from ? below(this.column(from.relation, from.column), from.path) : [{ path: name, shape }]
  }

  /** What the value of an expression holds. */
  expression(core: BoundCore, e: Expression): readonly Taint[] {
    const operands = this.operands(core, e)
    const [only] = operands
    return only?.at === e ? only.taint : derived(operands)
  }

  /**
   * The operands of an expression that hold secrets: columns, result columns that it names, subqueries. What is asked only
   * whether it is there is none.
   * @param comparison what the expression as a whole is compared for
   */
  operands(core: BoundCore, e: Expression, comparison?: Comparison): TaintedOperand[] {
    const found: TaintedOperand[] = []
    const inner = new Set<Expression>()
    const presence = presenceTests(e)
    for (const { node, comparison: own } of compared(e, comparison)) {
      if (inner.has(node)) {
        markBelow(node, inner)
        continue
      }
      const read = this.#operand(core, node)
      if (!read) continue
      markBelow(node, inner)
      for (const operand of read) {
        const asksOnly = presence.has(node) && !operand.taint.some(t => t.derived)
        const comparedFor = node.kind === 'in query' ? 'condition' : own
        if (!asksOnly) found.push({ ...operand, at: node, comparison: comparedFor })
      }
    }
    return found.sort((a, b) => a.at.range.from - b.at.range.from)
  }

  /** What a node holds that is read as a whole: a column, a path into one, a subquery; undefined for any other. */
  #operand(
    core: BoundCore,
    node: Expression,
  ): Pick<TaintedOperand, 'secret' | 'taint' | 'place'>[] | undefined {
    if (node.kind === 'subquery' || node.kind === 'in query') return this.#subquery(node)
    const path = this.#path(core, node)
    if (!path) return undefined
    const secret = secretOfAll(path.taint)
    return secret === undefined ? [] : [{ secret, taint: path.taint, place: path.place }]
  }

  /** A column, or a constant path into what a column holds: `->`, `->>`, json_extract. */
  #path(core: BoundCore, e: Expression): { taint: readonly Taint[]; place: Expression } | undefined {
    if (e.kind === 'column') {
      const column = this.#binder.columnOf(e)
      return { taint: column ? this.#bound(column) : this.#unbound(core, e.parts), place: e }
    }
    const { of, path } = pathOf(e) ?? {}
    if (!of || path === undefined) return undefined
    const found = this.#path(core, of)
    return found && { ...found, taint: below(found.taint, steps(path)) }
  }

  #bound(column: BoundColumn): readonly Taint[] {
    return below(this.column(column.relation, column.column), [...column.path, ...column.implied])
  }

  /**
   * What no column of known name is: the name of a result column, which SQLite finds in every clause and in subqueries of
   * it; a column of a query whose `*` cannot be spelled out; the column of json_each that is the value as a whole.
   */
  #unbound(core: BoundCore, parts: readonly string[]): readonly Taint[] {
    const name = parts.at(-1)!.toLowerCase()
    const isAt = (relation: Relation): boolean =>
      parts.length === 1 || relation.alias.toLowerCase() === parts.at(-2)!.toLowerCase()
    for (let scope: BoundCore | undefined = core; scope; scope = scope.parent.outer) {
      const index =
        parts.length > 1 ? -1 : (scope.outputs?.findIndex(o => o.name.toLowerCase() === name) ?? -1)
      if (index >= 0) return this.outputOf(scope, index)
      const taint = scope.relations.filter(isAt).flatMap(relation => this.#unlisted(relation, name))
      if (taint.length > 0) return taint
    }
    return []
  }

  #unlisted(relation: Relation, name: string): readonly Taint[] {
    if (relation.kind === 'function') return name === 'json' ? this.#argument(relation).whole : []
    if (relation.columns || relation.kind !== 'derived') return []
    return relation.query.cores.flatMap(core =>
      core.relations.flatMap(i => (i.columns ? this.column(i, name) : this.#unlisted(i, name))),
    )
  }

  /** What a subquery that is an operand gives. */
  #subquery(node: Subquery | InQuery | Exists): Pick<TaintedOperand, 'secret' | 'taint' | 'place'>[] {
    const query = this.#binder.boundQuery(node.query)
    const first = query.cores[0]?.core.items.length === 1 ? this.output(query, 0) : []
    const all = query.cores.flatMap(core => this.outputOperands(core))
    return all.slice(0, 1).map(o => ({ ...o, taint: first.length > 0 ? first : o.taint }))
  }

  /** Of each result column of a SELECT the operands that it is made of. */
  outputOperands(core: BoundCore): TaintedOperand[] {
    if (core.core.kind === 'values')
      return core.core.values.flatMap(row => row.flatMap(e => this.operands(core, e)))
    return core.core.items.flatMap(item => {
      if (!item.star) return this.operands(core, item.expr)
      const columns = expandStar(core, item.star.qualifier)
      const taint = columns
        ? columns.flatMap(({ from, name, shape }) =>
            from ? this.column(from.relation, from.column) : [{ path: name, shape }],
          )
        : this.#find(core, -1)
      const secret = secretOfAll(taint)
      return secret === undefined
        ? []
        : [{ secret, taint, at: item.expr, place: item.expr, comparison: undefined }]
    })
  }

  /** What json_each and json_tree give of a value: names and types tell nothing, unless the value is computed. */
  #unnested(relation: Relation & { kind: 'function' }, column: string): readonly Taint[] {
    const { whole, path } = this.#argument(relation)
    const constant = path && textOf(path)
    const taint = path ? (constant !== undefined ? below(whole, steps(constant)) : opaque(whole)) : whole
    if (column !== 'value' && column !== 'atom') return taint.filter(t => t.derived)
    if (/tree$/i.test(relation.node.name)) return opaque(taint)
    return taint.flatMap(t => (t.shape?.items && !t.shape.secret ? below([t], ['[]']) : opaque([t])))
  }

  #argument(relation: Relation & { kind: 'function' }): {
    readonly whole: readonly Taint[]
    readonly path: Expression | undefined
  } {
    const [value, path] = relation.node.args
    return { whole: value ? this.expression(relation.core, value) : [], path }
  }
}

function markBelow(e: Expression, inner: Set<Expression>): void {
  if (e.kind === 'in query') return
  const path = pathOf(e)
  if (path) inner.add(path.of)
}
