import type { Expression } from '../../sql/expression.ts'
import type { Query } from '../../sql/query.ts'
import { queryOf, coresOf, pathOf, type BoundCore, type BoundQuery } from '../binding/bound.ts'
import { onlyOrigin } from '../binding/origins.ts'
import { writtenText } from '../names.ts'
import type { NearValues } from '../plan.ts'
import { columnText, literal } from '../splice.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { conjunctsOf, isNullable, onFilters } from './conjuncts.ts'

/**
 * Conditions that equate a column of texts with constants, each with SQL for the values in the loaded rows that differ from a
 * constant at most by case or blanks around it: if a query has no rows, they say why. Without such a condition there is no row.
 */
export function nearValuesOf(root: BoundQuery, analysis: ExpressionAnalysis): NearValues[] {
  const { binder } = analysis
  const { limit } = root.query
  // where rows are counted, not all may be loaded
  const isCut = coresOf(root).some(c => c.parent !== root && c.parent.query.limit)
  if (isCut || (limit && analysis.wholeNumber(limit.count) === 0)) return []
  return requiredCores(root, analysis).flatMap(core =>
    conjunctsOf(core).flatMap(({ condition, join }) => {
      const test = equalityOf(condition)
      const column = test && binder.columnOf(test.left)
      if (!column || column.merged || column.relation.core !== core) return []
      if (isNullable(core, column.relation) || (join && !onFilters(core, join, column.relation))) return []
      const origin = onlyOrigin(pathOf(column))
      const { values: known, type } = column.shape
      if (origin?.relation.kind !== 'ref' || type !== 'string' || known) return []
      const values = test!.values.map(e => analysis.constantOf(e))
      if (!values.every(v => typeof v === 'string')) return []
      const { table } = origin.relation.ref
      const text = columnText(table, origin.column, origin.path)
      const plain = values.map(v => `lower(trim(${literal(v)}))`).join(', ')
      return [
        {
          sql: `SELECT ${text}, count(*) FROM "${table}" WHERE lower(trim(${text})) IN (${plain}) GROUP BY 1 ORDER BY ${text} IN (${values.map(literal).join(', ')}) DESC, 2 DESC LIMIT 10`,
          values,
          condition: writtenText(condition.source, condition.range).replaceAll(/\s+/g, ' '),
        },
      ]
    }),
  )
}

/** The SELECT of a query, and those in its FROM and its conditions: without a row of one of them, the query has none. */
function requiredCores({ cores }: BoundQuery, analysis: ExpressionAnalysis): BoundCore[] {
  const [core] = cores
  if (!core || cores.length > 1 || (!core.core.groupBy && analysis.combinesRows(core))) return []
  const read = core.relations
    .filter(r => !isNullable(core, r) && !(r.kind === 'derived' && r.view !== undefined))
    .filter(r => !(r.kind === 'cte' && r.cte.recursive))
    .flatMap(r => queryOf(r) ?? [])
  const tested = conjunctsOf(core)
    .filter(({ join }) => join === undefined || join.type === 'inner')
    .flatMap(({ condition }) => queriesOf(condition).map(query => analysis.binder.boundQuery(query)))
  return [core, ...[...read, ...tested].flatMap(query => requiredCores(query, analysis))]
}

/** The queries without whose rows a condition is true for no row. */
function queriesOf(e: Expression): readonly Query[] {
  if (e.kind === 'exists') return [e.query]
  if (e.kind === 'in query') return e.negated || e.query.form === 'table' ? [] : [e.query]
  if (e.kind !== 'comparison') return []
  return [e.left, e.right].flatMap(side => (side.kind === 'subquery' ? [side.query] : []))
}

/** A column that must equal one of some values. */
function equalityOf(e: Expression): { left: Expression; values: readonly Expression[] } | undefined {
  if (e.kind === 'in list') return e.negated ? undefined : { left: e.left, values: e.list }
  if (e.kind !== 'comparison' || e.operator !== '=') return undefined
  const [left, right] = e.left.kind === 'column' ? [e.left, e.right] : [e.right, e.left]
  return { left, values: [right] }
}
