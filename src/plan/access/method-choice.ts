import type { Method, Param, Value } from '../../catalog/types.ts'
import type { Operand } from '../predicates/constraints.ts'
import { isParent } from '../hosts.ts'
import { FAN_OUT } from '../plan.ts'

/** Values for parameters, by key: of what is known of a column the one operand to use. */
export type Choice = ReadonlyMap<string, Operand>

/** A method that can be called, with the values of its parameters. */
export interface Candidate {
  readonly method: Method
  readonly disjuncts: readonly Choice[]
  readonly bound: number
  /** How many of its values come from tables that may have many rows. */
  readonly wide: number
}

/**
 * Keeps the keys that all alternatives have. Calls that all give the same
 * parameters, and differ in a value, have no row in common; calls of different
 * shapes could bring a row twice.
 */
function oneShape(disjuncts: readonly Choice[]): readonly Choice[] {
  return disjuncts.map(a => new Map([...a].filter(([key]) => disjuncts.every(b => b.has(key)))))
}

/**
 * The eligible method that sends the most of what must be sent; of equals the one
 * that needs the fewest values from rows of tables that may have many; then the
 * one that binds the most parameters, then the one that
 * needs more of them. Values from many rows are used only where a method needs them.
 *
 * @param isFixed says of a key that rows cannot tell it, so that it must be sent
 */
export function choose(
  methods: readonly Method[],
  choices: readonly Choice[],
  isNarrow: (o: Operand) => boolean,
  needed: (m: Method) => readonly Param[],
  isFixed: (key: string) => boolean,
): Candidate | undefined {
  const fixed = ({ method, disjuncts }: Candidate): number =>
    method.params.filter(p => isFixed(p.column ?? '') && disjuncts.every(a => a.has(p.column!))).length
  const rank = (c: Candidate): readonly number[] => [
    fixed(c),
    -c.wide,
    c.bound,
    c.method.params.filter(p => p.required).length,
  ]
  let best: Candidate | undefined
  for (const method of methods) {
    const needs = (key: string): boolean =>
      method.params.some(p => p.column === key && (isParent(p) || isFixed(key)))
    const disjuncts = oneShape(
      choices.map(a => new Map([...a].filter(([key, o]) => isNarrow(o) || needs(key)))),
    )
    const isBound = (p: Param): boolean => p.column !== undefined && disjuncts.every(a => a.has(p.column!))
    if (!needed(method).every(isBound)) continue
    const wide = method.params.filter(
      p => isBound(p) && disjuncts.some(a => !isNarrow(a.get(p.column!)!)),
    ).length
    const found = { method, disjuncts, bound: method.params.filter(isBound).length, wide }
    if (!best || isBetter(rank(found), rank(best))) best = found
  }
  return best
}

function isBetter(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((n, i) => n !== b[i])
  return at >= 0 && a[at]! > b[at]!
}

/** One row at most, or rows picked by a filter that is not a mere parent key. */
export function isNarrowCall({ method, disjuncts }: Candidate): boolean {
  return disjuncts.every(a =>
    method.params.some(
      p => p.column !== undefined && a.has(p.column) && (method.single === true || !isParent(p)),
    ),
  )
}

function combinations(candidate: Candidate): number {
  return candidate.disjuncts.reduce(
    (sum, a) =>
      sum
      + candidate.method.params.reduce((n, p) => {
        const operand = p.column === undefined || p.repeat ? undefined : a.get(p.column)
        return operand?.kind === 'values' ? n * operand.values.length : n
      }, 1),
    0,
  )
}

/**
 * Parameters that are not needed are given up when they would cost more than
 * FAN_OUT calls: at once for literals; for values from other tables the engine
 * decides when it has counted them, between `candidate` and `fallback`.
 *
 * @param isFixed says of a key that rows cannot tell it, so that it must be sent
 */
export function fewer(
  best: Candidate,
  methods: readonly Method[],
  choices: readonly Choice[],
  pick: (c: readonly Choice[]) => Candidate | undefined,
  isFixed: (key: string) => boolean,
): { candidate: Candidate; fallback?: Candidate } {
  const multi = (o: Operand): boolean => o.kind !== 'values' || o.values.length > 1
  const without = (drop: (o: Operand) => boolean): Candidate | undefined => {
    const keeping = (by: readonly Method[]): Candidate | undefined => {
      const needed = (key: string): boolean =>
        isFixed(key) || by.every(m => m.params.some(p => isParent(p) && p.column === key))
      return pick(choices.map(a => new Map([...a].filter(([key, o]) => needed(key) || !drop(o)))))
    }
    const found = keeping(methods) ?? keeping([best.method])
    return found && { ...found, disjuncts: distinct(found) }
  }
  const plain =
    combinations(best) > FAN_OUT ? without(o => o.kind === 'values' && o.values.length > 1) : undefined
  const candidate =
    plain && combinations(plain) < combinations(best) ? plain : { ...best, disjuncts: distinct(best) }
  const dynamic = candidate.disjuncts.some(a =>
    candidate.method.params.some(
      p => p.column !== undefined && a.get(p.column) !== undefined && a.get(p.column)!.kind !== 'values',
    ),
  )
  const fallback = dynamic ? without(multi) : undefined
  const size = (c: Candidate): number => c.disjuncts.reduce((n, a) => n + a.size, 0)
  return { candidate, ...(fallback && size(fallback) < size(candidate) && { fallback }) }
}

/** Disjunction reduced to the method's parameters; those that ask for the same are one. */
function distinct({ method, disjuncts }: Candidate): readonly Choice[] {
  const seen = new Map<string, Choice>()
  for (const a of disjuncts) {
    const own = new Map([...a].filter(([key]) => method.params.some(p => p.column === key)))
    const id = JSON.stringify(
      [...own]
        .map(([k, o]) => [
          k,
          ...(o.kind === 'values' ? o.values.map(shown) : [o.sql, ...(o.allowedValues ?? []).map(shown)]),
        ])
        .sort(),
    )
    if (!seen.has(id)) seen.set(id, own)
  }
  return [...seen.values()]
}

function shown(value: Value): string {
  return `${typeof value}:${String(value)}`
}
