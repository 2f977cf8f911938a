import type { Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { CallsPlan, LocalPlan, Plan, Scan } from '../plan/plan.ts'
import { isName, nameOf } from '../sql/lexer.ts'
import type { Piece } from '../sql/split.ts'
import { readStatement } from '../sql/read-statement.ts'
import type { Planner } from './planner.ts'
import type { ScriptTrial } from './session-options.ts'
import type { Store } from './store/store.ts'
import { sqliteError } from './store/temporary.ts'
import type { Prepared } from './writes/body.ts'

type Variables = Readonly<Record<string, Value>>

/** Checks of requests that need none to be sent: paths, base URLs, credentials. */
interface RequestChecks {
  /** Checks a change whose values are known. @throws ConfluentqlError */
  calls(plan: CallsPlan, prepared: readonly Prepared[]): Promise<void>
  /** Checks scans whose values are in the statement. `isQuery`: it only reads. @throws ConfluentqlError */
  scans(scans: readonly Scan[], isQuery: boolean): Promise<void>
}

/**
 * Plans the statements of a script in order, each as if those before it had run, without sending or changing anything.
 * Definitions are made in an empty copy of the session's database.
 */
export class Trial implements ScriptTrial {
  #planner: Planner
  #store: Store
  #copy: Store | undefined
  #checks: RequestChecks | undefined

  /**
   * @param store the store of the session
   * @param checks checks of requests that are known in advance
   */
  constructor(planner: Planner, store: Store, checks: RequestChecks) {
    this.#planner = planner.withStore(store)
    this.#store = store
    this.#checks = checks
  }

  async take(script: string, piece: Piece, variables?: Variables): Promise<Plan | undefined> {
    const { statement, source } = readStatement(script, piece)
    if (statement.kind === 'use' || statement.kind === 'pull') {
      this.#planner.use(statement, source)
      return undefined
    }
    const isExplained = statement.kind === 'explain'
    const plan = await this.#planner.plan(isExplained ? statement.inner : statement, source, piece, {
      ...(variables && { variables }),
    })
    if (isExplained && statement.analyze && plan.kind !== 'query') throw notAnalyzed()
    if (plan.kind === 'local' && !isExplained) this.#define(plan)
    const scans = isExplained || plan.kind === 'rows' ? [] : (plan.kind === 'calls' ? plan.each : plan).scans
    if (scans.length > 0) await this.#checks?.scans(scans, plan?.kind === 'query')
    if (plan.kind === 'calls' && !isExplained) {
      await this.#planner.checkSecrets(plan, false)
      await this.#checkConstants(plan, piece)
    }
    return plan
  }

  forgetAddresses(): void {
    this.#checks = undefined
    this.#planner = this.#planner.withStore(this.#store, {
      supplies: async () => ({ baseUrl: () => true, urlVariable: () => true }),
    })
  }

  close(): void {
    this.#copy?.close()
  }

  #define({ steps }: LocalPlan): void {
    if (steps.length === 0) return
    if (!this.#copy) {
      this.#copy = this.#store.emptyCopy()
      this.#store = this.#copy
      this.#planner = this.#planner.withStore(this.#copy)
    }
    try {
      this.#copy.apply(steps, [])
    } catch (error) {
      throw sqliteError(error)
    }
  }

  /** Checks the calls of a change that reads no tables, as its values are known. */
  async #checkConstants(plan: CallsPlan, { tokens }: Piece): Promise<void> {
    if (plan.each.scans.length > 0 || plan.keepGoing) return
    const localNames = new Set([...this.#store.tables().keys(), ...this.#store.views().keys()])
    if (tokens.some(t => isName(t) && localNames.has(nameOf(t).toLowerCase()))) return
    const { evaluate } = await import('./query/query.ts')
    const { checkRows } = await import('./writes/writes.ts')
    const rows = evaluate(this.#store, plan.each.sql, plan.each.params, true)
    await this.#checks?.calls(plan, checkRows(plan, [...rows]))
  }
}

/** The error for EXPLAIN ANALYZE of anything but a query. */
export function notAnalyzed(): ConfluentqlError {
  return new ConfluentqlError('UNSUPPORTED', 'EXPLAIN ANALYZE runs its statement, so it takes only queries')
}
