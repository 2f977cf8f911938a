import type { Shape } from '../catalog/types.ts'
import { isName, isOp, isWord, nameOf } from '../sql/lexer.ts'
import { afterCase, splitList } from '../sql/predicate.ts'
import type { Core, Range, Source } from '../sql/query.ts'
import { afterParen, readQuery } from '../sql/skeleton.ts'
import { bracketed, checkBrackets, compose, type Composed, type Part } from './compose.ts'

/** Operators whose result is a boolean (sqlite.org/lang_expr.html); all bind looser than those of numbers and texts. */
const COMPARISONS = ['=', '==', '<>', '!=', '<', '<=', '>', '>=']
const CONDITIONS = [
  'AND',
  'OR',
  'NOT',
  'IN',
  'IS',
  'ISNULL',
  'NOTNULL',
  'BETWEEN',
  'LIKE',
  'GLOB',
  'REGEXP',
  'MATCH',
  'EXISTS',
]

/** A user's expression as it is sent for a shape: SQLite has no booleans, so for a text they are written out. */
export function valueFor(
  source: Source,
  expr: Range,
  shape: Shape,
  isBooleanColumn: (path: string) => boolean = () => false,
): Part[] {
  return isText(shape) && isBoolean(source, expr, isBooleanColumn) ? written(expr) : bracketed(expr)
}

function written(expr: Range): Part[] {
  return ['(CASE ', ...bracketed(expr), " WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"]
}

/** The query of an INSERT with the booleans that it gives texts written out; undefined without any. `shapes` are those of its columns. */
export function withWrittenBooleans(
  source: Source,
  query: Range,
  shapes: readonly (Shape | undefined)[],
): Composed | undefined {
  checkBrackets(source, query)
  const found = readQuery(source, query)
    .cores.flatMap(core => rowsOf(source, core))
    .flatMap(row => row.filter((expr, i) => isText(shapes[i]) && isBoolean(source, expr)))
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
function rowsOf(source: Source, core: Core): (readonly Range[])[] {
  if (core.kind === 'select') return core.items.some(i => i.star) ? [] : [core.items.map(i => i.expr)]
  const { from, to } = core.range
  return splitList(source, { from: from + 1, to }).map(row =>
    splitList(source, { from: row.from + 1, to: afterParen(source, row.from, row.to) - 1 }),
  )
}

/** Whether an expression is TRUE or FALSE, a condition, a boolean column, or gives one of these in every case. */
function isBoolean(source: Source, range: Range, isColumn: (path: string) => boolean = () => false): boolean {
  const { tokens } = source
  const first = tokens[range.from]
  if (range.to - range.from === 1 && isWord(first, 'TRUE', 'FALSE')) return true
  if (isOp(first, '(') && afterParen(source, range.from, range.to) === range.to)
    return isBoolean(source, { from: range.from + 1, to: range.to - 1 }, isColumn)
  if (hasCondition(source, range)) return true
  const results = resultsOf(source, range)
  if (results) {
    const known = results.filter(r => !isNull(source, r))
    return known.length > 0 && known.every(r => isBoolean(source, r, isColumn))
  }
  const path = chainAt(source, range)
  return path !== undefined && isColumn(path)
}

function isNull({ tokens }: Source, { from, to }: Range): boolean {
  return to - from === 1 && isWord(tokens[from], 'NULL')
}

/** Whether an operator with a boolean result stands outside brackets and CASE. */
function hasCondition(source: Source, { from, to }: Range): boolean {
  const { tokens } = source
  if (isWord(tokens[from], 'SELECT', 'WITH', 'VALUES')) return false
  for (let i = from; i < to; i++) {
    if (isOp(tokens[i], '(')) i = afterParen(source, i, to) - 1
    else if (isWord(tokens[i], 'CASE')) i = afterCase(source, i, to) - 1
    else if (isOp(tokens[i], ...COMPARISONS)) return true
    else if (isWord(tokens[i], ...CONDITIONS) && !isOp(tokens[i - 1], '.')) return true
  }
  return false
}

/** The results of a CASE that is the whole expression, or of a function that gives one of its arguments. */
function resultsOf(source: Source, { from, to }: Range): Range[] | undefined {
  const { tokens } = source
  if (isWord(tokens[from], 'CASE') && afterCase(source, from, to) === to) return caseResults(source, from, to)
  if (!isOp(tokens[from + 1], '(') || afterParen(source, from + 1, to) !== to) return undefined
  const args = splitList(source, { from: from + 2, to: to - 1 })
  if (isWord(tokens[from], 'COALESCE', 'IFNULL')) return args
  return isWord(tokens[from], 'IIF', 'IF') ? args.slice(1) : undefined
}

function caseResults(source: Source, from: number, to: number): Range[] {
  const { tokens } = source
  const found: Range[] = []
  let begin: number | undefined
  for (let i = from + 1; i < to; i++) {
    if (begin !== undefined && isWord(tokens[i], 'WHEN', 'ELSE', 'END')) {
      found.push({ from: begin, to: i })
      begin = undefined
    }
    if (isWord(tokens[i], 'THEN', 'ELSE')) begin = i + 1
    else if (isOp(tokens[i], '(')) i = afterParen(source, i, to) - 1
    else if (isWord(tokens[i], 'CASE')) i = afterCase(source, i, to) - 1
  }
  return found
}

/** A range that is nothing but a chain of names: them, with dots. */
export function chainAt({ tokens }: Source, { from, to }: Range): string | undefined {
  const all = tokens.slice(from, to)
  const isChain = all.length % 2 === 1 && all.every((t, i) => (i % 2 === 0 ? isName(t) : isOp(t, '.')))
  return isChain ? all.filter(isName).map(nameOf).join('.') : undefined
}
