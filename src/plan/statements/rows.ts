import type { Method, Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Range, Source } from '../../sql/query.ts'
import type { Disjunction, Operand } from '../predicates/constraints.ts'
import { compose, type Composed, type Part } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import type { Change } from './keys.ts'
import { fullName, spanOf } from '../names.ts'
import type { QueryPlan } from '../plan.ts'
import { checkQuery, planQuery } from './query.ts'
import { quote, valueText } from '../splice.ts'

/** What the query of a change's rows is made of. */
export interface RowsWanted {
  readonly statement: Change
  readonly resource: Resource
  /** Conditions of WHERE that pick rows. */
  readonly where: readonly Part[]
  /** Columns that the query gives: keys, and fields that stay what WHERE says they are. */
  readonly columns: readonly string[]
  /** Expressions that it gives behind them: of SET and of options. */
  readonly values: readonly (readonly Part[])[]
}

/**
 * The rows of keys as WHERE gives them: nothing is read but what its subqueries read.
 * @throws ConfluentqlError for what a SELECT with this WHERE would refuse
 */
export function keysOnly(
  known: Disjunction,
  wanted: RowsWanted,
  source: Source,
  context: PlanContext,
): QueryPlan {
  const { columns, values } = wanted
  const judged = rowsText(wanted, source)
  judged.run(() => checkQuery(judged.source, judged.range, context, undefined, methodsOf(wanted)))
  const alternatives = known.filter(a => columns.every(c => a.has(c)))
  if (alternatives.length === 0) return planQuery(...empty(columns.length + values.length), context)
  const parts = alternatives.flatMap((a, n) => [
    ...(n > 0 ? [' UNION '] : []),
    ...keysOf(
      columns.map(c => a.get(c)![0]!),
      values,
    ),
  ])
  const text = compose(source, parts)
  return text.run(() => planQuery(text.source, text.range, context, []))
}

/** SELECT of one operand for each column; those of one query of row values are taken from the same rows. */
function keysOf(operands: readonly Operand[], values: RowsWanted['values']): Part[] {
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
    ...listOf(names, values),
    ...(from.length > 0 ? [` FROM ${from.join(', ')}`] : []),
  ]
}

/** A table of the values of an operand that are not NULL, which equals nothing. */
function keyRows(operand: Operand, width: number): string {
  const names = Array.from({ length: width }, (_, i) => `v${i}`)
  const isThere = names.map(n => `${n} IS NOT NULL`).join(' AND ')
  return `(WITH "key~"(${names.join(', ')}) AS (${operandText(operand)}) SELECT * FROM "key~" WHERE ${isThere})`
}

/** Result columns of texts, then of the user's expressions; at least one. */
function listOf(texts: readonly string[], values: RowsWanted['values']): Part[] {
  const all = [...texts.map(t => [t]), ...values]
  return all.length === 0 ? ['1'] : all.flatMap((parts, i) => [...(i > 0 ? [', '] : []), ...parts])
}

function empty(columns: number): [Source, Range] {
  const text = compose({ text: '', tokens: [] }, [
    `SELECT ${Array.from({ length: Math.max(1, columns) }, () => 'NULL').join(', ')} WHERE 0`,
  ])
  return [text.source, text.range]
}

/** The query, or VALUES, that gives what an operand has. */
export function operandText(operand: Operand): string {
  if (operand.kind === 'values') return `VALUES ${operand.values.map(v => `(${valueText(v)})`).join(', ')}`
  return operand.kind === 'query' ? operand.original : 'SELECT NULL WHERE 0'
}

/** The rows are read first, as a SELECT with the same WHERE would; those with the same keys and values make one call. */
export function rowsRead(wanted: RowsWanted, source: Source, context: PlanContext): QueryPlan {
  const { statement: s, resource, columns } = wanted
  if (!resource.methods.some(m => m.verb === 'select')) {
    throw new ConfluentqlError(
      'UNSUPPORTED',
      `${fullName(resource)} cannot be read, so only its keys can be given`,
      { span: spanOf(source, s.target.range), hint: `WHERE ${columns.join(' = … AND ')} = …` },
    )
  }
  const text = rowsText(wanted, source)
  return text.run(() => planQuery(text.source, text.range, context, methodsOf(wanted)))
}

/** The SELECT of the rows that WHERE picks. */
function rowsText({ statement: s, resource, where, columns, values }: RowsWanted, source: Source): Composed {
  const alias = s.alias ?? resource.name
  const path = (key: string): string => [alias, ...key.split('.')].map(quote).join('.')
  const table = [resource.provider, resource.service, resource.name].map(quote).join('.')
  return compose(source, [
    'SELECT DISTINCT ',
    ...listOf(columns.map(path), values),
    ` FROM ${table} AS ${quote(alias)}`,
    ...(where.length > 0 ? [' WHERE ', ...where] : []),
  ])
}

/** In WHERE of a change a name means what the change's own parameters select by. */
function methodsOf({ statement, resource }: RowsWanted): readonly Method[] {
  return resource.methods.filter(m => m.verb === statement.kind)
}
