import type { Value } from '../../catalog/types.ts'
import { queryOf, keyOf, type BoundCore, type BoundQuery } from '../binding/bound.ts'
import { columnAt } from '../binding/columns.ts'
import { conjunctsOf } from './conjuncts.ts'
import type { ConstraintReader } from './constraint-reader.ts'
import type { Operand } from './constraints.ts'

/** Finds the values of operands and result columns that the statement names itself, whichever rows there are. */
export class NamedValues {
  readonly #reader: ConstraintReader

  constructor(reader: ConstraintReader) {
    this.#reader = reader
  }

  /** The values of an operand; undefined if rows decide them. */
  ofOperand(operand: Operand): readonly Value[] | undefined {
    if (operand.kind === 'values') return operand.values
    if (operand.kind !== 'query' || operand.isExpression) return undefined
    return this.ofColumn(operand.queries[0]!, operand.row?.index ?? 0)
  }

  /** The values of a result column: constants, or a column that a condition of the query equates with constants. */
  ofColumn(
    query: BoundQuery,
    index: number,
    within: readonly BoundQuery[] = [],
  ): readonly Value[] | undefined {
    // of a recursive CTE
    if (within.includes(query)) return undefined
    const parts = query.cores.map(core => this.#inCore(core, index, [...within, query]))
    return parts.includes(undefined) ? undefined : parts.flatMap(values => values!)
  }

  #inCore(core: BoundCore, index: number, within: readonly BoundQuery[]): readonly Value[] | undefined {
    const { kind, items, values } = core.core
    const written =
      kind === 'values' ? values.map(row => row[index]!) : items.some(i => i.star) ? [] : [items[index]!.expr]
    if (written.length > 0 && written.every(e => this.#reader.analysis.isConstant(e)))
      return this.#reader.analysis.values(written)
    const from = core.outputs?.[index]?.from
    if (!from) return undefined
    const conjunctions = this.#reader.of(from.relation, conjunctsOf(core))
    const lists = conjunctions.map(c => c.get(keyOf(from))?.find(o => o.kind === 'values')?.values)
    if (!lists.includes(undefined)) return lists.flatMap(list => list!)
    const inner = queryOf(from.relation)
    const at = columnAt(from.relation, from.column)
    return inner && at >= 0 && from.path.length === 0 ? this.ofColumn(inner, at, within) : undefined
  }
}
