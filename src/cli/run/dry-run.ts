import type { Value } from '../../catalog/types.ts'
import { PREVIEW_COLUMNS } from '../../engine/explain.ts'
import { completeRows, type Rows } from '../../engine/result.ts'
import type { Session } from '../../index.ts'
import type { ResultColumn } from '../../render/types.ts'
import { typeOf } from '../../sql/read-statement.ts'
import type { StatementStep } from '../script/program.ts'
import { lineOf } from '../report.ts'

/** The requests of a dry run, of all its statements. */
export class DryRun {
  #rows: Value[][] = []
  /** Statements that would send a request. */
  changes = 0

  /**
   * Takes a statement: of one that changes the API, the requests that it would send, for which what it reads is read; one
   * on tables and views of the session is run, since later ones may read them; any other is only planned.
   */
  async take(step: StatementStep, session: Session, signal: AbortSignal): Promise<void> {
    const { sql, piece, script, at } = step
    const type = typeOf(piece.tokens)
    if (type === 'listing') return
    if (type !== 'change' && type !== 'call' && type !== 'definition' && type !== 'use') {
      await session.plan(sql.slice(piece.start, piece.end))
      return
    }
    const result = await session.runPiece(sql, piece, signal)
    const place = `${script.name === undefined ? '' : `${script.name}:`}${lineOf(script.text, at.start)}`
    for await (const row of result.rows) this.#rows.push([place, ...row])
    if (result.columns.length > 0) this.changes++
  }

  /** One table; with the statements' places where there are several statements. */
  table(hasPlaces: boolean): { readonly columns: readonly ResultColumn[]; readonly rows: Rows } {
    const rows = this.#rows.map(row => (hasPlaces ? row : row.slice(1)))
    return {
      columns: [...(hasPlaces ? [{ name: 'place', type: 'string' } as const] : []), ...PREVIEW_COLUMNS],
      rows: completeRows(rows),
    }
  }
}
