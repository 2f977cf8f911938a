import { visible } from '../../render/display.ts'
import { lexOpen } from '../../sql/lexer.ts'
import { typeOf } from '../../sql/read-statement.ts'
import type { Outcome } from './engine-process.ts'

/** What a prompt says if the engine was replaced, after a run or before the next: what is kept, and what is lost. `isTold`: that the run was cancelled has been shown. */
export function lossText(
  { lost, reason, isNotStarted, file, targets = [], temporary = [] }: Partial<Outcome>,
  isTold: boolean,
  statement: string,
): string {
  if (isNotStarted) return 'cancelled (it had not started: the engine is still starting)\n'
  const kept =
    temporary.length > 0
      ? 'other tables, views, variables and settings'
      : 'tables, views, variables and settings'
  const texts = {
    idle: `notice: the engine ended: ${visible(reason ?? '')}; ${kept} are kept\n`,
    busy: `cancelled (SQLite was busy; ${kept} are kept)\n`,
    forced: isTold ? '' : `cancelled (${kept} are kept)\n`,
    died: `error: the engine ended while the statement ran: ${visible(reason ?? '')}; ${kept} are kept\n`,
  }
  const type = lost === undefined || lost === 'idle' ? undefined : typeOf(lexOpen(statement))
  return [
    lost === undefined ? '' : texts[lost],
    type === 'change' || type === 'call'
      ? 'notice: if requests had been sent, they may have been carried out: check with a SELECT\n'
      : '',
    temporary.length > 0 ? `notice: lost: ${visible(temporary.join(', '))} (temporary)\n` : '',
    ...targets.map(t => `notice: ${visible(t)} was lost: results are shown here until it is set again\n`),
    file === undefined
      ? ''
      : `error: ${visible(file)} was not written: its results were lost with the engine\nhint: .output FILE begins it anew; until then results are shown here\n`,
  ].join('')
}
