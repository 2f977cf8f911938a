import type { Value } from '../../catalog/types.ts'
import type { BoundCore, BoundQuery, Relation } from '../binding/bound.ts'

/** Where the values of a key come from: what its column must equal. */
export type Operand = ValuesOperand | RowsOperand | QueryOperand | ParentOperand

/** Constants. */
export interface ValuesOperand {
  readonly kind: 'values'
  readonly values: readonly Value[]
  /** The column of the condition that states them: a view may give it another name than the table. */
  readonly stated?: string
}

/** A join: an expression over relations of one core. */
export interface RowsOperand {
  readonly kind: 'rows'
  readonly sql: string
  readonly core: BoundCore
  readonly relations: readonly Relation[]
  readonly text: string
  /** Only these of its values are needed. */
  readonly allowedValues?: readonly Value[]
  /** The plain text column that it is. */
  readonly column?: { readonly relation: Relation; readonly key: string }
  /** No condition says it: it is the base URL in the row that gives the id. */
  readonly isImplied?: true
}

/** A subquery: its only column, or for row values the column `index` of `width`. */
export interface QueryOperand {
  readonly kind: 'query'
  readonly sql: string
  readonly queries: readonly BoundQuery[]
  /** It is an expression over the queries. */
  readonly isExpression?: true
  /** As typed. */
  readonly original: string
  /** As typed, with the fields that objects in it mean: the same query in another statement. */
  readonly explicit: string
  readonly row?: { readonly index: number; readonly width: number }
  readonly allowedValues?: readonly Value[]
}

/** A parent that the statement does not have: the key `index` of its rows. */
export interface ParentOperand {
  readonly kind: 'parent'
  /** Full name of the parent. */
  readonly table: string
  /** The query of all keys of its rows. */
  readonly query: BoundQuery
  readonly sql: string
  readonly keys: readonly string[]
  readonly index: number
  /** The conditions on the keys, as SQL over a table with this alias. */
  readonly tests: readonly string[]
  readonly alias: string
  readonly allowedValues?: readonly Value[]
  /** What else the key must equal: narrows the rows of the parent. */
  readonly among?: RowsOperand | QueryOperand
}

/** AND: for each key (`spec.owner.id`) the operands that it must equal. All must hold, so any one of them can give the values. */
export type Conjunction = ReadonlyMap<string, readonly Operand[]>
/** OR of conjunctions. `[]` is always false: no row is needed. An empty map is unconstrained. */
export type Disjunction = readonly Conjunction[]

export const UNCONSTRAINED: Disjunction = [new Map()]
const MAX_DISJUNCTS = 64

/**
 * The constraint that a key equals an operand. NULL equals nothing; what equals a blob cannot be requested, nor what equals a
 * REAL, unless the key is a number that is sent as it is (`isSent`).
 */
export function one(key: string, operand: Operand, isSent = false): Disjunction {
  if (operand.kind !== 'values') return [new Map([[key, [operand]]])]
  const values = [...new Set(operand.values.filter(v => v !== null))]
  if (values.length === 0) return []
  return values.some(v => (typeof v === 'number' && !isSent) || v instanceof Uint8Array)
    ? UNCONSTRAINED
    : [new Map([[key, [{ kind: 'values', values, stated: key }]]])]
}

/** AND of two. */
export function both(a: Disjunction, b: Disjunction): Disjunction {
  if (a === UNCONSTRAINED || isUnconstrained(a)) return b
  if (b === UNCONSTRAINED || isUnconstrained(b)) return a
  if (a.length * b.length > MAX_DISJUNCTS) return a.length <= b.length ? a : b
  return a.flatMap(x =>
    b.map(y => {
      const merged = new Map(x)
      for (const [key, operands] of y) merged.set(key, [...(merged.get(key) ?? []), ...operands])
      return merged
    }),
  )
}

function isUnconstrained(all: Disjunction): boolean {
  return all.length === 1 && all[0]!.size === 0
}

/** OR of several: unconstrained if one of them is. */
export function either(parts: readonly Disjunction[]): Disjunction {
  const all = parts.flat()
  if (all.some(a => a.size === 0)) return UNCONSTRAINED
  const merged = mergeSingles(all)
  return merged.length > MAX_DISJUNCTS ? UNCONSTRAINED : merged
}

/** `a = 1 OR a = 2` becomes one conjunction with two values. */
function mergeSingles(all: Disjunction): Disjunction {
  const singles = new Map<string, Set<Value>>()
  const rest: Conjunction[] = []
  for (const conjunction of all) {
    const [key, operands] = [...conjunction][0]!
    const [only] = operands
    if (conjunction.size !== 1 || operands.length !== 1 || only?.kind !== 'values') {
      rest.push(conjunction)
      continue
    }
    const values = singles.get(key) ?? new Set()
    singles.set(key, values)
    for (const v of only.values) values.add(v)
  }
  return [
    ...[...singles].map(
      ([key, values]) => new Map([[key, [{ kind: 'values' as const, values: [...values], stated: key }]]]),
    ),
    ...rest,
  ]
}
