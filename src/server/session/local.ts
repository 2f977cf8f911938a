import { command, type Answer } from '../run/answer.ts'
import { isWord, type Token } from '../sql/lexer.ts'
import { reportFrame, SqlError } from '../wire/errors.ts'
import type { ConnectionState } from './state.ts'

const warning = (state: string, message: string): Buffer =>
  reportFrame({ severity: 'WARNING', state, message })

/** BEGIN, START TRANSACTION: a block without effect, since nothing is changed. */
export function begin(tokens: readonly Token[], state: ConnectionState): Answer {
  const tag = isWord(tokens[0], 'start') ? 'START TRANSACTION' : 'BEGIN'
  if (state.transaction !== 'I')
    return command(tag, [warning('25001', 'there is already a transaction in progress')])
  state.transaction = 'T'
  state.savepoints = []
  state.before = new Set(state.cursors.values())
  state.settings.begin()
  return command(tag)
}

/** COMMIT, ROLLBACK, and ROLLBACK TO. */
export async function endBlock(tokens: readonly Token[], state: ConnectionState): Promise<Answer> {
  if (tokens.some(t => isWord(t, 'prepared')))
    throw new SqlError('0A000', 'there are no prepared transactions')
  const to = tokens.findIndex(t => isWord(t, 'to'))
  if (to > 0) return backTo(tokens.at(-1)!.text, state)
  const isCommit = isWord(tokens[0], 'commit', 'end') && state.transaction !== 'E'
  const tag = isCommit ? 'COMMIT' : 'ROLLBACK'
  if (state.transaction === 'I')
    return command(tag, [warning('25P01', 'there is no transaction in progress')])
  state.settings.end(isCommit)
  state.transaction = 'I'
  state.savepoints = []
  // a cursor with HOLD that the block has declared is undone as well
  if (!isCommit) await state.closeSince(state.before)
  await state.closeOpen()
  const chains = tokens.some((t, i) => isWord(t, 'chain') && !isWord(tokens[i - 1], 'no'))
  if (chains) begin([], state)
  return command(tag)
}

async function backTo(name: string, state: ConnectionState): Promise<Answer> {
  const at = savepointAt(name, state)
  state.savepoints.length = at + 1
  state.settings.restore(state.savepoints[at]!.settings)
  await state.closeSince(state.savepoints[at]!.open)
  state.transaction = 'T'
  return command('ROLLBACK')
}

/** The latest of the name. @throws SqlError if there is none */
function savepointAt(name: string, { savepoints }: ConnectionState): number {
  const at = savepoints.findLastIndex(s => s.name === name)
  if (at < 0) throw new SqlError('3B001', `savepoint "${name}" does not exist`)
  return at
}

/** SAVEPOINT, RELEASE. */
export function savepoint(tokens: readonly Token[], state: ConnectionState): Answer {
  const name = tokens.at(-1)!.text
  if (state.transaction === 'I')
    throw new SqlError('25P01', 'SAVEPOINT can only be used in transaction blocks')
  if (isWord(tokens[0], 'savepoint')) {
    state.savepoints.push({ name, settings: state.settings.save(), open: state.opened() })
    return command('SAVEPOINT')
  }
  state.savepoints.length = savepointAt(name, state)
  return command('RELEASE')
}

/** DISCARD, DEALLOCATE, LISTEN, UNLISTEN. */
export async function local(tokens: readonly Token[], state: ConnectionState): Promise<Answer> {
  const [first, second] = tokens
  if (isWord(first, 'discard')) {
    if (isWord(second, 'all')) {
      if (state.transaction !== 'I')
        throw new SqlError('25001', 'DISCARD ALL cannot run inside a transaction block')
      await state.closeOpen(true)
      state.prepared.clear()
      state.settings.clear()
    }
    return command(`DISCARD ${second?.text.toUpperCase() ?? ''}`)
  }
  if (isWord(first, 'deallocate')) {
    const name = tokens.at(-1)!.text
    if (isWord(second, 'all') || (isWord(second, 'prepare') && isWord(tokens[2], 'all'))) {
      state.prepared.clear()
      return command('DEALLOCATE ALL')
    }
    if (!state.prepared.delete(name))
      throw new SqlError('26000', `prepared statement "${name}" does not exist`)
    return command('DEALLOCATE')
  }
  // nothing is ever notified
  return command(first!.text.toUpperCase())
}
