import type { Expression } from '../../sql/expression.ts'
import { literalText } from '../../sql/json-path.ts'
import type { Query } from '../../sql/query.ts'
import type { TableShape } from '../context.ts'
import {
  affinityOfAll,
  resultName,
  type Affinity,
  type BoundColumn,
  type BoundCore,
  type BoundQuery,
  type RelationColumn,
  type Output,
} from './bound.ts'
import { affinityOfType, castShape, expandStar, hasCollate, isRealType, valuesColumns } from './outputs.ts'
import { impliedOutput, UNKNOWN } from './fields.ts'
import { alternativesOf, kindOf } from './value-types.ts'
import { columnNamed, columnsOf } from './columns.ts'

/** Looks up what names and subqueries are bound to. */
export interface Bindings {
  columnOf(e: Expression): BoundColumn | undefined
  aliased(e: Expression): Expression | undefined
  boundQuery(query: Query): BoundQuery
  /** Whether the result columns of a query are compared. */
  isCompared(query: Query): boolean
}

/** The result columns of a core; undefined if `*` stands for unknown columns. */
export function outputsOf(core: BoundCore, bindings: Bindings): readonly Output[] | undefined {
  const outputs: Output[] = []
  if (core.core.kind === 'values') return valuesColumns(core.core.values)
  for (const item of core.core.items) {
    if (!item.star) {
      outputs.push(outputOf(item.expr, item.alias, bindings))
      continue
    }
    const expanded = expandStar(core, item.star.qualifier)
    if (!expanded) return undefined
    outputs.push(...(bindings.isCompared(core.parent.query) ? expanded.map(impliedOutput) : expanded))
  }
  return outputs
}

function outputOf(e: Expression, alias: string | undefined, bindings: Bindings): Output {
  const column = bindings.columnOf(e)
  const isNamed = column && !column.isJson && (column.path.length === 0 || !isBracketed(column))
  const name = alias ?? (isNamed ? resultName(column) : '')
  if (!column) {
    const shape = castShape(e)
    const holds = valueClass(e)
    const constants = literalTexts(e)
    const computed = kindOf(e, bindings)
    return {
      name,
      shape,
      affinity: affinityOf(e, bindings),
      from: undefined,
      ...((hasCollate(e) || isCollated(e, bindings)) && { collated: true }),
      ...(holds && { holds }),
      ...(isReal(e, bindings) && { declared: 'REAL' }),
      ...(isMixed(e, bindings) && { declared: '' }),
      ...(constants && { constants }),
      ...(computed && { computed }),
    }
  }
  const collated = columnNamed(column.relation, column.column)?.collated
  const { relation, implied, affinity } = column
  const path = [...column.path, ...implied]
  const from = column.merged ? undefined : { relation, column: column.column, path }
  const shape = implied.reduce((at, field) => at.fields?.[field] ?? UNKNOWN, column.shape)
  return { name, shape, affinity, from, ...(collated && { collated }) }
}

/** Whether an expression is a column with a collation of its own, which CAST and + keep (sqlite.org/datatype3.html, 7.1). */
function isCollated(e: Expression, bindings: Bindings): boolean {
  if (e.kind === 'cast' || (e.kind === 'unary' && e.operator === '+')) return isCollated(e.operand, bindings)
  const column = bindings.columnOf(e)
  return column !== undefined && columnNamed(column.relation, column.column)?.collated === true
}

/** Operators whose result is not a number: a text, or anything. */
const NOT_NUMBERS: Readonly<Record<string, 'text' | 'any'>> = { '||': 'text', '->': 'any', '->>': 'any' }

/** Whether an expression is always a number, or always a text: SQLite uses this for the affinity of compound queries. */
function valueClass(e: Expression): Output['holds'] {
  if (e.kind === 'literal') return e.type === 'string' ? 'text' : e.type === 'number' ? 'numeric' : undefined
  if (e.kind === 'unary') return e.operator === '+' ? valueClass(e.operand) : 'numeric'
  const result = e.kind === 'binary' ? (NOT_NUMBERS[e.operator] ?? 'numeric') : 'any'
  return result === 'any' ? undefined : result
}

/** Whether an expression is a compound subquery whose parts have different affinities. */
function isMixed(e: Expression, bindings: Bindings): boolean {
  if (e.kind !== 'subquery') return false
  const { cores } = bindings.boundQuery(e.query)
  return new Set(cores.map(c => c.outputs?.[0]?.affinity ?? 'none')).size > 1
}

/** Whether an expression is a CAST to REAL, or a subquery that gives one or a REAL column. */
function isReal(e: Expression, bindings: Bindings): boolean {
  if (e.kind === 'cast') return isRealType(e.type)
  if (e.kind !== 'subquery') return false
  const output = bindings.boundQuery(e.query).cores[0]?.outputs?.[0]
  const { relation, column, path } = output?.from ?? {}
  const declared = path?.length === 0 ? relation!.columns?.find(c => c.name === column)?.declared : undefined
  return isRealType(output?.declared ?? declared ?? '')
}

/** The affinity of an expression (sqlite.org/datatype3.html, 3.2). */
export function affinityOf(e: Expression, bindings: Bindings): Affinity {
  if (e.kind === 'column') {
    const [column, computed] = [bindings.columnOf(e), bindings.aliased(e)]
    return column ? column.affinity : computed ? affinityOf(computed, bindings) : 'none'
  }
  if (e.kind === 'cast') return affinityOfType(e.type)
  if (e.kind === 'collate') return affinityOf(e.operand, bindings)
  if (e.kind === 'row') return e.items[0] ? affinityOf(e.items[0], bindings) : 'none'
  if (e.kind === 'subquery')
    return affinityOfAll(bindings.boundQuery(e.query).cores.map(c => c.outputs?.[0]?.affinity ?? 'none'))
  return 'none'
}

/** Whether a column reference is in brackets: SQLite then names the result column by its text. */
export function isBracketed({ node }: BoundColumn): boolean {
  return node.range.from !== node.name.from
}

/** The columns of a table of the session. */
export function localColumns(local: TableShape): RelationColumn[] {
  return local.columns.map(c => ({
    name: c.name,
    shape: c.shape,
    affinity:
      c.declared === undefined
        ? columnsOf([{ ...c.shape, name: c.name }])[0]!.affinity
        : affinityOfType(c.declared),
    ...(c.declared !== undefined && { declared: c.declared }),
    ...(c.collated && { collated: true }),
  }))
}

/** The string literals that an expression has as its values, apart from NULL; undefined if it may have others. */
function literalTexts(e: Expression): readonly string[] | undefined {
  const text = literalText(e)
  if (text !== undefined) return [text]
  const all = alternativesOf(e).filter(x => x.kind !== 'literal' || x.type !== 'null')
  const texts = all.map(literalTexts)
  return texts.length === 0 || texts.includes(undefined) ? undefined : texts.flatMap(t => t!)
}
