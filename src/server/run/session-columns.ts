import type { Session } from '../../index.ts'
import type { PlanColumn } from '../../plan/plan.ts'
import { typeOf } from '../sql/types.ts'
import type { Field } from '../wire/rows.ts'

/** The result columns of a statement. Closes the session. */
export async function columnsOf(sql: string, session: Session): Promise<readonly PlanColumn[]> {
  try {
    const plan = await session.plan(sql)
    if (plan.kind === 'rows' || plan.kind === 'query') return plan.columns
    return plan.kind === 'calls' ? (plan.returning?.columns ?? []) : []
  } finally {
    await session.close()
  }
}

/** Columns as the protocol describes them. */
export function fieldsOf(columns: readonly PlanColumn[]): Field[] {
  return columns.map(({ name, type }) => {
    const { oid, size } = typeOf(type)
    return { name, table: 0, column: 0, type: oid, size, modifier: -1 }
  })
}
