import type { Exists, Expression, InQuery, Subquery } from '../../sql/expression.ts'
import { jsonAccess, jsonSteps, literalText } from '../../sql/json-path.ts'
import type { Binder } from '../binding/binder.ts'
import type { BoundColumn, BoundCore, BoundQuery, Relation } from '../binding/bound.ts'
import { expandStar } from '../binding/outputs.ts'
import { columnNamed } from '../binding/columns.ts'
import { compared, type Comparison } from './comparing.ts'
import {
  below,
  derived,
  itemAt,
  opaque,
  presenceTests,
  secretOfAll,
  type Taint,
  type TaintedOperand,
} from './taint.ts'

/** Follows masked secrets through a statement: the taint of each column and expression, through derived tables, CTEs, views and subqueries. */
export class SecretLineage {
  readonly #binder: Binder
  readonly #known = new Map<BoundCore, Map<number, readonly Taint[]>>()
  /** Outputs whose taint is being computed. */
  readonly #inProgress = new Map<BoundCore, Set<number>>()
  /** How often a recursive CTE was met while its own taint was being computed: results found meanwhile may be incomplete. */
  #cycles = 0

  constructor(binder: Binder) {
    this.#binder = binder
  }

  /** The taint of a column of a relation. */
  column(relation: Relation, column: string): readonly Taint[] {
    const known = columnNamed(relation, column)
    if (relation.kind === 'function') return this.#unnested(relation, column.toLowerCase())
    if (!known) return []
    if (relation.kind === 'ref' || relation.kind === 'local')
      return [{ path: known.name, shape: known.shape }]
    const query = relation.kind === 'derived' ? relation.query : relation.cte.query
    return query ? this.output(query, relation.columns!.indexOf(known)) : []
  }

  /** The taint of a result column, by its index. */
  output(query: BoundQuery, index: number): readonly Taint[] {
    return query.cores.flatMap(core => this.outputOf(core, index))
  }

  /** The taint of a result column of one SELECT. */
  outputOf(core: BoundCore, index: number): readonly Taint[] {
    const known = this.#known.get(core)?.get(index)
    if (known) return known
    const inProgress = this.#inProgress.get(core) ?? new Set()
    if (inProgress.has(index)) {
      this.#cycles++
      return []
    }
    const before = this.#cycles
    this.#inProgress.set(core, inProgress.add(index))
    const taint = this.#computeOutput(core, index)
    inProgress.delete(index)
    if (this.#cycles === before)
      this.#known.set(core, (this.#known.get(core) ?? new Map<number, readonly Taint[]>()).set(index, taint))
    return taint
  }

  #computeOutput(core: BoundCore, index: number): readonly Taint[] {
    if (core.core.kind === 'values')
      return derived(core.core.values.flatMap(row => row.flatMap(e => this.operands(core, e))))
    const output = itemAt(core, index)
    if (!output)
      return core.relations.flatMap(relation =>
        (relation.columns ?? []).flatMap(c => this.column(relation, c.name)),
      )
    if (!output.star) return this.expression(core, output.item.expr)
    const { name, from, shape } = output.star
    return from ? below(this.column(from.relation, from.column), from.path) : [{ path: name, shape }]
  }

  /** The taint of the value of an expression. */
  expression(core: BoundCore, e: Expression): readonly Taint[] {
    const operands = this.operands(core, e)
    const [only] = operands
    return only?.at === e ? only.taint : derived(operands)
  }

  /**
   * The operands of an expression that hold secrets: columns, named result columns, subqueries. Operands that are only
   * tested for presence are left out.
   * @param comparison why the expression as a whole is compared
   */
  operands(core: BoundCore, e: Expression, comparison?: Comparison): TaintedOperand[] {
    const found: TaintedOperand[] = []
    const inner = new Set<Expression>()
    const presence = presenceTests(e)
    for (const { node, comparison: why } of compared(e, comparison)) {
      if (inner.has(node)) {
        markPathOperand(node, inner)
        continue
      }
      const read = this.#operand(core, node)
      if (!read) continue
      markPathOperand(node, inner)
      for (const operand of read) {
        const isPresenceTest = presence.has(node) && !operand.taint.some(t => t.derived)
        const comparedFor = node.kind === 'in query' ? 'condition' : why
        if (!isPresenceTest) found.push({ ...operand, at: node, comparison: comparedFor })
      }
    }
    return found.sort((a, b) => a.at.range.from - b.at.range.from)
  }

  /** The secrets of a node that is an operand: a column, a path into one, a subquery; undefined for other nodes. */
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

  /** The taint of a column, or of a constant path into one (`->`, `->>`, json_extract). */
  #path(core: BoundCore, e: Expression): { taint: readonly Taint[]; place: Expression } | undefined {
    if (e.kind === 'column') {
      const column = this.#binder.columnOf(e)
      return { taint: column ? this.#bound(column) : this.#unbound(core, e.parts), place: e }
    }
    const { of, path } = jsonAccess(e) ?? {}
    if (!of || path === undefined) return undefined
    const found = this.#path(core, of)
    return found && { ...found, taint: below(found.taint, jsonSteps(path)) }
  }

  #bound(column: BoundColumn): readonly Taint[] {
    return below(this.column(column.relation, column.column), [...column.path, ...column.implied])
  }

  /**
   * The taint of a name that is bound to no column: the name of a result column, which SQLite finds in every clause and in
   * its subqueries; a column of a query whose `*` cannot be expanded; the hidden column `json` of json_each.
   */
  #unbound(core: BoundCore, parts: readonly string[]): readonly Taint[] {
    const name = parts.at(-1)!.toLowerCase()
    const isQualifiedBy = (relation: Relation): boolean =>
      parts.length === 1 || relation.alias.toLowerCase() === parts.at(-2)!.toLowerCase()
    for (let scope: BoundCore | undefined = core; scope; scope = scope.parent.outer) {
      const index =
        parts.length > 1 ? -1 : (scope.outputs?.findIndex(o => o.name.toLowerCase() === name) ?? -1)
      if (index >= 0) return this.outputOf(scope, index)
      const taint = scope.relations.filter(isQualifiedBy).flatMap(relation => this.#unlisted(relation, name))
      if (taint.length > 0) return taint
    }
    return []
  }

  /** The taint of a column that is not in the known columns of a relation. */
  #unlisted(relation: Relation, name: string): readonly Taint[] {
    if (relation.kind === 'function') return name === 'json' ? this.#argument(relation).whole : []
    if (relation.columns || relation.kind !== 'derived') return []
    return relation.query.cores.flatMap(core =>
      core.relations.flatMap(r => (r.columns ? this.column(r, name) : this.#unlisted(r, name))),
    )
  }

  /** The secrets of a subquery that is an operand. */
  #subquery(node: Subquery | InQuery | Exists): Pick<TaintedOperand, 'secret' | 'taint' | 'place'>[] {
    const query = this.#binder.boundQuery(node.query)
    const first = query.cores[0]?.core.items.length === 1 ? this.output(query, 0) : []
    const all = query.cores.flatMap(core => this.outputOperands(core))
    return all.slice(0, 1).map(o => ({ ...o, taint: first.length > 0 ? first : o.taint }))
  }

  /** The tainted operands of all result columns of a SELECT. */
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
        : this.#computeOutput(core, -1)
      const secret = secretOfAll(taint)
      return secret === undefined
        ? []
        : [{ secret, taint, at: item.expr, place: item.expr, comparison: undefined }]
    })
  }

  /** The taint of a column of json_each or json_tree. Only the values are secret, unless the argument is computed from a secret. */
  #unnested(relation: Relation & { kind: 'function' }, column: string): readonly Taint[] {
    const { whole, path } = this.#argument(relation)
    const constant = path && literalText(path)
    const taint = path ? (constant !== undefined ? below(whole, jsonSteps(constant)) : opaque(whole)) : whole
    if (column !== 'value' && column !== 'atom') return taint.filter(t => t.derived)
    if (/tree$/i.test(relation.node.name)) return opaque(taint)
    return taint.flatMap(t => (t.shape?.items && !t.shape.secret ? below([t], ['[]']) : opaque([t])))
  }

  /** The first argument of a table-valued function, and its path argument. */
  #argument(relation: Relation & { kind: 'function' }): {
    readonly whole: readonly Taint[]
    readonly path: Expression | undefined
  } {
    const [value, path] = relation.node.args
    return { whole: value ? this.expression(relation.core, value) : [], path }
  }
}

/** Marks the operand of a path: it is not an operand by itself. */
function markPathOperand(e: Expression, inner: Set<Expression>): void {
  if (e.kind === 'in query') return
  const path = jsonAccess(e)
  if (path) inner.add(path.of)
}
