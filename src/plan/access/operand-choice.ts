import type { Shape, Value } from '../../catalog/types.ts'
import type { BoundCore, BoundQuery, TableRef } from '../binding/bound.ts'
import { coerceAll } from '../coerce.ts'
import type { Conjunction, Operand, ValuesOperand } from '../predicates/constraints.ts'
import { readsOnly, typeOfKey } from './operands.ts'
import type { Choice } from './method-choice.ts'
import type { Conditions } from './conditions.ts'

/**
 * Which operands a planning pass may use:
 * - `constants`: only values that the statement gives;
 * - `all sources`: rows as well, if every row operand of every key can be read;
 * - `available`: rows as well, whichever can be read;
 * - `transitive`: breaks a dependency cycle: a key also takes the values that it must equal through columns of other relations.
 */
export type Pass = 'constants' | 'all sources' | 'available' | 'transitive'

/** Picks, for each key of a relation, the operand that gives the parameter its values. */
export class OperandChoice {
  readonly #conditions: Conditions
  readonly #planned: { has(ref: TableRef): boolean }
  readonly #selective: ReadonlySet<TableRef>

  /**
   * @param planned tables that are loaded before the one being planned
   * @param selective those of them that have few rows
   */
  constructor(
    conditions: Conditions,
    planned: { has(ref: TableRef): boolean },
    selective: ReadonlySet<TableRef>,
  ) {
    this.#conditions = conditions
    this.#planned = planned
    this.#selective = selective
  }

  /** Whether all tables that an operand reads are planned. */
  isAvailable(operand: Operand): boolean {
    return readsOnly(operand, this.#planned)
  }

  /** Whether an operand has few values: constants, or rows of selective scans. */
  isSelective(operand: Operand): boolean {
    return readsOnly(operand, this.#selective)
  }

  /** One operand for each key of a conjunction that has a usable one. */
  choose(ref: TableRef, conjunction: Conjunction, pass: Pass): Choice {
    const relation = this.#conditions.relationOf(ref)
    const choice = new Map<string, Operand>()
    for (const [key, operands] of conjunction) {
      const operand = this.#pick(operands, pass, typeOfKey(relation, key))
      if (operand) choice.set(key, operand)
    }
    if (pass !== 'constants') this.#alignKeys(choice, conjunction)
    return choice
  }

  /** Constants if there are any (those that satisfy every condition), else a selective operand, else any that is available. */
  #pick(operands: readonly Operand[], pass: Pass, type: Shape['type'] | undefined): Operand | undefined {
    const constants = operands.flatMap(o => (o.kind === 'values' ? [coerceAll(o.values, type)] : []))
    if (constants.length > 0)
      return { kind: 'values', values: constants.reduce((a, b) => a.filter(v => b.includes(v))) }
    const usable = pass === 'constants' ? [] : operands.filter(o => this.isAvailable(o))
    const best = usable.find(o => this.isSelective(o)) ?? usable[0]
    if (!best && pass !== 'transitive') return undefined
    const isText = type === 'string' || type === 'timestamp'
    const allowedValues = isText ? this.#transitiveValues(operands) : undefined
    if (!best) return allowedValues && { kind: 'values', values: allowedValues }
    return best.kind === 'rows' && allowedValues ? { ...best, allowedValues } : best
  }

  /**
   * The texts that a key can equal by transitivity: `a.x = b.x AND b.x = 'v'` implies `a.x = 'v'`. Undefined if the
   * conditions do not limit it.
   */
  #transitiveValues(operands: readonly Operand[], seen = new Set<Operand>()): readonly Value[] | undefined {
    for (const o of operands)
      if (o.kind === 'values' && o.values.every(v => typeof v === 'string')) return o.values
    for (const o of operands) {
      if (o.kind !== 'rows' || !o.column || seen.has(o)) continue
      seen.add(o)
      const { relation, key } = o.column
      const alternatives = this.#conditions
        .of(relation)
        .map(conjunction => this.#transitiveValues(conjunction.get(key) ?? [], seen))
      if (alternatives.every(values => values !== undefined)) return [...new Set(alternatives.flat())]
    }
    return undefined
  }

  /**
   * Takes keys that belong together from the same rows, because the API may answer a pair that no row has with an error. If
   * one key comes from rows, constant keys that these rows have as well come from them; if one comes from a parent, so does
   * every key that the parent has.
   */
  #alignKeys(choice: Map<string, Operand>, conjunction: Conjunction): void {
    const sources = new Set([...choice.values()].map(rowSource))
    const isAligned = (o: Operand): o is Exclude<Operand, ValuesOperand> =>
      rowSource(o) !== undefined && sources.has(rowSource(o)) && this.isAvailable(o)
    for (const [key, picked] of choice) {
      const aligned = conjunction.get(key)!.filter(isAligned)
      const parent = aligned.find(o => o.kind === 'parent')
      if (picked.kind === 'values' && aligned[0])
        choice.set(key, { ...aligned[0], allowedValues: picked.values })
      else if (parent && (picked.kind === 'rows' || picked.kind === 'query'))
        choice.set(key, { ...parent, among: picked })
    }
  }
}

/** The core or query whose rows give an operand together with other keys. */
function rowSource(operand: Operand): BoundCore | BoundQuery | undefined {
  if (operand.kind === 'rows') return operand.core
  if (operand.kind === 'parent') return operand.query
  return operand.kind === 'query' && operand.row ? operand.queries[0] : undefined
}
