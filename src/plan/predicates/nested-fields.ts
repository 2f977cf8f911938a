import type { Expression } from '../../sql/expression.ts'
import { pathOf, queryOf, type ColumnPath } from '../binding/bound.ts'
import { columnAt, same } from '../binding/columns.ts'
import { NO_BOOLEAN, SEEN_BOOLEAN } from '../names.ts'
import type { TextUse } from '../plan.ts'
import { literal, quote } from '../splice.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { possibleValues } from './column-values.ts'
import { isUnknownField, jsonOf } from './unknown-fields.ts'

/** What becomes of the value of a field outside of the query that reads it. */
export type NestedUse = 'text' | 'json'

/**
 * The changes of the text around fields of unknown type that a derived table, CTE or view reads, and the query around it takes as texts
 * or as JSON: `SELECT lower(k) FROM (SELECT config.on AS k …)`. A boolean is 1 or 0 there, which cannot be told from a number. In a
 * statement that sends values it is an error in the row that has it; in others it is noted, for a notice.
 */
export class NestedFields {
  readonly #analysis: ExpressionAnalysis
  readonly #isStrict: boolean
  readonly #uses: TextUse[]
  readonly #guarded = new Set<Expression>()

  /** @param uses where notices are added */
  constructor(analysis: ExpressionAnalysis, isStrict: boolean, uses: TextUse[]) {
    this.#analysis = analysis
    this.#isStrict = isStrict
    this.#uses = uses
  }

  /** The changes for the fields that may give an expression its value. */
  changes(e: Expression, use: NestedUse = 'text'): readonly (() => void)[] {
    const { binder } = this.#analysis
    return possibleValues(e, binder).flatMap(value => {
      const column = binder.columnOf(value)
      return column && !column.merged ? this.changesAt(pathOf(column), use) : []
    })
  }

  /** The same for a column. */
  changesAt(of: ColumnPath, use: NestedUse = 'text', seen: readonly ColumnPath[] = []): (() => void)[] {
    const query = queryOf(of.relation)
    if (!query || of.path.length > 0) return []
    const at = columnAt(of.relation, of.column)
    if (at < 0 || seen.some(c => c.relation === of.relation && same(c.column, of.column))) return []
    return query.cores.flatMap(({ core: { items }, outputs }) => {
      const from = outputs?.[at]?.from
      if (from && from.path.length === 0 && queryOf(from.relation))
        return this.changesAt(from, use, [...seen, of])
      const item = items.slice(0, at + 1).some(i => i.star) ? undefined : items[at]
      return item ? this.#itemChanges(item.expr, use, [...seen, of]) : []
    })
  }

  #itemChanges(item: Expression, use: NestedUse, seen: readonly ColumnPath[]): (() => void)[] {
    const { binder } = this.#analysis
    return possibleValues(item, binder).flatMap(e => {
      const column = binder.columnOf(e)
      if (column && column.path.length === 0 && queryOf(column.relation))
        return column.merged ? [] : this.changesAt(pathOf(column), use, seen)
      if (!isUnknownField(binder, e) || this.#guarded.has(e)) return []
      const json = jsonOf(e, binder)
      if (!json) return []
      this.#guarded.add(e)
      return [this.#guard(e, json, use)]
    })
  }

  #guard({ source, range }: Expression, json: () => string, use: NestedUse): () => void {
    const { splices } = this.#analysis.binder
    const of = splices.original(source, range)
    if (this.#isStrict) {
      return () =>
        splices.wrap(source, range, `${quote(NO_BOOLEAN)}(`, `, ${json()}, ${literal(of)}, ${literal(use)})`)
    }
    const known = this.#uses.findIndex(noted => noted.of === of && noted.kind === 'nested')
    const index = known < 0 ? this.#uses.push({ of, kind: 'nested' }) - 1 : known
    return () => splices.wrap(source, range, `${quote(SEEN_BOOLEAN)}(`, `, ${json()}, ${index})`)
  }
}
