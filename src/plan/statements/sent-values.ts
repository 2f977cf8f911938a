import type { Shape } from '../../catalog/types.ts'
import { walk, type Expression } from '../../sql/expression.ts'
import type { ParseBoolean } from '../../sql/parser.ts'
import type { Core, Range, Source } from '../../sql/query.ts'
import { readQuery } from '../../sql/read-query.ts'
import { alteredNumber, isNumeric, losesDigits } from '../coerce.ts'
import type { CheckedQuery } from './query.ts'
import { bracketed, checkBrackets, compose, type Composed, type Part } from '../compose.ts'
import { JSON_FUNCTIONS } from '../binding/value-types.ts'
import {
  alteredError,
  alteredNumbers,
  alteredResults,
  hasLeadingZero,
  type AlteredNumber,
} from '../predicates/altered-numbers.ts'

/**
 * The SQL for a user's expression that is sent as a shape. SQLite has no booleans: for a text they become 'true' and 'false'. A
 * number is sent with all its digits.
 * @throws ConfluentqlError VALUE for a number of which a text would have other digits
 */
export function valueFor(
  e: Expression,
  shape: Shape,
  isBooleanColumn: (path: string) => boolean = () => false,
): Part[] {
  const [altered] = isText(shape) ? alteredNumbers(e) : []
  if (altered) throw alteredError(altered)
  const parts = changedValue(e, shape, isBooleanColumn)
  return parts ? ['(', ...parts, ')'] : bracketed(e.range)
}

/** Undefined for a value that is sent as SQLite has it. */
function changedValue(
  e: Expression,
  shape: Shape | undefined,
  isBooleanColumn?: (path: string) => boolean,
): Part[] | undefined {
  if (isNumeric(shape?.type)) return withDigits(e)
  return isText(shape) && isBoolean(e, isBooleanColumn) ? asText(e.range) : withDigitsInJson(e)
}

function asText(expr: Range): Part[] {
  return ['CASE ', ...bracketed(expr), " WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"]
}

/** The text of an expression with texts instead of the numbers that SQLite would round: a text is sent with its digits. */
function withDigits(e: Expression): Part[] | undefined {
  return withRounded(e, alteredNumbers(e), written => `'${written}'`)
}

/**
 * The text of an expression in which functions of JSON get JSON instead of the numbers that SQLite would round.
 * @throws ConfluentqlError VALUE for a number such as 007, which JSON does not have
 */
function withDigitsInJson(e: Expression): Part[] | undefined {
  const found = [...walk(e)].flatMap(node =>
    node.kind === 'call' && JSON_FUNCTIONS.test(node.name)
      ? node.args.flatMap(literal => {
          const written = alteredNumber(literal)
          return written === undefined ? [] : [{ literal, written }]
        })
      : [],
  )
  const text = found.find(hasLeadingZero)
  if (text) throw alteredError(text)
  return withRounded(e, found, written => `json('${written}')`)
}

function withRounded(
  { source, range }: Expression,
  numbers: readonly AlteredNumber[],
  textOf: (written: string) => string,
): Part[] | undefined {
  const changes = numbers
    .filter(({ written }) => losesDigits(written))
    .map(({ literal, written }) => ({ range: literal.range, parts: [textOf(written)] }))
  return changes.length === 0 ? undefined : withChanges(source, range, changes)
}

/**
 * Rejects numbers with other digits as texts among the results of a query that become texts, also through CTEs and derived tables.
 * @param shapes the shapes of what they become
 * @throws ConfluentqlError VALUE
 */
export function rejectAlteredResults(
  { binder, root }: Pick<CheckedQuery, 'binder' | 'root'>,
  shapes: readonly (Shape | undefined)[],
): void {
  for (const [i, shape] of shapes.entries()) {
    const [altered] = isText(shape) ? alteredResults(root, i, binder) : []
    if (altered) throw alteredError(altered)
  }
}

interface Change {
  readonly range: Range
  readonly parts: readonly Part[]
}

/** A range with other SQL in some places. @throws ConfluentqlError SYNTAX if its brackets do not match */
function withChanges(source: Source, range: Range, changes: readonly Change[]): Part[] {
  checkBrackets(source, range)
  const parts: Part[] = []
  let at = range.from
  for (const change of changes.toSorted((a, b) => a.range.from - b.range.from)) {
    parts.push({ from: at, to: change.range.from, isPiece: true }, ...change.parts)
    at = change.range.to
  }
  return [...parts, { from: at, to: range.to, isPiece: true }]
}

/**
 * The query of an INSERT, with 'true' and 'false' for the booleans that it gives to text columns, and with texts for numbers that
 * SQLite would round; undefined if there are none.
 * @param shapes the shapes of its columns
 */
export function withSentValues(
  source: Source,
  query: Range,
  shapes: readonly (Shape | undefined)[],
  parse: ParseBoolean,
): Composed | undefined {
  const changes = readQuery(source, query, parse)
    .cores.flatMap(rowExpressions)
    .flatMap(row =>
      row.flatMap((e, i): Change[] => {
        const parts = changedValue(e, shapes[i])
        return parts ? [{ range: e.range, parts: ['(', ...parts, ')'] }] : []
      }),
    )
  return changes.length === 0 ? undefined : compose(source, withChanges(source, query, changes))
}

/** Whether a value is sent as a text. */
export function isText(shape: Shape | undefined): boolean {
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
