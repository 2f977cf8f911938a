import type { Value } from '../../catalog/types.ts'
import type { Session } from '../../index.ts'
import type { PlanColumn } from '../../plan/plan.ts'
import type { Description, RunContext } from '../run/analysis.ts'
import { command, type Answer, type RowChunk } from '../run/answer.ts'
import type { Database } from '../run/database.ts'
import { plainRows } from '../run/plain.ts'
import type { Statement } from '../run/statement.ts'
import { isWord } from '../sql/lexer.ts'
import { typeOf } from '../sql/types.ts'
import { SqlError } from '../wire/errors.ts'
import { formatsOf, NO_BINDING, type Binding } from '../wire/messages.ts'
import { RowWriter, type Field } from '../wire/rows.ts'
import { checkDialect, withoutComments } from './dialect.ts'

/* Statements of confluentql's own SQL: SHOW SERVICES, DESCRIBE, and changes. */

const TEXT = 25

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

async function columnsOf(sql: string, session: Session): Promise<readonly PlanColumn[]> {
  try {
    const plan = await session.plan(sql)
    if (plan.kind === 'rows' || plan.kind === 'query') return plan.columns
    return plan.kind === 'calls' ? (plan.returning?.columns ?? []) : []
  } finally {
    await session.close()
  }
}

function fieldsOf(columns: readonly PlanColumn[]): Field[] {
  return columns.map(({ name, type }) => {
    const { oid, size } = typeOf(type)
    return { name, table: 0, column: 0, type: oid, size, modifier: -1 }
  })
}

/** The parameters and columns of a statement of this kind. @param binding the values of its parameters, if it is bound */
export async function describeOwn(
  statement: Statement,
  binding: Binding | undefined,
  database: Database,
): Promise<Description> {
  const { tokens, types } = statement
  const highest = Math.max(0, ...tokens.map(t => (t.kind === 'param' ? Number(t.text.slice(1)) : 0)))
  const all = Array.from({ length: highest }, (_, i) => types[i] || TEXT)
  const hasRows = !isWord(tokens[0], 'insert', 'update', 'delete') || tokens.some(t => isWord(t, 'returning'))
  if (!hasRows) return { types: all, fields: undefined }
  const unbound = { ...NO_BINDING, values: all.map(() => null) }
  const session = await database.openSession(variablesOf(statement, binding ?? unbound))
  return { types: all, fields: fieldsOf(await columnsOf(withVariables(statement), session)) }
}

/** INSERT, UPDATE, DELETE: sends the requests, and answers when all are done. */
export async function change(statement: Statement, binding: Binding, context: RunContext): Promise<Answer> {
  const { database, signal, onNotice } = context
  const variables = variablesOf(statement, binding)
  const texts = Object.values(variables).map(v => (typeof v === 'string' ? v : undefined))
  checkDialect(statement.tokens, texts)
  const session = await database.openSession(variables)
  try {
    for await (const result of session.run(withVariables(statement), signal)) {
      const types = result.columns.map(c => typeOf(c.type))
      const writer = new RowWriter(types, formatsOf(binding.resultFormats, types.length))
      let count = 0
      for await (const row of result.rows) {
        writer.add(row)
        count++
      }
      result.finish()
      const { verb = '', count: changed = count } = result.affected ?? {}
      const tag = verb === 'INSERT' ? `INSERT 0 ${changed}` : `${verb} ${changed}`
      if (types.length === 0) return command(tag)
      const chunk = { bytes: writer.take(), count }
      return { fields: fieldsOf(result.columns), rows: only(chunk), tag: () => tag }
    }
    throw new SqlError('42601', 'there is no statement')
  } finally {
    for (const text of database.takeNotices(session)) onNotice(text)
    await session.close()
  }
}

async function* only(chunk: RowChunk): AsyncGenerator<RowChunk, void, void> {
  if (chunk.count > 0) yield chunk
}

/** The statement with `:p1` for `$1`. */
function withVariables(statement: Statement): string {
  const { tokens } = statement
  const text = withoutComments(statement)
  let changed = ''
  let at = 0
  for (const token of tokens) {
    if (token.kind !== 'param') continue
    changed += `${text.slice(at, token.start)}:p${token.text.slice(1)}`
    at = token.end
  }
  return changed + text.slice(at)
}

function variablesOf({ types }: Statement, { values, formats }: Binding): Record<string, Value> {
  return Object.fromEntries(
    values.map((value, i) => {
      const isBinary = (formats.length === 1 ? formats[0] : formats[i]) === 1
      return [`p${i + 1}`, value === null ? null : valueOf(value, types[i] ?? 0, isBinary)]
    }),
  )
}

const INTEGERS = new Set([20, 21, 23])
const FLOATS = new Set([700, 701])
const TEXTS = new Set([0, 19, 25, 114, 705, 1042, 1043])
const BOOL = 16

function valueOf(bytes: Buffer, type: number, isBinary: boolean): Value {
  const text = bytes.toString('utf8')
  if (isBinary) {
    if (INTEGERS.has(type))
      return integer(bytes.length === 8 ? bytes.readBigInt64BE() : BigInt(bytes.readIntBE(0, bytes.length)))
    if (FLOATS.has(type)) return bytes.length === 4 ? bytes.readFloatBE() : bytes.readDoubleBE()
    if (type === BOOL) return bytes[0]!
    if (TEXTS.has(type)) return text
    throw new SqlError('0A000', `a parameter of type ${type} must be sent as text`)
  }
  if (INTEGERS.has(type) && /^[+-]?\d+$/.test(text)) return integer(BigInt(text))
  if (FLOATS.has(type)) return Number(text)
  if (type === BOOL) return /^(?:t|1|y|on)/i.test(text) ? 1 : 0
  return text
}

const integer = (n: bigint): Value => (Number.isSafeInteger(Number(n)) ? Number(n) : n)
