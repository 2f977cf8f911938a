import type { Expression } from '../../sql/expression.ts'
import type { Query } from '../../sql/query.ts'
import { queryOf, coresOf, pathOf, type BoundCore, type BoundQuery, type Relation } from '../binding/bound.ts'
import { onlyOrigin } from '../binding/origins.ts'
import { writtenText } from '../names.ts'
import type { NearValues } from '../plan.ts'
import { columnText, literal } from '../splice.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { conjunctsOf, isNullable, onFilters } from './conjuncts.ts'

/**
 * Conditions that equate a column of texts with constants, each with SQL for the values in the loaded rows that differ from a
 * constant only by case or blanks around it. They say why a query has no rows, or why aggregates, NOT EXISTS and outer joins
 * find none.
 */
export function nearValuesOf(root: BoundQuery, analysis: ExpressionAnalysis): NearValues[] {
  const { binder } = analysis
  const { limit } = root.query
  // where rows are counted, not all may be loaded
  const isCut = coresOf(root).some(c => c.parent !== root && c.parent.query.limit)
  if (isCut || (limit && analysis.wholeNumber(limit.count) === 0)) return []
  const required = new Set(requiredCores(root, analysis))
  return [...statedCores(root)].flatMap(core =>
    conjunctsOf(core).flatMap(({ condition, join }) => {
      const test = equalityOf(condition)
      const column = test && binder.columnOf(test.left)
      if (!column || column.merged || column.relation.core !== core) return []
      // what ON says about the rows that an outer join preserves, no row has to meet
      if (join && !onFilters(core, join, column.relation)) return []
      const origin = onlyOrigin(pathOf(column))
      const { values: known, type } = column.shape
      if (origin?.relation.kind !== 'ref' || type !== 'string' || known) return []
      const values = test!.values.map(e => analysis.constantOf(e))
      if (!values.every(v => typeof v === 'string')) return []
      const { table } = origin.relation.ref
      const text = columnText(table, origin.column, origin.path)
      const plain = values.map(v => `lower(trim(${literal(v)}))`).join(', ')
      const isRequired = required.has(core) && (!join || !isNullable(core, column.relation))
      return [
        {
          exact: `SELECT EXISTS (SELECT 1 FROM "${table}" WHERE ${text} IN (${values.map(literal).join(', ')}))`,
          near: `SELECT ${text}, count(*) FROM "${table}" WHERE lower(trim(${text})) IN (${plain}) GROUP BY 1 ORDER BY 2 DESC LIMIT 10`,
          values,
          isRequired,
          condition: writtenText(condition.source, condition.range).replaceAll(/\s+/g, ' '),
        },
      ]
    }),
  )
}

/** The SELECTs that the user wrote: not those in views. */
function statedCores(query: BoundQuery, found = new Set<BoundCore>()): Set<BoundCore> {
  for (const core of query.cores) {
    if (found.has(core)) continue
    found.add(core)
    const read = core.relations.filter(r => !isView(r)).flatMap(r => queryOf(r) ?? [])
    for (const inner of [...read, ...core.subqueries]) statedCores(inner, found)
  }
  return found
}

const isView = (r: Relation): boolean => r.kind === 'derived' && r.view !== undefined

/** The SELECT of a query, and those in its FROM and its conditions: without a row of one of them, the query has none. */
function requiredCores({ cores }: BoundQuery, analysis: ExpressionAnalysis): BoundCore[] {
  const [core] = cores
  if (!core || cores.length > 1 || (!core.core.groupBy && analysis.combinesRows(core))) return []
  const read = core.relations
    .filter(r => !isNullable(core, r) && !isView(r))
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
