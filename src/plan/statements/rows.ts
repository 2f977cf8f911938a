import { keyParts } from '../../catalog/keys.ts'
import type { Method, Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Range, Source } from '../../sql/query.ts'
import type { Disjunction, Operand } from '../predicates/constraints.ts'
import { nodesRead } from '../binding/traverse.ts'
import { comparingIn, comparisons } from '../predicates/comparisons.ts'
import { compose, type Composed, type Part } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import type { Change } from './keys.ts'
import { fullName, spanOf } from '../names.ts'
import type { QueryPlan } from '../plan.ts'
import { checkQuery, planQuery, type CheckedQuery, type QueryUse } from './query.ts'
import { quote, valueText } from '../splice.ts'

/** The rows of a change, as a query selects them. */
export interface ChangedRows {
  readonly statement: Change
  readonly resource: Resource
  /** Conditions of WHERE that select rows. */
  readonly where: readonly Part[]
  /** The first result columns: keys, and fields with the value that WHERE gives. */
  readonly columns: readonly string[]
  /** The other result columns: values of SET and of options. */
  readonly values: readonly (readonly Part[])[]
  /** Whether the result column at an index, among all of them, is sent as a text. */
  readonly isText?: (column: number) => boolean
}

/**
 * The rows of keys that WHERE gives. Only tables of its subqueries are read.
 * @throws ConfluentqlError for what a SELECT with this WHERE would reject
 */
export function keysOnly(
  known: Disjunction,
  rows: ChangedRows,
  source: Source,
  context: PlanContext,
): QueryPlan {
  const { columns, values } = rows
  const checked = checkSelection(rows, source, context)
  checkConstants(checked)
  const warnings = noticesOf(checked)
  const disjuncts = known.filter(a => columns.every(c => a.has(c)))
  const planned = (plan: QueryPlan): QueryPlan => {
    const told = new Set(plan.scans.flatMap(scan => scan.warnings ?? []))
    return { ...plan, warnings: warnings.filter(w => !told.has(w)) }
  }
  if (disjuncts.length === 0)
    return planned(planQuery(...emptyQuery(columns.length + values.length), context))
  const parts = disjuncts.flatMap((a, n) => [
    ...(n > 0 ? [' UNION '] : []),
    ...keysQuery(
      columns.map(c => a.get(c)![0]!),
      values,
    ),
  ])
  const text = compose(source, parts)
  return planned(
    text.run(() => planQuery(text.source, text.range, context, { changing: [], ...textsOf(rows) })),
  )
}

/**
 * Checks the conditions of a change.
 * @returns notices about them
 * @throws ConfluentqlError for what a SELECT with this WHERE would reject, and for what is hardly meant and may be true for other rows
 */
export function checkConditions(
  change: Pick<ChangedRows, 'statement' | 'resource'>,
  where: readonly Part[],
  source: Source,
  context: PlanContext,
): readonly string[] {
  return noticesOf(checkSelection({ ...change, where, columns: [], values: [] }, source, context))
}

const noticesOf = ({ binder, notes }: CheckedQuery): string[] => [
  ...notes,
  ...binder.refs.flatMap(ref => [...ref.notes]),
]

function checkSelection(rows: ChangedRows, source: Source, context: PlanContext): CheckedQuery {
  const text = rowsText(rows, source)
  return text.run(() => checkQuery(text.source, text.range, context, { changing: changingMethods(rows) }))
}

/**
 * Evaluates the constants in conditions on keys with the checks around their operands: no row is read that would have them evaluated.
 * @throws ConfluentqlError VALUE for CAST of a text that is not a number
 */
function checkConstants({ root, analysis }: CheckedQuery): void {
  const { splices } = analysis.binder
  const sides = comparingIn(nodesRead(root).nodes).flatMap(e =>
    comparisons(e).flatMap(p => [p.left, p.right]),
  )
  for (const { source, range, kind } of new Set(sides.filter(e => analysis.isConstant(e)))) {
    if (kind === 'literal' || !splices.isWrapped(source, range)) continue
    try {
      analysis.validator.values([splices.render(source, range, false)])
    } catch (error) {
      // another error is that of the statement, which reports it
      if (error instanceof ConfluentqlError) throw error
    }
  }
}

/** A SELECT of one operand for each column; operands of the same row-value query are taken from the same rows. */
function keysQuery(operands: readonly Operand[], values: ChangedRows['values']): Part[] {
  const from: string[] = []
  const queries = new Map<object, string>()
  const names = operands.map((operand, i) => {
    const row = operand.kind === 'query' ? operand.row : undefined
    const query = operand.kind === 'query' && row ? operand.queries[0]! : operand
    const alias = queries.get(query) ?? `k${i}`
    if (!queries.has(query)) from.push(`${keyRows(operand, row?.width ?? 1)} AS ${alias}`)
    queries.set(query, alias)
    return `${alias}.v${row?.index ?? 0}`
  })
  return [
    'SELECT DISTINCT ',
    ...selectList(names, values),
    ...(from.length > 0 ? [` FROM ${from.join(' CROSS JOIN ')}`] : []),
  ]
}

/** A subquery of the values of an operand without NULL, which equals nothing. */
function keyRows(operand: Operand, width: number): string {
  const names = Array.from({ length: width }, (_, i) => `v${i}`)
  const notNull = names.map(n => `${n} IS NOT NULL`).join(' AND ')
  return `(WITH "key~"(${names.join(', ')}) AS (${operandText(operand)}) SELECT * FROM "key~" WHERE ${notNull})`
}

/** The select list: generated columns, then the user's expressions; at least one. */
function selectList(texts: readonly string[], values: ChangedRows['values']): Part[] {
  const all = [...texts.map(t => [t]), ...values]
  return all.length === 0 ? ['1'] : all.flatMap((parts, i) => [...(i > 0 ? [', '] : []), ...parts])
}

/** A query without rows. */
function emptyQuery(columns: number): [Source, Range] {
  const text = compose({ text: '', tokens: [] }, [
    `SELECT ${Array.from({ length: Math.max(1, columns) }, () => 'NULL').join(', ')} WHERE 0`,
  ])
  return [text.source, text.range]
}

/** The query, or VALUES, that gives the values of an operand. */
function operandText(operand: Operand): string {
  if (operand.kind === 'values') return `VALUES ${operand.values.map(v => `(${valueText(v)})`).join(', ')}`
  return operand.kind === 'query' ? operand.explicit : 'SELECT NULL WHERE 0'
}

/** Plans a SELECT with the same WHERE; rows with the same keys and values make one call. */
export function rowsRead(rows: ChangedRows, source: Source, context: PlanContext): QueryPlan {
  const { statement: s, resource, columns } = rows
  if (!resource.methods.some(m => m.verb === 'select')) {
    throw new ConfluentqlError(
      'UNSUPPORTED',
      `${fullName(resource)} cannot be read, so only its keys can be given`,
      { span: spanOf(source, s.target.range), hint: `WHERE ${columns.join(' = … AND ')} = …` },
    )
  }
  const text = rowsText(rows, source)
  const use = { changing: changingMethods(rows), ...textsOf(rows) }
  return text.run(() => planQuery(text.source, text.range, context, use))
}

const textsOf = ({ isText }: ChangedRows): Pick<QueryUse, 'isText'> => (isText ? { isText } : {})

/** The SELECT of the rows that WHERE selects. */
function rowsText({ statement: s, resource, where, columns, values }: ChangedRows, source: Source): Composed {
  const alias = s.alias ?? resource.name
  const path = (key: string): string => [alias, ...keyParts(key)].map(quote).join('.')
  const table = [resource.provider, resource.service, resource.name].map(quote).join('.')
  return compose(source, [
    'SELECT DISTINCT ',
    ...selectList(columns.map(path), values),
    ` FROM ${table}${s.alias ? ` AS ${quote(s.alias)}` : ''}`,
    ...(where.length > 0 ? [' WHERE ', ...where] : []),
  ])
}

/** The methods of the change: in its WHERE, a column means what their parameters select by. */
function changingMethods({ statement, resource }: ChangedRows): readonly Method[] {
  return resource.methods.filter(m => m.verb === statement.kind)
}
