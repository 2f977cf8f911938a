import { describe, type Description, type RunContext } from '../run/analysis.ts'
import { command, RowStream, type Answer, type RowChunk } from '../run/answer.ts'
import { execute } from '../run/execute.ts'
import type { Statement } from '../run/statement.ts'
import { charactersIn, isOp, isWord, type Token } from '../sql/lexer.ts'
import { PostgresError, SqlError } from '../wire/errors.ts'
import { formatsOf, NO_BINDING, type Binding } from '../wire/messages.ts'
import type { Format } from '../wire/rows.ts'
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
  const fetch = target(tokens, operation)
  const { fields = [] } = fetch.cursor.description
  // a simple query has the format of the cursor, a bound one its own
  const { resultFormats } = binding === NO_BINDING ? fetch.cursor.binding : binding
  const formats = formatsOf(resultFormats, fields.length)
  const rows = fetched(fetch, formats, operation)
  if (isWord(tokens[0], 'fetch')) return { fields, formats, rows, tag: n => `FETCH ${n}` }
  let moved = 0
  for await (const chunk of rows) moved += chunk.count
  return command(`MOVE ${moved}`)
}

async function declare(statement: Statement, binding: Binding, operation: Operation): Promise<Answer> {
  const { text, tokens } = statement
  const { state } = operation
  const name = tokens[1]?.text ?? ''
  const { options, query, start } = declaration(statement)
  const isHeld = options.some((t, i) => isWord(t, 'with') && isWord(options[i + 1], 'hold'))
  if (state.transaction === 'I' && !isHeld)
    throw new SqlError('25P01', 'DECLARE CURSOR can only be used in transaction blocks')
  if (state.cursors.has(name)) throw new SqlError('42P03', `cursor "${name}" already exists`)
  const isBinary = options.some(t => isWord(t, 'binary'))
  try {
    const description = await describe(query, operation.context)
    if (!description.fields) throw new SqlError('42601', 'the query of a cursor must return rows')
    const missing = binding.values.length + 1
    if (description.types.length >= missing) throw new SqlError('42P02', `there is no parameter $${missing}`)
    const own = { ...binding, resultFormats: isBinary ? [1] : [] }
    state.cursors.set(name, { statement: query, binding: own, description, isHeld })
  } catch (error) {
    throw error instanceof PostgresError ? error.withPosition(charactersIn(text.slice(0, start))) : error
  }
  return command('DECLARE CURSOR')
}

/** The options of a DECLARE, and its query, which begins at `start`. */
function declaration({ text, tokens, types }: Statement): {
  readonly options: readonly Token[]
  readonly query: Statement
  readonly start: number
} {
  const at = tokens.findIndex(t => isWord(t, 'for'))
  const options = tokens.slice(2, at)
  const start = tokens[at + 1]?.start
  if (at < 0 || start === undefined || !options.some(t => isWord(t, 'cursor')))
    throw new SqlError('42601', 'DECLARE needs a name, CURSOR FOR, and a query')
  const own = tokens.slice(at + 1).map(t => ({ ...t, start: t.start - start, end: t.end - start }))
  return { options, query: { text: text.slice(start), tokens: own, types }, start }
}

/** The parameters of a DECLARE; it has no columns. */
export async function describeDeclaration(statement: Statement, context: RunContext): Promise<Description> {
  const { types } = await describe(declaration(statement).query, context)
  return { types, fields: undefined }
}

async function close(tokens: readonly Token[], { state }: Operation): Promise<Answer> {
  if (isWord(tokens[1], 'all')) {
    for (const name of state.cursors.keys()) await state.closeCursor(name)
    return command('CLOSE CURSOR ALL')
  }
  const name = tokens[1]?.text ?? ''
  if (!state.cursors.has(name)) throw noCursor(name)
  await state.closeCursor(name)
  return command('CLOSE CURSOR')
}

const noCursor = (name: string): SqlError => new SqlError('34000', `cursor "${name}" does not exist`)

/** What a FETCH or MOVE takes: `count` rows of the cursor, after the next `skipped`. */
interface Fetch {
  readonly cursor: Cursor
  readonly skipped: number
  readonly count: number
}

/** @throws SqlError for a cursor that there is not, and for rows that are not ahead */
export function target(tokens: readonly Token[], { state }: Pick<Operation, 'state'>): Fetch {
  const name = tokens.at(-1)?.text ?? ''
  const cursor = state.cursors.get(name)
  if (!cursor) throw noCursor(name)
  const words = tokens.slice(1, -1).filter(t => !isWord(t, 'from', 'in') && !isOp(t, '+'))
  const isRelative = isWord(words[0], 'relative')
  const rest = isRelative || isWord(words[0], 'forward') ? words.slice(1) : words
  const [word, more] = rest
  if (!word || isWord(word, 'next')) return { cursor, skipped: 0, count: 1 }
  if (isWord(word, 'all') && !more) return { cursor, skipped: 0, count: Infinity }
  const number = word.kind === 'number' && !more ? Number(word.text) : undefined
  // 0 is the row that was fetched last
  if (number === 0 || isOp(word, '-') || isWord(word, 'prior', 'backward', 'first', 'last', 'absolute'))
    throw new SqlError('55000', 'cursor can only scan forward')
  if (number === undefined)
    throw new SqlError('42601', 'FETCH takes a number of rows, and the name of a cursor')
  return isRelative ? { cursor, skipped: number - 1, count: 1 } : { cursor, skipped: 0, count: number }
}

async function* fetched(
  { cursor, skipped, count }: Fetch,
  resultFormats: readonly Format[],
  operation: Operation,
): AsyncGenerator<RowChunk, void, void> {
  const format = resultFormats.join('')
  if (!cursor.open) {
    const answer = await execute(cursor.statement, { ...cursor.binding, resultFormats }, operation.context)
    cursor.open = { stream: new RowStream(answer), format, control: operation.control }
  }
  const { open } = cursor
  if (open.format !== format)
    throw new SqlError('0A000', 'the rows of a cursor are fetched in the format of its first FETCH')
  const next = (most: number): Promise<RowChunk | undefined> =>
    operation.follow(open.control, open.stream.next(most))
  for (let left = skipped; left > 0;) {
    const chunk = await next(left)
    if (!chunk) return
    left -= chunk.count
  }
  for (let left = count; left > 0;) {
    const chunk = await next(left)
    if (!chunk) return
    left -= chunk.count
    yield chunk
  }
}
