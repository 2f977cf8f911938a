import type { Shape } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import type { ParseBoolean } from '../../sql/parser.ts'
import type { Core, Range, Source } from '../../sql/query.ts'
import { readQuery } from '../../sql/read-query.ts'
import { bracketed, checkBrackets, compose, type Composed, type Part } from '../compose.ts'

/** A user's expression as it is sent for a shape: SQLite has no booleans, so for a text they are written out. */
export function valueFor(
  e: Expression,
  shape: Shape,
  isBooleanColumn: (path: string) => boolean = () => false,
): Part[] {
  return isText(shape) && isBoolean(e, isBooleanColumn) ? written(e.range) : bracketed(e.range)
}

function written(expr: Range): Part[] {
  return ['(CASE ', ...bracketed(expr), " WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"]
}

/** The query of an INSERT with the booleans that it gives texts written out; undefined without any. `shapes` are those of its columns. */
export function withWrittenBooleans(
  source: Source,
  query: Range,
  shapes: readonly (Shape | undefined)[],
  parse: ParseBoolean,
): Composed | undefined {
  checkBrackets(source, query)
  const found = readQuery(source, query, parse)
    .cores.flatMap(rowsOf)
    .flatMap(row => row.filter((e, i) => isText(shapes[i]) && isBoolean(e)))
    .map(e => e.range)
    .toSorted((a, b) => a.from - b.from)
  if (found.length === 0) return undefined
  const parts: Part[] = []
  let at = query.from
  for (const expr of found) {
    parts.push({ from: at, to: expr.from }, ...written(expr))
    at = expr.to
  }
  return compose(source, [...parts, { from: at, to: query.to }], false)
}

function isText(shape: Shape | undefined): boolean {
  return shape?.type === 'string' || shape?.type === 'timestamp'
}

/** The expressions of each row that a core gives; none where `*` stands for some. */
function rowsOf(core: Core): readonly (readonly Expression[])[] {
  if (core.kind === 'values') return core.values
  return core.items.some(i => i.star) ? [] : [core.items.map(i => i.expr)]
}

/** Whether an expression is TRUE or FALSE, a condition, a boolean column, or gives one of these in every case. */
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

/** The results of a CASE, or of a function that gives one of its arguments. */
function resultsOf(e: Extract<Expression, { kind: 'case' | 'call' }>): readonly Expression[] {
  if (e.kind === 'case') return [...e.branches.map(b => b.result), ...(e.fallback ? [e.fallback] : [])]
  if (e.name === 'coalesce' || e.name === 'ifnull') return e.args
  return e.name === 'iif' || e.name === 'if' ? e.args.slice(1) : []
}
