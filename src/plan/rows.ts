import type { Resource } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Range, Source } from '../sql/query.ts'
import type { Disjunction, Operand } from './predicates/constraints.ts'
import { bracketed, compose, type Part } from './compose.ts'
import type { PlanContext } from './context.ts'
import type { Change } from './keys.ts'
import { fullName, spanOf } from './names.ts'
import type { QueryPlan } from './plan.ts'
import { planQuery } from './select.ts'
import { quote, valueText } from './splice.ts'

/** The rows of keys as WHERE gives them, with the values of SET and of options: nothing is read. */
export function keysOnly(
  known: Disjunction,
  columns: readonly string[],
  values: readonly Range[],
  source: Source,
  context: PlanContext,
): QueryPlan {
  const parts: Part[] = []
  const row = (): void => {
    parts.push('SELECT DISTINCT ', columns.map((_, i) => `k${i}.v`).join(', '))
    values.forEach((expr, i) => parts.push(i + columns.length > 0 ? ', ' : '', ...bracketed(expr)))
    if (columns.length + values.length === 0) parts.push('1')
  }
  const alternatives = known.filter(a => columns.every(c => a.has(c)))
  if (alternatives.length === 0) return planQuery(...empty(columns.length + values.length), context)
  alternatives.forEach((a, n) => {
    if (n > 0) parts.push(' UNION ')
    row()
    if (columns.length > 0)
      parts.push(
        ' FROM ',
        columns
          .map(
            (c, i) =>
              `(WITH "key~"(v) AS (${operandText(a.get(c)![0]!)}) SELECT v FROM "key~" WHERE v IS NOT NULL) AS k${i}`,
          )
          .join(', '),
      )
  })
  const text = compose(source, parts)
  return text.run(() => planQuery(text.source, text.range, context, []))
}

function empty(columns: number): [Source, Range] {
  const text = compose({ text: '', tokens: [] }, [
    `SELECT ${Array.from({ length: Math.max(1, columns) }, () => 'NULL').join(', ')} WHERE 0`,
  ])
  return [text.source, text.range]
}

function operandText(operand: Operand): string {
  if (operand.kind === 'values') return `VALUES ${operand.values.map(v => `(${valueText(v)})`).join(', ')}`
  return operand.kind === 'query' ? operand.original : 'SELECT NULL WHERE 0'
}

/** The rows are read first, as a SELECT with the same WHERE would; those with the same keys and values make one call. */
export function rowsRead(
  s: Change,
  where: readonly Part[],
  resource: Resource,
  columns: readonly string[],
  values: readonly Range[],
  source: Source,
  context: PlanContext,
): QueryPlan {
  if (!resource.methods.some(m => m.verb === 'select')) {
    throw new ConfluentqlError(
      'UNSUPPORTED',
      `${fullName(resource)} cannot be read, so only its keys can be given`,
      { span: spanOf(source, s.target.range), hint: `WHERE ${columns.join(' = … AND ')} = …` },
    )
  }
  const alias = s.alias ?? resource.name
  const path = (key: string): string => [alias, ...key.split('.')].map(quote).join('.')
  const table = [resource.provider, resource.service, resource.name].map(quote).join('.')
  const parts: Part[] = ['SELECT DISTINCT ', columns.map(path).join(', ')]
  values.forEach((expr, i) => parts.push(i + columns.length > 0 ? ', ' : '', ...bracketed(expr)))
  if (columns.length + values.length === 0) parts.push('1')
  parts.push(` FROM ${table} AS ${quote(alias)}`, ...(where.length > 0 ? [' WHERE ', ...where] : []))
  const text = compose(source, parts)
  return text.run(() =>
    planQuery(
      text.source,
      text.range,
      context,
      resource.methods.filter(m => m.verb === s.kind),
    ),
  )
}
