import { keyPart, keyText } from '../../catalog/keys.ts'
import type { Shape } from '../../catalog/types.ts'
import { refsOf, relationRefs, type BoundQuery, type Relation, type TableRef } from '../binding/bound.ts'
import { columnNamed } from '../binding/columns.ts'
import type { Operand, ParentOperand, QueryOperand } from '../predicates/constraints.ts'

/** The tables whose rows an operand is computed from. */
export function readBy(operand: Operand): readonly TableRef[] {
  if (operand.kind === 'values') return []
  return operand.kind === 'rows'
    ? operand.relations.flatMap(r => relationRefs(r))
    : queriesOf(operand).flatMap(q => refsOf(q))
}

/** Whether all tables whose rows an operand is computed from are among some. */
export function readsOnly(operand: Operand, tables: { has(ref: TableRef): boolean }): boolean {
  if (operand.kind === 'values') return true
  if (operand.kind === 'rows' && operand.relations.length === 1) {
    const [relation] = operand.relations
    if (relation!.kind === 'ref') return tables.has(relation!.ref)
  }
  return readBy(operand).every(ref => tables.has(ref))
}

/** The queries that an operand is computed from; the first one has the rows that it is a column of. */
export function queriesOf(operand: QueryOperand | ParentOperand): readonly BoundQuery[] {
  return operand.kind === 'parent' ? [operand.query] : operand.queries
}

/** Number of result columns. */
export function widthOf(operand: QueryOperand | ParentOperand): number {
  return operand.kind === 'parent' ? operand.keys.length : (operand.row?.width ?? 1)
}

/** The type of the column that a key is; undefined for a field of an object. */
export function typeOfKey(relation: Relation, key: string): Shape['type'] | undefined {
  const column = key.includes('.') ? undefined : columnNamed(relation, keyText(key))
  return column && keyPart(column.name) === key ? column.shape.type : undefined
}
