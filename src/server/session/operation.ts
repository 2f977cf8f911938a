import type { ExecuteContext } from '../run/execute.ts'
import { InterruptedChange, SqlError } from '../wire/errors.ts'
import type { ConnectionState } from './state.ts'

/** A running statement. A cancel request, its timeout, or the end of the connection aborts it. */
export class Operation {
  readonly state: ConnectionState
  readonly control = new AbortController()
  /** Those of cursors and portals that an earlier operation has opened. */
  readonly #followed = new Set<AbortController>()
  readonly #timer: NodeJS.Timeout

  /**
   * @param longest milliseconds that every statement is given
   * @param isExempt the client's own timeout does not apply: a statement that changes it must be possible
   */
  constructor(state: ConnectionState, longest: number, isExempt = false) {
    this.state = state
    const own = isExempt ? 0 : (state.status?.timeout ?? 0)
    const time = own > 0 ? Math.min(own, longest) : longest
    this.#timer = setTimeout(
      () => this.abort(new SqlError('57014', 'canceling statement due to statement timeout')),
      time,
    )
  }

  get context(): ExecuteContext {
    const { database, settings, status, notices } = this.state
    return {
      database,
      settings: settings.sql,
      signal: this.control.signal,
      onNotice: text => notices.push(text),
      style: status?.style ?? { hasPlainTimes: false, hasPlainFloats: false },
    }
  }

  abort(reason: SqlError): void {
    this.control.abort(reason)
    for (const control of this.#followed) control.abort(reason)
  }

  /** Waits for rows of what an earlier operation has opened, which an abort of this one ends. */
  async follow<T>(control: AbortController, work: Promise<T>): Promise<T> {
    this.#followed.add(control)
    try {
      return await work
    } finally {
      this.#followed.delete(control)
    }
  }

  /** The error for the client: the reason of the abort, if it was aborted. */
  reasonFor(error: unknown): unknown {
    const { aborted, reason } = this.control.signal as { aborted: boolean; reason: unknown }
    return aborted && !(error instanceof InterruptedChange) ? reason : error
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
