import type { Expression } from '../../sql/expression.ts'
import type { Query } from '../../sql/query.ts'
import type { TableShape } from '../context.ts'
import {
  affinityOfAll,
  columnsOf,
  dotted,
  type Affinity,
  type BoundColumn,
  type BoundCore,
  type BoundQuery,
  type RelationColumn,
  type Output,
} from './bound.ts'
import { affinityOfType, castShape, expandStar, hasCollate, isRealType, valuesColumns } from './outputs.ts'
import { UNKNOWN } from './fields.ts'

/** What names in expressions are bound to. */
export interface Columns {
  columnOf(e: Expression): BoundColumn | undefined
  boundQuery(query: Query): BoundQuery
}

/** The result columns of a core; undefined where a star stands for columns that are not known. */
export function outputsOf(core: BoundCore, columns: Columns): readonly Output[] | undefined {
  const outputs: Output[] = []
  if (core.core.kind === 'values') return valuesColumns(core.core.values)
  for (const relation of core.core.items) {
    if (!relation.star) {
      outputs.push(outputOf(relation.expr, relation.alias, columns))
      continue
    }
    const expanded = expandStar(core, relation.star.qualifier)
    if (!expanded) return undefined
    outputs.push(...expanded)
  }
  return outputs
}

function outputOf(e: Expression, alias: string | undefined, columns: Columns): Output {
  const column = columns.columnOf(e)
  const isNamed = column && (column.path.length === 0 || !isBracketed(column))
  const name = alias ?? (isNamed ? dotted({ ...column, implied: [] }) : '')
  if (!column) {
    const shape = castShape(e)
    const holds = holdsOnly(e)
    return {
      name,
      shape,
      affinity: affinityOf(e, columns),
      from: undefined,
      ...((hasCollate(e) || isCollated(e, columns)) && { collated: true }),
      ...(holds && { holds }),
      ...(isReal(e, columns) && { declared: 'REAL' }),
      ...(isMixed(e, columns) && { declared: '' }),
    }
  }
  const collated = column.relation.columns?.find(c => c.name === column.column)?.collated
  const { relation, implied, affinity } = column
  const path = [...column.path, ...implied]
  const from = column.merged ? undefined : { relation, column: column.column, path }
  const shape = implied.reduce((at, field) => at.fields?.[field] ?? UNKNOWN, column.shape)
  return { name, shape, affinity, from, ...(collated && { collated }) }
}

/** Whether an expression is a column that compares by a collation of its own: within CAST and + it still does (sqlite.org/datatype3.html, 7.1). */
function isCollated(e: Expression, columns: Columns): boolean {
  if (e.kind === 'cast' || (e.kind === 'unary' && e.operator === '+')) return isCollated(e.operand, columns)
  const column = columns.columnOf(e)
  return column?.relation.columns?.find(c => c.name === column.column)?.collated === true
}

/** What operators give that do not compute a number: a text, or anything. */
const NOT_NUMBERS: Readonly<Record<string, 'text' | 'any'>> = { '||': 'text', '->': 'any', '->>': 'any' }

/** Whether an expression is a number, or a text, whatever its operands are (SQLite reads expressions so, for the affinity of compounds). */
function holdsOnly(e: Expression): Output['holds'] {
  if (e.kind === 'literal') return e.type === 'string' ? 'text' : e.type === 'number' ? 'numeric' : undefined
  if (e.kind === 'unary') return e.operator === '+' ? holdsOnly(e.operand) : 'numeric'
  const held = e.kind === 'binary' ? (NOT_NUMBERS[e.operator] ?? 'numeric') : 'any'
  return held === 'any' ? undefined : held
}

/** Whether an expression is a compound in brackets whose parts compare in different ways. */
function isMixed(e: Expression, columns: Columns): boolean {
  if (e.kind !== 'subquery') return false
  const { cores } = columns.boundQuery(e.query)
  return new Set(cores.map(c => c.outputs?.[0]?.affinity ?? 'none')).size > 1
}

/** Whether an expression is a CAST to REAL, or a subquery that gives one or a column declared so. */
function isReal(e: Expression, columns: Columns): boolean {
  if (e.kind === 'cast') return isRealType(e.type)
  if (e.kind !== 'subquery') return false
  const output = columns.boundQuery(e.query).cores[0]?.outputs?.[0]
  const { relation, column, path } = output?.from ?? {}
  const own = path?.length === 0 ? relation!.columns?.find(c => c.name === column)?.declared : undefined
  return isRealType(output?.declared ?? own ?? '')
}

/** The affinity of an expression (sqlite.org/datatype3.html, 3.2). */
export function affinityOf(e: Expression, columns: Columns): Affinity {
  if (e.kind === 'column') return columns.columnOf(e)?.affinity ?? 'none'
  if (e.kind === 'cast') return affinityOfType(e.type)
  if (e.kind === 'collate') return affinityOf(e.operand, columns)
  if (e.kind === 'row') return e.items[0] ? affinityOf(e.items[0], columns) : 'none'
  if (e.kind === 'subquery')
    return affinityOfAll(columns.boundQuery(e.query).cores.map(c => c.outputs?.[0]?.affinity ?? 'none'))
  return 'none'
}

/** Whether brackets stand around a column: SQLite then names a path by its text. */
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
