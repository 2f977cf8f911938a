import { ConfluentqlError, type Span } from '../../errors.ts'
import type { Call, Cast, Expression, InQuery } from '../../sql/expression.ts'
import { leaves, type Core, type FromNode } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import {
  coresOf,
  isText,
  type BoundCore,
  type BoundQuery,
  type ColumnPath,
  type Relation,
} from '../binding/bound.ts'
import { joinsOf, mergedNames } from '../binding/joins.ts'
import { same } from '../binding/scope.ts'
import { nodesOf } from '../binding/traverse.ts'
import { alternativesOf, kindOf, kindsOfPath } from '../binding/value-types.ts'
import { alteredNumber } from '../coerce.ts'
import { spanOf } from '../names.ts'
import { queryOf } from './analysis.ts'
import { comparisons, isEquality } from './comparisons.ts'

/** A literal number with other digits as a text, such as `007`. */
export interface AlteredNumber {
  readonly literal: Expression
  /** As the statement has it. */
  readonly written: string
}

/** Looks up what a name is, where the names of the statement are bound. */
type Names = Pick<Binder, 'columnOf' | 'aliased'>

/**
 * The literals with other digits as texts that a value is where it becomes a text, or that it is made of: through CASE and the
 * like, subqueries, `||`, CAST to a text, and the columns of derived tables and CTEs.
 */
export function alteredNumbers(e: Expression, names?: Names, seen = new Set<Relation>()): AlteredNumber[] {
  const written = alteredNumber(e)
  if (written !== undefined) return [{ literal: e, written }]
  if (e.kind === 'literal' || e.kind === 'parameter') return []
  const column = names?.columnOf(e)
  if (column) return column.merged ? [] : alteredValues(column, names!, seen)
  const computed = names?.aliased(e)
  const parts = computed ? [computed] : partsOf(e)
  return parts.flatMap(part => alteredNumbers(part, names, seen))
}

/** The expressions that an expression has its value from, or that it makes a text of. */
function partsOf(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case 'collate':
      return [e.operand]
    case 'unary':
      return e.operator === '+' ? [e.operand] : []
    case 'binary':
      return e.operator === '||' ? [e.left, e.right] : []
    case 'cast':
      return makesText(e) ? [e.operand] : []
    case 'subquery':
      return valuesOf(e.query.cores, 0)
    case 'case':
      return alternativesOf(e)
    case 'call':
      return argumentsOf(e)
    default:
      return []
  }
}

const makesText = ({ type }: Cast): boolean => /CHAR|CLOB|TEXT/.test(type)

/** Functions that make texts of their arguments. */
const MAKES_TEXT = /^(?:lower|upper|l?trim|rtrim|concat|concat_ws)$/

function argumentsOf(e: Call): readonly Expression[] {
  const { name, args } = e
  if (MAKES_TEXT.test(name)) return args
  if (name === 'if') return args.slice(1)
  if (name === 'printf' || name === 'format') return isPlainFormat(args[0]) ? args.slice(1) : []
  return name === 'abs' || name === 'sum' ? [] : alternativesOf(e)
}

/** Whether a format only joins texts: `%03d` may write the digits that are meant. */
function isPlainFormat(format: Expression | undefined): boolean {
  const text = format?.kind === 'literal' ? format.source.tokens[format.at]!.value : '%'
  return !/%(?!s)/.test(text)
}

/** The values of a result column, without those of `*`. */
function valuesOf(cores: readonly Pick<Core, 'values' | 'items'>[], at: number): readonly Expression[] {
  return cores.flatMap(({ values, items }) => [
    ...values.flatMap(row => row[at] ?? []),
    ...(items[at] && !items.slice(0, at + 1).some(i => i.star) ? [items[at].expr] : []),
  ])
}

/** The literals with other digits as texts among the values of a result column. */
export function alteredResults(
  { cores }: BoundQuery,
  at: number,
  names: Names,
  seen?: Set<Relation>,
): AlteredNumber[] {
  return cores.flatMap(({ core, outputs }) => {
    const from = outputs?.[at]?.from
    return from
      ? alteredValues(from, names, seen)
      : valuesOf([core], at).flatMap(e => alteredNumbers(e, names, seen))
  })
}

/** The literals with other digits as texts among the values of a column. */
function alteredValues(
  { relation, column, path }: ColumnPath,
  names: Names,
  seen = new Set<Relation>(),
): AlteredNumber[] {
  const query = queryOf(relation)
  const at = relation.columns?.findIndex(c => same(c.name, column)) ?? -1
  if (!query || at < 0 || path.length > 0 || seen.has(relation)) return []
  return alteredResults(query, at, names, new Set([...seen, relation]))
}

/** The error for a number that a text is made of. */
export function alteredError({ literal, written }: AlteredNumber, span?: Span): ConfluentqlError {
  return new ConfluentqlError('VALUE', `${written} is a number, which has other digits as a text`, {
    span: span ?? spanOf(literal.source, literal.range),
    hint: `write '${written}'`,
  })
}

/**
 * Rejects a text equal to, or LIKE, a number that SQLite makes a text with other digits of: `id = (SELECT 007)` would look for '7'. What is
 * compared with the number itself is left to checkTypes.
 *
 * @throws ConfluentqlError VALUE
 */
export function checkAlteredNumbers(binder: Binder, root: BoundQuery): void {
  const reject = (found: AlteredNumber, place: Span): void => {
    throw alteredError(found, found.literal.source === root.query.source ? undefined : place)
  }
  const check = (side: Expression, other: Expression): void => {
    if (isPlain(side) || !isTextual(binder, other)) return
    const [found] = alteredNumbers(side, binder)
    if (found) reject(found, spanOf(side.source, side.range))
  }
  for (const node of nodesOf(root.query)) {
    if (node.kind === 'match') check(node.right, node.left)
    const listed = node.kind === 'in query' ? pairsIn(node) : []
    for (const { left, right } of [...comparisons(node).filter(p => isEquality(p.operator)), ...listed]) {
      check(left, right)
      check(right, left)
    }
  }
  for (const core of coresOf(root))
    for (const join of joinsOf(core.core.from))
      for (const name of mergedNames(core, join)) {
        const sides = [join.left, join.right].flatMap(side => columnNamed(core, leaves(side), name) ?? [])
        if (!sides.some(of => kindsOfPath(of).every(isText))) continue
        const [found] = sides.flatMap(of => alteredValues(of, binder))
        if (found) reject(found, spanOf(core.parent.query.source, core.core.range))
      }
}

/** What cannot have a value from elsewhere: a list has a pair for each literal. */
const isPlain = (e: Expression): boolean =>
  e.kind === 'parameter' || (e.kind === 'literal' && e.type !== 'number')

/** Whether an expression is a text, and no text that is made of a number. */
function isTextual(binder: Binder, e: Expression): boolean {
  if (e.kind === 'literal') return false
  if (e.kind === 'cast') return makesText(e) && isTextual(binder, e.operand)
  return binder.affinityOf(e) === 'text' || isText(kindOf(e, binder))
}

/** The columns that IN compares with the results of its query. */
function pairsIn({ left, query }: InQuery): { left: Expression; right: Expression }[] {
  const columns = left.kind === 'row' ? left.items : [left]
  const selects = query.cores.filter(core => core.kind === 'select')
  return columns.flatMap((column, i) => valuesOf(selects, i).map(right => ({ left: column, right })))
}

function columnNamed(core: BoundCore, nodes: readonly FromNode[], name: string): ColumnPath | undefined {
  const relation = nodes
    .map(node => core.relationOf.get(node)!)
    .find(r => r.columns?.some(c => !c.isHidden && same(c.name, name)))
  return relation && { relation, column: name, path: [] }
}
