import type { Shape } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import { positionOf } from '../../sql/properties.ts'
import { leaves, type JoinNode, type Range, type Source } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import {
  coresOf,
  dotted,
  type BoundColumn,
  type BoundCore,
  type BoundQuery,
  type Output,
} from '../binding/bound.ts'
import { joinsOf, mergedNames } from '../binding/joins.ts'
import { columnNamed } from '../binding/columns.ts'
import type { PlanContext } from '../context.ts'
import { spanOf } from '../names.ts'
import type { Comparison } from './comparing.ts'
import { SecretLineage } from './lineage.ts'
import { itemAt, memberOf, secretIn, secretOfAll, type TaintedOperand } from './taint.ts'

/** The dotted path of the secret that a column is, or is a part of. */
export function secretOf({ relation, column, path }: BoundColumn): string | undefined {
  const names = [column, ...path]
  let shape: Shape | undefined = columnNamed(relation, column)?.shape
  for (let depth = 1; shape; depth++) {
    if (shape.secret) return names.slice(0, depth).join('.')
    shape = depth < names.length ? memberOf(shape, names[depth]!) : undefined
  }
  return undefined
}

const REASONS: Readonly<Record<Comparison, string>> = {
  condition: 'in a condition',
  group: 'for grouping',
  order: 'for ordering',
  distinct: 'for DISTINCT or a set operation',
  extreme: 'in min or max',
}

/**
 * Rejects comparisons of masked secrets, and of values computed from them, also behind subqueries, views and CTEs:
 * conditions, joins, DISTINCT, GROUP BY, ORDER BY, windows, min and max, set operations. They would compare the masks and
 * silently give wrong rows. Only tests whether there is a secret are allowed.
 *
 * @param isChange the query gives the rows of a change: its outermost DISTINCT is generated and allowed
 */
export function checkSecrets(
  binder: Binder,
  root: BoundQuery,
  context: PlanContext,
  isChange: boolean,
): void {
  if (context.showSecrets || !readsSecrets(binder, root)) return
  const checker = new SecretChecker(binder)
  for (const core of coresOf(root)) checker.core(core, isChange && root.cores.includes(core))
  for (const query of new Set(coresOf(root).map(c => c.parent))) checker.tail(query)
}

/** Indexes of the result columns that hold masked secrets although their shapes have none. */
export function maskedOutputs(
  binder: Binder,
  root: BoundQuery,
  count: number,
  shapes: readonly (Shape | undefined)[],
  context: PlanContext,
): readonly number[] {
  if (context.showSecrets || !readsSecrets(binder, root)) return []
  const lineage = new SecretLineage(binder)
  return Array.from({ length: count }, (_, i) => i).filter(
    i => secretIn(shapes[i], '') === undefined && secretOfAll(lineage.output(root, i)) !== undefined,
  )
}

/** Whether a query can read a secret at all: a column that is named, `*`, or columns that a join merges. */
function readsSecrets(binder: Binder, root: BoundQuery): boolean {
  const readsUnnamed = ({ core }: BoundCore): boolean =>
    core.items.some(i => i.star) || joinsOf(core.from).some(j => j.natural || j.using !== undefined)
  if (coresOf(root).some(readsUnnamed)) return true
  for (const column of binder.columns())
    if (secretOf(column) !== undefined || secretIn(column.shape, '') !== undefined) return true
  return false
}

class SecretChecker {
  readonly #binder: Binder
  readonly #lineage: SecretLineage

  constructor(binder: Binder) {
    this.#binder = binder
    this.#lineage = new SecretLineage(binder)
  }

  /** @param isGenerated DISTINCT is not the user's */
  core(bound: BoundCore, isGenerated: boolean): void {
    const { core, parent } = bound
    const joins = joinsOf(core.from)
    for (const e of [core.where, core.having, ...joins.map(j => j.on)]) if (e) this.#condition(bound, e)
    const args = leaves(core.from).flatMap(l => (l.kind === 'function' ? l.args : []))
    const results = core.items.flatMap(i => (i.star ? [] : [i.expr]))
    for (const e of [...results, ...args, ...core.values.flat()]) this.#compared(bound, e)
    for (const w of core.windows) {
      for (const e of w.partitionBy) this.#compared(bound, e, 'group')
      for (const e of w.orderBy) this.#compared(bound, e, 'order')
    }
    for (const e of core.groupBy ?? []) this.#term(bound, e, 'group')
    if ((core.distinct || parent.query.setOps.some(op => op !== 'UNION ALL')) && !isGenerated)
      for (const operand of this.#lineage.outputOperands(bound)) this.#refuse(operand, 'distinct')
    for (const join of joins) this.#merged(bound, join)
  }

  /** ORDER BY and LIMIT. */
  tail({ query, cores }: BoundQuery): void {
    for (const e of query.orderBy ?? []) for (const core of cores) this.#term(core, e, 'order')
    const { limit } = query
    for (const e of limit ? [limit.count, limit.offset] : []) if (e) this.#condition(cores[0]!, e)
  }

  /** A term of GROUP BY or ORDER BY: the number or the name of a result column, or an expression. */
  #term(core: BoundCore, e: Expression, what: 'group' | 'order'): void {
    const term = e.kind === 'collate' ? e.operand : e
    const name = term.kind === 'column' && term.parts.length === 1 ? term.parts[0]!.toLowerCase() : undefined
    const outputs = core.parent.cores[0]!.outputs
    const named =
      what === 'order' && name !== undefined
        ? (outputs?.findIndex(o => o.name.toLowerCase() === name) ?? -1)
        : -1
    const position = positionOf(e)
    const index =
      position !== undefined
        ? position - 1
        : named < 0 && what === 'order'
          ? this.#compoundIndex(core.parent, term)
          : named
    if (index < 0) {
      if (core.parent.cores[0] === core) this.#compared(core, e, what)
      return
    }
    const secret = secretOfAll(this.#lineage.outputOf(core, index))
    if (secret === undefined) return
    const written = itemAt(core, index)
    const inside =
      named < 0 && written && !written.star ? this.#lineage.operands(core, written.item.expr)[0] : undefined
    const place = inside?.place ?? e
    throw this.#refusal(secret, place.source, place.range, REASONS[what])
  }

  /** The index of the result column of a compound query that a column is; -1 if it is none. */
  #compoundIndex({ cores }: BoundQuery, term: Expression): number {
    const column = cores.length > 1 ? this.#binder.columnOf(term) : undefined
    if (!column) return -1
    const isColumn = ({ from }: Output): boolean =>
      from?.relation === column.relation && dotted(from) === dotted(column)
    return Math.max(...cores.map(core => core.outputs?.findIndex(isColumn) ?? -1))
  }

  #condition(core: BoundCore, e: Expression): void {
    for (const operand of this.#lineage.operands(core, e, 'condition')) this.#refuse(operand, 'condition')
  }

  #compared(core: BoundCore, e: Expression, comparison?: Comparison): void {
    for (const operand of this.#lineage.operands(core, e, comparison))
      if (operand.comparison) this.#refuse(operand, operand.comparison)
  }

  /** USING and NATURAL compare the columns that they merge. */
  #merged(core: BoundCore, join: JoinNode): void {
    for (const name of mergedNames(core, join)) {
      for (const relation of core.relations) {
        const secret = secretOfAll(this.#lineage.column(relation, name))
        if (secret === undefined) continue
        const place = relation.node.kind === 'table' ? relation.node.name : core.core.range
        const what = `in ${join.natural ? 'NATURAL JOIN' : 'USING'}`
        throw this.#refusal(secret, core.parent.query.source, place, what)
      }
    }
  }

  #refuse({ secret, place }: TaintedOperand, what: Comparison): never {
    throw this.#refusal(secret, place.source, place.range, REASONS[what])
  }

  #refusal(secret: string, source: Source, range: Range, what: string): ConfluentqlError {
    const site = this.#binder.refs.find(r => r.source === source)?.site
    return new ConfluentqlError('UNSUPPORTED', `"${secret}" is a masked secret and cannot be used ${what}`, {
      span: site ? spanOf(site.source, site.name) : spanOf(source, range),
      hint: "--show-secrets reads it unmasked; IS NULL and = '' work without",
    })
  }
}
