import type { Parent } from '../../catalog/types.ts'
import type { BoundQuery, Relation } from '../binding/bound.ts'
import { same } from '../binding/columns.ts'
import type { Operand } from '../predicates/constraints.ts'
import { keysOf } from '../key-sources.ts'
import { quote } from '../splice.ts'
import type { Conditions } from './conditions.ts'
import { mustHold } from './must-hold.ts'

type TableRelation = Extract<Relation, { kind: 'ref' }>

/** What gives the keys of a relation: an operand for each key, and the query that they come from, if they come from rows. */
export interface KeySource {
  readonly parent: Parent
  readonly operands: ReadonlyMap<string, Operand>
  readonly query?: BoundQuery
  /** The conditions of the statement that its rows must meet. */
  readonly where?: string
}

/**
 * The source of the keys that a parent has for a relation, as if the statement said `(keys) IN (SELECT columns FROM parent)`.
 * The conditions on these keys alone narrow the rows of the parent.
 */
export function keySourceOf(parent: Parent, relation: TableRelation, conditions: Conditions): KeySource {
  if ('key' in parent)
    return { parent, operands: new Map([[parent.key, { kind: 'values', values: parent.values }]]) }
  const keys = keysOf(parent)
  const columns = Object.values(parent.keys)
  const from = columns.map((path, i) => `"p~".${dotted(path)} AS ${quote(keys[i]!)}`)
  const tests = testsOn(keys, relation, conditions)
  const { ref, alias } = relation
  const { binder } = conditions
  const query = binder.bindText(
    `SELECT ${keys.map(quote).join(', ')} FROM (SELECT ${from.join(', ')} FROM ${dotted(parent.table)} AS "p~") AS ${quote(alias)}${tests.length === 0 ? '' : ` WHERE ${tests.join(' AND ')}`}`,
    ref.site ?? { source: ref.source, name: ref.name },
  )
  const sql = binder.splices.render(query.query.source, query.query.range)
  const rows = { kind: 'parent' as const, table: parent.table, query, sql, keys, tests, alias }
  return {
    parent,
    operands: new Map(keys.map((key, index) => [key, { ...rows, index }])),
    query,
    ...(tests.length > 0 && { where: tests.join(' AND ').replace(/^\(([^()]*)\)$/, '$1') }),
  }
}

function dotted(name: string): string {
  return name.split('.').map(quote).join('.')
}

/** The texts of the conditions on some keys of a relation and nothing else: rows of the parent must meet them as well. */
function testsOn(keys: readonly string[], relation: TableRelation, conditions: Conditions): string[] {
  const { binder, analysis } = conditions
  return conditions
    .conjunctsOf(relation.core)
    .filter(({ condition }) => analysis.isOver(condition, [relation]))
    .filter(c => mustHold(binder, relation.core, c, [relation], { kind: 'relation', relation }))
    .filter(({ condition }) =>
      binder.columnsIn(condition).every(
        c =>
          keys.includes(c.column)
          && c.path.length + c.implied.length === 0
          && c.node.parts.length <= 2
          // the statement may use another name for the key, which the parent does not have
          && same(c.node.parts.at(-1)!, c.column),
      ),
    )
    .map(({ condition: { source, range } }) => `(${binder.splices.original(source, range)})`)
}
