import type { Shape } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import type { ParseBoolean } from '../../sql/parser.ts'
import type { Core, Range, Source } from '../../sql/query.ts'
import { readQuery } from '../../sql/read-query.ts'
import { alteredNumber } from '../coerce.ts'
import { bracketed, checkBrackets, compose, type Composed, type Part } from '../compose.ts'
import { spanOf } from '../names.ts'

/**
 * The SQL for a user's expression that is sent as a shape. SQLite has no booleans: for a text they become 'true' and 'false'.
 * @throws ConfluentqlError VALUE for a number of which a text would have other digits
 */
export function valueFor(
  e: Expression,
  shape: Shape,
  isBooleanColumn: (path: string) => boolean = () => false,
): Part[] {
  if (isText(shape)) rejectAlteredNumbers(e)
  return isText(shape) && isBoolean(e, isBooleanColumn) ? asText(e.range) : bracketed(e.range)
}

function asText(expr: Range): Part[] {
  return ['(CASE ', ...bracketed(expr), " WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"]
}

/**
 * The query of an INSERT, with 'true' and 'false' for the booleans that it gives to text columns; undefined if there are
 * none.
 * @param shapes the shapes of its columns
 * @throws ConfluentqlError VALUE for a number of which a text would have other digits
 */
export function withBooleanTexts(
  source: Source,
  query: Range,
  shapes: readonly (Shape | undefined)[],
  parse: ParseBoolean,
): Composed | undefined {
  checkBrackets(source, query)
  const found = readQuery(source, query, parse)
    .cores.flatMap(rowExpressions)
    .flatMap(row => row.filter((_, i) => isText(shapes[i])))
    .filter(e => {
      rejectAlteredNumbers(e)
      return isBoolean(e)
    })
    .map(e => e.range)
    .toSorted((a, b) => a.from - b.from)
  if (found.length === 0) return undefined
  const parts: Part[] = []
  let at = query.from
  for (const expr of found) {
    parts.push({ from: at, to: expr.from }, ...asText(expr))
    at = expr.to
  }
  return compose(source, [...parts, { from: at, to: query.to }], false)
}

/** Rejects `007` and the like as the value of a text, which would be '7'. */
function rejectAlteredNumbers(e: Expression): void {
  if (e.kind === 'case' || e.kind === 'call') resultsOf(e).forEach(rejectAlteredNumbers)
  const written = alteredNumber(e)
  if (written === undefined) return
  throw new ConfluentqlError('VALUE', `${written} is a number, which has other digits as a text`, {
    span: spanOf(e.source, e.range),
    hint: `write '${written}'`,
  })
}

function isText(shape: Shape | undefined): boolean {
  return shape?.type === 'string' || shape?.type === 'timestamp'
}

/** The expressions of each row of a core; none if it has a `*`. */
function rowExpressions(core: Core): readonly (readonly Expression[])[] {
  if (core.kind === 'values') return core.values
  return core.items.some(i => i.star) ? [] : [core.items.map(i => i.expr)]
}

/** Whether an expression is always a boolean: TRUE, FALSE, a condition, a boolean column, or CASE and the like over these. */
function isBoolean(e: Expression, isColumn: (path: string) => boolean = () => false): boolean {
  switch (e.kind) {
    case 'literal':
      return e.type === 'boolean'
    case 'column':
      return isColumn(e.parts.join('.'))
    case 'comparison':
    case 'is':
    case 'in list':
    case 'in query':
    case 'between':
    case 'match':
    case 'and':
    case 'or':
    case 'not':
    case 'exists':
      return true
    case 'case':
    case 'call': {
      const known = resultsOf(e).filter(r => !(r.kind === 'literal' && r.type === 'null'))
      return known.length > 0 && known.every(r => isBoolean(r, isColumn))
    }
    default:
      return false
  }
}

/** The possible results of a CASE, or of a function that returns one of its arguments. */
function resultsOf(e: Extract<Expression, { kind: 'case' | 'call' }>): readonly Expression[] {
  if (e.kind === 'case') return [...e.branches.map(b => b.result), ...(e.fallback ? [e.fallback] : [])]
  if (e.name === 'coalesce' || e.name === 'ifnull') return e.args
  return e.name === 'iif' || e.name === 'if' ? e.args.slice(1) : []
}
