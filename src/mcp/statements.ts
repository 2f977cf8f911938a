import { ConfluentqlError } from '../errors.ts'
import type { Session } from '../index.ts'
import type { CallsPlan, Plan } from '../plan/plan.ts'
import { lexOpen } from '../sql/lexer.ts'
import { typeOf } from '../sql/read-statement.ts'
import type { Piece } from '../sql/split.ts'
import { isRead } from './describe.ts'

/** The only statement of a text. @throws ConfluentqlError SYNTAX */
export function onlyStatement(session: Session, sql: string): Piece {
  const [piece, another] = session.statements(sql)
  if (!piece) throw new ConfluentqlError('SYNTAX', 'there is no statement')
  if (another)
    throw new ConfluentqlError('SYNTAX', 'this takes one statement at a time', {
      span: { start: another.start, end: another.start + 1 },
      hint: 'call it once for each statement',
    })
  return piece
}

/** Refuses what is not a read. The plan decides, not the first word. @throws ConfluentqlError UNSUPPORTED */
export function refuseChange(plan: Plan, sql: string): void {
  if (plan.kind === 'query' || plan.kind === 'rows') return
  if (plan.kind === 'local') throw ownTable(plan.verb)
  throw new ConfluentqlError(
    'UNSUPPORTED',
    `this statement may change something: ${plan.verb}; query only reads`,
    {
      hint: isExplain(sql)
        ? EXPLAINED
        : isRead(plan.method)
          ? 'write SELECT * FROM (EXEC …)'
          : 'plan_change shows the requests that it would send',
    },
  )
}

const EXPLAINED = 'the tool explain shows the requests'

/** Whether a statement is EXPLAIN of another. */
export function isExplain(sql: string): boolean {
  return typeOf(lexOpen(sql)) === 'explain'
}

/** The plan of a change of the API. @throws ConfluentqlError UNSUPPORTED for anything else */
export function requireChange(plan: Plan, sql: string): CallsPlan {
  // its plan is that of the statement behind it
  if (isExplain(sql))
    throw new ConfluentqlError('UNSUPPORTED', 'EXPLAIN changes nothing', {
      hint: `${EXPLAINED}; without EXPLAIN, plan_change shows them with their values`,
    })
  if (plan.kind === 'local') throw ownTable(plan.verb)
  if (plan.kind !== 'calls')
    throw new ConfluentqlError('UNSUPPORTED', 'this statement changes nothing', { hint: 'query runs it' })
  const secret = plan.returning?.shown[0]
  if (secret !== undefined)
    throw new ConfluentqlError(
      'UNSUPPORTED',
      `RETURNING names the secret ${secret}, which must not come here`,
      { hint: 'the user can run the statement at the command line, which shows the secret to no one else' },
    )
  return plan
}

function ownTable(verb: string): ConfluentqlError {
  return new ConfluentqlError('UNSUPPORTED', `tables and views of a session are not kept here: ${verb}`, {
    hint: 'use WITH, or a subquery in FROM',
  })
}
