import type { Service } from '../service.ts'
import { rowsText } from '../rows.ts'
import { inSession, onlyStatement, refuseChange } from '../statements.ts'
import type { Answer, Arguments, Call } from '../tool.ts'

/** Rows of a query without a limit of its own. */
export const USUAL_ROWS = 50

/** query: the rows of a statement that only reads. */
export async function query(service: Service, { sql, limit }: Arguments, call: Call): Promise<Answer> {
  const statement = String(sql)
  const rows = Math.min(Number(limit ?? USUAL_ROWS), service.maxRows)
  const notices: string[] = []
  // a dry run sends no change even if the check below failed
  const own = { dryRun: true, onNotice: (text: string) => void notices.push(text) }
  return inSession(service.pool, call, own, async session => {
    const piece = onlyStatement(session, statement)
    refuseChange(await session.plan(statement))
    const result = await session.runPiece(statement, piece, call.signal)
    return rowsText(result, service.limits(rows), notices)
  })
}

/** explain: the requests that a statement would send, what the API evaluates, and what is evaluated here. Sends none. */
export async function explain(service: Service, { sql }: Arguments, call: Call): Promise<Answer> {
  const statement = String(sql)
  const notices: string[] = []
  const own = { dryRun: true, onNotice: (text: string) => void notices.push(text) }
  return inSession(service.pool, call, own, async session => {
    const piece = onlyStatement(session, statement)
    const result = await session.explain(statement, piece, call.signal)
    if (!result) return { text: 'This statement sends no request.', rows: 0 }
    return rowsText(result, service.limits(service.maxRows), notices)
  })
}
