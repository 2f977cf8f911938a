import type { Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Result } from '../../index.ts'
import { MASK } from '../../secrets.ts'
import { describe, type Description } from '../run/analysis.ts'
import { command, type Answer, type RowChunk } from '../run/answer.ts'
import type { ExecuteContext } from '../run/execute.ts'
import { columnsOf, fieldsOf } from '../run/session-columns.ts'
import type { Statement } from '../run/statement.ts'
import { isWord } from '../sql/lexer.ts'
import { typeOf } from '../sql/types.ts'
import { InterruptedChange, SqlError } from '../wire/errors.ts'
import { formatsOf, type Binding } from '../wire/messages.ts'
import { RowWriter } from '../wire/rows.ts'
import { checkDialect, withoutComments } from './dialect.ts'
import { kindOfType, readParameters } from './parameters.ts'
import type { Part } from './parts.ts'
import { keyCondition, planChange, type ChangePlan } from './plan.ts'
import { literalsOf, typesOf } from './rows.ts'

/*
 * INSERT, UPDATE, DELETE. Postgres selects the rows, as in a SELECT with the same WHERE; the session changes the rows with their keys.
 */

const TEXT = 25

/** The parameters and columns of a change. @param binding the values of its parameters, if it is bound */
export async function describeChange(
  statement: Statement,
  binding: Binding | undefined,
  context: ExecuteContext,
): Promise<Description> {
  const types = parameterTypes(statement)
  const kinds = types.map((type, i) => (binding?.values[i] === null ? undefined : kindOfType(type)))
  const plan = planChange(statement, kinds, context.database)
  const known = await withSelectedTypes(statement, plan, types, context)
  if (!statement.tokens.some(t => isWord(t, 'returning'))) return { types: known, fields: undefined }
  const session = await context.database.openSession({ variables: variablesOf(types.map(() => null)) })
  const text = await textWithoutRows(statement, plan, context)
  return { types: known, fields: fieldsOf(await columnsOf(text, session)) }
}

/** Sends the requests, and answers when all are done. @throws InterruptedChange if it was cancelled after the first */
export async function change(
  statement: Statement,
  binding: Binding,
  context: ExecuteContext,
): Promise<Answer> {
  const { database } = context
  const types = parameterTypes(statement)
  const kinds = binding.values.map((value, i) => (value === null ? undefined : kindOfType(types[i] ?? 0)))
  const plan = planChange(statement, kinds, database)
  const typed = { ...statement, types: await withSelectedTypes(statement, plan, types, context) }
  const values = await readParameters(typed, binding, context)
  checkDialect(
    statement.tokens.filter(
      (_, i) => !isIn(plan.parts.where, i) && !(plan.selection && isIn(plan.parts.query, i)),
    ),
    values.map(v => (typeof v === 'string' ? v : undefined)),
  )
  const session = await database.openSession({ variables: variablesOf(values) })
  const { signal, stop } = interruptible(context.signal)
  let isSending = false
  try {
    // an unknown name in another part is found before anything is read
    if (plan.selection) await session.plan(await textWithoutRows(typed, plan, context))
    const text = await textWithRows(typed, binding, plan, context)
    isSending = true
    for await (const result of session.run(text, signal)) return await answerOf(result, binding)
    throw new SqlError('42601', 'there is no statement')
  } catch (error) {
    const { reason } = context.signal as { reason: unknown }
    throw isSending && reason instanceof SqlError && error instanceof ConfluentqlError
      ? new InterruptedChange(reason, error)
      : error
  } finally {
    stop()
    for (const notice of database.takeNotices(session)) context.onNotice(notice)
    await session.close()
  }
}

/** A signal for the session that aborts with a ConfluentqlError: the session then reports what was sent. */
function interruptible(signal: AbortSignal): { readonly signal: AbortSignal; readonly stop: () => void } {
  const control = new AbortController()
  const abort = (): void => control.abort(new ConfluentqlError('ABORTED', (signal.reason as Error).message))
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  return { signal: control.signal, stop: () => signal.removeEventListener('abort', abort) }
}

/** The rows of RETURNING, and how many were changed. */
async function answerOf(result: Result, binding: Binding): Promise<Answer> {
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

async function* only(chunk: RowChunk): AsyncGenerator<RowChunk, void, void> {
  if (chunk.count > 0) yield chunk
}

const isIn = (part: Part | undefined, at: number): boolean =>
  part !== undefined && at >= part.from && at < part.to

/** The types of the parameters that the client has declared, else text. */
function parameterTypes({ tokens, types }: Statement): number[] {
  const highest = Math.max(0, ...tokens.map(t => (t.kind === 'param' ? Number(t.text.slice(1)) : 0)))
  return Array.from({ length: highest }, (_, i) => types[i] || TEXT)
}

/** The types of the parameters. Postgres determines those in the part that it evaluates. */
async function withSelectedTypes(
  { types: given }: Statement,
  { selection }: ChangePlan,
  types: readonly number[],
  context: ExecuteContext,
): Promise<readonly number[]> {
  if (!selection || selection.parameters.length === 0) return types
  const found = await typesOf(selection, context)
  return types.map((type, i) => given[i] || (found.get(i) ?? type))
}

/** The statement of the session as if Postgres selected no rows. */
async function textWithoutRows(
  statement: Statement,
  plan: ChangePlan,
  context: ExecuteContext,
): Promise<string> {
  const { selection, parts } = plan
  if (!selection) return sessionText(statement, plan)
  const { fields = [] } = parts.where ? {} : await describe(selection.statement, context)
  return sessionText(statement, plan, textForRows(plan, [], fields.length))
}

/** The statement of the session, with the rows that Postgres has selected. */
async function textWithRows(
  statement: Statement,
  binding: Binding,
  plan: ChangePlan,
  context: ExecuteContext,
): Promise<string> {
  const { selection } = plan
  if (!selection) return sessionText(statement, plan)
  const types = selection.parameters.map(i => statement.types[i] ?? 0)
  const typed = { ...selection, statement: { ...selection.statement, types } }
  const { fields, rows } = await literalsOf(typed, binding, context)
  return sessionText(statement, plan, textForRows(plan, rows, fields.length))
}

/** The condition on the keys of the rows, or the rows of an INSERT. */
function textForRows(plan: ChangePlan, rows: readonly (readonly (string | null)[])[], width: number): string {
  if (plan.parts.where) return keyCondition(plan, rows)
  if (rows.some(row => row.some(value => value?.includes(MASK))))
    throw new SqlError('0A000', `a value would be sent as ${MASK}, which stands for a secret`)
  const none = `SELECT ${Array.from({ length: Math.max(1, width) }, () => 'NULL').join(', ')} WHERE 0`
  return rows.length === 0
    ? none
    : `VALUES ${rows.map(row => `(${row.map(v => v ?? 'NULL').join(', ')})`).join(', ')}`
}

/** The statement in the session's names, with `:p1` for `$1`. @param rows replaces the part that Postgres evaluates */
function sessionText(statement: Statement, { parts, own }: ChangePlan, rows?: string): string {
  const { tokens } = statement
  const text = withoutComments(statement)
  const { target, relation, where, query } = parts
  const partText = ({ from, to }: Part): string => {
    let shown = ''
    let at = tokens[from]?.start ?? text.length
    for (const token of tokens.slice(from, to)) {
      if (token.kind !== 'param') continue
      shown += `${text.slice(at, token.start)}:p${token.text.slice(1)}`
      at = token.end
    }
    return shown + text.slice(at, from < to ? tokens[to - 1]!.end : at)
  }
  const replaced: { part: Part; text: string }[] = []
  if (relation) replaced.push({ part: target, text: relation.from })
  if (rows !== undefined && where)
    replaced.push({ part: where, text: [rows, ...own.map(partText)].join(' AND ') })
  if (rows !== undefined && query) replaced.push({ part: query, text: rows })
  let changed = text.slice(0, tokens[0]?.start ?? 0)
  let from = 0
  for (const { part, text: other } of replaced) {
    changed += `${partText({ from, to: part.from })} ${other} `
    from = part.to
  }
  return changed + partText({ from, to: tokens.length })
}

function variablesOf(values: readonly Value[]): Record<string, Value> {
  return Object.fromEntries(values.map((value, i) => [`p${i + 1}`, value]))
}
