import type { Expression } from '../../sql/expression.ts'
import {
  coresOf,
  isText,
  mayBeNumeric,
  pathOf,
  type BoundColumn,
  type BoundQuery,
  type TableRef,
} from '../binding/bound.ts'
import { UNKNOWN } from '../binding/fields.ts'
import { originsOfParts } from '../binding/origins.ts'
import type { Lookup } from '../plan.ts'
import { aroundField, fieldText, jsonPath, literal, quote, Splices } from '../splice.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { comparisons } from './comparisons.ts'
import { conjunctsOf, type Conjunct } from './conjuncts.ts'
import { affinityBeside, LookupKeys } from './lookup-keys.ts'

/** The indexes of each resource, and the changes of the text that make SQLite use these or make its own. */
export interface Lookups {
  readonly of: ReadonlyMap<TableRef, readonly Lookup[]>
  readonly changes: readonly (() => void)[]
}

/**
 * Finds the equalities for which SQLite would read a whole table for each row of others: it makes an index itself for a column in a join,
 * but none in a correlated subquery, and none for a field or anything computed. The other changes of the text must have been made.
 */
export function lookupsOf(root: BoundQuery, analysis: ExpressionAnalysis): Lookups {
  const of = new Map<TableRef, Lookup[]>()
  const changes: (() => void)[] = []
  const keys = new LookupKeys(root, analysis)
  for (const core of coresOf(root))
    for (const conjunct of conjunctsOf(core))
      for (const [side, other] of sidesOf(conjunct.condition)) {
        keys.add(side, other, conjunct)
        const { index, change } = outerLookup(side, other, conjunct, analysis) ?? {}
        if (change) changes.push(change)
        if (!index) continue
        const known = of.get(index.ref) ?? []
        of.set(index.ref, known)
        if (!known.some(l => l.expression === index.lookup.expression)) known.push(index.lookup)
      }
  return { of, changes: [...changes, ...keys.changes()] }
}

/** The sides of an equality, each with the other; those of two rows value by value. */
function sidesOf(e: Expression): readonly (readonly [side: Expression, other: Expression])[] {
  if (e.kind !== 'comparison' || e.operator !== '=') return []
  return comparisons(e).flatMap(({ left, right }) => [
    [left, right],
    [right, left],
  ])
}

/** An index to make, and a change of the text without which SQLite would not use it. */
interface FoundLookup {
  readonly index: { readonly ref: TableRef; readonly lookup: Lookup }
  readonly change?: () => void
}

/**
 * The index of a resource in a RIGHT or FULL JOIN, where SQLite makes none. A field has no affinity: beside a text SQLite compares it as a
 * text, so that CAST changes nothing, but an index of the CAST can be used.
 */
function outerLookup(
  side: Expression,
  other: Expression,
  { core, join }: Conjunct,
  analysis: ExpressionAnalysis,
): FoundLookup | undefined {
  if ((join?.type !== 'right' && join?.type !== 'full') || side.kind === 'row') return undefined
  const { binder } = analysis
  const { columns, isDeterministic } = analysis.contentsOf(side)
  const relation = columns[0]?.relation
  if (!isDeterministic || relation?.core !== core || relation.kind !== 'ref') return undefined
  if (columns.some(c => c.relation !== relation || c.merged || c.isJson)) return undefined
  const others = analysis.columnsIn(other)
  if (others.length === 0 || others.some(c => c.relation === relation)) return undefined
  const [own, beside] = [binder.affinityOf(side), affinityBeside(side, other, analysis)]
  if (own === 'none' && mayBeNumeric(beside)) return undefined
  const indexOf = (expression: string): FoundLookup['index'] => ({
    ref: relation.ref,
    lookup: { expression, ...byTables(others) },
  })
  const text = indexText(side, columns)
  const column = binder.columnOf(side)
  if (column && column.shape === UNKNOWN && own === 'none' && isText(analysis.kindOf(other))) {
    // the text that field-texts.ts makes of it
    const [before, after] = aroundField(quote(column.column), literal(jsonPath(pathOf(column).path)))
    return { index: indexOf(`${before}${text}${after}`) }
  }
  if (binder.splices.isWrapped(side.source, side.range)) return undefined
  if (own !== 'none' || beside !== 'text') return { index: indexOf(text) }
  const { source, range } = side
  return { index: indexOf(`CAST(${text} AS TEXT)`), change: () => binder.splices.cast(source, range, 'TEXT') }
}

/** An expression over the columns of one table, for an index, where no name of the table may be written. */
function indexText({ source, range }: Expression, columns: readonly BoundColumn[]): string {
  const splices = new Splices()
  for (const column of columns) {
    const { path } = pathOf(column)
    const name = quote(column.column)
    splices.add(source, column.node.range, path.length > 0 ? fieldText(name, path) : name)
  }
  return splices.render(source, range)
}

/** The tables whose rows a lookup is made for, if all are known. */
function byTables(others: readonly BoundColumn[]): Pick<Lookup, 'by'> {
  const around = others.flatMap(c => originsOfParts(pathOf(c)).map(o => o?.relation))
  const by = around.map(r => (r?.kind === 'ref' ? r.ref.table : undefined))
  return by.every(table => table !== undefined) ? { by: [...new Set(by)] } : {}
}
