import { ConfluentqlError } from '../../errors.ts'
import { lex } from '../../sql/lexer.ts'
import type { Range, Source } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import type { PlanContext } from '../context.ts'

/**
 * The error to report for a statement. If a view of the session that it reads is wrong by itself, for example since a table has changed,
 * it is the error of that view at its place in the statement: positions in the text of the view mean nothing there.
 * @param check checks a query
 */
export function errorInView(
  error: unknown,
  binder: Binder,
  context: PlanContext,
  check: (source: Source, range: Range, context: PlanContext) => unknown,
): unknown {
  // the error about views that refer to each other has no position
  if (!(error instanceof ConfluentqlError) || (error.code === 'UNSUPPORTED' && !error.span)) return error
  for (const { view, span } of binder.ownViews) {
    const views = new Map([...context.views].filter(([, other]) => other !== view))
    const source = { text: view.sql, tokens: lex(view.sql).tokens }
    try {
      check(source, { from: 0, to: source.tokens.length }, { ...context, views })
    } catch (cause) {
      if (!(cause instanceof ConfluentqlError)) return cause
      const { code, message, hint } = cause
      return new ConfluentqlError(code, `view ${view.name}: ${message}`, {
        cause,
        span,
        ...(hint !== undefined && { hint }),
      })
    }
  }
  return error
}
