import { keyPart } from '../../catalog/keys.ts'
import type { Shape } from '../../catalog/types.ts'
import { refsOf, relationRefs, type BoundQuery, type Relation, type TableRef } from '../binding/bound.ts'
import type { Operand, ParentOperand, QueryOperand } from '../predicates/constraints.ts'

/** The tables whose rows an operand is computed from. */
export function readBy(operand: Operand): readonly TableRef[] {
  if (operand.kind === 'values') return []
  return operand.kind === 'rows'
    ? operand.relations.flatMap(r => relationRefs(r))
    : queriesOf(operand).flatMap(q => refsOf(q))
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
  return relation.columns?.find(c => keyPart(c.name) === key)?.shape.type
}
