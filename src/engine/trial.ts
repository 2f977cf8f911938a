import type { Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { CallsPlan, LocalPlan, Plan } from '../plan/plan.ts'
import { isName, nameOf } from '../sql/lexer.ts'
import type { Piece } from '../sql/split.ts'
import { readStatement } from '../sql/statement.ts'
import type { Planner } from './planner.ts'
import { evaluate } from './query.ts'
import type { Store } from './store.ts'
import { checkRows } from './writes.ts'

type Variables = Readonly<Record<string, Value>>

/**
 * Plans the statements of a script in order, each as if those before it had run: what they define is known, and nothing is
 * sent or changed. Definitions are made in an empty copy of the session's database.
 */
export class Trial {
  #planner: Planner
  #store: Store
  #copy: Store | undefined

  /** @param store the session's own */
  constructor(planner: Planner, store: Store) {
    this.#planner = planner.over(store)
    this.#store = store
  }

  /**
   * Takes the next statement.
   * @param variables values of `:name`, instead of those that the session has now
   * @returns its plan; none of USE
   * @throws ConfluentqlError for what can be found wrong with it without a request
   */
  async take(script: string, piece: Piece, variables?: Variables): Promise<Plan | undefined> {
    const { statement, source } = readStatement(script, piece)
    if (statement.kind === 'use') {
      this.#planner.use(statement, source)
      return undefined
    }
    const isExplained = statement.kind === 'explain'
    const plan = await this.#planner.plan(isExplained ? statement.inner : statement, source, piece, variables)
    if (isExplained && statement.analyze && plan.kind !== 'query') throw notAnalyzed()
    if (plan.kind === 'local' && !isExplained) this.#define(plan)
    if (plan.kind === 'calls' && !isExplained) {
      this.#planner.checkSecrets(plan, false)
      this.#checkConstants(plan, piece)
    }
    return plan
  }

  /** From here on base URLs may be others than now, so that none is missing. */
  forgetAddresses(): void {
    this.#planner = this.#planner.over(this.#store, { supplies: async () => () => true })
  }

  close(): void {
    this.#copy?.close()
  }

  #define({ steps }: LocalPlan): void {
    if (steps.length === 0) return
    if (!this.#copy) {
      this.#copy = this.#store.emptyCopy()
      this.#store = this.#copy
      this.#planner = this.#planner.over(this.#copy)
    }
    try {
      this.#copy.apply(steps, [])
    } catch (error) {
      if (error instanceof ConfluentqlError) throw error
      throw new ConfluentqlError('VALUE', `SQLite: ${(error as Error).message}`, { cause: error })
    }
  }

  /** The values of a change that reads nothing are known; those of tables of the session are not. */
  #checkConstants(plan: CallsPlan, { tokens }: Piece): void {
    if (plan.each.scans.length > 0 || plan.keepGoing) return
    const own = new Set([...this.#store.tables().keys(), ...this.#store.views().keys()])
    if (tokens.some(t => isName(t) && own.has(nameOf(t).toLowerCase()))) return
    checkRows(plan, [...evaluate(this.#store, plan.each.sql, plan.each.params, true)])
  }
}

/** The error for EXPLAIN ANALYZE of anything but a query. */
export function notAnalyzed(): ConfluentqlError {
  return new ConfluentqlError('UNSUPPORTED', 'EXPLAIN ANALYZE runs its statement, so it takes only queries')
}
