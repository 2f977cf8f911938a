import { setImmediate as turn } from 'node:timers/promises'
import type { Session } from '../../index.ts'
import { describedColumns } from './described.ts'
import type { KnownTable, SessionInfo } from './session-info.ts'

/** The names, columns and variables of a session, which the engine sends to the prompt for completion. */
export class SessionNames {
  /** A run waits: no more views are looked at. */
  isRunPending = false
  readonly #session: Session
  readonly #others: () => Pick<SessionInfo, 'variables' | 'resultColumns'>
  readonly #onInfo: (info: SessionInfo) => void
  /** Columns of views; cached because finding them takes a plan. */
  #views = new Map<string, KnownTable>()
  #last: ReturnType<Session['names']> = {
    provider: undefined,
    tables: [],
    views: [],
    temporary: [],
    functions: [],
  }

  /** `others`: what does not come from the session itself. */
  constructor(
    session: Session,
    others: () => Pick<SessionInfo, 'variables' | 'resultColumns'>,
    onInfo: (info: SessionInfo) => void,
  ) {
    this.#session = session
    this.#others = others
    this.#onInfo = onInfo
  }

  /** The provider that USE chose. */
  get provider(): string | undefined {
    return this.#last.provider
  }

  /** Views may have changed: their columns are found anew. */
  forgetViews(): void {
    this.#views.clear()
  }

  /** The names that statements can use; the last known ones if the database cannot be read. */
  #names(): ReturnType<Session['names']> {
    try {
      this.#last = this.#session.names()
    } catch {
      // for example a file locked by another program: statements that need it report the error
    }
    return this.#last
  }

  /** Sends the names, columns and variables that completion uses. */
  send(): void {
    const { provider, tables, views, temporary, functions } = this.#names()
    const known = [...tables, ...views.map(name => this.#views.get(name) ?? { name, columns: [] })].map(
      ({ name, columns }) => ({ name, columns }),
    )
    this.#onInfo({ provider, functions: functions.toSorted(), tables: known, temporary, ...this.#others() })
  }

  /**
   * Finds the columns of views that are not known yet. Planning uses the same tables as running, so a run waits for the
   * current view, and the remaining views wait for the run. Messages are handled between two views.
   */
  async lookAtViews(): Promise<void> {
    const unknown = this.#names().views.filter(name => !this.#views.has(name))
    for (const name of unknown) {
      if (this.isRunPending) break
      this.#views.set(name, { name, columns: await this.#columnsOf(name) })
      await turn()
    }
    if (unknown.length > 0) this.send()
  }

  async #columnsOf(name: string): Promise<KnownTable['columns']> {
    const quoted = name
      .split('.')
      .map(part => `"${part}"`)
      .join('.')
    const plan = await this.#session.plan(`DESCRIBE EXTENDED ${quoted}`).catch(() => undefined)
    return plan?.kind === 'rows' ? describedColumns(plan.rows) : []
  }
}
