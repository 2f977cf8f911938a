import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { mayBeNumeric, pathOf, type BoundColumn, type Relation, type TableRef } from '../binding/bound.ts'
import { onlyOrigin, originsOfParts } from '../binding/origins.ts'
import { ownNodes } from '../binding/traverse.ts'
import { valueType } from '../binding/value-types.ts'
import type { Lookup } from '../plan.ts'
import { UNKNOWN } from '../binding/fields.ts'
import { aroundField, fieldText, jsonPath, literal, quote } from '../splice.ts'
import { textOperand } from './field-texts.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { areAround, isRightOfLeft, type Conjunct } from './conjuncts.ts'

/** Functions of texts that always give the same for the same values; date() does except for 'now'. */
const FUNCTIONS = /^(?:lower|upper|substr|replace|trim|ltrim|rtrim|coalesce|ifnull|nullif|instr|length|date)$/

/** An index to make, and a change of the text without which SQLite would not use it, or one that it makes itself. */
export interface FoundLookup {
  readonly index?: { readonly ref: TableRef; readonly lookup: Lookup }
  readonly change?: () => void
}

/**
 * The lookup of an equality such as `lower(u.email) = lower(i.email)` or `substr(r.principal, 6) = u.id`: SQLite makes indexes of
 * columns only.
 */
export function computedLookup(
  side: Expression,
  other: Expression,
  conjunct: Conjunct,
  analysis: ExpressionAnalysis,
): FoundLookup | undefined {
  if (side.kind !== 'call' && side.kind !== 'binary') return undefined
  const { binder } = analysis
  const [columns, others] = [analysis.columnsIn(side), analysis.columnsIn(other)]
  const relation = columns[0]?.relation
  if (relation?.core !== conjunct.core || others.length === 0 || columns.some(c => c.relation !== relation))
    return undefined
  if (others.some(c => c.relation === relation)) return undefined
  const { core } = conjunct
  const isApart = areAround(others, core) || isRightOfLeft(relation, others, conjunct)
  // of a column on the other side SQLite makes an index itself
  const isInner = (!conjunct.join || conjunct.join.type === 'inner') && !binder.columnOf(other)
  const at = (r: Relation): number => core.relations.indexOf(r)
  if (!isApart && !(isInner && others.every(c => at(c.relation) < at(relation)))) return undefined
  const affinity = binder.affinityOf(other)
  if (mayBeNumeric(affinity) || ownNodes(other).some(e => e.kind === 'collate')) return undefined
  const of = columns.map(c => onlyOrigin(pathOf(c)))
  const [origin] = of
  if (origin?.relation.kind !== 'ref' || of.some(o => o?.relation !== origin.relation)) return undefined
  const expression = valueType(side, binder) === 'string' ? indexText(side, binder) : undefined
  if (expression === undefined) return undefined
  return {
    index: { ref: origin.relation.ref, lookup: { expression, ...byTables(others) } },
    ...(affinity === 'text' && { change: () => binder.splices.removeAffinity(other.source, other.range) }),
  }
}

/** The tables whose rows a lookup is made for, if all are known. */
export function byTables(others: readonly BoundColumn[]): Pick<Lookup, 'by'> {
  const around = others.flatMap(c => originsOfParts(pathOf(c)).map(o => o?.relation))
  const by = around.map(r => (r?.kind === 'ref' ? r.ref.table : undefined))
  return by.every(table => table !== undefined) ? { by: [...new Set(by)] } : {}
}

/**
 * An expression over the columns of a table, for an index; undefined if it may depend on anything else.
 * @param isText a text is made of a field of unknown type (field-texts.ts)
 */
function indexText(e: Expression, binder: Binder, isText = false): string | undefined {
  const column = binder.columnOf(e)
  if (column) {
    const origin = column.isJson || column.isAlias || column.merged ? undefined : onlyOrigin(pathOf(column))
    // SQLite adds a collation to what it puts in the place of a view's column, and then finds no index
    if (!origin || origin.path.length > pathOf(column).path.length) return undefined
    const name = quote(origin.column)
    if (origin.path.length === 0) return name
    const field = fieldText(name, origin.path)
    return isText && column.shape === UNKNOWN
      ? aroundField(name, literal(jsonPath(origin.path))).join(field)
      : field
  }
  if (e.kind === 'literal')
    return e.type === 'string' || e.type === 'number' ? binder.splices.original(e.source, e.range) : undefined
  const operands = e.kind === 'call' ? e.args : e.kind === 'binary' ? [e.left, e.right] : []
  const text = textOperand(e)
  const texts = operands.map(o => indexText(o, binder, o === text))
  if (texts.includes(undefined)) return undefined
  if (e.kind === 'binary') return e.operator === '||' ? `(${texts.join(' || ')})` : undefined
  if (e.kind !== 'call' || !FUNCTIONS.test(e.name) || e.distinct || e.star || e.filter || e.over)
    return undefined
  if (e.orderBy.length > 0 || (e.name === 'date' && texts.length !== 1)) return undefined
  return `${e.name}(${texts.join(', ')})`
}
