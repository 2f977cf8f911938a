import type { Method, Param, Value } from '../../catalog/types.ts'
import { isMandatory } from '../hosts.ts'
import type { Operand } from '../predicates/constraints.ts'

/** The most calls by constants for each row that gives further keys. With more constants, these are not sent. */
const MOST_PER_ROW = 10

/** For each key the one operand that is used. */
export type Choice = ReadonlyMap<string, Operand>

/** A method that can be called, with the operands of its parameters: one choice for each disjunct of the constraints. */
export interface Candidate {
  readonly method: Method
  readonly disjuncts: readonly Choice[]
  /** Number of bound parameters. */
  readonly bound: number
  /** Number of parameters whose values come from tables that may have many rows. */
  readonly unselective: number
}

/**
 * Keeps the keys that all disjuncts have. Calls with the same parameters that differ in a value have no row in common;
 * calls with different parameters could load a row twice.
 */
function commonKeys(disjuncts: readonly Choice[]): readonly Choice[] {
  if (disjuncts.length === 1) return disjuncts
  return disjuncts.map(a => new Map([...a].filter(([key]) => disjuncts.every(b => b.has(key)))))
}

/**
 * The best of the methods whose required parameters are bound. In this order: the most parameters that must be sent; the
 * fewest unselective operands, which are used only for keys that the method needs; the most bound parameters; the most
 * required parameters.
 *
 * @param mustSend the keys that must be sent because rows cannot verify their conditions
 */
export function bestCandidate(
  methods: readonly Method[],
  choices: readonly Choice[],
  isSelective: (o: Operand) => boolean,
  requiredOf: (m: Method) => readonly Param[],
  mustSend: ReadonlySet<string>,
): Candidate | undefined {
  const sent = ({ method, disjuncts }: Candidate): number =>
    method.params.filter(p => mustSend.has(p.column ?? '') && disjuncts.every(a => a.has(p.column!))).length
  const rank = (c: Candidate): readonly number[] => [
    sent(c),
    -c.unselective,
    c.bound,
    c.method.params.filter(p => p.required).length,
  ]
  let best: Candidate | undefined
  for (const method of methods) {
    const needs = (key: string): boolean =>
      method.params.some(p => p.column === key && (isMandatory(p) || mustSend.has(key)))
    const disjuncts = commonKeys(
      choices.map(a => new Map([...a].filter(([key, o]) => isSelective(o) || needs(key)))),
    )
    const isBound = (p: Param): boolean => p.column !== undefined && disjuncts.every(a => a.has(p.column!))
    if (!requiredOf(method).every(isBound)) continue
    const bound = method.params.filter(isBound)
    const unselective = bound.filter(p => disjuncts.some(a => !isSelective(a.get(p.column!)!)))
    const candidate = { method, disjuncts, bound: bound.length, unselective: unselective.length }
    if (!best || isBetter(rank(candidate), rank(best))) best = candidate
  }
  return best
}

function isBetter(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((n, i) => n !== b[i])
  return at >= 0 && a[at]! > b[at]!
}

/** Whether each call returns at most one row, or rows picked by a filter that is more than a parent key. */
export function isSelectiveCall({ method, disjuncts }: Candidate): boolean {
  return disjuncts.every(a =>
    method.params.some(
      p => p.column !== undefined && a.has(p.column) && (method.single === true || !isMandatory(p)),
    ),
  )
}

/** The number of calls that the constants of a candidate make. */
function callCount({ method, disjuncts }: Candidate): number {
  const callsOf = (choice: Choice): number =>
    method.params.reduce((count, p) => {
      const operand = p.column === undefined || p.repeat ? undefined : choice.get(p.column)
      return operand?.kind === 'values' ? count * operand.values.length : count
    }, 1)
  return disjuncts.reduce((sum, choice) => sum + callsOf(choice), 0)
}

/** Whether a candidate takes values from rows of other tables. */
function dependsOnRows({ method, disjuncts }: Candidate): boolean {
  return disjuncts.some(a =>
    method.params.some(p => p.column !== undefined && (a.get(p.column)?.kind ?? 'values') !== 'values'),
  )
}

/**
 * The calls of a candidate, and a fallback without its optional keys: fewer calls that give the same rows, usually a list.
 * The engine decides between them while it reads the list. Many constants are dropped here if keys from rows remain, since
 * each of these rows would need as many calls.
 *
 * @param choose the best candidate for reduced choices
 * @param mustSend the keys that must be sent because rows cannot verify their conditions
 */
export function withFallback(
  best: Candidate,
  methods: readonly Method[],
  choices: readonly Choice[],
  choose: (c: readonly Choice[]) => Candidate | undefined,
  mustSend: ReadonlySet<string>,
): { candidate: Candidate; fallback?: Candidate } {
  const without = (isDropped: (o: Operand) => boolean): Candidate | undefined => {
    const keepingKeysOf = (all: readonly Method[]): Candidate | undefined => {
      const isNeeded = (key: string): boolean =>
        mustSend.has(key) || all.every(m => m.params.some(p => isMandatory(p) && p.column === key))
      return choose(choices.map(a => new Map([...a].filter(([key, o]) => isNeeded(key) || !isDropped(o)))))
    }
    const found = keepingKeysOf(methods) ?? keepingKeysOf([best.method])
    return found && { ...found, disjuncts: distinct(found) }
  }
  const isList = (o: Operand): boolean => o.kind === 'values' && o.values.length > 1
  const reduced = callCount(best) > MOST_PER_ROW && dependsOnRows(best) ? without(isList) : undefined
  const candidate =
    reduced && callCount(reduced) < callCount(best) ? reduced : { ...best, disjuncts: distinct(best) }
  const hasSeveral = dependsOnRows(candidate) || callCount(candidate) > 1
  const fallback = hasSeveral ? without(o => o.kind !== 'values' || isList(o)) : undefined
  const operandCount = (c: Candidate): number => c.disjuncts.reduce((n, a) => n + a.size, 0)
  return { candidate, ...(fallback && operandCount(fallback) < operandCount(candidate) && { fallback }) }
}

/**
 * The calls by keys from rows of any number that may give the rows of a list sooner, if they have these keys from one source.
 *
 * @param keyed the best candidate with all keys
 */
export function keyedBeside(list: Candidate, keyed: Candidate | undefined): Candidate | undefined {
  if (!keyed || list.method.paging === undefined || dependsOnRows(list)) return undefined
  const { method } = keyed
  const [choice, ...others] = distinct(keyed)
  if (others.length > 0 || method.range || method.queryBody || callCount(keyed) > MOST_PER_ROW)
    return undefined
  const isFromParent = [...choice!.values()].some(o => o.kind === 'parent')
  return dependsOnRows(keyed) && !isFromParent && isSelectiveCall(keyed)
    ? { ...keyed, disjuncts: [choice!] }
    : undefined
}

/** The disjuncts reduced to the method's parameters, without those that make the same calls. */
function distinct({ method, disjuncts }: Candidate): readonly Choice[] {
  const sent = (a: Choice): Choice =>
    new Map([...a].filter(([key]) => method.params.some(p => p.column === key)))
  if (disjuncts.length === 1) return [sent(disjuncts[0]!)]
  const byIdentity = new Map<string, Choice>()
  for (const a of disjuncts) {
    const choice = sent(a)
    const identity = JSON.stringify([...choice].map(([key, o]) => [key, ...identityOf(o)]).sort())
    if (!byIdentity.has(identity)) byIdentity.set(identity, choice)
  }
  return [...byIdentity.values()]
}

function identityOf(o: Operand): string[] {
  const typed = (value: Value): string => `${typeof value}:${String(value)}`
  return o.kind === 'values' ? o.values.map(typed) : [o.sql, ...(o.allowedValues ?? []).map(typed)]
}
