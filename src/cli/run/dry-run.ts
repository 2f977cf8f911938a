import type { Value } from '../../catalog/types.ts'
import { completeRows, PREVIEW_COLUMNS, type Rows } from '../../engine/result.ts'
import type { Session } from '../../index.ts'
import type { ResultColumn } from '../../render/types.ts'
import { typeOf } from '../../sql/read-statement.ts'
import type { StatementStep } from '../script/program.ts'
import { lineOf } from '../report.ts'

/** Collects the requests of all statements of a dry run. */
export class DryRun {
  #rows: Value[][] = []
  #columns: readonly ResultColumn[] = PREVIEW_COLUMNS
  /** Statements that would send a request. */
  #changes = 0
  /** A statement that keeps going has rows that cannot be sent: the requests of the others are shown all the same. */
  isPartial = false

  /**
   * Adds a statement. A change of the API adds the requests that it would send; what it needs to read is read. A statement on
   * tables and views of the session is run, since later ones may depend on it. Any other is only planned.
   */
  async take(step: StatementStep, session: Session, signal: AbortSignal): Promise<void> {
    const { sql, piece, script, at } = step
    const type = typeOf(piece.tokens)
    if (type !== 'change' && type !== 'call' && type !== 'definition' && type !== 'use') {
      await session.plan(sql, piece)
      return
    }
    const result = await session.runPiece(sql, piece, signal)
    const place = `${script.name === undefined ? '' : `${script.name}:`}${lineOf(script.text, at.start)}`
    for await (const row of result.rows) this.#rows.push([place, ...row])
    if (result.columns.length > 0) {
      this.#changes++
      this.#columns = result.columns
    }
    try {
      result.finish()
    } catch (error) {
      this.isPartial = true
      throw error
    }
  }

  /** What to say beside the table of requests; undefined if that is complete. */
  get notice(): string | undefined {
    if (this.#changes === 0) return 'no statement would change anything'
    return this.#changes > 1
      ? 'nothing was sent: each statement was planned without what those before it would have changed'
      : undefined
  }

  /** The requests as one table; with the places of the statements if there are several. */
  table(hasPlaces: boolean): { readonly columns: readonly ResultColumn[]; readonly rows: Rows } {
    const rows = this.#rows.map(row => (hasPlaces ? row : row.slice(1)))
    return {
      columns: [...(hasPlaces ? [{ name: 'place', type: 'string' } as const] : []), ...this.#columns],
      rows: completeRows(rows),
    }
  }
}
