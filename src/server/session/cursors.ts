import { describe } from '../run/analysis.ts'
import { command, RowStream, type Answer, type RowChunk } from '../run/answer.ts'
import { execute } from '../run/execute.ts'
import type { Statement } from '../run/statement.ts'
import { charactersIn, isOp, isWord, type Token } from '../sql/lexer.ts'
import { PostgresError, SqlError } from '../wire/errors.ts'
import type { Binding } from '../wire/messages.ts'
import type { Operation } from './operation.ts'
import type { Cursor } from './state.ts'

/** DECLARE, FETCH, MOVE, CLOSE. */
export async function runCursor(
  statement: Statement,
  binding: Binding,
  operation: Operation,
): Promise<Answer> {
  const { tokens } = statement
  if (isWord(tokens[0], 'declare')) return declare(statement, binding, operation)
  if (isWord(tokens[0], 'close')) return close(tokens, operation)
  const { cursor, count } = target(tokens, operation)
  const rows = fetched(cursor, count, binding, operation)
  if (isWord(tokens[0], 'fetch')) return { fields: cursor.description.fields, rows, tag: n => `FETCH ${n}` }
  let moved = 0
  for await (const chunk of rows) moved += chunk.count
  return command(`MOVE ${moved}`)
}

async function declare(statement: Statement, binding: Binding, operation: Operation): Promise<Answer> {
  const { text, tokens, types } = statement
  const { state } = operation
  const name = tokens[1]?.text ?? ''
  const at = tokens.findIndex(t => isWord(t, 'for'))
  const options = tokens.slice(2, at)
  const query = tokens[at + 1]
  if (at < 0 || !query || !options.some(t => isWord(t, 'cursor')))
    throw new SqlError('42601', 'DECLARE needs a name, CURSOR FOR, and a query')
  const isHeld = options.some((t, i) => isWord(t, 'with') && isWord(options[i + 1], 'hold'))
  if (state.transaction === 'I' && !isHeld)
    throw new SqlError('25P01', 'DECLARE CURSOR can only be used in transaction blocks')
  if (state.cursors.has(name)) throw new SqlError('42P03', `cursor "${name}" already exists`)
  const inner: Statement = {
    text: text.slice(query.start),
    tokens: tokens.slice(at + 1).map(t => ({ ...t, start: t.start - query.start, end: t.end - query.start })),
    types,
  }
  const isBinary = options.some(t => isWord(t, 'binary'))
  try {
    const description = await describe(inner, operation.context)
    if (!description.fields) throw new SqlError('42601', 'the query of a cursor must return rows')
    const own = { ...binding, resultFormats: isBinary ? [1] : [] }
    state.cursors.set(name, { statement: inner, binding: own, description, isHeld })
  } catch (error) {
    throw error instanceof PostgresError
      ? error.withPosition(charactersIn(text.slice(0, query.start)))
      : error
  }
  return command('DECLARE CURSOR')
}

async function close(tokens: readonly Token[], { state }: Operation): Promise<Answer> {
  if (isWord(tokens[1], 'all')) for (const name of state.cursors.keys()) await state.closeCursor(name)
  else {
    const name = tokens[1]?.text ?? ''
    if (!state.cursors.has(name)) throw noCursor(name)
    await state.closeCursor(name)
  }
  return command('CLOSE CURSOR')
}

const noCursor = (name: string): SqlError => new SqlError('34000', `cursor "${name}" does not exist`)

/** The cursor of a FETCH or MOVE, and how many rows it takes. */
export function target(
  tokens: readonly Token[],
  { state }: Pick<Operation, 'state'>,
): { cursor: Cursor; count: number } {
  const name = tokens.at(-1)?.text ?? ''
  const cursor = state.cursors.get(name)
  if (!cursor) throw noCursor(name)
  const words = tokens.slice(1, -1).filter(t => !isWord(t, 'from', 'in'))
  const rest = isWord(words[0], 'forward', 'relative') ? words.slice(1) : words
  if (rest.length === 0 || isWord(rest[0], 'next')) return { cursor, count: 1 }
  if (isWord(rest[0], 'all') && rest.length === 1) return { cursor, count: Infinity }
  if (rest.length === 1 && rest[0]!.kind === 'number') return { cursor, count: Number(rest[0]!.text) }
  if (isOp(rest[0], '-') || isWord(rest[0], 'prior', 'backward', 'first', 'last', 'absolute'))
    throw new SqlError('55000', 'cursor can only scan forward')
  throw new SqlError('42601', 'FETCH takes a number of rows, and the name of a cursor')
}

async function* fetched(
  cursor: Cursor,
  count: number,
  { resultFormats }: Binding,
  operation: Operation,
): AsyncGenerator<RowChunk, void, void> {
  const formats = cursor.binding.resultFormats.length > 0 ? cursor.binding.resultFormats : resultFormats
  const format = formats[0] ?? 0
  if (!cursor.open) {
    const answer = await execute(
      cursor.statement,
      { ...cursor.binding, resultFormats: formats },
      operation.context,
    )
    cursor.open = { stream: new RowStream(answer), format, control: operation.control }
  }
  if (cursor.open.format !== format)
    throw new SqlError('0A000', 'the rows of a cursor are fetched in the format of its first FETCH')
  for (let left = count; left > 0;) {
    const chunk = await operation.follow(cursor.open.control, cursor.open.stream.next(left))
    if (!chunk) return
    left -= chunk.count
    yield chunk
  }
}
