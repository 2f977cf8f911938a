import type { Param, Value } from '../../catalog/types.ts'
import type { BoundCore, Relation } from '../binding/bound.ts'
import { castAs } from '../coerce.ts'
import type { ParentOperand, QueryOperand, RowsOperand } from '../predicates/constraints.ts'
import { quote, valueText } from '../splice.ts'
import { queriesOf, typeOfKey } from './operands.ts'

/** Parameters that take their values from the same rows of one core. */
export interface CoreGroup {
  readonly params: string[]
  readonly sql: string[]
  readonly text: string[]
  readonly tests: string[]
  readonly relations: Set<Relation>
}

/** Parameters that take their values from the same rows of one subquery or parent. */
export interface QueryGroup {
  readonly params: string[]
  readonly columns: string[]
  /** Conditions on the columns: only these values are needed, as constants or as other rows give them. */
  readonly limits: {
    readonly param: Param
    readonly column: string
    readonly to: readonly Value[] | RowsOperand | QueryOperand
  }[]
  readonly operand: QueryOperand | ParentOperand
}

/** Adds a parameter to the group of its core. */
export function addToCoreGroup(
  groups: Map<BoundCore, CoreGroup>,
  relation: Relation,
  param: Param,
  operand: RowsOperand,
): void {
  const { core, sql, text, relations, allowedValues } = operand
  const group = groups.get(core) ?? { params: [], sql: [], text: [], tests: [], relations: new Set() }
  groups.set(core, group)
  group.params.push(param.name)
  group.sql.push(sql)
  group.text.push(text)
  if (allowedValues) group.tests.push(allowedTest(relation, param, sql, allowedValues))
  for (const r of relations) group.relations.add(r)
}

/** Adds a parameter to the group of its subquery or parent. */
export function addToQueryGroup(
  groups: QueryGroup[],
  relation: Relation,
  param: Param,
  operand: QueryOperand | ParentOperand,
): void {
  const index = operand.kind === 'parent' ? operand.index : operand.row?.index
  const [query] = queriesOf(operand)
  const isShared = (g: QueryGroup): boolean => index !== undefined && queriesOf(g.operand)[0] === query
  const shared = groups.find(isShared)
  const group = shared ?? { params: [], columns: [], limits: [], operand }
  if (!shared) groups.push(group)
  const column = `k${index ?? 0}`
  group.params.push(param.name)
  group.columns.push(column)
  if (operand.allowedValues) group.limits.push({ param, column, to: operand.allowedValues })
  const type = typeOfKey(relation, param.column!)
  if (operand.kind === 'parent' && operand.among && (type === 'string' || type === 'timestamp'))
    group.limits.push({ param, column, to: operand.among })
}

/** A test that the value of an expression is one of those that conditions allow for the key. */
function allowedTest(relation: Relation, param: Param, sql: string, allowedValues: readonly Value[]): string {
  return `${castAs(sql, typeOfKey(relation, param.column!))} IN (${allowedValues.map(valueText).join(', ')})`
}

/** The values of a key that conditions allow, and that no row of its parent has. */
export function unmatchedText(
  { keys, tests, alias }: ParentOperand,
  key: string,
  values: string,
  matched: string,
): string {
  const columns = keys.map(name => `${name === key ? '"v~"' : 'NULL'} AS ${quote(name)}`)
  const where = [`"v~" IS NOT NULL AND "v~" NOT IN (${matched})`, ...tests]
  return `SELECT DISTINCT "v~" FROM (SELECT "v~", ${columns.join(', ')} FROM (WITH "given~"("v~") AS (${values}) SELECT * FROM "given~")) AS ${quote(alias)} WHERE ${where.join(' AND ')}`
}

/** A query of constants. */
export function valuesText(values: readonly Value[]): string {
  return values.length === 0
    ? 'SELECT NULL WHERE 0'
    : `VALUES ${values.map(v => `(${valueText(v)})`).join(', ')}`
}
