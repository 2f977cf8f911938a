import { describe, executionOf, type Description } from '../run/analysis.ts'
import { command, type Answer } from '../run/answer.ts'
import { execute } from '../run/execute.ts'
import { copySource, type Statement } from '../run/statement.ts'
import { isWord, literal } from '../sql/lexer.ts'
import { SqlError } from '../wire/errors.ts'
import { NO_BINDING, parameterStatus, type Binding } from '../wire/messages.ts'
import { describeDeclaration, runCursor, target } from './cursors.ts'
import { begin, endBlock, local, savepoint } from './local.ts'
import type { Operation } from './operation.ts'
import { change, describeChange } from '../change/change.ts'
import { describeListing, listing } from './listing.ts'
import { configuredIn, type Configured } from './configured.ts'
import { routeOf } from './route.ts'
import { readChange, ROLE_SETTINGS } from './settings.ts'
import { statusAfter, type Status } from './status.ts'

/** @throws SqlError for what is not answered here */
export async function run(
  statement: Statement,
  binding: Binding,
  operation: Operation,
  allowsChanges: boolean,
): Promise<Answer> {
  const { tokens } = statement
  const { state, context } = operation
  const route = routeOf(tokens)
  if (state.transaction === 'E' && route !== 'commit' && route !== 'rollback') throw blockFailed()
  switch (route) {
    case 'begin':
      return begin(tokens, state)
    case 'commit':
    case 'rollback':
      return endBlock(tokens, state)
    case 'savepoint':
      return savepoint(tokens, state)
    case 'local':
      return local(tokens, state)
    case 'set':
      return set(statement, operation)
    case 'cursor':
      return runCursor(statement, binding, operation)
    case 'session':
      return listing(statement, binding, context)
    case 'change':
      checkChange(statement, operation, allowsChanges)
      return change(statement, binding, context)
    case 'postgres': {
      checkRead(statement)
      const configured = configuredIn(statement, binding, state.transaction !== 'I')
      const answer = await execute(statement, binding, context)
      await keepConfigured(configured, operation)
      return answer
    }
    default:
      throw unsupported(statement)
  }
}

/** The parameters and columns of a prepared statement. */
export async function describeStatement(
  statement: Statement,
  binding: Binding | undefined,
  operation: Operation,
): Promise<Description> {
  const { tokens } = statement
  const { state, context } = operation
  const route = routeOf(tokens)
  if (route === 'session') return describeListing(statement, state.database)
  if (route === 'change') return describeChange(statement, binding, context)
  if (route === 'cursor' && isWord(tokens[0], 'fetch'))
    return { types: [], fields: target(tokens, operation).cursor.description.fields }
  if (route === 'cursor' && isWord(tokens[0], 'declare')) return describeDeclaration(statement, context)
  if (route !== 'postgres') return { types: [], fields: undefined }
  checkRead(statement)
  return describe(statement, context)
}

/** The error for a statement in a transaction block that has failed. */
export const blockFailed = (): SqlError =>
  new SqlError('25P02', 'current transaction is aborted, commands ignored until end of transaction block')

/** The error for a statement that no part of the server runs. */
export const unsupported = (statement: Statement): SqlError =>
  new SqlError('0A000', `${nameOf(statement)} is not supported: this server reads`)

const nameOf = ({ tokens }: Statement): string => (tokens[0]?.text ?? '').toUpperCase()

function checkChange(statement: Statement, { state }: Operation, allowsChanges: boolean): void {
  if (!allowsChanges)
    throw new SqlError('25006', `cannot execute ${nameOf(statement)} in a read-only transaction`, {
      hint: 'start the server with --allow-changes',
    })
  if (state.transaction !== 'I')
    throw new SqlError(
      '25001',
      `${nameOf(statement)} cannot run inside a transaction block: its requests cannot be rolled back`,
      { hint: 'turn autocommit on' },
    )
}

function checkRead({ text, tokens }: Statement): void {
  if (isWord(tokens[0], 'copy') && !copySource(text, tokens))
    throw new SqlError('0A000', 'only COPY … TO STDOUT is supported')
  if (isWord(tokens[0], 'explain') && tokens.slice(0, 12).some(t => isWord(t, 'analyze', 'analyse')))
    throw new SqlError('0A000', 'EXPLAIN ANALYZE is not supported', {
      hint: 'EXPLAIN shows the plan over empty tables',
    })
}

/** SET and RESET: Postgres checks the value, and says which parameters have changed. */
async function set(statement: Statement, operation: Operation): Promise<Answer> {
  const { state, context } = operation
  const found = readChange(statement.tokens)
  const tag = found.isReset ? 'RESET' : 'SET'
  // SET ROLE NONE, RESET ROLE: every statement has the same role anyway
  if (found.name === '' || ROLE_SETTINGS.has(found.name ?? '')) return command(tag)
  const { status } = await statusAfter([executionOf({ ...statement, types: [] }, NO_BINDING)], context)
  state.settings.keep(found, statement.text, state.transaction !== 'I')
  return command(tag, adopt(status, operation))
}

/** Takes over the status, and returns the messages for what has changed. */
function adopt(status: Status, { state }: Operation): Buffer[] {
  const before = state.status?.reported
  state.status = status
  state.statusOf = state.settings.sql
  return [...status.reported].flatMap(([name, value]) =>
    before?.get(name) === value ? [] : [parameterStatus(name, value)],
  )
}

/** The settings that `SELECT set_config('name', 'value', false)` has set are kept like those of SET, with true like those of SET LOCAL. */
async function keepConfigured(configured: readonly Configured[], operation: Operation): Promise<void> {
  const { state, context } = operation
  for (const { name, value, isLocal } of configured) {
    const sql = `SELECT set_config(${literal(name)}, ${literal(value)}, false)`
    const step = executionOf({ text: sql, tokens: [], types: [] }, NO_BINDING)
    const { status } = await statusAfter([step], context)
    state.settings.keep({ name, isReset: false, isLocal }, sql, state.transaction !== 'I')
    adopt(status, operation)
  }
}

/** The status of a connection at its start, and after a transaction or DISCARD has changed its settings. */
export async function refreshStatus(operation: Operation): Promise<Buffer[]> {
  const { status } = await statusAfter([], operation.context)
  return adopt(status, operation)
}
