import type { Description, RunContext } from '../run/analysis.ts'
import type { Answer } from '../run/answer.ts'
import type { Database } from '../run/database.ts'
import { plainRows } from '../run/plain.ts'
import { columnsOf, fieldsOf } from '../run/session-columns.ts'
import type { Statement } from '../run/statement.ts'
import { typeOf } from '../sql/types.ts'
import { formatsOf, type Binding } from '../wire/messages.ts'

/* Statements of confluentql's own SQL that list: SHOW SERVICES, DESCRIBE. */

/** SHOW SERVICES, RESOURCES, METHODS; DESCRIBE. */
export async function listing(statement: Statement, binding: Binding, context: RunContext): Promise<Answer> {
  const columns = await columnsOf(statement.text, await context.database.openSession())
  const types = columns.map(c => typeOf(c.type))
  const rows = plainRows(
    { sql: statement.text, types },
    formatsOf(binding.resultFormats, types.length),
    context,
  )
  return { fields: fieldsOf(columns), rows, tag: () => 'SHOW' }
}

/** The columns of a statement of this kind. */
export async function describeListing({ text }: Statement, database: Database): Promise<Description> {
  return { types: [], fields: fieldsOf(await columnsOf(text, await database.openSession())) }
}
