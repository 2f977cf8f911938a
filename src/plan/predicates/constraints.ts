import type { Value } from '../../catalog/types.ts'
import type { BoundCore, BoundQuery, Relation } from '../binding/bound.ts'

/** What a column is known to equal. */
export type Operand =
  | { readonly kind: 'values'; readonly values: readonly Value[] }
  /** An expression over other items of one core; `column` is the text column of an item that it is, if it is one that a text is compared with as it stands. */
  | {
      readonly kind: 'rows'
      readonly sql: string
      readonly core: BoundCore
      readonly relations: readonly Relation[]
      readonly text: string
      readonly allowedValues?: readonly Value[]
      readonly column?: { readonly relation: Relation; readonly key: string }
    }
  /** The only column of a query, or of one that gives row values the column `index` of `width`. */
  | {
      readonly kind: 'query'
      readonly sql: string
      readonly queries: readonly BoundQuery[]
      readonly original: string
      readonly row?: { readonly index: number; readonly width: number }
      readonly allowedValues?: readonly Value[]
    }

/** What must hold of an item's columns, by key (`spec.owner.id`): all of it, so that any of a key's operands will do. */
export type Conjunction = ReadonlyMap<string, readonly Operand[]>
/** Disjunction. `[]` is always false: no row can matter; an empty map is unconstrained. */
export type Disjunction = readonly Conjunction[]

export const UNCONSTRAINED: Disjunction = [new Map()]
const MAX_DISJUNCTS = 64

/** One key that must equal an operand. NULL equals nothing; a REAL or a blob may compare in ways that a request cannot say. */
export function one(key: string, operand: Operand): Disjunction {
  if (operand.kind !== 'values') return [new Map([[key, [operand]]])]
  const values = [...new Set(operand.values.filter(v => v !== null))]
  if (values.length === 0) return []
  return values.some(v => typeof v === 'number' || v instanceof Uint8Array)
    ? UNCONSTRAINED
    : [new Map([[key, [{ kind: 'values', values }]]])]
}

/** AND of two. */
export function both(a: Disjunction, b: Disjunction): Disjunction {
  if (isUnconstrained(a)) return b
  if (isUnconstrained(b)) return a
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

/** OR of several: unless each says something, nothing is known. */
export function either(parts: readonly Disjunction[]): Disjunction {
  const all = parts.flat()
  if (all.some(a => a.size === 0)) return UNCONSTRAINED
  const merged = mergeSingles(all)
  return merged.length > MAX_DISJUNCTS ? UNCONSTRAINED : merged
}

/** `a = 1 OR a = 2` becomes one alternative with two values. */
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
      ([key, values]) => new Map([[key, [{ kind: 'values' as const, values: [...values] }]]]),
    ),
    ...rest,
  ]
}
