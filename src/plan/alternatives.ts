import type { Value } from '../catalog/types.ts'
import type { BoundCore, BoundQuery, Item } from './bound.ts'

/** What a column is known to equal. */
export type Operand =
  | { readonly kind: 'values'; readonly values: readonly Value[] }
  /** An expression over other items of one core; `column` is the text column of an item that it is, if it is one that a text is compared with as it stands. */
  | {
      readonly kind: 'rows'
      readonly sql: string
      readonly core: BoundCore
      readonly items: readonly Item[]
      readonly text: string
      readonly among?: readonly Value[]
      readonly column?: { readonly item: Item; readonly key: string }
    }
  /** The only column of a query, or of one that gives row values the column `index` of `width`. */
  | {
      readonly kind: 'query'
      readonly sql: string
      readonly queries: readonly BoundQuery[]
      readonly original: string
      readonly row?: { readonly index: number; readonly width: number }
      readonly among?: readonly Value[]
    }

/** What must hold of an item's columns, by key (`spec.owner.id`): all of it, so that any of a key's operands will do. */
export type Alternative = ReadonlyMap<string, readonly Operand[]>
/** One of these must hold. None: no row can matter. One that is empty: nothing is known. */
export type Alternatives = readonly Alternative[]

export const ANYTHING: Alternatives = [new Map()]
const MAX_ALTERNATIVES = 64

/** One key that must equal an operand. NULL equals nothing; a REAL or a blob may compare in ways that a request cannot say. */
export function one(key: string, operand: Operand): Alternatives {
  if (operand.kind !== 'values') return [new Map([[key, [operand]]])]
  const values = [...new Set(operand.values.filter(v => v !== null))]
  if (values.length === 0) return []
  return values.some(v => typeof v === 'number' || v instanceof Uint8Array)
    ? ANYTHING
    : [new Map([[key, [{ kind: 'values', values }]]])]
}

/** AND of two. */
export function both(a: Alternatives, b: Alternatives): Alternatives {
  if (isAnything(a)) return b
  if (isAnything(b)) return a
  if (a.length * b.length > MAX_ALTERNATIVES) return a.length <= b.length ? a : b
  return a.flatMap(x =>
    b.map(y => {
      const merged = new Map(x)
      for (const [key, operands] of y) merged.set(key, [...(merged.get(key) ?? []), ...operands])
      return merged
    }),
  )
}

function isAnything(all: Alternatives): boolean {
  return all.length === 1 && all[0]!.size === 0
}

/** OR of several: unless each says something, nothing is known. */
export function either(parts: readonly Alternatives[]): Alternatives {
  const all = parts.flat()
  if (all.some(a => a.size === 0)) return ANYTHING
  const merged = mergeSingles(all)
  return merged.length > MAX_ALTERNATIVES ? ANYTHING : merged
}

/** `a = 1 OR a = 2` becomes one alternative with two values. */
function mergeSingles(all: Alternatives): Alternatives {
  const singles = new Map<string, Set<Value>>()
  const rest: Alternative[] = []
  for (const alternative of all) {
    const [key, operands] = [...alternative][0]!
    const [only] = operands
    if (alternative.size !== 1 || operands.length !== 1 || only?.kind !== 'values') {
      rest.push(alternative)
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
